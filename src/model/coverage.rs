//! What the deletion of a contact does not cover: a report that is read as proof must say it.

use super::operation::{Effect, IdKind, Operation};

impl Operation {
    /// Where people are still to be found whose contacts this operation deletes: nothing of it is touched.
    pub fn not_covered(self) -> &'static [&'static str] {
        match (self.effect(), self.spec().id_kind) {
            (Effect::Delete, IdKind::Contact) => &["contact lists", "campaigns", "conversations"],
            _ => &[],
        }
    }

    /// What a deletion leaves, in a sentence; `None` for what deletes no contact.
    pub fn leaves(self) -> Option<String> {
        let (last, others) = self.not_covered().split_last()?;
        let all = format!("{} and {last}", others.join(", "));
        Some(format!(
            "deleted contacts are set to INACTIVE; not covered: {all} that hold their data"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_deleted_contacts_leave_something() {
        let leaves = Operation::ALL.map(|operation| operation.leaves().is_some());
        assert_eq!(leaves, [false, true, true, false, false]);
        let said = Operation::ALL[1].leaves().unwrap();
        assert_eq!(
            said,
            "deleted contacts are set to INACTIVE; not covered: contact lists, campaigns and conversations that hold their data"
        );
    }
}

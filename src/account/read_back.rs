//! What the account says of a record whose send brought no verdict (`docs/contract.md`, "Reconcile").
//!
//! Pure: contacts as a reading shows them come in, a finding goes out. Times are the server's. Where the account does not
//! say it clearly, nobody can say.

use jiff::Timestamp;

use crate::api::wire::{AccountContact, shows};
use crate::model::Effect;

/// What is known of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It was not done: it may be sent.
    NotApplied,
    /// A contact that was there before has its phone number.
    InUse {
        /// That contact's id.
        id: String,
    },
    /// Somebody has changed the contact since, or our change came out otherwise: nobody can say.
    Changed,
    /// It was done. Holds the contact as it is shown, where it is, and its id.
    Applied {
        /// The id and the whole contact; `None` for what is gone.
        contact: Option<(String, Box<str>)>,
    },
    /// The account does not show it, and that proves nothing.
    NotShown,
}

/// What was sent of a record, and when.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// What success does.
    pub effect: Effect,
    /// The record as it was in the body.
    pub encoded: &'a str,
    /// The server's time when it was sent for the first time.
    pub first: Timestamp,
}

impl Finding {
    /// What one contact says of the record that it has the id, or the phone number, of; `text` is the whole contact.
    pub fn of(sent: Sent<'_>, contact: &AccountContact<'_>, text: &str) -> Option<Self> {
        let time = |field: &Option<std::borrow::Cow<'_, str>>| {
            field.as_deref().and_then(|text| text.parse::<Timestamp>().ok())
        };
        let untouched = time(&contact.updated_at).is_some_and(|updated| updated < sent.first);
        let applied = || {
            let contact = Some((contact.id.clone().into_owned(), text.into()));
            Self::Applied { contact }
        };
        Some(match sent.effect {
            Effect::Update if shows(sent.encoded, text) => applied(),
            Effect::Delete if !contact.is_active() => Self::Applied { contact: None },
            Effect::Update | Effect::Delete if untouched => Self::NotApplied,
            Effect::Update | Effect::Delete => Self::Changed,
            // It may leave its number to others.
            Effect::Create if !contact.is_active() => return None,
            Effect::Create => match time(&contact.created_at) {
                Some(created) if created < sent.first => {
                    Self::InUse { id: contact.id.clone().into_owned() }
                }
                Some(_) if shows(sent.encoded, text) => applied(),
                _ => Self::Changed,
            },
        })
    }

    /// What it says that a complete reading shows no such contact; `shows_inactive`: it shows deleted ones.
    pub const fn of_absence(effect: Effect, shows_inactive: bool) -> Self {
        match (effect, shows_inactive) {
            (Effect::Delete, _) => Self::Applied { contact: None },
            (Effect::Create, true) => Self::NotApplied,
            (Effect::Create, false) | (Effect::Update, _) => Self::NotShown,
        }
    }

    /// Of two contacts with one number, the one that says more.
    pub fn or(self, other: Self) -> Self {
        let rank = |finding: &Self| match finding {
            Self::NotShown => 0,
            Self::NotApplied => 1,
            Self::InUse { .. } => 2,
            Self::Changed => 3,
            Self::Applied { .. } => 4,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = r#"{"firstName":"Ana","lastName":"Roy","salutation":"Mrs","cellPhone":{"extension":"+","phoneNumber":"98001","countryCode":"+91"}}"#;

    fn contact(name: &str, status: &str, created: &str, updated: &str) -> String {
        format!(
            r#"{{"id":"a","firstName":"{name}","lastName":"Roy","salutation":"Mrs","cellPhone":{{"extension":"+","phoneNumber":"+9198001","countryCode":"+91"}},"status":"{status}","createdAt":"2026-11-0{created}T00:00:00.000Z","updatedAt":"2026-11-0{updated}T00:00:00.000Z"}}"#
        )
    }

    /// Sent on the fifth.
    fn of(effect: Effect, text: &str) -> Option<Finding> {
        let first = "2026-11-05T00:00:00Z".parse().unwrap();
        let sent = Sent { effect, encoded: SENT, first };
        Finding::of(sent, &AccountContact::read(text).unwrap(), text)
    }

    fn is_applied(finding: Option<&Finding>) -> bool {
        matches!(finding, Some(Finding::Applied { .. }))
    }

    #[test]
    fn an_update_is_done_where_its_values_are_there_and_not_done_where_nothing_moved_since() {
        let update =
            |name, status, updated| of(Effect::Update, &contact(name, status, "1", updated));
        assert!(is_applied(update("Ana", "ACTIVE", "6").as_ref()));
        assert!(
            is_applied(update("Ana", "ACTIVE", "4").as_ref()),
            "it had them before: that is as good"
        );
        assert_eq!(update("Eva", "ACTIVE", "4"), Some(Finding::NotApplied));
        assert_eq!(update("Eva", "ACTIVE", "6"), Some(Finding::Changed));
        let bare = r#"{"id":"a","lastName":"Roy","status":"ACTIVE"}"#;
        assert_eq!(
            of(Effect::Update, bare),
            Some(Finding::Changed),
            "what is not shown is not there"
        );
        assert_eq!(Finding::of_absence(Effect::Update, true), Finding::NotShown);
    }

    #[test]
    fn a_delete_is_done_where_the_contact_is_gone_and_not_done_where_nothing_moved_since() {
        let delete = |status, updated| of(Effect::Delete, &contact("Ana", status, "1", updated));
        assert!(is_applied(delete("INACTIVE", "6").as_ref()));
        assert_eq!(delete("ACTIVE", "4"), Some(Finding::NotApplied));
        assert_eq!(delete("ACTIVE", "6"), Some(Finding::Changed));
        assert!(is_applied(Some(&Finding::of_absence(Effect::Delete, false))));
    }

    #[test]
    fn a_create_is_done_by_a_newer_contact_with_its_values_and_not_done_only_where_deleted_ones_are_shown()
     {
        let create =
            |name, status, created| of(Effect::Create, &contact(name, status, created, "7"));
        assert!(is_applied(create("Ana", "ACTIVE", "6").as_ref()));
        assert_eq!(create("Ana", "ACTIVE", "4"), Some(Finding::InUse { id: "a".into() }));
        assert_eq!(create("Eva", "ACTIVE", "6"), Some(Finding::Changed));
        assert_eq!(create("Ana", "INACTIVE", "4"), None);
        assert_eq!(Finding::of_absence(Effect::Create, false), Finding::NotShown);
        assert_eq!(Finding::of_absence(Effect::Create, true), Finding::NotApplied);
    }
}

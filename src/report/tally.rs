//! What a run changes of the contacts as they are: by kind of field, with masked examples, `Names: none.` included.

use std::collections::BTreeMap;

use super::mask;
use crate::base::numbers::{counted, thousands};
use crate::model::Difference;
use crate::model::settings::Values;

/// Examples shown of each kind.
const EXAMPLES: usize = 3;

/// Fields that mean one thing to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Phone,
    Names,
    Salutation,
    Others,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Phone, Self::Names, Self::Salutation, Self::Others];

    fn of(field: &str) -> Self {
        match field {
            "firstName" | "lastName" | "fullName" => Self::Names,
            "salutation" => Self::Salutation,
            "cellPhone.phoneNumber" | "cellPhone.countryCode" | "cellPhone.extension" => {
                Self::Phone
            }
            _ => Self::Others,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Phone => "Phone",
            Self::Names => "Names",
            Self::Salutation => "Salutation",
            Self::Others => "Other fields",
        }
    }
}

/// Changes of contacts, counted.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    kinds: BTreeMap<Kind, (u64, Vec<Difference>)>,
    /// Contacts that were compared.
    compared: u64,
}

impl Tally {
    /// A contact, and what changes of it; nothing where it stays as it is.
    pub fn add(&mut self, differences: &[Difference]) {
        self.compared += 1;
        for kind in Kind::ALL {
            let of_kind = |difference: &&Difference| Kind::of(&difference.field) == kind;
            if let Some(first) = differences.iter().find(of_kind) {
                let (count, examples) = self.kinds.entry(kind).or_default();
                *count += 1;
                if examples.len() < EXAMPLES {
                    examples.push(first.clone());
                }
            }
        }
    }

    /// One sentence a kind: `Phone: 20 change: …12 → …34, …`, `Names: none.`
    pub fn sentences(&self, values: Values) -> Vec<String> {
        let kinds = Kind::ALL
            .into_iter()
            .filter(|kind| *kind != Kind::Others || self.kinds.contains_key(kind));
        kinds
            .map(|kind| match self.kinds.get(&kind) {
                None => format!("{}: none.", kind.words()),
                Some((count, examples)) => {
                    let examples = examples.iter().map(|difference| example(difference, values));
                    let examples = examples.collect::<Vec<_>>().join(", ");
                    format!("{}: {} change: {examples}", kind.words(), thousands(*count))
                }
            })
            .collect()
    }

    /// Where half of all names or phone numbers would change: a sheet in another order does that.
    pub fn warning(&self) -> Option<String> {
        let most = |kind: &Kind| {
            let count = self.kinds.get(kind).map_or(0, |(count, _)| *count);
            (count > 1 && count * 2 >= self.compared).then_some((*kind, count))
        };
        let (kind, count) = [Kind::Names, Kind::Phone].iter().find_map(most)?;
        let what = if kind == Kind::Names { "the names" } else { "the phone numbers" };
        let (count, all) = (thousands(count), counted(self.compared, "contact"));
        Some(format!("look twice: {what} of {count} of {all} would change"))
    }
}

fn example(difference: &Difference, values: Values) -> String {
    let Difference { field, before, after } = difference;
    let shown = |text: &str| match text {
        "" => "nothing".to_owned(),
        text => mask::value(field, text, values),
    };
    format!("{} → {}", shown(before), shown(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(field: &str, before: &str, after: &str) -> Difference {
        let [field, before, after] = [field, before, after].map(str::to_owned);
        Difference { field, before, after }
    }

    #[test]
    fn changes_are_said_by_kind_and_so_is_what_does_not_change() {
        let mut tally = Tally::default();
        tally.add(&[
            change("cellPhone.phoneNumber", "9812345678", "9812345600"),
            change("cellPhone.countryCode", "+91", "+44"),
        ]);
        tally.add(&[change("salutation", "", "Mr")]);
        (0..9).for_each(|_| tally.add(&[]));
        insta::assert_snapshot!(tally.sentences(Values::Masked).join("\n"), @"
        Phone: 1 change: …78 → …00
        Names: none.
        Salutation: 1 change: nothing → Mr
        ");
        assert_eq!(tally.warning(), None);
        (0..12).for_each(|_| tally.add(&[change("lastName", "Rao", "Roe")]));
        insta::assert_snapshot!(tally.sentences(Values::Full)[1], @"Names: 12 change: Rao → Roe, Rao → Roe, Rao → Roe");
        insta::assert_snapshot!(tally.warning().unwrap(), @"look twice: the names of 12 of 23 contacts would change");
    }
}

//! Counts of every kind of change that the mapping made to values, for the plan.
//!
//! Examples and names are contact data: whoever shows them masks them, or was asked not to.

use super::text;
use crate::base::numbers::counted;

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// White space or invisible marks around a value went.
    Trimmed,
    /// The `="…"` by which spreadsheets guard text came off.
    TextGuard,
    /// A JSON number was written as text.
    NumberAsText,
    /// A phone number became its national digits.
    Phone,
    /// `cellPhone.countryCode`, and with it `cellPhone.extension`, were taken from the phone number.
    CountryFromPhone,
    /// A country code was written as `+` and digits.
    CountryCode,
    /// A salutation was written as the API page has it.
    Salutation,
    /// `fullName` was made of first and last name.
    FullNameMade,
    /// A constant became one of a contact's names.
    ConstantName,
    /// A full name of two words, or with a comma, was split into first and last name.
    FullNameSplit,
    /// A full name of more words was.
    UnusualSplit,
    /// Keys of a JSON object that is not in the API's shape were left out.
    KeysLeftOut,
}

impl ChangeKind {
    /// How many kinds there are.
    const COUNT: usize = 12;

    /// Every kind, in the order of the plan.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Trimmed,
        Self::TextGuard,
        Self::NumberAsText,
        Self::Phone,
        Self::CountryFromPhone,
        Self::CountryCode,
        Self::Salutation,
        Self::FullNameMade,
        Self::ConstantName,
        Self::FullNameSplit,
        Self::UnusualSplit,
        Self::KeysLeftOut,
    ];

    /// How often: `1,204 phone numbers normalised`.
    pub fn sentence(self, count: u64) -> String {
        let (noun, what) = match self {
            Self::Trimmed => ("value", "trimmed"),
            Self::TextGuard => ("value", "freed of a spreadsheet's text guard (`=\"…\"`)"),
            Self::NumberAsText => ("number", "written as text"),
            Self::Phone => ("phone number", "normalised"),
            Self::CountryFromPhone => ("country code", "taken from the phone number"),
            Self::CountryCode => ("country code", "spelt as `+` and digits"),
            Self::Salutation => ("salutation", "spelt as the API has them"),
            Self::ConstantName => ("contact", "named by a constant"),
            Self::FullNameMade => ("full name", "made of first and last name"),
            Self::FullNameSplit => ("full name", "split into first and last name"),
            Self::UnusualSplit => ("full name", "of more than two words split: look at them"),
            Self::KeysLeftOut => ("key", "unknown to the API left out"),
        };
        format!("{} {what}", counted(count, noun))
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// How often each kind of change was made to records that are good to send, with one example each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    counts: [u64; ChangeKind::COUNT],
    examples: [Option<Example>; ChangeKind::COUNT],
    names: Names,
}

/// A value before a change and after it: contact data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Example {
    before: String,
    after: String,
    /// The name of a key is no contact's value.
    key: Option<String>,
}

impl std::fmt::Debug for Example {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Example")
    }
}

impl Example {
    /// Of a value.
    pub(super) fn of(before: &str, after: &str) -> Self {
        Self { before: before.to_owned(), after: after.to_owned(), key: None }
    }

    /// Of a key.
    pub(super) fn of_key(key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..Self::default() }
    }

    /// With each value as `shown` makes it: `+91 98123 → 98123`, quoted where what went is only seen so; empty without one.
    pub fn text(&self, shown: impl Fn(&str) -> String) -> String {
        if let Some(key) = &self.key {
            return format!("`{key}`");
        }
        let [before, after] = [&self.before, &self.after].map(|text| shown(text));
        if self.before.is_empty() {
            after
        } else if text::trim(&self.before) == self.before {
            format!("{before} → {after}")
        } else {
            format!("\"{before}\" → \"{after}\"")
        }
    }
}

/// Full names to be looked at, as they are in the input: contact data, for the eyes of who runs the job.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Unusual splits.
    pub split: Vec<FullName>,
    /// Names that were not split.
    pub unclear: Vec<FullName>,
}

/// A full name, and where it is.
#[derive(Clone, PartialEq, Eq)]
pub struct FullName {
    /// The source and the line of its row.
    pub place: (u16, u64),
    /// As it is written.
    pub full: String,
    /// `first | last`, where it was split.
    pub split: Option<String>,
}

impl Names {
    /// Shown of each.
    const SHOWN: usize = 5;
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { split, unclear } = self;
        write!(f, "Names({} split, {} unclear)", split.len(), unclear.len())
    }
}

impl Changes {
    /// Some full names that somebody should look at.
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// The kinds that occurred: kind, count, example.
    pub fn iter(&self) -> impl Iterator<Item = (ChangeKind, u64, Option<&Example>)> {
        let occurred = ChangeKind::ALL.into_iter().filter(|kind| self.count(*kind) > 0);
        occurred.map(|kind| (kind, self.count(kind), self.examples[kind.index()].as_ref()))
    }

    /// How often it occurred.
    pub const fn count(&self, kind: ChangeKind) -> u64 {
        self.counts[kind.index()]
    }

    /// Adds those of another source; examples already there stay.
    pub fn add(&mut self, other: &Self) {
        for kind in ChangeKind::ALL.map(ChangeKind::index) {
            self.counts[kind] += other.counts[kind];
            if self.examples[kind].is_none() {
                self.examples[kind].clone_from(&other.examples[kind]);
            }
        }
        self.names.split.extend_from_slice(&other.names.split);
        self.names.split.truncate(Names::SHOWN);
        self.names.unclear.extend_from_slice(&other.names.unclear);
        self.names.unclear.truncate(Names::SHOWN);
    }

    /// Takes over what was noted of one record.
    pub(super) fn keep(&mut self, noted: Noted, place: (u16, u64)) {
        for (all, of_this) in self.counts.iter_mut().zip(noted.counts) {
            *all += u64::from(of_this);
        }
        for (kind, example) in noted.examples {
            self.examples[kind.index()].get_or_insert(example);
        }
        if self.names.split.len() < Names::SHOWN {
            let name = |(full, split)| FullName { place, full, split: Some(split) };
            self.names.split.extend(noted.split_name.map(name));
        }
    }

    /// Takes over what was noted of a record that is rejected: the name that no rule splits.
    pub(super) fn keep_unclear(&mut self, noted: Noted, place: (u16, u64)) {
        if self.names.unclear.len() < Names::SHOWN {
            let name = |full| FullName { place, full, split: None };
            self.names.unclear.extend(noted.unclear_name.map(name));
        }
    }
}

/// The changes of one record, until it is known whether the record is good.
#[derive(Debug, Default)]
pub(super) struct Noted {
    counts: [u8; ChangeKind::COUNT],
    examples: Vec<(ChangeKind, Example)>,
    pub(super) split_name: Option<(String, String)>,
    pub(super) unclear_name: Option<String>,
}

impl Noted {
    /// Notes a change; the example is only made while `so_far` has none.
    pub(super) fn note(
        &mut self,
        kind: ChangeKind,
        so_far: &Changes,
        example: impl FnOnce() -> Example,
    ) {
        let count = &mut self.counts[kind.index()];
        *count = count.saturating_add(1);
        if so_far.examples[kind.index()].is_none() {
            self.examples.push((kind, example()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_over_sources_and_the_first_example_stays() {
        let mut total = Changes::default();
        for example in ["first", "never"] {
            let mut of_one_source = Changes::default();
            let mut noted = Noted::default();
            noted.note(ChangeKind::Phone, &of_one_source, || Example::of("", example));
            noted.note(ChangeKind::Phone, &of_one_source, || Example::of("", "second"));
            of_one_source.keep(noted, (0, 1));
            total.add(&of_one_source);
        }
        let found: Vec<_> = total.iter().collect();
        assert_eq!(found, [(ChangeKind::Phone, 4, Some(&Example::of("", "first")))]);
    }

    #[test]
    fn every_kind_has_its_place() {
        for (place, kind) in ChangeKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.index(), place);
        }
    }
}

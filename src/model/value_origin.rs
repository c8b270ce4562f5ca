//! Where a value comes from that is sent for a field of a contact.

/// Where it comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ValueOrigin {
    /// A column of the row.
    #[default]
    Row,
    /// A default: a constant of the job or of `--set`, or what is sent where nobody says anything.
    Default,
    /// The contact as the account has it.
    Contact,
    /// Other fields of the same record: a country code out of a number, a full name out of two.
    Derived,
}

impl ValueOrigin {
    const ALL: [(Self, char, &'static str); 4] = [
        (Self::Row, 'r', "the row"),
        (Self::Default, 'd', "a default"),
        (Self::Contact, 'c', "the contact itself"),
        (Self::Derived, 'o', "other fields of the record"),
    ];

    /// In words.
    pub fn words(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or("", |(_, _, words)| words)
    }

    /// As a stored record has it.
    pub fn letter(self) -> char {
        Self::ALL.iter().find(|(one, ..)| *one == self).map_or('r', |(_, letter, _)| *letter)
    }

    /// Of that letter; `None` for another one.
    pub fn of_letter(letter: char) -> Option<Self> {
        Self::ALL.iter().find(|(_, one, _)| *one == letter).map(|(origin, ..)| *origin)
    }
}

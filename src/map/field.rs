//! The fields of a contact as the API names them (docs/kore-api.md, "Fields of a contact"), and the spellings
//! of a header that mean one of them beyond doubt. Guesses belong to [`super::guess`].

use unicode_normalization::UnicodeNormalization;

use crate::model::{IdKind, Operation};

/// A documented field. The order is that of the page's sample body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Id,
    FirstName,
    LastName,
    FullName,
    Salutation,
    Extension,
    PhoneNumber,
    CountryCode,
}

impl Field {
    /// How many there are.
    pub(super) const COUNT: usize = 8;

    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::Id,
        Self::FirstName,
        Self::LastName,
        Self::FullName,
        Self::Salutation,
        Self::Extension,
        Self::PhoneNumber,
        Self::CountryCode,
    ];

    /// The six that the page calls required, beside `id`.
    pub(super) const REQUIRED: [Self; 6] = [
        Self::FirstName,
        Self::LastName,
        Self::Salutation,
        Self::PhoneNumber,
        Self::CountryCode,
        Self::Extension,
    ];

    /// Its name in the API, dotted.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::FullName => "fullName",
            Self::Salutation => "salutation",
            Self::Extension => "cellPhone.extension",
            Self::PhoneNumber => "cellPhone.phoneNumber",
            Self::CountryCode => "cellPhone.countryCode",
        }
    }

    /// Its name without the object it is in.
    pub(super) const fn leaf(self) -> &'static str {
        match self {
            Self::Extension => "extension",
            Self::PhoneNumber => "phoneNumber",
            Self::CountryCode => "countryCode",
            top => top.name(),
        }
    }

    /// Whether it is in the `cellPhone` object.
    pub(super) const fn in_cell_phone(self) -> bool {
        matches!(self, Self::Extension | Self::PhoneNumber | Self::CountryCode)
    }

    /// Whether it is a name, which no two contacts share but by chance.
    pub(super) const fn is_name(self) -> bool {
        matches!(self, Self::FirstName | Self::LastName | Self::FullName)
    }

    /// Its place in [`Self::ALL`].
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// The field that the API calls so.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The field that a header (or key) means, whatever its case, spaces, `_`, `-` and dots:
    /// `First Name`, `cell_phone.phone-number`, `cellPhoneNumber`, `PhoneNumber`, `_id`.
    pub(super) fn meant_by(header: &str, operation: Operation) -> Option<Self> {
        let folded = fold(header);
        match folded.strip_prefix("cellphone").unwrap_or(&folded) {
            // The path parameter of the campaign API.
            "contactlistid" if operation.spec().id_kind == IdKind::ContactList => Some(Self::Id),
            "number" if folded == "cellphonenumber" => Some(Self::PhoneNumber),
            leaf => Self::ALL.into_iter().find(|field| {
                leaf.eq_ignore_ascii_case(field.leaf())
                    && (field.in_cell_phone() || leaf.len() == folded.len())
            }),
        }
    }

    /// The field that a column feeds by its name alone. Not the dialling prefix, unless the name is the API's own in full:
    /// an `Extension` is mostly that of an office telephone.
    pub(super) fn fed_by(header: &str, operation: Operation) -> Option<Self> {
        Self::meant_by(header, operation)
            .filter(|field| *field != Self::Extension || fold(header) == "cellphoneextension")
    }

    /// The fields that an operation sends.
    pub(super) fn of(operation: Operation) -> &'static [Self] {
        let spec = operation.spec();
        match (spec.sends_contacts(), spec.has_ids()) {
            (true, true) => &Self::ALL,
            (true, false) => &Self::ALL[1..],
            (false, _) => &Self::ALL[..1],
        }
    }

    /// The fields that are read for an operation whose rows may be matched with contacts.
    pub(super) fn matched(operation: Operation) -> &'static [Self] {
        match operation.is_delete() {
            true => &[
                Self::Id,
                Self::FirstName,
                Self::LastName,
                Self::FullName,
                Self::PhoneNumber,
                Self::CountryCode,
            ],
            false => Self::of(operation),
        }
    }

    /// The fields that are read for an operation, where phone numbers are compared with lists.
    pub(super) fn compared(operation: Operation) -> &'static [Self] {
        if operation.is_delete() {
            &[Self::Id, Self::PhoneNumber, Self::CountryCode]
        } else {
            Self::of(operation)
        }
    }
}

/// Whether the API documents a field of this name.
pub fn is_field(name: &str) -> bool {
    Field::named(name).is_some()
}

/// A header for comparison: NFC, lower case, without spaces, `_`, `-` and dots.
pub(super) fn fold(header: &str) -> String {
    header
        .nfc()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '.' | '\u{200b}' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_api_names_are_understood() {
        let meant = |header| Field::meant_by(header, Operation::BulkUpdate).map(Field::name);
        for (header, field) in [
            ("id", "id"),
            ("_id", "id"),
            (" ID ", "id"),
            ("First Name", "firstName"),
            ("last_name", "lastName"),
            ("FULL-NAME", "fullName"),
            ("Salutation", "salutation"),
            ("cellPhone.phoneNumber", "cellPhone.phoneNumber"),
            ("cellPhoneNumber", "cellPhone.phoneNumber"),
            ("Cell Phone Number", "cellPhone.phoneNumber"),
            ("phone_number", "cellPhone.phoneNumber"),
            ("cellPhoneCountryCode", "cellPhone.countryCode"),
            ("Country Code", "cellPhone.countryCode"),
            ("Cell Phone Extension", "cellPhone.extension"),
            ("extension", "cellPhone.extension"),
        ] {
            assert_eq!(meant(header), Some(field), "{header}");
        }
    }

    #[test]
    fn what_needs_a_guess_is_left_alone() {
        for header in ["Name", "Phone", "Mobile", "Contact ID", "cellPhone", "contactListId", ""] {
            assert_eq!(Field::meant_by(header, Operation::BulkUpdate), None, "{header}");
        }
        let list = Field::meant_by("contactListId", Operation::DeleteContactList);
        assert_eq!(list, Some(Field::Id));
    }

    #[test]
    fn an_office_extension_is_no_dialling_prefix() {
        let fed = |header| Field::fed_by(header, Operation::BulkUpdate);
        for header in ["Extension", "extension", "EXTENSION", "Exten-sion"] {
            assert_eq!(fed(header), None, "{header}");
        }
        for header in ["cellPhone.extension", "cellPhoneExtension", "Cell Phone Extension"] {
            assert_eq!(fed(header), Some(Field::Extension), "{header}");
        }
    }
}

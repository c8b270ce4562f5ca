//! Headers of common exports: Google Contacts, Outlook, Salesforce, `HubSpot`, Zendesk.
//!
//! Folded (lower case, letters and digits only), in tiers: a later tier counts only if no column of
//! an earlier one is there. Spellings of the API's own names are not repeated here.

use super::super::field::Field;

/// The tiers of a field.
pub(in super::super) const fn of(field: Field) -> &'static [&'static [&'static str]] {
    match field {
        Field::Id => &[
            &["koreid", "koreaiid", "korecontactid", "koreidc", "objectid", "oid"],
            &["contactid", "contactlistid", "listid", "externalid", "recordid", "userid"],
        ],
        Field::FirstName => &[&["givenname", "forename", "first", "fname", "contactfirstname"]],
        Field::LastName => &[&["familyname", "surname", "last", "lname", "contactlastname"]],
        Field::FullName => {
            &[&["name", "contactname", "displayname", "customername", "contactfullname"]]
        }
        // `Title` is Mr. in Outlook and CEO in Salesforce: its values must say which.
        Field::Salutation => &[&["nameprefix", "prefix", "honorific", "honorificprefix", "title"]],
        Field::Extension => &[&["dialingprefix", "diallingprefix", "dialprefix", "extension"]],
        Field::PhoneNumber => &[
            CELL_PHONES,
            &["phone", "phoneno", "telephone", "telephonenumber", "tel", "contactnumber"],
            &["primaryphone", "phone1value", "contactphone"],
        ],
        Field::CountryCode => &[&[
            "phonecountrycode",
            "countrycallingcode",
            "callingcode",
            "dialcode",
            "dialingcode",
            "diallingcode",
            "phonecode",
            "isdcode",
            "isd",
        ]],
    }
}

/// Headers that say that a number is a cell phone's.
pub(super) const CELL_PHONES: &[&str] = &[
    "mobile",
    "mobilephone",
    "mobilenumber",
    "mobilephonenumber",
    "mobileno",
    "cell",
    "cellphone",
    "cellnumber",
    "cellno",
];

/// A header as the table has it.
pub(in super::super) fn fold(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_alias_is_there_twice_and_all_are_folded() {
        let mut all: Vec<&str> =
            Field::ALL.into_iter().flat_map(of).flat_map(|tier| tier.iter().copied()).collect();
        assert!(all.iter().all(|alias| fold(alias) == *alias));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}

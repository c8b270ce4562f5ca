//! Which column of a table holds what: the API's names in any plain spelling, and a few that exports use.

/// What a column may hold, as the API names it, and other names for it: letters and digits only, lower case.
pub(super) const COLUMNS: [(&str, &[&str]); 17] = [
    ("id", &["contactid", "contactlistid", "listid", "koreid"]),
    ("firstName", &["givenname", "forename"]),
    ("lastName", &["surname", "familyname"]),
    ("fullName", &[]),
    ("salutation", &["nameprefix"]),
    (
        "cellPhone.phoneNumber",
        &["phonenumber", "phone", "mobile", "mobilephone", "cellphone", "phone1value"],
    ),
    ("cellPhone.countryCode", &["countrycode"]),
    ("cellPhone.extension", &["extension"]),
    ("name", &["listname"]),
    ("campaignInUse", &["campaigns"]),
    ("status", &[]),
    ("createdAt", &[]),
    ("updatedAt", &[]),
    ("updatedBy", &[]),
    ("listType", &[]),
    ("isGlobalDNC", &[]),
    ("isDefault", &[]),
];

/// What only the API's own name means: a sheet's "Status" is rarely the account's.
const EXACT: [&str; 7] =
    ["status", "createdAt", "updatedAt", "updatedBy", "listType", "isGlobalDNC", "isDefault"];

/// The column of each of [`COLUMNS`]; an exact name wins over a spelling.
///
/// # Errors
/// No column is the id: in words, without the values of a table that has no header.
pub(super) fn of(header: &csv::StringRecord) -> Result<[Option<usize>; 17], String> {
    let found = COLUMNS.map(|(name, others)| {
        let means = |title: &str| {
            let title = folded(title);
            title == folded(name) || others.contains(&title.as_str())
        };
        header
            .iter()
            .position(|title| title.trim() == name)
            .or_else(|| header.iter().position(means).filter(|_| !EXACT.contains(&name)))
    });
    if found[0].is_none() {
        return Err(no_id(header));
    }
    Ok(found)
}

fn no_id(header: &csv::StringRecord) -> String {
    let like_an_id = |title: &&str| {
        let words = title.to_lowercase();
        words.split(|c: char| !c.is_alphanumeric()).any(|word| word == "id")
            || title.ends_with("Id")
    };
    let nearest = header.iter().find(like_an_id);
    let nearest =
        nearest.map_or_else(String::new, |title| format!(", the nearest is `{}`", title.trim()));
    let names: Vec<&str> = COLUMNS[..8].iter().map(|(name, _)| *name).collect();
    format!(
        "has no column `id`{nearest}; it needs the API's names in its first row: `{}`",
        names.join("`, `")
    )
}

/// `Cell Phone: phone_number` → `cellphonephonenumber`.
fn folded(title: &str) -> String {
    title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(header: &[&str]) -> Result<[Option<usize>; 17], String> {
        of(&csv::StringRecord::from(header.to_vec()))
    }

    #[test]
    fn plain_spellings_are_the_apis_names() {
        let found =
            columns(&["Kore ID", "First Name", "LASTNAME", "Notes", "Phone Number"]).unwrap();
        assert_eq!(found[..6], [Some(0), Some(1), Some(2), None, None, Some(4)]);
        let found = columns(&["contactId", "id"]).unwrap();
        assert_eq!(found[0], Some(1), "an exact name wins");
    }

    #[test]
    fn a_table_without_an_id_is_said_what_it_needs() {
        insta::assert_snapshot!(columns(&["Kontakt-ID", "Vorname"]).unwrap_err(), @"has no column `id`, the nearest is `Kontakt-ID`; it needs the API's names in its first row: `id`, `firstName`, `lastName`, `fullName`, `salutation`, `cellPhone.phoneNumber`, `cellPhone.countryCode`, `cellPhone.extension`");
        let without_header = columns(&["65f7d49a5dd06e2cefa00001", "Jane"]).unwrap_err();
        assert!(!without_header.contains("Jane") && !without_header.contains("65f7"));
    }
}

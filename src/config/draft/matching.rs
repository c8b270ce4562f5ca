//! What a job file says where no column is an id, and rows are matched with contacts.

use super::Matched;

pub(super) const PHONE: &str = "cellPhone.phoneNumber";

const NAMES: [&str; 3] = ["firstName", "lastName", "fullName"];

/// The columns that rows are matched by: "`Mobile` and `Name`".
pub fn matched_by(columns: &[Matched]) -> String {
    let called = |fields: &[&str]| {
        let of = columns.iter().filter(|matched| fields.contains(&matched.field.as_str()));
        of.map(|matched| format!("`{}`", matched.header)).collect::<Vec<_>>().join(", ")
    };
    format!("{} and {}", called(&[PHONE]), called(&NAMES))
}

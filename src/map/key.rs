//! What rows are matched by (`[match]`), and what a row looks for. It is no value to send.

use super::field::Field;
use crate::account::matching::Phone;
use crate::model::settings::MatchBy;

/// What a row looks for.
///
/// It is contact data: a debug print shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sought {
    /// The number.
    pub phone: Phone,
    /// The name as it is written; blank where the row has none.
    pub name: String,
}

/// Whether rows that are matched so look for their contact by this field.
pub(super) const fn is_key(by: MatchBy, field: Field) -> bool {
    match by {
        MatchBy::Phone => matches!(field, Field::PhoneNumber | Field::CountryCode),
        MatchBy::PhoneAndName => {
            matches!(field, Field::PhoneNumber | Field::CountryCode) || field.is_name()
        }
    }
}

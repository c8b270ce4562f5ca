//! What a record changes of its contact.

/// A value that is not what the contact has.
///
/// It is contact data: a debug print shows the field alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    /// The API's field, dotted.
    pub field: String,
    /// As the account has it; of a phone number the national digits.
    pub before: String,
    /// As it will be sent.
    pub after: String,
}

impl std::fmt::Debug for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Difference").field("field", &self.field).finish_non_exhaustive()
    }
}

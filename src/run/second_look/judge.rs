//! What becomes of a record once its contact was read again: who says so, and in which words.

use crate::account::StoredContact;
use crate::model::settings::IdFormat;
use crate::model::{Outcome, Record, RunError};

/// Why a record is not sent whose contact is no longer what it was judged by.
pub(crate) const EDITED: &str = "editedMeanwhile: somebody has changed it since it was read";
/// The same of one that is not shown any more.
pub(crate) const NOT_SHOWN: &str = "editedMeanwhile: the account no longer shows the contact";

/// Says what becomes of a record once its contact was read again. It may wait for the disk.
pub(crate) trait Judge: Send {
    /// `contact`: as the account shows it now; `None` where it does not.
    fn judge(
        &mut self,
        record: &Record,
        contact: Option<&StoredContact<'_>>,
    ) -> Result<Judged, RunError>;
}

/// What becomes of it.
pub(crate) enum Judged {
    /// It is sent, as it is now. Its place and its marks are those that it had.
    Go(Record),
    /// It is not sent, and why.
    Out(Outcome, String),
}

/// An id of a row as the server writes it.
pub(crate) fn account_id(format: IdFormat, id: &str) -> String {
    match format {
        IdFormat::Objectid => id.to_ascii_lowercase(),
        IdFormat::Any => id.to_owned(),
    }
}

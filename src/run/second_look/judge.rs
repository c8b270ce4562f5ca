//! What becomes of a record once its contact was read again: who says so, and in which words.

use crate::account::StoredContact;
use crate::model::settings::IdFormat;
use crate::model::{Outcome, Record, RunError};

/// Why a record is not sent whose contact is no longer what it was judged by.
pub(crate) const EDITED: &str = "editedMeanwhile: somebody has changed it since it was read";
/// The same of one that is not shown any more.
pub(crate) const NOT_SHOWN: &str = "editedMeanwhile: the account no longer shows the contact";

/// The first word of both, and that of a run that was approved by the id of a plan.
const EDITED_WORD: &str = "editedMeanwhile";
const SINCE_PLAN: &str = "changedSincePlan";

/// What becomes of a record of a run that was approved by the id of a plan: it is sent as the plan has shown it, or not at all.
pub(super) fn as_shown(record: &Record, judged: Judged) -> Judged {
    match judged {
        Judged::Go(now) if now.encoded() != record.encoded() => Judged::Out(
            Outcome::Skipped,
            format!("{SINCE_PLAN}: somebody has changed it since; another value would be sent"),
        ),
        Judged::Out(outcome, why) => {
            let (outcome, why) = dropped(outcome, why);
            Judged::Out(outcome, why)
        }
        judged @ Judged::Go(_) => judged,
    }
}

/// What drops out of such a run is no failure.
pub(super) fn dropped(outcome: Outcome, why: String) -> (Outcome, String) {
    match outcome {
        Outcome::Rejected => (Outcome::Skipped, why.replacen(EDITED_WORD, SINCE_PLAN, 1)),
        outcome => (outcome, why),
    }
}

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

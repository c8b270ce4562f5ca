//! The terms that every module uses: records, outcomes, settings, events, errors.
//!
//! Imported by all modules and importing none of them: no I/O, no HTTP, no SQLite here.

mod account_read;
mod backup;
mod coverage;
pub(crate) mod difference;
pub(crate) mod duplicate;
pub mod error;
pub mod event;
mod exit;
mod matches;
pub mod moment;
pub mod operation;
mod operation_spec;
pub mod outcome;
pub mod outcome_file;
pub mod record;
pub mod record_set;
pub mod review_file;
pub mod settings;
pub mod settlement;
pub mod shape;
pub mod titles;
pub(crate) mod undo;
mod value_origin;
mod withheld;

pub use account_read::AccountRead;
pub use backup::PreviousContacts;
pub(crate) use difference::Difference;
pub use error::{Exit, RunError, StopCause};
pub use event::Event;
pub use matches::Matches;
pub use moment::Moment;
pub use operation::{Effect, IdKind, Operation, OperationSpec, Service, Success};
pub use outcome::{Ledger, Outcome, RequestCounts};
pub use record::{
    CellKind, CellMark, Cells, Defect, Mark, Ordinal, Record, Row, RowFault, Source, UNCOMPUTED,
};
pub use record_set::RecordSet;
pub use settlement::{Ending, SentRecord, Settlement, Verdict, VerdictKind};
pub use undo::UndoCounts;
pub use value_origin::ValueOrigin;
pub use withheld::Withheld;

//! The journal: what was intended, what came of it, and what resume needs. One SQLite file a run.
//!
//! Besides the readings of the account the only module of the client that knows SQLite. It knows nothing of HTTP, and one thread owns it.

mod answers;
mod connection;
mod error;
pub(crate) mod fact;
mod ledger;
mod lock;
mod outbox;
mod phase;
mod read;
mod recover;
mod requests;
mod rows;
mod schema;
mod scrub;
mod store;
#[cfg(test)]
mod tests;
mod transaction;
mod write;

pub(crate) use answers::AnswerRow;
pub use connection::Journal;
pub use error::JournalError;
pub(crate) use fact::Fact;
pub(crate) use lock::{Holder, JobLock, LockedJob};
pub(crate) use outbox::Owed;
pub use phase::Phase;
pub use read::Select;
pub(crate) use requests::SessionTotals;
pub(crate) use rows::RecordRow;
pub(crate) use write::Disposition;
pub use write::Entry;

//! The journal: what was intended, what came of it, and what resume needs. One SQLite file a run.
//!
//! The only room of the client that knows SQLite. It knows nothing of HTTP, and one thread owns it.

mod error;
pub mod fact;
mod lock;
mod read;
mod rows;
mod schema;
mod scrub;
mod store;
#[cfg(test)]
mod tests;
mod write;

pub use error::JournalError;
pub use fact::Fact;
pub use lock::{JobLock, LockedJob};
pub use read::{RequestRow, SessionTotals};
pub use rows::RecordRow;
pub use store::{Journal, Phase};
pub use write::{Disposition, Entry};

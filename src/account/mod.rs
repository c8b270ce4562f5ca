//! The account itself: its contacts, read page by page, with proof that none is missing.
//!
//! Must not know where records come from or what is done with them.

mod contents;
mod cost;
mod db;
mod expiry;
mod facts;
pub mod matching;
mod page;
pub mod paging;
mod place;
mod progress;
mod reader;
mod reading;
mod seen;
mod trouble;
mod wanted;
mod way;

pub use contents::StoredContact;
pub use cost::Cost;
pub(crate) use expiry::Expired;
pub use facts::Facts;
pub use place::{AccountKey, ReadingLock, Readings};
pub use progress::ReadProgress;
pub use reader::{ReadEvent, Reader};
pub use reading::Reading;
pub use trouble::Patience;
pub use wanted::Wanted;
pub use way::Way;

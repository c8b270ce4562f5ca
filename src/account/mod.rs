//! The account itself: its contacts, read page by page, with proof that none is missing.
//!
//! Must not know where records come from or what is done with them.

mod asker;
mod contents;
mod cost;
mod db;
mod event;
mod expiry;
mod facts;
mod goal;
mod holders;
mod lists;
mod look;
pub mod matching;
mod page;
pub mod paging;
mod part;
mod part_pages;
mod part_reader;
mod place;
mod progress;
pub mod read_back;
mod reader;
mod reading;
mod seen;
mod trouble;
mod wanted;
mod way;

#[cfg(test)]
mod tests;

pub use contents::{Contacts, StoredContact};
pub use cost::Cost;
pub use event::ReadEvent;
pub(crate) use expiry::Expired;
pub(crate) use holders::is_still_meant;
pub use holders::{Holder, Holders, Judged, StoredRow};
pub use lists::{ContactLists, ListReader};
pub use part::{Part, Place};
pub use place::{AccountKey, ReadingLock, Readings};
pub use progress::ReadProgress;
pub use reader::Reader;
pub use reading::Reading;
pub use trouble::Patience;
pub use wanted::Wanted;
pub use way::Way;

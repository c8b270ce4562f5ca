//! The account itself: its contacts, read page by page, with proof that none is missing.
//!
//! Must not know where records come from or what is done with them.

pub mod paging;

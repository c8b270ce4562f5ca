//! A contact: as it comes in a body (`fields`), as it lies in the store (`table`), as an answer shows
//! it (`echo`).
//!
//! The shapes are those of the API pages; keys they do not know are ignored.

mod echo;
mod fields;
mod table;

pub(super) use echo::{Echo, IdKey, Site};
pub(super) use fields::{Fields, Phone};
pub(super) use table::{
    COLUMNS, Contact, Life, Writer, delete, find, holder, insert, touch, update,
};

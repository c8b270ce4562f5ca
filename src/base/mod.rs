//! Leaf helpers that every module may use: files, and what is done with them everywhere.
//!
//! Imports no other module.

#[cfg(test)]
pub(crate) mod cases;
pub(crate) mod disk_words;
pub(crate) mod duration;
pub(crate) mod file_lock;
pub(crate) mod lookup;
pub(crate) mod nearest;
pub(crate) mod numbers;
pub(crate) mod origin;
pub(crate) mod private;
pub(crate) mod secret_text;
pub(crate) mod shell;
pub(crate) mod small;
pub(crate) mod sorted;
pub(crate) mod state;
pub(crate) mod system;
pub(crate) mod terminal;

pub(crate) use system::machine;

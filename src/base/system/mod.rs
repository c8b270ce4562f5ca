//! What korebulk needs of the operating system: private files, clocks, users, signals, the terminal.
//!
//! One file tree for Unix and one for Windows give the same functions; nothing else in korebulk asks which system it
//! runs on. Where Windows does something otherwise, its function says what protects instead.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

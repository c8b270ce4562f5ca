//! Files → rows with their origin, streaming.
//!
//! Knows formats, encodings and places in files; must not know contacts, fields of the API or HTTP.
//! One file per format. A broken row is a row with a fault; a broken file is a [`LoadError`].

mod broken;
mod charset;
mod delimited;
mod dialect;
mod dos;
mod encoding;
mod fit;
mod gzip;
mod ids;
mod json_array;
mod jsonl;
mod loader;
mod object;
mod opening;
mod outcome;
mod paths;
mod quoting;
mod record;
mod sniff;
mod stored;
mod swallow;
mod table;
mod text;
mod transcode;
mod window;
mod workbook;

#[cfg(test)]
mod tests;

pub(crate) use broken::{LoadError, Question};
pub(crate) use charset::is_encoding;
#[cfg(test)]
pub(crate) use fit::Candidate;
pub use loader::Loader;
pub(crate) use paths::{InputPath, expand};

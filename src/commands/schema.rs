//! `schema`: the JSON Schema of what korebulk reads and writes.

use crate::base::terminal;
use crate::model::{Exit, RunError};
use crate::{config, report};

/// What has a JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaOf {
    /// A job file.
    Job,
    /// `report.json`.
    Report,
}

/// Prints it.
///
/// # Errors
/// Exit 70 where it cannot be printed.
pub fn schema(of: SchemaOf) -> Result<Exit, RunError> {
    let schema = match of {
        SchemaOf::Job => config::schema(),
        SchemaOf::Report => report::schema::schema(),
    };
    terminal::print(&format!("{schema:#}\n"))?;
    Ok(Exit::Finished)
}

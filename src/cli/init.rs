//! What may be typed for `init`: a file, an operation, and the answers to what it may ask.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::typed::{assignment, fields, text};
use crate::config::{InputTable, PhoneTable, Several, Tables, TargetTable, Text};
use crate::model::Operation;

/// A file to write a job for.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The file to write a job file for
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: String,
    /// What is to be done: bulk-update, bulk-delete, delete-contact or delete-contact-list
    #[arg(long, value_name = "OPERATION", value_parser = Operation::ALL.map(Operation::name))]
    operation: String,
    /// The job file to write; else the file's name with .toml, in the working directory
    #[arg(long, value_name = "JOB.toml", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
    #[arg(long, value_name = "FORMAT", help_heading = "Input")]
    input_format: Option<String>,
    #[arg(long, value_name = "NAME|N", help_heading = "Input")]
    sheet: Option<String>,
    #[arg(long, value_name = "ROW", help_heading = "Input")]
    header_row: Option<String>,
    #[arg(long, value_name = "LABEL", help_heading = "Input")]
    encoding: Option<String>,
    #[arg(long, value_name = "CHARACTER", help_heading = "Input")]
    delimiter: Option<String>,
    #[arg(long, value_name = "send|skip", help_heading = "Input")]
    hidden_rows: Option<String>,
    #[arg(long, value_name = "FIELD=HEADER", value_parser = assignment, help_heading = "Input")]
    map: Option<Vec<(String, String)>>,
    #[arg(long, value_name = "FIELD=VALUE", value_parser = assignment, help_heading = "Input")]
    set: Option<Vec<(String, String)>>,
    #[arg(long, value_name = "XX", help_heading = "Input")]
    region: Option<String>,
}

impl InitArgs {
    /// The same in the job file's form; a sandbox is the target until somebody names another.
    pub(super) fn tables(self) -> Tables {
        Tables {
            operation: Some(Text(self.operation)),
            target: TargetTable {
                host: Some(Text("sandbox".to_owned())),
                ..TargetTable::default()
            },
            input: InputTable {
                path: Some(Several(vec![self.file])),
                format: text(self.input_format),
                sheet: text(self.sheet),
                header_row: text(self.header_row),
                encoding: text(self.encoding),
                delimiter: text(self.delimiter),
                hidden_rows: text(self.hidden_rows),
                columns: fields(self.map),
                defaults: fields(self.set),
                ..InputTable::default()
            },
            phone: PhoneTable { region: text(self.region), ..PhoneTable::default() },
            ..Tables::default()
        }
    }
}

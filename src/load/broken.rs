//! What stops the reading: a file that cannot be used, or a question only a person can answer.
//!
//! Row faults are no errors and are not here. No message holds a value of the input.

use crate::base::numbers::counted;
use std::io;

use crate::model::RunError;

use super::fit::Candidate;

/// Why the input cannot be used. Displays as `file:row: problem`; leads to exit 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// A path that leads nowhere, or a file that is broken.
    Unusable {
        /// The path as given; `-` is standard input.
        file: String,
        /// The physical line (or sheet row) at fault, from 1.
        line: Option<u64>,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The file leaves a choice that nobody has made yet.
    Question(Question),
}

/// A choice that the input leaves: asked on a terminal, exit 2 without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// The sheet hides rows (by hand or by a filter); `hidden_rows` answers.
    HiddenRows {
        /// The path as given.
        file: String,
        /// The sheet.
        sheet: String,
        /// Hidden rows that hold something.
        hidden: u64,
        /// Rows that hold something, hidden ones included, the header not.
        total: u64,
        /// A filter is on.
        filtered: bool,
    },
    /// The text is not UTF-8, and what it may be in would be a guess; `encoding` answers.
    Encoding {
        /// The path as given.
        file: String,
        /// The first line that is not UTF-8.
        line: u64,
        /// How many rows are not.
        rows: u64,
        /// What it may be in, the likeliest first.
        candidates: Vec<Candidate>,
    },
    /// Several sheets hold something; `sheet` answers.
    Sheets {
        /// The path as given.
        file: String,
        /// Name, and rows that hold something (header included), of each filled sheet.
        sheets: Vec<(String, u64)>,
    },
}

impl LoadError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unusable { hint, .. } => hint.clone(),
            Self::Question(Question::HiddenRows { .. }) => {
                Some("say `--hidden-rows send` or `--hidden-rows skip`".into())
            }
            Self::Question(Question::Sheets { .. }) => {
                Some("name the one that is meant with `--sheet`".into())
            }
            Self::Question(Question::Encoding { candidates, .. }) => {
                let labels: Vec<&str> = candidates.iter().map(|c| c.label.as_str()).collect();
                Some(format!("name it with `--encoding`; likely: `{}`", labels.join("`, `")))
            }
        }
    }
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unusable { file, line, problem, .. } => {
                f.write_str(shown(file))?;
                if let Some(line) = line {
                    write!(f, ":{line}")?;
                }
                write!(f, ": {problem}")
            }
            Self::Question(Question::HiddenRows { file, sheet, hidden, total, filtered }) => {
                let filter = if *filtered { " (a filter is on)" } else { "" };
                write!(
                    f,
                    "{file}: sheet `{sheet}` hides {hidden} of its {}{filter}",
                    counted(*total, "row")
                )
            }
            Self::Question(Question::Encoding { file, line, rows, .. }) => {
                let (file, rows) = (shown(file), rows_of(*rows, ""));
                write!(
                    f,
                    "{file}:{line}: the text is not UTF-8 in {rows}, and nothing says what it is"
                )
            }
            Self::Question(Question::Sheets { file, sheets }) => {
                write!(f, "{file}: {} sheets hold something:", sheets.len())?;
                for (at, (name, rows)) in sheets.iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    write!(f, "{comma} `{name}` ({})", counted(*rows, "row"))?;
                }
                Ok(())
            }
        }
    }
}

fn shown(file: &str) -> &str {
    if file == "-" { "standard input" } else { file }
}

/// `1 blank row`, `2 rows`.
pub(super) fn rows_of(count: u64, kind: &str) -> String {
    let blank = if kind.is_empty() { "" } else { " " };
    counted(count, &format!("{kind}{blank}row"))
}

impl std::error::Error for LoadError {}

impl From<LoadError> for RunError {
    fn from(error: LoadError) -> Self {
        let run = Self::usage(error.to_string());
        match error.hint() {
            Some(hint) => run.hint(hint),
            None => run,
        }
    }
}

/// What is wrong with a file, reported by a reader that does not know the file's name.
#[derive(Debug)]
pub(super) struct Broken {
    line: Option<u64>,
    problem: String,
    hint: Option<String>,
}

impl Broken {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self { line: None, problem: problem.into(), hint: None }
    }

    /// The same, at a physical line or sheet row.
    pub(super) fn at(self, line: u64) -> Self {
        Self { line: Some(line), ..self }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A read that failed: a disk, a pipe, or compressed data that breaks off.
    pub(super) fn unreadable(error: &io::Error) -> Self {
        let broken = Self::new(format!("cannot be read to its end: {error}"));
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::Other => broken.hint("it is cut short or damaged: fetch it again"),
            _ => broken,
        }
    }

    pub(super) fn within(self, file: &str) -> LoadError {
        LoadError::Unusable {
            file: file.to_owned(),
            line: self.line,
            problem: self.problem,
            hint: self.hint,
        }
    }
}

/// A file that holds no table, named as what it is.
pub(super) fn not_a_table(what: &str) -> Broken {
    Broken::new(format!("is {what}, whatever its name says"))
        .hint("korebulk reads CSV, TSV, JSONL, JSON, .xlsx, .xls, .xlsb and .ods")
}

/// A file that other files are packed in.
pub(super) fn packed(what: &str) -> Broken {
    Broken::new(format!("is {what}")).hint("unpack it first, and give the file that is in it")
}

//! Reading a job file: TOML → values under the keys of the settings table, with the line of each.
//!
//! No message repeats a line of the file: somebody may have written a secret into it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::values::Values;
use super::walk::{Source, walk};
use crate::base::small;
use crate::model::RunError;

/// Job files are written by hand; one of more MiB is something else.
const LARGEST: u64 = 1;

const INIT: &str = "`korebulk init --operation OPERATION FILE` writes a job file for a spreadsheet or another file";
const SHORT: &str = "a job file is a short TOML file; contacts are named by its `input.path`";

/// A job file as written.
#[derive(Debug, Clone, PartialEq)]
pub struct JobFile {
    /// Its path, as given.
    pub path: PathBuf,
    pub(super) values: Values,
    /// Key, dotted → line from 1.
    pub(super) lines: BTreeMap<String, usize>,
}

impl JobFile {
    /// Reads and parses the file at `path`. The only I/O of this module.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let unreadable = |error: io::Error| {
            let shown = path.display();
            let (problem, hint) = match error.kind() {
                io::ErrorKind::NotFound => ("there is no such job file".to_owned(), INIT),
                io::ErrorKind::FileTooLarge => {
                    (format!("the job file cannot be read: {error}"), SHORT)
                }
                _ => (format!("the job file cannot be read: {error}"), INIT),
            };
            RunError::usage(format!("{shown}: {problem}")).hint(hint)
        };
        let text = small::read_at_most(LARGEST, path).and_then(|bytes| {
            String::from_utf8(bytes)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
        });
        let there = !matches!(&text, Err(error) if error.raw_os_error().is_some());
        let read = text.map_err(unreadable).and_then(|text| Self::parse(&text, path));
        // What a table of contacts says as TOML helps nobody.
        let named_so = path.extension().is_some_and(|ending| ending == "toml");
        read.map_err(|error| if there && !named_so { no_job_file(path) } else { error })
    }

    /// Whether it has a table of that name, whatever is in it.
    pub(super) fn has_table(&self, name: &str) -> bool {
        self.lines.contains_key(name)
    }

    /// Parses the `text` of the file at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, RunError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source { text, path };
        let document = DeTable::parse(text).map_err(|error| broken(&source, &error))?;
        let (values, lines) = walk(&source, document.get_ref())?;
        Ok(Self { path: path.to_owned(), values, lines })
    }

    /// `job.toml:12`, or the file alone for a key that is not in it.
    pub(super) fn at(&self, key: &str) -> String {
        match self.lines.get(key) {
            Some(line) => format!("{}:{line}", self.path.display()),
            None => self.path.display().to_string(),
        }
    }
}

/// A file of contacts, or anything else, in the place of a job file.
fn no_job_file(path: &Path) -> RunError {
    let shown = path.display();
    RunError::usage(format!("{shown}: this is no job file")).hint(format!(
        "`korebulk init {shown} --operation OPERATION` writes one for a file of contacts, and \
         `korebulk OPERATION {shown} …` does without (`bulk-delete`, …)"
    ))
}

/// Not TOML. The parser's messages name characters and the grammar, never the user's words.
pub(super) fn broken(source: &Source<'_>, error: &toml::de::Error) -> RunError {
    let at = error.span().map_or(0, |span| span.start);
    let what = error.message().lines().next().unwrap_or("not TOML");
    let error = source.error(at, what);
    if what.contains("string") {
        return error.hint("write texts in double quotes: `name = \"nightly\"`");
    }
    error
}

//! Reading a job file: TOML → tables, with the line of every key for the messages to come.
//!
//! No message repeats a line of the file: somebody may have written a secret into it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::file::Tables;
use super::known::walk;
use crate::model::RunError;

/// Job files are written by hand; one beyond this is something else, bytes.
const LARGEST: u64 = 1024 * 1024;

/// A job file as written.
#[derive(Debug, Clone, PartialEq)]
pub struct JobFile {
    /// Its path, as given.
    pub path: PathBuf,
    pub(super) tables: Tables,
    lines: BTreeMap<String, Place>,
}

/// Where a key stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: usize,
    /// The bytes of its value.
    pub(super) value: Range<usize>,
}

impl JobFile {
    /// Reads and parses the file at `path`. The only I/O of this room.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let unreadable = |why: &dyn std::fmt::Display| {
            RunError::usage(format!("{}: the job file cannot be read: {why}", path.display()))
        };
        let size = std::fs::metadata(path).map_err(|e| unreadable(&e))?.len();
        if size > LARGEST {
            return Err(unreadable(&"it is larger than 1 MiB")
                .hint("a job file is a short TOML file; contacts are named by its `input.path`"));
        }
        let text = std::fs::read_to_string(path).map_err(|e| unreadable(&e))?;
        Self::parse(&text, path)
    }

    /// Parses the `text` of the file at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, RunError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file = Text { text, path };
        let document = DeTable::parse(text).map_err(|e| file.broken(&e))?;
        let lines = walk(&file, document.get_ref())?;
        let tables = toml::from_str(text).map_err(|e| file.mistyped(&e, &lines))?;
        Ok(Self { path: path.to_owned(), tables, lines })
    }

    /// `job.toml:12`, or the file alone for a key that is not in it.
    pub(super) fn at(&self, key: &str) -> String {
        match self.lines.get(key) {
            Some(place) => format!("{}:{}", self.path.display(), place.line),
            None => self.path.display().to_string(),
        }
    }
}

/// The text under the parser's hands.
pub(super) struct Text<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Text<'_> {
    /// An error at a byte of the file: position first.
    pub(super) fn error(&self, at: usize, problem: &str) -> RunError {
        RunError::usage(format!("{}:{}: {problem}", self.path.display(), self.line(at)))
    }

    pub(super) fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        before.split(|byte| *byte == b'\n').count()
    }

    /// Not TOML. The parser's messages name characters and the grammar, never the user's words.
    fn broken(&self, error: &toml::de::Error) -> RunError {
        let at = error.span().map_or(0, |span| span.start);
        let what = error.message().lines().next().unwrap_or("not TOML");
        let error = self.error(at, what);
        if what.contains("string") {
            return error.hint("texts stand in double quotes: `name = \"nightly\"`");
        }
        error
    }

    /// TOML, but a value of the wrong kind. serde's message would repeat the value: only what it expected is kept.
    fn mistyped(&self, error: &toml::de::Error, lines: &BTreeMap<String, Place>) -> RunError {
        let at = error.span().map_or(0, |span| span.start);
        let key = lines
            .iter()
            .filter(|(_, place)| place.value.contains(&at))
            .min_by_key(|(_, place)| place.value.len())
            .map_or("", |(key, _)| key.as_str());
        let expected = match error.message().rsplit_once("expected ") {
            Some((_, "a sequence")) => "a list",
            Some((_, expected)) if expected.starts_with("struct ") => "a table",
            Some((_, expected)) => expected,
            None => "another kind of value",
        };
        let error = self.error(at, &format!("`{key}`: expected {expected}"));
        if key.ends_with("_command") {
            return error.hint("a program and its arguments: `[\"pass\", \"show\", \"kore\"]`");
        }
        error
    }
}

//! Paths as given → the files they mean: strftime, globs, standard input. Opens none of them.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::model::Moment;
use crate::model::settings::InputSettings;

use super::broken::{Broken, LoadError};

/// What makes a path a pattern: of strftime, or a glob.
const PATTERN: &[char] = &['%', '*', '?', '['];

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputPath {
    /// Standard input, given as `-`.
    Stdin,
    /// A file that was there when it was looked for.
    File {
        /// As the person would write it: relative where a relative path was given.
        shown: String,
        /// Where it is.
        path: PathBuf,
    },
}

impl InputPath {
    /// The path as the person would write it; `-` for standard input.
    pub fn shown(&self) -> &str {
        match self {
            Self::Stdin => "-",
            Self::File { shown, .. } => shown,
        }
    }

    /// Where it is; `None` for standard input.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdin => None,
            Self::File { path, .. } => Some(path),
        }
    }
}

/// The files that the settings' paths mean, in order; the files of a glob by name.
///
/// A path that exists is taken as it is; only then `%` is read as strftime (filled with `now`),
/// and only then `*`, `?` and `[` as a glob. A path or glob without a file is an error.
pub fn expand(settings: &InputSettings, now: &Moment) -> Result<Vec<InputPath>, LoadError> {
    let mut found = Vec::with_capacity(settings.paths.len());
    for given in &settings.paths {
        if given == "-" {
            if found.contains(&InputPath::Stdin) {
                return Err(Broken::new("is given twice").within(given));
            }
            found.push(InputPath::Stdin);
        } else {
            found.extend(files(given, &settings.base, now).map_err(|b| b.within(given))?);
        }
    }
    // A shell's `*.xlsx` names them, too. Alone it is refused when it is opened.
    let is_lock =
        |file: &InputPath| file.path().and_then(Path::file_name).is_some_and(is_lock_file);
    if !found.iter().all(is_lock) {
        found.retain(|file| !is_lock(file));
    }
    if found.is_empty() {
        return Err(Broken::new("no input is given")
            .hint("set `input.path` or give a file; `-` is standard input")
            .within("input"));
    }
    Ok(found)
}

fn files(given: &str, base: &Path, now: &Moment) -> Result<Vec<InputPath>, Broken> {
    if let Some(file) = literal(given, base)? {
        return Ok(vec![file]);
    }
    let dated = if given.contains('%') { dated(given, now)? } else { given.to_owned() };
    if let Some(file) = literal(&dated, base)? {
        return Ok(vec![file]);
    }
    let also = if dated == given { String::new() } else { format!(" (looked for `{dated}`)") };
    if dated.contains(&PATTERN[1..]) {
        let matches = globbed(&dated, base)?;
        if matches.is_empty() {
            return Err(Broken::new(format!("matches no file{also}"))
                .hint(format!("relative paths start from {}", base.display())));
        }
        return Ok(matches);
    }
    Err(Broken::new(format!("does not exist{also}"))
        .hint(format!("relative paths start from {}", base.display())))
}

fn literal(given: &str, base: &Path) -> Result<Option<InputPath>, Broken> {
    let path = base.join(given);
    let is_there = match path.try_exists() {
        // Windows has no names with the signs of a pattern.
        Err(e) if e.kind() == ErrorKind::InvalidFilename && given.contains(PATTERN) => false,
        there => there.map_err(|e| Broken::new(format!("cannot be read: {e}")))?,
    };
    Ok(is_there.then(|| InputPath::File { shown: given.to_owned(), path }))
}

fn dated(given: &str, now: &Moment) -> Result<String, Broken> {
    jiff::fmt::strtime::format(given, now.local()).map_err(|e| {
        Broken::new(format!("does not exist and is no strftime pattern: {e}"))
            .hint("write `%%` for a percent sign")
    })
}

fn globbed(pattern: &str, base: &Path) -> Result<Vec<InputPath>, Broken> {
    let absolute = if Path::new(pattern).is_absolute() {
        pattern.to_owned()
    } else {
        format!("{}/{pattern}", glob::Pattern::escape(&base.to_string_lossy()))
    };
    // Hidden files stay out: LibreOffice keeps lock files such as `.~lock.contacts.csv#`.
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
    let paths = glob::glob_with(&absolute, options)
        .map_err(|e| Broken::new(format!("is no glob: {}", e.msg)))?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|e| Broken::new(format!("cannot be searched: {}", e.error())))?;
        if path.is_dir() || path.file_name().is_some_and(is_lock_file) {
            continue;
        }
        let relative = path.strip_prefix(base).unwrap_or(&path);
        let shown = if Path::new(pattern).is_absolute() { &path } else { relative };
        files.push(InputPath::File {
            shown: shown.to_string_lossy().into_owned(),
            path: path.clone(),
        });
    }
    Ok(files)
}

/// Whether a file is what Excel keeps beside a workbook that is open: `~$contacts.xlsx`.
pub(super) fn is_lock_file(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"~$")
}

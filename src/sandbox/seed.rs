//! Fills the store: from an iterator, or from files whose columns are named as the API's fields, in any plain spelling.
//!
//! What the store already has stays as it is, so that a run that is resumed can seed again.

mod columns;
mod row;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;

use super::config::SandboxError;
use super::contact::{self, Life};
use super::lists::{self, NewList};
use super::sample;
use row::SeedRow;

/// Rows in one transaction: bounds memory and keeps the speed.
const ROWS: u32 = 10_000;

/// A contact to begin with.
#[derive(Clone, PartialEq, Eq)]
pub struct SeedContact {
    /// Its id, unchanged.
    pub id: String,
    /// Its JSON object in the API's own shape; sample values without it.
    pub contact: Option<String>,
}

/// Contacts are personal data.
impl std::fmt::Debug for SeedContact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeedContact").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Adds contacts; answers how many are new.
pub(super) fn contacts(
    db: &Connection,
    seeds: impl IntoIterator<Item = SeedContact>,
) -> Result<u64, SandboxError> {
    let mut filling = Filling::start(db)?;
    let now = Timestamp::now();
    for (seed, line) in seeds.into_iter().zip(1..) {
        // A contact of the sample account that somebody has exported.
        if seed.contact.is_none()
            && let Some(new) = sample::add_known(db, &seed.id, now)?
        {
            filling.count(new)?;
            continue;
        }
        let row = match &seed.contact {
            None => SeedRow::default(),
            Some(text) => serde_json::from_str(text)
                .map_err(|_| wrong("contacts to begin with", line, "is not a contact"))?,
        };
        filling.contact(&seed.id, &row)?;
    }
    filling.finish()
}

/// Adds lists by their ids; answers how many are new.
pub(super) fn list_ids(
    db: &Connection,
    ids: impl IntoIterator<Item = String>,
) -> Result<u64, SandboxError> {
    let mut filling = Filling::start(db)?;
    for id in ids {
        filling.list(&id, &SeedRow::default())?;
    }
    filling.finish()
}

/// Adds what is in a file; `only_lists` where every row is a list.
pub(super) fn file(db: &Connection, path: &Path, only_lists: bool) -> Result<u64, SandboxError> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "csv" => table(db, path, only_lists),
        "jsonl" | "ndjson" => objects(db, path, only_lists),
        _ => Err(SandboxError::Seed {
            file: path.display().to_string(),
            line: None,
            problem: "is neither .csv nor .jsonl".into(),
        }),
    }
}

fn table(db: &Connection, path: &Path, only_lists: bool) -> Result<u64, SandboxError> {
    let name = path.display().to_string();
    let unreadable = |error: &csv::Error| {
        let line = error.position().map(csv::Position::line);
        let problem = match error.kind() {
            csv::ErrorKind::Io(error) => format!("cannot be read: {error}"),
            // csv's own words may hold values.
            _ => "cannot be read as CSV in UTF-8".to_owned(),
        };
        SandboxError::Seed { file: name.clone(), line, problem }
    };
    let mut reader = csv::Reader::from_path(path).map_err(|e| unreadable(&e))?;
    let header = reader.headers().map_err(|e| unreadable(&e))?.clone();
    let columns = columns::of(&header).map_err(|problem| wrong(&name, 1, &problem))?;
    let mut filling = Filling::start(db)?;
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(|e| unreadable(&e))? {
        let line = row.position().map_or(0, csv::Position::line);
        let text = |c: usize| columns[c].and_then(|c| row.get(c)).unwrap_or("").trim();
        let seed = SeedRow::of_cells(text);
        filling.row(&seed, only_lists).map_err(|e| e.at(&name, line))?;
    }
    filling.finish()
}

fn objects(db: &Connection, path: &Path, only_lists: bool) -> Result<u64, SandboxError> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error, line| {
        let problem = format!("cannot be read: {error}");
        SandboxError::Seed { file: name.clone(), line, problem }
    };
    let reader = std::fs::File::open(path).map_err(|e| unreadable(e, None))?;
    let mut filling = Filling::start(db)?;
    for (text, line) in BufReader::new(reader).lines().zip(1..) {
        let text = text.map_err(|e| unreadable(e, Some(line)))?;
        if text.trim().is_empty() {
            continue;
        }
        let seed: SeedRow<'_> = serde_json::from_str(&text)
            .map_err(|_| wrong(&name, line, "is not a contact or list"))?;
        filling.row(&seed, only_lists).map_err(|e| e.at(&name, line))?;
    }
    filling.finish()
}

/// Adds what is in several files.
pub(super) fn files(
    db: &Connection,
    paths: &[PathBuf],
    only_lists: bool,
) -> Result<(), SandboxError> {
    paths.iter().try_for_each(|path| file(db, path, only_lists).map(drop))
}

fn wrong(file: &str, line: u64, problem: &str) -> SandboxError {
    SandboxError::Seed { file: file.into(), line: Some(line), problem: problem.into() }
}

enum RowError {
    NoId,
    Store(rusqlite::Error),
}

impl RowError {
    fn at(self, file: &str, line: u64) -> SandboxError {
        match self {
            Self::NoId => wrong(file, line, "has no `id`"),
            Self::Store(error) => error.into(),
        }
    }
}

impl From<rusqlite::Error> for RowError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

/// Rows on their way into the store, in transactions of [`ROWS`].
struct Filling<'c> {
    db: &'c Connection,
    now: String,
    waiting: u32,
    added: u64,
    open: bool,
}

impl<'c> Filling<'c> {
    fn start(db: &'c Connection) -> Result<Self, SandboxError> {
        db.execute_batch("BEGIN")?;
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        Ok(Self { db, now, waiting: 0, added: 0, open: true })
    }

    fn row(&mut self, seed: &SeedRow<'_>, only_lists: bool) -> Result<(), RowError> {
        let id = &seed.fields.id;
        if id.is_empty() {
            return Err(RowError::NoId);
        }
        if only_lists || id.starts_with("cl-") {
            self.list(id, seed)?;
        } else {
            self.contact(id, seed)?;
        }
        Ok(())
    }

    fn contact(&mut self, id: &str, seed: &SeedRow<'_>) -> rusqlite::Result<()> {
        let created_at = or(&seed.created_at, &self.now);
        let life = Life {
            active: !seed.status.eq_ignore_ascii_case("INACTIVE"),
            created_at,
            updated_at: or(&seed.updated_at, created_at),
            updated_by: (!seed.updated_by.is_empty()).then_some(&seed.updated_by),
            exact: false,
        };
        let new = contact::insert(self.db, id, &seed.fields, life)?;
        self.count(new)
    }

    fn list(&mut self, id: &str, seed: &SeedRow<'_>) -> rusqlite::Result<()> {
        let created_at = or(&seed.created_at, &self.now);
        let list = NewList {
            id,
            name: &seed.name,
            description: "",
            kind: &seed.list_type,
            global_dnc: seed.global_dnc,
            default: seed.default,
            created_at,
            updated_at: or(&seed.updated_at, created_at),
        };
        let new = lists::insert(self.db, list)?;
        for campaign in seed.campaigns.iter().filter(|_| new) {
            lists::insert_campaign(self.db, campaign, campaign, "voice", created_at)?;
            lists::use_list(self.db, campaign, id, false)?;
        }
        self.count(new)
    }

    fn count(&mut self, new: bool) -> rusqlite::Result<()> {
        self.added += u64::from(new);
        self.waiting += 1;
        if self.waiting == ROWS {
            self.waiting = 0;
            self.db.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<u64, SandboxError> {
        self.db.execute_batch("COMMIT")?;
        self.open = false;
        Ok(self.added)
    }
}

/// The text, or the other where it is empty.
fn or<'t>(text: &'t str, other: &'t str) -> &'t str {
    if text.is_empty() { other } else { text }
}

/// A broken seed must not leave the connection inside a transaction.
impl Drop for Filling<'_> {
    fn drop(&mut self) {
        if self.open {
            // The error that brought us here is the one to tell.
            drop(self.db.execute_batch("ROLLBACK"));
        }
    }
}

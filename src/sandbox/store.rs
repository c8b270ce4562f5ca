//! The sandbox's SQLite: its tables, and the records of what was received and applied.
//!
//! Every statement is prepared once and cached; a request is one transaction, made by the handler.

use crate::base::private;
use rusqlite::{Connection, params};

use super::config::{SandboxError, StorePlace};

/// Of the tables below.
const VERSION: i64 = 2;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS contacts (
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    first_name TEXT, last_name TEXT, full_name TEXT, salutation TEXT,
    extension TEXT, phone TEXT, country_code TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    updated_by TEXT
);
CREATE INDEX IF NOT EXISTS contacts_by_phone ON contacts (phone) WHERE phone IS NOT NULL;
CREATE INDEX IF NOT EXISTS contacts_by_status ON contacts (status, id);
CREATE TABLE IF NOT EXISTS lists (
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    global_dnc INTEGER NOT NULL,
    is_default INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS list_contacts (
    id TEXT NOT NULL UNIQUE,
    list TEXT NOT NULL,
    phone TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS contacts_of_lists ON list_contacts (list);
CREATE TABLE IF NOT EXISTS campaigns (
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS campaign_lists (
    campaign TEXT NOT NULL,
    list TEXT NOT NULL,
    dnc INTEGER NOT NULL,
    PRIMARY KEY (campaign, list, dnc)
) WITHOUT ROWID;
-- status is null where no answer went out; faults names those that did something.
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER,
    records INTEGER NOT NULL,
    faults TEXT NOT NULL
);
-- what: updated, deleted, created or list-deleted, or by somebody else other-updated, other-deleted or
-- other-created; in the order in which it was done.
CREATE TABLE IF NOT EXISTS applied (
    place INTEGER PRIMARY KEY,
    request INTEGER NOT NULL,
    id TEXT NOT NULL,
    what TEXT NOT NULL,
    at TEXT NOT NULL
);
";

/// One request as it is remembered.
pub(super) struct Received<'a> {
    /// From 1, going on where the store left off.
    pub number: u64,
    pub at: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    /// `None` where no answer went out.
    pub status: Option<u16>,
    pub records: usize,
    pub faults: &'a [&'static str],
}

/// Opens or makes the store. It survives a kill of the process, not a loss of power: it is a sandbox.
pub(super) fn open(place: &StorePlace) -> Result<Connection, SandboxError> {
    let db = match place {
        StorePlace::Memory => Connection::open_in_memory()?,
        StorePlace::File(path) => {
            private::append(path)
                .map_err(|source| SandboxError::File { path: path.clone(), source })?;
            Connection::open(path)?
        }
    };
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "OFF")?;
    check_version(&db, place)?;
    db.execute_batch(SCHEMA)?;
    db.set_prepared_statement_cache_capacity(32);
    Ok(db)
}

/// A file of another version is refused: its tables are others.
fn check_version(db: &Connection, place: &StorePlace) -> Result<(), SandboxError> {
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match place {
        StorePlace::File(path) if tables > 0 && version != VERSION => {
            Err(SandboxError::OtherVersion { path: path.clone() })
        }
        _ => Ok(db.pragma_update(None, "user_version", VERSION)?),
    }
}

/// The number of the last request that the store knows, 0 for none.
pub(super) fn last_request(db: &Connection) -> rusqlite::Result<u64> {
    let last: i64 =
        db.query_row("SELECT coalesce(max(number), 0) FROM requests", [], |row| row.get(0))?;
    Ok(unsigned(last))
}

/// Remembers a request.
pub(super) fn receive(db: &Connection, received: &Received<'_>) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO requests (number, at, method, path, status, records, faults)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    insert.execute(params![
        signed(received.number),
        received.at,
        received.method,
        received.path,
        received.status,
        i64::try_from(received.records).unwrap_or(i64::MAX),
        received.faults.join(" "),
    ])?;
    Ok(())
}

/// Remembers one thing done.
pub(super) fn apply(
    db: &Connection,
    request: u64,
    id: &str,
    what: &str,
    at: &str,
) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO applied (request, id, what, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![signed(request), id, what, at])?;
    Ok(())
}

/// What SQLite counted.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// SQLite's integers have a sign.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

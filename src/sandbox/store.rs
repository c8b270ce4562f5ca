//! The sandbox's SQLite: its tables, and the records of what was received and applied.
//!
//! Every statement is prepared once and cached; a request is one transaction, made by the handler.

use crate::base::private;
use rusqlite::{Connection, params};

use super::config::{SandboxError, StorePlace};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS contacts (
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    first_name TEXT, last_name TEXT, full_name TEXT, salutation TEXT,
    extension TEXT, phone TEXT, country_code TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS contacts_by_phone ON contacts (phone) WHERE phone IS NOT NULL;
CREATE TABLE IF NOT EXISTS lists (
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    campaigns TEXT NOT NULL DEFAULT '[]',
    deleted INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
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
-- what: updated, deleted, created or list-deleted; in the order in which it was done.
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
    db.execute_batch(SCHEMA)?;
    db.set_prepared_statement_cache_capacity(32);
    Ok(db)
}

/// The number of the last request that the store knows, 0 for none.
pub(super) fn last_request(db: &Connection) -> rusqlite::Result<u64> {
    let last: i64 =
        db.query_row("SELECT coalesce(max(number), 0) FROM requests", [], |row| row.get(0))?;
    Ok(u64::try_from(last).unwrap_or(0))
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

/// SQLite's integers have a sign.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

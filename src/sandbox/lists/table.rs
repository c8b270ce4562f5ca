//! The contact lists and campaigns of the store.

use rusqlite::{Connection, OptionalExtension, Row, params};

/// A contact list as the store has it.
#[derive(Debug)]
pub(in crate::sandbox) struct List {
    pub id: String,
    pub name: String,
    pub description: String,
    /// `call` or `sms`.
    pub kind: String,
    /// "Do not call", of the whole account.
    pub global_dnc: bool,
    pub default: bool,
    pub rows: i64,
    pub created_at: String,
    pub updated_at: String,
}

/// A campaign that uses a list.
#[derive(Debug)]
pub(in crate::sandbox) struct User {
    pub id: String,
    pub name: String,
}

/// A list to add.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::sandbox) struct NewList<'a> {
    pub id: &'a str,
    /// The id where it is empty.
    pub name: &'a str,
    pub description: &'a str,
    /// `call` where it is empty.
    pub kind: &'a str,
    pub global_dnc: bool,
    pub default: bool,
    pub created_at: &'a str,
    pub updated_at: &'a str,
}

const COLUMNS: &str = "id, name, description, kind, global_dnc, is_default,
    (SELECT count(*) FROM list_contacts WHERE list = lists.id), created_at, updated_at";

fn read(row: &Row<'_>) -> rusqlite::Result<List> {
    Ok(List {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        kind: row.get(3)?,
        global_dnc: row.get(4)?,
        default: row.get(5)?,
        rows: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
    })
}

/// The list of that id that is not deleted.
pub(super) fn find(db: &Connection, id: &str) -> rusqlite::Result<Option<List>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM lists WHERE id = ?1 AND NOT deleted"))?
        .query_row([id], read)
        .optional()
}

/// All lists of a kind; of every kind for `%`.
pub(super) fn all(db: &Connection, kind: &str) -> rusqlite::Result<Vec<List>> {
    let sql =
        format!("SELECT {COLUMNS} FROM lists WHERE kind LIKE ?1 AND NOT deleted ORDER BY rowid");
    db.prepare_cached(&sql)?.query_map([kind], read)?.collect()
}

/// Deletes a list and its rows.
pub(super) fn delete(db: &Connection, id: &str, now: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE lists SET deleted = 1, updated_at = ?2 WHERE id = ?1")?
        .execute([id, now])?;
    db.prepare_cached("DELETE FROM list_contacts WHERE list = ?1")?.execute([id])?;
    Ok(())
}

/// The campaigns that use a list, to call it or not to.
pub(super) fn users(db: &Connection, list: &str) -> rusqlite::Result<Vec<User>> {
    db.prepare_cached(
        "SELECT DISTINCT id, name FROM campaigns JOIN campaign_lists ON campaign = id
         WHERE list = ?1 ORDER BY id",
    )?
    .query_map([list], |row| Ok(User { id: row.get(0)?, name: row.get(1)? }))?
    .collect()
}

/// Adds a list. An id that is taken stays as it is: false.
pub(in crate::sandbox) fn insert(db: &Connection, list: NewList<'_>) -> rusqlite::Result<bool> {
    let or = |text: &'_ str, other: &'_ str| if text.is_empty() { other } else { text }.to_owned();
    let inserted = db
        .prepare_cached(
            "INSERT OR IGNORE INTO lists
                (id, name, description, kind, global_dnc, is_default, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            list.id,
            or(list.name, list.id),
            list.description,
            or(list.kind, "call"),
            list.global_dnc,
            list.default,
            list.created_at,
            list.updated_at
        ])?;
    Ok(inserted == 1)
}

/// Adds a contact to a list, by its number.
pub(in crate::sandbox) fn insert_row(
    db: &Connection,
    list: &str,
    id: &str,
    phone: &str,
    at: &str,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO list_contacts (id, list, phone, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?4)",
    )?
    .execute([id, list, phone, at])?;
    Ok(())
}

/// Adds a campaign; one that is there stays as it is.
pub(in crate::sandbox) fn insert_campaign(
    db: &Connection,
    id: &str,
    name: &str,
    kind: &str,
    at: &str,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO campaigns (id, name, kind, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?4)",
    )?
    .execute([id, name, kind, at])?;
    Ok(())
}

/// Lets a campaign use a list, as one to call or, with `dnc`, as one not to call.
pub(in crate::sandbox) fn use_list(
    db: &Connection,
    campaign: &str,
    list: &str,
    dnc: bool,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO campaign_lists (campaign, list, dnc) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![campaign, list, dnc])?;
    Ok(())
}

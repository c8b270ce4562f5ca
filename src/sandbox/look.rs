//! `GET /sandbox/…`: what the server received and did. The sandbox's own, read-only, unsigned.

use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};

use super::contact::{COLUMNS, Contact, IdKey, Site};
use super::query::number;
use super::reply::Reply;
use super::store::signed;

/// Answers `/sandbox/requests`, `/sandbox/applied`, `/sandbox/contacts` (each: `?after=N&limit=N`, all by
/// default) and `/sandbox/stats`. `after` is the `number` or `place` of the last entry already read.
pub(super) fn look(db: &Connection, site: &Site, path: &str, query: &str) -> Reply {
    let reply = match path {
        "/sandbox/requests" => requests(db, query),
        "/sandbox/applied" => applied(db, query),
        "/sandbox/contacts" => contacts(db, site, query),
        "/sandbox/stats" => stats(db),
        _ => return Reply::error(404, "Not Found", 404),
    };
    reply.unwrap_or_else(|error| {
        tracing::error!(%error, "the sandbox's store failed");
        Reply::error(500, "Internal Server Error", 500)
    })
}

fn requests(db: &Connection, query: &str) -> rusqlite::Result<Reply> {
    let sql = "SELECT number, at, method, path, status, records, faults FROM requests
               WHERE number > ?1 ORDER BY number LIMIT ?2";
    rows(db, sql, query, |row| {
        let faults: String = row.get(6)?;
        Ok(json!({
            "number": row.get::<_, i64>(0)?,
            "at": row.get::<_, String>(1)?,
            "method": row.get::<_, String>(2)?,
            "path": row.get::<_, String>(3)?,
            "status": row.get::<_, Option<u16>>(4)?,
            "records": row.get::<_, i64>(5)?,
            "faults": faults.split_whitespace().collect::<Vec<_>>(),
        }))
    })
}

fn applied(db: &Connection, query: &str) -> rusqlite::Result<Reply> {
    let sql = "SELECT place, request, id, what, at FROM applied
               WHERE place > ?1 ORDER BY place LIMIT ?2";
    rows(db, sql, query, |row| {
        Ok(json!({
            "place": row.get::<_, i64>(0)?,
            "request": row.get::<_, i64>(1)?,
            "id": row.get::<_, String>(2)?,
            "what": row.get::<_, String>(3)?,
            "at": row.get::<_, String>(4)?,
        }))
    })
}

/// Every contact, INACTIVE ones too, as the store has it: no fault plays here.
fn contacts(db: &Connection, site: &Site, query: &str) -> rusqlite::Result<Reply> {
    let sql =
        format!("SELECT {COLUMNS}, rowid FROM contacts WHERE rowid > ?1 ORDER BY rowid LIMIT ?2");
    rows(db, &sql, query, |row| {
        let mut contact = json!(Contact::read(row)?.echo(site, IdKey::Id));
        contact["place"] = json!(row.get::<_, i64>("rowid")?);
        Ok(contact)
    })
}

/// Rows as a JSON array, one entry a line, written straight into the answer's bytes.
fn rows(
    db: &Connection,
    sql: &str,
    query: &str,
    show: impl Fn(&Row<'_>) -> rusqlite::Result<Value>,
) -> rusqlite::Result<Reply> {
    let after = number(query, "after").unwrap_or(0);
    let limit = number(query, "limit").unwrap_or(u64::MAX);
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query(params![signed(after), signed(limit)])?;
    let mut body = b"[".to_vec();
    let mut between: &[u8] = b"\n";
    while let Some(row) = found.next()? {
        body.extend_from_slice(between);
        body.extend_from_slice(show(row)?.to_string().as_bytes());
        between = b",\n";
    }
    body.extend_from_slice(b"\n]\n");
    Ok(Reply::bytes(200, body))
}

fn stats(db: &Connection) -> rusqlite::Result<Reply> {
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    Ok(Reply::json(
        200,
        &json!({
            "requests": count("SELECT count(*) FROM requests")?,
            "throttled": count("SELECT count(*) FROM requests WHERE status = 429")?,
            "unanswered": count("SELECT count(*) FROM requests WHERE status IS NULL")?,
            "records": count("SELECT coalesce(sum(records), 0) FROM requests")?,
            "applied": count("SELECT count(*) FROM applied")?,
            "contacts": count("SELECT count(*) FROM contacts")?,
            "activeContacts": count("SELECT count(*) FROM contacts WHERE status = 'ACTIVE'")?,
            "lists": count("SELECT count(*) FROM lists")?,
            "activeLists": count("SELECT count(*) FROM lists WHERE NOT deleted")?,
        }),
    ))
}

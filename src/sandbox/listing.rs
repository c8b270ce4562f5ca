//! `GET …/contacts`: active contacts, in pages (kore-facts, "The four operations").

use serde::Serialize;

use super::contact::{COLUMNS, Contact, Echo, IdKey};
use super::reply::Reply;
use super::work::{Halt, Work};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    results: Vec<Echo<'a>>,
    skip: u64,
    limit: u64,
    has_more: bool,
    total_pages: u64,
    total_results: u64,
}

/// The page that `skip` and `limit` (10 if not given, 1000 at most) or `page` (from 1) ask for.
pub(super) fn page(work: &Work<'_>, query: &str) -> Result<Reply, Halt> {
    let limit = number(query, "limit").unwrap_or(10).clamp(1, 1000);
    let page = number(query, "page").unwrap_or(1).max(1);
    let skip = number(query, "skip").unwrap_or((page - 1).saturating_mul(limit));
    let total: i64 = work
        .db
        .prepare_cached("SELECT count(*) FROM contacts WHERE status = 'ACTIVE'")?
        .query_row([], |row| row.get(0))?;
    let total = u64::try_from(total).unwrap_or(0);
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts WHERE status = 'ACTIVE' ORDER BY rowid LIMIT ?1 OFFSET ?2"
    );
    let bound = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let contacts: Vec<Contact<'_>> = work
        .db
        .prepare_cached(&sql)?
        .query_map([bound(limit), bound(skip)], Contact::read)?
        .collect::<Result<_, _>>()?;
    let page = Page {
        results: contacts.iter().map(|c| c.echo(work.site, IdKey::Id)).collect(),
        skip,
        limit,
        has_more: skip.saturating_add(limit) < total,
        total_pages: total.div_ceil(limit),
        total_results: total,
    };
    Ok(Reply::json(200, &page).with_records(contacts.len()))
}

/// The number of a query parameter.
pub(super) fn number(query: &str, key: &str) -> Option<u64> {
    parameter(query, key)?.parse().ok()
}

/// The text of a query parameter. What korebulk sends needs no decoding.
pub(super) fn parameter<'q>(query: &'q str, key: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

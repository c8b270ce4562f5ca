//! `GET …/contactList/{id}/getAllContacts`: the rows of a list, page by page.

use serde_json::json;

use super::{envelope, not_found, table};
use crate::sandbox::pages::Asked;
use crate::sandbox::reply::Reply;
use crate::sandbox::store::{signed, unsigned};
use crate::sandbox::work::{Halt, Work};

/// The page that `skip` and `limit` (50 if not given) ask for.
pub(in crate::sandbox) fn rows(work: &Work<'_>, id: &str, query: &str) -> Result<Reply, Halt> {
    let list = table::find(work.db, id)?.ok_or_else(not_found)?;
    let total = unsigned(list.rows);
    let slice = Asked::query(query).slice(work, 50, total)?;
    let results = work
        .db
        .prepare_cached(
            "SELECT id, phone, created_at, updated_at FROM list_contacts WHERE list = ?1
             ORDER BY rowid LIMIT ?2 OFFSET ?3",
        )?
        .query_map((id, signed(slice.limit), signed(slice.skip)), |row| {
            Ok(json!({
                "_id": row.get::<_, String>(0)?,
                "createdAt": row.get::<_, String>(2)?,
                "updatedAt": row.get::<_, String>(3)?,
                "phoneNumber": row.get::<_, String>(1)?,
            }))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let rows = results.len();
    let page = slice.page(work, results, total, || Ok(total))?;
    Ok(envelope("Contacts fetched successfully", &page).with_records(rows))
}

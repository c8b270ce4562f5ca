//! `GET …/contacts`: the account's contacts, page by page.

use super::contact::{COLUMNS, Contact, Echo, IdKey};
use super::fault::{Kind, Order, OrderBy};
use super::pages::{Asked, Slice};
use super::reply::Reply;
use super::store::{signed, unsigned};
use super::work::{Halt, Work};

/// Which contacts can be seen: an index answers each of the two.
const ACTIVE: &str = "status = 'ACTIVE'";
const ALL: &str = "true";

/// The page that `skip`, `limit` (10 if not given, 1000 at most) and `page` (from 1) ask for.
pub(super) fn page(work: &Work<'_>, query: &str) -> Result<Reply, Halt> {
    let shown = if work.playing.shows(&Kind::ShowInactive) { ALL } else { ACTIVE };
    let total = count(work, shown)?;
    let slice = Asked::query(query).slice(work, 10, total)?;
    let contacts = contacts(work, slice, shown)?;
    let key = if work.playing.shows(&Kind::UnderscoreId) { IdKey::Underscore } else { IdKey::Id };
    let seen = contacts.iter().filter(|contact| !work.playing.meets(&contact.id, &Kind::Hidden));
    let results: Vec<Echo<'_>> = seen.map(|contact| work.show(contact, key)).collect();
    let rows = results.len();
    let page = slice.page(work, results, total, || count(work, ALL))?;
    Ok(Reply::json(200, &page).with_records(rows))
}

fn contacts(
    work: &Work<'_>,
    slice: Slice,
    filter: &str,
) -> rusqlite::Result<Vec<Contact<'static>>> {
    let order = order(work);
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts WHERE {filter} ORDER BY {order} LIMIT ?1 OFFSET ?2"
    );
    work.db
        .prepare_cached(&sql)?
        .query_map([signed(slice.limit), signed(slice.skip)], Contact::read)?
        .collect()
}

fn count(work: &Work<'_>, filter: &str) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM contacts WHERE {filter}");
    work.db.prepare_cached(&sql)?.query_row([], |row| row.get(0)).map(unsigned)
}

/// By id, ascending, where no fault says otherwise.
fn order(work: &Work<'_>) -> String {
    let manner = work.playing.find(|kind| match kind {
        Kind::Order(order) => Some(*order),
        _ => None,
    });
    let Order { by, down } = manner.unwrap_or(Order { by: OrderBy::Id, down: false });
    let column = match by {
        OrderBy::Id => "",
        OrderBy::Inserted => "rowid",
        OrderBy::Created => "created_at",
        OrderBy::Updated => "updated_at",
        OrderBy::Name => "full_name",
        // As good as chance, and the same for the same request: another factor for a prime number.
        OrderBy::Unstable => {
            let factor = work.playing.chance("order").u32(1 << 20..1 << 30);
            return format!("(rowid * {factor}) % 1073741789");
        }
    };
    let direction = if down { "DESC" } else { "ASC" };
    let first = if column.is_empty() { String::new() } else { format!("{column} {direction}, ") };
    format!("{first}id {direction}")
}

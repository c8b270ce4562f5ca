//! The work on single contacts: update one, delete one.

use super::bulk::{IN_USE, in_use, invalid, replace};
use super::contact::{self, Contact, Fields, IdKey};
use super::fault::{Gone, Kind};
use super::reply::Reply;
use super::store;
use super::work::{Halt, Work};

/// `DELETE …/contacts/{id}`: answers the whole contact, inactive now.
pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<Reply, Halt> {
    work.refuse_alone(id)?;
    if contact::delete(work.db, id, work.now)? {
        store::apply(work.db, work.number, id, "deleted", work.now)?;
    } else if work.gone() != Gone::Success {
        return Err(not_found());
    }
    let found = contact::find(work.db, id)?;
    Ok(show(work, &found.unwrap_or_else(|| unknown(work, id))))
}

/// `PUT …/contacts/{id}`: all fields, as in bulk update; the id is the path's.
pub(super) fn update(work: &Work<'_>, id: &str, body: &[u8]) -> Result<Reply, Halt> {
    let fields: Fields<'_> = serde_json::from_slice(body).map_err(|_| invalid(work, None))?;
    if !fields.are_complete() && !work.playing.shows(&Kind::PartialUpdate) {
        return Err(invalid(work, Some(id)));
    }
    work.refuse_alone(id)?;
    if in_use(work, id, &fields)? {
        return Err(Halt::refused(work.number_in_use().status, IN_USE));
    }
    let updated = replace(work, id, &fields)?.ok_or_else(not_found)?;
    Ok(show(work, &updated))
}

fn not_found() -> Halt {
    Halt::refused(404, "Contact not found")
}

/// What a delete of an id that nobody knows shows when it is to look like a success.
fn unknown<'a>(work: &'a Work<'_>, id: &'a str) -> Contact<'a> {
    let text = std::borrow::Cow::Borrowed;
    Contact {
        id: text(id),
        status: text("INACTIVE"),
        first_name: text(""),
        last_name: text(""),
        full_name: text(""),
        salutation: text(""),
        extension: text(""),
        phone: text(""),
        country_code: text(""),
        created_at: work.now.to_owned(),
        updated_at: text(work.now),
        updated_by: None,
    }
}

fn show(work: &Work<'_>, contact: &Contact<'_>) -> Reply {
    let key = if work.playing.meets(&contact.id, &Kind::Missing) {
        IdKey::None
    } else if work.playing.shows(&Kind::UnderscoreId) {
        IdKey::Underscore
    } else {
        IdKey::Id
    };
    Reply::json(200, &work.show(contact, key)).with_records(1)
}

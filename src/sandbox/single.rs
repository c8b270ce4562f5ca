//! The work on single contacts: update one, delete one (seed 002), and create some.

use std::collections::HashSet;

use super::bulk::invalid;
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
    if !fields.are_complete() {
        return Err(invalid(work, Some(id)));
    }
    work.refuse_alone(id)?;
    let updated = contact::update(work.db, id, &fields, work.now)?.ok_or_else(not_found)?;
    store::apply(work.db, work.number, id, "updated", work.now)?;
    Ok(show(work, &updated))
}

/// `POST …/contacts`: an array of contacts without ids; answers an array of them with ids.
/// A number that an active contact has already refuses the whole request.
pub(super) fn create(work: &Work<'_>, body: &[u8]) -> Result<Reply, Halt> {
    let contacts: Vec<Fields<'_>> =
        serde_json::from_slice(body).map_err(|_| invalid(work, None))?;
    if !contacts.iter().all(Fields::are_complete) {
        return Err(invalid(work, None).with_records(contacts.len()));
    }
    refuse_taken_phones(work, &contacts)?;
    let ids: Vec<String> = (0..contacts.len()).map(|place| new_id(work, place)).collect();
    let mut created = Vec::with_capacity(contacts.len());
    for (id, fields) in ids.iter().zip(&contacts) {
        contact::insert(work.db, id, fields, work.now)?;
        store::apply(work.db, work.number, id, "created", work.now)?;
        created.push(Contact::shown(id, fields, work.now.to_owned(), work.now));
    }
    let echoes: Vec<_> = created.iter().map(|c| c.echo(work.site, IdKey::Id)).collect();
    Ok(Reply::json(200, &echoes).with_records(contacts.len()))
}

/// Before anything is created: a request is done as a whole or not at all.
fn refuse_taken_phones(work: &Work<'_>, contacts: &[Fields<'_>]) -> Result<(), Halt> {
    let mut seen = HashSet::with_capacity(contacts.len());
    for Fields { cell_phone: phone, .. } in contacts {
        let again = !seen.insert((&phone.country_code, &phone.number));
        if again || contact::phone_is_taken(work.db, phone)? {
            return Err(
                Halt::refused(400, "Phone number already exists").with_records(contacts.len())
            );
        }
    }
    Ok(())
}

/// As `MongoDB` makes them: 4 bytes of time, the rest a number. Never the same in one store.
fn new_id(work: &Work<'_>, place: usize) -> String {
    format!("{:08x}{:08x}{place:08x}", work.seconds & 0xFFFF_FFFF, work.number & 0xFFFF_FFFF)
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
    Reply::json(200, &contact.echo(work.site, key)).with_records(1)
}

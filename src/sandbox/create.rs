//! `POST …/contacts`: an array of contacts without ids comes in, an array of whole contacts goes out.
//!
//! A number is a key: the documentation says that one in use is refused, and not how. Faults that choose
//! records know a new contact by its number.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::bulk::{IN_USE, invalid, within_limits};
use super::contact::{self, Fields, IdKey, Life};
use super::fault::{InUse, Kind};
use super::reply::Reply;
use super::store;
use super::work::{Halt, Work};

/// Creates the contacts whose numbers nobody has.
pub(super) fn create(work: &Work<'_>, body: &[u8]) -> Result<Reply, Halt> {
    let contacts: Vec<Fields<'_>> =
        serde_json::from_slice(body).map_err(|_| invalid(work, None))?;
    let requested = contacts.len();
    create_all(work, &contacts, body.len()).map_err(|halt| halt.with_records(requested))
}

fn create_all(work: &Work<'_>, contacts: &[Fields<'_>], bytes: usize) -> Result<Reply, Halt> {
    if !contacts.iter().all(Fields::are_complete) {
        return Err(invalid(work, None));
    }
    let contacts = &contacts[..within_limits(work, contacts.len(), bytes)?];
    if let Some(poison) = contacts.iter().find_map(|c| work.poison(&c.cell_phone.number)) {
        return Err(Halt::Refused(poison.reply));
    }
    let manner = work.number_in_use();
    if manner.shown == InUse::Refuse {
        refuse_taken_numbers(work, contacts)?;
    }
    let key = if work.playing.shows(&Kind::UnderscoreId) { IdKey::Underscore } else { IdKey::Id };
    let mut answered = Vec::with_capacity(contacts.len());
    for (place, fields) in contacts.iter().enumerate() {
        let entry = create_one(work, place, fields, manner.shown, key)?;
        if !work.playing.meets(&fields.cell_phone.number, &Kind::Missing) {
            answered.extend(entry);
        }
    }
    if work.playing.shows(&Kind::Shuffle) {
        work.playing.chance("shuffle").shuffle(&mut answered);
    }
    Ok(Reply::json(200, &answered).with_records(contacts.len()))
}

/// Creates one contact, and gives what is answered of it, if anything.
fn create_one(
    work: &Work<'_>,
    place: usize,
    fields: &Fields<'_>,
    shown: InUse,
    key: IdKey,
) -> rusqlite::Result<Option<Value>> {
    let phone = &fields.cell_phone;
    if let Some((reason, code)) = work.refusal(&phone.number) {
        return Ok(Some(failed(fields, reason, code)));
    }
    let holder = contact::holder(work.db, phone, "", work.number_in_use().inactive)?;
    let id = match (holder, shown) {
        (None, _) => add(work, place, fields)?,
        (Some(holder), InUse::Existing) => holder,
        (Some(_), InUse::Skip) => return Ok(None),
        (Some(_), _) => return Ok(Some(failed(fields, IN_USE, 409))),
    };
    let contact = contact::find(work.db, &id)?;
    Ok(contact.map(|contact| json!(work.show(&contact, key))))
}

fn add(work: &Work<'_>, place: usize, fields: &Fields<'_>) -> rusqlite::Result<String> {
    let id = new_id(work.seconds, work.number, place);
    contact::insert(work.db, &id, fields, Life::new(work.now))?;
    store::apply(work.db, work.number, &id, "created", work.now)?;
    Ok(id)
}

fn failed(fields: &Fields<'_>, reason: &str, code: u16) -> Value {
    let phone = &fields.cell_phone;
    json!({
        "cellPhone": { "phoneNumber": phone.number, "countryCode": phone.country_code },
        "status": "failed",
        "reason": reason,
        "code": code
    })
}

/// Before anything is created: a request is done as a whole or not at all.
fn refuse_taken_numbers(work: &Work<'_>, contacts: &[Fields<'_>]) -> Result<(), Halt> {
    let manner = work.number_in_use();
    let mut seen = HashSet::with_capacity(contacts.len());
    for Fields { cell_phone: phone, .. } in contacts {
        let again = !seen.insert((&phone.country_code, &phone.number));
        if again || contact::holder(work.db, phone, "", manner.inactive)?.is_some() {
            let words = if manner.names {
                format!("{IN_USE}: {}", phone.number)
            } else {
                IN_USE.to_owned()
            };
            return Err(Halt::refused(manner.status, &words));
        }
    }
    Ok(())
}

/// As `MongoDB` makes them: 4 bytes of time, the rest a number, with a letter, so that none looks like a number that
/// a spreadsheet rounded. Never the same in one store, and later ones are larger.
pub(super) fn new_id(seconds: i64, request: u64, place: usize) -> String {
    format!("{:08x}c{:07x}{place:08x}", seconds & 0xFFFF_FFFF, request & 0x0FFF_FFFF)
}

//! The work of bulk update and bulk delete: limits, checks, poison, record by record.

use std::borrow::Cow;

use serde::Deserialize;

use super::answer::{self, Failure, Line, Said};
use super::config::Above;
use super::contact::{self, Contact, Fields, Writer};
use super::fault::{Gone, Kind};
use super::reply::{Ending, Reply};
use super::store;
use super::work::{Halt, Work};

#[derive(Deserialize)]
struct Ids<'a> {
    #[serde(borrow)]
    ids: Vec<Id<'a>>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Id<'a>(#[serde(borrow)] Cow<'a, str>);

/// `PUT …/contacts/bulk-update`: a bare array of contacts, each with all required fields.
pub(super) fn update(work: &Work<'_>, body: &[u8]) -> Result<Reply, Halt> {
    let contacts: Vec<Fields<'_>> =
        serde_json::from_slice(body).map_err(|_| invalid(work, None))?;
    let partial = work.playing.shows(&Kind::PartialUpdate);
    let unusable = |c: &&Fields<'_>| c.id.is_empty() || !(partial || c.are_complete());
    if let Some(bad) = contacts.iter().find(unusable) {
        return Err(invalid(work, Some(&bad.id)).with_records(contacts.len()));
    }
    batch(work, &contacts, body.len(), |c| &c.id, |fields| update_one(work, fields))
}

/// `DELETE …/contacts/bulk-delete`: `{"ids":[…]}`.
pub(super) fn delete(work: &Work<'_>, body: &[u8]) -> Result<Reply, Halt> {
    let Ids { ids } = serde_json::from_slice(body).map_err(|_| invalid(work, None))?;
    if ids.iter().any(|id| id.0.is_empty()) {
        return Err(invalid(work, None).with_records(ids.len()));
    }
    batch(
        work,
        &ids,
        body.len(),
        |id| &id.0,
        |id| {
            let deleted = contact::delete(work.db, &id.0, work.now)?;
            if deleted {
                store::apply(work.db, work.number, &id.0, "deleted", work.now)?;
            }
            Ok(deleted.then_some(Said::Done(None)))
        },
    )
}

fn update_one<'a>(work: &Work<'a>, fields: &'a Fields<'_>) -> rusqlite::Result<Option<Said<'a>>> {
    let id = &fields.id;
    if in_use(work, id, fields)? {
        let failure = Failure { reason: IN_USE, code: 400, only_code: false };
        return Ok(Some(Said::Failed(failure)));
    }
    let before =
        if work.playing.meets(id, &Kind::StaleEcho) { contact::find(work.db, id)? } else { None };
    let updated = replace(work, id, fields)?;
    Ok(updated.map(|now| Said::Done(Some(Box::new(before.unwrap_or(now))))))
}

/// Replaces all fields of a contact, or those that are given where a fault says so; `None` where it is
/// not there.
pub(super) fn replace<'a>(
    work: &Work<'a>,
    id: &'a str,
    fields: &'a Fields<'_>,
) -> rusqlite::Result<Option<Contact<'a>>> {
    let writer = Writer::client(work.now);
    let updated = if work.playing.shows(&Kind::PartialUpdate) {
        let Some(before) = contact::find(work.db, id)? else { return Ok(None) };
        let merged = before.with(fields);
        let updated = contact::update(work.db, id, &merged, writer)?.is_some();
        if updated { contact::find(work.db, id)? } else { None }
    } else {
        contact::update(work.db, id, fields, writer)?
    };
    if updated.is_some() {
        store::apply(work.db, work.number, id, "updated", work.now)?;
    }
    Ok(updated)
}

/// Whether another contact has the number of an update, and a fault wants that refused.
pub(super) fn in_use(work: &Work<'_>, id: &str, fields: &Fields<'_>) -> rusqlite::Result<bool> {
    let manner = work.number_in_use();
    let holder =
        || contact::holder(work.db, &fields.cell_phone, id, manner.inactive).map(|h| h.is_some());
    if manner.update { holder() } else { Ok(false) }
}

/// The documentation says that it is refused, and not in which words.
pub(super) const IN_USE: &str = "Phone number already exists";

/// What a body or a record of it meets that is not as the page wants it.
pub(super) fn invalid(work: &Work<'_>, id: Option<&str>) -> Halt {
    let manner = work.playing.find(|k| match k {
        Kind::Validation { status, names } => Some((*status, *names)),
        _ => None,
    });
    let (status, names) = manner.unwrap_or((412, false));
    let words = match id {
        Some(id) if names && !id.is_empty() => {
            format!("Validation errors/ Invalid arguments: contact {id}")
        }
        _ => "Validation errors/ Invalid arguments".to_owned(),
    };
    Halt::refused(status, &words)
}

/// Runs `act` over the records; it says `None` for a contact that is not there.
fn batch<'a, T>(
    work: &Work<'a>,
    records: &'a [T],
    bytes: usize,
    id_of: impl Fn(&'a T) -> &'a str,
    act: impl Fn(&'a T) -> rusqlite::Result<Option<Said<'a>>>,
) -> Result<Reply, Halt> {
    let requested = records.len();
    let refused = |reply: Reply| Halt::Refused(reply.with_records(requested));
    let records = &records[..within_limits(work, requested, bytes).map_err(refused)?];
    let poison = records
        .iter()
        .enumerate()
        .find_map(|(place, record)| Some((place, work.poison(id_of(record))?)));
    let acted = match &poison {
        None => records,
        Some((_, poison)) if poison.atomic => &[],
        Some((place, _)) => &records[..*place],
    };
    let mut lines = Vec::with_capacity(acted.len());
    for record in acted {
        let id = id_of(record);
        let said = match work.refusal(id) {
            Some((reason, code)) => Said::Failed(Failure { reason, code, only_code: false }),
            None => match act(record)? {
                Some(said) => said,
                None => gone(work).map_err(|halt| halt.with_records(requested))?,
            },
        };
        lines.push(Line { id, said });
    }
    match poison {
        Some((_, poison)) => Err(refused(poison.reply)),
        None => Ok(answer::tell(&lines, requested, work)),
    }
}

/// How many of the records are taken, or what is answered instead.
pub(super) fn within_limits(work: &Work<'_>, records: usize, bytes: usize) -> Result<usize, Reply> {
    let limits = work.limits;
    let by_count = limits.max_records.filter(|max| records > *max);
    // The share of the records that would have fitted.
    let by_bytes = limits.max_bytes.filter(|max| bytes > *max).map(|max| records * max / bytes);
    let Some(taken) = by_count.into_iter().chain(by_bytes).min() else { return Ok(records) };
    match limits.above {
        Above::TooLarge => Err(Reply::error(413, "request entity too large", 413)),
        Above::BadRequest => Err(Reply::error(400, "Bad Request", 400)),
        Above::BadGateway => Err(Reply::html(502)),
        Above::Hang => Err(Reply::silence(Ending::Hang)),
        Above::Drop => Ok(taken),
    }
}

fn gone<'a>(work: &Work<'_>) -> Result<Said<'a>, Halt> {
    let failure = Failure { reason: "Contact not found", code: 404, only_code: false };
    match work.gone() {
        Gone::Success => Ok(Said::Done(None)),
        Gone::Reason => Ok(Said::Failed(failure)),
        Gone::Code => Ok(Said::Failed(Failure { only_code: true, ..failure })),
        Gone::NotFound => Err(Halt::refused(404, "Contact not found")),
    }
}

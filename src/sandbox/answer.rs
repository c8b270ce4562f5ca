//! The answer of a bulk operation: what was done, as the documentation shows it, or as
//! the faults want it.

use serde::Serialize;
use serde_json::{Value, json};

use super::contact::{Contact, Echo, IdKey};
use super::fault::{Kind, Playing, ReasonKey, Shape};
use super::reply::Reply;
use super::work::Work;

/// What is to be said of one record.
pub(super) struct Line<'a> {
    pub id: &'a str,
    pub said: Said<'a>,
}

/// Done, or not.
pub(super) enum Said<'a> {
    /// Done; an update echoes the contact.
    Done(Option<Box<Contact<'a>>>),
    /// Not done.
    Failed(Failure<'a>),
}

/// Why a record was not done.
#[derive(Clone, Copy)]
pub(super) struct Failure<'a> {
    pub reason: &'a str,
    pub code: u16,
    /// Only the code is given.
    pub only_code: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BulkAnswer<'a> {
    total_requested: usize,
    successful: usize,
    failed: usize,
    successful_records: Vec<Done<'a>>,
    failed_records: Vec<Value>,
}

#[derive(Serialize)]
struct Done<'a> {
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    underscore_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<Echo<'a>>,
}

const BOTH: Failure<'static> =
    Failure { reason: "Contact could not be processed", code: 500, only_code: false };

/// The answer to a bulk request of `requested` records.
pub(super) fn tell(lines: &[Line<'_>], requested: usize, work: &Work<'_>) -> Reply {
    let playing = work.playing;
    let underscored = playing.shows(&Kind::UnderscoreId);
    let key = if underscored { IdKey::Underscore } else { IdKey::Id };
    let mut done = Vec::with_capacity(lines.len());
    let mut failed = Vec::new();
    for line in lines.iter().filter(|line| !playing.meets(line.id, &Kind::Missing)) {
        match &line.said {
            Said::Done(contact) => {
                let (underscore_id, id) = key.place(line.id);
                let contact = contact.as_ref().map(|c| work.show(c, IdKey::Underscore));
                done.push(Done { underscore_id, id, contact });
                if playing.meets(line.id, &Kind::BothLists) {
                    failed.push(failure(line.id, BOTH, key, playing));
                }
            }
            Said::Failed(why) => failed.push(failure(line.id, *why, key, playing)),
        }
    }
    let extra = extra(playing, &mut failed, key);
    done.extend(extra.iter().map(|id| {
        let (underscore_id, id) = key.place(id);
        Done { underscore_id, id, contact: None }
    }));
    send(done, failed, requested, playing)
}

fn send(
    mut done: Vec<Done<'_>>,
    mut failed: Vec<Value>,
    requested: usize,
    playing: &Playing<'_>,
) -> Reply {
    if playing.shows(&Kind::Shuffle) {
        let mut order = fastrand::Rng::with_seed(playing.number());
        order.shuffle(&mut done);
        order.shuffle(&mut failed);
    }
    let wrong = usize::from(playing.shows(&Kind::WrongCounts));
    let partial = playing.find(|k| match k {
        Kind::PartialStatus(status) if !failed.is_empty() => Some(*status),
        _ => None,
    });
    let answer = BulkAnswer {
        total_requested: requested + wrong,
        successful: done.len() + 2 * wrong,
        failed: failed.len() + wrong,
        successful_records: done,
        failed_records: failed,
    };
    Reply::json(partial.unwrap_or(200), &answer).with_records(requested)
}

/// Ids that nobody sent: those for the successes are returned, those for the failures pushed.
fn extra(playing: &Playing<'_>, failed: &mut Vec<Value>, key: IdKey) -> Vec<String> {
    let wanted = playing.find(|k| match k {
        Kind::Extra { count, failed } => Some((*count, *failed)),
        _ => None,
    });
    let Some((count, to_failed)) = wanted else { return Vec::new() };
    let ids = (0..count).map(|n| format!("eeee{:010x}{n:010x}", playing.number()));
    if to_failed {
        failed.extend(ids.map(|id| failure(&id, BOTH, key, playing)));
        return Vec::new();
    }
    ids.collect()
}

/// A failed entry, in the shape that a fault asks for or the plainest one: `{"id","reason"}`.
fn failure(id: &str, why: Failure<'_>, key: IdKey, playing: &Playing<'_>) -> Value {
    let plain = if key == IdKey::Id { Shape::Id } else { Shape::UnderscoreId };
    let (shape, reason) = playing
        .find(|k| match k {
            Kind::FailureShape { shape, key } => Some((*shape, *key)),
            _ => None,
        })
        .unwrap_or((plain, if why.only_code { ReasonKey::Code } else { ReasonKey::Reason }));
    let mut entry = match shape {
        Shape::Text => return json!(id),
        Shape::Id => json!({ "id": id }),
        Shape::UnderscoreId => json!({ "_id": id }),
        Shape::Contact => json!({ "contact": { "_id": id } }),
    };
    match reason {
        ReasonKey::Reason => entry["reason"] = json!(why.reason),
        ReasonKey::Error => entry["error"] = json!(why.reason),
        ReasonKey::Errors => entry["errors"] = json!([{ "msg": why.reason, "code": why.code }]),
        ReasonKey::Message => entry["message"] = json!(why.reason),
        ReasonKey::Msg => entry["msg"] = json!(why.reason),
        ReasonKey::Code => entry["code"] = json!(why.code),
        ReasonKey::None => {}
    }
    entry
}

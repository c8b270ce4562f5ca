//! The wire against the API pages, every status, and any bytes at all.

mod properties;
mod requests;
mod shapes;
mod statuses;

use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;

use super::{AnswerParts, BodyPart, Wire};
use crate::api::reading::{Named, NoVerdict, Read, Reading, Verdicts};
use crate::model::settings::{Credentials, SecretSource, Target};
use crate::model::settlement::Refusal;
use crate::model::{Operation, Record};

fn wire(operation: Operation) -> Wire {
    let target = Target {
        host: "https://platform.kore.ai".to_owned(),
        stream_id: "st-7dc994f0-4436-5134-9fa8-a942625xxxxx".to_owned(),
        account_id: "65f7d49a5dd06e2cefaxxxxx".to_owned(),
        client_id: "cs-1".to_owned(),
        credentials: Credentials::Secret(SecretSource::File(PathBuf::from("secret"))),
        ca_file: None,
    };
    Wire::new(operation.spec(), &target)
}

/// Records that are only their ids; as contacts where the operation wants them.
fn batch(operation: Operation, ids: &[&str]) -> Vec<Record> {
    (0..)
        .zip(ids)
        .map(|(ordinal, id)| match operation.spec().sends_contacts() {
            true => Record::contact(ordinal, id, &format!(r#"{{"id":"{id}","firstName":"a"}}"#)),
            false => Record::only_id(ordinal, id),
        })
        .collect()
}

fn read(operation: Operation, records: &[Record], status: u16, body: &str) -> Read {
    let body = Bytes::copy_from_slice(body.as_bytes());
    wire(operation).read(records, &parts(status, &body))
}

fn parts(status: u16, body: &Bytes) -> AnswerParts<'_> {
    AnswerParts {
        status,
        retry_after: None,
        content_type: None,
        encoding: None,
        body: BodyPart::Whole(body),
        date: None,
        received: SystemTime::UNIX_EPOCH,
    }
}

/// A reading in words, with the text that its ranges point at.
fn shown(body: &str, read: &Read) -> String {
    let at = |range: &std::ops::Range<usize>| body.get(range.clone()).expect("a range of the body");
    let Reading::Verdicts(Verdicts { named, unexpected, unexpected_successes, miscount }) =
        &read.reading
    else {
        return whole(&read.reading);
    };
    let mut shown: Vec<String> = named
        .iter()
        .map(|named| match named {
            Named::Succeeded { entry, diverged, .. } => {
                format!("succeeded {} {diverged:?}", entry.as_ref().map_or("", at))
            }
            Named::Contradictory { how, refusal } => format!(
                "contradictory, {how} {:?} {}",
                refusal.reason,
                refusal.entry.as_ref().map_or("", at)
            ),
            Named::Failed(r) | Named::InBoth(r) => format!(
                "{} {:?} [{}]{}{} {}",
                if matches!(named, Named::Failed(_)) { "failed" } else { "in both" },
                r.reason,
                r.code.as_deref().unwrap_or_default(),
                if r.not_found { " not found" } else { "" },
                if r.passing { " passing" } else { "" },
                r.entry.as_ref().map_or("", at),
            ),
            Named::Nowhere => "nowhere".to_owned(),
        })
        .collect();
    shown.extend(unexpected.iter().map(|one| format!("{} {}", one.kind.name(), at(&one.entry))));
    if *unexpected_successes > 0 {
        shown.push(format!("{unexpected_successes} of them done"));
    }
    shown.extend(miscount.clone());
    shown.join("\n")
}

/// A reading without verdicts, with the words that `Debug` leaves out.
fn whole(reading: &Reading) -> String {
    match reading {
        Reading::Refused { refusal: Refusal { reason, code, .. }, .. }
        | Reading::TooLarge(Refusal { reason, code, .. }) => {
            format!("{reading:?} {reason:?} {code:?}")
        }
        Reading::NoVerdict(NoVerdict { kind, message, refusal, .. }) => {
            let said = refusal.as_ref().map_or("", |refusal| refusal.reason.as_str());
            format!("no verdict, {kind}: {message} {said:?}")
        }
        other => format!("{other:?}"),
    }
}

fn tell(operation: Operation, ids: &[&str], status: u16, body: &str) -> String {
    shown(body, &read(operation, &batch(operation, ids), status, body))
}

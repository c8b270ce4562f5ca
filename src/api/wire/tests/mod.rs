//! The wire against the API pages, every status, and any bytes at all.

mod properties;
mod requests;
mod shapes;
mod statuses;

use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;

use super::{AnswerParts, BodyPart, Wire};
use crate::api::reading::{Named, Read, Reading};
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
    Wire::new(operation, &target)
}

/// Records that are only their ids; as contacts where the operation wants them.
fn batch(operation: Operation, ids: &[&str]) -> Vec<Record> {
    (0..)
        .zip(ids)
        .map(|(ordinal, id)| match operation {
            Operation::BulkUpdate => {
                Record::contact(ordinal, id, &format!(r#"{{"id":"{id}","firstName":"a"}}"#))
            }
            _ => Record::only_id(ordinal, id),
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
        body: BodyPart::Whole(body),
        date: None,
        received: SystemTime::UNIX_EPOCH,
    }
}

/// A reading in words, with the text that its ranges point at.
fn told(body: &str, read: &Read) -> String {
    let at = |range: &std::ops::Range<usize>| body.get(range.clone()).expect("a range of the body");
    let Reading::Verdicts { named, unexpected, unexpected_successes } = &read.reading else {
        return whole(&read.reading);
    };
    let mut told: Vec<String> = named
        .iter()
        .map(|named| match named {
            Named::Succeeded { entry, diverged } => format!("succeeded {} {diverged:?}", at(entry)),
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
    told.extend(unexpected.iter().map(|range| format!("unexpected {}", at(range))));
    if *unexpected_successes > 0 {
        told.push(format!("{unexpected_successes} of them done"));
    }
    told.join("\n")
}

/// A reading without verdicts, with the words that `Debug` leaves out.
fn whole(reading: &Reading) -> String {
    match reading {
        Reading::Refused { refusal: Refusal { reason, code, .. }, .. }
        | Reading::TooLarge(Refusal { reason, code, .. }) => {
            format!("{reading:?} {reason:?} {code:?}")
        }
        other => format!("{other:?}"),
    }
}

fn tell(operation: Operation, ids: &[&str], status: u16, body: &str) -> String {
    told(body, &read(operation, &batch(operation, ids), status, body))
}

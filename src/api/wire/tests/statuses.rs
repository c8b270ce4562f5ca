//! How an answer is read, as a table: every status, every kind of body, every operation.

use std::fmt::Write;

use super::{batch, read};
use crate::api::reading::{Named, NoVerdict, Reading, Verdicts};
use crate::model::Operation;

const BODIES: [(&str, &str); 8] = [
    ("html", "<html><title>Bad Gateway</title></html>"),
    ("text", "upstream said no"),
    ("cut json", r#"{"successfulRecords":[{"id":"a"}"#),
    ("error envelope", r#"{"errors":[{"msg":"Validation errors/ Invalid arguments","code":412}]}"#),
    ("rate limit", r#"{"message":"You've exceeded the per-minute rate limit."}"#),
    ("lists", r#"{"successfulRecords":[{"id":"a"}],"failedRecords":[]}"#),
    ("contact gone", r#"{"id":"a","status":"INACTIVE"}"#),
    ("list gone", r#"{"status":"success","data":{"_id":"a"}}"#),
];

fn kind(reading: &Reading) -> &'static str {
    match reading {
        Reading::Throttled(_) => "throttled",
        Reading::Verdicts(Verdicts { named, .. }) => match named.as_slice() {
            [Named::Succeeded { .. }] => "succeeded",
            [Named::Failed(refusal)] if refusal.not_found => "not found",
            other => panic!("{other:?}"),
        },
        Reading::Unauthorised { .. } => "unauthorised",
        Reading::WrongEndpoint { .. } => "wrong endpoint",
        Reading::TooLarge(_) => "too large",
        Reading::NoWay { kind, .. } | Reading::NoVerdict(NoVerdict { kind, .. }) => kind,
        Reading::Refused { .. } => "refused",
    }
}

type Row = Vec<(u16, &'static str)>;

fn row(operation: Operation, body: &str) -> Row {
    let records = batch(operation, &["a"]);
    let kind = |status| kind(&read(operation, &records, status, body).reading);
    (100..600).map(|status| (status, kind(status))).collect()
}

/// Runs of statuses that read alike: `100-299 unreadable`.
fn runs(row: &[(u16, &'static str)]) -> String {
    let next = |a: &(u16, &str), b: &(u16, &str)| a.0 + 1 == b.0 && a.1 == b.1;
    let run = |run: &[(u16, &str)]| match run {
        [(status, kind)] => format!("{status} {kind}"),
        run => format!("{}-{} {}", run[0].0, run[run.len() - 1].0, run[0].1),
    };
    row.chunk_by(next).map(run).collect::<Vec<_>>().join(", ")
}

/// An empty body in full, then where each other body reads otherwise.
fn table(operation: Operation) -> String {
    let plain = row(operation, "");
    let mut table = runs(&plain).replace(", ", "\n");
    for (name, body) in BODIES {
        let mut row = row(operation, body);
        row.retain(|cell| !plain.contains(cell));
        let otherwise = if row.is_empty() { "the same".to_owned() } else { runs(&row) };
        write!(table, "\n{name}: {otherwise}").unwrap();
    }
    table
}

#[test]
fn every_status_of_a_bulk_operation_has_its_reading() {
    assert_eq!(table(Operation::BulkUpdate), table(Operation::BulkDelete));
    insta::assert_snapshot!(table(Operation::BulkUpdate), @"
    100-299 unreadable
    300-399 wrong endpoint
    400 refused
    401 unauthorised
    402 refused
    403 unauthorised
    404-405 wrong endpoint
    406 refused
    407 proxy
    408 request-timeout
    409-412 refused
    413 too large
    414-424 refused
    425 server-error
    426-428 refused
    429 throttled
    430-499 refused
    500 server-error
    501 wrong endpoint
    502-504 server-error
    505 wrong endpoint
    506-510 server-error
    511 wrong endpoint
    512-599 server-error
    html: the same
    text: the same
    cut json: the same
    error envelope: 404 refused
    rate limit: 100-428 throttled, 430-599 throttled
    lists: 100-428 succeeded, 430-599 succeeded
    contact gone: 404 refused
    list gone: 404 refused
    ");
}

#[test]
fn every_status_of_a_contact_delete_has_its_reading() {
    insta::assert_snapshot!(table(Operation::DeleteContact), @"
    100-203 unreadable
    204 succeeded
    205-299 unreadable
    300-399 wrong endpoint
    400 refused
    401 unauthorised
    402 refused
    403 unauthorised
    404-405 wrong endpoint
    406 refused
    407 proxy
    408 request-timeout
    409-412 refused
    413 too large
    414-424 refused
    425 server-error
    426-428 refused
    429 throttled
    430-499 refused
    500 server-error
    501 wrong endpoint
    502-504 server-error
    505 wrong endpoint
    506-510 server-error
    511 wrong endpoint
    512-599 server-error
    html: 204 unreadable
    text: 204 unreadable
    cut json: 204 unreadable
    error envelope: 204 unreadable, 404 not found, 410 not found
    rate limit: 100-428 throttled, 430-599 throttled
    lists: 100-203 succeeded, 205-428 succeeded, 430-599 succeeded
    contact gone: 200-203 succeeded, 205-299 succeeded, 404 not found, 410 not found
    list gone: 204 unreadable, 404 not found, 410 not found
    ");
}

#[test]
fn every_status_of_a_list_delete_has_its_reading() {
    insta::assert_snapshot!(table(Operation::DeleteContactList), @"
    100-203 unreadable
    204 succeeded
    205-299 unreadable
    300-399 wrong endpoint
    400 refused
    401 unauthorised
    402 refused
    403 unauthorised
    404-405 wrong endpoint
    406 refused
    407 proxy
    408 request-timeout
    409-412 refused
    413 too large
    414-424 refused
    425 server-error
    426-428 refused
    429 throttled
    430-499 refused
    500 server-error
    501 wrong endpoint
    502-504 server-error
    505 wrong endpoint
    506-510 server-error
    511 wrong endpoint
    512-599 server-error
    html: 204 unreadable
    text: 204 unreadable
    cut json: 204 unreadable
    error envelope: 204 unreadable, 404 not found, 410 not found
    rate limit: 100-428 throttled, 430-599 throttled
    lists: 100-203 succeeded, 205-428 succeeded, 430-599 succeeded
    contact gone: 204 unreadable, 404 not found, 410 not found
    list gone: 200-203 succeeded, 205-299 succeeded, 404 not found, 410 not found
    ");
}

//! Any answer to any batch.

use bytes::Bytes;
use proptest::prelude::*;

use super::{batch, parts, read, wire};
use crate::api::reading::{Named, Reading, Verdicts};
use crate::model::Operation;

fn operation() -> impl Strategy<Value = Operation> {
    proptest::sample::select(Operation::ALL.to_vec())
}

/// Text made of the pieces that answers are made of, in any order.
fn scraps() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"successfulRecords\":",
        "\"failedRecords\":",
        "\"id\":",
        "\"_id\":",
        "\"contact\":",
        "\"a\"",
        "\"b\"",
        "null",
        "1e999",
        "\"\\ud800\"",
        "\u{feff}",
        "é",
        "\"errors\":",
        "\"msg\":",
        "rate limit exceeded",
        "\"status\":\"INACTIVE\"",
        "\"data\":",
        " ",
        "{\"id\":\"a\"}",
        "{\"successfulRecords\":[",
        "]}",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..24)
        .prop_map(|pieces| pieces.concat())
}

fn as_long_as_the_batch(operation: Operation, status: u16, body: &Bytes) {
    let ids: &[&str] = if operation.is_bulk() { &["a", "b", "c"] } else { &["a"] };
    let records = batch(operation, ids);
    let answer = parts(status, body);
    let _ = wire(operation).read_check(&answer);
    match wire(operation).read(&records, &answer).reading {
        Reading::Verdicts(Verdicts { named, unexpected, .. }) => {
            assert_eq!(named.len(), records.len());
            for one in unexpected {
                assert!(body.get(one.entry).is_some_and(|entry| !entry.is_empty()));
            }
            for named in named {
                if let Named::Succeeded { entry: Some(entry), .. } = named {
                    assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&body[entry]).is_ok());
                }
            }
        }
        Reading::Refused { hints, .. } => assert!(hints.iter().all(|at| *at < records.len())),
        _ => {}
    }
}

/// What a server did with one record, and in which of the plausible shapes it says so.
#[derive(Debug, Clone, Copy)]
enum Said {
    Done(u8),
    Refused(u8),
    Both,
    Nothing,
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        4 => (0..5_u8).prop_map(Said::Done),
        3 => (0..5_u8).prop_map(Said::Refused),
        1 => Just(Said::Both),
        1 => Just(Said::Nothing),
    ]
}

fn entry(id: &str, shape: u8) -> String {
    match shape {
        0 => format!(r#""{id}""#),
        1 => format!(r#"{{"id":"{id}"}}"#),
        2 => format!(r#"{{ "_id" : "{id}", "reason":"no" }}"#),
        3 => format!(r#"{{"error":{{"msg":"no"}},"contact":{{"_id":"{id}"}}}}"#),
        _ => {
            format!(r#"{{"id":"{id}","contact":{{"_id":"{id}","firstName":"b"}},"message":"no"}}"#)
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(
        operation in operation(), status in any::<u16>(), body in any::<Vec<u8>>(),
    ) {
        as_long_as_the_batch(operation, status, &Bytes::from(body));
    }

    #[test]
    fn any_scraps_of_an_answer_are_read_without_a_panic(
        operation in operation(), status in 200..600_u16, body in scraps(),
    ) {
        as_long_as_the_batch(operation, status, &Bytes::from(body));
    }

    #[test]
    fn an_answer_in_any_order_gives_back_what_was_put_in(
        batch_said in proptest::collection::vec((said(), any::<u32>()), 1..40),
        update in any::<bool>(),
        strangers in 0..3_usize,
    ) {
        let operation = if update { Operation::BulkUpdate } else { Operation::BulkDelete };
        let ids: Vec<String> = (0..batch_said.len()).map(|at| format!("6960cbe9b155d194e2f{at:05x}")).collect();
        let records = batch(operation, &ids.iter().map(String::as_str).collect::<Vec<_>>());
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by_key(|at| batch_said[*at].1);
        let (mut done, mut refused) = (Vec::new(), Vec::new());
        for at in order {
            match batch_said[at].0 {
                Said::Done(shape) => done.push(entry(&ids[at], shape)),
                Said::Refused(shape) => refused.push(entry(&ids[at], shape)),
                Said::Both => {
                    done.push(entry(&ids[at], 1));
                    refused.push(entry(&ids[at], 2));
                }
                Said::Nothing => {}
            }
        }
        done.extend((0..strangers).map(|n| entry(&format!("stranger-{n}"), 1)));
        let body = format!(
            r#"{{"totalRequested":7,"failedRecords":[{}],"successful":-1,"successfulRecords":[{}]}}"#,
            refused.join(" , "), done.join(",")
        );
        let Reading::Verdicts(Verdicts { named, unexpected, unexpected_successes, miscount }) =
            read(operation, &records, 200, &body).reading else { panic!("no verdicts") };
        prop_assert_eq!(miscount.is_some(), ids.len() != 7);
        prop_assert_eq!(unexpected.len(), strangers);
        prop_assert_eq!(unexpected_successes, strangers as u64);
        for ((named, (said, _)), id) in named.iter().zip(&batch_said).zip(&ids) {
            match (named, said) {
                (Named::Succeeded { entry: Some(at), diverged, .. }, Said::Done(shape)) if *shape != 3 => {
                    prop_assert_eq!(&body[at.clone()], entry(id, *shape));
                    prop_assert_eq!(diverged.len(), usize::from(update && *shape == 4));
                }
                (Named::Failed(refusal), Said::Refused(shape)) => {
                    prop_assert_eq!(&body[refusal.entry.clone().unwrap()], entry(id, *shape));
                    prop_assert_eq!(refusal.reason.as_str(), if *shape < 2 { "" } else { "no" });
                }
                (Named::Contradictory { .. }, Said::Done(3))
                | (Named::InBoth(_), Said::Both)
                | (Named::Nowhere, Said::Nothing) => {}
                (named, said) => prop_assert!(false, "{:?} read as {:?}", said, named),
            }
        }
    }
}

//! Any answer to any batch: it is read or it is not, and nothing is said of a record that it does not name.

#![no_main]

use std::time::SystemTime;

use korebulk::inside::{AnswerParts, BodyPart, Credentials, Named, Reading, Record, Target, Verdicts, Wire};
use korebulk::Operation;
use libfuzzer_sys::fuzz_target;

/// The ids of the batch: short, so that the fuzzer finds them.
const IDS: [&str; 4] = ["a", "b", "6960cbe9b155d194e2f0000c", "cl-1"];
const STATUSES: [u16; 16] =
    [200, 201, 202, 204, 207, 302, 400, 401, 404, 407, 410, 412, 413, 429, 500, 503];

fuzz_target!(|data: &[u8]| {
    let [choice, headers, body @ ..] = data else { return };
    let operation = Operation::ALL[usize::from(*choice) % Operation::ALL.len()];
    let spec = operation.spec();
    let ids = if spec.is_bulk() { &IDS[..] } else { &IDS[..1] };
    let records: Vec<Record> = (0..)
        .zip(ids)
        .map(|(ordinal, id)| match spec.sends_contacts() {
            true => Record::contact(ordinal, id, &format!(r#"{{"id":"{id}","firstName":"Jane"}}"#)),
            false => Record::only_id(ordinal, id),
        })
        .collect();
    let target = Target {
        host: "https://platform.kore.ai".to_owned(),
        stream_id: "st-1".to_owned(),
        account_id: "a-1".to_owned(),
        client_id: String::new(),
        credentials: Credentials::Sandbox,
        ca_file: None,
    };
    let wire = Wire::new(spec, &target);
    let body = body.to_vec().into();
    let answer = AnswerParts {
        status: STATUSES[usize::from(*choice >> 4)],
        retry_after: (headers & 1 != 0).then_some("7"),
        content_type: (headers & 2 != 0).then_some("text/html"),
        encoding: (headers & 4 != 0).then_some("gzip"),
        date: (headers & 8 != 0).then_some(SystemTime::UNIX_EPOCH),
        received: SystemTime::now(),
        body: BodyPart::Whole(&body),
    };
    let _ = wire.read_check(&answer);
    if let Reading::Verdicts(Verdicts { named, unexpected, .. }) = wire.read(&records, &answer).reading {
        assert_eq!(named.len(), records.len());
        for one in unexpected {
            assert!(body.get(one.entry).is_some_and(|entry| !entry.is_empty()));
        }
        for (named, record) in named.iter().zip(&records) {
            let Named::Succeeded { entry, .. } = named else { continue };
            let Some(entry) = entry else {
                assert_eq!(answer.status, 204, "only a 204 says so without an entry");
                continue;
            };
            let entry = serde_json::from_slice::<serde_json::Value>(&body[entry.clone()]);
            let entry = entry.expect("an entry is JSON");
            assert!(record.id().is_none_or(|id| holds(&entry, id)), "it names another");
        }
    }
});

/// Whether this id, in any case, is somewhere in the entry.
fn holds(entry: &serde_json::Value, id: &str) -> bool {
    match entry {
        serde_json::Value::String(text) => text.eq_ignore_ascii_case(id),
        serde_json::Value::Array(all) => all.iter().any(|one| holds(one, id)),
        serde_json::Value::Object(all) => all.values().any(|one| holds(one, id)),
        _ => false,
    }
}

//! The plan id: what `plan` saw, in a few characters, so that `run --plan ID` can tell whether it still holds.

use std::fmt::Write as _;

use ring::digest::{Context, SHA256};
use serde_json::json;

use super::plan::Plan;
use crate::base::origin;

/// The id of a plan: 12 hex characters over operation, target, rules of the mapping, input and mapping found.
///
/// `inputs` are the SHA-256 of the files in reading order, `mapping` each field with the column or constant that
/// feeds it. Limits, guards, credentials and places of files are not part of it: they change nothing that is sent.
pub fn fingerprint(plan: &Plan, inputs: &[String], mapping: &[(String, String)]) -> String {
    let target = &plan.target;
    let mut map = plan.map.clone();
    map.max_record_bytes = 0;
    let seen = json!({
        "version": 1,
        "operation": plan.operation,
        "target": [&origin::key(&target.host), &target.stream_id, &target.account_id, &target.client_id],
        "map": map,
        "inputs": inputs,
        "mapping": mapping,
    });
    let mut context = Context::new(&SHA256);
    context.update(seen.to_string().as_bytes());
    let digest = context.finish();
    digest.as_ref()[..6].iter().fold(String::new(), |mut id, byte| {
        write!(id, "{byte:02x}").expect("writing to a String cannot fail");
        id
    })
}

//! The first requests of a plan, as they would be sent.

use std::fmt::Write as _;

use crate::api::wire::Wire;
use crate::base::numbers::counted;
use crate::config::Plan;
use crate::dispatch::estimate::{Estimate, first_batch};
use crate::model::Record;
use crate::model::settings::Values;
use crate::report::mask;
use crate::run::check::findings::Findings;

/// Requests shown.
const REQUESTS: usize = 3;
/// Records shown of each.
const SAMPLES: usize = 3;

/// The first requests as they would be sent, their values masked or not.
pub(super) fn first(
    plan: &Plan,
    findings: &Findings,
    estimate: &Estimate,
    values: Values,
) -> Vec<String> {
    let wire = Wire::new(plan.operation.spec(), &plan.target);
    let mut rest: &[Record] = &findings.samples;
    let mut shown = Vec::new();
    while !rest.is_empty() && shown.len() < REQUESTS {
        let size = match estimate.canary {
            canary @ 1.. if shown.is_empty() => canary.min(estimate.batch_size),
            _ => estimate.batch_size,
        };
        let batch = first_batch(rest, size);
        let request = wire.request(batch);
        let mut text = format!("{} {}", request.method, request.path_and_query);
        for (name, value) in &request.headers {
            write!(text, "\n{name}: {value}").expect("a String takes any text");
        }
        let few = batch.get(..SAMPLES).unwrap_or(batch);
        let body = wire.request(few).body;
        if !body.is_empty() {
            let body = mask::json(&String::from_utf8_lossy(&body), values);
            write!(text, "\n{body}").expect("a String takes any text");
        }
        let more = batch.len() - few.len();
        if more > 0 {
            let (more, bytes) =
                (counted(more as u64, "record"), counted(request.body.len() as u64, "byte"));
            write!(text, "\n… and {more} more, {bytes} in all").expect("a String takes any text");
        }
        shown.push(text);
        rest = &rest[batch.len()..];
    }
    shown
}

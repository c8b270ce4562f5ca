//! `[limits]`: how fast, in which batches, for how long.

use serde_json::{Value as Json, json};

use crate::config::host;
use crate::config::kind::{
    AutoUpTo, Count, Kind, Number, OneOf, Part, Rate, SomeTime, Time, Window, kinds,
};
use crate::config::plan::Plan;
use crate::config::problem::Problem;
use crate::config::setting::{Group, Setting, Takes, one};
use crate::config::units;
use crate::model::settings::{RateWindow, Reconcile};

/// More records in one request than any server is known to take.
const MOST_RECORDS: u32 = 100_000;
/// Room for the envelope and the longest id.
const LEAST_BYTES: u64 = 1024;
/// Times the concurrency, this bounds the memory of requests in flight.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const LIMITS: Group = Group {
    heading: "Limits",
    settings: &[
        Setting { key: "limits.rate", option: Some("--rate"), environment: None, default: "50/min",
            help: "Requests per window; several hold at once; `none` on loopback only (a sandbox's default)",
            takes: Takes::list::<Rate>(|plan, rates| {
                plan.limits.rate = windows(plan, rates)?;
                Ok(())
            }) },
        Setting { key: "limits.burst", option: Some("--burst"), environment: None, default: "1",
            help: "Requests that may leave at once after a pause",
            takes: one!(Number<u32, 1, 10_000> => limits.burst) },
        Setting { key: "limits.batch_size", option: Some("--batch-size"), environment: None, default: "auto",
            help: "Records per request",
            takes: one!(AutoUpTo<MOST_RECORDS> => limits.batch_size) },
        Setting { key: "limits.max_batch_size", option: Some("--max-batch-size"), environment: None, default: "1000",
            help: "The largest batch that `auto` tries, records",
            takes: one!(Number<u32, 1, { MOST_RECORDS as u64 }> => limits.max_batch_size) },
        Setting { key: "limits.max_batch_bytes", option: Some("--max-batch-bytes"), environment: None, default: "1MiB",
            help: "The largest request body",
            takes: one!(BatchBytes => limits.max_batch_bytes) },
        Setting { key: "limits.concurrency", option: Some("--concurrency"), environment: None, default: "auto",
            help: "Requests in flight at once, up to 32",
            takes: one!(AutoUpTo<32> => limits.concurrency) },
        Setting { key: "limits.per_run", option: Some("--per-run"), environment: None, default: "",
            help: "With `from`: the most records of one run, the rest is skipped and comes in later ones (2000 unless set); 0 means all",
            takes: one!(Count => limits.per_run) },
        Setting { key: "limits.connect_timeout", option: Some("--connect-timeout"), environment: None, default: "10s",
            help: "How long a connection may take",
            takes: one!(SomeTime => limits.connect_timeout) },
        Setting { key: "limits.timeout", option: Some("--timeout"), environment: None, default: "60s",
            help: "How long one request may take",
            takes: one!(SomeTime => limits.timeout) },
        Setting { key: "limits.max_attempts", option: Some("--max-attempts"), environment: None, default: "5",
            help: "Sends of one record that end without an answer",
            takes: one!(Number<u16, 1, 100> => limits.max_attempts) },
        Setting { key: "limits.max_wait", option: Some("--max-wait"), environment: None, default: "1h",
            help: "The longest Retry-After that is waited for",
            takes: one!(Time => limits.max_wait) },
        Setting { key: "limits.max_outage", option: Some("--max-outage"), environment: None, default: "15m",
            help: "How long the server may be out of reach",
            takes: one!(Time => limits.max_outage) },
        Setting { key: "limits.max_duration", option: Some("--max-duration"), environment: None, default: "",
            help: "How long the run may take",
            takes: one!(SomeTime => limits.max_duration) },
        Setting { key: "limits.window", option: Some("--window"), environment: None, default: "",
            help: "The hours in which may be sent, such as 22:00-06:00, local time; the run stops at their end",
            takes: one!(Window => limits.window) },
        Setting { key: "limits.grace", option: Some("--grace"), environment: None, default: "30s",
            help: "How long requests in flight may take once the run is stopping",
            takes: one!(Time => limits.grace) },
        Setting { key: "limits.max_failure_share", option: Some("--max-failure-share"), environment: None, default: "0.5",
            help: "The share of failed records that stops the run, after 200 verdicts",
            takes: one!(Part => limits.max_failure_share) },
        Setting { key: "limits.reconcile", option: Some("--reconcile"), environment: None, default: "auto",
            help: "Whether a run settles what it has left unknown by reading the account: auto (where that is cheap) or off",
            takes: one!(OneOf<Reconcile> => limits.reconcile) },
        Setting { key: "limits.reconcile_requests", option: Some("--reconcile-requests"), environment: None, default: "120",
            help: "The most requests that this may take at the end of a run",
            takes: one!(Count => limits.reconcile_requests) },
    ],
};

kinds! {
    /// The size of a request's body.
    BatchBytes: u64 = "SIZE", json!({ "type": ["integer", "string"], "minimum": LEAST_BYTES, "maximum": MOST_BYTES, "pattern": "^[0-9]+ *([kKMG]i?)?B?$" }), batch_bytes;
}

fn batch_bytes(text: &str) -> Result<u64, Problem> {
    match units::bytes(text)? {
        size if (LEAST_BYTES..=MOST_BYTES).contains(&size) => Ok(size),
        _ => Err(Problem::new(
            format!("`{text}` is not between 1KiB and 64MiB"),
            "`1MiB` is what most gateways take",
        )),
    }
}

/// Windows that all hold at once; empty for `none`.
pub(super) fn windows(plan: &Plan, rates: &[String]) -> Result<Vec<RateWindow>, Problem> {
    match rates {
        [] => Err(Problem::new(
            "the list is empty",
            "write `[\"50/min\"]`, or `\"none\"` for a local server",
        )),
        [none] if none.trim() == "none" && host::is_local(&plan.target.host) => Ok(Vec::new()),
        [none] if none.trim() == "none" => Err(Problem::new(
            "`none` is for loopback and sandbox targets only",
            "Kore.ai allows 60 requests a minute for the whole account; write for example `50/min`",
        )),
        rates => rates.iter().map(|rate| Rate::read(rate.trim())).collect(),
    }
}

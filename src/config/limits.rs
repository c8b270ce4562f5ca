//! The sending room's slice: rates, sizes, times.

use std::time::Duration;

use super::asked::{Asked, Problem};
use super::file::LimitsTable;
use super::units::{auto, bytes, duration, number32, part, rate, some_time, window};
use super::values::{Several, Text};
use crate::model::settings::{Auto, Limits, RateWindow};
use crate::model::{Operation, RunError};

const MINUTE: Duration = Duration::from_mins(1);

/// More records in one request than any server is known to take.
const MOST_RECORDS: u32 = 100_000;
/// Room for the envelope and the longest id.
const LEAST_BYTES: u64 = 1024;
/// Times the concurrency, this bounds the memory of requests in flight.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The contract's defaults. A sandbox of the run's own has no quota to keep.
pub(super) fn defaults(sandbox: bool) -> Limits {
    let window = RateWindow { permits: 50, window: MINUTE };
    Limits {
        rate: if sandbox { Vec::new() } else { vec![window] },
        burst: 1,
        batch_size: Auto::Auto,
        max_batch_size: 1000,
        max_batch_bytes: 1024 * 1024,
        concurrency: Auto::Auto,
        connect_timeout: Duration::from_secs(10),
        timeout: MINUTE,
        max_attempts: 5,
        max_wait: 60 * MINUTE,
        max_outage: 15 * MINUTE,
        max_duration: None,
        window: None,
        grace: Duration::from_secs(30),
        max_failure_share: 0.5,
    }
}

/// What was asked for over `base`: the defaults, or for `resume` the limits of the stored plan.
pub(super) fn limits(asked: &Asked<'_>, base: Limits, local: bool) -> Result<Limits, RunError> {
    let keys = &asked.keys.limits;
    let base = times(asked, keys, base)?;
    let records = |text: &str| auto(text, MOST_RECORDS);
    let read32 = |key: &str, value: Option<&Text>, most| {
        asked.read(key, value, |text| number32(text, 1, most))
    };
    let max_attempts = asked.read("limits.max_attempts", keys.max_attempts.as_ref(), attempts)?;
    Ok(Limits {
        rate: windows(asked, keys.rate.as_ref(), local)?.unwrap_or(base.rate),
        burst: read32("limits.burst", keys.burst.as_ref(), 10_000)?.unwrap_or(base.burst),
        batch_size: asked
            .read("limits.batch_size", keys.batch_size.as_ref(), records)?
            .unwrap_or(base.batch_size),
        max_batch_size: read32(
            "limits.max_batch_size",
            keys.max_batch_size.as_ref(),
            MOST_RECORDS,
        )?
        .unwrap_or(base.max_batch_size),
        max_batch_bytes: asked
            .read("limits.max_batch_bytes", keys.max_batch_bytes.as_ref(), batch_bytes)?
            .unwrap_or(base.max_batch_bytes),
        concurrency: asked
            .read("limits.concurrency", keys.concurrency.as_ref(), |text| auto(text, 32))?
            .unwrap_or(base.concurrency),
        max_attempts: max_attempts.unwrap_or(base.max_attempts),
        max_failure_share: asked
            .read("limits.max_failure_share", keys.max_failure_share.as_ref(), part)?
            .unwrap_or(base.max_failure_share),
        ..base
    })
}

fn times(asked: &Asked<'_>, keys: &LimitsTable, base: Limits) -> Result<Limits, RunError> {
    let some = |key: &str, value: &Option<Text>| asked.read(key, value.as_ref(), some_time);
    let any = |key: &str, value: &Option<Text>| asked.read(key, value.as_ref(), duration);
    Ok(Limits {
        connect_timeout: some("limits.connect_timeout", &keys.connect_timeout)?
            .unwrap_or(base.connect_timeout),
        timeout: some("limits.timeout", &keys.timeout)?.unwrap_or(base.timeout),
        max_wait: any("limits.max_wait", &keys.max_wait)?.unwrap_or(base.max_wait),
        max_outage: any("limits.max_outage", &keys.max_outage)?.unwrap_or(base.max_outage),
        max_duration: some("limits.max_duration", &keys.max_duration)?.or(base.max_duration),
        window: asked.read("limits.window", keys.window.as_ref(), window)?.or(base.window),
        grace: any("limits.grace", &keys.grace)?.unwrap_or(base.grace),
        ..base
    })
}

/// Windows that all hold at once; empty for `none`.
fn windows(
    asked: &Asked<'_>,
    rates: Option<&Several>,
    local: bool,
) -> Result<Option<Vec<RateWindow>>, RunError> {
    let key = "limits.rate";
    let Some(Several(rates)) = rates else { return Ok(None) };
    match rates.as_slice() {
        [] => Err(asked.refuse(key, "the list is empty").hint("write `[\"50/min\"]`, or `\"none\"` for a local server")),
        [none] if none.trim() == "none" && local => Ok(Some(Vec::new())),
        [none] if none.trim() == "none" => Err(asked
            .refuse(key, "`none` is for loopback and sandbox targets only")
            .hint("Kore.ai allows 60 requests a minute for the whole account; write for example `50/min`")),
        rates => {
            let windows: Result<_, Problem> = rates.iter().map(|text| rate(text.trim())).collect();
            windows.map(Some).map_err(|problem| asked.refuse_as(key, problem))
        }
    }
}

fn attempts(text: &str) -> Result<u16, Problem> {
    let attempts = number32(text, 1, 100)?;
    Ok(u16::try_from(attempts).expect("it is at most 100"))
}

fn batch_bytes(text: &str) -> Result<u64, Problem> {
    match bytes(text)? {
        size if (LEAST_BYTES..=MOST_BYTES).contains(&size) => Ok(size),
        _ => Err(Problem::new(
            format!("`{text}` is not between 1KiB and 64MiB"),
            "`1MiB` is what most gateways take",
        )),
    }
}

/// Bytes that one record may have in a request: the body's limit less the envelope around a single record.
pub(super) fn record_bytes(limits: &Limits, operation: Operation) -> u64 {
    let envelope = match operation {
        Operation::BulkUpdate => "[]".len(),
        Operation::BulkDelete => r#"{"ids":[]}"#.len(),
        Operation::DeleteContact | Operation::DeleteContactList => 0,
    };
    limits.max_batch_bytes.saturating_sub(envelope as u64)
}

//! Events and progress as log lines: fields first, then a fixed message.
//!
//! Says nothing that the events do not hold, so no value of a contact.

use std::time::Instant;

use tracing::{debug, info, warn};

use super::progress::{Progress, whole_seconds};
use super::words;
use crate::model::Event;

/// One line for an event; those of single requests are for `-v`.
pub(super) fn event(event: &Event) {
    match event {
        Event::Reading { .. } => {}
        Event::Checked { ledger } => info!(
            read = ledger.read,
            to_send = ledger.unsent,
            rejected = ledger.rejected,
            skipped = ledger.skipped,
            "input checked"
        ),
        Event::Sending { records, requests, per_minute } => {
            info!(records, requests, per_minute, "sending begins");
        }
        Event::Sent { request, cut, records } => {
            debug!(request, cut = cut.name(), records, "request sent");
        }
        Event::Settled { request, status, kind, latency, records, .. } => debug!(
            request,
            status,
            kind,
            latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
            records,
            "request settled"
        ),
        Event::Withheld { records, .. } => {
            info!(records, "held back: somebody has changed their contacts");
        }
        Event::GateClosed { why, wait } => {
            warn!(why, wait_seconds = whole_seconds(*wait), "nobody sends for a while");
        }
        Event::GateOpened => info!("sending goes on"),
        Event::BatchSize { records } => info!(records, "batch size changed"),
        Event::Stopping { cause, in_flight } => {
            warn!(cause = words::stop(cause), in_flight, "stopping");
        }
        Event::Notice { message } => warn!("{message}"),
    }
}

/// One line for how far the run is.
pub(super) fn progress(progress: &Progress, now: Instant) {
    if progress.total == 0 {
        info!(records = progress.read, "reading");
        return;
    }
    let ledger = progress.ledger();
    info!(
        records = progress.total,
        succeeded = ledger.succeeded,
        failed = ledger.failed,
        open = ledger.unknown,
        requests = progress.requests(),
        per_minute = (progress.rate(now) * 10.0).round() / 10.0,
        left_seconds = progress.left(now).map(|left| left.as_secs()),
        "sending"
    );
}

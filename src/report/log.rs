//! `log.jsonl`: what happened in a run, one JSON object a line.
//!
//! Events hold no contact data and no free text of the server, so neither does the log.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::base::private;
use crate::model::Event;

/// The name of the log within a run's directory.
pub const LOG: &str = "log.jsonl";

/// The listener. A resumed run goes on with the file of the run before.
#[derive(Debug)]
pub struct EventLog {
    out: BufWriter<File>,
    flushed: Timestamp,
}

impl EventLog {
    /// Opens the log in the run's directory `dir`.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let out = BufWriter::new(private::append(&dir.join(LOG))?);
        Ok(Self { out, flushed: Timestamp::UNIX_EPOCH })
    }

    /// Writes an event that happened at `at`; what was sent at once, so that no kill takes it back, the rest at the
    /// latest a second later, with the next event.
    ///
    /// Progress of pass 1 is left out.
    pub fn on(&mut self, event: &Event, at: Timestamp) -> io::Result<()> {
        let Some(mut line) = fields(event) else { return Ok(()) };
        line["at"] = json!(at);
        serde_json::to_writer(&mut self.out, &line)?;
        self.out.write_all(b"\n")?;
        let is_sent = matches!(event, Event::Sent { .. });
        if is_sent || at.duration_since(self.flushed) >= SignedDuration::from_secs(1) {
            self.flushed = at;
            self.out.flush()?;
        }
        Ok(())
    }

    /// Writes what still waits.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn fields(event: &Event) -> Option<Value> {
    Some(match event {
        Event::Reading { .. } => return None,
        Event::Checked { ledger } => json!({"event": "checked", "ledger": ledger}),
        Event::Sending { records, requests, per_minute } => json!({
            "event": "sending", "records": records, "requests": requests, "perMinute": per_minute,
        }),
        Event::Sent { request, cut, records } => json!({
            "event": "sent", "request": request, "cut": cut.name(), "records": records,
        }),
        Event::Settled { request, cut, status, kind, latency, records, ledger } => json!({
            "event": "settled", "request": request, "cut": cut.name(), "status": status,
            "kind": kind, "latencyMs": millis(*latency), "records": records, "ledger": ledger,
        }),
        Event::Withheld { records, ledger } => {
            json!({"event": "withheld", "records": records, "ledger": ledger})
        }
        Event::GateClosed { why, wait } => {
            json!({"event": "gate-closed", "why": why, "waitMs": millis(*wait)})
        }
        Event::GateOpened => json!({"event": "gate-opened"}),
        Event::BatchSize { records } => json!({"event": "batch-size", "records": records}),
        Event::Stopping { cause, in_flight } => {
            json!({"event": "stopping", "stopped": cause, "inFlight": in_flight})
        }
        Event::Notice { message } => json!({"event": "notice", "message": message}),
    })
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StopCause;

    #[test]
    fn each_event_is_a_line_and_a_resumed_run_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let at: Timestamp = "2026-07-30T02:00:00Z".parse().unwrap();
        let cause = StopCause::Signal { signal: "SIGINT".into() };
        let mut log = EventLog::open(dir.path()).unwrap();
        log.on(&Event::Reading { records: 5 }, at).unwrap();
        log.on(&Event::Stopping { cause, in_flight: 2 }, at).unwrap();
        drop(log);
        let mut log = EventLog::open(dir.path()).unwrap();
        log.on(&Event::GateOpened, at).unwrap();
        log.flush().unwrap();
        let text = std::fs::read_to_string(dir.path().join(LOG)).unwrap();
        insta::assert_snapshot!(text, @r#"
        {"at":"2026-07-30T02:00:00Z","event":"stopping","inFlight":2,"stopped":{"cause":"signal","signal":"SIGINT"}}
        {"at":"2026-07-30T02:00:00Z","event":"gate-opened"}
        "#);
    }
}

//! Plain lines come every few seconds, whatever the number of events.

use std::sync::{Arc, Mutex};

use super::*;
use crate::model::settlement::Cut;
use crate::model::{Ledger, StopCause};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn logged(mode: ScreenMode, drive: impl FnOnce(&mut Screen, Instant)) -> String {
    let lines = Lines::default();
    let to = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || to.clone())
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .finish();
    let start = Instant::now();
    tracing::subscriber::with_default(subscriber, || drive(&mut Screen::new(mode, start), start));
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn ledger(succeeded: u64) -> Ledger {
    Ledger { read: 6_000, succeeded, unsent: 6_000 - succeeded, ..Ledger::default() }
}

fn run(screen: &mut Screen, start: Instant) {
    screen.on(&Event::Reading { records: 6_000 }, start);
    screen.on(&Event::Checked { ledger: ledger(0) }, start);
    let begin = Event::Sending { records: 6_000, requests: 60, per_minute: Some(60.0) };
    screen.on(&begin, start);
    for request in 1..=12 {
        let now = start + Duration::from_secs(request);
        screen.on(&Event::Sent { request, cut: Cut::First, records: 100 }, now);
        let settled = Event::Settled {
            request,
            cut: Cut::First,
            status: Some(200),
            kind: "verdicts",
            latency: Duration::from_millis(200),
            records: 100,
            ledger: ledger(request * 100),
        };
        screen.on(&settled, now);
    }
    let cause = StopCause::Signal { signal: "SIGINT".into() };
    screen.on(&Event::Stopping { cause, in_flight: 1 }, start + Duration::from_secs(13));
}

#[test]
fn lines_come_every_few_seconds() {
    insta::assert_snapshot!(logged(ScreenMode::Lines, run), @r#"
    INFO input checked read=6000 to_send=6000 rejected=0 skipped=0
    INFO sending begins records=6000 requests=60 per_minute=60.0
    INFO sending records=6000 succeeded=400 failed=0 open=0 requests=5 per_minute=50.0 left_seconds=56
    INFO sending records=6000 succeeded=900 failed=0 open=0 requests=10 per_minute=54.5 left_seconds=51
    WARN stopping cause="interrupted by SIGINT" in_flight=1
    "#);
}

#[test]
fn a_quiet_screen_still_warns() {
    insta::assert_snapshot!(logged(ScreenMode::Quiet, run), @r#"
    INFO input checked read=6000 to_send=6000 rejected=0 skipped=0
    INFO sending begins records=6000 requests=60 per_minute=60.0
    WARN stopping cause="interrupted by SIGINT" in_flight=1
    "#);
}

//! `limits.window` through the binary, at the moments that matter.
//!
//! The clock is not moved, the time zone is: a POSIX `TZ` has an offset to the second and clock changes of its
//! own, so that a boundary or a change comes a few seconds from now. Runs are waited for, never time.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::ledger_server::{Act, LedgerServer, World};
use crate::support::{Place, Ran, all_at_once, id, id_table, report};

const RECORDS: usize = 1_000;

/// Time enough to start a run before the boundary comes.
const SOON: SignedDuration = SignedDuration::from_secs(3);

/// Which way clocks go.
#[derive(Clone, Copy)]
enum Change {
    /// From 02:00 to 03:00.
    Forward,
    /// From 03:00 to 02:00.
    Back,
}

fn seconds(time: &str) -> i64 {
    let time: Time = time.parse().unwrap();
    time.duration_since(Time::midnight()).as_secs()
}

fn now_and(later: SignedDuration) -> i64 {
    (Timestamp::now() + later).as_second()
}

/// The offset east of UTC, in seconds, with which clocks show `time` at `moment`.
fn offset(moment: i64, time: &str) -> i64 {
    let half = 43_200;
    (seconds(time) - moment + half).rem_euclid(86_400) - half
}

/// An offset as POSIX writes it: west of UTC counts.
fn posix(offset: i64) -> String {
    let (sign, west) = if offset > 0 { ('-', offset) } else { ('+', -offset) };
    format!("{sign}{:02}:{:02}:{:02}", west / 3600, west / 60 % 60, west % 60)
}

/// A zone in which it is `time` so long from now.
pub(crate) fn zone(time: &str, later: SignedDuration) -> String {
    format!("AAA{}", posix(offset(now_and(later), time)))
}

/// A zone whose clocks change so long from now (before now: less than nothing).
fn changing(change: Change, later: SignedDuration) -> String {
    let moment = now_and(later);
    // What clocks show just before, and whether that is summer.
    let (at, summer_before) = match change {
        Change::Forward => ("02:00", 0),
        Change::Back => ("03:00", 3600),
    };
    let before = offset(moment, at);
    let standard = before - summer_before;
    let east = Offset::from_seconds(i32::try_from(before).unwrap()).unwrap();
    let date = Timestamp::from_second(moment).unwrap().to_zoned(TimeZone::fixed(east)).date();
    let day = date.day_of_year() - 1;
    let other = (day + 100) % 365;
    let rules = match change {
        Change::Forward => format!("{day}/02:00:00,{other}/03:00:00"),
        Change::Back => format!("{other}/02:00:00,{day}/03:00:00"),
    };
    format!("AAA{}BBB{},{rules}", posix(standard), posix(standard + 3600))
}

/// A job that takes ten seconds, until it is let through at once.
struct Night {
    place: Place,
    server: LedgerServer,
    fast: Arc<AtomicBool>,
}

impl Night {
    fn new(window: &str) -> Self {
        let fast = Arc::new(AtomicBool::new(false));
        let let_through = Arc::clone(&fast);
        let server = LedgerServer::start(World::default(), move |_| {
            match let_through.load(Ordering::SeqCst) {
                true => Act::Serve,
                false => Act::Slow(Duration::from_millis(100)),
            }
        });
        let place = Place::at(server.addr);
        place.write("stale.csv", id_table(&(0..RECORDS).map(id).collect::<Vec<_>>()));
        let limits = format!(
            "[limits]\nrate = \"none\"\nbatch_size = 10\nconcurrency = 1\nwindow = \"{window}\"\n"
        );
        place.write("job.toml", place.job("bulk-delete", "stale.csv") + &limits);
        Self { place, server, fast }
    }

    fn run(&self, zone: &str) -> Ran {
        let mut command = self.place.korebulk(&["run", "job.toml", "--yes", "--or-resume"]);
        Ran::of(&command.env("TZ", zone).output().unwrap())
    }

    fn plan(&self, zone: &str, more: &[&str]) -> String {
        let mut command = self.place.korebulk(&[&["plan", "job.toml"], more].concat());
        let planned = Ran::of(&command.env("TZ", zone).output().unwrap()).exits(0);
        planned.out.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// A night that the window's end broke off; begun again where the machine was too slow to begin before it.
fn stopped(window: &str, zone: impl Fn() -> String) -> Night {
    for _ in 0..10 {
        let night = Night::new(window);
        let ran = night.run(&zone());
        if night.server.received().requests.is_empty() {
            continue;
        }
        ran.exits(4).says("Within the next window, finish it with:");
        return night;
    }
    panic!("no run began within three seconds");
}

/// It stopped between two requests, and the next night sends the rest and nothing else.
fn ends_cleanly_and_is_finished(night: &Night) {
    let cut = night.place.report();
    let count = |report: &Value, key: &str| report[key].as_u64().unwrap();
    let (sent, unsent) = (count(&cut, "successful"), count(&cut, "unsent"));
    assert!(sent > 0 && unsent > 0, "{sent} sent, {unsent} not");
    assert_eq!(sent + unsent, RECORDS as u64, "what was in flight came to its end");
    assert!(cut["stopped"].to_string().contains("window"), "{}", cut["stopped"]);
    let before = night.server.received().requests.len();
    night.fast.store(true, Ordering::SeqCst);
    night.run(&zone("12:00", SignedDuration::ZERO)).exits(3).says("limits.window");
    night.run(&zone("23:00", SignedDuration::ZERO)).exits(0);
    let received = night.server.received();
    let later: HashSet<&String> =
        received.requests[before..].iter().flat_map(|one| &one.ids).collect();
    assert_eq!(later.len() as u64, unsent);
    assert_eq!(received.applied.len(), RECORDS);
    assert!(received.applied.values().all(|times| *times == 1));
    assert_eq!(count(&report(&night.place.the_run()), "successful"), RECORDS as u64);
}

#[test]
fn a_run_stops_where_its_window_ends_and_the_next_night_sends_the_rest() {
    type Zone = fn() -> String;
    let ends: [(&str, Zone); 3] = [
        ("22:00-06:00", || zone("06:00", SOON)),
        // Clocks go from 02:00 to 03:00 in a moment: 02:30 never comes, and has passed then.
        ("22:00-02:30", || changing(Change::Forward, SOON)),
        // 02:30 comes in a moment, and again an hour later.
        ("22:00-02:30", || changing(Change::Back, SOON + SignedDuration::from_mins(30))),
    ];
    all_at_once(ends, |(window, zone)| ends_cleanly_and_is_finished(&stopped(window, zone)));
}

#[test]
fn nothing_leaves_outside_the_window() {
    let shut = |window: &str, zone: &str, says: &str| {
        let night = Night::new(window);
        night.run(zone).exits(3).says("`limits.window`").says(says);
        assert_eq!(night.server.received().requests.len(), 0);
    };
    let ago = |minutes: i64| -SignedDuration::from_mins(minutes);
    shut("22:00-06:00", &zone("06:00", ago(1)), "it is 06:01 AAA");
    shut("22:00-06:00", &zone("22:00", -ago(5)), "it is 21:5");
    // Clocks went back ten minutes ago: it is 02:10 again, and the window closed at the first 02:10.
    shut("22:00-02:10", &changing(Change::Back, ago(5)), "it is 02:05 AAA");
    // They went forward five minutes ago, over the end.
    shut("22:00-02:30", &changing(Change::Forward, ago(5)), "it is 03:05 BBB");
    shut("22:00-06:00", "Nowhere/At_All", "does not know the time zone that `TZ` names");
}

#[test]
fn a_window_that_is_open_lets_the_job_through() {
    let ago = |minutes: i64| -SignedDuration::from_mins(minutes);
    let cases = [
        ("22:00-06:00", zone("22:00", ago(1))),
        ("22:00-04:00", changing(Change::Back, ago(5))),
        // It opens at 02:30, which does not come: at the change.
        ("02:30-05:00", changing(Change::Forward, ago(5))),
        ("22:00-23:00", zone("22:30", SignedDuration::ZERO)),
    ];
    all_at_once(cases, |(window, zone)| {
        let night = Night::new(window);
        night.fast.store(true, Ordering::SeqCst);
        night.run(&zone).exits(0);
    });
}

#[test]
fn the_plan_says_whether_the_job_fits_over_a_clock_change_too() {
    let night = Night::new("22:00-03:30");
    let pace = |first: &'static str| ["--rate", "1/min", "--batch-size", "1", "--first", first];
    // In the middle of a minute, so that a slow start changes nothing: 01:44:30.
    let quarter = SignedDuration::from_secs(15 * 60 + 30);
    let forward = changing(Change::Forward, quarter);
    let plan = night.plan(&forward, &pace("31"));
    assert!(plan.contains("window 22:00-03:30: begun now it finishes 03:14"), "{plan}");
    // 45 minutes and a half are left, of 90.
    let plan = night.plan(&forward, &pace("91"));
    assert!(plan.contains("begun now it does not fit: 50 % by 03:30"), "{plan}");
    // 02:44:30 in summer, and an hour more than clocks show.
    let plan = night.plan(&changing(Change::Back, quarter), &pace("91"));
    assert!(plan.contains("begun now it finishes 03:14"), "{plan}");
    let plan = night.plan(&zone("12:00", SignedDuration::ZERO), &pace("311"));
    assert!(plan.contains("begun at 22:00 it finishes 03:10"), "{plan}");
    let plan = night.plan(&zone("12:00", SignedDuration::ZERO), &pace("601"));
    assert!(plan.contains("begun at 22:00 it does not fit: 55 % by 03:30"), "{plan}");
}

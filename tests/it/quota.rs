//! One quota for an account (docs/contract.md, "Pace"), through the binary: judged by the windows that a server counts for itself.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::ledger_server::{Act, Asked, LedgerServer, World};
use crate::support::{Place, Ran, counts, id, id_table, ids, report};

/// The windows of a server of so many requests per time, sliding and fixed, as its own clock sees them.
pub(crate) struct Windows {
    permits: usize,
    window: Duration,
    begun: Instant,
    /// When a request came, and its first id.
    seen: Mutex<Vec<(Instant, String)>>,
    refused: Mutex<usize>,
}

impl Windows {
    pub(crate) fn new(permits: usize, window: Duration) -> Arc<Self> {
        let (seen, refused) = Default::default();
        Arc::new(Self { permits, window, begun: Instant::now(), seen, refused })
    }

    /// One request; 429 beyond what any window holds.
    fn admit(&self, asked: &Asked<'_>, act: Act) -> Act {
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap();
        let sliding = seen.iter().filter(|(at, _)| now - *at <= self.window).count();
        let fixed = [0, 1, 2].map(|third| {
            let offset = self.window * third / 3;
            let number =
                |at: Instant| (at - self.begun + offset).as_nanos() / self.window.as_nanos();
            seen.iter().filter(|(at, _)| number(*at) == number(now)).count()
        });
        let most = fixed.into_iter().fold(sliding, usize::max);
        seen.push((now, asked.ids[0].clone()));
        if most >= self.permits {
            *self.refused.lock().unwrap() += 1;
            return Act::Throttle(1);
        }
        act
    }

    pub(crate) fn never_overrun(&self) {
        assert_eq!(*self.refused.lock().unwrap(), 0, "{:?}", self.seen.lock().unwrap());
    }

    /// Begins anew.
    pub(crate) fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }

    /// First ids in the order of their coming.
    pub(crate) fn order(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(_, id)| id.clone()).collect()
    }
}

/// A server with these windows that does as the script says within them.
pub(crate) fn server(
    windows: &Arc<Windows>,
    world: World,
    script: impl Fn(&Asked<'_>) -> Act + Send + Sync + 'static,
) -> LedgerServer {
    let windows = Arc::clone(windows);
    LedgerServer::start(world, move |asked| windows.admit(asked, script(asked)))
}

/// The only file of the shared quota.
pub(crate) fn quota_file(place: &Place) -> PathBuf {
    let mut files = fs::read_dir(place.path().join("state/quota")).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none(), "one host and account, one file");
    file
}

pub(crate) fn delete<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let name = file.trim_end_matches(".csv");
    let args = ["bulk-delete", file, "--name", name, "--yes", "--batch-size", "2", "--rate"];
    [&args, more].concat()
}

#[test]
fn nothing_that_can_happen_makes_a_refusal_of_our_own() {
    let windows = Windows::new(20, Duration::from_secs(1));
    let poison = [id(71)].into();
    let refused = [id(33)].into();
    let world = World { poison, refused, siblings_first: true, ..World::default() };
    let long = Duration::from_millis(1500);
    let server = server(&windows, world, move |asked| match asked.number {
        1..=12 => Act::Slow(long),
        15 | 31 => Act::DropAfter,
        18 => Act::DropBefore,
        // Its answer never comes.
        20 => Act::Hold { work: true },
        22 | 29 => Act::Missing,
        24 => Act::Truncate,
        // An outage: a probe asks whether it is over.
        34..=36 => Act::Status(503),
        // A pause that the server asks for.
        45 => Act::Throttle(1),
        _ => Act::Serve,
    });
    let place = Place::at(server.addr);
    place.write("mixed.csv", id_table(&ids(120)));
    place.run(&delete("mixed.csv", &["20/1s", "--timeout", "3s"])).exits(1);
    windows.never_overrun();
    let report = place.report();
    assert_eq!(counts(&report), [120, 118, 2, 0, 0, 0, 0]);
    let requests = &report["requests"];
    for kind in ["retried", "split"] {
        assert!(requests[kind].as_u64().unwrap() > 0, "{kind}: {requests}");
    }
    assert_eq!(requests["throttled"], 1, "only the one that the script asked for");
    let received = server.received();
    assert_eq!(requests["sent"], received.requests.len());
}

#[test]
fn concurrency_rises_until_latency_costs_nothing_of_the_rate() {
    let windows = Windows::new(20, Duration::from_secs(1));
    let waited = Arc::new(Mutex::new(Vec::new()));
    let arrivals = Arc::clone(&waited);
    // One answer at a time takes two seconds: 20 requests would take 40.
    let server = server(&windows, World::default(), move |asked| {
        arrivals.lock().unwrap().push(asked.number);
        Act::Slow(Duration::from_secs(2))
    });
    let place = Place::at(server.addr);
    place.write("slow.csv", id_table(&ids(40)));
    let child = place.spawn(&delete("slow.csv", &["20/1s"]));
    server.wait_for_answers(1);
    let in_flight = waited.lock().unwrap().len();
    assert!(in_flight >= 4, "{in_flight} requests before the first answer");
    Ran::of(&child.wait_with_output().unwrap()).exits(0);
    windows.never_overrun();
}

/// Two jobs for one account, side by side: whose requests the server saw, from when both were there
/// until one was done.
fn side_by_side(order: &[String], second: &str) -> (usize, usize) {
    let is_second: Vec<bool> = order.iter().map(|id| id.as_str() >= second).collect();
    let both = |mut ends: [Option<usize>; 2]| {
        ends.sort_unstable();
        ends.map(Option::unwrap)
    };
    let first = |of: bool| is_second.iter().position(|second| *second == of);
    let last = |of: bool| is_second.iter().rposition(|second| *second == of);
    let [_, from] = both([first(false), first(true)]);
    let [to, _] = both([last(false), last(true)]);
    let section = &is_second[from..=to];
    let seconds = section.iter().filter(|second| **second).count();
    (section.len() - seconds, seconds)
}

#[test]
fn two_jobs_at_once_stay_under_one_quota_together_and_share_it_fairly() {
    let windows = Windows::new(20, Duration::from_secs(1));
    let server = server(&windows, World::default(), |_| Act::Serve);
    let place = Place::at(server.addr);
    let all = ids(120);
    place.write("one.csv", id_table(&all[..60]));
    place.write("other.csv", id_table(&all[60..]));
    let started = ["one.csv", "other.csv"].map(|file| place.spawn(&delete(file, &["20/1s"])));
    for child in started {
        Ran::of(&child.wait_with_output().unwrap()).exits(0);
    }
    windows.never_overrun();
    let (one, other) = side_by_side(&windows.order(), &id(60));
    assert!(one + other >= 30, "they ran side by side: {one} and {other}");
    assert!(one.abs_diff(other) <= 2 + (one + other) / 10, "{one} and {other}");
    let size = fs::metadata(quota_file(&place)).unwrap().len();
    assert!((64..=64 * 1024).contains(&size), "{size} bytes");
}

/// The directory of the run of this job.
pub(crate) fn run_of(place: &Place, job: &str) -> PathBuf {
    let name = |run: &PathBuf| run.file_name().unwrap().to_string_lossy().starts_with(job);
    place.runs().into_iter().find(name).unwrap()
}

#[test]
fn a_job_killed_with_requests_in_flight_the_other_and_its_resumption_stay_under_the_quota() {
    let windows = Windows::new(10, Duration::from_secs(1));
    let of_killed = |ids: &[String]| ids[0] < id(40);
    let held = Mutex::new(0);
    // The first requests of one job are answered, the next three never: with them it is killed.
    let server = server(&windows, World::default(), move |asked| {
        let mut held = held.lock().unwrap();
        *held += usize::from(of_killed(asked.ids));
        match *held {
            4..=6 if of_killed(asked.ids) => Act::Hold { work: true },
            _ => Act::Serve,
        }
    });
    let place = Place::at(server.addr);
    let all = ids(100);
    place.write("killed.csv", id_table(&all[..40]));
    place.write("goes-on.csv", id_table(&all[40..]));
    let rate = ["10/1s", "--timeout", "2s", "--concurrency", "4"];
    let mut killed = place.spawn(&delete("killed.csv", &rate));
    let goes_on = place.spawn(&delete("goes-on.csv", &rate));
    let of_job = move |received: &crate::ledger_server::Received| {
        received.requests.iter().filter(|seen| of_killed(&seen.ids)).count()
    };
    server.wait(move |received| of_job(received) >= 6);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let run = run_of(&place, "killed");
    place.run(&["resume", run.to_str().unwrap()]).exits(0);
    Ran::of(&goes_on.wait_with_output().unwrap()).exits(0);
    windows.never_overrun();
    assert_eq!(server.received().applied.len(), 100);
    for job in ["killed", "goes-on"] {
        let report = report(&run_of(&place, job));
        assert_eq!(report["successful"], report["read"], "{job}");
    }
}

#[test]
fn a_restart_does_not_burst_after_an_end_or_a_kill() {
    let windows = Windows::new(10, Duration::from_secs(2));
    let server = server(&windows, World::default(), |_| Act::Serve);
    let place = Place::at(server.addr);
    let rate = ["10/2s", "--burst", "10", "--timeout", "1s"];
    for (round, kill) in [false, true, false].into_iter().enumerate() {
        let file = format!("round-{round}.csv");
        place.write(&file, id_table(&ids(60)[round * 20..][..20]));
        let mut child = place.spawn(&delete(&file, &rate));
        if kill {
            let seen = windows.order().len();
            server.wait_for_arrivals(seen + 3);
            child.kill().unwrap();
            child.wait().unwrap();
            let run = run_of(&place, &format!("round-{round}"));
            place.run(&["resume", run.to_str().unwrap()]).exits(0);
        } else {
            Ran::of(&child.wait_with_output().unwrap()).exits(0);
        }
    }
    windows.never_overrun();
    assert_eq!(server.received().applied.len(), 60);
}

/// What became of the quota file before a run.
struct Spoilt {
    what: &'static str,
    /// Given the file's path, which a run before has made.
    spoil: fn(&Path),
    /// Whether the run has to say that it paces alone.
    alone: bool,
}

const SPOILT: &[Spoilt] = &[
    Spoilt { what: "empty", spoil: |file| fs::write(file, "").unwrap(), alone: false },
    Spoilt { what: "cut in a slot", spoil: |file| cut(file, 80), alone: false },
    Spoilt { what: "cut in the header", spoil: |file| cut(file, 20), alone: false },
    Spoilt { what: "of another kind", spoil: |file| fs::write(file, "{}").unwrap(), alone: true },
    Spoilt { what: "of a newer version", spoil: |file| write_at(file, 8, 9), alone: true },
    Spoilt {
        what: "a directory",
        spoil: |file| {
            fs::remove_file(file).unwrap();
            fs::create_dir(file).unwrap();
        },
        alone: true,
    },
    Spoilt {
        what: "in no directory",
        spoil: |file| {
            let directory = file.parent().unwrap();
            fs::remove_dir_all(directory).unwrap();
            fs::write(directory, "").unwrap();
        },
        alone: true,
    },
    #[cfg(unix)]
    Spoilt {
        what: "on a full disk",
        spoil: |file| {
            fs::remove_file(file).unwrap();
            std::os::unix::fs::symlink("/dev/full", file).unwrap();
        },
        alone: true,
    },
];

fn cut(file: &Path, length: u64) {
    File::options().write(true).open(file).unwrap().set_len(length).unwrap();
}

fn write_at(file: &Path, place: usize, byte: u8) {
    let mut bytes = fs::read(file).unwrap();
    bytes[place] = byte;
    fs::write(file, bytes).unwrap();
}

/// How often the log of the newest run says that it paces alone.
pub(crate) fn said_alone(run: &Path) -> usize {
    let log = fs::read_to_string(run.join("log.jsonl")).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line.to_string().contains("this run paces alone")).count()
}

#[test]
fn a_quota_file_that_cannot_be_used_is_reported_once_and_the_run_keeps_the_pace_by_itself() {
    crate::support::all_at_once(SPOILT, |&Spoilt { what, spoil, alone }| {
        let windows = Windows::new(10, Duration::from_millis(500));
        let server = server(&windows, World::default(), |_| Act::Serve);
        let place = Place::at(server.addr);
        place.write("first.csv", id_table(&ids(2)));
        place.run(&delete("first.csv", &["10/500ms"])).exits(0);
        spoil(&quota_file(&place));
        windows.forget();
        place.write("second.csv", id_table(&ids(30)));
        let ran = place.run(&delete("second.csv", &["10/500ms"])).exits(0);
        assert!(!ran.err.contains("panicked"), "{what}: {}", ran.err);
        assert_eq!(said_alone(&run_of(&place, "second")), usize::from(alone), "{what}");
        assert_eq!(ran.err.contains("this run paces alone"), alone, "{what}: {}", ran.err);
        windows.never_overrun();
    });
}

#[test]
fn the_file_is_locked_for_each_change_only_and_whoever_keeps_it_does_not_stop_a_run() {
    let windows = Windows::new(10, Duration::from_millis(500));
    let server = server(&windows, World::default(), |asked| match asked.number {
        3 => Act::Slow(Duration::from_millis(500)),
        _ => Act::Serve,
    });
    let place = Place::at(server.addr);
    place.write("locked.csv", id_table(&ids(60)));
    let child = place.spawn(&delete("locked.csv", &["10/500ms", "--concurrency", "1"]));
    // In flight: the run is at work and changes nothing.
    server.wait_for_arrivals(3);
    let file = File::options().read(true).write(true).open(quota_file(&place)).unwrap();
    file.lock().unwrap();
    let ran = Ran::of(&child.wait_with_output().unwrap()).exits(0);
    assert!(ran.err.contains("another process holds its lock"), "{}", ran.err);
    assert_eq!(said_alone(&run_of(&place, "locked")), 1);
    windows.never_overrun();
}

#[test]
fn a_state_directory_that_cannot_be_used_is_refused_with_words() {
    let server = LedgerServer::start(World::default(), |_| Act::Serve);
    let place = Place::at(server.addr);
    place.write("job.csv", id_table(&ids(2)));
    place.write("state", "not a directory");
    let ran = place.run(&delete("job.csv", &["10/500ms"])).exits(70);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    ran.says("cannot be taken").says("KOREBULK_STATE_DIR");
    assert!(server.received().requests.is_empty());
}

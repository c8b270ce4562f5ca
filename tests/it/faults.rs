//! Random fault scripts × random kills: whatever a server does and whenever the run dies, its counts add up.
//!
//! Every script is a run of the real binary against a server that knows the truth, ended up to three
//! times by SIGKILL (now and then SIGTERM) and resumed to its end. `KOREBULK_SEED=n` plays one again; `KOREBULK_SCRIPTS=n`
//! plays so many.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use korebulk::Operation;

use crate::ledger_server::{Act, Asked, LedgerServer, World};
use crate::trial::{End, Trial, id};

/// Scripts played by default; CI plays 1,000.
const SCRIPTS: u64 = 100;
/// Runs at once: most of them wait for a back-off or for the disk.
const AT_ONCE: usize = 24;
/// Requests that may meet a fault; those after them are served, so that every run can end.
const FAULTY: usize = 10;
/// `auto` joins them when the dispatcher no longer sends small batches for ever: see the ignored test in `crash`.
const SIZES: [&str; 4] = ["auto", "5", "10", "20"];

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn whatever_a_server_does_and_whenever_a_run_dies_its_counts_add_up() {
    if let Some(seed) = setting("KOREBULK_SEED") {
        play(seed);
        return;
    }
    let scripts = setting("KOREBULK_SCRIPTS").unwrap_or(SCRIPTS);
    let (next, failed, kills) =
        (AtomicU64::new(0), Mutex::new(Vec::<u64>::new()), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= scripts {
                        break;
                    }
                    if let Ok(killed) = catch_unwind(AssertUnwindSafe(|| play(seed))) {
                        kills.fetch_add(killed, Ordering::Relaxed);
                    } else {
                        failed.lock().unwrap().push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "play them again one by one with KOREBULK_SEED: {failed:?}");
    let kills = kills.into_inner();
    assert!(
        kills >= scripts / 2,
        "{kills} kills in {scripts} scripts: most runs end before theirs"
    );
}

/// One script from its start to its end. Gives the number of kills that met a running process.
fn play(seed: u64) -> u64 {
    let mut random = fastrand::Rng::with_seed(seed);
    let again = Operation::ALL.into_iter().filter(|operation| operation.spec().idempotent);
    let operation = random.choice(again.collect::<Vec<_>>()).unwrap();
    let bulk = matches!(operation, Operation::BulkUpdate | Operation::BulkDelete);
    let records = if bulk { random.usize(20..80) } else { random.usize(3..10) };
    let world = world(&mut random, operation, records);
    let calm = random.u8(2..8);
    let size = random.choice(SIZES).unwrap();
    let server = LedgerServer::start(world, move |asked| act(seed, operation, calm, asked));
    let workers = random.choice(["1", "2", "4", "auto"]).unwrap();
    let options = ["--batch-size", size, "--concurrency", workers];
    let mut trial = Trial::new(operation, records, 0, server, &options);

    let mut last = kill_at_random(&mut trial, &mut random, Trial::start);
    let mut kills = u64::from(last == End::Killed);
    for _ in 0..random.u8(0..3) {
        // What never began to send cannot be resumed; `finish` starts it anew.
        if last == End::Killed && trial.phase() >= Some(korebulk::inside::Phase::Sending) {
            last = kill_at_random(&mut trial, &mut random, Trial::resume);
            kills += u64::from(last == End::Killed);
        }
    }
    trial.finish(last);
    kills
}

/// Half of the runs die at some moment, half when a request has arrived or was answered.
fn kill_at_random(
    trial: &mut Trial,
    random: &mut fastrand::Rng,
    start: fn(&Trial) -> std::process::Child,
) -> End {
    let before = trial.server.received().requests.len();
    let child = start(trial);
    let more = random.usize(1..8);
    if random.bool() {
        thread::sleep(Duration::from_millis(random.u64(5..400)));
    } else {
        trial.server.wait_a_second(|received| received.requests.len() >= before + more);
        thread::sleep(Duration::from_micros(random.u64(0..3_000)));
    }
    match random.u8(0..4) {
        0 => trial.stop(child),
        _ => trial.kill(child),
    }
}

fn world(random: &mut fastrand::Rng, operation: Operation, records: usize) -> World {
    let mut some = |most: usize| -> std::collections::HashSet<String> {
        let count = random.usize(0..=most);
        (0..count).map(|_| id(operation, random.usize(0..records))).collect()
    };
    let (poison, refused, strangers) = (some(2), some(2), some(2));
    World {
        poison,
        refused,
        strangers,
        gone_is_not_found: random.bool(),
        siblings_first: random.bool(),
        max_records: random.bool().then(|| random.usize(3..12)),
    }
}

/// The fate of one request: drawn from the script's seed and the request's number alone.
fn act(seed: u64, operation: Operation, calm: u8, asked: &Asked<'_>) -> Act {
    let mut random = fastrand::Rng::with_seed(seed ^ (asked.number as u64).rotate_left(32));
    if asked.number > FAULTY || random.u8(0..10) < calm {
        return Act::Serve;
    }
    let alone = asked.ids.len() == 1;
    match random.u8(0..13) {
        0 => Act::DropBefore,
        1 => Act::DropAfter,
        2 => Act::Truncate,
        3 => Act::Status(*random.choice(&[500, 502, 503, 504]).unwrap()),
        4 => Act::StatusAfter(*random.choice(&[500, 502, 503, 504]).unwrap()),
        5 => Act::Throttle(random.u8(0..2)),
        6 => Act::Missing,
        // A stranger's id that a delete confirms stops the run, as it must; this is about those that go on.
        7 if operation == Operation::BulkUpdate => Act::Extra,
        8 => Act::Both,
        // Alone refused is a verdict, which is the server's own affair.
        9 if !alone => Act::Refuse { siblings: random.bool() },
        10 => Act::Slow(Duration::from_millis(random.u64(1..300))),
        11 => Act::Slow(Duration::from_millis(1_200)),
        12 => Act::Hold { work: random.bool() },
        _ => Act::Serve,
    }
}

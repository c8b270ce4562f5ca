//! Every command killed at every write, sync, rename and send of its own; then the next command leaves all in order.
//!
//! `KOREBULK_KILLS=n` kills each command at so many of them, spread evenly, `all` at each (`.ci/long`).

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use korebulk::inside::{Journal, JournalError, Ordinal, Outcome, Phase, Select};
use serde_json::Value;

use crate::ledger_server::{Act, LedgerServer, World};
use crate::support::{Place, Ran, id, report, signal};
use crate::tracer::{Cut, cut};
use crate::trial::exit_code;
use crate::unattended::Receiver;

/// Records that can be sent; one more cannot, and one of them is refused.
const RECORDS: usize = 6;
/// Kills of each command where nobody asks for all.
const FEW: usize = 2;
/// Processes that are killed at the same time.
const AT_ONCE: usize = 6;

/// A job that notifies of every end, its server, and whoever is notified.
struct Scene {
    place: Place,
    server: LedgerServer,
    receiver: Receiver,
    url: String,
    /// The request that gets no answer; 0 for none.
    held: Arc<AtomicUsize>,
    /// The request whose answer comes late.
    slow: Arc<AtomicUsize>,
}

impl Scene {
    fn new() -> Self {
        let (held, slow) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (unanswered, late) = (Arc::clone(&held), Arc::clone(&slow));
        let world = World { refused: HashSet::from([id(3)]), ..World::default() };
        let server = LedgerServer::start(world, move |asked| match asked.number {
            number if number == unanswered.load(Ordering::SeqCst) => Act::Hold { work: true },
            number if number == late.load(Ordering::SeqCst) => {
                Act::Slow(Duration::from_millis(500))
            }
            _ => Act::Serve,
        });
        let receiver = Receiver::default();
        let url = receiver.start();
        let place = Place::at(server.addr);
        let ids: Vec<String> = (0..RECORDS).map(id).collect();
        place.write("in.csv", format!("id\n{}\nno-id\n", ids.join("\n")));
        let more = "name = \"night\"\nnotify.webhook_url_env = \"HOOK\"\n\
                    notify.ping_url_env = \"PING\"\nnotify.on = [\"always\"]\n\
                    limits.rate = [\"none\"]\nlimits.batch_size = 2\nlimits.concurrency = 1\nguard.max_records = 100\n\
                    report.xlsx = true\nreport.metrics_file = \"night.prom\"\n";
        place.write("night.toml", format!("{more}{}", place.job("bulk-delete", "in.csv")));
        Self { place, server, receiver, url, held, slow }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.place.korebulk(args);
        command.env("HOOK", format!("{}/hook", self.url)).env("PING", format!("{}/ping", self.url));
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command(args).output().unwrap())
    }

    /// A run that came to its end.
    fn finished() -> Self {
        let scene = Self::new();
        scene.run(&["run", "night.toml"]).exits(1);
        scene
    }

    /// A run that was killed with a request in flight.
    fn interrupted() -> Self {
        let scene = Self::new();
        scene.held.store(2, Ordering::SeqCst);
        let mut child =
            scene.command(&["run", "night.toml", "--quiet"]).stderr(Stdio::null()).spawn().unwrap();
        scene.server.wait_for_arrivals(2);
        child.kill().unwrap();
        child.wait().unwrap();
        scene.held.store(0, Ordering::SeqCst);
        scene
    }

    /// A run that was stopped and can be gone on with; everybody was notified of that.
    fn stopped() -> Self {
        let scene = Self::new();
        scene.slow.store(2, Ordering::SeqCst);
        let child =
            scene.command(&["run", "night.toml", "--quiet"]).stderr(Stdio::null()).spawn().unwrap();
        scene.server.wait_for_arrivals(2);
        signal(&child, "TERM");
        assert_eq!(exit_code(child), 4);
        scene
    }

    /// A run that noted its end, and was killed before anybody was notified of it.
    fn unheard() -> Self {
        let scene = Self::new();
        scene.slow.store(1, Ordering::SeqCst);
        let mut child =
            scene.command(&["run", "night.toml", "--quiet"]).stderr(Stdio::null()).spawn().unwrap();
        scene.server.wait_for_arrivals(1);
        // Whoever holds the audit holds up the notifications.
        let audit = File::open(scene.place.path().join("korebulk-runs/audit.jsonl")).unwrap();
        audit.lock().unwrap();
        let since = Instant::now();
        while phase(&scene.place.the_run()) != Some(Phase::Finished) {
            assert!(since.elapsed() < Duration::from_secs(30), "the end does not come");
            thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        scene
    }

    /// The ids that have a verdict on disk in the newest run.
    fn settled(&self) -> HashSet<String> {
        let mut settled = HashSet::new();
        if let Some((_copy, journal)) = self.place.runs().pop().and_then(|run| journal(&run)) {
            let mut add = |ordinal: Ordinal| {
                settled.insert(id(ordinal as usize));
            };
            journal.succeeded().unwrap().iter().for_each(&mut add);
            journal
                .for_each_record(Select::Outcome(Outcome::Failed), |row| {
                    add(row.ordinal);
                    Ok::<(), JournalError>(())
                })
                .unwrap();
        }
        settled
    }

    /// What the next command has to leave, whatever was killed when.
    fn is_in_order(&self, what: &str) {
        let ended = self.ended(what);
        let verified = self.run(&["runs", "--verify"]).exits(0);
        assert!(!verified.out.contains("no line says"), "{what}: {}", verified.out);
        let taken = self.receiver.taken();
        let hooks = taken.iter().filter(|(path, _)| path == "/hook");
        let bodies = hooks.map(|(_, body)| serde_json::from_str(body).unwrap());
        let heard: HashSet<String> =
            bodies.map(|body: Value| body["run"].as_str().unwrap().to_owned()).collect();
        for run in &ended {
            assert!(heard.contains(run), "{what}: nobody was notified of {run}");
        }
        let metrics = fs::read_to_string(self.place.path().join("night.prom")).unwrap();
        assert!(metrics.contains("korebulk_exit_code"), "{what}");
    }

    /// Looks at what each run left, and gives the ids of those that ended.
    fn ended(&self, what: &str) -> Vec<String> {
        let mut ended = Vec::new();
        for run in self.place.runs() {
            let names = names(&run);
            if phase(&run).is_none_or(|phase| phase < Phase::Sending) {
                continue;
            }
            assert_eq!(phase(&run), Some(Phase::Finished), "{what}: {}", run.display());
            let scrubbed = names.contains("scrubbed");
            let half = |name: &&String| name.contains(".part") || name.contains(".new");
            assert_eq!(names.iter().find(half), None, "{what}: half written");
            assert!(!names.contains("unfinished"), "{what}: it still owes something");
            let report = report(&run);
            assert_eq!(report["exitCode"], 1, "{what}");
            if !scrubbed {
                for name in ["failed.csv", "report.html", "outcome.xlsx"] {
                    assert!(names.contains(name), "{what}: no {name}");
                }
            }
            ended.push(run.file_name().unwrap().to_string_lossy().into_owned());
        }
        ended
    }
}

/// A look at a run's journal, in a copy, so that it changes nothing.
fn journal(run: &Path) -> Option<(tempfile::TempDir, Journal)> {
    let copy = tempfile::tempdir().unwrap();
    for name in ["journal.db", "journal.db-wal"] {
        // A log that is not there.
        let _ = fs::copy(run.join(name), copy.path().join(name));
    }
    let journal = Journal::open(&copy.path().join("journal.db")).ok()?;
    Some((copy, journal))
}

fn phase(run: &Path) -> Option<Phase> {
    journal(run)?.1.phase().ok()
}

fn names(dir: &Path) -> HashSet<String> {
    let entries = fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// A command, and what there is when it starts.
struct Case {
    name: &'static str,
    scene: fn() -> Scene,
    args: &'static [&'static str],
}

const CASES: [Case; 11] = [
    Case { name: "a run", scene: Scene::new, args: &["run", "night.toml"] },
    Case { name: "a run after another", scene: Scene::finished, args: &["run", "night.toml"] },
    Case { name: "resume", scene: Scene::interrupted, args: &["resume", "latest"] },
    Case { name: "resume of a stopped run", scene: Scene::stopped, args: &["resume", "latest"] },
    Case {
        name: "a run that resumes",
        scene: Scene::interrupted,
        args: &["run", "night.toml", "--or-resume"],
    },
    Case { name: "retry", scene: Scene::finished, args: &["retry", "latest", "--failed", "--yes"] },
    Case { name: "report", scene: Scene::finished, args: &["report", "latest"] },
    Case { name: "report of a killed run", scene: Scene::interrupted, args: &["report", "latest"] },
    Case { name: "prune", scene: Scene::finished, args: &["prune", "--keep-days", "0"] },
    Case { name: "runs", scene: Scene::unheard, args: &["runs"] },
    Case { name: "plan", scene: Scene::finished, args: &["plan", "night.toml"] },
];

/// Kills the command at its `at`th call and looks at what the next one leaves. False when it had ended before.
fn play(case: &Case, at: usize) -> bool {
    let scene = (case.scene)();
    let cut = cut(&scene.command(case.args), at);
    let Cut::Killed { call } = &cut else {
        assert!(matches!(cut, Cut::Ended { code: 0 | 1 | 4 | 5, .. }), "{}: {cut:?}", case.name);
        return false;
    };
    let what = format!("{}, killed at call {at}, {call}", case.name);
    let settled = scene.settled();
    let (runs, sent) = (scene.place.runs().len(), scene.server.received().requests.len());
    if case.name == "prune" {
        scene.run(&["prune", "--keep-days", "0"]).exits(0);
        let mut left = names(&scene.place.the_run());
        // The log of a process that is killed while it closes the journal: contact data had gone before.
        left.remove("journal.db-wal");
        assert_eq!(left, pruned(), "{what}");
    }
    let ran = scene.run(&["run", "night.toml", "--or-resume"]);
    assert!([0, 1].contains(&ran.code), "{what}: {ran:?}");
    if scene.place.runs().len() == runs {
        let received = scene.server.received();
        let again = received.requests[sent..].iter().flat_map(|request| &request.ids);
        let again: Vec<&String> = again.filter(|id| settled.contains(*id)).collect();
        // A retry sends again what has its verdict.
        assert!(again.is_empty() || case.name == "retry", "{what}: {again:?} was sent again");
    }
    scene.is_in_order(&what);
    true
}

/// What stays of a run whose contact data is gone.
fn pruned() -> HashSet<String> {
    ["journal.db", "report.json", "log.jsonl", "scrubbed"].map(ToOwned::to_owned).into()
}

/// How many calls a command makes that is left alone.
fn calls(case: &Case) -> usize {
    let scene = (case.scene)();
    match cut(&scene.command(case.args), 0) {
        Cut::Ended { code: 0 | 1 | 4 | 5, calls } => calls,
        other => panic!("{}: {other:?}", case.name),
    }
}

#[test]
fn what_a_report_that_was_killed_left_goes_with_the_resume() {
    let scene = Scene::interrupted();
    let new = scene.place.the_run().join("report.json.new");
    fs::write(&new, "{").unwrap();
    let ran = scene.run(&["run", "night.toml", "--or-resume"]);
    assert!([0, 1].contains(&ran.code) && !new.exists(), "{ran:?}");
}

#[test]
fn killed_at_whatever_call_every_command_leaves_what_the_next_one_puts_in_order() {
    let asked = std::env::var("KOREBULK_KILLS").unwrap_or_default();
    let few: usize = asked.parse().unwrap_or(FEW);
    let kills: Vec<(&Case, usize)> = CASES
        .iter()
        .flat_map(|case| {
            let calls = calls(case);
            // The order of threads is not always the same: a few more than it made when it was left alone.
            let every = calls + 5;
            let count = if asked == "all" { every } else { few.min(every) };
            (0..count).map(move |number| (case, (2 * number + 1) * every / (2 * count) + 1))
        })
        .collect();
    let (next, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failed: Mutex<Vec<String>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((case, at)) = kills.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let played = std::panic::catch_unwind(|| play(case, *at));
                    match played {
                        Ok(true) => drop(killed.fetch_add(1, Ordering::Relaxed)),
                        Ok(false) => {}
                        // The assertion itself is printed by the thread.
                        Err(_) => failed.lock().unwrap().push(format!("{} at {at}", case.name)),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {}: {failed:?}", failed.len(), kills.len());
    assert!(killed.into_inner() >= kills.len() - kills.len() / 5, "most ended before their kill");
}

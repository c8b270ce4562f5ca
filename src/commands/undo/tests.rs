//! Undos of random runs, played in this process: the real dispatcher, journals and files on disk, against a server whose store is
//! the only model of what is right.
//!
//! `KOREBULK_UNDO_SCRIPTS=n` plays so many (`.ci/long undos`), by processes of this test with a state directory of their own.

mod check;
mod server;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use self::check::{Excused, Window};
use self::server::{SECRET, Server, id};
use crate::base::terminal;
use crate::commands::{
    AgainOptions, OutputForm, RunOptions, Screen, UndoOptions, resume, run, undo,
};
use crate::config::{self, Environment, JobFile, Options};
use crate::model::{Exit, RunError};
use crate::run::past::runs_dirs::RunsDirs;
use crate::run::run_dir;
use crate::sandbox::Config;

/// Scripts where nobody asks for more.
const SCRIPTS: u64 = 40;
/// Those that one process plays: whatever looks at all that is in a state directory takes longer the more it has.
const OF_A_PROCESS: u64 = 100;
/// Processes at the same time, and scripts of each: some spend their time waiting.
const PROCESSES: usize = 6;
const AT_ONCE: usize = 8;
/// From where to where a process plays, `0-1000`.
const OF_THIS_PROCESS: &str = "KOREBULK_UNDO_SCRIPTS_OF";

/// What others change.
const FIELDS: [&str; 4] = ["firstName", "lastName", "salutation", "phone"];

const QUIET: Screen = Screen { form: OutputForm::Text, quiet: true };

#[test]
fn no_edit_older_than_the_second_look_is_lost_the_rest_is_put_back_and_an_undo_of_the_undo_is_the_identity()
 {
    let of = |name| std::env::var(name).ok().and_then(|text: String| text.parse::<u64>().ok());
    let asked = of("KOREBULK_UNDO_SCRIPTS").unwrap_or(SCRIPTS);
    let first = of("KOREBULK_UNDO_SCRIPTS_FROM").unwrap_or(0);
    let (next, end) = (AtomicU64::new(first), first + asked);
    std::thread::scope(|scope| {
        for _ in 0..PROCESSES {
            scope.spawn(|| {
                loop {
                    let first = next.fetch_add(OF_A_PROCESS, Ordering::Relaxed);
                    if first >= end {
                        break;
                    }
                    process(first, end.min(first + OF_A_PROCESS));
                }
            });
        }
    });
}

/// Plays these scripts in a process with a state directory of its own.
fn process(first: u64, next: u64) {
    let state = tempfile::tempdir_in(memory()).unwrap();
    let played = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "commands::undo::tests::plays_scripts", "--ignored", "--nocapture"])
        .env("KOREBULK_STATE_DIR", state.path())
        .env(OF_THIS_PROCESS, format!("{first}-{next}"))
        .output()
        .unwrap();
    let said = [played.stdout, played.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let from = said.find("panicked at").unwrap_or(0);
    let why: String = said[from..].chars().take(4_000).collect();
    assert!(played.status.success(), "{why}");
    let played = said.lines().find(|line| line.starts_with("played"));
    terminal::say(&format!("{}\n", played.unwrap_or_default()));
}

#[test]
#[ignore = "the test above plays it, with a state directory of its own"]
fn plays_scripts() {
    // Whoever asks for all tests that are ignored does not ask for this one.
    let Ok(of) = std::env::var(OF_THIS_PROCESS) else { return };
    let (first, next) = of.split_once('-').unwrap();
    let (first, next) = (first.parse().unwrap(), next.parse().unwrap());
    let seed = AtomicU64::new(first);
    let counts: [AtomicU64; 5] = Default::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let seed = seed.fetch_add(1, Ordering::Relaxed);
                    if seed >= next {
                        break;
                    }
                    for (all, one) in counts.iter().zip(play(seed)) {
                        all.fetch_add(one, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let [writes, back, edited, unfinished, again] = counts.map(AtomicU64::into_inner);
    terminal::say(&format!(
        "played {first} to {next}: {writes} changes by runs, {back} of them put back, {edited} left as others made them; \
         {unfinished} runs taken back before their end, {again} undos taken back\n"
    ));
    if next - first >= SCRIPTS {
        assert!([writes, back, edited, unfinished, again].iter().all(|count| *count > 0));
    }
}

/// Where files cost no time, if there is such a place.
fn memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// One script: its account, its job, and the faults that are drawn for each of its runs.
struct Script {
    dir: tempfile::TempDir,
    server: Server,
    random: fastrand::Rng,
    seed: u64,
    operation: &'static str,
}

/// How a run came to its end.
struct Played {
    window: Window,
    dir: PathBuf,
    is_finished: bool,
}

fn play(seed: u64) -> [u64; 5] {
    let mut random = fastrand::Rng::with_seed(seed);
    let dir = tempfile::tempdir_in(memory()).unwrap();
    let contacts = random.usize(2..9);
    let server = Server::new(dir.path(), contacts, seed);
    let operation = ["bulk-update", "bulk-update", "bulk-delete", "delete-contact"];
    let operation = operation[random.usize(0..operation.len())];
    let mut script = Script { dir, server, random, seed, operation };
    let first = script.night(contacts);
    let mut counts = [0, 0, 0, u64::from(!first.is_finished), 0];
    let history = script.server.history();
    counts[0] = history.ours(first.window.requests).count() as u64;
    if counts[0] == 0 {
        return counts;
    }
    let back = script.undo(&first, operation != "bulk-update", false);
    let history = script.server.history();
    let found =
        check::undone(&history, &first.window, &back.window, operation == "bulk-update", seed);
    (counts[1], counts[2]) = found;
    if history.ours(back.window.requests).count() == 0 {
        return counts;
    }
    let again = script.undo(&back, false, operation != "bulk-update");
    let history = script.server.history();
    let is_update = operation == "bulk-update";
    check::undone_again(&history, &back.window, &again.window, is_update, seed);
    counts[4] = 1;
    counts
}

impl Script {
    fn environment(&self) -> Environment {
        let directory = self.dir.path().to_owned();
        Environment { variables: [].into(), directory, profiles: Vec::new() }
    }

    fn again(&self) -> AgainOptions {
        let environment = self.environment();
        let here = self.dir.path().join("runs");
        AgainOptions {
            runs: RunsDirs { here, named: true, environment: environment.clone() },
            over: Options::default(),
            environment,
            yes: true,
            reason: None,
            screen: QUIET,
        }
    }

    /// What somebody else does at any moment, and what goes wrong with the requests of an operation.
    fn faults(&mut self, operation: &str) -> (Vec<String>, bool) {
        let random = &mut self.random;
        let mut faults = Vec::new();
        for what in ["update", "update", "touch", "delete"] {
            let field = FIELDS[random.usize(0..4)];
            let share = random.u8(0..25);
            faults.push(format!("edit:do={what},field={field},at=random,share=0.{share:02}"));
        }
        if random.bool() {
            // Between the reading and the second look, or between two batches.
            let (field, request) = (FIELDS[random.usize(0..4)], random.u8(1..5));
            faults
                .push(format!("edit:do=update,field={field},at=random,count=3,requests={request}"));
        }
        let is_lossy = random.u8(0..5) == 0;
        if is_lossy {
            faults.push(format!("lost-answer:op={operation},share=0.{}", random.u8(1..6)));
            faults.push(format!("missing:op={operation},share=0.{}", random.u8(1..4)));
        }
        if random.u8(0..4) == 0 {
            faults.push(format!("unauthorised:op={operation},share=0.{}", random.u8(1..6)));
        }
        if random.u8(0..8) == 0 {
            faults.push(format!("refuse:op={operation},share=0.{}", random.u8(1..4)));
        }
        (faults, is_lossy)
    }

    /// The run: what it changes is in the table.
    fn night(&mut self, contacts: usize) -> Played {
        let records = self.random.usize(1..=contacts);
        let mut table = match self.operation {
            "bulk-update" => {
                "id,firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode,cellPhone.extension\n"
            }
            _ => "id\n",
        }
        .to_owned();
        for number in 0..records {
            table += &id(number);
            if self.operation == "bulk-update" {
                write!(table, ",Aster{number},New{number},Mrs,98{number:08},+91,+").unwrap();
            }
            table += "\n";
        }
        fs::write(self.dir.path().join("contacts.csv"), table).unwrap();
        fs::write(self.dir.path().join("secret"), SECRET).unwrap();
        let (faults, is_lossy) = self.faults(self.operation);
        self.server.restart(&faults);
        let (job, before) = (self.job(), self.server.history().until);
        let job = JobFile::parse(&job, &self.dir.path().join("night.toml")).unwrap();
        let mut plan =
            config::resolve(Some(&job), &Options::default(), &self.environment()).unwrap();
        // Every record is looked at again before it is sent.
        plan.account.max_age = Duration::ZERO;
        let how = RunOptions { yes: true, screen: QUIET, ..RunOptions::default() };
        let ended = code(|| run(vec![plan.clone()], &how));
        self.gone_on_with(self.operation, None, ended, before, is_lossy)
    }

    fn job(&self) -> String {
        let Config { stream_id, client_id, .. } = Config::default();
        let (operation, account, addr) = (self.operation, &self.server.account, self.server.addr);
        let batch = if operation == "delete-contact" { "" } else { "batch_size = 2\n" };
        format!(
            "operation = \"{operation}\"\nname = \"night\"\n[target]\nhost = \"http://{addr}\"\nstream_id = \"{stream_id}\"\n\
             account_id = \"{account}\"\nclient_id = \"{client_id}\"\nclient_secret_file = \"secret\"\n\
             [input]\npath = \"contacts.csv\"\n[limits]\nrate = \"none\"\n{batch}concurrency = 1\n\
             timeout = \"2s\"\nmax_attempts = 1\nmax_failure_share = 1.0\n[backup]\ncontacts = true\n[runs]\ndir = \"runs\"\n",
        )
    }

    /// Takes that run back.
    fn undo(&mut self, of: &Played, recreate: bool, delete_created: bool) -> Played {
        let operation = match (self.operation, recreate) {
            ("bulk-update", _) => "bulk-update",
            (_, true) => "create-contacts",
            (_, false) => "bulk-delete",
        };
        let (faults, is_lossy) = self.faults(operation);
        self.server.restart(&faults);
        let before = self.server.history().until;
        let how = UndoOptions {
            again: self.again(),
            only: Vec::new(),
            recreate,
            delete_created,
            dry_run: false,
            diff: None,
            show_values: false,
        };
        let ended = code(|| undo(&of.dir.to_string_lossy(), how.clone()));
        self.gone_on_with(operation, Some(&of.dir), ended, before, is_lossy)
    }

    /// Goes on with the latest run until it comes to its end, or leaves it as it is.
    fn gone_on_with(
        &mut self,
        operation: &str,
        of: Option<&Path>,
        mut ended: u8,
        before: i64,
        mut is_lossy: bool,
    ) -> Played {
        let latest = run_dir::all(&self.dir.path().join("runs")).unwrap_or_default().pop();
        let latest = latest.map(|run| run.path).filter(|path| Some(path.as_path()) != of);
        let Some(dir) = latest else {
            // A machine that had no time for the server: the run came to nothing, and left nothing.
            let requests = (before, self.server.history().until);
            let window = Window { requests, excused: Excused::All, is_lossy };
            return Played { window, dir: PathBuf::new(), is_finished: false };
        };
        let is_left = self.random.u8(0..3) == 0;
        for nth in 0..8 {
            assert!([0, 1, 4, 5, 6].contains(&ended), "seed {}: exit {ended}", self.seed);
            if [0, 1].contains(&ended) || is_left {
                break;
            }
            let (faults, loses) =
                if nth < 3 { self.faults(operation) } else { (Vec::new(), false) };
            is_lossy |= loses;
            self.server.restart(&faults);
            ended = code(|| resume(&dir.to_string_lossy(), self.again()));
        }
        let requests = (before, self.server.history().until);
        let is_finished = [0, 1].contains(&ended);
        let window = Window { requests, excused: check::excused(&dir, is_finished), is_lossy };
        Played { window, dir, is_finished }
    }
}

/// The exit code. What a run leaves to threads that outlive it, its journal among it, is open for a moment.
fn code(command: impl Fn() -> Result<Exit, RunError>) -> u8 {
    loop {
        match command() {
            Ok(exit) => return exit.code(),
            Err(error) if error.exit == Exit::Busy => std::thread::yield_now(),
            Err(error) => return error.exit.code(),
        }
    }
}

//! What every test here needs: a place of its own, the binary in a clean environment, and what a run left behind.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use korebulk::sandbox::{Config, SeedContact, Thread};
use serde_json::Value;
use tempfile::TempDir;

use crate::json_schema;

pub(crate) const STREAM: &str = "st-7dc994f0-4436-5134-9fa8-a94262500000";
pub(crate) const ACCOUNT: &str = "65f7d49a5dd06e2cefa45012";
pub(crate) const CLIENT: &str = "cs-00000000-0000-5000-8000-000000000000";
pub(crate) const SECRET: &str = "zx-the-client-secret-9f31";

/// What makes a run quick and repeatable against a server on this machine.
pub(crate) const QUICK: [&str; 5] =
    ["--yes", "--rate", "none", "--reconcile=off", "--concurrency=1"];

/// A contact's id, as the API writes them.
pub(crate) fn id(number: usize) -> String {
    format!("{:024x}", 0x6964_af60_0000_0000_u64 + number as u64)
}

pub(crate) fn ids(count: usize) -> Vec<String> {
    (0..count).map(id).collect()
}

/// A contact list's id.
pub(crate) fn list_id(number: usize) -> String {
    format!("cl-718e{number:04x}-3aca-4008-973e-6d7994000000")
}

/// A CSV of ids alone.
pub(crate) fn id_table(ids: &[String]) -> String {
    format!("id\n{}\n", ids.join("\n"))
}

/// A CSV of whole contacts.
pub(crate) fn contact_table(count: usize) -> String {
    let mut table = String::from(
        "id,firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode,cellPhone.extension\n",
    );
    for number in 0..count {
        let line =
            format!("{},Aster{number},Testwell{number},Mrs,98{number:08},+91,+\n", id(number));
        table.push_str(&line);
    }
    table
}

/// A directory of its own, with the state directory and the runs in it.
pub(crate) struct Place {
    dir: TempDir,
    host: Option<String>,
}

impl Place {
    /// Without a target.
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), host: None }
    }

    /// With a target anywhere.
    pub(crate) fn to(host: String) -> Self {
        Self { host: Some(host), ..Self::new() }
    }

    /// With a target on this machine.
    pub(crate) fn at(addr: SocketAddr) -> Self {
        Self::to(format!("http://{addr}"))
    }

    pub(crate) fn path(&self) -> PathBuf {
        dunce::canonicalize(self.dir.path()).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The head of a job file for this target; more may follow.
    pub(crate) fn job(&self, operation: &str, input: &str) -> String {
        let host = self.host.as_deref().unwrap();
        format!(
            "operation = \"{operation}\"\n\
             [target]\nhost = \"{host}\"\nstream_id = \"{STREAM}\"\naccount_id = \"{ACCOUNT}\"\n\
             client_id = \"{CLIENT}\"\n\
             [input]\npath = \"{input}\"\n"
        )
    }

    /// The binary, with nothing of this process's environment but the path and what Windows cannot do without.
    pub(crate) fn korebulk(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_korebulk"));
        command.env_clear().current_dir(self.path()).stdin(Stdio::null());
        for name in ["PATH", "SystemRoot", "USERPROFILE", "TEMP"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.env("KOREBULK_STATE_DIR", self.path().join("state")).env("NO_COLOR", "1");
        if let Some(host) = &self.host {
            command.env("KOREBULK_HOST", host).env("KOREBULK_STREAM_ID", STREAM);
            command.env("KOREBULK_ACCOUNT_ID", ACCOUNT).env("KOREBULK_CLIENT_ID", CLIENT);
            command.env("KOREBULK_CLIENT_SECRET", SECRET);
        }
        // So that every request of an operation by ids is one of its own. `--backup` and job files say otherwise.
        if self.is_by_ids(args) {
            command.env("KOREBULK_BACKUP", "false");
        }
        command.args(args);
        command
    }

    /// Whether the account is read for nothing but to store contacts.
    fn is_by_ids(&self, args: &[&str]) -> bool {
        const NEEDS: [&str; 6] =
            ["match", "from", "blanks", "keep", "unchanged", "create-contacts"];
        let job =
            args.iter().find(|arg| Path::new(arg).extension().is_some_and(|end| end == "toml"));
        let job = job.and_then(|job| fs::read_to_string(self.path().join(job)).ok());
        let lines = job.iter().flat_map(|job| job.lines()).map(|line| line.trim_start_matches('['));
        let words = args.iter().map(|arg| arg.trim_start_matches('-'));
        !lines.chain(words).any(|line| NEEDS.iter().any(|word| line.starts_with(word)))
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.korebulk(args).output().unwrap())
    }

    /// An operation on files, quick; one request at a time unless `args` says otherwise.
    pub(crate) fn quick(&self, args: &[&str]) -> Ran {
        let chosen = args.contains(&"--concurrency");
        self.run(&[args, if chosen { &QUICK[..4] } else { &QUICK }].concat())
    }

    pub(crate) fn run_with_stdin(&self, args: &[&str], stdin: &[u8]) -> Ran {
        let mut child = self
            .korebulk(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        Ran::of(&child.wait_with_output().unwrap())
    }

    /// Started, not waited for.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.korebulk(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Every run's directory, oldest first.
    pub(crate) fn runs(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path().join("korebulk-runs")) else {
            return Vec::new();
        };
        let mut runs: Vec<PathBuf> =
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
        runs.sort_by_key(|run| fs::metadata(run).unwrap().created().unwrap());
        runs
    }

    /// The only run there is.
    pub(crate) fn the_run(&self) -> PathBuf {
        let runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs[0].clone()
    }

    /// The report of the only run there is.
    pub(crate) fn report(&self) -> Value {
        report(&self.the_run())
    }
}

/// A run's report, its counts compared with its lists.
pub(crate) fn report(run: &Path) -> Value {
    let text = fs::read_to_string(run.join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    counts_add_up(&report);
    let faults = json_schema::faults_of_report(&report);
    assert!(faults.is_empty(), "by `korebulk schema report`: {faults:#?}\n{report:#}");
    report
}

/// The counts add up, and every list is as long as its count.
pub(crate) fn counts_add_up(report: &Value) {
    let count = |key: &str| report[key].as_u64().unwrap_or_else(|| panic!("no `{key}`"));
    let parts = ["successful", "failed", "rejected", "skipped", "unknown", "unsent"].map(count);
    assert_eq!(count("read"), parts.iter().sum::<u64>(), "{report:#}");
    assert_eq!(
        count("totalRequested"),
        count("successful") + count("failed") + count("unknown"),
        "{report:#}"
    );
    for (list, count) in [
        ("successfulRecords", count("successful")),
        ("failedRecords", count("failed")),
        ("unknownRecords", count("unknown")),
        ("divergedRecords", count("diverged")),
    ] {
        let listed = report[list].as_array().unwrap_or_else(|| panic!("no `{list}`")).len();
        // What was gone already is done, and no entry of the server's says so.
        let gone = if list == "successfulRecords" { report["alreadyGone"].as_u64() } else { None };
        let least = count - gone.unwrap_or(0).min(count);
        assert!((least..=count).contains(&(listed as u64)), "{list}: {listed} of {count}");
    }
}

/// Read, succeeded, failed, rejected, skipped, unknown, unsent.
pub(crate) fn counts(report: &Value) -> [u64; 7] {
    ["read", "successful", "failed", "rejected", "skipped", "unknown", "unsent"]
        .map(|key| report[key].as_u64().unwrap())
}

/// The ids of one of the report's lists, in its order.
pub(crate) fn listed(report: &Value, list: &str) -> Vec<String> {
    let entries = report[list].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let id = [&entry["id"], &entry["_id"], &entry["data"]["_id"]];
            id.into_iter().find_map(Value::as_str).unwrap().to_owned()
        })
        .collect()
}

/// A table that korebulk wrote: header and rows.
pub(crate) fn table(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).unwrap();
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records();
    let rows = rows.map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (header, rows)
}

/// How it ended and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Checks the exit code; shows everything when it is another.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Checks that standard error holds these words, however the lines are wrapped.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        let said = self.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "`{words}` is not in:\n{}", self.err);
        self
    }
}

/// A sandbox that knows these contacts and the usual credentials.
pub(crate) fn sandbox(contacts: usize) -> Thread {
    sandbox_with(contacts, Config::default())
}

pub(crate) fn sandbox_with(contacts: usize, config: Config) -> Thread {
    let sandbox = Thread::start(Config { client_secret: SECRET.into(), ..config }).unwrap();
    let seeds = (0..contacts).map(|number| SeedContact { id: id(number), contact: None });
    sandbox.seed_contacts(seeds).unwrap();
    sandbox
}

/// What a sandbox says of itself: `requests`, `applied` or `stats`.
pub(crate) fn look(sandbox: &Thread, what: &str) -> Value {
    let mut stream = TcpStream::connect(sandbox.addr()).unwrap();
    write!(stream, "GET /sandbox/{what} HTTP/1.0\r\nHost: sandbox\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    serde_json::from_slice(&answer[head + 4..]).unwrap()
}

/// The ids that a sandbox changed, in its order.
pub(crate) fn applied(sandbox: &Thread) -> Vec<String> {
    let applied = look(sandbox, "applied");
    applied.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().into()).collect()
}

/// Sends a signal to a child of ours.
#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let killed = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", child.id())).status();
    assert!(killed.unwrap().success());
}

/// Asks a child of ours to stop, by the pipe that it has in the place of signals.
#[cfg(windows)]
pub(crate) fn signal(child: &Child, _name: &str) {
    let pipe = format!(r"\\.\pipe\korebulk-stop-{}", child.id());
    let asked =
        fs::OpenOptions::new().write(true).open(pipe).and_then(|mut pipe| pipe.write_all(b"\n"));
    asked.unwrap();
}

/// Looks at the cases at the same time, as many as a machine bears: they spend theirs waiting.
pub(crate) fn all_at_once<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    let cases = std::sync::Mutex::new(cases.into_iter().collect::<Vec<T>>().into_iter());
    let next = || cases.lock().unwrap().next();
    let threads = cases.lock().unwrap().len().min(48);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = next() {
                    check(case);
                }
            });
        }
    });
}

/// Cases of a property: as many as it usually tries, or as the environment asks for where that is more.
pub(crate) fn cases(usual: u32) -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    asked.map_or(usual, |asked| usual.max(asked))
}

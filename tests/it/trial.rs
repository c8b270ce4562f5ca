//! One run of the real binary on trial: started, killed, resumed, and its journal compared with what the server received.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use korebulk::Operation;
use korebulk::inside::{Journal, Mark, Ordinal, Outcome, Phase, Select};
use serde_json::Value;

use crate::ledger_server::LedgerServer;

/// What a command says that a signal ended before its first byte.
const NOTHING_SENT: &str = "; nothing was sent\nhint: run the same command again";
/// What a later one says.
const NOTHING_MORE_SENT: &str = "; nothing more was sent\nhint: run the same command again";
/// While a resume read the account, before it sent anything.
const NOTHING_CHANGED: &str =
    "; the run stays as it was\nhint: the same command goes on where this one stopped";
/// No run of a trial takes longer.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct Trial {
    dir: tempfile::TempDir,
    operation: Operation,
    /// The ids by ordinal; `None` for a row that cannot be sent.
    ids: Vec<Option<String>>,
    pub(crate) server: LedgerServer,
    options: Vec<String>,
    /// What had its verdict when a process ended, and how many requests the server had seen by then.
    settled: Vec<(usize, HashSet<String>)>,
}

/// How a process of a trial came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Killed,
    Exit(i32),
}

/// The id of the `number`th contact or list.
pub(crate) fn id(operation: Operation, number: usize) -> String {
    match operation {
        Operation::DeleteContactList => format!("cl-{number:08x}-3aca-4008-973e-6d7994000000"),
        _ => format!("{number:024x}"),
    }
}

impl Trial {
    /// A file of `records` rows for `server`; with `rejected`, as many rows before them that cannot be sent.
    pub(crate) fn new(
        operation: Operation,
        records: usize,
        rejected: usize,
        server: LedgerServer,
        options: &[&str],
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ids: Vec<_> = std::iter::repeat_n(None, rejected)
            .chain((0..records).map(|number| Some(id(operation, number))))
            .collect();
        fs::write(dir.path().join("input.csv"), csv(operation, &ids)).unwrap();
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self { dir, operation, ids, server, options, settled: Vec::new() }
    }

    pub(crate) fn runs(&self) -> PathBuf {
        self.dir.path().join("runs")
    }

    /// The newest run's directory.
    pub(crate) fn run(&self) -> Option<PathBuf> {
        let entries = fs::read_dir(self.runs()).ok()?.flatten().map(|entry| entry.path());
        entries
            .filter(|path| path.join("journal.db").is_file())
            .max_by_key(|path| fs::metadata(path).and_then(|metadata| metadata.modified()).unwrap())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_korebulk"));
        let said =
            File::options().create(true).append(true).open(self.dir.path().join("stderr")).unwrap();
        command
            .env_clear()
            .env("HOME", self.dir.path())
            .env("KOREBULK_STATE_DIR", self.dir.path().join("state"))
            .env("KOREBULK_TOKEN", "a-token")
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said);
        command
    }

    /// The command that starts the run, over `input`.
    pub(crate) fn start_command(&self, input: &str) -> Command {
        let mut command = self.command();
        let host = format!("http://{}", self.server.addr);
        command.args([self.operation.name(), input, "--name", "trial", "--yes", "--host", &host]);
        command.args(["--stream-id", "st-7dc994f0-4436-5134-9fa8-a94262500000"]);
        command.args(["--account-id", "65f7d49a5dd06e2cefa45012", "--runs-dir", "runs"]);
        command.args(["--rate", "none", "--timeout", "1s", "--grace", "1s"]).args(&self.options);
        command
    }

    pub(crate) fn start(&self) -> Child {
        self.start_command("input.csv").spawn().unwrap()
    }

    pub(crate) fn resume(&self) -> Child {
        let run = self.run().expect("a run to resume");
        self.command().arg("resume").arg(run).spawn().unwrap()
    }

    /// Another command on the newest run.
    pub(crate) fn also(&self, name: &str) -> i32 {
        let run = self.run().expect("a run to look at");
        let mut command = self.command();
        exit_code(command.arg(name).arg(run).spawn().unwrap())
    }

    /// Waits for the end of `child`, and looks at the journal it left.
    pub(crate) fn wait(&mut self, child: Child) -> End {
        let code = exit_code(child);
        self.look();
        End::Exit(code)
    }

    /// SIGKILL, now; then a look at the journal it left.
    pub(crate) fn kill(&mut self, mut child: Child) -> End {
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        let status = child.wait().unwrap();
        self.look();
        ended.map_or(End::Killed, |_| End::Exit(status.code().unwrap_or(-1)))
    }

    /// SIGTERM, and what comes of it; a process that does not listen yet dies of it.
    pub(crate) fn stop(&mut self, mut child: Child) -> End {
        Command::new("kill").arg(child.id().to_string()).status().unwrap();
        let status = patiently(&mut child);
        self.look();
        status.code().map_or(End::Killed, End::Exit)
    }

    /// Resumes until nothing is left to send, and checks the report of every end. Gives the last exit code.
    pub(crate) fn finish(&mut self, mut last: End) -> i32 {
        for _ in 0..12 {
            match last {
                End::Exit(code @ (0 | 1)) => {
                    self.check_report(code);
                    return code;
                }
                End::Exit(5) if self.nobody_can_know() => {
                    self.check_report(5);
                    return 5;
                }
                End::Exit(4) if self.phase().is_none() => {
                    assert_eq!(
                        self.server.received().requests.len(),
                        0,
                        "nothing was to be sent yet"
                    );
                    let child = self.start();
                    last = self.wait(child);
                }
                // A resume that was stopped before its first byte leaves the run as the kill before it did.
                End::Exit(4) if self.phase() != Some(Phase::Finished) => {
                    let said = self.said();
                    let said = said.trim_end();
                    let sent = self.server.received().requests.len();
                    let is_true = said.ends_with(NOTHING_SENT) && sent == 0;
                    let is_resume =
                        [NOTHING_MORE_SENT, NOTHING_CHANGED].iter().any(|end| said.ends_with(end));
                    assert!(is_true || is_resume, "{sent} sent: {said}");
                    last = End::Killed;
                }
                End::Exit(code @ (4..=6)) => {
                    self.check_report(code);
                    let child = self.resume();
                    last = self.wait(child);
                }
                End::Exit(code) => panic!("exit {code}:\n{}", self.said()),
                End::Killed if self.phase().is_none_or(|phase| phase < Phase::Sending) => {
                    assert_eq!(
                        self.server.received().requests.len(),
                        0,
                        "nothing was to be sent yet"
                    );
                    let child = self.start();
                    last = self.wait(child);
                }
                End::Killed => {
                    let child = self.resume();
                    last = self.wait(child);
                }
            }
        }
        panic!("no end after a dozen resumes: {last:?}\n{}", self.said());
    }

    /// Rule 5.7: gone after nothing but a refused batch stays `unknown`, however often it is asked.
    fn nobody_can_know(&self) -> bool {
        let (_copy, journal) = self.journal().unwrap();
        let outcomes = self.outcomes(&journal);
        let received = self.server.received();
        let mut unknown = self.ids.iter().zip(&outcomes);
        unknown.all(|(id, outcome)| {
            *outcome != Outcome::Unknown
                || id.as_ref().is_some_and(|id| received.not_found.contains(id))
        })
    }

    /// What the processes said so far.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.dir.path().join("stderr")).unwrap_or_default()
    }

    /// The journal as a crash left it, in a copy: the look changes nothing. `None` while it has no tables.
    pub(crate) fn journal(&self) -> Option<(tempfile::TempDir, Journal)> {
        let run = self.run()?;
        let copy = tempfile::tempdir().unwrap();
        for name in ["journal.db", "journal.db-wal"] {
            // A wal that is not there yet.
            let _ = fs::copy(run.join(name), copy.path().join(name));
        }
        let journal = Journal::open(&copy.path().join("journal.db")).ok()?;
        Some((copy, journal))
    }

    pub(crate) fn phase(&self) -> Option<Phase> {
        self.journal().and_then(|(_copy, journal)| journal.phase().ok())
    }

    /// The journal alone must close already, and agree with the server.
    fn look(&mut self) {
        let arrived = self.server.received().requests.len();
        let Some((_copy, journal)) = self.journal() else { return };
        if journal.phase().unwrap() < Phase::Sending {
            return;
        }
        let read = self.ids.len() as u64;
        let before = journal.ledger(read).unwrap();
        journal.recover().unwrap();
        let ledger = journal.ledger(read).unwrap();
        assert_eq!(before, ledger, "what was in flight is unknown before it is resumed, too");
        assert!(ledger.closes(), "{ledger:?}");
        let outcomes = self.outcomes(&journal);
        let count = |outcome| outcomes.iter().filter(|one| **one == outcome).count() as u64;
        assert_eq!(count(Outcome::Succeeded), ledger.succeeded);
        assert_eq!(count(Outcome::Unknown), ledger.unknown);
        assert_eq!(count(Outcome::Unsent), ledger.unsent);
        let final_ones = [Outcome::Succeeded, Outcome::Failed];
        let settled = self.ids.iter().zip(&outcomes);
        let settled = settled.filter(|(_, outcome)| final_ones.contains(outcome));
        let settled = settled.filter_map(|(id, _)| id.clone()).collect();
        self.settled.push((arrived, settled));
        self.check_that_settled_records_stayed();
    }

    /// The outcome of each record, checked against what the server did with it.
    fn outcomes(&self, journal: &Journal) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::Unsent; self.ids.len()];
        let succeeded = journal.succeeded().unwrap();
        for (ordinal, outcome) in (0..).zip(&mut outcomes) {
            if succeeded.contains(ordinal) {
                *outcome = Outcome::Succeeded;
            }
        }
        let received = self.server.received();
        let mut excused: HashSet<Ordinal> = HashSet::new();
        journal
            .for_each_record(Select::All, |row| {
                outcomes[row.ordinal as usize] = row.outcome;
                let not_found = row.already_gone || row.not_found;
                let excuse = match row.outcome {
                    Outcome::Succeeded => row.already_gone,
                    Outcome::Failed => row.not_found || row.mark != Mark::None,
                    _ => false,
                };
                if let Some(id) = self.ids[row.ordinal as usize].as_ref().filter(|_| not_found) {
                    assert!(received.not_found.contains(id), "{id} was never called not found");
                }
                excuse.then(|| excused.insert(row.ordinal));
                Ok::<(), korebulk::inside::JournalError>(())
            })
            .unwrap();
        for ((ordinal, id), outcome) in (0..).zip(&self.ids).zip(&outcomes) {
            let Some(id) = id.as_ref().filter(|_| !excused.contains(&ordinal)) else { continue };
            let times = received.applied.get(id).copied().unwrap_or_default();
            match outcome {
                Outcome::Succeeded => assert!(times > 0, "{id} succeeded, and was not applied"),
                Outcome::Unsent | Outcome::Failed | Outcome::Rejected | Outcome::Skipped => {
                    assert_eq!(times, 0, "{id} is {outcome:?}, and was applied");
                }
                Outcome::Unknown => {}
            }
        }
        outcomes
    }

    /// No request carries a record that had its verdict before.
    fn check_that_settled_records_stayed(&self) {
        let received = self.server.received();
        for (from, settled) in &self.settled {
            for (number, request) in received.requests.iter().enumerate().skip(*from) {
                let again = request.ids.iter().find(|id| settled.contains(*id));
                assert_eq!(again, None, "request {} sent it again", number + 1);
            }
        }
    }

    /// The report must say what the journal says, each record once, and leave nothing half written.
    fn check_report(&self, code: i32) {
        let run = self.run().unwrap_or_else(|| panic!("exit {code}, no run:\n{}", self.said()));
        let text = fs::read_to_string(run.join("report.json"))
            .unwrap_or_else(|error| panic!("exit {code}, report.json: {error}\n{}", self.said()));
        let report: Value = serde_json::from_str(&text).unwrap();
        let count = |key: &str| report[key].as_u64().unwrap();
        let list = |key: &str| report[key].as_array().unwrap().as_slice();
        assert_eq!(report["exitCode"], code);
        let (_copy, journal) = self.journal().unwrap();
        assert_eq!(journal.phase().unwrap(), Phase::Finished);
        let outcomes = self.outcomes(&journal);
        let read = self.ids.len() as u64;
        assert_eq!(count("read"), read);
        let kinds = ["successful", "failed", "rejected", "skipped", "unknown", "unsent"];
        assert_eq!(kinds.iter().map(|key| count(key)).sum::<u64>(), read);
        let named = |outcome: Outcome| -> HashSet<&str> {
            let ids = self.ids.iter().zip(&outcomes).filter(|(_, one)| **one == outcome);
            ids.filter_map(|(id, _)| id.as_deref()).collect()
        };
        for (key, lines, outcome) in [
            ("successful", "successfulRecords", Outcome::Succeeded),
            ("failed", "failedRecords", Outcome::Failed),
            ("unknown", "unknownRecords", Outcome::Unknown),
        ] {
            let ids: HashSet<&str> = list(lines).iter().map(id_in).collect();
            assert_eq!(ids.len() as u64, count(key), "{lines}: each record once");
            assert_eq!(list(lines).len() as u64, count(key), "{lines}");
            assert_eq!(ids, named(outcome), "{lines}");
        }
        for entry in list("unknownRecords") {
            assert_eq!(entry["mayHaveBeenApplied"], true, "{entry}");
        }
        for name in ["failed", "rejected", "unknown", "unsent"] {
            let path = run.join(format!("{name}.csv"));
            let rows = fs::read_to_string(path).map_or(0, |text| text.lines().count() - 1);
            assert_eq!(rows as u64, count(name), "{name}.csv");
        }
        assert!(run.join("report.html").is_file());
        let left = files(&run).into_iter().find(|name| name.contains(".part"));
        assert_eq!(left, None, "a part is left behind");
    }
}

pub(crate) fn files(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The id of an entry: korebulk's own, or one of the forms that the API gives it.
fn id_in(entry: &Value) -> &str {
    let id = [&entry["id"], &entry["_id"], &entry["data"]["_id"]];
    id.into_iter().find_map(Value::as_str).unwrap_or_else(|| panic!("no id in {entry}"))
}

pub(crate) fn exit_code(mut child: Child) -> i32 {
    patiently(&mut child).code().expect("nobody sends it a signal")
}

fn patiently(child: &mut Child) -> ExitStatus {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    panic!("a run does not end");
}

/// A file of these rows; what has no id has one that cannot be sent.
pub(crate) fn csv(operation: Operation, ids: &[Option<String>]) -> String {
    let (header, rest) = match operation {
        Operation::BulkUpdate => (
            "id,firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode,cellPhone.extension",
            ",Asha,Rao,Mr,9876543210,+91,+91",
        ),
        _ => ("id", ""),
    };
    let mut text = format!("{header}\n");
    for id in ids {
        text.push_str(id.as_deref().unwrap_or("no-id"));
        text.push_str(rest);
        text.push('\n');
    }
    text
}

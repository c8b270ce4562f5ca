//! One writer for each job (docs/contract.md, "One writer"): a lock that the kernel holds and gives back.
//!
//! The lock is flock on a file in the state directory, never the file's existence: a killed
//! run leaves nothing behind that anybody must clean up. What the file says is for the message
//! to the next one only.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_128;

use crate::base::file_lock::{self, HeldLock};
use crate::base::numbers::time;
use crate::base::system::ask_to_stop;
use crate::base::{origin, private, state};
use crate::model::{Exit, Operation, RunError};

/// Where the locks lie in the state directory.
const LOCKS: &str = "locks";

/// What makes two runs the same job, whatever directory they run in.
#[derive(Debug, Clone, Copy)]
pub struct LockedJob<'a> {
    /// `https://platform.kore.ai`, in any spelling.
    pub host: &'a str,
    /// `st-…`.
    pub stream: &'a str,
    /// What the job does.
    pub operation: Operation,
    /// The job's name.
    pub job: &'a str,
}

/// The right to write to a job's runs; given back when it is dropped or its process ends.
#[derive(Debug)]
pub struct JobLock {
    lock: HeldLock,
    since: Timestamp,
}

impl JobLock {
    /// Takes the lock, in the state directory that is shared.
    ///
    /// # Errors
    /// Exit 75 naming the other run, if one is going on; exit 70 if the lock cannot be taken.
    pub fn acquire(
        state_dir: &Path,
        job: &LockedJob<'_>,
        now: Timestamp,
    ) -> Result<Self, RunError> {
        let name = name(job);
        let path = state::place(state_dir, LOCKS, &name);
        let cannot = |error: io::Error| cannot_be_taken(&path, &error);
        let open = |name: &str| state::edit(state_dir, LOCKS, name);
        let lock = HeldLock::take(&name, open).map_err(cannot)?.map_err(|holder| busy(&holder))?;
        lock.note(&format!("pid {}, since {now:.0}\n", std::process::id())).map_err(cannot)?;
        Ok(Self { lock, since: now })
    }

    /// Says in the file which run holds it, for the message to the next one.
    pub fn note(&self, run: &str) {
        let holder = format!("pid {}, run {run}, since {:.0}\n", std::process::id(), self.since);
        // The holder is a courtesy: without it the lock holds all the same.
        let _ = self.lock.note(&holder);
    }
}

/// How often a lock that is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The process that is at work on a run.
#[derive(Debug)]
pub struct Holder {
    /// Its number.
    pub process: u32,
    lock: File,
}

impl Holder {
    /// Whoever holds a lock in the state directory and says that it does so for the run with the id `run`.
    pub fn of(state_dir: &Path, run: &str) -> Option<Self> {
        let mut locks = std::fs::read_dir(state_dir.join(LOCKS)).ok()?.filter_map(Result::ok);
        locks.find_map(|lock| {
            let path = lock.path();
            let text = file_lock::holder(&path)?;
            let (process, rest) = text.strip_prefix("pid ")?.split_once(", run ")?;
            let lock = private::read(&path).ok()?;
            let is_held = matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock));
            let process = process.parse().ok()?;
            (is_held && rest.split(',').next() == Some(run)).then_some(Self { process, lock })
        })
    }

    /// Asks it to stop, and waits until it has written its end, for so long. To be called off the runtime's thread.
    ///
    /// # Errors
    /// Exit 75 where this user may not do that, and where it does not stop; exit 70 if the lock cannot be waited for.
    pub fn stop(self, patience: Duration) -> Result<(), RunError> {
        ask_to_stop(self.process).map_err(|error| {
            let message = format!("process {} cannot be stopped: {error}", self.process);
            RunError::new(Exit::Busy, message).hint("stop that run, then try again")
        })?;
        let began = Instant::now();
        loop {
            match self.lock.try_lock_shared() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if began.elapsed() < patience => {
                    std::thread::sleep(LOOK_EVERY);
                }
                Err(TryLockError::WouldBlock) => {
                    let (process, waited) = (self.process, time(patience));
                    let message = format!(
                        "process {process} was asked to stop {waited} ago, and still goes on"
                    );
                    return Err(RunError::new(Exit::Busy, message).hint(format!(
                        "see what holds it up (`kill -CONT {process}` where it was paused), then try again"
                    )));
                }
                Err(TryLockError::Error(error)) => {
                    return Err(RunError::internal(format!(
                        "a lock cannot be waited for: {error}"
                    )));
                }
            }
        }
    }
}

fn name(job: &LockedJob<'_>) -> String {
    let server = origin::key(job.host);
    let whole = [&server, job.stream, job.operation.name(), job.job].join("\0");
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let readable: String = job.job.chars().filter(plain).take(40).collect();
    format!("{readable}-{:032x}.lock", xxh3_128(whole.as_bytes()))
}

fn busy(holder: &str) -> RunError {
    let message = match holder {
        "" => "another run of this job is going on".to_owned(),
        holder => format!("another run of this job is going on ({holder})"),
    };
    RunError::new(Exit::Busy, message).hint("wait until it has ended, or stop it; nothing was sent")
}

fn cannot_be_taken(path: &Path, error: &io::Error) -> RunError {
    let message = format!("lock `{}` cannot be taken: {error}", path.display());
    RunError::internal(message)
        .hint("set `KOREBULK_STATE_DIR` to a directory on a local disk that you may write to")
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read as _};
    use std::process::{Child, Command, Stdio};

    use super::*;

    const JOB: LockedJob<'static> = LockedJob {
        host: "https://platform.kore.ai",
        stream: "st-1",
        operation: Operation::BulkDelete,
        job: "nightly",
    };

    fn acquire(state: &Path, job: &LockedJob<'_>) -> Result<JobLock, RunError> {
        let lock = JobLock::acquire(state, job, "2026-01-02T03:04:05Z".parse().unwrap())?;
        lock.note("nightly-1");
        Ok(lock)
    }

    #[test]
    fn a_second_run_of_a_job_is_refused_and_names_the_first() {
        let state = tempfile::tempdir().unwrap();
        let _first = acquire(state.path(), &JOB).unwrap();
        let error = acquire(state.path(), &JOB).unwrap_err();
        assert_eq!(error.exit, Exit::Busy);
        let message = error.message.replace(&std::process::id().to_string(), "PID");
        insta::assert_snapshot!(message, @"another run of this job is going on (pid PID, run nightly-1, since 2026-01-02T03:04:05Z)");
    }

    #[test]
    fn the_file_that_a_run_leaves_behind_locks_nothing() {
        let state = tempfile::tempdir().unwrap();
        drop(acquire(state.path(), &JOB).unwrap());
        assert!(state.path().join(LOCKS).join(name(&JOB)).exists());
        assert!(acquire(state.path(), &JOB).is_ok());
    }

    #[test]
    fn jobs_that_differ_in_anything_run_side_by_side() {
        let state = tempfile::tempdir().unwrap();
        let others = [
            LockedJob { host: "https://de-platform.kore.ai", ..JOB },
            LockedJob { stream: "st-2", ..JOB },
            LockedJob { operation: Operation::BulkUpdate, ..JOB },
            LockedJob { job: "../nightly", ..JOB },
        ];
        let _held = acquire(state.path(), &JOB).unwrap();
        let held: Vec<_> = others.iter().map(|job| acquire(state.path(), job)).collect();
        assert!(held.iter().all(Result::is_ok));
        assert_eq!(std::fs::read_dir(state.path().join("locks")).unwrap().count(), 5);
    }

    #[test]
    fn an_unusable_state_directory_is_an_error_with_a_way_out() {
        let state = tempfile::NamedTempFile::new().unwrap();
        let error = acquire(state.path(), &JOB).unwrap_err();
        assert_eq!(error.exit, Exit::Internal);
        assert!(error.hint.unwrap().contains("KOREBULK_STATE_DIR"));
    }

    const STATE: &str = "KOREBULK_TEST_LOCK_STATE";

    #[test]
    #[ignore = "the body of the process that another test starts and kills"]
    fn a_process_that_holds_the_lock() {
        let Ok(state) = std::env::var(STATE) else { return };
        let _held = acquire(Path::new(&state), &JOB).unwrap();
        crate::base::terminal::say("held\n");
        let _ = io::stdin().read(&mut [0]);
    }

    /// A process that holds the lock of the job.
    fn holder(state: &Path) -> Child {
        let mut holder = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("journal::lock::tests::a_process_that_holds_the_lock")
            .env(STATE, state)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(holder.stderr.take().unwrap());
        assert!(stderr.lines().map_while(Result::ok).any(|line| line == "held"));
        holder
    }

    #[test]
    fn a_run_that_does_not_stop_is_not_waited_for_without_end() {
        let state = tempfile::tempdir().unwrap();
        let mut process = holder(state.path());
        let number = process.id().to_string();
        assert!(Command::new("kill").args(["-STOP", &number]).status().unwrap().success());
        let found = Holder::of(state.path(), "nightly-1").unwrap();
        let error = found.stop(Duration::ZERO).unwrap_err();
        process.kill().unwrap();
        process.wait().unwrap();
        assert_eq!(error.exit, Exit::Busy);
        assert!(error.message.contains(&number), "{}", error.message);
    }

    #[test]
    fn a_killed_run_gives_its_lock_back() {
        let state = tempfile::tempdir().unwrap();
        let mut holder = holder(state.path());
        let while_held = acquire(state.path(), &JOB).map(drop);
        holder.kill().unwrap();
        holder.wait().unwrap();
        assert_eq!(while_held.unwrap_err().exit, Exit::Busy);
        assert!(acquire(state.path(), &JOB).is_ok());
    }
}

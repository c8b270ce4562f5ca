//! Where runs live: the runs directory, a run's own directory, and what people call it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::base::{private, system};
use crate::model::{Exit, RunError};
use crate::report::part::{PART, REPORT};
use crate::store::{AGAIN, PREVIOUS};

/// The journal's file in a run's directory.
pub const JOURNAL: &str = "journal.db";
/// The stored copy of the input.
pub const COPY: &str = "input.zst";
/// Says when the contact data of a run was removed, and saves opening its journal; one that nobody could read went with it.
pub(crate) const SCRUBBED: &str = "scrubbed";
/// Lies in a run's directory from its first moment until everybody is notified of its end.
pub(crate) const UNFINISHED: &str = "unfinished";

/// One run's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    /// `<job>-<UTC time>-<4 random>`.
    pub id: String,
    /// Absolute.
    pub path: PathBuf,
}

impl RunDir {
    /// Makes the directory of a new run of `job` below `runs`, and `runs` itself where it is missing.
    ///
    /// # Errors
    /// Exit 2 when the directory cannot be written.
    pub fn create(runs: &Path, job: &str, now: Timestamp) -> Result<Self, RunError> {
        let runs = &prepare(runs).map_err(|error| unwritable(runs, &error))?;
        if let Some(open) = system::may_be_open(runs) {
            tracing::warn!("{open}");
        }
        let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        for _ in 0..16 {
            let id = format!("{job}-{time}-{}", later(last_of(runs, &time)));
            let path = runs.join(&id);
            match private::new_directory(&path) {
                Ok(()) => return Ok(Self { id, path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(runs, &error)),
            }
        }
        Err(RunError::internal(format!("{}: no free name for a run", runs.display())))
    }

    /// A run that exists. One whose journal is gone is one, where it began to send and has not come to its end.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        let path = dunce::canonicalize(path).ok()?;
        let has = |name: &str| path.join(name).is_file();
        if !has(JOURNAL) && (has(SCRUBBED) || !(has(PART) || has(REPORT) && has(UNFINISHED))) {
            return None;
        }
        let id = path.file_name()?.to_str()?.to_owned();
        Some(Self { id, path })
    }

    /// The job's name, without time and random part.
    pub fn job(&self) -> &str {
        job_of(&self.id).map_or(&self.id, |(job, _)| job)
    }

    /// When it was started, to the second, as its name has it.
    pub fn started(&self) -> Option<Timestamp> {
        let time = time_of(&self.id).get(1..)?.get(.."20261123T004200Z".len())?;
        let civil = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    }

    /// The run of that id in the same runs directory, whether it is there or not.
    pub fn beside(&self, id: &str) -> Self {
        Self { id: id.to_owned(), path: self.path.with_file_name(id) }
    }

    /// When its contact data is scrubbed.
    pub fn due(&self, keep_days: u32) -> Option<Timestamp> {
        let keep = SignedDuration::from_hours(24 * i64::from(keep_days));
        self.started()?.checked_add(keep).ok()
    }

    /// The runs directory that it lies in, wherever it was moved to.
    pub fn runs(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Its journal.
    pub fn journal(&self) -> PathBuf {
        self.path.join(JOURNAL)
    }

    /// Its stored copy.
    pub fn copy(&self) -> PathBuf {
        self.path.join(COPY)
    }

    /// The records that are sent, with their contacts as they were.
    pub fn previous(&self) -> PathBuf {
        self.path.join(PREVIOUS)
    }

    /// Removes the contacts as they were.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn drop_previous(&self) -> io::Result<()> {
        private::remove(&self.path.join(AGAIN))?;
        private::remove(&self.previous())
    }

    /// Removes what was written into it so far.
    pub fn empty(&self) -> Result<(), RunError> {
        let emptied = fs::read_dir(&self.path)
            .and_then(|mut entries| entries.try_for_each(|entry| removed(&entry?)));
        emptied.map_err(|error| {
            RunError::internal(format!("{}: cannot be emptied: {error}", self.path.display()))
        })
    }

    /// Removes the directory of a run that came to nothing.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_dir_all(&self.path)
    }
}

fn removed(entry: &fs::DirEntry) -> io::Result<()> {
    match entry.file_type()?.is_dir() {
        true => fs::remove_dir_all(entry.path()),
        false => fs::remove_file(entry.path()),
    }
}

/// Every run below `runs`, oldest first.
pub fn all(runs: &Path) -> Result<Vec<RunDir>, RunError> {
    let unreadable = |error: io::Error| {
        RunError::usage(format!("{}: cannot be read: {error}", runs.display()))
            .hint("name the runs directory with `--runs-dir` or `KOREBULK_RUNS_DIR`")
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(runs).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        found.extend(RunDir::at(&path).filter(|run| job_of(&run.id).is_some()));
    }
    sort(&mut found);
    Ok(found)
}

/// Puts runs into the order in which they were started.
pub(super) fn sort(runs: &mut [RunDir]) {
    runs.sort_by(|a, b| time_of(&a.id).cmp(time_of(&b.id)).then_with(|| a.id.cmp(&b.id)));
}

/// `job-20261123T004200Z-ab3f` → job and the rest.
fn job_of(id: &str) -> Option<(&str, &str)> {
    let start = id.len().checked_sub("-20261123T004200Z-ab3f".len())?;
    let (job, rest) = (id.get(..start)?, id.get(start..)?);
    let shape = rest.bytes().zip(*b"-########T######Z-????").all(|(byte, shape)| match shape {
        b'#' => byte.is_ascii_digit(),
        b'?' => byte.is_ascii_alphanumeric(),
        other => byte == other,
    });
    (shape && !job.is_empty()).then_some((job, rest))
}

/// How many random parts there are: four of the ten digits and 26 letters.
const PARTS: u32 = 36_u32.pow(4);

/// The greatest random part of the runs that were started in this second.
fn last_of(runs: &Path, time: &str) -> Option<u32> {
    let entries = fs::read_dir(runs).ok()?.filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let parts = names.filter_map(|name| {
        let part = job_of(&name)?.1.strip_prefix('-')?.strip_prefix(time)?.strip_prefix('-')?;
        u32::from_str_radix(part, 36).ok()
    });
    parts.max()
}

/// A random part that sorts behind `last`, so that runs of one second are in their order; any
/// where there is no room behind it.
fn later(last: Option<u32>) -> String {
    let from = last.map_or(0, |last| last + 1);
    // Half of the room is left to those that follow in the same second.
    let room = PARTS.saturating_sub(from) / 2;
    let mut part = if room == 0 { fastrand::u32(..PARTS) } else { from + fastrand::u32(..room) };
    let mut digits = [0; 4];
    for digit in digits.iter_mut().rev() {
        *digit = part % 36;
        part /= 36;
    }
    digits.iter().filter_map(|digit| char::from_digit(*digit, 36)).collect()
}

fn time_of(id: &str) -> &str {
    job_of(id).map_or("", |(_, rest)| rest)
}

/// The runs directory, made where it is missing, with a `.gitignore`.
fn prepare(runs: &Path) -> io::Result<PathBuf> {
    let runs = private::directory(runs)?;
    match private::create_new(&runs.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"# Runs hold contact data: never commit them.\n*\n")?,
        // Whatever it is, it is not for us to change.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    Ok(runs)
}

fn unwritable(runs: &Path, error: &io::Error) -> RunError {
    RunError::new(Exit::Usage, format!("{}: cannot be written: {error}", runs.display()))
        .hint("choose another place with `--runs-dir` or `[runs] dir`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(runs: &Path, job: &str, second: i64) -> RunDir {
        let now = Timestamp::from_second(1_800_000_000 + second).unwrap();
        let run = RunDir::create(runs, job, now).unwrap();
        fs::write(run.journal(), "x").unwrap();
        run
    }

    #[test]
    fn runs_of_one_second_are_in_their_order() {
        let dir = tempfile::tempdir().unwrap();
        let made: Vec<RunDir> = (0..12).map(|_| made(dir.path(), "night", 0)).collect();
        assert_eq!(all(dir.path()).unwrap(), made);
        // Without room it is still a name.
        assert_eq!(later(Some(PARTS - 1)).len(), 4);
    }

    #[test]
    fn a_run_knows_when_it_was_started() {
        let dir = tempfile::tempdir().unwrap();
        let run = made(dir.path(), "night-20200101", 7);
        assert_eq!(run.started(), Timestamp::from_second(1_800_000_007).ok());
    }

    #[test]
    fn runs_are_closed_to_others_and_to_git() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let runs = dir.path().join("deep/runs");
        let run = made(&runs, "night", 0);
        for path in [&runs, &run.path] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
        }
        assert!(fs::read_to_string(runs.join(".gitignore")).unwrap().ends_with("*\n"));
    }

    #[test]
    fn an_unwritable_place_is_a_usage_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = RunDir::create(&file.join("runs"), "night", Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
    }

    #[test]
    fn other_directories_are_no_runs() {
        for id in [
            "night",
            "night-20261123T004200Z",
            "-20261123T004200Z-ab3f",
            "night-2026112xT004200Z-ab3f",
        ] {
            assert_eq!(job_of(id), None, "{id}");
        }
    }
}

//! `schedule`: units for the schedulers that are there already. Pure text; no daemon of our own.
//!
//! Each unit runs `korebulk run --or-resume`, and every job it is printed for has a guard.

mod crontab;
mod kubernetes;
mod systemd;
mod timetable;
pub mod window;

use std::path::PathBuf;
use std::time::Duration;

pub use timetable::Timetable;

use crate::model::settings::{Credentials, SecretSource};
use crate::model::{Operation, RunError};

/// Time beside the grace in which a stopped run writes its report.
const REPORTING: Duration = Duration::from_mins(1);

/// The scheduler that is written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheduler {
    /// A service and a timer; the user the service runs as.
    Systemd {
        /// The account it runs as.
        user: String,
    },
    /// A crontab line: of the user's own table, or of a file in `/etc/cron.d`, which names the user.
    Cron {
        /// The account, in `/etc/cron.d`.
        user: Option<String>,
    },
    /// A `CronJob`.
    Kubernetes {
        /// The container image that holds korebulk.
        image: String,
        /// The numeric user it runs as.
        user: u32,
    },
}

/// What a unit has to know of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledJob {
    /// The job's name.
    pub name: String,
    /// What it does.
    pub operation: Operation,
    /// Its host.
    pub host: String,
    /// The korebulk to run, absolute.
    pub program: PathBuf,
    /// Absolute.
    pub job_file: PathBuf,
    /// Paths and patterns as the job file has them.
    pub inputs: Vec<String>,
    /// Absolute.
    pub runs_dir: PathBuf,
    /// Absolute.
    pub metrics_file: Option<PathBuf>,
    /// Absolute.
    pub ca_file: Option<PathBuf>,
    /// Credentials and URLs that the process needs.
    pub secrets: Vec<Secret>,
    /// Whether another program is run for the credential.
    pub runs_a_command: bool,
    /// `limits.grace`.
    pub grace: Duration,
    /// Whether the run has to be told `--yes`: it has a guard, but not `guard.max_records`.
    pub yes: bool,
    /// `limits.window`, as it was written.
    pub window: Option<String>,
    /// The time zone of this machine, by its IANA name.
    pub zone: Option<String>,
}

/// Something that the process needs and no unit may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its name in the unit: `client-secret`.
    pub name: &'static str,
    /// The option that reads it from a file.
    pub option: &'static str,
    /// Where the job has it from.
    pub source: SecretSource,
}

impl Secret {
    /// The secret behind a job's credential, where it is one that can be put into a file.
    #[must_use]
    pub fn of(credentials: &Credentials) -> Option<Self> {
        match credentials {
            Credentials::Secret(source) => {
                Self::from("client-secret", "--client-secret-file", source)
            }
            Credentials::Token(source) => Self::from("token", "--token-file", source),
            Credentials::Sandbox => None,
        }
    }

    /// A secret that a unit can be handed; a command finds its own.
    #[must_use]
    pub fn from(name: &'static str, option: &'static str, source: &SecretSource) -> Option<Self> {
        match source {
            SecretSource::Command(_) => None,
            source => Some(Self { name, option, source: source.clone() }),
        }
    }

    /// The file on this machine that holds it: the job's own, or one to be made.
    fn file(&self, job: &ScheduledJob) -> PathBuf {
        match &self.source {
            SecretSource::File(path) => path.clone(),
            SecretSource::Env(_) | SecretSource::Command(_) => {
                PathBuf::from(format!("/etc/korebulk/{}.{}", job.unit(), self.name))
            }
        }
    }
}

impl ScheduledJob {
    /// The name in forms that units and files take: ASCII letters, digits, `-`, `_`, `.`.
    fn unit(&self) -> String {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }
        };
        self.name.chars().map(plain).collect()
    }

    /// Seconds between the first signal and the hard end.
    fn stop_seconds(&self) -> u64 {
        (self.grace + REPORTING).as_secs()
    }
}

/// The unit for `job`, explained.
///
/// # Errors
/// Exit 2 for a job that nobody should leave alone.
pub fn unit(
    job: &ScheduledJob,
    when: &Timetable,
    scheduler: &Scheduler,
) -> Result<String, RunError> {
    if job.inputs.iter().any(|path| path == "-") {
        return Err(RunError::usage("`input.path` is standard input, which no scheduler gives")
            .hint("name the file that the job reads"));
    }
    Ok(match scheduler {
        Scheduler::Systemd { user } => systemd::units(job, when, user),
        Scheduler::Cron { user } => crontab::line(job, when, user.as_deref()),
        Scheduler::Kubernetes { image, user } => kubernetes::manifest(job, when, image, *user),
    })
}

#[cfg(test)]
mod tests;

//! `schedule`: units for the schedulers that are there already. Pure text; no daemon of our own.
//!
//! Each unit runs `korebulk run --or-resume`, and every job it is printed for has a guard.

mod crontab;
mod fleet;
mod kubernetes;
mod once;
mod pod;
mod quote;
mod systemd;
mod timetable;
pub mod window;
mod windows;

use std::time::Duration;

use askama::Template;

pub use fleet::{Fleet, units as fleet_units};
pub use once::once;
pub(crate) use pod::{INPUT, SECRETS};
pub use timetable::Timetable;

use crate::model::RunError;
use crate::model::settings::{Credentials, SecretSource};

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
    /// A task of Windows' Task Scheduler.
    Windows {
        /// The account it runs as; `None`: whoever registers it.
        user: Option<String>,
    },
}

/// What a unit has to know of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledJob {
    /// The unit's name: that of the job, or of the account.
    pub name: String,
    /// What it does, and to whom.
    pub title: String,
    /// Its host.
    pub host: String,
    /// The korebulk to run, absolute.
    pub program: String,
    /// Absolute; several are run one after the other.
    pub job_files: Vec<String>,
    /// The account that the jobs have from a table.
    pub account: Option<OfFleet>,
    /// Paths and patterns as the job file has them.
    pub inputs: Vec<String>,
    /// Absolute.
    pub runs_dirs: Vec<String>,
    /// Absolute.
    pub metrics_files: Vec<String>,
    /// Absolute.
    pub ca_file: Option<String>,
    /// Credentials and URLs that the process needs.
    pub secrets: Vec<Secret>,
    /// Whether another program is run for the credential.
    pub runs_a_command: bool,
    /// `limits.grace`.
    pub grace: Duration,
    /// Whether the run needs `--yes`: it has a guard, but not `guard.max_records`.
    pub yes: bool,
    /// `limits.window`, as it was written.
    pub window: Option<String>,
    /// The time zone of this machine, by its IANA name.
    pub zone: Option<String>,
}

/// One account of a fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfFleet {
    /// The fleet's name.
    pub fleet: String,
    /// The table of accounts, absolute.
    pub accounts: String,
    /// The profiles that reach the account.
    pub profiles: Vec<String>,
    /// Host and account: what chooses the minute.
    pub key: String,
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
    /// The profile that it belongs to; `None`: to the jobs.
    pub profile: Option<String>,
}

impl Secret {
    /// The secret behind a job's credential, where it is one that can be put into a file.
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
    pub fn from(name: &'static str, option: &'static str, source: &SecretSource) -> Option<Self> {
        match source {
            SecretSource::Command(_) => None,
            source => Some(Self { name, option, source: source.clone(), profile: None }),
        }
    }

    /// The file on this machine that holds it: the job's own, or one to be made.
    fn file(&self, job: &ScheduledJob) -> String {
        match &self.source {
            SecretSource::File(path) => path.to_string_lossy().into_owned(),
            SecretSource::Env(_) | SecretSource::Command(_) => {
                format!("/etc/korebulk/{}.{}", job.unit(), self.name)
            }
        }
    }

    /// The name under which a unit has it.
    fn unit_name(&self) -> String {
        self.named(self.profile.as_deref())
    }

    /// The same for every profile of the unit, as its option takes it.
    fn reference(&self) -> String {
        self.named(self.profile.as_ref().map(|_| "{profile}"))
    }

    fn named(&self, profile: Option<&str>) -> String {
        match profile {
            Some(profile) => format!("{profile}.{}", self.name),
            None => self.name.to_owned(),
        }
    }

    /// The variable that holds it; empty where a file does.
    fn variable(&self) -> &str {
        self.source.variable().unwrap_or_default()
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

    /// The options of `run` that name account and profiles; `accounts`: where the table is.
    fn of_account(&self, accounts: &str) -> Vec<String> {
        let Some(account) = &self.account else { return Vec::new() };
        let profiles = account.profiles.join(",");
        ["--accounts", accounts, "--profile", &profiles].map(str::to_owned).to_vec()
    }

    /// The options that name secrets, each with the name under which a unit has it.
    fn secret_options(&self) -> Vec<(&'static str, String)> {
        let mut options: Vec<(&'static str, String)> = Vec::new();
        for option in self.secrets.iter().map(|secret| (secret.option, secret.reference())) {
            if !options.contains(&option) {
                options.push(option);
            }
        }
        options
    }

    /// Secrets that lie in a variable and have to be put into a file: no scheduler has the variable.
    fn to_be_made(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.iter().filter(|secret| secret.source.variable().is_some())
    }

    /// Every name that others chose, and what it is.
    fn names(&self) -> Vec<(&'static str, &str)> {
        let mut names: Vec<(&str, &str)> = vec![
            ("the job's name", &self.name),
            ("the host", &self.host),
            ("korebulk's own path", &self.program),
        ];
        names.extend(self.account.iter().map(|of| ("`--accounts`", of.accounts.as_str())));
        names.extend(self.job_files.iter().map(|path| ("the job file", path.as_str())));
        names.extend(self.runs_dirs.iter().map(|path| ("`runs.dir`", path.as_str())));
        names.extend(self.inputs.iter().map(|path| ("`input.path`", path.as_str())));
        names
            .extend(self.metrics_files.iter().map(|path| ("`report.metrics_file`", path.as_str())));
        names.extend(self.ca_file.iter().map(|path| ("`target.ca_file`", path.as_str())));
        for secret in &self.secrets {
            names.push(match &secret.source {
                SecretSource::File(path) => (secret.option, path.to_str().unwrap_or_default()),
                _ => (secret.option, secret.variable()),
            });
        }
        names
    }

    /// Seconds between the first signal and the hard end.
    fn stop_seconds(&self) -> u64 {
        (self.grace + REPORTING).as_secs()
    }
}

/// Refuses a job that no scheduler can be given.
fn check(job: &ScheduledJob) -> Result<(), RunError> {
    if job.inputs.iter().any(|path| path == "-") {
        return Err(RunError::usage("`input.path` is standard input, which no scheduler gives")
            .hint("name the file that the job reads"));
    }
    job.names().into_iter().try_for_each(|(what, name)| quote::check(what, name))
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
    check(job)?;
    match scheduler {
        Scheduler::Systemd { user } => systemd::units(job, when, user),
        Scheduler::Cron { user } => crontab::line(job, when, user.as_deref()),
        Scheduler::Kubernetes { image, user } => {
            quote::check("`--image`", image)?;
            kubernetes::manifest(job, when, image, *user)
        }
        Scheduler::Windows { user } => windows::task(job, when, user.as_deref()),
    }
}

fn rendered(template: &impl Template) -> Result<String, RunError> {
    template
        .render()
        .map_err(|error| RunError::internal(format!("the unit cannot be made: {error}")))
}

#[cfg(test)]
mod tests;

//! What may be typed for `schedule` → the jobs as their scheduler will find them, without the variables of this shell.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};

use super::command::Command;
use crate::base::system;
use crate::commands::{FleetOptions, ScheduleOptions, Started};
use crate::config::{self, Account, Environment, JobFile, Options, Plan};
use crate::model::RunError;
use crate::schedule::{Scheduler, Timetable};

#[derive(Debug, Args)]
pub(super) struct ScheduleArgs {
    /// The job file; several are run one after the other
    #[arg(value_name = "JOB.toml", required = true, value_hint = ValueHint::FilePath)]
    pub(super) jobs: Vec<PathBuf>,
    /// A CSV file of accounts, its columns a profile's keys: a unit for each host and account
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) accounts: Option<PathBuf>,
    /// The fleet's name, by which units that left the table are found; else the stem of the table's file
    #[arg(long, value_name = "NAME", requires = "accounts")]
    pub(super) fleet: Option<String>,
    /// Only the account that this profile of the table reaches
    #[arg(long, value_name = "NAME", requires = "accounts")]
    pub(super) profile: Option<String>,
    /// When, in words: `daily 02:00`, `weekdays 22:30`, `mon,thu 02:00`, `monthly 1 02:00`
    #[arg(long, value_name = "WHEN", required_unless_present_any = ["cron", "once"], conflicts_with = "cron")]
    pub(super) at: Option<String>,
    /// When, as the five fields of cron
    #[arg(long, value_name = "FIELDS")]
    pub(super) cron: Option<String>,
    /// Run this command once in the place of the jobs, with the unit's user, secret and runs: `undo latest`
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["at", "cron"])]
    pub(super) once: Option<String>,
    /// The scheduler
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub(super) format: ScheduleForm,
    /// The container image (kubernetes: that of this version unless given)
    #[arg(long, value_name = "IMAGE")]
    pub(super) image: Option<String>,
    /// Who runs it: an account (systemd: `korebulk` unless given; cron: makes it a line for /etc/cron.d; windows: whoever registers the task), or a number (kubernetes: 65532)
    #[arg(long, value_name = "USER")]
    pub(super) user: Option<String>,
}

/// The schedulers that units are printed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ScheduleForm {
    Systemd,
    Cron,
    Kubernetes,
    Windows,
}

impl Default for ScheduleForm {
    fn default() -> Self {
        if system::HAS_POSIX_SHELL { Self::Systemd } else { Self::Windows }
    }
}

/// Who runs it in a container unless somebody is named.
const CONTAINER_USER: u32 = 65_532;

/// What `Containerfile` makes of this version.
const IMAGE: &str = concat!("korebulk:", env!("CARGO_PKG_VERSION"));

pub(super) fn prepared(
    typed: ScheduleArgs,
    environment: &Environment,
) -> Result<Command, RunError> {
    let jobs = typed.jobs.iter().map(|job| JobFile::read(job));
    let jobs = jobs.collect::<Result<Vec<_>, _>>()?;
    // A scheduler has none of these variables: what is missing without them must be said now.
    let bare = Environment { variables: BTreeMap::new(), ..environment.clone() };
    let table = typed.accounts.as_ref().map(|path| environment.directory.join(path));
    let accounts = match &table {
        None => {
            let plan = |job| config::resolve(Some(job), &Options::default(), &bare);
            vec![jobs.iter().map(plan).collect::<Result<_, _>>()?]
        }
        Some(table) => of_accounts(table, typed.profile.as_deref(), &jobs, &bare)?,
    };
    let what = match (&typed.once, &typed.at, &typed.cron) {
        (Some(command), ..) => Started::Once(command.clone()),
        (_, Some(at), _) => Started::Jobs(Box::new(Timetable::at(at)?)),
        (_, None, cron) => {
            Started::Jobs(Box::new(Timetable::cron(cron.as_deref().unwrap_or_default())?))
        }
    };
    let fleet = table.map(|table| fleet(table, &typed)).transpose()?;
    let how = Box::new(ScheduleOptions { what, scheduler: scheduler(typed)?, fleet });
    Ok(Command::Schedule { accounts, how })
}

/// For each host and account the plans of its profiles, whatever the rows of the table.
fn of_accounts(
    table: &Path,
    only: Option<&str>,
    jobs: &[JobFile],
    environment: &Environment,
) -> Result<Vec<Vec<Plan>>, RunError> {
    let mut accounts: Vec<((String, String), Vec<Plan>)> = Vec::new();
    for Account { profile, host, id, file } in config::accounts(table)? {
        let own = Environment { profiles: vec![file], ..environment.clone() };
        let mut options = Options::default();
        options.text("target.profile", profile);
        let plan = |job| config::resolve(Some(job), &options, &own);
        let plans = jobs.iter().map(plan).collect::<Result<Vec<_>, _>>()?;
        let key = (host, id);
        match accounts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => known.extend(plans),
            None => accounts.push((key, plans)),
        }
    }
    let is_named = |plan: &Plan| plan.profile.as_ref().map(|profile| &*profile.name) == only;
    let wanted = accounts.into_iter().map(|(_, plans)| plans);
    let wanted: Vec<Vec<Plan>> =
        wanted.filter(|plans| only.is_none() || plans.iter().any(is_named)).collect();
    match (wanted.is_empty(), only) {
        (true, Some(name)) => {
            Err(RunError::usage(format!("{}: there is no profile `{name}`", table.display())))
        }
        _ => Ok(wanted),
    }
}

fn fleet(table: PathBuf, typed: &ScheduleArgs) -> Result<FleetOptions, RunError> {
    let stem = table.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name = typed.fleet.as_deref().unwrap_or(stem).to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let ends = |c: char| c.is_ascii_alphanumeric();
    let fits = name.len() <= 30 && name.starts_with(ends) && name.ends_with(ends);
    if fits && name.chars().all(plain) {
        return Ok(FleetOptions { name, table, only: typed.profile.clone() });
    }
    Err(RunError::usage(format!("`{}` cannot name a fleet", name.escape_debug()))
        .hint("give `--fleet` a name of letters, digits and `-`, at most 30 of them"))
}

fn scheduler(typed: ScheduleArgs) -> Result<Scheduler, RunError> {
    let is_user = if typed.format == ScheduleForm::Windows { is_windows_user } else { is_user };
    if let Some(user) = typed.user.as_deref().filter(|user| !is_user(user)) {
        return Err(RunError::usage(format!("`--user`: `{}` is not a user", user.escape_debug())));
    }
    Ok(match typed.format {
        ScheduleForm::Systemd => {
            Scheduler::Systemd { user: typed.user.unwrap_or_else(|| "korebulk".to_owned()) }
        }
        ScheduleForm::Cron => Scheduler::Cron { user: typed.user },
        ScheduleForm::Windows => Scheduler::Windows { user: typed.user },
        ScheduleForm::Kubernetes => {
            let image = typed.image.filter(|image| !image.trim().is_empty());
            let image = image.unwrap_or_else(|| IMAGE.to_owned());
            let user = match typed.user {
                None => CONTAINER_USER,
                Some(user) => user.parse().ok().filter(|user| *user > 0).ok_or_else(|| {
                    RunError::usage(format!("`--user`: `{user}` is not a number above 0"))
                        .hint("a container's user is a number; root is not wanted")
                })?,
            };
            Scheduler::Kubernetes { image, user }
        }
    })
}

fn is_user(user: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !user.is_empty() && user.chars().all(plain) && !user.starts_with('-')
}

/// `NAME`, `DOMAIN\NAME` or `NAME@DOMAIN`, without what Windows has in no name; a `$` ends that of a service account.
fn is_windows_user(user: &str) -> bool {
    let plain = |c: char| !c.is_control() && !r#""/[]:;|=,+*?<>$`%"#.contains(c);
    let name = user.strip_suffix('$').unwrap_or(user);
    !name.trim().is_empty() && name.chars().all(plain) && !name.contains("--")
}

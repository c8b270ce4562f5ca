//! What may be typed for `schedule` → the job as its scheduler will find it, without the variables of this shell.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::command::Command;
use crate::commands::ScheduleOptions;
use crate::config::{self, Environment, JobFile, Options};
use crate::model::RunError;
use crate::schedule::{Scheduler, Timetable};

#[derive(Debug, Args)]
pub(super) struct ScheduleArgs {
    /// The job file
    #[arg(value_name = "JOB.toml", value_hint = ValueHint::FilePath)]
    pub(super) job: PathBuf,
    /// When, in words: `daily 02:00`, `weekdays 22:30`, `mon,thu 02:00`, `monthly 1 02:00`
    #[arg(long, value_name = "WHEN", required_unless_present = "cron", conflicts_with = "cron")]
    pub(super) at: Option<String>,
    /// When, as the five fields of cron
    #[arg(long, value_name = "FIELDS")]
    pub(super) cron: Option<String>,
    /// The scheduler
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ScheduleForm::Systemd)]
    pub(super) format: ScheduleForm,
    /// The container image (kubernetes)
    #[arg(long, value_name = "IMAGE", required_if_eq("format", "kubernetes"))]
    pub(super) image: Option<String>,
    /// Who runs it: an account (systemd: `korebulk` unless given; cron: makes it a line for /etc/cron.d), or a number (kubernetes: 65532)
    #[arg(long, value_name = "USER")]
    pub(super) user: Option<String>,
}

/// The schedulers that units are printed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ScheduleForm {
    Systemd,
    Cron,
    Kubernetes,
}

/// Who runs it in a container unless somebody is named.
const CONTAINER_USER: u32 = 65_532;

pub(super) fn prepared(
    typed: ScheduleArgs,
    environment: &Environment,
) -> Result<Command, RunError> {
    let job = JobFile::read(&typed.job)?;
    // A scheduler has none of these variables: what is missing without them must be said now.
    let bare = Environment { variables: BTreeMap::new(), ..environment.clone() };
    let plan = config::resolve(Some(&job), &Options::default(), &bare)?;
    let when = match (&typed.at, &typed.cron) {
        (Some(at), _) => Timetable::at(at)?,
        (None, cron) => Timetable::cron(cron.as_deref().unwrap_or_default())?,
    };
    let how = Box::new(ScheduleOptions { when, scheduler: scheduler(typed)? });
    Ok(Command::Schedule { plan: Box::new(plan), how })
}

fn scheduler(typed: ScheduleArgs) -> Result<Scheduler, RunError> {
    if let Some(user) = typed.user.as_deref().filter(|user| !is_user(user)) {
        return Err(RunError::usage(format!("`--user`: `{}` is not a user", user.escape_debug())));
    }
    Ok(match typed.format {
        ScheduleForm::Systemd => {
            Scheduler::Systemd { user: typed.user.unwrap_or_else(|| "korebulk".to_owned()) }
        }
        ScheduleForm::Cron => Scheduler::Cron { user: typed.user },
        ScheduleForm::Kubernetes => {
            let image = typed.image.filter(|image| !image.trim().is_empty()).ok_or_else(|| {
                RunError::usage("`--image` is missing: a container has to hold korebulk")
            })?;
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

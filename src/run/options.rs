//! What the command line gives a run beside its plan: how a command is done, this once.

use std::path::PathBuf;
use std::time::Duration;

use super::past::runs_dirs::RunsDirs;
use crate::config::{Environment, Options};
use crate::schedule::{Scheduler, Timetable};

/// How a result is printed on standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutputForm {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// What reaches the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Screen {
    /// How the summary is printed.
    pub form: OutputForm,
    /// Only what is wrong is said.
    pub quiet: bool,
}

/// How a run is made, this once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that was typed")]
pub struct RunOptions {
    /// Do not ask.
    pub yes: bool,
    /// Finish this job's interrupted run instead, if there is one.
    pub or_resume: bool,
    /// The plan id that must still hold.
    pub plan_id: Option<String>,
    /// Why the run is made.
    pub reason: Option<String>,
    /// Contact values unmasked in the prompt.
    pub show_values: bool,
    /// The last run was taken back, and this one is wanted all the same.
    pub after_undo: bool,
    /// What reaches the screen.
    pub screen: Screen,
}

/// A profile to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct LoginOptions {
    /// Its name.
    pub name: String,
    /// What was typed of it.
    pub options: Options,
    /// Whether its name is to be asked for before anything is sent.
    pub protected: bool,
    /// Whether one of that name may go.
    pub replace: bool,
    /// The profiles that are there, and the working directory.
    pub environment: Environment,
}

/// How a plan is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// Contact values unmasked.
    pub show_values: bool,
    /// Where every change is written to, absolute.
    pub diff: Option<PathBuf>,
    /// How it is printed.
    pub form: OutputForm,
}

/// How a run is taken up again.
#[derive(Debug, Clone, PartialEq)]
pub struct AgainOptions {
    /// Where runs are looked for.
    pub runs: RunsDirs,
    /// Limits and credential sources typed anew: for `plan::amend`.
    pub over: Options,
    /// For `plan::amend`.
    pub environment: Environment,
    /// Do not ask.
    pub yes: bool,
    /// Why.
    pub reason: Option<String>,
    /// What reaches the screen.
    pub screen: Screen,
}

impl AgainOptions {
    /// How the run itself is made.
    pub(crate) fn of_the_run(&self) -> RunOptions {
        RunOptions {
            yes: self.yes,
            reason: self.reason.clone(),
            screen: self.screen,
            ..RunOptions::default()
        }
    }
}

/// What of the account is written as a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportOf {
    /// Its contacts.
    Contacts,
    /// Its contact lists.
    Lists,
}

/// How the account is written as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// The file, `-` for standard output; `None`: named after account and day.
    pub to: Option<PathBuf>,
    /// Where relative paths start from, absolute.
    pub directory: PathBuf,
    /// What of the account.
    pub of: ExportOf,
    /// The file may exist.
    pub replace: bool,
    /// Do not ask.
    pub yes: bool,
    /// Only what is wrong is said.
    pub quiet: bool,
}

/// What of another run is tried again, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryOptions {
    /// As for `resume`.
    pub again: AgainOptions,
    /// Every failed record, not only those that failed for a passing reason.
    pub every_failed: bool,
}

/// What of another run is taken back, and how.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that was typed")]
pub struct UndoOptions {
    /// As for `resume`.
    pub again: AgainOptions,
    /// Ids, and files that hold some; none: all of the run.
    pub only: Vec<String>,
    /// What was deleted is created anew.
    pub recreate: bool,
    /// What was created is deleted.
    pub delete_created: bool,
    /// Only shown.
    pub dry_run: bool,
    /// Where every change is written to, absolute.
    pub diff: Option<PathBuf>,
    /// Contact values unmasked.
    pub show_values: bool,
}

impl UndoOptions {
    /// How the undo itself is made.
    pub(crate) fn of_the_run(&self) -> RunOptions {
        RunOptions { show_values: self.show_values, ..self.again.of_the_run() }
    }
}

/// How runs are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsOptions {
    /// Where runs are looked for.
    pub runs: RunsDirs,
    /// How they are printed.
    pub form: OutputForm,
    /// The audit is checked instead.
    pub verify: bool,
    /// The last night of many accounts is shown instead.
    pub night: Option<NightOptions>,
}

/// The last night of many accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NightOptions {
    /// Where its runs are known from.
    pub from: NightFrom,
    /// The table of accounts that should have begun, absolute.
    pub accounts: Option<PathBuf>,
    /// How long it is ago that it began.
    pub since: Duration,
    /// The page to be written, absolute.
    pub html: Option<PathBuf>,
}

/// Where the runs of many accounts are known from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NightFrom {
    /// A log with lines of `run --format json`; `-` is standard input.
    Log(PathBuf),
    /// Runs directories below this one.
    Under(PathBuf),
}

/// What a unit is printed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleOptions {
    /// What is started.
    pub what: Started,
    /// Who starts it.
    pub scheduler: Scheduler,
    /// The accounts that it is printed for, where they are in a table.
    pub fleet: Option<FleetOptions>,
}

/// What a scheduler starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// The jobs, by this timetable.
    Jobs(Box<Timetable>),
    /// Another command of korebulk, once.
    Once(String),
}

/// The same jobs for many accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetOptions {
    /// Its name.
    pub name: String,
    /// The table, absolute.
    pub table: PathBuf,
    /// The one profile that is asked for.
    pub only: Option<String>,
}

/// How old runs are scrubbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PruneOptions {
    /// Where they are, absolute.
    pub runs_dir: PathBuf,
    /// Only said, not done.
    pub dry_run: bool,
    /// Days; `None`: what each run was planned with.
    pub keep_days: Option<u32>,
}

/// How a contact is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindOptions {
    /// Where runs are looked for.
    pub runs: RunsDirs,
    /// How what is found is printed.
    pub form: OutputForm,
}

/// How a report is written again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOptions {
    /// Where runs are looked for.
    pub runs: RunsDirs,
    /// What is written, as `--format` calls it.
    pub format: &'static str,
}

/// Where `init` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitOptions {
    /// The job file, as typed; `None`: named after the input, in `directory`.
    pub out: Option<PathBuf>,
    /// The working directory, absolute.
    pub directory: PathBuf,
}

/// How the findings of `check` are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckOptions {
    /// How they are printed.
    pub form: OutputForm,
    /// The job is run with `--yes`.
    pub yes: bool,
}

//! What was typed → what is to be done: job file read, plan resolved.

use std::path::{Path, PathBuf};

use super::args::{Cli, Commands, TokenArgs};
use super::command::Command;
use super::init::InitArgs;
use super::operation::OperationArgs;
use super::runs::{ReportArgs, RunsArgs};
use super::screen::Form;
use super::send::{AgainArgs, JobArgs, JobsArgs, SendArgs, ShowArgs};
use super::undo::UndoArgs;
use crate::commands::{
    AgainOptions, CheckOptions, FindOptions, InitOptions, OutputForm, PlanOptions, PruneOptions,
    ReportOptions, RetryOptions, RunOptions, RunsOptions, Screen, report_formats,
};
use crate::config::{self, Environment, JobFile, Options, Plan};
use crate::model::RunError;
use crate::run::past::runs_dirs::RunsDirs;

/// Turns what was typed into plain data. Errors: job file, options and environment make no plan.
pub(super) fn prepare(typed: Cli, environment: &Environment) -> Result<Command, RunError> {
    let quiet = typed.screen.quiet;
    Ok(match typed.command {
        Commands::Run(typed) => run(typed, quiet, environment)?,
        Commands::Operation(typed) => operated(typed, quiet, environment)?,
        Commands::Plan(JobArgs { job, settings, how }) => {
            let plans = vec![from_job(&job, &settings.options, environment)?];
            let how = show(&how.show, how.diff, environment);
            Command::Plan { plans, how }
        }
        Commands::Check(JobArgs { job, settings, how }) => {
            let how = CheckOptions { form: form(how.print.format), yes: how.yes };
            let plan = Box::new(from_job(&job, &settings.options, environment)?);
            Command::Check { plan, how }
        }
        Commands::Resume(again) => {
            let (run, how) = taken_up(again, quiet, environment)?;
            Command::Resume { run, how: Box::new(how) }
        }
        Commands::Reconcile(again) => reconciled(again, quiet, environment)?,
        Commands::Undo(typed) => undone(typed, quiet, environment)?,
        Commands::Retry(retry) => {
            let (run, again) = taken_up(retry.again, quiet, environment)?;
            Command::Retry {
                run,
                how: Box::new(RetryOptions { again, every_failed: retry.failed }),
            }
        }
        Commands::Schedule(typed) => super::schedule::prepared(typed, environment)?,
        Commands::Prune(typed) => Command::Prune(PruneOptions {
            runs_dir: runs(&typed.settings.options, environment)?.here,
            dry_run: typed.dry_run,
            keep_days: typed.keep_days,
        }),
        Commands::Find(typed) => Command::Find {
            id: typed.id,
            how: FindOptions {
                runs: runs(&typed.settings.options, environment)?,
                form: form(typed.format.format),
            },
        },
        Commands::Runs(runs) => listed(runs, environment)?,
        Commands::Report(report) => reported(report, environment)?,
        Commands::Init(init) => started(init, environment)?,
        Commands::Export(export) => super::export::prepared(export, quiet, environment)?,
        Commands::Login(login) => Command::Login(Box::new(login.options(environment))),
        Commands::Token(token) => tokened(&token, environment)?,
        Commands::Sandbox(sandbox) => Command::Sandbox(Box::new(sandbox.options())),
        Commands::Schema { of } => Command::Schema(of.into()),
        Commands::Completions { shell } => Command::Completions(shell),
        Commands::Man { command } => Command::Man(command),
    })
}

/// Each job, for each profile that was named. All are read before the first begins.
fn run(
    JobsArgs { jobs, settings, how }: JobsArgs,
    quiet: bool,
    environment: &Environment,
) -> Result<Command, RunError> {
    let each = settings.options.of_each_profile();
    if jobs.len() * each.len() > 1 {
        of_one_job(&settings.options, &how)?;
    }
    let of_profile = |options| jobs.iter().map(move |job| from_job(job, options, environment));
    let plans = each.iter().flat_map(of_profile).collect::<Result<Vec<_>, _>>()?;
    histories_apart(&plans)?;
    Ok(send(plans, how, quiet, environment))
}

fn from_job(job: &Path, options: &Options, environment: &Environment) -> Result<Plan, RunError> {
    let job = JobFile::read(job)?;
    config::resolve(Some(&job), options, environment)
}

/// Errors: what was typed would give several jobs the same name, the same input, or the plan of one of them.
fn of_one_job(options: &Options, how: &SendArgs) -> Result<(), RunError> {
    let own = |key: &str| key == "name" || key.starts_with("input.");
    let refused = |what: &str| {
        RunError::usage(format!("{what} is one job's own: it cannot be given to several"))
            .hint("name it in the job file, or run that job by itself")
    };
    if how.plan_id.is_some() {
        return Err(refused("a plan id"));
    }
    match options.lines(own).first() {
        Some(line) => Err(refused(&format!("`{line}`"))),
        None => Ok(()),
    }
}

/// Errors: two accounts would be one job, with one history and one lock.
fn histories_apart(plans: &[Plan]) -> Result<(), RunError> {
    let is_shared = |(number, plan): (usize, &Plan)| {
        let mut earlier = plans[..number].iter();
        let as_one = |other: &Plan| other.name == plan.name && other.runs.dir == plan.runs.dir;
        let account = |plan: &Plan| (plan.target.host.clone(), plan.target.account_id.clone());
        earlier.any(|other| as_one(other) && account(other) != account(plan))
    };
    match plans.iter().enumerate().find(|one| is_shared(*one)) {
        None => Ok(()),
        Some((_, plan)) => {
            let (name, dir) = (&plan.name, plan.runs.dir.display());
            Err(RunError::usage(format!("`{name}` of several accounts would be one job in {dir}"))
                .hint("put `{profile}` into `runs.dir`: each account has runs of its own"))
        }
    }
}

fn operated(
    OperationArgs { operation, typed }: OperationArgs,
    quiet: bool,
    environment: &Environment,
) -> Result<Command, RunError> {
    let mut options = typed.settings.options;
    options.text("operation", operation.name());
    options.list("input.path", typed.files);
    let plan = config::resolve(None, &options, environment)?;
    Ok(send(vec![plan], typed.how, quiet, environment))
}

/// A run of each, or with `--dry-run` the plan of it.
fn send(plans: Vec<Plan>, typed: SendArgs, quiet: bool, environment: &Environment) -> Command {
    if typed.dry_run {
        return Command::Plan { plans, how: show(&typed.show, typed.diff, environment) };
    }
    let how = RunOptions {
        yes: typed.approval.yes,
        or_resume: typed.or_resume,
        after_undo: typed.after_undo,
        plan_id: typed.plan_id,
        reason: typed.approval.reason,
        show_values: typed.show.show_values,
        screen: Screen { form: form(typed.show.format.format), quiet },
    };
    Command::Run { plans, how }
}

fn show(typed: &ShowArgs, diff: Option<PathBuf>, environment: &Environment) -> PlanOptions {
    PlanOptions {
        show_values: typed.show_values,
        diff: diff.map(|path| environment.directory.join(path)),
        form: form(typed.format.format),
    }
}

fn taken_up(
    typed: AgainArgs,
    quiet: bool,
    environment: &Environment,
) -> Result<(String, AgainOptions), RunError> {
    let how = AgainOptions {
        runs: runs(&typed.settings.options, environment)?,
        over: typed.settings.options,
        environment: environment.clone(),
        yes: typed.approval.yes,
        reason: typed.approval.reason,
        screen: Screen { form: form(typed.format.format), quiet },
    };
    Ok((typed.run.run, how))
}

fn reconciled(
    typed: AgainArgs,
    quiet: bool,
    environment: &Environment,
) -> Result<Command, RunError> {
    let (run, how) = taken_up(typed, quiet, environment)?;
    Ok(Command::Reconcile { run, how: Box::new(how) })
}

fn undone(typed: UndoArgs, quiet: bool, environment: &Environment) -> Result<Command, RunError> {
    let (run, again) = taken_up(typed.again, quiet, environment)?;
    let how = typed.what.options(again, &environment.directory);
    Ok(Command::Undo { run, how: Box::new(how) })
}

fn listed(typed: RunsArgs, environment: &Environment) -> Result<Command, RunError> {
    let night = typed.night(&environment.directory);
    if night.is_none() && typed.night.is_given() {
        return Err(RunError::usage(
            "`--accounts` and `--html` are about one night of many accounts",
        )
        .hint("name it: `--from FILE`, a log, or `--under DIR`, its runs"));
    }
    let how = RunsOptions {
        night,
        runs: runs(&typed.settings.options, environment)?,
        verify: typed.verify,
        form: if typed.json { OutputForm::Json } else { form(typed.format.format) },
    };
    Ok(Command::Runs { run: typed.run, how })
}

fn reported(typed: ReportArgs, environment: &Environment) -> Result<Command, RunError> {
    let how = ReportOptions {
        runs: runs(&typed.settings.options, environment)?,
        // clap takes no other.
        format: report_formats().find(|format| *format == typed.format).unwrap_or_default(),
    };
    Ok(Command::Report { run: typed.run.run, how })
}

/// A plan of what was typed alone: the environment has no say in a job file that is written to stay.
fn started(mut typed: InitArgs, environment: &Environment) -> Result<Command, RunError> {
    let directory = environment.directory.clone();
    let how = InitOptions { out: typed.out.take(), directory: directory.clone() };
    let environment = Environment { directory, ..Environment::default() };
    let plan = config::resolve(None, &typed.options(), &environment)?;
    Ok(Command::Init { plan: Box::new(plan), how })
}

fn tokened(typed: &TokenArgs, environment: &Environment) -> Result<Command, RunError> {
    let job = typed.job.as_deref().map(JobFile::read).transpose()?;
    let signer = config::signer(job.as_ref(), &typed.settings.options, environment)?;
    Ok(Command::Token { signer, decode: typed.decode })
}

/// Where a command looks for runs.
fn runs(typed: &Options, environment: &Environment) -> Result<RunsDirs, RunError> {
    let (here, named) = config::runs_dir(typed, environment)?;
    Ok(RunsDirs { here, named, environment: environment.clone() })
}

const fn form(typed: Form) -> OutputForm {
    match typed {
        Form::Text => OutputForm::Text,
        Form::Json => OutputForm::Json,
    }
}

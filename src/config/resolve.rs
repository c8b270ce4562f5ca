//! The one pure function: what was typed and written, and the environment, become a [`Plan`].

use super::environment::Environment;
use super::host::SANDBOX;
use super::job::JobFile;
use super::layers::Layers;
use super::plan::Plan;
use super::problem::Problem;
use super::rows::{name_from, settings};
use super::values::Options;
use crate::account::AccountKey;
use crate::model::settings::{Auto, Backup, Blanks, Credentials, Profile, Tolerance};
use crate::model::{Effect, IdKind, Operation, RunError};

/// The most records of one run that selects them out of the account.
const PER_RUN: u64 = 2_000;
/// The share of the contacts read that rules may select.
const MAX_SELECTED: Tolerance = Tolerance::Share(0.2);

/// The stream id of a sandbox whose job names none.
pub const SANDBOX_STREAM_ID: &str = "st-7dc994f0-4436-5134-9fa8-a94262500000";
/// The account id of a sandbox whose job names none.
pub const SANDBOX_ACCOUNT_ID: &str = "65f7d49a5dd06e2cefa45012";
/// The client id of a sandbox whose job names none.
pub const SANDBOX_CLIENT_ID: &str = "cs-00000000-0000-5000-8000-000000000000";

/// Resolves a job: option, then job file, then environment, then default.
///
/// Errors are exit 2 and start with the place to fix.
pub fn resolve(
    job: Option<&JobFile>,
    options: &Options,
    environment: &Environment,
) -> Result<Plan, RunError> {
    let layers = Layers::new(job, options, environment)?.with_profile()?;
    layers.check_written()?;
    let mut plan = Plan::blank();
    for setting in settings() {
        layers.enter(setting, &mut plan)?;
    }
    operation(&layers)?;
    target(&layers, &mut plan)?;
    matching(&layers, &mut plan)?;
    input(&layers, &mut plan)?;
    guards(&layers, &plan)?;
    read_budget(&layers, &plan)?;
    plan.notices.extend(single_notice(&plan));
    plan.job_file = job.map(|job| environment.absolute(&job.path));
    plan.overrides = options.lines(|_| true);
    Ok(plan)
}

fn operation(layers: &Layers<'_>) -> Result<(), RunError> {
    if layers.is_given("operation") {
        return Ok(());
    }
    let names = Operation::ALL.map(Operation::name).join("`, `");
    Err(layers.missing("operation").hint(format!("write one of `{names}`")))
}

/// A sandbox of the run's own has ids, a secret, and no quota to share; any other target needs ids of its own.
pub(super) fn target(layers: &Layers<'_>, plan: &mut Plan) -> Result<(), RunError> {
    plan.profile = layers.profile.as_ref().map(|profile| Profile {
        name: profile.name.clone(),
        file: profile.file.path.clone(),
        protected: profile.protected,
    });
    let target = &mut plan.target;
    if target.host.is_empty() {
        return Err(layers.missing("target.host"));
    }
    if target.host == SANDBOX {
        target.credentials = Credentials::Sandbox;
        if !layers.is_given("limits.rate") {
            plan.limits.rate.clear();
        }
    }
    // Where nothing is limited, reading is not either.
    if plan.limits.rate.is_empty() && !layers.is_given("account.read_rate") {
        plan.account.read_rate.clear();
    }
    let ready = matches!(target.credentials, Credentials::Token(_));
    let ids = [
        ("target.stream_id", &mut target.stream_id, SANDBOX_STREAM_ID, true),
        ("target.account_id", &mut target.account_id, SANDBOX_ACCOUNT_ID, true),
        // A secret signs claims that name the client; a ready token already does.
        ("target.client_id", &mut target.client_id, SANDBOX_CLIENT_ID, !ready),
    ];
    for (key, id, of_sandbox, is_needed) in ids {
        if id.is_empty() && is_needed {
            if target.host != SANDBOX {
                return Err(layers.missing(key));
            }
            of_sandbox.clone_into(id);
        }
    }
    Ok(())
}

/// `name`, else the job file's stem, else the operation.
pub(super) fn name(layers: &Layers<'_>, plan: &mut Plan) -> Result<(), RunError> {
    if plan.name.is_empty() {
        let stem = layers.job.and_then(|job| job.path.file_stem()).and_then(|stem| stem.to_str());
        plan.name = match stem {
            Some(stem) => name_from(stem).map_err(|p| layers.refuse_key("name", p))?,
            None => plan.operation.name().to_owned(),
        };
    }
    Ok(())
}

fn input(layers: &Layers<'_>, plan: &mut Plan) -> Result<(), RunError> {
    name(layers, plan)?;
    match (plan.is_from_account(), plan.input.paths.is_empty()) {
        (true, true) => from_account(layers, plan)?,
        (false, false) => {}
        (false, true) => return Err(layers.missing("input.path")),
        (true, false) => {
            let problem = "the account in the place of files, and `input.path` names files";
            return Err(layers.refuse_key("input.from", Problem::new(problem, "say one of them")));
        }
    }
    let of_contacts = plan.operation.spec().id_kind == IdKind::Contact;
    if plan.backup == Backup::True && !of_contacts {
        let problem = Problem::new("contact lists are not kept", "leave it out");
        return Err(layers.refuse_key("backup.contacts", problem));
    }
    let needs = plan.map.update.needs_contacts() || plan.needs_contacts();
    plan.map.with_contacts = needs && plan.operation.spec().effect == Effect::Update;
    if plan.map.matching.is_some() {
        plan.map.decided_for = AccountKey::of(&plan.target).with(plan.operation.name());
    }
    plan.map.max_record_bytes = record_bytes(plan.limits.max_batch_bytes, plan.operation);
    Ok(())
}

/// What holds where the account is the input, unless something else is said.
fn from_account(layers: &Layers<'_>, plan: &mut Plan) -> Result<(), RunError> {
    if !plan.operation.spec().has_ids() {
        let problem = format!("{} has nothing to select from there", plan.operation);
        return Err(layers.refuse_key("input.from", Problem::new(problem, "name a file")));
    }
    if !layers.is_given("limits.per_run") {
        plan.limits.per_run = PER_RUN;
    }
    plan.guard.max_selected.get_or_insert(MAX_SELECTED);
    if !layers.is_given("update.blanks") {
        plan.map.update.blanks = Blanks::Keep;
    }
    Ok(())
}

/// A `[match]` that says nothing has its defaults. A row that names a contact by its number seldom has all of its fields.
fn matching(layers: &Layers<'_>, plan: &mut Plan) -> Result<(), RunError> {
    if layers.job.is_some_and(|job| job.has_table("match")) {
        plan.map.matching.get_or_insert_default();
    }
    if plan.map.matching.is_none() {
        return Ok(());
    }
    let spec = plan.operation.spec();
    let problem = if plan.is_from_account() {
        Some("the account's own contacts need no match")
    } else if !spec.has_ids() || spec.id_kind != IdKind::Contact {
        Some("nothing in this job has to be matched with contacts")
    } else {
        None
    };
    if let Some(problem) = problem {
        return Err(layers.refuse_key("match.by", Problem::new(problem, "leave `[match]` out")));
    }
    if !layers.is_given("update.blanks") {
        plan.map.update.blanks = Blanks::Keep;
    }
    Ok(())
}

/// A part of the account shows who is in it, and of nobody that he is not in the account.
fn read_budget(layers: &Layers<'_>, plan: &Plan) -> Result<(), RunError> {
    let problem = match plan.account.read_budget {
        None => return Ok(()),
        Some(0) => "at least one request",
        Some(_) if plan.selects_contacts() => return Ok(()),
        Some(_) if plan.map.matching.is_some() => {
            "`[match]` needs the whole account: whom a part does not show may be in another"
        }
        Some(_) => {
            "only contacts that rules select (`input.from = \"account\"`) can be read in parts"
        }
    };
    Err(layers.refuse_key("account.read_budget", Problem::new(problem, "leave it out")))
}

fn guards(layers: &Layers<'_>, plan: &Plan) -> Result<(), RunError> {
    if plan.guard.min_match.is_some() && plan.map.matching.is_none() {
        let problem = "no row of this job is matched with a contact";
        let hint = "leave it out, or say how rows are matched: `[match]`";
        return Err(layers.refuse_key("guard.min_match", Problem::new(problem, hint)));
    }
    if plan.guard.max_selected.is_some() && !plan.is_from_account() {
        let problem = "no rule of this job selects contacts of the account";
        let hint = "leave it out, or select them: `[input] from = \"account\"`; `guard.max_records` counts rows of a file";
        return Err(layers.refuse_key("guard.max_selected", Problem::new(problem, hint)));
    }
    if plan.limits.per_run > 0 && !plan.is_from_account() {
        let problem = "no rule of this job selects contacts of the account";
        let hint = "leave it out; of a file, `input.first` takes the first rows";
        return Err(layers.refuse_key("limits.per_run", Problem::new(problem, hint)));
    }
    let least = plan.guard.min_records;
    match plan.guard.max_records {
        Some(most) if most < least => Err(layers.refuse_key(
            "guard.max_records",
            Problem::new(
                format!("{most} is less than `guard.min_records`, {least}"),
                "no number of records could pass both",
            ),
        )),
        _ => Ok(()),
    }
}

/// Bytes that one record may have in a request: the body's limit less the envelope around a single record.
fn record_bytes(max_batch_bytes: u64, operation: Operation) -> u64 {
    max_batch_bytes.saturating_sub(operation.spec().envelope_bytes())
}

/// A batch size for an operation that has none is said, not dropped.
fn single_notice(plan: &Plan) -> Option<String> {
    let (operation, size) = (plan.operation, plan.limits.batch_size);
    let pointless = !operation.is_bulk() && !matches!(size, Auto::Auto | Auto::Fixed(1));
    pointless.then(|| {
        format!("`limits.batch_size` has no effect: {operation} sends one record a request")
    })
}

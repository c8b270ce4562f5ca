//! What the journal of a run says of its plan and its input, for every command that looks at the run again.

use std::sync::Arc;

use crate::account::Place;
use crate::base::origin;
use crate::config::{self, Plan};
use crate::journal::{Fact, Journal, fact};
use crate::map::{Except, Mapper};
use crate::model::{AccountRead, Matches, PreviousContacts, RunError, Source, UndoCounts};

/// How many of its rows were matched with contacts.
pub(crate) const MATCHES: Fact<Matches> = Fact::new("matches");

/// How the account was read that the run rests on.
pub(crate) const ACCOUNT: Fact<AccountRead> = Fact::new("account");

/// Where the part of the account ends that the run has selected from: the job's next run goes on there.
pub(crate) const READ_TO: Fact<Place> = Fact::new("readTo");

/// What is stored of the contacts as they were before the run.
pub(crate) const PREVIOUS_CONTACTS: Fact<PreviousContacts> = Fact::new("previousContacts");

/// What an undo found in the account.
pub(crate) const UNDO: Fact<UndoCounts> = Fact::new("undo");

/// The plan that a run was started with.
pub(crate) const PLAN: Fact<Plan> = Fact::new("plan");

/// The plan that a run was started with.
///
/// # Errors
/// Exit 2 where it was broken off too early to have one.
pub(crate) fn stored_plan(journal: &Journal) -> Result<Plan, RunError> {
    journal.get(PLAN)?.ok_or_else(|| {
        RunError::usage("this run was broken off while it read its input; nothing was sent")
            .hint("start it again with `korebulk run`")
    })
}

/// Of a run that sent nothing nothing is left to send: the whole command that begins it again.
///
/// # Errors
/// Those of reading the journal.
pub(crate) fn never_sent(journal: &Journal) -> Result<RunError, RunError> {
    let plan = stored_plan(journal)?;
    let own_files = plan.job_file.is_some()
        && !plan.overrides.iter().any(|line| line.starts_with("input.path = "));
    let files = if own_files { &[] } else { &plan.input.paths[..] };
    let again = match journal.get(fact::PARENT_RUN)? {
        Some(parent) if plan.undoes.is_some() => format!("korebulk undo {parent}"),
        Some(parent) => format!("korebulk retry {parent}"),
        None => config::command_for(&plan, files),
    };
    Ok(RunError::usage("nothing was sent by this run")
        .hint(format!("start it again with `{again}`")))
}

/// Says that a run's contact data is gone, and nothing can be made of it any more; `None` while it is there.
///
/// # Errors
/// Those of reading the journal.
pub(crate) fn scrubbed(journal: &Journal, what: &str) -> Result<Option<RunError>, RunError> {
    let Some(at) = journal.get(fact::SCRUBBED_AT)? else { return Ok(None) };
    let date = at.strftime("%Y-%m-%d");
    let message = format!("the contact data of this run was scrubbed on {date}: {what}");
    let hint = "report.json and `korebulk runs` still have its ids, outcomes and counts";
    Ok(Some(RunError::usage(message).hint(hint)))
}

/// Whether the lock that `plan` holds is that of the stored one, too: today's secret signs for no other target.
pub(crate) fn same_job(plan: &Plan, stored: &Plan) -> bool {
    plan.operation == stored.operation && same_target(plan, stored)
}

/// Whether both are about the same account.
pub(crate) fn same_target(plan: &Plan, stored: &Plan) -> bool {
    let key = |plan: &Plan| {
        let target = &plan.target;
        let at = [&target.stream_id, &target.account_id].map(Clone::clone);
        (origin::key(&target.host), at)
    };
    key(plan) == key(stored)
}

/// The input of a run, as it was read.
#[derive(Default)]
pub(crate) struct Input {
    /// Records.
    pub(crate) read: u64,
    /// The tables that were read.
    pub(crate) sources: Vec<Source>,
    /// Records of each source.
    pub(crate) rows: Vec<u64>,
    /// What maps the rows of each source.
    pub(crate) mappers: Vec<Mapper>,
}

impl Input {
    /// As the journal has it.
    pub(crate) fn stored(journal: &Journal, plan: &Plan) -> Result<Self, RunError> {
        let sources = journal.sources()?;
        Ok(Self {
            read: journal.need(fact::READ)?,
            rows: journal.need(fact::ROWS)?,
            mappers: mappers(journal, plan, &sources, &Arc::default())?,
            sources,
        })
    }
}

/// The mappers of pass 1, made anew from the same plan, sources and time, and with these lists.
pub(crate) fn mappers(
    journal: &Journal,
    plan: &Plan,
    sources: &[Source],
    except: &Arc<Except>,
) -> Result<Vec<Mapper>, RunError> {
    let from = match journal.get(fact::AGES_FROM)? {
        Some(from) => from,
        None => journal.need(fact::STARTED_AT)?,
    };
    let mapper = |source| Mapper::excepting(&plan.map, source, from, except);
    Ok(sources.iter().map(mapper).collect::<Result<_, _>>()?)
}

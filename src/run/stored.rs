//! A run as its journal has it: the plan, and what pass 1 found.

use std::sync::Arc;

use jiff::Timestamp;

use crate::base::origin;
use crate::config::Plan;
use crate::journal::{Fact, Journal, fact};
use crate::map::{Except, Mapper};
use crate::model::{RunError, Source};

/// The plan of a run whose input was read.
pub(crate) const PLAN: Fact<Plan> = Fact::new("plan");

/// The plan that a run was started with.
pub(crate) fn stored_plan(journal: &Journal) -> Result<Plan, RunError> {
    journal.get(PLAN)?.ok_or_else(|| {
        RunError::usage("this run was broken off while it read its input; nothing was sent")
            .hint("start it again with `korebulk run`")
    })
}

/// Whether the lock that `plan` holds is that of the stored one, too: today's secret signs for no other target.
pub(crate) fn same_job(plan: &Plan, stored: &Plan) -> bool {
    let key = |plan: &Plan| {
        let target = &plan.target;
        let at = [&target.stream_id, &target.account_id].map(Clone::clone);
        (plan.operation, origin::key(&target.host), at)
    };
    key(plan) == key(stored)
}

/// A run as its journal has it.
pub(crate) struct Stored {
    pub(crate) read: u64,
    pub(crate) rows: Vec<u64>,
    pub(crate) sources: Vec<Source>,
    pub(crate) started_at: Timestamp,
}

impl Stored {
    pub(crate) fn of(journal: &Journal) -> Result<Self, RunError> {
        Ok(Self {
            read: journal.need(fact::READ)?,
            rows: journal.need(fact::ROWS)?,
            sources: journal.sources()?,
            started_at: journal.need(fact::STARTED_AT)?,
        })
    }

    /// The mappers of pass 1, made anew from the same plan, sources and time.
    pub(crate) fn mappers(
        &self,
        plan: &Plan,
        except: &Arc<Except>,
    ) -> Result<Vec<Mapper>, RunError> {
        let mapper = |source| Mapper::excepting(&plan.map, source, self.started_at, except);
        self.sources.iter().map(mapper).collect::<Result<_, _>>().map_err(RunError::from)
    }
}

//! One thing that a run needs, as it was found.

use std::fmt;

use serde::Serialize;

use crate::base::terminal;
use crate::config::Plan;
use crate::model::{Exit, Moment, RunError};
use crate::report::plan_view::PlanGuard;
use crate::run::approve::window;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    what: &'static str,
    good: bool,
    detail: String,
    /// Not good now, and nothing here is to be changed: as a run would wait for it, and stop with 4.
    #[serde(skip)]
    passes: bool,
    /// How a run would end of it.
    #[serde(skip)]
    exit: Exit,
}

impl Finding {
    pub(super) fn new(what: &'static str, good: bool, detail: impl Into<String>) -> Self {
        Self { what, good, detail: detail.into(), passes: false, exit: Exit::Usage }
    }

    /// See `passes`.
    pub(super) fn passing(self, passes: bool) -> Self {
        Self { passes, ..self }
    }

    /// How a run would end of it, where that is not 2.
    pub(super) fn ending(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// What ends a run before its first byte. A signal ends the check itself.
    pub(super) fn of(what: &'static str, error: RunError) -> Result<Self, RunError> {
        if error.exit == Exit::Stopped {
            return Err(error);
        }
        let RunError { exit, message, hint } = error;
        let detail = hint.map_or_else(|| message.clone(), |hint| format!("{message}; {hint}"));
        Ok(Self { exit, ..Self::new(what, false, detail) })
    }

    /// A guard as a run would meet it; a window that is shut now opens by itself.
    pub(super) fn guard(guard: PlanGuard, plan: &Plan, now: &Moment) -> Self {
        let PlanGuard { name, passed, detail } = guard;
        let opens = window::opens(plan, now).filter(|_| !passed && name == window::GUARD);
        let good = passed || opens.is_some();
        let opens = opens.map(|opens| format!("; {opens}")).unwrap_or_default();
        let finding = Self::new("guard", good, format!("`{name}`: {detail}{opens}"));
        Self { exit: Exit::Guarded, ..finding }
    }

    /// How a run would end of it.
    pub(crate) const fn exit(&self) -> Exit {
        match (self.good, self.passes) {
            (true, _) => Exit::Finished,
            (false, true) => Exit::Stopped,
            (false, false) => self.exit,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.good { "ok " } else { "NOT" };
        writeln!(f, "{mark}  {:<10} {}", self.what, terminal::line(&self.detail))
    }
}

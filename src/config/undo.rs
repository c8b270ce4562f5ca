//! The plan of a run that takes back what another one did.

use std::time::Duration;

use super::plan::{Plan, Undoes};
use crate::model::Effect;
use crate::model::settings::{
    Accept, Backup, Blanks, Guard, MapSettings, NotifySettings, Unchanged, UpdateSettings,
};

/// A contact that was read longer ago is read again before it is put back.
const MAX_AGE: Duration = Duration::from_secs(10);

/// The plan that takes back what run `run` of `plan` did. What was updated gets its values back, what was deleted is created
/// anew, what was created is deleted.
///
/// Where the job's rules were about its input they do not hold for what is put back; its `input.except` does, and so do
/// its limits. Nobody else is notified: an undo is no run of the job.
pub fn undoing(plan: Plan, run: &str) -> Plan {
    let (first, job) = match &plan.undoes {
        Some(undoes) => (undoes.first.clone(), undoes.operation),
        None => (run.to_owned(), plan.operation),
    };
    let operation = plan.operation.effect().undone_by().in_bulk();
    // Whatever is sent, its rows are contacts with an id.
    let map = MapSettings {
        id_format: plan.map.id_format,
        max_record_bytes: plan.map.max_record_bytes,
        with_contacts: true,
        update: UpdateSettings {
            blanks: Blanks::Keep,
            keep_existing: Vec::new(),
            unchanged: Some(Unchanged::Send),
        },
        ..MapSettings::of(Effect::Update.in_bulk())
    };
    let guard = Guard { max_records: plan.guard.max_records, ..Guard::default() };
    let mut undoing = Plan {
        operation,
        map,
        guard,
        backup: Backup::Auto,
        accept: Accept::default(),
        notify: NotifySettings::default(),
        metrics_file: None,
        overrides: Vec::new(),
        notices: Vec::new(),
        undoes: Some(Undoes { run: run.to_owned(), first, operation: job }),
        ..plan
    };
    undoing.input.from = None;
    undoing.limits.per_run = 0;
    // What others edit while it goes on stays, too.
    undoing.account.max_age = undoing.account.max_age.min(MAX_AGE);
    if operation.effect() == Effect::Create {
        // Nobody can say beforehand whether a server gives a number away again.
        undoing.canary = 1;
    }
    undoing
}

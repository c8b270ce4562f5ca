//! Guards: before the first byte, over what would be sent (design sections 2 and 6).

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::place;
use crate::base::numbers::{counted, thousands, time};
use crate::config::Plan;
use crate::journal::{Journal, Phase, fact};
use crate::load;
use crate::model::{Moment, RunError};
use crate::report::plan_view::PlanGuard;

/// Finished runs whose sizes `max_growth` looks at, and how many it needs.
const LOOKS_AT: usize = 7;
const NEEDS: usize = 3;

/// Every guard of the plan with its numbers, for a run that would send `sendable` records.
pub(crate) fn guards(plan: &Plan, sendable: u64, now: &Moment) -> Result<Vec<PlanGuard>, RunError> {
    let mut guards = Vec::new();
    let mut add = |name: &str, passed: bool, detail: String| {
        guards.push(PlanGuard { name: name.to_owned(), passed, detail });
    };
    let would = thousands(sendable);
    if let Some(most) = plan.guard.max_records {
        let detail = format!("at most {}, {would} would be sent", counted(most, "record"));
        add("guard.max_records", sendable <= most, detail);
    }
    let least = plan.guard.min_records;
    if least > 0 {
        let detail = format!("at least {}, {would} would be sent", counted(least, "record"));
        add("guard.min_records", sendable >= least, detail);
    }
    if let Some(growth) = plan.guard.max_growth {
        let sizes = sizes(&plan.runs.dir, &plan.name);
        let (passed, detail) = grown(growth, &sizes, sendable);
        add("guard.max_growth", passed, detail);
    }
    if let Some(oldest) = plan.guard.max_input_age {
        let age = age(plan, now)?;
        let detail = format!("input at most {} old, it is {}", time(oldest), time(age));
        add("guard.max_input_age", age <= oldest, detail);
    }
    guards.extend(super::window::guard(plan, now));
    Ok(guards)
}

/// The sizes of the job's last finished runs, newest first.
fn sizes(runs: &Path, job: &str) -> Vec<u64> {
    let Ok(all) = place::all(runs) else { return Vec::new() };
    let finished = all.into_iter().rev().filter(|run| run.job() == job).filter_map(|run| {
        let journal = Journal::open_to_read(&run.journal()).ok()?;
        (journal.phase().ok()? == Phase::Finished && journal.get(fact::STOPPED).ok()?.is_none())
            .then(|| journal.get(fact::WOULD_SEND).ok()?)?
    });
    finished.take(LOOKS_AT).collect()
}

fn grown(growth: f64, sizes: &[u64], sendable: u64) -> (bool, String) {
    if sizes.len() < NEEDS {
        let detail = format!("needs {NEEDS} finished runs, there are {}", sizes.len());
        return (true, detail);
    }
    let mut sorted = sizes.to_vec();
    sorted.sort_unstable();
    let median = sorted[sorted.len() / 2];
    #[expect(clippy::cast_precision_loss, reason = "a share of at most 2^32 records")]
    let passed = sendable as f64 <= growth * median as f64;
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    let detail = format!(
        "normally {}–{}, now {}; `--max-growth` or a typed number allows it",
        thousands(least),
        thousands(most),
        thousands(sendable)
    );
    (passed, detail)
}

/// The age of the oldest input file. Standard input has none.
fn age(plan: &Plan, now: &Moment) -> Result<Duration, RunError> {
    let mut oldest = Duration::ZERO;
    for path in load::expand(&plan.input, now)? {
        let Some(path) = path.path() else { continue };
        let modified = std::fs::metadata(path).and_then(|file| file.modified());
        let modified = modified.map_err(|error| {
            RunError::usage(format!("{}: cannot be looked at: {error}", path.display()))
        })?;
        oldest = oldest.max(SystemTime::now().duration_since(modified).unwrap_or_default());
    }
    Ok(oldest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_needs_a_history_and_names_its_numbers() {
        assert!(grown(3.0, &[300, 310], 41_000).0, "two runs are no history");
        let (passed, detail) = grown(3.0, &[340, 290, 310], 41_000);
        assert!(!passed);
        assert!(detail.starts_with("normally 290–340, now 41,000"), "{detail}");
        // The median counts, not the largest or the mean.
        assert!(grown(3.0, &[340, 290, 310], 930).0);
        assert!(!grown(3.0, &[340, 290, 310], 931).0);
    }

    #[test]
    fn the_last_seven_finished_runs_of_the_job_are_its_history() {
        let dir = tempfile::tempdir().unwrap();
        let made = |name: &str, size: u64, phase: Phase, stopped: bool| {
            let run = dir.path().join(name);
            std::fs::create_dir(&run).unwrap();
            let journal = Journal::create(&run.join("journal.db")).unwrap();
            journal.set(fact::WOULD_SEND, &size).unwrap();
            if stopped {
                let cause = crate::model::StopCause::MaxDuration { seconds: 1 };
                journal.set(fact::STOPPED, &cause).unwrap();
            }
            journal.set_phase(phase).unwrap();
        };
        for day in 1..=9 {
            made(&format!("night-202611{day:02}T020000Z-abcd"), day, Phase::Finished, false);
        }
        made("night-20261110T020000Z-abcd", 10, Phase::Sending, false);
        made("night-20261111T020000Z-abcd", 11, Phase::Finished, true);
        made("other-20261112T020000Z-abcd", 12, Phase::Finished, false);
        assert_eq!(sizes(dir.path(), "night"), [9, 8, 7, 6, 5, 4, 3]);
    }
}

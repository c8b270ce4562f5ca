//! What each guard says of a run: by what was measured, and "no" where nothing could be. Pure.

use std::time::Duration;

use crate::base::numbers::{counted, percent, thousands, time};
use crate::model::Matches;
use crate::model::settings::{Guard, Tolerance};
use crate::report::plan_view::PlanGuard;

/// How many finished runs `max_growth` needs.
const NEEDS: usize = 3;

/// The job's last finished runs.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Records of each.
    pub(crate) sizes: Vec<u64>,
    /// Runs among them that cannot be read, or why none of them can.
    pub(crate) unreadable: Option<String>,
}

/// `guard.max_records` and `guard.min_records`.
pub(crate) fn records(guard: &Guard, would_send: u64) -> Vec<PlanGuard> {
    let would = thousands(would_send);
    let most = guard.max_records.map(|most| {
        let detail = format!("at most {}, {would} would be sent", counted(most, "record"));
        said("guard.max_records", would_send <= most, detail)
    });
    let least = (guard.min_records > 0).then(|| {
        let least = counted(guard.min_records, "record");
        let detail = format!("at least {least}, {would} would be sent");
        said("guard.min_records", would_send >= guard.min_records, detail)
    });
    most.into_iter().chain(least).collect()
}

/// `guard.max_growth`: against the median of the job's last finished runs.
pub(crate) fn growth(most: f64, history: &History, would_send: u64) -> PlanGuard {
    let name = "guard.max_growth";
    let mut sizes = history.sizes.clone();
    sizes.sort_unstable();
    if sizes.len() < NEEDS {
        let detail = format!("needs {NEEDS} finished runs, there are {}", sizes.len());
        return match &history.unreadable {
            Some(why) => said(name, false, format!("{detail}, and {why}")),
            None => said(name, true, detail),
        };
    }
    let median = sizes[sizes.len() / 2];
    #[expect(clippy::cast_precision_loss, reason = "a share of at most 2^32 records")]
    let passed = would_send as f64 <= most * median as f64;
    let (least, greatest) = (sizes[0], sizes[sizes.len() - 1]);
    let detail = format!(
        "normally {}–{}, now {}; `--max-growth` or a typed number allows it",
        thousands(least),
        thousands(greatest),
        thousands(would_send)
    );
    said(name, passed, detail)
}

/// `guard.max_selected`: of the contacts that were read.
pub(crate) fn selected(most: Tolerance, selected: u64, (read, noun): (u64, &str)) -> PlanGuard {
    let allowed = match most {
        Tolerance::Count(most) => counted(most, noun),
        Tolerance::Share(share) => format!("{}%", share * 100.0),
    };
    let of = format!("{} of {}", thousands(selected), counted(read, noun));
    said(
        "guard.max_selected",
        most.admits(selected, read),
        format!("at most {allowed}, {of} selected"),
    )
}

/// `guard.min_match`: of the rows that are to be sent, those that cannot be used among them.
pub(crate) fn matched(least: f64, matches: &Matches, unusable: u64) -> PlanGuard {
    let found = matches.matched + matches.chosen;
    let rows = matches.rows() + matches.chosen + unusable;
    #[expect(clippy::cast_precision_loss, reason = "a share of at most 2^32 records")]
    let passed = found as f64 >= least * rows as f64;
    let (share, of) = (percent(found, rows), counted(rows, "row"));
    let has = format!("{} of {of} have their contact ({share})", thousands(found));
    said("guard.min_match", passed, format!("at least {}%, {has}", least * 100.0))
}

/// `guard.max_input_age`: the age of the oldest file, or why nobody knows it.
pub(crate) fn input_age(oldest: Duration, age: &Result<Duration, String>) -> PlanGuard {
    let (passed, is) = match age {
        Ok(age) => (*age <= oldest, format!("it is {}", time(*age))),
        Err(why) => (false, why.clone()),
    };
    let detail = format!("input at most {} old, {is}", time(oldest));
    said("guard.max_input_age", passed, detail)
}

fn said(name: &str, passed: bool, detail: String) -> PlanGuard {
    PlanGuard { name: name.to_owned(), passed, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(sizes: &[u64]) -> History {
        History { sizes: sizes.to_vec(), unreadable: None }
    }

    #[test]
    fn growth_needs_a_history_and_names_its_numbers() {
        assert!(growth(3.0, &history(&[300, 310]), 41_000).passed, "two runs are no history");
        let verdict = growth(3.0, &history(&[340, 290, 310]), 41_000);
        assert!(!verdict.passed);
        assert!(verdict.detail.starts_with("normally 290–340, now 41,000"), "{}", verdict.detail);
        // The median counts, not the largest or the mean.
        assert!(growth(3.0, &history(&[340, 290, 310]), 930).passed);
        assert!(!growth(3.0, &history(&[340, 290, 310]), 931).passed);
        // Of nothing every share is nothing.
        assert!(!growth(3.0, &history(&[0, 0, 0]), 1).passed);
        assert!(growth(3.0, &history(&[0, 0, 0]), 0).passed);
    }

    #[test]
    fn a_history_that_nobody_can_read_lets_nothing_through() {
        let unreadable = |sizes: &[u64]| History {
            unreadable: Some("2 more cannot be read".to_owned()),
            ..history(sizes)
        };
        let verdict = growth(3.0, &unreadable(&[300, 310]), 5);
        assert!(!verdict.passed && verdict.detail.contains("cannot be read"), "{}", verdict.detail);
        assert!(growth(3.0, &unreadable(&[300, 310, 320]), 5).passed, "three are enough");
    }

    #[test]
    fn no_records_are_more_than_none_and_less_than_one() {
        let passed = |most, least, n| {
            let guard = Guard { max_records: Some(most), min_records: least, ..Guard::default() };
            records(&guard, n).iter().map(|guard| guard.passed).collect::<Vec<_>>()
        };
        assert_eq!(passed(0, 0, 0), [true]);
        assert_eq!(passed(0, 0, 1), [false]);
        assert_eq!(passed(5, 1, 0), [true, false]);
    }

    #[test]
    fn an_age_that_nobody_knows_is_too_old() {
        let day = Duration::from_hours(24);
        assert!(input_age(day, &Ok(day)).passed);
        assert!(!input_age(day, &Ok(day + Duration::from_secs(1))).passed);
        let verdict = input_age(day, &Err("standard input has no age".to_owned()));
        assert!(!verdict.passed);
        assert_eq!(verdict.detail, "input at most 1 d old, standard input has no age");
    }
}

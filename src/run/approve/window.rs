//! `limits.window`: whether a run may start, when it has to stop, and whether it fits.

use std::time::Duration;

use crate::base::numbers::time;
use crate::config::Plan;
use crate::dispatch::estimate::Estimate;
use crate::model::{Exit, Moment, RunError, StopCause};
use crate::report::plan_view::PlanGuard;
use crate::schedule::window::{Fit, Opening, opening};

/// The name of the guard.
pub(crate) const GUARD: &str = "limits.window";

/// The window as a guard: open now, or not.
pub(crate) fn guard(plan: &Plan, now: &Moment) -> Option<PlanGuard> {
    let window = plan.limits.window?;
    let nowhere = has_no_zone(now);
    let now = now.local();
    let detail = match nowhere {
        true => format!(
            "nobody can tell whether {window} is now: this machine does not know the time zone that `TZ` names"
        ),
        false => {
            format!("requests leave within {window} only, it is {}", now.strftime("%H:%M %Z"))
        }
    };
    Some(PlanGuard {
        name: GUARD.to_owned(),
        // At the end of time nothing opens any more.
        passed: !nowhere && opening(window, now).is_some_and(|opening| opening.contains(now)),
        detail,
    })
}

/// Whether a job of this length fits into the window, in a sentence.
pub(crate) fn fit(plan: &Plan, estimate: &Estimate, now: &Moment) -> Option<String> {
    let window = plan.limits.window?;
    let now = now.local();
    let opening = opening(window, now)?;
    let begins = match opening.contains(now) {
        true => "now".to_owned(),
        false => format!("at {}", opening.from.strftime("%H:%M")),
    };
    let Some(takes) = estimate.duration() else {
        return Some(format!("window {window}: without a rate nobody can say whether it fits"));
    };
    Some(match opening.fit(now, takes) {
        Fit::Finishes(end) => {
            format!("window {window}: begun {begins} it finishes {}", end.strftime("%H:%M"))
        }
        Fit::Short { percent, until } => format!(
            "window {window}: begun {begins} it does not fit: {percent} % by {}; \
             `run --or-resume` sends the rest in the next one",
            until.strftime("%H:%M")
        ),
    })
}

/// For a run that is taken up again.
///
/// # Errors
/// Exit 3 outside the window.
pub(crate) fn open(plan: &Plan, now: &Moment) -> Result<(), RunError> {
    match guard(plan, now).filter(|guard| !guard.passed) {
        None => Ok(()),
        Some(PlanGuard { name, detail, .. }) => {
            Err(RunError::new(Exit::Guarded, format!("`{name}`: {detail}; nothing was sent"))
                .hint(wait(plan, now)))
        }
    }
}

/// What to do while it is shut.
pub(crate) fn wait(plan: &Plan, now: &Moment) -> String {
    let next = opens(plan, now).map_or_else(String::new, |opens| format!("{opens}; "));
    format!("{next}or give a window that is open now with `--window`")
}

/// When it opens, where somebody can tell.
pub(crate) fn opens(plan: &Plan, now: &Moment) -> Option<String> {
    let window = plan.limits.window.filter(|_| !has_no_zone(now))?;
    let Opening { from, .. } = opening(window, now.local())?;
    let wait = Duration::try_from(from.duration_since(now.local())).unwrap_or_default();
    Some(format!("it opens in {}", time(wait)))
}

/// Without TZ and /etc/localtime local time is UTC; a TZ that is nowhere to be found is no time at all.
fn has_no_zone(now: &Moment) -> bool {
    now.local().time_zone().is_unknown() && std::env::var_os("TZ").is_some()
}

/// How long requests may still leave, and why no longer: the nearer of window and `limits.max_duration`.
pub(crate) fn limit(plan: &Plan, now: &Moment) -> Option<(Duration, StopCause)> {
    let longest = plan
        .limits
        .max_duration
        .map(|limit| (limit, StopCause::MaxDuration { seconds: limit.as_secs() }));
    let window = plan.limits.window.and_then(|window| {
        let now = now.local();
        let opening = opening(window, now)?;
        let left = if opening.contains(now) { opening.left(now) } else { Duration::ZERO };
        Some((left, StopCause::Window { window: window.to_string() }))
    });
    [longest, window].into_iter().flatten().min_by_key(|(limit, _)| *limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, JobFile, Options, resolve};

    fn plan(limits: &str) -> Plan {
        let job = format!(
            "operation = \"bulk-delete\"\ntarget.host = \"sandbox\"\ninput.path = \"a.csv\"\n[limits]\n{limits}\n"
        );
        let job = JobFile::parse(&job, std::path::Path::new("/work/night.toml")).unwrap();
        let environment = Environment { directory: "/work".into(), ..Environment::default() };
        resolve(Some(&job), &Options::default(), &environment).unwrap()
    }

    fn night(time: &str) -> Moment {
        format!("2026-11-23T{time}[Europe/Berlin]").parse::<jiff::Zoned>().unwrap().into()
    }

    #[test]
    fn the_nearer_end_stops_the_run() {
        let both = plan("window = \"22:00-06:00\"\nmax_duration = \"2h\"");
        let cause = |time: &str| limit(&both, &night(time)).unwrap();
        let (left, why) = cause("05:00");
        assert_eq!(left, Duration::from_hours(1));
        assert_eq!(why, StopCause::Window { window: "22:00-06:00".into() });
        assert_eq!(why.exit(), Exit::Stopped);
        assert_eq!(
            cause("03:00"),
            (Duration::from_hours(2), StopCause::MaxDuration { seconds: 7200 })
        );
        assert_eq!(cause("12:00").0, Duration::ZERO, "a window that closed meanwhile");
        assert_eq!(limit(&plan(""), &night("05:00")), None);
    }

    #[test]
    fn a_shut_window_is_a_guard_and_an_exit_3() {
        let plan = plan("window = \"22:00-06:00\"");
        assert!(guard(&plan, &night("23:00")).unwrap().passed);
        assert!(open(&plan, &night("05:59")).is_ok());
        let error = open(&plan, &night("14:05")).unwrap_err();
        assert_eq!(error.exit, Exit::Guarded);
        insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint.clone().unwrap()), @r"
        `limits.window`: requests leave within 22:00-06:00 only, it is 14:05 CET; nothing was sent
        hint: it opens in 7 h 55 min; or give a window that is open now with `--window`
        ");
    }

    #[test]
    fn the_plan_says_whether_it_fits() {
        let plan = plan("window = \"22:00-06:00\"\nrate = [\"1/min\"]");
        let said = |requests, time: &str| {
            let estimate = Estimate { batch_size: 1, canary: 0, requests, per_minute: Some(1.0) };
            fit(&plan, &estimate, &night(time)).unwrap()
        };
        insta::assert_snapshot!(said(311, "12:00"), @"window 22:00-06:00: begun at 22:00 it finishes 03:10");
        insta::assert_snapshot!(said(775, "12:00"), @"window 22:00-06:00: begun at 22:00 it does not fit: 62 % by 06:00; `run --or-resume` sends the rest in the next one");
    }
}

//! The table of settings against the defaults that really hold, and against the schema made of it.

use std::collections::BTreeSet;

use super::super::rows::settings;
use super::super::{Options, resolve};
use super::{WHOLE, environment, job, planned};

#[test]
fn no_option_and_no_key_is_there_twice() {
    let names: Vec<_> =
        settings().flat_map(|setting| [setting.option, Some(setting.key)]).flatten().collect();
    let different: BTreeSet<_> = names.iter().collect();
    assert_eq!(names.len(), different.len());
}

#[test]
fn a_default_is_what_holds_when_nobody_says_anything() {
    let usual = planned(WHOLE).unwrap();
    for setting in settings().filter(|setting| !setting.default.is_empty()) {
        // Relative paths are typed from the working directory: this one's default is beside the job.
        let directory = if setting.key == "runs.dir" { "/work/jobs" } else { "/work" };
        let mut set = environment(&[]);
        set.directory = directory.into();
        let mut file = job(WHOLE).unwrap();
        file.path =
            if setting.key == "runs.dir" { "nightly.toml" } else { "jobs/nightly.toml" }.into();
        let mut over = Options::default();
        over.0.put(setting.key, setting.default_value().unwrap());
        let mut plan = resolve(Some(&file), &over, &set).unwrap();
        assert_eq!(plan.overrides.len(), 1, "{}", setting.key);
        plan.overrides.clear();
        assert_eq!(plan, usual, "{} = {}", setting.key, setting.default);
    }
}

/// What is left empty in a plan, since nobody said anything and the table has no default for it.
#[test]
fn a_plan_of_which_nobody_said_anything_has_every_limit_and_guard_of_the_table() {
    let plan = planned(WHOLE).unwrap();
    insta::assert_snapshot!(format!("{:?}", plan.limits), @"Limits { per_run: 0, rate: [RateWindow { permits: 50, window: 60s }], burst: 1, batch_size: Auto, max_batch_size: 1000, max_batch_bytes: 1048576, concurrency: Auto, connect_timeout: 10s, timeout: 60s, max_attempts: 5, max_wait: 3600s, max_outage: 900s, max_duration: None, window: None, grace: 30s, max_failure_share: 0.5, reconcile: Auto, reconcile_requests: 120 }");
    insta::assert_snapshot!(format!("{:?} {:?} {:?}", plan.guard, plan.accept, plan.canary), @"Guard { max_records: None, min_records: 0, max_growth: None, max_selected: None, min_match: None, max_input_age: None } Accept { failed: Count(0), rejected: Count(0), not_found: Count(0), diverged: None } 0");
    insta::assert_snapshot!(format!("{:?} {:?} {:?}", plan.report, plan.runs, plan.notify), @r#"ReportSettings { contacts: Full, values: Masked, xlsx: false } RunsSettings { dir: "/work/jobs/korebulk-runs", keep_days: 30 } NotifySettings { on: [Failure, Recovery], ping_url: None, webhook_url: None, push_url: None }"#);
}

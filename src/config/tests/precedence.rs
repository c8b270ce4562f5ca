//! Who wins: option, job file, environment, default.

use std::path::PathBuf;
use std::time::Duration;

use super::super::resolve::{SANDBOX_ACCOUNT_ID, SANDBOX_CLIENT_ID, SANDBOX_STREAM_ID};
use super::super::{Options, amend, fingerprint, resolve, runs_dir, signer};
use super::{WHOLE, environment, fields, job, planned, typed, whole_and, words};
use crate::model::Operation;
use crate::model::settings::{Auto, Backup, Credentials, RateWindow, Rule, RuleTest, SecretSource};

#[test]
fn a_whole_job_needs_nothing_else() {
    let plan = planned(WHOLE).unwrap();
    assert_eq!(plan.name, "nightly");
    assert_eq!(plan.operation, Operation::BulkDelete);
    assert_eq!(plan.target.host, "https://platform.kore.ai");
    assert_eq!(
        plan.target.credentials,
        Credentials::Secret(SecretSource::Env("KOREBULK_CLIENT_SECRET".into()))
    );
    assert_eq!(plan.input.paths, ["exports/stale.csv"]);
    assert_eq!(plan.input.base, PathBuf::from("/work/jobs"));
    assert_eq!(plan.runs.dir, PathBuf::from("/work/jobs/korebulk-runs"));
    assert_eq!(plan.job_file, Some("/work/jobs/nightly.toml".into()));
    assert_eq!(plan.limits.rate, [RateWindow { permits: 50, window: Duration::from_mins(1) }]);
    assert_eq!(plan.map.max_record_bytes, 1024 * 1024 - 10);
    assert_eq!(plan.overrides, [""; 0]);
    assert_eq!(plan.notices, [""; 0]);
}

#[test]
fn options_go_over_the_job_file() {
    let file = job(&format!("{WHOLE}[limits]\nrate = \"40/min\"\ntimeout = \"5s\"\n")).unwrap();
    let over = typed(&[
        ("limits.rate", &["30/min", "900/h"]),
        ("target.host", &["https://de-platform.kore.ai"]),
    ]);
    let plan = resolve(Some(&file), &over, &environment(&[])).unwrap();
    assert_eq!(plan.limits.rate.len(), 2);
    assert_eq!(plan.limits.rate[0].permits, 30);
    assert_eq!(plan.limits.timeout, Duration::from_secs(5));
    assert_eq!(plan.target.host, "https://de-platform.kore.ai");
    assert_eq!(
        plan.overrides,
        ["limits.rate = 30/min, 900/h", "target.host = https://de-platform.kore.ai"]
    );
}

/// The words for a job file with options typed over it; empty where they are taken.
fn typed_over(more: &str, options: &[(&'static str, &[&str])]) -> String {
    let file = job(&format!("{WHOLE}{more}")).unwrap();
    match resolve(Some(&file), &typed(options), &environment(&[])) {
        Ok(_) => String::new(),
        Err(error) => words(error),
    }
}

#[test]
fn what_an_option_overrides_must_be_valid_all_the_same() {
    let rate: &[(_, &[&str])] = &[("limits.rate", &["30/min"])];
    insta::assert_snapshot!(typed_over("[limits]\nrate = \"fast\"\n", rate), @"
    jobs/nightly.toml:10: `limits.rate`: `fast` is not a rate
    hint: write requests per window: `50/min`, `1800/h`, `100/15m`
    ");
    insta::assert_snapshot!(typed_over("[limits]\nrate = \"none\"\n", rate), @"
    jobs/nightly.toml:10: `limits.rate`: `none` is for loopback and sandbox targets only
    hint: Kore.ai allows 60 requests a minute for the whole account; write for example `50/min`
    ");
    let both: &[(_, &[&str])] = &[("target.host", &["sandbox"]), ("guard.max_records", &["5"])];
    insta::assert_snapshot!(typed_over("[guard]\nmax_records = \"many\"\n", both), @"
    jobs/nightly.toml:10: `guard.max_records`: `many` is not a number
    hint: write a whole number from 0 on
    ");
    assert_eq!(typed_over("[guard]\nmax_records = 7\n", both), "");
    assert_eq!(typed_over("[limits]\nrate = \"40/min\"\n", rate), "");
    let guards: &[(_, &[&str])] = &[("guard.min_records", &["6"]), ("guard.max_records", &["9"])];
    assert_eq!(
        typed_over("[guard]\nmax_records = 3\n", guards),
        "",
        "nothing that is written says 6"
    );
}

/// A server on this machine has no quota; another one, typed over it, has the one that is typed.
#[test]
fn a_written_value_is_judged_beside_what_is_written() {
    let local = WHOLE.replace("https://platform.kore.ai", "http://127.0.0.1:8080");
    let file = job(&format!("{local}[limits]\nrate = \"none\"\n")).unwrap();
    let over =
        typed(&[("target.host", &["https://platform.kore.ai"]), ("limits.rate", &["30/min"])]);
    assert!(resolve(Some(&file), &over, &environment(&[])).is_ok());
}

#[test]
fn fields_are_laid_together_one_by_one() {
    let file =
        job(&format!("{WHOLE}[input.columns]\nid = \"Id\"\ncellPhone.phoneNumber = \"Phone\"\n"))
            .unwrap();
    let over = fields("input.columns", &[("id", "Contact ID")]);
    let plan = resolve(Some(&file), &over, &environment(&[])).unwrap();
    let columns: Vec<_> = plan.map.columns.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(columns, [("cellPhone.phoneNumber", "Phone"), ("id", "Contact ID")]);
}

#[test]
fn the_environment_fills_what_is_missing() {
    let file = job("operation = \"bulk-delete\"\ninput.path = \"a.csv\"\n").unwrap();
    let set = environment(&[
        ("KOREBULK_HOST", "https://jp-platform.kore.ai"),
        ("KOREBULK_STREAM_ID", "st-7dc994f0-4436-5134-9fa8-a94262512345"),
        ("KOREBULK_ACCOUNT_ID", "65f7d49a5dd06e2cefa45012"),
        ("KOREBULK_CLIENT_ID", "cs-9"),
        ("KOREBULK_RUNS_DIR", "runs"),
        ("KOREBULK_BACKUP", "false"),
    ]);
    let plan = resolve(Some(&file), &Options::default(), &set).unwrap();
    assert_eq!(plan.target.host, "https://jp-platform.kore.ai");
    assert_eq!(plan.target.client_id, "cs-9");
    assert_eq!(plan.runs.dir, PathBuf::from("/work/runs"));
    assert_eq!(plan.backup, Backup::False);
}

#[test]
fn a_left_over_variable_does_not_redirect_a_delete() {
    let file = job(WHOLE).unwrap();
    let set = environment(&[("KOREBULK_ACCOUNT_ID", "aaaaaaaaaaaaaaaaaaaaaaaa")]);
    let error = resolve(Some(&file), &Options::default(), &set).unwrap_err();
    insta::assert_snapshot!(words(error), @"
    jobs/nightly.toml:5: `target.account_id` is `65f7d49a5dd06e2cefa45012`, but `KOREBULK_ACCOUNT_ID` says `aaaaaaaaaaaaaaaaaaaaaaaa`
    hint: unset `KOREBULK_ACCOUNT_ID`, or give `--account-id` to say which one is meant
    ");
    let same = environment(&[("KOREBULK_HOST", "https://platform.kore.ai/")]);
    assert!(resolve(Some(&file), &Options::default(), &same).is_ok());
    let said = typed(&[("target.account_id", &["bbbbbbbbbbbbbbbbbbbbbbbb"])]);
    let plan = resolve(Some(&file), &said, &set).unwrap();
    assert_eq!(plan.target.account_id, "bbbbbbbbbbbbbbbbbbbbbbbb");
}

#[test]
fn the_runs_directory_of_the_job_file_wins_silently() {
    let file = job(&format!("{WHOLE}[runs]\ndir = \"here\"\n")).unwrap();
    let set = environment(&[("KOREBULK_RUNS_DIR", "/elsewhere")]);
    let plan = resolve(Some(&file), &Options::default(), &set).unwrap();
    assert_eq!(plan.runs.dir, PathBuf::from("/work/jobs/here"));
    assert_eq!(runs_dir(&Options::default(), &set).unwrap(), (PathBuf::from("/elsewhere"), true));
    assert_eq!(
        runs_dir(&Options::default(), &environment(&[])).unwrap(),
        (PathBuf::from("/work/korebulk-runs"), false)
    );
}

#[test]
fn typed_paths_start_from_the_working_directory() {
    let file = job(WHOLE).unwrap();
    let over =
        typed(&[("input.path", &["failed.csv"]), ("target.client_secret_file", &["./secret"])]);
    let plan = resolve(Some(&file), &over, &environment(&[])).unwrap();
    assert_eq!(plan.input.base, PathBuf::from("/work"));
    assert_eq!(
        plan.target.credentials,
        Credentials::Secret(SecretSource::File("/work/secret".into()))
    );
    let written = whole_and("[target.x]").unwrap_err();
    assert_eq!(written.exit.code(), 2);
}

#[test]
fn a_typed_credential_source_replaces_the_written_one() {
    let with = WHOLE.replace("client_id", "client_secret_env = \"A\"\nclient_id");
    let file = job(&with).unwrap();
    let over = typed(&[("target.token_command", &["pass", "kore"])]);
    let plan = resolve(Some(&file), &over, &environment(&[])).unwrap();
    assert_eq!(
        plan.target.credentials,
        Credentials::Token(SecretSource::Command(vec!["pass".into(), "kore".into()]))
    );
}

#[test]
fn a_ready_token_needs_no_client_id() {
    let without = WHOLE.replace("client_id = \"cs-1234\"\n", "");
    let set = environment(&[("KOREBULK_TOKEN", "x"), ("KOREBULK_CLIENT_SECRET", "y")]);
    let plan = resolve(Some(&job(&without).unwrap()), &Options::default(), &set).unwrap();
    assert_eq!(
        plan.target.credentials,
        Credentials::Token(SecretSource::Env("KOREBULK_TOKEN".into()))
    );
    assert_eq!(plan.target.client_id, "");
    let signer = signer(Some(&job(&without).unwrap()), &Options::default(), &set).unwrap();
    assert_eq!(signer.credentials, plan.target.credentials);
}

#[test]
fn a_sandbox_brings_its_own_ids_and_no_rate() {
    let text = "operation = \"bulk-delete\"\ntarget.host = \"sandbox\"\ninput.path = \"a.csv\"\n";
    let set = environment(&[("KOREBULK_STREAM_ID", "not a stream"), ("KOREBULK_TOKEN", "x")]);
    let plan = resolve(Some(&job(text).unwrap()), &Options::default(), &set).unwrap();
    assert!(plan.target.is_sandbox());
    assert_eq!(plan.target.host, "sandbox");
    assert_eq!(
        [plan.target.stream_id, plan.target.account_id, plan.target.client_id],
        [SANDBOX_STREAM_ID, SANDBOX_ACCOUNT_ID, SANDBOX_CLIENT_ID]
    );
    assert_eq!(plan.limits.rate, []);
}

#[test]
fn a_real_job_can_be_tried_against_the_sandbox() {
    let with = WHOLE.replace("client_id", "client_secret_file = \"s\"\nclient_id");
    let over = typed(&[("target.host", &["sandbox"])]);
    let plan = resolve(Some(&job(&with).unwrap()), &over, &environment(&[])).unwrap();
    assert!(plan.target.is_sandbox());
    assert_eq!(plan.target.client_id, "cs-1234");
}

#[test]
fn without_a_job_file_the_working_directory_and_the_operation_take_its_place() {
    let over = typed(&[
        ("operation", &["delete-contact-list"]),
        ("input.path", &["-"]),
        ("target.host", &["sandbox"]),
        ("limits.batch_size", &["10"]),
    ]);
    let plan = resolve(None, &over, &environment(&[])).unwrap();
    assert_eq!(plan.name, "delete-contact-list");
    assert_eq!(plan.job_file, None);
    assert_eq!(plan.input.base, PathBuf::from("/work"));
    assert_eq!(plan.runs.dir, PathBuf::from("/work/korebulk-runs"));
    assert_eq!(plan.limits.batch_size, Auto::Fixed(10));
    assert_eq!(
        plan.notices,
        ["`limits.batch_size` has no effect: delete-contact-list sends one record a request"]
    );
}

#[test]
fn unusual_ids_are_accepted_with_a_notice() {
    let unusual = WHOLE.replace("st-7dc994f0-4436-5134-9fa8-a94262512345", "bot_7");
    assert_eq!(
        planned(&unusual).unwrap().notices,
        ["`target.stream_id` is usually `st-` and a UUID, 39 characters; this one is not"]
    );
}

#[test]
fn rules_keep_their_order_and_their_dates() {
    let plan = whole_and(
        "[[input.send_if]]\ncolumn = \"Seen\"\nolder_than = \"730d\"\n\
         [[input.send_if]]\ncolumn = \"Seen\"\nbefore = 2026-01-31\n\
         [[input.skip_if]]\ncolumn = \"VIP\"\nin = [\"yes\", \"y\"]\n",
    )
    .unwrap();
    let rule = |column: &str, case, test| Rule { column: column.into(), case, test };
    assert_eq!(
        plan.map.send_if,
        [
            rule("Seen", true, RuleTest::OlderThan(Duration::from_hours(730 * 24))),
            rule("Seen", true, RuleTest::Before("2026-01-31".into())),
        ]
    );
    let listed = RuleTest::In(vec!["yes".into(), "y".into()]);
    assert_eq!(plan.map.skip_if, [rule("VIP", false, listed)]);
    let rules = "[[input.send_if]]\ncolumn = \"VIP\"\nis = true\ncase = false\n\
                 [[input.skip_if]]\ncolumn = \"VIP\"\nis = 1.0\ncase = true\n";
    let plan = whole_and(rules).unwrap();
    assert_eq!(plan.map.send_if, [rule("VIP", false, RuleTest::Is("true".into()))]);
    assert_eq!(plan.map.skip_if, [rule("VIP", true, RuleTest::Is("1.0".into()))]);
}

#[test]
fn a_stored_plan_takes_new_limits_and_credentials_only() {
    let stored = whole_and("[limits]\ntimeout = \"5s\"\n").unwrap();
    let over = typed(&[("limits.rate", &["20/min"]), ("target.client_secret_env", &["OTHER"])]);
    let set = environment(&[("KOREBULK_HOST", "https://elsewhere.example")]);
    let plan = amend(stored.clone(), &over, &set).unwrap();
    assert_eq!(plan.limits.rate[0].permits, 20);
    assert_eq!(plan.limits.timeout, Duration::from_secs(5));
    assert_eq!(plan.target.host, stored.target.host);
    assert_eq!(plan.target.credentials, Credentials::Secret(SecretSource::Env("OTHER".into())));
    assert_eq!(amend(stored.clone(), &Options::default(), &set).unwrap(), stored);
    let free = typed(&[("limits.rate", &["none"])]);
    insta::assert_snapshot!(words(amend(stored, &free, &set).unwrap_err()), @"
    `--rate`: `none` is for loopback and sandbox targets only
    hint: Kore.ai allows 60 requests a minute for the whole account; write for example `50/min`
    ");
}

#[test]
fn plans_survive_the_journal() {
    let plan = whole_and("[guard]\nmax_growth = \"300%\"\n[accept]\nfailed = \"5%\"\n").unwrap();
    let stored = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<super::super::Plan>(&stored).unwrap(), plan);
}

#[test]
fn a_plan_id_follows_what_is_sent_and_nothing_else() {
    let inputs = ["a".to_owned()];
    let mapping = [("id".to_owned(), "Contact ID".to_owned())];
    let id = |more: &str| fingerprint(&whole_and(more).unwrap(), &inputs, &mapping);
    let usual = id("");
    assert_eq!(usual.len(), 12);
    assert_eq!(usual, id("[limits]\nrate = \"30/min\"\nmax_batch_bytes = \"2MiB\"\n"));
    assert_ne!(usual, id("[input.defaults]\nsalutation = \"Mr\"\n"));
    let plan = planned(WHOLE).unwrap();
    assert_ne!(usual, fingerprint(&plan, &["b".to_owned()], &mapping));
    assert_ne!(usual, fingerprint(&plan, &inputs, &[]));
    let other = planned(&WHOLE.replace("65f7", "75f7")).unwrap();
    assert_ne!(usual, fingerprint(&other, &inputs, &mapping));
}

//! The command line as typed: every option lands under its key, and what is wrong is said in one place.

use std::collections::BTreeSet;

use clap::{CommandFactory, Parser};

use super::args::{Cli, Commands};
use super::command::Command;
use super::{prepare, shell};
use crate::config::{Environment, Form, SANDBOX_STREAM_ID, groups, settings};
use crate::model::settings::{Credentials, SecretSource};
use crate::model::{Operation, RunError};
use crate::run::options::OutputForm;

fn parsed(words: &[&str]) -> Result<Cli, clap::Error> {
    let words = std::iter::once("korebulk").chain(words.iter().copied());
    Cli::try_parse_from(words)
}

/// The grammar with every argument, whichever command was typed.
fn grammar() -> clap::Command {
    let mut grammar = Cli::command();
    grammar.build();
    grammar
}

fn prepared(words: &[&str]) -> Result<Command, RunError> {
    let environment = Environment { directory: "/work".into(), ..Environment::default() };
    prepare::prepare(parsed(words).unwrap(), &environment)
}

/// The long options of a command that are not everybody's.
fn options_of(command: &str) -> BTreeSet<String> {
    let grammar = grammar();
    let command = grammar.find_subcommand(command).unwrap();
    command
        .get_arguments()
        .filter(|arg| !arg.is_global_set() && !["help", "version"].contains(&arg.get_id().as_str()))
        .filter_map(|arg| arg.get_long())
        .map(|long| format!("--{long}"))
        .collect()
}

#[test]
fn what_has_one_value_is_not_given_twice() {
    let twice = |option: &str| {
        let words = ["run", "job.toml", option, "5", option, "6"];
        let error = parsed(&words).unwrap_err();
        assert_eq!(super::say::usage(&error), 2);
        error.to_string().lines().next().unwrap_or_default().to_owned()
    };
    insta::assert_snapshot!(twice("--batch-size"), @"error: the argument '--batch-size <N|auto>' cannot be used multiple times");
    insta::assert_snapshot!(twice("--max-records"), @"error: the argument '--max-records <N>' cannot be used multiple times");
}

#[test]
fn the_grammar_holds_together() {
    grammar().debug_assert();
}

/// The options of a run that are no settings.
const THIS_RUN: [&str; 9] = [
    "--yes",
    "--reason",
    "--dry-run",
    "--diff",
    "--or-resume",
    "--after-undo",
    "--plan",
    "--show-values",
    "--format",
];

fn options_of_settings() -> BTreeSet<String> {
    settings().filter_map(|setting| setting.option).map(str::to_owned).collect()
}

#[test]
fn a_run_takes_every_setting_as_an_option_and_a_plan_what_is_shown() {
    let with = |more: &[&str]| {
        let more = more.iter().map(|option| (*option).to_owned());
        options_of_settings().into_iter().chain(more).collect::<BTreeSet<_>>()
    };
    assert_eq!(options_of("run"), with(&THIS_RUN));
    assert_eq!(options_of("plan"), with(&["--diff", "--show-values", "--format"]));
    // Without a job file the files are arguments.
    let mut files = with(&THIS_RUN);
    files.remove("--input");
    for operation in Operation::ALL {
        assert_eq!(options_of(operation.name()), files);
    }
}

#[test]
fn every_option_of_every_command_says_what_it_means() {
    for command in grammar().get_subcommands() {
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
        }
    }
}

#[test]
fn every_option_lands_under_its_key() {
    for setting in settings() {
        let (Some(option), key) = (setting.option, setting.key) else { continue };
        let (typed, line) = match setting.form() {
            _ if key == "input.path" => continue,
            Form::Flag => (option.to_owned(), format!("{key} = true")),
            Form::Fields => (format!("{option}=id=x=y"), format!("{key}.id = x=y")),
            _ => (format!("{option}=-7"), format!("{key} = -7")),
        };
        let Commands::Operation(args) = parsed(&["bulk-delete", "a.csv", &typed]).unwrap().command
        else {
            panic!("another command")
        };
        assert_eq!(args.typed.settings.options.lines(|_| true), [line], "{option}");
    }
}

#[test]
fn what_is_taken_up_again_takes_limits_and_credentials_only() {
    let mut expected: BTreeSet<String> =
        ["--yes", "--reason", "--format", "--runs-dir"].map(str::to_owned).into();
    for group in groups().iter().filter(|g| ["Limits", "Credentials"].contains(&g.heading)) {
        expected.extend(group.settings.iter().filter_map(|s| s.option).map(str::to_owned));
    }
    assert_eq!(options_of("resume"), expected);
    expected.insert("--failed".to_owned());
    assert_eq!(options_of("retry"), expected);
}

#[test]
fn an_operation_without_a_job_file_becomes_a_plan() {
    let words = ["delete-contact", "a.csv", "-", "--host", "sandbox", "--yes", "--format", "json"];
    let Command::Run { plans, how } = prepared(&words).unwrap() else { panic!("another command") };
    let [plan] = &plans[..] else { panic!("one job") };
    assert_eq!(plan.operation, Operation::DeleteContact);
    assert_eq!(plan.input.paths, ["a.csv", "-"]);
    assert_eq!(plan.target.stream_id, SANDBOX_STREAM_ID);
    assert!(how.yes && !how.or_resume);
    assert_eq!(how.screen.form, OutputForm::Json);
}

#[test]
fn a_dry_run_is_a_plan() {
    let words = ["bulk-update", "a.csv", "--host", "sandbox", "--dry-run", "--show-values"];
    let Command::Plan { how, .. } = prepared(&words).unwrap() else { panic!("another command") };
    assert!(how.show_values);
    assert!(parsed(&["run", "job.toml", "--dry-run", "--yes"]).is_err());
}

#[test]
fn a_job_file_is_read_and_options_go_over_it() {
    let dir = tempfile::tempdir().unwrap();
    let job = dir.path().join("nightly.toml");
    let text = "operation = \"bulk-delete\"\ntarget.host = \"sandbox\"\ninput.path = \"a.csv\"\n";
    std::fs::write(&job, text).unwrap();
    let words = ["run", job.to_str().unwrap(), "--first", "10", "--input", "failed.csv"];
    let Command::Run { plans, .. } = prepared(&words).unwrap() else { panic!("another command") };
    let [plan] = &plans[..] else { panic!("one job") };
    assert_eq!((plan.name.as_str(), plan.map.first), ("nightly", 10));
    assert_eq!(plan.input.paths, ["failed.csv"]);
    assert_eq!(plan.overrides, ["input.first = 10", "input.path = failed.csv"]);
    let missing = dir.path().join("none.toml");
    assert_eq!(prepared(&["run", missing.to_str().unwrap()]).unwrap_err().exit.code(), 2);
}

#[test]
fn a_token_needs_no_more_than_its_signer() {
    let words = ["token", "--client-id", "cs-1", "--client-secret-file", "s", "--decode"];
    let Command::Token { signer, decode } = prepared(&words).unwrap() else {
        panic!("another command")
    };
    assert_eq!(signer.client_id, "cs-1");
    assert_eq!(signer.credentials, Credentials::Secret(SecretSource::File("/work/s".into())));
    assert!(decode);
    let error = prepared(&["token"]).unwrap_err();
    insta::assert_snapshot!(error, @"`--client-id` is missing");
}

#[test]
fn runs_are_looked_for_where_the_option_says() {
    let Command::Runs { run, how } = prepared(&["runs", "--json", "--runs-dir", "x"]).unwrap()
    else {
        panic!("another command")
    };
    assert_eq!((run, how.form), (None, OutputForm::Json));
    assert_eq!(how.runs.here, std::path::PathBuf::from("/work/x"));
    assert!(how.runs.named);
    let Command::Resume { run, how } = prepared(&["resume", "latest", "--rate", "9/min"]).unwrap()
    else {
        panic!("another command")
    };
    assert_eq!((run.as_str(), how.runs.here.to_str()), ("latest", Some("/work/korebulk-runs")));
    assert_eq!(how.over.lines(|_| true), ["limits.rate = 9/min"]);
}

#[test]
fn a_credential_typed_in_clear_is_not_repeated() {
    for words in [
        ["run", "job.toml", "--client-secret=hunter2"],
        ["run", "job.toml", "--token=hunter2"],
        ["run", "job.toml", "--password=hunter2"],
    ] {
        let error = parsed(&words).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(!error.render().to_string().contains("hunter2"));
    }
}

#[test]
fn usage_errors_are_not_help() {
    assert!(!parsed(&["--help"]).unwrap_err().use_stderr());
    assert!(!parsed(&["--version"]).unwrap_err().use_stderr());
    for words in [
        &["nightly.toml"][..],
        &["run"],
        &["bulk-delete"],
        &["plan", "a", "b"],
        &["-v", "-q", "runs"],
    ] {
        assert!(parsed(words).unwrap_err().use_stderr(), "{words:?}");
    }
}

#[test]
fn the_sandbox_is_described_by_plain_data() {
    let words = [
        "sandbox",
        "--rate",
        "60/min,1800/h",
        "--over-limit",
        "drop",
        "--fault",
        "drop:every=3",
        "--max-batch-bytes",
        "64KiB",
    ];
    let Command::Sandbox(options) = prepared(&words).unwrap() else { panic!("another command") };
    assert_eq!(options.quota.len(), 2);
    assert_eq!((options.over_limit, options.max_batch_bytes), ("drop", Some(65_536)));
    assert_eq!(options.faults, ["drop:every=3"]);
    let Command::Sandbox(options) = prepared(&["sandbox", "--no-quota"]).unwrap() else {
        panic!("another command")
    };
    assert_eq!(options.quota, []);
    assert!(options.bind.ip().is_loopback());
}

#[test]
fn completions_and_manual_pages_know_the_commands() {
    use clap::ValueEnum;
    for shell in clap_complete::Shell::value_variants() {
        let script = String::from_utf8(shell::script(*shell)).unwrap();
        assert!(script.contains("bulk-delete") && script.contains("max-batch-bytes"), "{shell}");
    }
    let whole = String::from_utf8(shell::page(None).unwrap()).unwrap();
    assert!(whole.contains("delete\\-contact\\-list") && whole.contains("Exit codes"));
    let run = String::from_utf8(shell::page(Some("run")).unwrap()).unwrap();
    assert!(run.contains("KOREBULK_HOST") && run.contains("max\\-outage"));
    assert_eq!(shell::page(Some("rum")).unwrap_err().exit.code(), 2);
}

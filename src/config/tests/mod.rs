//! The module's tests: whole job files through the one pure function.

mod jobs;
mod messages;
mod precedence;
mod schema;
mod tables;

use std::path::Path;

use super::{Environment, Form, JobFile, Options, Plan, resolve};
use crate::model::RunError;

/// A job that lacks nothing.
const WHOLE: &str = r#"operation = "bulk-delete"
[target]
host = "https://platform.kore.ai"
stream_id = "st-7dc994f0-4436-5134-9fa8-a94262512345"
account_id = "65f7d49a5dd06e2cefa45012"
client_id = "cs-1234"
[input]
path = "exports/stale.csv"
"#;

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    Environment { variables: variables.collect(), directory: "/work".into(), profiles: Vec::new() }
}

fn job(text: &str) -> Result<JobFile, RunError> {
    JobFile::parse(text, Path::new("jobs/nightly.toml"))
}

/// `text` alone, nothing typed, nothing set.
fn planned(text: &str) -> Result<Plan, RunError> {
    resolve(Some(&job(text)?), &Options::default(), &environment(&[]))
}

/// `WHOLE` with more text behind it, which may open tables of its own.
fn whole_and(more: &str) -> Result<Plan, RunError> {
    planned(&format!("{WHOLE}{more}"))
}

/// Options as texts, and as lists where several may be given.
fn typed(options: &[(&'static str, &[&str])]) -> Options {
    let mut typed = Options::default();
    for (key, values) in options {
        match (super::rows::setting(key).unwrap().form(), values) {
            (Form::Text, [text]) => typed.text(key, *text),
            (_, items) => typed.list(key, items.iter().map(|item| (*item).to_owned())),
        }
    }
    typed
}

/// An error as it is printed.
fn words(error: RunError) -> String {
    assert_eq!(error.exit.code(), 2, "{error}");
    match error.hint {
        Some(hint) => format!("{}\nhint: {hint}", error.message),
        None => error.message,
    }
}

fn refused(text: &str) -> String {
    words(planned(text).expect_err("it should be refused"))
}

fn refused_with(more: &str) -> String {
    refused(&format!("{WHOLE}{more}"))
}

/// Fields typed under one key.
fn fields(key: &'static str, pairs: &[(&str, &str)]) -> Options {
    let mut typed = Options::default();
    typed.fields(key, pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    typed
}

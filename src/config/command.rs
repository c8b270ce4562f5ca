//! A job's command again, for files that korebulk wrote and somebody fixed.

use std::path::Path;

use super::plan::Plan;
use super::rows::setting;
use super::setting::Form;
use crate::base::shell::quoted;
use crate::model::settings::{Credentials, SecretSource, unit_of};
use crate::model::{Effect, Operation};

/// The whole command that gives these files to the job of `plan`: its job file, or its operation, and what was
/// typed beside it. Paths are absolute.
pub fn command_for(plan: &Plan, files: &[String]) -> String {
    let mut words = vec!["korebulk".to_owned()];
    if let Some(job) = &plan.job_file {
        words.extend(["run".to_owned(), job.display().to_string()]);
        words.extend(files.iter().flat_map(|file| ["--input".to_owned(), file.clone()]));
    } else {
        words.push(plan.operation.name().to_owned());
        words.extend(files.iter().cloned());
    }
    words.extend(plan.overrides.iter().flat_map(|line| options(plan, line)));
    let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// The whole command that creates the contacts of these files in the account of `plan`; `columns` says where fields are
/// found that have no name of the API, `constants` what is the same for all. Paths are absolute.
pub fn command_to_create(
    plan: &Plan,
    files: &[String],
    columns: &[(String, String)],
    constants: &[(String, String)],
) -> String {
    let creates = |operation: &Operation| operation.spec().effect == Effect::Create;
    let operation = Operation::ALL.into_iter().find(creates).unwrap_or(plan.operation);
    let mut words = vec!["korebulk".to_owned(), operation.name().to_owned()];
    words.extend(files.iter().cloned());
    let mut add = |key: &str, value: &str| {
        let option = setting(key).and_then(|known| known.option);
        let option = option.filter(|_| !value.is_empty());
        words.extend(option.into_iter().flat_map(|option| [option.to_owned(), value.to_owned()]));
    };
    target(plan, &mut add);
    add("phone.region", plan.map.phone_region.as_deref().unwrap_or_default());
    add("runs.dir", &plan.runs.dir.display().to_string());
    for (key, pairs) in [("input.columns", columns), ("input.defaults", constants)] {
        for (field, value) in pairs {
            add(key, &format!("{field}={value}"));
        }
    }
    let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// The settings of a plan's target, by their keys; of a sandbox of a run's own its name alone.
fn target(plan: &Plan, add: &mut impl FnMut(&str, &str)) {
    let target = &plan.target;
    add("target.host", &target.host);
    if target.is_sandbox() {
        return;
    }
    add("target.stream_id", &target.stream_id);
    add("target.account_id", &target.account_id);
    add("target.client_id", &target.client_id);
    let path = |path: &Path| path.display().to_string();
    add("target.ca_file", &target.ca_file.as_deref().map(path).unwrap_or_default());
    let (kind, source) = match &target.credentials {
        Credentials::Secret(source) => ("client_secret", source),
        Credentials::Token(source) => ("token", source),
        Credentials::Sandbox => return,
    };
    match source {
        SecretSource::Env(name) => add(&format!("target.{kind}_env"), name),
        // What a unit alone has is no help to a person at a shell.
        SecretSource::File(file) if unit_of(file).is_some() => {}
        SecretSource::File(file) => add(&format!("target.{kind}_file"), &path(file)),
        SecretSource::Command(argv) => {
            for word in argv {
                add(&format!("target.{kind}_command"), word);
            }
        }
    }
}

/// The words of one override, `limits.rate = 30/min`; none for what says how the first files were to be read.
fn options(plan: &Plan, line: &str) -> Vec<String> {
    let Some((key, text)) = line.split_once(" = ") else { return Vec::new() };
    let Some((setting, option)) = setting(key).and_then(|known| Some((known, known.option?)))
    else {
        return Vec::new();
    };
    let of_the_files = setting.key.starts_with("input.") && !ABOUT_RECORDS.contains(&setting.key);
    if of_the_files {
        return Vec::new();
    }
    let values = match (setting.form(), stored(plan, setting.key)) {
        (_, Some(values)) => values,
        (Form::Flag, _) => return vec![format!("{option}={text}")],
        (Form::Fields, _) => {
            let field = key.strip_prefix(setting.key).unwrap_or_default().trim_start_matches('.');
            vec![format!("{field}={text}")]
        }
        (Form::List | Form::Paths, _) => text.split(", ").map(str::to_owned).collect(),
        _ => vec![text.to_owned()],
    };
    values.into_iter().flat_map(|value| [option.to_owned(), value]).collect()
}

/// Settings of `[input]` that hold for any file of the job.
const ABOUT_RECORDS: [&str; 6] = [
    "input.strict",
    "input.id_format",
    "input.on_duplicate",
    "input.except",
    "input.columns",
    "input.defaults",
];

/// What the plan knows better than the line that was typed: paths that do not depend on the working directory,
/// and the arguments of a command.
fn stored(plan: &Plan, key: &str) -> Option<Vec<String>> {
    let source = match key {
        _ if key.starts_with("target.client_secret_") || key.starts_with("target.token_") => {
            match &plan.target.credentials {
                Credentials::Secret(source) | Credentials::Token(source) => Some(source),
                Credentials::Sandbox => None,
            }
        }
        _ if key.starts_with("notify.ping_url_") => plan.notify.ping_url.as_ref(),
        _ if key.starts_with("notify.webhook_url_") => plan.notify.webhook_url.as_ref(),
        _ if key.starts_with("report.push_url_") => plan.notify.push_url.as_ref(),
        _ => None,
    };
    let path = match (key, source) {
        (_, Some(SecretSource::Env(name))) => return Some(vec![name.clone()]),
        (_, Some(SecretSource::Command(argv))) => return Some(argv.clone()),
        // What a unit alone has is no help to a person at a shell.
        (_, Some(SecretSource::File(path))) if unit_of(path).is_some() => return Some(Vec::new()),
        (_, Some(SecretSource::File(path))) => Some(path),
        ("target.ca_file", _) => plan.target.ca_file.as_ref(),
        ("target.accounts", _) => match &plan.profile {
            Some(profile) if profile.is_of_table() => Some(&profile.file),
            _ => return Some(Vec::new()),
        },
        ("report.metrics_file", _) => plan.metrics_file.as_ref(),
        ("runs.dir", _) => Some(&plan.runs.dir),
        ("input.except", _) => {
            let absolute = |path| plan.except.base.join(path).display().to_string();
            return Some(plan.except.paths.iter().map(absolute).collect());
        }
        _ => None,
    };
    path.map(|path| vec![path.display().to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, JobFile, Options, resolve};

    fn options() -> Options {
        let mut options = Options::default();
        options.list("input.path", ["in.csv".to_owned()]);
        options.text("input.sheet", "Active");
        options.text("input.first", "5");
        options.fields("input.columns", [("id".to_owned(), "Contact ID".to_owned())]);
        options.list("limits.rate", ["30/min".to_owned(), "900/h".to_owned()]);
        options.flag("report.xlsx", true);
        options.text("target.ca_file", "ca.pem");
        options
    }

    const TARGET: &str = "[target]\nhost = \"https://platform.kore.ai\"\nstream_id = \"st-7dc994f0-4436-5134-9fa8-a94262500000\"\n\
        account_id = \"65f7d49a5dd06e2cefa45012\"\nclient_id = \"cs-1\"\nclient_secret_command = [\"pass\", \"my secret\"]\n";

    #[test]
    fn a_job_is_given_the_fixed_file_with_everything_that_was_typed() {
        let job = format!("operation = \"bulk-delete\"\n{TARGET}");
        let job = JobFile::parse(&job, Path::new("my jobs/night.toml")).unwrap();
        let environment = Environment { directory: "/work".into(), ..Environment::default() };
        let plan = resolve(Some(&job), &options(), &environment).unwrap();
        insta::assert_snapshot!(command_for(&plan, &["/runs/x/rejected.csv".to_owned()]), @"korebulk run '/work/my jobs/night.toml' --input /runs/x/rejected.csv --map 'id=Contact ID' --rate 30/min --rate 900/h --xlsx=true --ca-file /work/ca.pem");
    }

    #[test]
    fn an_operation_without_a_job_file_is_the_operation_again() {
        let mut options = options();
        options.text("operation", "delete-contact");
        for (key, value) in [
            ("target.host", "https://platform.kore.ai"),
            ("target.stream_id", "st-7dc994f0-4436-5134-9fa8-a94262500000"),
            ("target.account_id", "65f7d49a5dd06e2cefa45012"),
            ("target.client_id", "cs-1"),
        ] {
            options.text(key, value);
        }
        options.list("target.client_secret_command", ["pass".to_owned(), "kore key".to_owned()]);
        let environment = Environment { directory: "/work".into(), ..Environment::default() };
        let plan = resolve(None, &options, &environment).unwrap();
        insta::assert_snapshot!(command_for(&plan, &["/runs/x/rejected.jsonl".to_owned()]), @"korebulk delete-contact /runs/x/rejected.jsonl --map 'id=Contact ID' --rate 30/min --rate 900/h --xlsx=true --account-id 65f7d49a5dd06e2cefa45012 --ca-file /work/ca.pem --client-id cs-1 --client-secret-command pass --client-secret-command 'kore key' --host https://platform.kore.ai --stream-id st-7dc994f0-4436-5134-9fa8-a94262500000");
    }

    #[test]
    fn what_nobody_has_is_created_in_the_same_account() {
        let job =
            format!("operation = \"bulk-update\"\n{TARGET}[match]\n[phone]\nregion = \"IN\"\n");
        let job = JobFile::parse(&job, Path::new("my jobs/people.toml")).unwrap();
        let environment = Environment { directory: "/work".into(), ..Environment::default() };
        let plan = resolve(Some(&job), &options(), &environment).unwrap();
        let own = [("city".to_owned(), "city".to_owned())];
        insta::assert_snapshot!(command_to_create(&plan, &["/runs/x/unmatched.csv".to_owned()], &own, &[]), @"korebulk create-contacts /runs/x/unmatched.csv --host https://platform.kore.ai --stream-id st-7dc994f0-4436-5134-9fa8-a94262500000 --account-id 65f7d49a5dd06e2cefa45012 --client-id cs-1 --ca-file /work/ca.pem --client-secret-command pass --client-secret-command 'my secret' --region IN --runs-dir '/work/my jobs/korebulk-runs' --map city=city");
    }
}

//! `schedule` through the binary: each unit before the judge that its scheduler has for it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde::Deserialize as _;
use serde_json::Value;

const JOB: &str = r#"operation = "bulk-delete"
[target]
host = "https://platform.kore.ai"
stream_id = "st-7dc994f0-4436-5134-9fa8-a94262512345"
account_id = "65f7d49a5dd06e2cefa45012"
client_id = "cs-1234"
[input]
path = "exports/stale-%Y.csv"
[limits]
window = "22:00-06:00"
[guard]
max_records = 5000
[notify]
ping_url_env = "PING_URL"
[report]
metrics_file = "metrics/night.prom"
"#;

fn schedule(dir: &Path, job: &str, words: &[&str]) -> Output {
    let path = dir.join("night 50%.toml");
    fs::write(&path, job).unwrap();
    Command::new(env!("CARGO_BIN_EXE_korebulk"))
        .arg("schedule")
        .arg(path)
        .args(words)
        // A scheduler has no such variable: the units may not depend on it.
        .env("KOREBULK_RUNS_DIR", "/elsewhere")
        .output()
        .unwrap()
}

fn printed(dir: &Path, words: &[&str]) -> String {
    let output = schedule(dir, JOB, words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

/// A program that CI installs; without it the test fails rather than passing over what it is for.
fn judge(program: &str, package: &str) -> Command {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    let found = found.is_ok_and(|output| output.status.success());
    assert!(found, "this test needs `{program}`: apt-get install {package}");
    Command::new(program)
}

/// The units in a directory, as the comments between them name them.
fn saved(dir: &Path, text: &str) -> Vec<std::path::PathBuf> {
    let parts = text.split("# ---- /etc/systemd/system/").skip(1);
    let saved = parts.map(|part| {
        let (name, unit) = part.split_once('\n').unwrap();
        let path = dir.join(name);
        fs::write(&path, unit).unwrap();
        path
    });
    saved.collect()
}

#[test]
fn systemd_finds_nothing_wrong_with_its_units() {
    let dir = tempfile::tempdir().unwrap();
    for when in [["--at", "daily 02:00"], ["--cron", "*/20 1-5 1,15 * mon"]] {
        let text = printed(dir.path(), &when);
        let units = saved(dir.path(), &text);
        assert_eq!(units.len(), 2, "{text}");
        let verified =
            judge("systemd-analyze", "systemd").arg("verify").args(&units).output().unwrap();
        let said = String::from_utf8_lossy(&verified.stderr);
        // Other units of this machine are none of ours.
        let about_ours: Vec<&str> = said.lines().filter(|line| line.contains("korebulk")).collect();
        assert_eq!(about_ours, [""; 0], "{text}");
        for calendar in text.lines().filter_map(|line| line.strip_prefix("OnCalendar=")) {
            let read = Command::new("systemd-analyze").args(["calendar", calendar]).status();
            assert!(read.unwrap().success(), "{calendar}");
        }
    }
}

#[test]
fn cron_takes_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let text = printed(dir.path(), &["--at", "weekdays 22:30", "--format", "cron"]);
    let table = dir.path().join("table");
    let check = |text: &str| {
        fs::write(&table, text).unwrap();
        judge("crontab", "cron").arg("-n").arg(&table).status().unwrap().success()
    };
    assert!(check(&text), "{text}");
    assert!(!check(&text.replace("30 22", "30 25")), "the judge sees what is wrong");
    let line = text.lines().last().unwrap();
    assert!(line.starts_with("30 22 * * 1-5 /") && line.contains(r"night 50\%.toml'"), "{line}");
}

#[test]
fn the_manifest_is_what_kubernetes_knows() {
    let dir = tempfile::tempdir().unwrap();
    let words = ["--at", "02:00", "--format", "kubernetes", "--image", "registry.example/k:1"];
    let text = printed(dir.path(), &words);
    let schema: Value = serde_json::from_str(include_str!("cronjob.schema.json")).unwrap();
    let mut kinds = Vec::new();
    for document in serde_yaml_ng::Deserializer::from_str(&text) {
        let value = Value::deserialize(document).unwrap();
        if value.is_null() {
            continue;
        }
        let kind = value["kind"].as_str().unwrap().to_owned();
        let mut wrong = Vec::new();
        check(&schema, &schema["definitions"][&kind], &value, &kind, &mut wrong);
        assert_eq!(wrong, [""; 0]);
        kinds.push(kind);
    }
    assert_eq!(kinds, ["PersistentVolumeClaim", "PersistentVolumeClaim", "CronJob"]);
    let broken = text.replace("restartPolicy: Never", "restartPolicy: Always");
    let last = serde_yaml_ng::Deserializer::from_str(&broken).last().unwrap();
    let mut wrong = Vec::new();
    let value = Value::deserialize(last).unwrap();
    check(&schema, &schema["definitions"]["CronJob"], &value, "CronJob", &mut wrong);
    assert_eq!(wrong.len(), 1, "the schema sees what is wrong");
}

/// As much of JSON Schema as `cronjob.schema.json` uses.
fn check(schema: &Value, rule: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(name) = rule["$ref"].as_str() {
        return check(schema, &schema["definitions"][name], value, at, wrong);
    }
    if let Some(allowed) = rule["enum"].as_array().filter(|allowed| !allowed.contains(value)) {
        wrong.push(format!("{at}: {value} is none of {allowed:?}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if let Some(expected) = rule["type"].as_str().filter(|expected| *expected != kind) {
        wrong.push(format!("{at}: {kind}, expected {expected}"));
    }
    let longest = rule["maxLength"].as_u64().unwrap_or(u64::MAX);
    if value.as_str().is_some_and(|text| text.len() as u64 > longest) {
        wrong.push(format!("{at}: too long"));
    }
    for name in rule["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            wrong.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        match rule["properties"].get(name) {
            Some(rule) => check(schema, rule, inner, &format!("{at}.{name}"), wrong),
            None if rule["additionalProperties"] == false => {
                wrong.push(format!("{at}: unknown {name}"));
            }
            None => {}
        }
    }
    for (number, inner) in value.as_array().into_iter().flatten().enumerate() {
        check(schema, &rule["items"], inner, &format!("{at}[{number}]"), wrong);
    }
}

#[test]
fn jobs_that_nobody_should_leave_alone_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |job: &str, words: &[&str]| {
        let output = schedule(dir.path(), job, words);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let at = ["--at", "02:00"];
    let guardless = refused(&JOB.replace("max_records = 5000", "min_records = 1"), &at);
    assert!(
        guardless.contains("no guard") && guardless.contains("hint: set `[guard]"),
        "{guardless}"
    );
    let sandbox = refused(&JOB.replace("https://platform.kore.ai", "sandbox"), &at);
    assert!(sandbox.contains("sandbox") && sandbox.contains("hint:"), "{sandbox}");
    assert!(refused(JOB, &["--at", "at night"]).contains("daily 02:00"));
    assert!(refused(JOB, &["--cron", "0 25 * * *"]).contains("is not a cron time"));
    assert!(refused(JOB, &["--at", "02:00", "--format", "kubernetes"]).contains("--image"));
    assert!(refused(JOB, &[]).contains("--at"));
    assert!(refused(JOB, &["--at", "02:00", "--cron", "0 2 * * *"]).contains("--cron"));
    assert!(refused(JOB, &["--at", "02:00", "--user", "a b"]).contains("--user"));
}

//! `schedule` through the binary: each unit before the judge that its scheduler has for it.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde::Deserialize as _;
use serde_json::Value;

use crate::json_schema::check;

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

/// The unit that is printed for a job file of this name.
fn schedule_as(path: &Path, job: &str, words: &[&str]) -> Output {
    fs::write(path, job).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_korebulk"));
    command.arg("schedule").arg(path).args(words).output().unwrap()
}

#[track_caller]
fn text_of(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Names that a shell, cron, systemd, kubectl or Kubernetes would take for something else.
const ODD: [&str; 12] = [
    "two blanks.toml",
    "a;reboot.toml",
    "$HOME.toml",
    "$(reboot).toml",
    "`reboot`.toml",
    "it's.toml",
    "say \"hi\".toml",
    "50%s.toml",
    "a,b=c.toml",
    "a&b|c>d#e.toml",
    "~ *?[a]{b}!.toml",
    "Müll 李.toml",
];

/// The words that a shell makes of a command.
pub(crate) fn words_of(command: &str) -> Vec<String> {
    let script = format!("set -- {command}\nfor word; do printf '%s\\n' \"$word\"; done");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{command}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn whatever_a_job_file_is_called_it_is_one_word_for_every_reader() {
    for name in ODD {
        let dir = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(dir.path()).unwrap().join(name);
        let path_text = path.to_str().unwrap();
        let at = ["--at", "02:00", "--format"];
        let cron = text_of(&schedule_as(&path, JOB, &[&at[..], &["cron"]].concat()));
        let line = cron.lines().last().unwrap().strip_prefix("0 2 * * * ").unwrap();
        assert!(!line.replace("\\%", "").contains('%'), "cron ends the line there: {line}");
        assert_eq!(words_of(&line.replace("\\%", "%")).last().unwrap(), path_text);

        let units = text_of(&schedule_as(&path, JOB, &[&at[..], &["systemd"]].concat()));
        let command = units.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        assert_eq!(crate::nights::split(command, "").last().unwrap(), path_text, "{units}");
        let step = units.lines().find(|line| line.contains("must be able to read")).unwrap();
        let shown = step.split_once("read ").unwrap().1.strip_suffix(" and the input.").unwrap();
        assert_eq!(words_of(shown), [path_text]);

        let image = ["kubernetes", "--image", "registry.example/k:1"];
        let manifest = text_of(&schedule_as(&path, JOB, &[&at[..], &image].concat()));
        let step = manifest.lines().find(|line| line.contains("create configmap")).unwrap();
        let file = step.split_once("--from-file=job.toml=").unwrap().1;
        let (cut, inner) = match file.strip_prefix("<(cat ") {
            Some(inner) => (true, inner.strip_suffix(')').unwrap()),
            None => (false, file),
        };
        assert_eq!(words_of(inner), [path_text]);
        assert_eq!(cut, name.contains([',', '=', '"']), "kubectl cuts at these: {file}");
    }
}

#[test]
fn a_name_that_would_be_another_one_or_a_line_of_its_own_is_refused() {
    let names: [&[u8]; 9] = [
        b"a\n* * * * * root reboot.toml",
        b"a\nExecStartPre=reboot\n.toml",
        b"a\tb.toml",
        b"a\rb.toml",
        b"a\x1b[2Jb.toml",
        "a\u{202e}lmot.toml".as_bytes(),
        "a\u{2028}b.toml".as_bytes(),
        b"a\xffb.toml",
        b"a.toml\\",
    ];
    for name in names {
        for format in ["systemd", "cron", "kubernetes"] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join(std::ffi::OsStr::from_bytes(name));
            let words = ["--at", "02:00", "--format", format, "--image", "k:1"];
            let output = schedule_as(&path, &format!("name = \"night\"\n{JOB}"), &words);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{name:?}: {said}");
            assert!(output.stdout.is_empty(), "{name:?}");
            assert!(said.contains("no scheduler can be given it"), "{said}");
            assert_eq!(said.lines().count(), 2, "{said}");
        }
    }
    // The same of every other name that is printed.
    let dir = tempfile::tempdir().unwrap();
    for setting in [
        "[runs]\ndir = \"/srv/a\\nb\"\n",
        "[runs]\ndir = \"/srv/a\\u001Bb\"\n",
        "[target]\nca_file = \"/etc/a\\nb.pem\"\n",
        "[target]\nclient_secret_file = \"/etc/a\\nb\"\n",
    ] {
        let job = match setting.strip_prefix("[target]\n") {
            Some(line) => JOB.replace("[input]", &format!("{line}[input]")),
            None => format!("{JOB}{setting}"),
        };
        let output = schedule(dir.path(), &job, &["--at", "02:00"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{setting}: {said}");
        assert!(output.stdout.is_empty() && said.contains("no scheduler"), "{setting}: {said}");
    }
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
#[ignore = "needs systemd-analyze, see .ci/run"]
fn systemd_finds_nothing_wrong_with_its_units() {
    let dir = tempfile::tempdir().unwrap();
    let plain = [["--at", "daily 02:00"], ["--cron", "*/20 1-5 1,15 * mon"]];
    let mut texts = plain.map(|when| printed(dir.path(), &when)).to_vec();
    texts.extend(ODD.iter().map(|name| {
        let place = tempfile::tempdir().unwrap();
        text_of(&schedule_as(&place.path().join(name), JOB, &plain[0]))
    }));
    texts.push(crate::fleet::services());
    for text in texts {
        let units = saved(dir.path(), &text);
        assert!(units.len() == 2 || text.contains("# fleet: shops") && units.len() == 4, "{text}");
        let verified =
            judge("systemd-analyze", "systemd").arg("verify").args(&units).output().unwrap();
        let said = String::from_utf8_lossy(&verified.stderr);
        // Other units of this machine are none of ours.
        let about_ours: Vec<&str> = said.lines().filter(|line| line.contains("korebulk")).collect();
        assert_eq!(about_ours, [""; 0], "{text}");
        for calendar in text.lines().filter_map(|line| line.strip_prefix("OnCalendar=")) {
            let read = Command::new("systemd-analyze").args(["calendar", calendar]).output();
            assert!(read.unwrap().status.success(), "{calendar}");
        }
    }
}

#[test]
#[ignore = "needs crontab, see .ci/run"]
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
    let schema: Value = serde_json::from_str(include_str!("kubernetes.schema.json")).unwrap();
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
    let broken = text.replace("restartPolicy: Never", "restartPolicies: Never");
    let last = serde_yaml_ng::Deserializer::from_str(&broken).last().unwrap();
    let mut wrong = Vec::new();
    let value = Value::deserialize(last).unwrap();
    check(&schema, &schema["definitions"]["CronJob"], &value, "CronJob", &mut wrong);
    assert_eq!(wrong.len(), 1, "the schema sees what is wrong");
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
    assert!(refused(JOB, &[]).contains("--at"));
    assert!(refused(JOB, &["--at", "02:00", "--cron", "0 2 * * *"]).contains("--cron"));
    assert!(refused(JOB, &["--at", "02:00", "--user", "a b"]).contains("--user"));
}

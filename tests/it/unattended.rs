//! Runs that nobody watches, through the binary: guards, window, alerts, metrics, audit, scrubbing.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::Value;

const ID: &str = "62fdb825f8d2b920501cce";

/// A job in a directory of its own, against a sandbox.
struct Fixture {
    dir: tempfile::TempDir,
}

impl Fixture {
    fn new(more: &str) -> Self {
        let fixture = Self { dir: tempfile::tempdir().unwrap() };
        let job = format!(
            "operation = \"bulk-update\"\ntarget.host = \"sandbox\"\ninput.path = \"in.csv\"\n{more}"
        );
        fs::write(fixture.path("night.toml"), job).unwrap();
        fixture.input(3, "");
        fixture
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `rows` good rows, and more text behind them.
    fn input(&self, rows: usize, more: &str) {
        let mut text = "id,salutation,firstName,lastName,cellPhone.phoneNumber,\
                        cellPhone.countryCode,cellPhone.extension\n"
            .to_owned();
        for row in 0..rows {
            writeln!(text, "{ID}{row:02x},Mx,Zebedee,Quux,30123456{row:02},49,+").unwrap();
        }
        fs::write(self.path("in.csv"), text + more).unwrap();
    }

    fn korebulk(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_korebulk"))
            .args(words)
            .current_dir(self.dir.path())
            .env("KOREBULK_STATE_DIR", self.path("state"))
            .env_remove("KOREBULK_RUNS_DIR")
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    /// Exit code and what was said on standard error.
    fn run(&self, words: &[&str]) -> (i32, String) {
        let words: Vec<&str> =
            ["run", "night.toml", "--quiet"].iter().chain(words).copied().collect();
        let output = self.korebulk(&words, &[]);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn says(&self, words: &[&str]) -> String {
        let output = self.korebulk(words, &[]);
        String::from_utf8(output.stdout).unwrap()
    }

    fn run_dir(&self) -> PathBuf {
        let runs = fs::read_dir(self.path("korebulk-runs")).unwrap();
        let mut dirs: Vec<PathBuf> =
            runs.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
        assert_eq!(dirs.len(), 1);
        dirs.remove(0)
    }
}

const BAD_ROW: &str = "not-an-id,Mx,Zebedee,Quux,3012345699,49,7\n";

#[test]
fn growth_beyond_the_usual_is_refused_with_its_numbers_and_its_option() {
    let fixture = Fixture::new("[guard]\nmax_growth = \"300%\"\n");
    for _ in 0..3 {
        assert_eq!(fixture.run(&[]).0, 0);
    }
    fixture.input(30, "");
    let (exit, said) = fixture.run(&[]);
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("normally 3–3, now 30") && said.contains("`--max-growth`"), "{said}");
    assert_eq!(fixture.run(&["--max-growth", "1000%"]).0, 0);
}

#[test]
fn yesterdays_export_and_no_export_are_refused() {
    let fixture = Fixture::new("[guard]\nmax_input_age = \"26h\"\n");
    assert_eq!(fixture.run(&[]).0, 0);
    let old = SystemTime::now() - Duration::from_hours(48);
    File::options().write(true).open(fixture.path("in.csv")).unwrap().set_modified(old).unwrap();
    let (exit, said) = fixture.run(&[]);
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("guard.max_input_age") && said.contains("2 d"), "{said}");
    // One file of today does not make up for another of yesterday.
    fs::write(fixture.path("today.csv"), fs::read(fixture.path("in.csv")).unwrap()).unwrap();
    assert_eq!(fixture.run(&["--input", "today.csv"]).0, 0);
    for both in [
        ["--input", "today.csv", "--input", "in.csv"],
        ["--input", "in.csv", "--input", "today.csv"],
    ] {
        assert_eq!(fixture.run(&both).0, 3);
    }
    assert_eq!(fixture.run(&["--input", "none-*.csv"]).0, 2);
}

/// A window that begins so many hours from now and lasts two.
fn window(hours: i64) -> String {
    let from = jiff::Zoned::now().checked_add(jiff::SignedDuration::from_hours(hours)).unwrap();
    let until = from.checked_add(jiff::SignedDuration::from_hours(2)).unwrap();
    format!("{}-{}", from.strftime("%H:%M"), until.strftime("%H:%M"))
}

#[test]
fn nothing_starts_outside_its_window() {
    let fixture = Fixture::new("");
    let (exit, said) = fixture.run(&["--window", &window(4)]);
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("limits.window"), "{said}");
    assert_eq!(fixture.run(&["--window", &window(-1)]).0, 0);
    let words =
        ["plan", "night.toml", "--window", &window(4), "--rate", "1/h", "--batch-size", "1"];
    let plan = fixture.says(&words);
    let flat = plan.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("it finishes"), "{plan}");
    fixture.input(40, "");
    let flat = fixture.says(&words).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("it does not fit: 5 % by"), "{flat}");
}

/// A server that takes everything and remembers path and body.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    taken: Arc<Mutex<Vec<(String, String)>>>,
}

impl Receiver {
    pub(crate) fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken = Arc::clone(&self.taken);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                take(stream, &taken);
            }
        });
        url
    }

    /// What came since the last look.
    pub(crate) fn taken(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.taken.lock().unwrap())
    }
}

fn take(mut stream: TcpStream, taken: &Mutex<Vec<(String, String)>>) {
    let mut bytes = Vec::new();
    let mut block = [0; 4096];
    loop {
        // A sender that was killed says no more.
        let read = stream.read(&mut block).unwrap_or(0);
        if read == 0 {
            return;
        }
        bytes.extend_from_slice(&block[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_ascii_lowercase();
        let length = length.split_once("content-length: ").unwrap().1;
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        if body.len() >= length {
            let (method, path) = head.split_once(' ').unwrap();
            let path = path.split(' ').next().unwrap();
            let path = if method == "POST" { path.to_owned() } else { format!("{method} {path}") };
            // Remembered before it is answered: whoever sent it goes on only then.
            taken.lock().unwrap().push((path, body.to_owned()));
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            return drop(stream.write_all(answer));
        }
    }
}

#[test]
fn alerts_come_once_per_change_and_pings_every_night() {
    let fixture = Fixture::new("[notify]\nping_url_env = \"PING\"\nwebhook_url_env = \"HOOK\"\n");
    let receiver = Receiver::default();
    let url = receiver.start();
    let (ping, hook) = (format!("{url}/ping"), format!("{url}/hook"));
    let night = |expected: i32| {
        let output = fixture.korebulk(
            &["run", "night.toml", "--quiet"],
            &[("PING", ping.as_str()), ("HOOK", hook.as_str())],
        );
        assert_eq!(output.status.code(), Some(expected));
        receiver.taken()
    };
    let paths = |taken: &[(String, String)]| -> Vec<String> {
        taken.iter().map(|(path, _)| path.clone()).collect()
    };
    assert_eq!(paths(&night(0)), ["/ping/start", "/ping"]);
    fixture.input(3, BAD_ROW);
    let failed = night(1);
    assert_eq!(paths(&failed), ["/ping/start", "/ping/fail", "/hook"]);
    let body: Value = serde_json::from_str(&failed[2].1).unwrap();
    assert_eq!((&body["event"], &body["exitCode"]), (&"failure".into(), &1.into()));
    assert!(body["text"].as_str().unwrap().contains("1 rejected"), "{body}");
    let everything: String = failed.iter().map(|(_, body)| body.as_str()).collect();
    for value in ["Zebedee", "Quux", "not-an-id", ID, "301234"] {
        assert!(!everything.contains(value), "{everything}");
    }
    assert_eq!(paths(&night(1)), ["/ping/start", "/ping/fail"]);
    fs::remove_file(fixture.path("in.csv")).unwrap();
    assert_eq!(paths(&night(2)), ["/ping/start", "/ping/fail", "/hook"], "worse is a change");
    fixture.input(3, "");
    let well = night(0);
    assert_eq!(paths(&well), ["/ping/start", "/ping", "/hook"]);
    assert!(well[2].1.contains("\"event\":\"recovery\""));
}

#[test]
fn an_unresolved_failure_is_said_again_after_three_days() {
    let fixture = Fixture::new("[notify]\nwebhook_url_env = \"HOOK\"\n");
    fixture.input(3, BAD_ROW);
    let receiver = Receiver::default();
    let hook = receiver.start();
    let night = || {
        let output = fixture.korebulk(&["run", "night.toml", "--quiet"], &[("HOOK", &hook)]);
        assert_eq!(output.status.code(), Some(1));
        let notified = receiver.taken().into_iter();
        notified
            .map(|(_, body)| serde_json::from_str::<Value>(&body).unwrap()["event"].clone())
            .collect::<Vec<_>>()
    };
    let notified_before = |hours: i64| {
        let path = fixture.path("korebulk-runs/.alert-night.json");
        let mut state: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours);
        state["at"] = at.to_string().into();
        fs::write(path, state.to_string()).unwrap();
    };
    assert_eq!(night(), ["failure"]);
    notified_before(71);
    assert_eq!(night(), [""; 0], "not yet three days");
    notified_before(73);
    assert_eq!(night(), ["still"]);
    assert_eq!(night(), [""; 0], "three more days from then");
}

#[test]
fn a_webhook_that_refused_its_message_is_said_by_the_next_run() {
    let fixture = Fixture::new("[notify]\nwebhook_url_env = \"HOOK\"\nping_url_env = \"HOOK\"\n");
    fixture.input(3, BAD_ROW);
    // The ping's other path and the webhook: a server that answers nothing but 500.
    let broken = crate::hostile::Hostile::start(|_| crate::hostile::Answer::error(500, "no", 1));
    let night = |url: &str| {
        let output = fixture.korebulk(&["run", "night.toml", "--quiet"], &[("HOOK", url)]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        said
    };
    let said = night(&format!("http://{}/hunter2", broken.addr()));
    assert!(said.contains("it answered 500") && !said.contains("hunter2"), "{said}");
    let receiver = Receiver::default();
    night(&receiver.start());
    assert!(receiver.taken().iter().any(|(_, body)| body.contains("\"event\":\"failure\"")));
}

#[test]
fn a_notifier_that_never_answers_is_given_up() {
    let fixture = Fixture::new("[notify]\nwebhook_url_env = \"HOOK\"\n");
    // Nobody accepts: the connection is made, and no answer ever comes.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hunter2", silent.local_addr().unwrap());
    let output =
        fixture.korebulk(&["run", "night.toml", "--notify-on", "always"], &[("HOOK", &url)]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("no answer in time") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_notifier_that_is_down_changes_nothing() {
    let fixture = Fixture::new("[notify]\nwebhook_url_env = \"HOOK\"\nping_url_env = \"NONE\"\n");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{closed}/hunter2");
    let output =
        fixture.korebulk(&["run", "night.toml", "--notify-on", "always"], &[("HOOK", &url)]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("the webhook was not notified") && !said.contains("hunter2"), "{said}");
}

#[test]
fn metrics_hold_the_last_run_and_the_last_success() {
    let fixture = Fixture::new("[report]\nmetrics_file = \"night.prom\"\n");
    let value = |series: &str| {
        let text = fs::read_to_string(fixture.path("night.prom")).unwrap();
        let line = text.lines().find(|line| line.starts_with(series)).unwrap_or("0").to_owned();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(fixture.run(&[]).0, 0);
    let success = value("korebulk_last_success_timestamp_seconds");
    assert!(success.len() > 10, "{success}");
    fixture.input(3, BAD_ROW);
    let mut collector = File::open(fixture.path("night.prom")).unwrap();
    let whole = fs::read_to_string(fixture.path("night.prom")).unwrap();
    assert_eq!(fixture.run(&[]).0, 1);
    let mut seen = String::new();
    collector.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, whole, "whoever reads the file has one whole night, never parts of two");
    let labels = "job_name=\"night\",operation=\"bulk-update\"";
    assert_eq!(value(&format!("korebulk_records{{{labels},outcome=\"rejected\"}}")), "1");
    assert_eq!(
        value(&format!("korebulk_requests{{{labels},status=\"200\",ending=\"verdicts\"}}")),
        "1"
    );
    assert_eq!(value("korebulk_exit_code"), "1");
    assert_eq!(value("korebulk_last_success_timestamp_seconds"), success);
}

/// The group of the account and the job.
const PUSHED: &str = "/metrics/job/korebulk/account/65f7d49a5dd06e2cefa45012/job_name/night";

#[test]
fn metrics_are_pushed_whole_at_the_end_of_every_night_that_one_that_did_not_begin_included() {
    let fixture = Fixture::new("[report]\npush_url_env = \"PUSH\"\n");
    let receiver = Receiver::default();
    let url = receiver.start();
    let night = |expected: i32| {
        let output = fixture.korebulk(&["run", "night.toml"], &[("PUSH", &format!("{url}/at/"))]);
        assert_eq!(output.status.code(), Some(expected), "{output:?}");
        let mut taken = receiver.taken();
        assert_eq!(taken.len(), 1, "{taken:?}");
        let (path, text) = taken.remove(0);
        assert_eq!(path, format!("PUT /at{PUSHED}"));
        let value = |series: &str| {
            let line = text.lines().find(|line| line.starts_with(series)).unwrap();
            line.rsplit(' ').next().unwrap().to_owned()
        };
        assert_eq!(value("korebulk_exit_code"), expected.to_string());
        value("korebulk_last_success_timestamp_seconds")
    };
    let success = night(0);
    fixture.input(3, BAD_ROW);
    assert_eq!(night(1), success);
    fs::remove_file(fixture.path("in.csv")).unwrap();
    assert_eq!(night(2), success, "a Pushgateway forgets what is not pushed again");
}

#[test]
fn a_push_that_fails_is_said_changes_no_end_and_is_made_by_the_next_command() {
    let fixture = Fixture::new("[report]\npush_url_env = \"PUSH\"\n");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let night = |url: &str, words: &[&str]| {
        let output = fixture.korebulk(words, &[("PUSH", url)]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        said
    };
    let said = night(&format!("http://{closed}/hunter2"), &["run", "night.toml", "--quiet"]);
    assert!(said.contains("the metrics were not pushed: no connection"), "{said}");
    let receiver = Receiver::default();
    let url = receiver.start();
    night(&url, &["prune"]);
    assert_eq!(receiver.taken()[0].0, format!("PUT {PUSHED}"));
    night(&url, &["prune"]);
    assert_eq!(receiver.taken(), [], "once is enough");
}

#[test]
#[ignore = "not every machine has a Pushgateway; .ci/run has"]
fn a_pushgateway_has_the_metrics_of_each_job() {
    let mut gateway = Command::new("prometheus-pushgateway")
        .args(["--web.listen-address=127.0.0.1:0", "--log.format=json"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = BufReader::new(gateway.stderr.take().unwrap());
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let mut places = lines.filter_map(|line| Some(line["address"].as_str()?.to_owned()));
    let address = places.next().unwrap();
    let fixture = Fixture::new("[report]\npush_url_env = \"PUSH\"\n");
    let push = format!("http://{address}");
    for (name, expected) in [("night", 0), ("night", 1), ("a.job_\u{e9}", 1)] {
        let output =
            fixture.korebulk(&["run", "night.toml", "--name", name], &[("PUSH", push.as_str())]);
        assert_eq!(output.status.code(), Some(expected), "{output:?}");
        fixture.input(3, BAD_ROW);
    }
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let mut metrics = String::new();
    stream.read_to_string(&mut metrics).unwrap();
    gateway.kill().unwrap();
    gateway.wait().unwrap();
    let series = |name: &str| metrics.lines().filter(|line| line.starts_with(name)).count();
    assert_eq!(series("korebulk_exit_code{"), 2, "{metrics}");
    assert_eq!(series("korebulk_last_success_timestamp_seconds{"), 1, "{metrics}");
    let labels =
        "account=\"65f7d49a5dd06e2cefa45012\",instance=\"\",job=\"korebulk\",job_name=\"night\"";
    assert!(
        metrics.contains(&format!("korebulk_exit_code{{{labels},operation=\"bulk-update\"}} 1")),
        "{metrics}"
    );
}

#[test]
fn the_audit_is_a_chain_and_notices_changes() {
    let fixture = Fixture::new("");
    let verify = || {
        let output = fixture.korebulk(&["runs", "--verify"], &[]);
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(verify().0, 2, "there is none yet");
    assert_eq!(fixture.run(&["--reason", "ticket 7", "--max-records", "9"]).0, 0);
    let audit = fixture.path("korebulk-runs/audit.jsonl");
    let text = fs::read_to_string(&audit).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["start"]["reason"], "ticket 7");
    assert_eq!(lines[0]["start"]["overrides"], serde_json::json!(["guard.max_records = 9"]));
    assert_eq!(lines[1]["end"]["ledger"]["succeeded"], 3);
    assert!(!text.contains("Zebedee"));
    assert_eq!(verify().0, 0);
    fixture.says(&["report", "latest"]);
    assert_eq!(verify().0, 0, "a report written again is noted");
    let report = fixture.run_dir().join("report.json");
    let whole = fs::read_to_string(&report).unwrap();
    fs::write(&report, whole.replace("Zebedee", "Zebulon")).unwrap();
    let (exit, said) = verify();
    assert!(exit == 1 && said.contains("was changed since"), "{said}");
    fs::write(&audit, text.replace("ticket 7", "ticket 8")).unwrap();
    let (exit, said) = verify();
    assert!(exit == 1 && said.contains("line 2 does not follow line 1"), "{said}");
    fs::write(&audit, text.lines().next().unwrap().to_owned() + "\n").unwrap();
    assert!(verify().1.contains("no line says so"), "an end that was cut off is missed");
}

#[test]
fn scrubbing_takes_the_contacts_and_leaves_ids_and_outcomes() {
    let fixture = Fixture::new("");
    fixture.input(3, BAD_ROW);
    assert_eq!(fixture.run(&[]).0, 1);
    let holds = |dir: &Path, text: &str| {
        let mut files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        files.any(|file| {
            let bytes = fs::read(file).unwrap();
            bytes.windows(text.len()).any(|part| part == text.as_bytes())
        })
    };
    let run = fixture.run_dir();
    assert!(holds(&run, "Zebedee"));
    assert_eq!(fixture.says(&["prune"]), "nothing to scrub\n");
    let said = fixture.says(&["prune", "--dry-run", "--keep-days", "0"]);
    assert!(said.contains("would be scrubbed") && holds(&run, "Zebedee"), "{said}");
    assert!(fixture.says(&["prune", "--keep-days", "0"]).contains("is scrubbed"));
    for value in ["Zebedee", "Quux", "30123456"] {
        assert!(!holds(&run, value), "{value} is still there");
    }
    assert_eq!(fixture.says(&["prune", "--keep-days", "0"]), "nothing to scrub\n");
    let report: Value =
        serde_json::from_slice(&fs::read(run.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["successfulRecords"][0], serde_json::json!({"id": format!("{ID}00")}));
    assert_eq!(report["rejected"], 1);
    assert!(fixture.says(&["find", &format!("{ID}01")]).contains("bulk-update succeeded"));
    assert!(fixture.says(&["runs", "latest"]).contains("scrubbed  20"));
    assert_eq!(fixture.korebulk(&["runs", "--verify"], &[]).status.code(), Some(0));
    // The next run scrubs by itself.
    assert_eq!(fixture.run(&["--keep-days", "0"]).0, 1);
    fixture.run(&["--keep-days", "0"]);
    assert!(
        !fixture.says(&["prune", "--dry-run", "--keep-days", "0"]).contains(run.to_str().unwrap())
    );
}

#[test]
fn a_contact_is_found_in_every_run_that_touched_it() {
    let fixture = Fixture::new("");
    let nameless = format!("{ID}ee");
    fixture.input(3, &format!("{nameless},Mx,,Quux,3012345699,49,7\n"));
    fixture.run(&[]);
    fixture.run(&[]);
    let found = fixture.says(&["find", &format!("{ID}02").to_ascii_uppercase()]);
    assert_eq!(found.matches("bulk-update succeeded").count(), 2, "{found}");
    let json = fixture.says(&["find", &nameless, "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 2);
    assert_eq!(json[0]["outcome"], "rejected");
    assert_eq!(json[0]["row"], 5);
    assert!(fixture.says(&["find", "ffffffffffffffffffffffff"]).starts_with("no run names"));
}

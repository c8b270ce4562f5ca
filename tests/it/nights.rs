//! Night after night as a scheduler makes them: the line that `schedule` prints, with what the scheduler gives it.
//!
//! systemd's own part (user, credentials, restart, hardening) was looked at in a systemd booted with
//! `debootstrap` and `systemd-nspawn --boot --register=no --keep-unit`; here its environment is made by hand,
//! so that this runs everywhere. After a change of the unit, look again.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::hostile::{Answer, Hostile};
use crate::ledger_server::{Act, LedgerServer, World};
use crate::support::{ACCOUNT, CLIENT, Place, SECRET, STREAM, id, id_table, report, signal};
use crate::unattended::Receiver;

const JOB: &str = r#"[limits]
rate = "none"
batch_size = 10
concurrency = 1
[guard]
max_records = 60
[notify]
ping_url_env = "PING_URL"
webhook_url_env = "HOOK_URL"
[report]
metrics_file = "night.prom"
push_url_env = "PUSH_URL"
"#;

/// A job, its server, its receiver of alerts, and the number of the request that is not answered.
struct Fixture {
    place: Place,
    server: LedgerServer,
    held: Arc<AtomicUsize>,
    receiver: Receiver,
    url: String,
}

impl Fixture {
    fn new() -> Self {
        Self::with(World::default())
    }

    fn with(world: World) -> Self {
        let held = Arc::new(AtomicUsize::new(0));
        let unanswered = Arc::clone(&held);
        let server = LedgerServer::start(world, move |asked| {
            match asked.number == unanswered.load(Ordering::SeqCst) {
                true => Act::Hold { work: false },
                false => Act::Serve,
            }
        });
        let place = Place::at(server.addr);
        place.write("nightly.toml", place.job("bulk-delete", "stale.csv") + JOB);
        let receiver = Receiver::default();
        let url = receiver.start();
        Self { place, server, held, receiver, url }
    }

    /// Tonight's export.
    fn export(&self, ids: std::ops::Range<usize>) {
        self.place.write("stale.csv", id_table(&ids.map(id).collect::<Vec<_>>()));
    }

    fn schedule(&self, more: &[&str]) -> String {
        let words = [&["schedule", "nightly.toml", "--at", "daily 02:00"], more].concat();
        self.place.run(&words).exits(0).out
    }

    /// From now on the `number`th request, counted from here, gets no answer.
    fn hold(&self, number: usize) -> usize {
        let number = self.server.received().requests.len() + number;
        self.held.store(number, Ordering::SeqCst);
        number
    }

    /// The notifications since the last look: paths, and the body of the webhook.
    fn notified(&self) -> (Vec<String>, Option<Value>) {
        let taken = self.receiver.taken();
        let hook = taken.iter().find(|(path, _)| path == "/hook");
        let hook = hook.map(|(_, body)| serde_json::from_str(body).unwrap());
        let heard = taken.into_iter().map(|(path, _)| path).filter(|path| !path.starts_with("PUT"));
        (heard.collect(), hook)
    }

    /// Each of these was applied once, and no record that had its answer was sent again.
    fn applied_once(&self, ids: std::ops::Range<usize>) {
        let received = self.server.received();
        let expected: BTreeSet<String> = ids.map(id).collect();
        let applied: BTreeSet<String> = received.applied.keys().cloned().collect();
        assert_eq!(applied, expected);
        assert!(received.applied.values().all(|times| *times == 1));
        let answered = received.requests.iter().filter(|request| request.answered);
        assert_eq!(answered.map(|request| request.ids.len()).sum::<usize>(), expected.len());
    }
}

/// What systemd does with a unit's `[Service]`, as far as the process can see it.
struct Service<'a> {
    fixture: &'a Fixture,
    words: Vec<String>,
    credentials: PathBuf,
}

impl<'a> Service<'a> {
    fn of(fixture: &'a Fixture) -> Self {
        let unit = fixture.schedule(&[]);
        let value = |key: &str| {
            let mut lines = unit.lines().filter_map(|line| line.strip_prefix(key));
            (lines.next().unwrap_or_else(|| panic!("no {key} in {unit}")).to_owned(), lines.count())
        };
        // What is writable for the process is what it writes to.
        assert_eq!(value("StateDirectory=").0, "korebulk-korebulk");
        assert_eq!(value("Environment=").0, "XDG_STATE_HOME=/var/lib/korebulk-korebulk");
        assert_eq!(value("SupplementaryGroups=").0, "korebulk");
        let writable = value("ReadWritePaths=").0;
        let here = fixture.place.path().display().to_string();
        assert_eq!(writable, format!("{here}/korebulk-runs -{here} -/var/lib/korebulk"));
        let credentials = fixture.place.path().join("credentials");
        let loaded: Vec<&str> = unit
            .lines()
            .filter_map(|line| line.strip_prefix("LoadCredential="))
            .map(|line| line.split_once(':').unwrap().0)
            .collect();
        assert_eq!(loaded, ["client-secret", "ping-url", "webhook-url", "push-url"]);
        // As its steps say.
        fs::create_dir_all(fixture.place.path().join("korebulk-runs")).unwrap();
        let words = split(&value("ExecStart=").0, &credentials.display().to_string());
        Self { fixture, words, credentials }
    }

    /// Starts a night: credentials come with the start, and nothing of this process's environment.
    fn start(&self) -> Child {
        self.command().spawn().unwrap()
    }

    fn command(&self) -> Command {
        let (ping, hook) =
            (format!("{}/ping", self.fixture.url), format!("{}/hook", self.fixture.url));
        fs::create_dir_all(&self.credentials).unwrap();
        for (name, value) in [
            ("client-secret", SECRET),
            ("ping-url", &ping),
            ("webhook-url", &hook),
            ("push-url", &self.fixture.url),
        ] {
            fs::write(self.credentials.join(name), format!("{value}\n")).unwrap();
        }
        let mut command = Command::new(&self.words[0]);
        command
            .args(&self.words[1..])
            .env_clear()
            .env("CREDENTIALS_DIRECTORY", &self.credentials)
            .env("KOREBULK_STATE_DIR", self.fixture.place.path().join("state"))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Its end; the credentials go with the process.
    fn ends(&self, child: Child) -> Output {
        let output = child.wait_with_output().unwrap();
        fs::remove_dir_all(&self.credentials).unwrap();
        output
    }

    /// A whole night: it exits so; who was notified of it.
    #[track_caller]
    fn night(&self, exit: i32) -> (Vec<String>, Option<Value>) {
        let output = self.ends(self.start());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{said}");
        self.fixture.notified()
    }

    /// A night that is ended by `name` while a request has no answer.
    fn broken_off(&self, name: &str) -> Output {
        let held = self.fixture.hold(3);
        let child = self.start();
        self.fixture.server.wait_for_arrivals(held);
        signal(&child, name);
        self.ends(child)
    }
}

/// The words of a command line, as `systemd.service(5)` reads them.
pub(crate) fn split(line: &str, credentials: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let word = words.last_mut().unwrap();
        match letter {
            '"' => quoted = !quoted,
            '\\' => word.push(letters.next().unwrap()),
            ' ' if !quoted => words.push(String::new()),
            _ => word.push(letter),
        }
    }
    let read = |word: String| {
        let word = word.replace("${CREDENTIALS_DIRECTORY}", credentials);
        word.replace("$$", "$").replace("%%", "%")
    };
    words.into_iter().map(read).collect()
}

#[test]
fn a_service_goes_from_guard_to_alert_to_recovery_and_over_a_killed_night() {
    let fixture = Fixture::new();
    let service = Service::of(&fixture);

    fixture.export(0..61);
    let (paths, hook) = service.night(3);
    assert_eq!(paths, ["/ping/start", "/ping/fail", "/hook"]);
    let hook = hook.unwrap();
    assert_eq!((&hook["event"], &hook["exitCode"]), (&"failure".into(), &3.into()));
    let because = "`guard.max_records`: at most 60 records, 61 would be sent; nothing was sent";
    assert_eq!(hook["because"], because);
    assert_eq!(service.night(3).0, ["/ping/start", "/ping/fail"], "notified once");
    assert_eq!(fixture.server.received().requests.len(), 0, "a guard sends nothing");

    fixture.export(0..20);
    let (paths, hook) = service.night(0);
    assert_eq!(paths, ["/ping/start", "/ping", "/hook"]);
    assert_eq!(hook.unwrap()["event"], "recovery");

    fixture.export(20..70);
    let killed = service.broken_off("KILL");
    assert_eq!(killed.status.code(), None);
    assert_eq!(fixture.notified().0, ["/ping/start"], "the ping that does not come tells of it");

    // The file of the next night finishes nothing: the stored copy does.
    fixture.export(70..90);
    let next = service.ends(service.start());
    let said = String::from_utf8_lossy(&next.stderr);
    assert_eq!(next.status.code(), Some(0), "{said}");
    assert!(said.contains("not read: the interrupted run"), "its own file waits: {said}");
    let (paths, hook) = fixture.notified();
    assert_eq!((paths, hook), (vec!["/ping/start".to_owned(), "/ping".to_owned()], None));
    fixture.applied_once(0..70);
    let finished = report(fixture.place.runs().last().unwrap());
    assert_eq!((&finished["read"], &finished["successful"]), (&50.into(), &50.into()));
    let metrics = fs::read_to_string(fixture.place.path().join("night.prom")).unwrap();
    assert!(metrics.contains("outcome=\"succeeded\"} 50\n"), "{metrics}");

    assert_eq!(service.night(0).0, ["/ping/start", "/ping"]);
    fixture.applied_once(0..90);
}

#[test]
fn a_service_that_is_stopped_says_so_and_goes_on_at_its_next_start() {
    let fixture = Fixture::new();
    let service = Service::of(&fixture);
    fixture.export(0..50);
    // The grace is not waited for: the second signal of `TimeoutStopSec=` is a SIGKILL, tested above.
    fs::write(
        fixture.place.path().join("nightly.toml"),
        fixture.place.job("bulk-delete", "stale.csv")
            + &JOB.replace("[guard]", "grace = \"100ms\"\n[guard]"),
    )
    .unwrap();
    let stopped = service.broken_off("TERM");
    assert_eq!(stopped.status.code(), Some(4));
    let (paths, hook) = fixture.notified();
    assert_eq!(paths, ["/ping/start", "/ping/fail", "/hook"]);
    let hook = hook.unwrap();
    assert_eq!(hook["because"], "stopped: interrupted by SIGTERM");
    let next = hook["next"].as_str().unwrap();
    assert_eq!(next, format!("korebulk resume {}", fixture.place.the_run().display()));

    // The limits are those that the job has by then, and not the stopped run's.
    let job = fixture.place.path().join("nightly.toml");
    let text = fs::read_to_string(&job).unwrap();
    fs::write(&job, text.replace("[guard]", "window = \"22:00-06:00\"\n[guard]")).unwrap();
    let noon = crate::windows::zone("12:00", jiff::SignedDuration::ZERO);
    let shut = service.ends(service.command().env("TZ", noon).spawn().unwrap());
    assert_eq!(shut.status.code(), Some(3));
    assert_eq!(fixture.notified().0, ["/ping/start", "/ping/fail"], "as bad as before");
    fs::write(job, text).unwrap();

    let (paths, hook) = service.night(0);
    assert_eq!(paths, ["/ping/start", "/ping", "/hook"]);
    assert_eq!(hook.unwrap()["event"], "recovery");
    fixture.applied_once(0..50);
}

#[test]
fn a_start_beside_another_tells_nobody() {
    let fixture = Fixture::new();
    let service = Service::of(&fixture);
    fixture.export(0..20);
    let held = fixture.hold(1);
    let first = service.start();
    fixture.server.wait_for_arrivals(held);
    assert_eq!(fixture.notified().0, ["/ping/start"]);
    let second = service.start().wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(75));
    assert_eq!(fixture.notified(), (Vec::new(), None), "the other one will tell");
    assert!(!fixture.place.path().join("night.prom").exists());
    signal(&first, "KILL");
    service.ends(first);
}

#[test]
fn a_run_begun_by_hand_is_finished_with_the_services_own_credentials() {
    let fixture = Fixture::new();
    fixture.export(0..50);
    let held = fixture.hold(3);
    let mut by_hand = fixture.place.spawn(&["run", "nightly.toml", "--quiet"]);
    fixture.server.wait_for_arrivals(held);
    by_hand.kill().unwrap();
    by_hand.wait().unwrap();
    // The variable that it had its secret from is nowhere in the service.
    let service = Service::of(&fixture);
    assert_eq!(service.night(0).0, ["/ping/start", "/ping"]);
    fixture.applied_once(0..50);
}

#[test]
fn a_run_on_another_target_is_not_finished_in_its_place() {
    let (before, now) = (Fixture::new(), Fixture::new());
    before.export(0..50);
    let service = Service::of(&before);
    service.broken_off("KILL");
    let sent = before.server.received().requests.len();
    // The job moves from the one host to the other, its runs stay where they are.
    let job = before.place.path().join("nightly.toml");
    let text = fs::read_to_string(&job).unwrap();
    let moved = text.replace(&before.server.addr.to_string(), &now.server.addr.to_string());
    fs::write(job, moved).unwrap();
    service.night(0);
    now.applied_once(0..50);
    assert_eq!(
        before.server.received().requests.len(),
        sent,
        "nothing more goes to the other host"
    );
}

#[test]
fn alerts_hold_counts_and_nothing_of_contacts_or_of_the_servers_words() {
    let fixture = Fixture::with(World { refused: [id(3), id(4)].into(), ..World::default() });
    let service = Service::of(&fixture);
    fixture.export(0..20);
    assert_eq!(service.ends(service.start()).status.code(), Some(1));
    let taken = fixture.receiver.taken();
    assert_eq!(taken.len(), 4);
    let hook: Value = serde_json::from_str(&taken[2].1).unwrap();
    assert_eq!(hook["ledger"]["failed"], 2);
    assert!(hook["text"].as_str().unwrap().contains("Of 20 read: 18 succeeded, 2 failed."));
    let metrics = fs::read_to_string(fixture.place.path().join("night.prom")).unwrap();
    let everything = taken.iter().map(|(_, body)| body.as_str()).chain([metrics.as_str()]);
    for text in everything {
        for word in ["not allowed", &id(3), &id(0), SECRET] {
            assert!(!text.contains(word), "`{word}` in {text}");
        }
    }
}

#[test]
fn a_sentence_in_the_place_of_a_code_is_said_to_nobody() {
    let fixture = Fixture::new();
    let refusal = json!({"errors": [{"msg": "no", "code": "Zebedee Quux is not wanted"}]});
    let refusing = Hostile::start(move |_| Answer::json(400, &refusal));
    let text = fs::read_to_string(fixture.place.path().join("nightly.toml")).unwrap();
    let host = refusing.addr().to_string();
    fixture.place.write("nightly.toml", text.replace(&fixture.server.addr.to_string(), &host));
    fixture.export(0..60);
    let service = Service::of(&fixture);
    let output = service.ends(service.start());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(6), "{said}");
    let hook = fixture.notified().1.unwrap();
    let because = hook["because"].as_str().unwrap();
    assert!(because.contains("the first 3 batches were all refused alike (HTTP 400)"), "{because}");
    let runs = fixture.place.path().join("korebulk-runs");
    let audit = fs::read_to_string(runs.join("audit.jsonl")).unwrap();
    let log = fs::read_to_string(fixture.place.the_run().join("log.jsonl")).unwrap();
    for text in [said, hook.to_string(), audit, log] {
        assert!(!text.contains("Zebedee"), "{text}");
    }
}

#[test]
fn metrics_count_what_was_throttled() {
    let fixture = Fixture::new();
    let throttling = LedgerServer::start(World::default(), |asked| match asked.number {
        2 => Act::Throttle(1),
        _ => Act::Serve,
    });
    fixture.export(0..20);
    let host = format!("http://{}", throttling.addr);
    let text = fs::read_to_string(fixture.place.path().join("nightly.toml")).unwrap();
    fixture
        .place
        .write("nightly.toml", text.replace(&format!("http://{}", fixture.server.addr), &host));
    Service::of(&fixture).night(0);
    let metrics = fs::read_to_string(fixture.place.path().join("night.prom")).unwrap();
    let labels = "job_name=\"nightly\",operation=\"bulk-delete\"";
    for line in [
        format!("korebulk_throttled_requests{{{labels}}} 1\n"),
        format!("korebulk_requests{{{labels},status=\"429\",ending=\"throttled\"}} 1\n"),
        format!("korebulk_requests{{{labels},status=\"200\",ending=\"verdicts\"}} 2\n"),
    ] {
        assert!(metrics.contains(&line), "{line}{metrics}");
    }
}

/// cron's shell and its environment; what it prints is what would be mailed.
fn cron(fixture: &Fixture, line: &str) -> (Option<i32>, String) {
    let command = line.splitn(6, ' ').nth(5).unwrap().replace("\\%", "%");
    let output = Command::new("/bin/sh")
        .args(["-c", &command])
        .env_clear()
        .env("HOME", fixture.place.path())
        .env("PATH", "/usr/bin:/bin")
        .current_dir(fixture.place.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mail = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(mail).unwrap())
}

/// The job of docs/unattended.md, its places filled in; what it says besides stays as it is.
fn readmes_job(fixture: &Fixture) -> (String, String) {
    let readme = include_str!("../../docs/unattended.md");
    let section = readme.split("\n## Afterwards").next().unwrap();
    let job = section.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let here = fixture.place.path().display().to_string();
    let mut filled = job.to_owned();
    for (place, value) in [
        ("https://platform.kore.ai", format!("http://{}", fixture.server.addr)),
        ("\"st-…\"", format!("\"{STREAM}\"")),
        ("account_id = \"…\"", format!("account_id = \"{ACCOUNT}\"")),
        ("\"cs-…\"", format!("\"{CLIENT}\"")),
        ("/var/lib/node_exporter/textfile", here),
    ] {
        assert!(filled.contains(place), "the job has no {place}");
        filled = filled.replace(place, &value);
    }
    (section.to_owned(), filled)
}

#[test]
fn readmes_job_and_commands_work_as_they_are() {
    let fixture = Fixture::new();
    let (section, job) = readmes_job(&fixture);
    fixture.place.write("nightly.toml", job);
    fixture.place.write("legal-hold.csv", id_table(&[id(9_999)]));
    let mut commands = section.lines().filter_map(|line| line.strip_prefix("$ korebulk schedule "));
    let printed = commands.by_ref().map(|command| {
        let command = command.split(" #").next().unwrap();
        let command = command.replace("/srv/kore/nightly.toml", "nightly.toml");
        let shell = format!("\"$0\" schedule {command}");
        let output = fixture.place.korebulk(&[]).get_program().to_owned();
        let output = Command::new("sh")
            .args(["-c", &shell])
            .arg(output)
            .current_dir(fixture.place.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    });
    assert_eq!(printed.filter(|unit| unit.contains("--or-resume")).count(), 3);
    let service = Service::of(&fixture);
    let zone = crate::windows::zone("23:00", jiff::SignedDuration::ZERO);
    let local = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::posix(&zone).unwrap());
    let name = format!("exports/{}", local.strftime("stale-%Y-%m-%d.csv"));
    let night = |records: std::ops::Range<usize>| {
        let table = id_table(&records.map(id).collect::<Vec<_>>());
        let table = table.replace('\n', ",no\n").replacen("id,no", "Contact ID,Customer", 1);
        fixture.place.write(&name, table);
        let output = service.ends(service.command().env("TZ", &zone).spawn().unwrap());
        let paths = fixture.notified().0;
        (output.status.code(), paths, String::from_utf8(output.stderr).unwrap())
    };
    let (exit, paths, said) = night(0..5_001);
    assert_eq!((exit, paths.len()), (Some(3), 3), "{said}");
    let (exit, paths, said) = night(0..20);
    assert_eq!((exit, paths.len(), said.as_str()), (Some(0), 3, ""));
    fixture.applied_once(0..20);
}

#[test]
fn crons_mail_comes_only_when_something_is_wrong() {
    let fixture = Fixture::new();
    fixture.place.write("secret", SECRET);
    let job = fixture.place.job("bulk-delete", "stale.csv");
    let job = job.replace("[input]", "client_secret_file = \"secret\"\n[input]");
    let limits = JOB.split("[notify]").next().unwrap();
    fixture.place.write("nightly.toml", job + limits);
    let text = fixture.schedule(&["--format", "cron"]);
    let line = text.lines().last().unwrap();
    fixture.export(0..20);
    assert_eq!(cron(&fixture, line), (Some(0), String::new()));
    fixture.export(0..61);
    let (exit, mail) = cron(&fixture, line);
    assert_eq!(exit, Some(3));
    assert!(mail.contains("guard.max_records") && mail.contains("(exit 3)"), "{mail}");
    fixture.export(0..20);
    fixture.place.write("secret", "");
    let (exit, mail) = cron(&fixture, line);
    assert_eq!(exit, Some(2));
    assert!(mail.contains("is empty"), "{mail}");
}

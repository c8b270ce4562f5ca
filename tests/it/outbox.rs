//! The end of a run is announced once, by whoever gets to it: its own process, or the next command after a kill.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use korebulk::inside::{Journal, Phase};
use serde_json::Value;

use crate::ledger_server::{Act, LedgerServer, World};
use crate::support::{Place, Ran, all_at_once, id_table, ids, report};
use crate::unattended::Receiver;

/// A job that tells everybody, and its place.
struct Night {
    place: Place,
    server: LedgerServer,
    receiver: Receiver,
    url: String,
}

impl Night {
    fn new() -> Self {
        let slow = |_: &crate::ledger_server::Asked<'_>| Act::Slow(Duration::from_millis(500));
        let server = LedgerServer::start(World::default(), slow);
        let receiver = Receiver::default();
        let url = receiver.start();
        let place = Place::at(server.addr);
        place.write("in.csv", id_table(&ids(4)));
        let more = "name = \"night\"\nnotify.webhook_url_env = \"HOOK\"\n\
                    notify.ping_url_env = \"PING\"\nnotify.on = [\"always\"]\n\
                    limits.rate = [\"none\"]\nguard.max_records = 100\n\
                    report.metrics_file = \"night.prom\"\nreport.push_url_env = \"PUSH\"\n";
        place.write("night.toml", format!("{more}{}", place.job("bulk-delete", "in.csv")));
        Self { place, server, receiver, url }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.place.korebulk(args);
        command.env("HOOK", format!("{}/hook", self.url)).env("PING", format!("{}/ping", self.url));
        command.env("PUSH", format!("{}/push", self.url));
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command(args).output().unwrap())
    }

    fn audit(&self) -> PathBuf {
        self.place.path().join("korebulk-runs/audit.jsonl")
    }

    /// Runs up to the commit that notes the end, and dies before anybody is notified of it.
    fn killed_before_anybody_heard(&self) {
        let mut child: Child = self.command(&["run", "night.toml"]).spawn().unwrap();
        self.server.wait_for_arrivals(1);
        // Whoever holds the audit holds up the notifications.
        let audit = File::open(self.audit()).unwrap();
        audit.lock().unwrap();
        let since = Instant::now();
        while self.phase() != Some(Phase::Finished) {
            assert!(since.elapsed() < Duration::from_secs(30), "the end does not come");
            thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        drop(audit);
        assert_eq!(self.ends(), 0, "nobody was notified");
        assert_eq!(self.receiver.taken().len(), 1, "but that it began");
    }

    fn phase(&self) -> Option<Phase> {
        let run = self.place.runs().pop()?;
        let copy = tempfile::tempdir().unwrap();
        for name in ["journal.db", "journal.db-wal"] {
            let _ = fs::copy(run.join(name), copy.path().join(name));
        }
        Journal::open(&copy.path().join("journal.db")).ok()?.phase().ok()
    }

    /// Lines of the audit that say that a run ended.
    fn ends(&self) -> usize {
        let text = fs::read_to_string(self.audit()).unwrap();
        text.lines().filter(|line| line.contains("\"event\":\"end\"")).count()
    }

    /// The steps of the pings and the events of the webhook's messages since the last look.
    fn heard(&self) -> Vec<String> {
        let event = |(path, body): (String, String)| match serde_json::from_str::<Value>(&body) {
            Ok(body) if path == "/hook" => format!("hook {}", body["exitCode"]),
            _ if path.starts_with("PUT /push/") => "push".to_owned(),
            _ => path,
        };
        let mut heard: Vec<String> = self.receiver.taken().into_iter().map(event).collect();
        heard.sort();
        heard
    }

    fn metrics(&self) -> bool {
        let text = fs::read_to_string(self.place.path().join("night.prom")).unwrap_or_default();
        text.contains("korebulk_exit_code")
    }
}

#[test]
fn an_end_that_nobody_was_notified_of_is_announced_by_the_next_command_whichever_it_is() {
    let commands: [&[&str]; 9] = [
        &["runs"],
        &["runs", "--verify"],
        &["runs", "latest"],
        &["find", "6964af600000000000000000"],
        &["report", "latest"],
        &["resume", "latest"],
        &["retry", "latest"],
        &["prune"],
        &["run", "night.toml", "--or-resume"],
    ];
    all_at_once(commands, |args| {
        let night = Night::new();
        night.killed_before_anybody_heard();
        let sent = night.server.received().requests.len();
        let ran = night.run(args);
        assert_eq!(night.ends(), 1, "{args:?}: {ran:?}");
        assert_eq!(night.heard(), ["/ping", "hook 0", "push"], "{args:?}: {ran:?}");
        assert!(night.metrics(), "{args:?}");
        assert_eq!(night.server.received().requests.len(), sent, "{args:?} sent something again");
        assert!(!night.place.the_run().join("input.zst").exists(), "{args:?}");
        let verified = night.run(&["runs", "--verify"]).exits(0);
        assert!(!verified.out.contains("no line says"), "{}", verified.out);
        assert_eq!(night.ends(), 1, "once is enough");
        assert_eq!(night.heard(), [] as [String; 0]);
    });
}

#[test]
fn started_again_after_a_kill_between_its_end_and_the_notifications_it_ends_as_it_had_and_sends_nothing()
 {
    let night = Night::new();
    night.killed_before_anybody_heard();
    let run = night.place.the_run();
    let ran = night.run(&["run", "night.toml", "--or-resume"]).exits(0);
    let ran = ran.says("Nothing of this run is left to send");
    assert_eq!(night.place.the_run(), run, "{}", ran.err);
    assert_eq!(night.server.received().requests.len(), 1);
    assert_eq!(report(&run)["exitCode"], 0);
    // The night after is a run of its own.
    night.run(&["run", "night.toml", "--or-resume"]).exits(0);
    assert_eq!(night.place.runs().len(), 2);
    assert_eq!(night.ends(), 2);
}

#[test]
fn a_plain_run_notifies_of_the_end_before_it_and_then_sends() {
    let night = Night::new();
    night.killed_before_anybody_heard();
    night.run(&["run", "night.toml"]).exits(0);
    assert_eq!(night.ends(), 2);
    assert_eq!(
        night.heard(),
        ["/ping", "/ping", "/ping/start", "hook 0", "hook 0", "push", "push"]
    );
    assert_eq!(night.place.runs().len(), 2);
    assert!(night.run(&["runs", "--verify"]).exits(0).out.contains("4 lines"));
}

#[test]
fn a_receiver_that_was_down_is_notified_by_the_next_run_once_and_of_the_latest_end_alone() {
    let night = Night::new();
    let down = |args: &[&str]| {
        let mut command = night.command(args);
        command.env("HOOK", "http://127.0.0.1:9/hook").env("PING", "http://127.0.0.1:9/ping");
        command.env("PUSH", "http://127.0.0.1:9/push");
        Ran::of(&command.output().unwrap())
    };
    let ran = down(&["run", "night.toml"]).exits(0);
    assert!(ran.err.contains("the webhook was not notified"), "{}", ran.err);
    let run = night.place.the_run();
    assert!(run.join("unfinished").exists());
    // Another command does not wait for a receiver that was down.
    night.run(&["runs"]).exits(0);
    assert_eq!(night.heard(), [] as [String; 0]);
    night.run(&["prune"]).exits(0);
    assert_eq!(night.heard(), ["/ping", "hook 0", "push"]);
    assert!(!run.join("unfinished").exists());
    night.run(&["prune"]).exits(0);
    assert_eq!(night.heard(), [] as [String; 0]);
    // What was notified of a later run holds.
    down(&["run", "night.toml"]).exits(0);
    night.run(&["run", "night.toml"]).exits(0);
    let heard = night.heard();
    assert_eq!(heard.iter().filter(|one| *one == "hook 0").count(), 2, "{heard:?}");
    night.place.runs().iter().for_each(|run| assert!(!run.join("unfinished").exists()));
}

//! The crash matrix: SIGKILL at every point of a run, for every operation; then resume, then the counts.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use korebulk::Operation;
use korebulk::inside::{Journal, Phase};

use crate::ledger_server::{Act, Asked, LedgerServer, World};
use crate::trial::{End, Trial, csv, exit_code, files, id};

/// Records and options that make about six requests.
fn shape(operation: Operation) -> (usize, &'static [&'static str]) {
    match operation {
        Operation::BulkUpdate | Operation::BulkDelete => {
            (60, &["--batch-size", "10", "--concurrency", "2"])
        }
        _ => (6, &["--concurrency", "2"]),
    }
}

/// Those of which all is done in the end. What must not be sent twice is tried in `create`.
fn operations() -> impl Iterator<Item = Operation> {
    Operation::ALL.into_iter().filter(|operation| operation.spec().idempotent)
}

fn trial(
    operation: Operation,
    script: impl Fn(&Asked<'_>) -> Act + Send + Sync + 'static,
) -> Trial {
    let (records, options) = shape(operation);
    Trial::new(operation, records, 0, LedgerServer::start(World::default(), script), options)
}

/// Everything was applied, and everything is said to be.
fn check_the_end(trial: &mut Trial, last: End, records: usize) {
    assert_eq!(trial.finish(last), 0, "{}", trial.said());
    assert_eq!(trial.server.received().applied.len(), records);
}

/// Spins until `holds`; what it waits for lasts only milliseconds.
fn spin(child: &mut Child, mut holds: impl FnMut() -> bool) -> bool {
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(30) {
        if holds() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
    }
    panic!("the moment never came");
}

#[test]
fn killed_while_it_reads_it_has_sent_nothing_and_runs_again() {
    for operation in operations() {
        let mut trial = trial(operation, |_| Act::Serve);
        let mut child = trial.start_command("-").stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let ids: Vec<_> = (0..20_000).map(|number| Some(id(operation, number))).collect();
        stdin.write_all(csv(operation, &ids).as_bytes()).unwrap();
        assert!(spin(&mut child, || trial.phase() == Some(Phase::Reading)));
        let last = trial.kill(child);
        // It never ended: the rest was still to come.
        drop(stdin);
        let child = trial.resume();
        assert_eq!(trial.wait(child), End::Exit(2));
        assert!(trial.said().contains("nothing was sent"), "{}", trial.said());
        check_the_end(&mut trial, last, shape(operation).0);
    }
}

#[test]
fn killed_after_an_intent_its_records_are_unknown_though_no_byte_left() {
    for operation in operations() {
        let (records, options) = shape(operation);
        let (address, listener, waiting) = full_queue();
        let server = LedgerServer::unopened(address, World::default(), |_| Act::Serve);
        let mut trial = Trial::new(operation, records, 0, server, options);
        let mut child = trial.start();
        assert!(spin(&mut child, || open_requests(&trial) > 0), "{}", trial.said());
        let last = trial.kill(child);
        assert_eq!(last, End::Killed);
        assert_eq!(trial.server.received().requests.len(), 0, "no byte was to leave");
        let (_copy, journal) = trial.journal().unwrap();
        journal.recover().unwrap();
        assert!(journal.ledger(records as u64).unwrap().unknown > 0);
        trial.server.open(listener);
        drop(waiting);
        check_the_end(&mut trial, last, records);
        assert!(trial.server.received().applied.values().all(|times| *times == 1));
    }
}

/// A listener whose queue is full: who connects waits, with nothing sent.
fn full_queue() -> (std::net::SocketAddr, std::net::TcpListener, Vec<tokio::net::TcpStream>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (listener, waiting) = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        let patience = Duration::from_millis(100);
        while let Ok(connection) =
            tokio::time::timeout(patience, tokio::net::TcpStream::connect(address)).await
        {
            waiting.push(connection.unwrap());
        }
        (listener.into_std().unwrap(), waiting)
    });
    listener.set_nonblocking(false).unwrap();
    // The waiting' sockets close with their runtime's driver gone as well as with it.
    std::mem::forget(runtime);
    (listener.local_addr().unwrap(), listener, waiting)
}

fn open_requests(trial: &Trial) -> usize {
    let mut open = 0;
    if let Some((_copy, journal)) = trial.journal() {
        let counted = journal.for_each_request(|row| open += usize::from(row.ended_at.is_none()));
        // A copy taken in the middle of a write.
        open = counted.map_or(0, |()| open);
    }
    open
}

#[test]
fn killed_after_a_send_it_says_unknown_whether_or_not_the_server_did_the_work() {
    for operation in operations() {
        for work in [true, false] {
            for at in [1, 4] {
                let mut trial = trial(operation, move |asked| match asked.number == at {
                    true => Act::Hold { work },
                    false => Act::Serve,
                });
                let child = trial.start();
                trial.server.wait_for_arrivals(at);
                let last = trial.kill(child);
                assert_eq!(last, End::Killed);
                let (_copy, journal) = trial.journal().unwrap();
                assert!(journal.recover().unwrap() > 0, "a request was open");
                check_the_end(&mut trial, last, shape(operation).0);
            }
        }
    }
}

#[test]
fn killed_after_an_answer_it_goes_on_where_its_journal_stops() {
    for operation in operations() {
        for at in 1..=6 {
            let mut trial = trial(operation, |_| Act::Serve);
            let child = trial.start();
            trial.server.wait_for_answers(at);
            let last = trial.kill(child);
            check_the_end(&mut trial, last, shape(operation).0);
        }
    }
}

#[test]
fn killed_in_the_middle_of_a_commit_its_counts_still_add_up() {
    for operation in operations() {
        for at in 1..=4 {
            let mut trial = trial(operation, |_| Act::Serve);
            let mut child = trial.start();
            trial.server.wait_for_answers(at);
            let run = trial.run().unwrap();
            let size = |name: &str| fs::metadata(run.join(name)).map_or(0, |data| data.len());
            let (wal, part) = (size("journal.db-wal"), size("report.json.part"));
            // The report is written and synced first, the journal's commit follows at once.
            spin(&mut child, || size("journal.db-wal") > wal || size("report.json.part") > part);
            let last = trial.kill(child);
            check_the_end(&mut trial, last, shape(operation).0);
        }
    }
}

/// A moment in the writing of the report: holds while it lasts.
type Moment = fn(&Path) -> bool;

#[test]
fn killed_while_it_writes_its_report_it_writes_it_again() {
    let moments: [(&str, Moment); 5] = [
        ("outcome files grow", |run| run.join("rejected.csv.part").exists()),
        ("the first outcome file is there", |run| run.join("failed.csv").exists()),
        ("the report has its tail", |run| has_tail(&run.join("report.json.part"))),
        ("the report is there, the page is not", |run| run.join("report.json").exists()),
        ("the page is there", |run| run.join("report.html").exists()),
    ];
    for (name, moment) in moments {
        let met = (0..20).any(|_| killed_at_its_end(name, moment));
        assert!(met, "{name}: missed twenty times");
    }
}

/// One run killed at `moment`, then resumed to its end; false when the moment was over too soon.
fn killed_at_its_end(name: &str, moment: Moment) -> bool {
    let (records, rejected) = (400, 6_000);
    let refused = (0..records).filter(|number| number % 2 == 0);
    let refused = refused.map(|number| id(Operation::BulkDelete, number)).collect();
    let server = LedgerServer::start(World { refused, ..World::default() }, |_| Act::Serve);
    let options = ["--batch-size", "100", "--max-failure-share", "1"];
    let mut trial = Trial::new(Operation::BulkDelete, records, rejected, server, &options);
    let mut child = trial.start();
    trial.server.wait_for_answers(4);
    let run = trial.run().unwrap();
    let came = spin(&mut child, || moment(&run));
    let last = trial.kill(child);
    let in_time = name == "the page is there" || trial.phase() != Some(Phase::Finished);
    if !came || last != End::Killed || !in_time {
        return false;
    }
    let sent = trial.server.received().requests.len();
    let child = trial.resume();
    let last = trial.wait(child);
    assert_eq!(trial.finish(last), 1, "{name}: {}", trial.said());
    assert_eq!(trial.server.received().requests.len(), sent, "nothing was left to send");
    true
}

fn has_tail(part: &Path) -> bool {
    fs::read(part).is_ok_and(|text| text.windows(12).any(|part| part == b"\"failedRecor"))
}

#[test]
fn killed_again_and_again_it_still_comes_to_its_end() {
    for operation in operations() {
        let mut trial = trial(operation, |_| Act::Slow(Duration::from_millis(20)));
        let mut child = trial.start();
        let mut last = End::Killed;
        for kills in 1..=5 {
            trial.server.wait(|received| received.requests.len() >= kills);
            last = trial.kill(child);
            child = trial.resume();
        }
        if last == End::Killed {
            last = trial.wait(child);
        } else {
            trial.kill(child);
        }
        check_the_end(&mut trial, last, shape(operation).0);
    }
}

#[test]
fn a_report_asked_for_after_a_kill_says_unknown_and_resume_still_finishes() {
    let mut trial = trial(Operation::BulkDelete, |asked| match asked.number {
        3 => Act::Hold { work: true },
        _ => Act::Serve,
    });
    let child = trial.start();
    trial.server.wait_for_arrivals(3);
    let last = trial.kill(child);
    assert!([4, 5].contains(&trial.also("report")), "{}", trial.said());
    assert!(files(&trial.run().unwrap()).contains(&"unknown.csv".to_owned()));
    let page = fs::read_to_string(trial.run().unwrap().join("report.html")).unwrap();
    let rows = page.split("rows ").nth(1).unwrap().split('<').next().unwrap();
    assert!(rows.trim().split(", ").all(|row| row.parse::<u64>().is_ok()), "{rows}");
    check_the_end(&mut trial, last, 60);
}

/// A kill while the journal is made must not be in the way of the nights that follow.
#[test]
fn a_run_killed_before_it_had_a_journal_is_no_run() {
    let mut trial = trial(Operation::BulkDelete, |_| Act::Serve);
    let left = trial.runs().join("trial-20261123T004200Z-ab3f");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("journal.db.new"), "").unwrap();
    let child = trial.start_command("input.csv").arg("--or-resume").spawn().unwrap();
    let last = trial.wait(child);
    assert_eq!(last, End::Exit(0), "{}", trial.said());
    check_the_end(&mut trial, last, 60);
}

#[test]
fn a_run_killed_while_it_read_does_not_hide_the_interrupted_one_before_it() {
    let mut trial = trial(Operation::BulkDelete, |asked| match asked.number {
        3 => Act::Hold { work: true },
        _ => Act::Serve,
    });
    let child = trial.start();
    trial.server.wait_for_arrivals(3);
    trial.kill(child);
    let interrupted = trial.run().unwrap();
    let later = trial.runs().join("trial-20991123T004200Z-ab3f");
    fs::create_dir_all(&later).unwrap();
    drop(Journal::create(&later.join("journal.db")).unwrap());
    let child = trial.start_command("input.csv").arg("--or-resume").spawn().unwrap();
    assert_eq!(exit_code(child), 0, "{}", trial.said());
    assert!(interrupted.join("report.json").is_file());
    assert_eq!(trial.server.received().applied.len(), 60);
}

#[test]
fn asked_to_stop_it_leaves_the_rest_unsent_and_resume_finishes() {
    for operation in operations() {
        let mut trial = trial(operation, |_| Act::Slow(Duration::from_millis(100)));
        let child = trial.start();
        trial.server.wait_for_arrivals(2);
        let last = trial.stop(child);
        assert_eq!(last, End::Exit(4), "{}", trial.said());
        check_the_end(&mut trial, last, shape(operation).0);
    }
}

#[test]
fn asked_to_stop_when_nothing_was_left_to_send_it_has_finished() {
    let mut trial = trial(Operation::DeleteContact, |asked| match asked.number {
        6 => Act::Slow(Duration::from_millis(300)),
        _ => Act::Serve,
    });
    let child = trial.start();
    trial.server.wait(|received| received.requests.iter().filter(|one| one.answered).count() == 5);
    trial.server.wait_for_arrivals(6);
    let last = trial.stop(child);
    assert_eq!(last, End::Exit(0), "{}", trial.said());
    check_the_end(&mut trial, last, 6);
}

#[test]
fn a_run_that_is_going_on_cannot_be_resumed_beside() {
    let mut trial = trial(Operation::BulkDelete, |asked| match asked.number {
        1 => Act::Hold { work: false },
        _ => Act::Serve,
    });
    let child = trial.start();
    trial.server.wait_for_arrivals(1);
    assert_eq!(exit_code(trial.resume()), 75, "{}", trial.said());
    let again = trial.start_command("input.csv").arg("--or-resume").spawn().unwrap();
    assert_eq!(exit_code(again), 75, "{}", trial.said());
    let last = trial.wait(child);
    check_the_end(&mut trial, last, 60);
}

/// Ten kills spread over the run, a resume after each; at the end both ledgers are the same.
fn killed_ten_times(records: usize, batch: usize) {
    let server = LedgerServer::start(World::default(), |_| Act::Slow(Duration::from_millis(2)));
    let size = batch.to_string();
    let options = ["--batch-size", &size, "--concurrency", "4"];
    let mut trial = Trial::new(Operation::BulkDelete, records, 0, server, &options);
    let mut child = trial.start();
    let mut last = End::Killed;
    for kills in 1..=10 {
        trial.server.wait_for_arrivals(kills * records / batch / 11);
        last = trial.kill(child);
        assert_eq!(last, End::Killed, "kill {kills} came too late");
        child = trial.resume();
    }
    assert_eq!(last, End::Killed);
    let last = trial.wait(child);
    check_the_end(&mut trial, last, records);
}

#[test]
fn killed_ten_times_its_ledger_ends_as_the_servers() {
    killed_ten_times(11_000, 50);
}

#[test]
#[ignore = "takes a minute or so: run it with `--ignored`, best with `--release`"]
fn killed_ten_times_two_hundred_thousand_records_end_as_the_servers() {
    killed_ten_times(200_000, 500);
}

/// A small file, the default batch size, a server that takes eight records at most.
#[test]
fn a_batch_smaller_than_the_first_size_is_divided_after_a_413() {
    let world = World { max_records: Some(8), ..World::default() };
    let server = LedgerServer::start(world, |_| Act::Serve);
    let mut trial = Trial::new(Operation::BulkDelete, 22, 0, server, &["--max-duration", "5s"]);
    let child = trial.start();
    let last = trial.wait(child);
    assert_eq!(last, End::Exit(0), "after {} requests", trial.server.received().requests.len());
    check_the_end(&mut trial, last, 22);
}

//! The shared quota between real processes, a killed one among them, judged by the server's clock.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use super::*;

/// 20 requests in 200 ms, for the tests with real processes.
fn real_limit() -> RateWindow {
    window(20, 200)
}

const ADDRESS: &str = "KOREBULK_TEST_PACE_SERVER";
const STATE: &str = "KOREBULK_TEST_PACE_STATE";

#[test]
#[ignore = "the body of the processes that other tests start"]
fn a_process_that_sends() {
    let (Ok(address), Ok(state)) = (std::env::var(ADDRESS), std::env::var(STATE)) else { return };
    let quota = try_quota(Path::new(&state), Clock::of_this_machine()).unwrap();
    let pace = Pace::sharing(&[real_limit()], 1, quota);
    let server = TcpStream::connect(address).unwrap();
    let mut answers = BufReader::new(server.try_clone().unwrap()).lines();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        loop {
            let permit = pace.permit().await;
            writeln!(&server, "request").unwrap();
            let Some(Ok(_)) = answers.next() else { break };
            permit.answered(Instant::now());
        }
    });
}

/// A server for processes: it reports each request, by its own clock, and answers when asked to.
struct Processes {
    state: tempfile::TempDir,
    listener: TcpListener,
    requests: mpsc::Receiver<(usize, std::time::Instant)>,
    arrived: mpsc::Sender<(usize, std::time::Instant)>,
    running: Vec<(Child, TcpStream)>,
}

impl Processes {
    fn new() -> Self {
        let (arrived, requests) = mpsc::channel();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { state: tempfile::tempdir().unwrap(), listener, requests, arrived, running: vec![] }
    }

    fn start(&mut self) {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "pace::shared::tests::processes::a_process_that_sends"])
            .env(ADDRESS, self.listener.local_addr().unwrap().to_string())
            .env(STATE, self.state.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (connection, _) = self.listener.accept().unwrap();
        let (lines, arrived) = (connection.try_clone().unwrap(), self.arrived.clone());
        let number = self.running.len();
        self.running.push((child, connection));
        std::thread::spawn(move || {
            for _ in BufReader::new(lines).lines().map_while(Result::ok) {
                let _ = arrived.send((number, std::time::Instant::now()));
            }
        });
    }

    fn next(&self) -> (usize, std::time::Instant) {
        self.requests.recv_timeout(Duration::from_secs(30)).unwrap()
    }

    fn answer(&self, process: usize) {
        writeln!(&self.running[process].1, "answer").unwrap();
    }

    fn kill(&mut self, process: usize) {
        let child = &mut self.running[process].0;
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for (child, _) in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn real_processes_stay_under_the_quota_together_even_when_one_is_killed() {
    let mut processes = Processes::new();
    processes.start();
    processes.start();
    let (mut seen, mut by) = (Vec::new(), [0; 3]);
    while seen.len() < 120 {
        let (process, at) = processes.next();
        seen.push(at);
        by[process] += 1;
        if seen.len() >= 40 && by[2] == 0 && process == 0 {
            processes.kill(0);
            processes.start();
            by[2] = 1;
        } else {
            processes.answer(process);
        }
    }
    seen.sort_unstable();
    for (at, twenty_later) in seen.iter().zip(&seen[20..]) {
        assert!(*twenty_later - *at > real_limit().window);
    }
    assert!(by.iter().all(|requests| *requests >= 5), "{by:?}");
}

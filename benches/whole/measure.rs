//! What a child process costs: CPU from the times of waited-for children, peak memory while it lives.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ticks of `/proc` in a second, as Linux has them on every machine.
const TICKS: f64 = 100.0;

/// Bytes of a mebibyte.
pub(crate) const MIB: f64 = 1_048_576.0;

/// What one child cost.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    /// Seconds of CPU, user and system.
    pub(crate) cpu: f64,
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// The most memory it had, bytes.
    pub(crate) peak: u64,
}

/// The one with the least CPU.
pub(crate) fn least(costs: impl Iterator<Item = Cost>) -> Option<Cost> {
    costs.min_by(|a, b| a.cpu.total_cmp(&b.cpu))
}

/// Runs a child to its end; `None` unless it ends well.
pub(crate) fn run(command: &mut Command) -> Option<Cost> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let before = children();
    let began = Instant::now();
    let mut child = command.spawn().ok()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        peak = memory(&status).unwrap_or(peak);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let wall = began.elapsed().as_secs_f64();
    if !ended.success() {
        let said = std::io::read_to_string(child.stderr.take()?).unwrap_or_default();
        eprintln!("{ended}: {said}");
        return None;
    }
    Some(Cost { cpu: children() - before, wall, peak })
}

/// Runs a child that ends well, without looking at it meanwhile: seconds from start to end.
pub(crate) fn wall(command: &mut Command) -> f64 {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let ended = command.status().unwrap();
    let wall = began.elapsed().as_secs_f64();
    assert!(ended.success(), "{ended}");
    wall
}

/// Seconds of CPU that children had which were waited for.
pub(crate) fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    // Behind the name in brackets: fields 16 and 17 of the whole line.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks: u32 =
        fields.split_whitespace().skip(13).take(2).map(|f| f.parse::<u32>().unwrap()).sum();
    f64::from(ticks) / TICKS
}

fn memory(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// The lean server in a process of its own.
pub(crate) struct Server {
    child: Child,
    /// Its address as a URL.
    pub(crate) host: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { child, host: format!("http://127.0.0.1:{}", port.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It serves until it is killed; one that is gone already needs no more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Start-up: a job of one row, whole, beside what the same machine takes for a process and for a sync.
//!
//! A run syncs its files before it sends and before it says that it ended, so that the disk's speed
//! is in its time. Counts (instructions, system calls, syncs) are the same on every machine.
//! `TMPDIR=/dev/shm` leaves the disk out, `chrt -f 10` before a built benchmark whoever else is busy.

use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::time::Instant;

use crate::measure::{self, children};
use crate::table::Line;
use crate::{Bench, korebulk};

/// Starts of which the median counts.
const STARTS: usize = 50;
/// What a database writes at once.
const PAGE: [u8; 4096] = [b'x'; 4096];

impl Bench {
    /// Times starts, with a bare process and a sync of 4 KiB between each two.
    pub(crate) fn start_up(&self) -> Line {
        let (mut starts, mut bare, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
        let mut cpu = 0.0;
        // The first makes what later ones find: directories and the input.
        self.job("bulk-update", "full", 1);
        let mut file = File::create(self.dir.join("synced")).unwrap();
        for _ in 0..STARTS {
            let began = Instant::now();
            file.write_all(&PAGE).unwrap();
            file.sync_all().unwrap();
            syncs.push(began.elapsed().as_secs_f64());
            bare.push(measure::wall(&mut Command::new("true")));
            let before = children();
            starts.push(self.with_job("bulk-update", "full", 1, korebulk(), measure::wall));
            cpu += children() - before;
        }
        let (start, least) = (median(&mut starts), starts[0]);
        println!(
            "one row: median of {STARTS} starts {start:.1} ms, least {least:.1}, CPU {:.1} on average; \
             `true` {:.1} ms, a sync of 4 KiB {:.2} ms",
            cpu * 1e3 / STARTS as f64,
            median(&mut bare),
            median(&mut syncs),
        );
        Line::plain("start-up with one row, ms", start, 20.0, 8.0)
    }

    /// Prints what a start takes wherever it runs. Needs strace.
    pub(crate) fn calls(&self) {
        let trace = self.dir.join("strace.txt");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o"]).arg(&trace).arg(env!("CARGO_BIN_EXE_korebulk"));
        self.job_under(strace, "bulk-update", "full", 1);
        let text = std::fs::read_to_string(trace).unwrap();
        // `1234 fsync(7) = 0`; a call that another thread interrupts has a second line, `<... fsync resumed>`.
        let calls = text.lines().filter_map(|line| line.split_whitespace().nth(1)?.split_once('('));
        let names: Vec<&str> = calls.map(|(name, _)| name).collect();
        let syncs = names.iter().filter(|name| ["fsync", "fdatasync"].contains(name)).count();
        println!("{:30} {:>8}", "one row, system calls", names.len());
        println!("{:30} {syncs:>8}", "one row, syncs of the disk");
    }
}

/// Milliseconds; sorts the seconds.
fn median(seconds: &mut [f64]) -> f64 {
    for one in seconds.iter_mut() {
        *one *= 1e3;
    }
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

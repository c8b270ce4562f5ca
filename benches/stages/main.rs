//! The stages that a record passes through: `cargo bench --bench stages`.
//!
//! Times are of this machine and this moment; compare them with each other. `-- --instructions` counts
//! instead (Linux, needs valgrind): the same on a busy machine as on an idle one.

#![expect(clippy::print_stdout, reason = "its table is its output")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says so and ends")]

#[path = "../whole/echo.rs"]
mod echo;
#[path = "../whole/input.rs"]
mod input;
mod instructions;
mod stage;

use std::process::ExitCode;

use divan::Bencher;
use divan::counter::ItemsCount;

use stage::{ROWS, STAGES, Stage};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = args.iter().position(|arg| arg == "--call") {
        call(&args[at + 1], args[at + 2].parse().unwrap());
    } else if args.iter().any(|arg| arg == "--instructions") {
        return instructions::compare(args.iter().any(|arg| arg == "--write"));
    } else {
        divan::main();
    }
    ExitCode::SUCCESS
}

/// Calls a stage so many times, and does nothing else.
fn call(name: &str, times: u32) {
    let mut stage = made(name);
    for _ in 0..times {
        stage();
    }
}

fn made(name: &str) -> Stage {
    let (_, make) = STAGES.iter().find(|(known, _)| *known == name).unwrap();
    make()
}

#[divan::bench(args = STAGES.map(|(name, _)| name))]
fn stage(bencher: Bencher, name: &str) {
    bencher.counter(ItemsCount::new(ROWS)).bench_local(made(name));
}

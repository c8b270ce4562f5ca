//! Reading an account: requests, CPU beside an aiohttp script that reads the same pages into SQLite, memory.

use std::path::Path;
use std::process::Command;

use super::measure::{Cost, MIB, least, run};
use super::pages::Account;
use super::table::Line;
use super::{TRIES, YARDSTICK_ROWS, job_file, korebulk, yardstick_script};

/// Contacts for the count of requests: of any number it is the same but for the rounding.
const COUNTED: u64 = 10_000;

/// Prints the requests, and measures what contacts cost that are read.
pub(super) fn lines(rows: u64, dir: &Path) -> Vec<Line> {
    for largest in [10, 100, 1_000] {
        let account = Account::of(COUNTED, largest);
        export(&account, dir, true);
        let (asked, least) = (account.requests(), (COUNTED - 1).div_ceil(largest - 1));
        println!(
            "requests for {COUNTED} contacts in pages of {largest}: {asked}, of which {} to find the size of a page",
            asked - least
        );
    }
    [1_000, 100].into_iter().flat_map(|largest| measured(rows, largest, dir)).collect()
}

fn measured(rows: u64, largest: u64, dir: &Path) -> Vec<Line> {
    let account = Account::of(rows, largest);
    let with_reading = least((0..TRIES).map(|_| export(&account, dir, true))).unwrap();
    let of_reading = least((0..TRIES).map(|_| export(&account, dir, false))).unwrap();
    let per_million = |cpu: f64| cpu * 1e6 / rows as f64;
    let yardstick = yardstick(largest, dir);
    let [reading, export, memory] = match largest {
        1_000 => [
            "reading, pages of 1,000",
            "export .jsonl and reading, pages of 1,000",
            "peak memory, MiB",
        ],
        _ => {
            ["reading, pages of 100", "export .jsonl and reading, pages of 100", "peak memory, MiB"]
        }
    };
    let goal = yardstick.map_or(f64::NAN, |yardstick| yardstick / 4.0);
    let line = |what, cpu| Line::plain(what, per_million(cpu), goal, goal).ratio_to(yardstick);
    vec![
        line(reading, with_reading.cpu - of_reading.cpu),
        line(export, with_reading.cpu),
        Line::plain(memory, with_reading.peak as f64 / MIB, 64.0, 32.0),
    ]
}

/// Exports the account; `anew`: after it was read again.
fn export(account: &Account, dir: &Path, anew: bool) -> Cost {
    let state = dir.join("state");
    if anew && state.exists() {
        std::fs::remove_dir_all(&state).unwrap();
    }
    let job = dir.join("account.toml");
    let input = dir.join("unused.csv");
    std::fs::write(&job, job_file(&account.host, "bulk-delete", "full", &input, &dir.join("runs")))
        .unwrap();
    let mut command = korebulk();
    command.arg("export").arg(&job).args(["--replace", "--yes", "--quiet", "--to"]);
    command.arg(dir.join("account.jsonl")).env("XDG_STATE_HOME", state);
    run(&mut command).expect("korebulk ends with 0")
}

/// CPU-seconds of the aiohttp script per million contacts.
fn yardstick(largest: u64, dir: &Path) -> Option<f64> {
    let account = Account::of(YARDSTICK_ROWS, largest);
    let mut command: Command = yardstick_script();
    command.args(["read", &account.host]).arg(dir.join("yardstick.db")).arg(largest.to_string());
    let cost = least((0..TRIES).filter_map(|_| run(&mut command)))?;
    Some(cost.cpu * 1e6 / YARDSTICK_ROWS as f64)
}

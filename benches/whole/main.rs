//! The whole job against a lean local server: CPU, memory and start-up of the release binary.
//!
//! `cargo bench --bench whole -- [--rows N] [--memory | --instructions | --start | --match | --read]`. The server is this program once more, in a
//! process of its own; the yardstick is `benches/yardstick.py`, an aiohttp script on the same work in
//! the same run (`PYTHON` names an interpreter that has aiohttp). Ratios are the result, seconds are
//! information: they depend on the machine. `--start` measures start-up and size alone, `--match` what it takes to
//! match as many rows with as many contacts, `--read` what it takes to read as many contacts. Linux only.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its table is its output")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says so and ends")]
#![expect(clippy::cast_precision_loss, reason = "figures are shown with two places")]

mod echo;
mod input;
mod instructions;
mod matching;
mod measure;
mod pages;
mod reading;
mod server;
mod start;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use measure::{Cost, MIB, Server, least};
use table::{Line, print};

/// Rows of the yardstick: its cost per record does not change with them.
const YARDSTICK_ROWS: u64 = 100_000;
const SECRET: &str = "a secret of no account";
/// Runs of which the one with the least CPU counts: what others do on the machine only adds.
const TRIES: u32 = 3;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "serve") {
        return server::serve();
    }
    let rows = args
        .iter()
        .position(|arg| arg == "--rows")
        .and_then(|at| args.get(at + 1))
        .map_or(1_000_000, |rows| rows.parse().expect("--rows takes a number"));
    let dir = std::env::temp_dir().join(format!("korebulk-whole-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    for (option, lines) in [("--match", matching::lines as Lines), ("--read", reading::lines)] {
        if args.iter().any(|arg| arg == option) {
            print(&lines(rows, &dir), rows, YARDSTICK_ROWS);
            return std::fs::remove_dir_all(dir).unwrap();
        }
    }
    let bench = Bench { server: Server::start(), dir: dir.clone() };
    if args.iter().any(|arg| arg == "--start") {
        print(&[bench.start_up(), bench.binary_size()], 1, 0);
    } else if args.iter().any(|arg| arg == "--instructions") {
        bench.instructions();
        bench.calls();
    } else {
        print(&bench.lines(rows), rows, YARDSTICK_ROWS);
    }
    if args.iter().any(|arg| arg == "--memory") {
        bench.memory();
    }
    std::fs::remove_dir_all(dir).unwrap();
}

/// What measures an account of so many contacts.
type Lines = fn(u64, &Path) -> Vec<Line>;

struct Bench {
    server: Server,
    dir: PathBuf,
}

impl Bench {
    fn lines(&self, rows: u64) -> Vec<Line> {
        let updates = self.yardstick("update");
        let deletes = self.yardstick("delete");
        let full = self.best("bulk-update", "full", rows);
        let ids = self.best("bulk-update", "ids", rows);
        let delete = self.best("bulk-delete", "full", rows);
        let beside = beside(&full, rows);
        let per_million = |cost: &Cost| cost.cpu * 1e6 / rows as f64;
        println!("updates: {:.0} records a second in all", rows as f64 / full.wall);
        vec![
            Line::cpu("updates, contacts = \"full\"", per_million(&full), updates, 2.0, 1.0),
            Line::cpu("updates, contacts = \"ids\"", per_million(&ids), updates, 1.5, 0.8),
            Line::cpu("deletes", per_million(&delete), deletes, 1.0, 0.5).beside(updates),
            Line::plain("peak memory beside 24 B a record, MiB", beside, 48.0, 24.0),
            self.start_up(),
            self.binary_size(),
        ]
    }

    /// CPU-seconds of the aiohttp script per million records.
    fn yardstick(&self, operation: &str) -> Option<f64> {
        let input = self.dir.join("yardstick.csv");
        input::write(&input, YARDSTICK_ROWS, operation == "update");
        let report = self.dir.join("yardstick.json");
        let mut command = yardstick_script();
        command.arg(operation).arg(&self.server.host).arg(&input).arg(&report);
        let cost = least((0..TRIES).filter_map(|_| measure::run(&mut command)));
        if cost.is_none() {
            eprintln!("no yardstick: PYTHON has to name an interpreter with aiohttp");
        }
        cost.map(|cost| cost.cpu * 1e6 / YARDSTICK_ROWS as f64)
    }

    fn best(&self, operation: &str, contacts: &str, rows: u64) -> Cost {
        least((0..TRIES).map(|_| self.job(operation, contacts, rows))).unwrap()
    }

    fn job(&self, operation: &str, contacts: &str, rows: u64) -> Cost {
        self.job_under(korebulk(), operation, contacts, rows)
    }

    /// A whole job; `korebulk` is the command that takes the binary's arguments.
    fn job_under(&self, korebulk: Command, operation: &str, contacts: &str, rows: u64) -> Cost {
        let run = |command: &mut Command| measure::run(command).expect("korebulk ends with 0");
        self.with_job(operation, contacts, rows, korebulk, run)
    }

    /// The same, measured by `run`.
    fn with_job<T>(
        &self,
        operation: &str,
        contacts: &str,
        rows: u64,
        mut korebulk: Command,
        run: impl Fn(&mut Command) -> T,
    ) -> T {
        let input = self.dir.join(format!("{operation}-{rows}.csv"));
        if !input.exists() {
            input::write(&input, rows, operation == "bulk-update");
        }
        let runs = self.dir.join("runs");
        let job = self.dir.join("job.toml");
        std::fs::write(&job, job_file(&self.server.host, operation, contacts, &input, &runs))
            .unwrap();
        korebulk.args(["run", "--yes", "--quiet"]).arg(&job);
        korebulk.env("KOREBULK_CLIENT_SECRET", SECRET);
        korebulk.env("XDG_STATE_HOME", self.dir.join("state"));
        let cost = run(&mut korebulk);
        // Nearly a gigabyte for a million contacts.
        std::fs::remove_dir_all(runs).unwrap();
        cost
    }

    fn binary_size(&self) -> Line {
        let stripped = self.dir.join("stripped");
        let strip = Command::new("strip")
            .arg("-o")
            .arg(&stripped)
            .arg(env!("CARGO_BIN_EXE_korebulk"))
            .status();
        let path = match strip {
            Ok(status) if status.success() => stripped,
            _ => PathBuf::from(env!("CARGO_BIN_EXE_korebulk")),
        };
        let size = std::fs::metadata(path).unwrap().len() as f64 / 1e6;
        Line::plain("stripped binary, MB", size, 16.0, 10.0)
    }

    /// Whether memory grows with the input: takes minutes and ten gigabytes of disk.
    fn memory(&self) {
        let small = beside(&self.job("bulk-update", "full", 10_000), 10_000);
        let large = beside(&self.job("bulk-update", "full", 10_000_000), 10_000_000);
        println!("memory beside 24 B a record: {small:.1} MiB for 10k rows, {large:.1} for 10M");
        println!("ratio {:.2}, must 1.2, goal 1.05", large / small);
    }
}

/// The program, with a secret.
fn korebulk() -> Command {
    let mut korebulk = Command::new(env!("CARGO_BIN_EXE_korebulk"));
    korebulk.env("KOREBULK_CLIENT_SECRET", SECRET);
    korebulk
}

/// The aiohttp script, without its arguments.
fn yardstick_script() -> Command {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/yardstick.py"));
    command
}

/// Peak memory without the duplicate table's 24 bytes a record, MiB.
fn beside(cost: &Cost, rows: u64) -> f64 {
    (cost.peak as f64 - 24.0 * rows as f64) / MIB
}

fn job_file(host: &str, operation: &str, contacts: &str, input: &Path, runs: &Path) -> String {
    format!(
        r#"operation = "{operation}"
[target]
host = "{host}"
stream_id = "st-00000000-0000-0000-0000-000000000000"
account_id = "000000000000000000000000"
client_id = "cs-00000000-0000-0000-0000-000000000000"
client_secret_env = "KOREBULK_CLIENT_SECRET"
[input]
path = '{}'
[limits]
rate = "none"
batch_size = 100
concurrency = 8
[report]
contacts = "{contacts}"
[runs]
dir = '{}'
"#,
        input.display(),
        runs.display()
    )
}

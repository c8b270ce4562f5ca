//! Instructions per record of each stage, counted by callgrind and compared with those of `instructions.txt`, or of
//! `instructions.debug.txt` where nothing is optimised: what a change must pass counts those, because that build is there.
//!
//! What is counted depends on the compiler and on the vectors that the processor has: with another
//! compiler or processor the counts are printed and nothing is compared.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::stage::{ROWS, STAGES};

/// The counts to compare with.
const FILE: &str = match cfg!(debug_assertions) {
    true => "benches/instructions.debug.txt",
    false => "benches/instructions.txt",
};

/// Percent above the last count at which a stage fails.
const TOO_MUCH: u64 = 5;

/// Counts every stage; fails where one takes more than before. `write` makes these the counts to
/// compare with.
pub(crate) fn compare(write: bool) -> ExitCode {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let (built, mut table, mut worse) = (built(), String::new(), false);
    let same = before.lines().next() == Some(&built);
    println!("{built}{}", if same { "" } else { " (those to compare with are of another one)" });
    for (name, _) in STAGES {
        let count = per_record(name);
        writeln!(table, "{name:20}{count:>8}").unwrap();
        let last = counted(&before, name).filter(|_| same);
        let is_worse = last.is_some_and(|last| count * 100 > last * (100 + TOO_MUCH));
        worse |= is_worse;
        let against = last.map_or_else(String::new, |last| format!("{last:>10} before"));
        println!("{name:20}{count:>8}{against}{}", if is_worse { "  TOO MUCH" } else { "" });
    }
    if write {
        fs::write(path, format!("{built}\n{table}{}", rest(&before))).unwrap();
        return ExitCode::SUCCESS;
    }
    if worse { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Instructions that each further record takes: making its input falls out of the difference.
fn per_record(name: &str) -> u64 {
    let (few, many) = (1, 3);
    let (fewer, more) = std::thread::scope(|scope| {
        let fewer = scope.spawn(|| instructions(name, few));
        let more = instructions(name, many);
        (fewer.join().unwrap(), more)
    });
    more.saturating_sub(fewer) / (u64::from(ROWS) * (many - few))
}

/// Instructions of a process that calls the stage so many times.
fn instructions(name: &str, times: u64) -> u64 {
    let log = format!("korebulk-stages-{}-{times}.log", std::process::id());
    let log = std::env::temp_dir().join(log);
    let done = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--log-file={}", log.display()))
        .arg(std::env::current_exe().unwrap())
        .args(["--call", name, &times.to_string()])
        .status()
        .expect("valgrind is needed");
    assert!(done.success(), "{name} failed");
    let counted = read_and_remove(&log);
    let collected = counted.lines().find_map(|line| line.split_once("Collected :")).unwrap().1;
    collected.trim().parse().unwrap()
}

fn read_and_remove(log: &PathBuf) -> String {
    let text = fs::read_to_string(log).unwrap();
    fs::remove_file(log).unwrap();
    text
}

/// What the counts depend on beside the code.
fn built() -> String {
    let rustc = Command::new("rustc").arg("--version").output().unwrap().stdout;
    let rustc = String::from_utf8(rustc).unwrap();
    let version: Vec<&str> = rustc.split(' ').take(2).collect();
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let has = |flag: &str| cpu.split_whitespace().any(|word| word == flag);
    let vectors = [("avx2", "avx2"), ("sse4_2", "sse4.2"), ("asimd", "neon")];
    let vectors = vectors.into_iter().find(|(flag, _)| has(flag)).map_or("", |(_, name)| name);
    let arch = std::env::consts::ARCH;
    let how = if cfg!(debug_assertions) { "not optimised, " } else { "" };
    format!("instructions per record by callgrind, {how}{}, {arch} {vectors}", version.join(" "))
}

/// The count of a stage in the file.
fn counted(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().parse().ok()
}

/// What else the file says, which is measured elsewhere.
fn rest(text: &str) -> String {
    text.find("\n\n").map_or_else(String::new, |at| text[at + 1..].to_owned())
}

//! House rules as tests: which room may use which, and which crate stands where.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the top to the bottom: one may import those below it.
const ORDER: [&str; 18] = [
    "cli", "commands", "run", "config", "map", "load", "dispatch", "report", "store", "journal",
    "notify", "audit", "schedule", "api", "pace", "sandbox", "model", "base",
];

/// Crate → the only places that may name it.
const CRATES: [(&str, &[&str]); 6] = [
    ("reqwest", &["api/http.rs", "notify/webhook.rs"]),
    ("governor", &["pace/spacing.rs"]),
    ("indicatif", &["report/screen.rs"]),
    ("rusqlite", &["journal/", "sandbox/"]),
    ("clap", &["cli/"]),
    ("axum", &["sandbox/"]),
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.clone()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 40, "the house has more files than {}", found.len());
    found
}

fn room_of(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

#[test]
fn modules_import_only_what_is_below_them() {
    let mut broken = Vec::new();
    for (file, text) in sources() {
        let own = room_of(&file);
        let Some(rank) = ORDER.iter().position(|module| *module == own) else { continue };
        for line in code_lines(&text) {
            for module in &ORDER[..rank] {
                if line.contains(&format!("crate::{module}::"))
                    || line.contains(&format!("crate::{module};"))
                {
                    broken.push(format!("{file}: {line}"));
                }
            }
        }
    }
    // What is still to be turned round.
    let known = ["crate::commands::prune", "crate::cli::SandboxOptions"];
    broken.retain(|line| !known.iter().any(|known| line.contains(known)));
    assert!(broken.is_empty(), "modules import what is above them:\n{}", broken.join("\n"));
}

#[test]
fn the_command_line_knows_the_plan_and_the_hallway_alone() {
    for (file, text) in sources().iter().filter(|(file, _)| file.starts_with("cli/")) {
        for line in code_lines(text) {
            for room in ["load", "map", "dispatch", "api", "pace", "journal", "report"] {
                assert!(!line.contains(&format!("crate::{room}::")), "{file}: {line}");
            }
        }
    }
}

#[test]
fn each_crate_stands_in_its_place() {
    for (file, text) in sources() {
        for (name, places) in CRATES {
            let at_home = places.iter().any(|place| file.starts_with(place));
            let named = code_lines(&text).any(|line| {
                line.contains(&format!("{name}::")) || line.contains(&format!("use {name}"))
            });
            assert!(at_home || !named, "{file} names {name}, which belongs to {places:?}");
        }
    }
}

/// What korebulk writes itself goes through `base/private`, which follows no planted link.
#[test]
fn files_are_made_and_opened_in_one_place() {
    const HOW: [&str; 6] =
        ["OpenOptions", "File::create", "File::options", "fs::write(", "create_dir", "DirBuilder"];
    // `init` writes a job file, which is the user's own and nothing private.
    let known = ["base/private.rs", "base/unix.rs", "commands/init.rs"];
    for (file, text) in sources() {
        let of_tests = file.ends_with("tests.rs") || file.contains("/tests/");
        if known.contains(&file.as_str()) || of_tests {
            continue;
        }
        let production = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for line in code_lines(production) {
            assert!(!HOW.iter().any(|how| line.contains(how)), "{file}: {line}");
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (file, text) in sources() {
        assert!(text.starts_with("//!"), "{file} opens without `//!`");
    }
}

#[test]
fn only_the_doorway_exits() {
    for (file, text) in sources() {
        let exits = code_lines(&text).any(|line| line.contains("process::exit("));
        assert!(!exits || file == "main.rs", "{file} exits");
    }
}

#[test]
fn whatever_is_printed_passes_the_one_function_that_makes_it_safe() {
    // Clippy refuses `stdout` and `stderr` outside of `base/terminal.rs`; the bar has a way of its own.
    for (file, text) in sources().iter().filter(|(file, _)| !file.ends_with("tests.rs")) {
        for line in code_lines(text) {
            let draws = [".set_message(", ".set_prefix(", "bar.println(", "/dev/tty"];
            let is_drawn = draws.iter().any(|drawn| line.contains(drawn));
            assert!(!is_drawn || line.contains("terminal::"), "{file}: {line}");
        }
        let printers = text.matches("clippy::disallowed_methods").count();
        let places = [("base/terminal.rs", 4), ("cli/say.rs", 1)];
        let allowed = places.iter().find(|(place, _)| file == place).map_or(0, |(_, count)| *count);
        assert!(printers <= allowed, "{file} prints by itself");
    }
}

#[test]
fn an_error_is_told_in_the_systems_words() {
    // `ErrorKind` says "uncategorized error" where the system says what is wrong: it is for comparing.
    for (file, text) in sources() {
        for line in code_lines(&text).filter(|line| line.contains(".kind()")) {
            let printed = ["format!", "format_args!", "error!(", "warn!(", "to_string()"];
            let is_printed = printed.iter().any(|printer| line.contains(printer));
            assert!(!is_printed, "{file}: {line}");
        }
    }
}

//! The rules of ARCHITECTURE.md as tests: who may need whom, which crate is used where, how files look, which words
//! are used.

mod graph;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use graph::{circles, needs};
use source::{Token, named, sources};

/// The modules from the top to the bottom: one may need those below it.
const ORDER: [&str; 19] = [
    "cli", "commands", "run", "config", "map", "load", "dispatch", "account", "report", "store",
    "journal", "notify", "audit", "schedule", "api", "pace", "sandbox", "model", "base",
];

/// Crate → the only places that may name it.
const CRATES: [(&str, &[&str]); 9] = [
    ("reqwest", &["api/http", "notify/webhook.rs"]),
    ("governor", &["pace/spacing.rs"]),
    ("indicatif", &["report/screen.rs"]),
    ("rusqlite", &["journal/", "account/", "sandbox/"]),
    ("clap", &["cli/"]),
    ("axum", &["sandbox/"]),
    ("toml", &["config/"]),
    ("strsim", &["base/nearest.rs"]),
    ("url", &["base/origin.rs"]),
];

/// Lines that a file may have before its tests.
const LONGEST: usize = 300;

/// Words of which the project has a plainer one. Two words are found however they are joined: `line up`, `line_up`,
/// `LineUp`.
const WORDS: [&str; 33] = [
    "hallway",
    "doorway",
    "rooms",
    "aloft",
    "flights",
    "landed",
    "landing",
    "twins",
    "aftermath",
    "surroundings",
    "desk",
    "mishap",
    "mishaps",
    "cable",
    "told",
    "mend",
    "mending",
    "mended",
    "books",
    "line up",
    "lines up",
    "lined up",
    "books close",
    "server's words",
    "house",
    "kept copy",
    "twin",
    "stand",
    "stands",
    "stood",
    "keeps back",
    "kept back",
    "scissors",
];

#[test]
fn modules_need_only_what_is_below_them() {
    let rank = |file: &str| {
        let module = file.split('/').next().unwrap();
        ORDER.iter().position(|name| *name == module)
    };
    let needs = needs(&sources());
    let mut upward = Vec::new();
    for (file, needed) in &needs {
        for other in needed {
            if let (Some(own), Some(its)) = (rank(file), rank(other))
                && its < own
            {
                upward.push(format!("{file} needs {other}"));
            }
        }
    }
    assert!(upward.is_empty(), "these need what is above them:\n{}", upward.join("\n"));
}

#[test]
fn every_module_has_its_place_in_the_order() {
    let sources = sources();
    let modules: BTreeSet<&str> = sources
        .iter()
        .map(source::Source::module)
        .filter(|m| !["lib", "main"].contains(m))
        .collect();
    assert_eq!(modules, BTreeSet::from(ORDER));
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md"));
    let text = text.unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("/` |"));
    assert_eq!(rows.map(|(module, _)| module).collect::<Vec<_>>(), ORDER, "ARCHITECTURE.md");
}

#[test]
fn no_files_need_each_other() {
    let mut report = Vec::new();
    let needs = needs(&sources());
    for circle in circles(&needs) {
        for file in &circle {
            let inside: Vec<_> = needs[file].intersection(&circle).cloned().collect();
            report.push(format!("{file} needs {}", inside.join(", ")));
        }
        report.push(String::new());
    }
    assert!(report.is_empty(), "circles:\n{}", report.join("\n"));
}

#[test]
fn the_command_line_needs_what_commands_and_settings_are_and_no_more() {
    let allowed = ["cli", "commands", "run", "config", "schedule", "model", "base"];
    for (file, needed) in needs(&sources()).iter().filter(|(file, _)| file.starts_with("cli/")) {
        for other in needed {
            let module = other.split('/').next().unwrap();
            assert!(allowed.contains(&module), "{file} needs {other}");
        }
    }
}

#[test]
fn each_crate_is_used_in_its_place() {
    for source in sources() {
        let tokens = source.tokens();
        let used: BTreeSet<String> =
            named(&tokens).into_iter().filter_map(|named| named.steps.first().cloned()).collect();
        for (name, places) in CRATES {
            let at_home = places.iter().any(|place| source.file.starts_with(place));
            let file = &source.file;
            assert!(
                at_home || !used.contains(name),
                "{file} uses {name}, which belongs to {places:?}"
            );
        }
    }
}

#[test]
fn no_file_is_longer_than_a_reader_stays() {
    let mut long = Vec::new();
    for source in sources() {
        let lines = source.production().trim_end().lines().count();
        if lines > LONGEST {
            long.push(format!("{}: {lines}", source.file));
        }
    }
    long.sort();
    assert!(long.is_empty(), "more than {LONGEST} lines before the tests:\n{}", long.join("\n"));
}

#[test]
fn operations_are_named_in_the_model_alone() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.module() != "model") {
        let tokens = source.tokens();
        let names = |token: &[Token<'_>]| {
            matches!(token, [Token::Word("Operation"), Token::Step, Token::Word(name)]
                if ["Bulk", "Delete", "Create"].iter().any(|start| name.starts_with(start)))
        };
        if tokens.windows(3).any(names) {
            found.push(source.file.clone());
        }
    }
    found.sort();
    assert!(found.is_empty(), "ask `Operation::spec` instead:\n{}", found.join("\n"));
}

#[test]
fn plain_words_are_used() {
    let mut texts: Vec<(String, String)> =
        sources().into_iter().map(|source| (format!("src/{}", source.file), source.text)).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = |dir: &str, ending: &'static str| -> Vec<_> {
        let entries = fs::read_dir(root.join(dir)).into_iter().flatten();
        let files = entries.map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
    };
    for path in [files("", "md"), files("docs", "md"), files("tests/it", "rs")].concat() {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        texts.push((name, fs::read_to_string(&path).unwrap()));
    }
    let mut found = Vec::new();
    for (name, text) in &texts {
        let words = words(text);
        let is_used = |word: &&str| words.contains(&format!(" {} ", word.replace(' ', "  ")));
        found.extend(WORDS.iter().filter(|word| is_used(word)).map(|word| (name, word)));
    }
    assert!(found.is_empty(), "there are plainer words: {found:#?}");
}

/// The words of a text in small letters, each between blanks of its own; names are taken apart: `LineUp`, `line_up`.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        let starts = c.is_uppercase() && before.is_lowercase();
        if starts || !(c.is_alphanumeric() || c == '\'') {
            words.push(' ');
        }
        if c.is_alphanumeric() || c == '\'' {
            words.extend(c.to_lowercase());
        }
        before = c;
    }
    format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join("  "))
}

/// What korebulk writes itself goes through `base/private`, which follows no planted link.
#[test]
fn files_are_made_and_opened_in_one_place() {
    const HOW: [&str; 6] =
        ["OpenOptions", "File::create", "File::options", "fs::write(", "create_dir", "DirBuilder"];
    // `init` writes a job file, which is the user's own and nothing private.
    let known = [
        "base/private.rs",
        "base/system/unix.rs",
        "base/system/windows.rs",
        "base/system/windows/signals.rs",
        "commands/init.rs",
    ];
    for source in sources().iter().filter(|source| !known.contains(&source.file.as_str())) {
        for line in source.code() {
            assert!(!HOW.iter().any(|how| line.contains(how)), "{}: {line}", source.file);
        }
    }
}

/// What each system does otherwise is in `base/system`: a port is written there and nowhere else.
#[test]
fn one_directory_knows_which_system_it_runs_on() {
    const ASKS: [&str; 9] = [
        "cfg(unix)",
        "cfg(windows)",
        "cfg!(",
        "target_os",
        "target_family",
        "os::unix",
        "os::windows",
        "rustix::",
        "winsafe::",
    ];
    for source in sources().iter().filter(|source| !source.is_of_tests()) {
        let here = source.file.starts_with("base/system/");
        // Modules of tests come last, some of them of one system.
        let own = source.code().take_while(|line| !line.starts_with("#[cfg(test)]"));
        for line in own.filter(|_| !here) {
            assert!(!ASKS.iter().any(|ask| line.contains(ask)), "{}: {line}", source.file);
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for source in sources() {
        assert!(source.text.starts_with("//!"), "{} opens without `//!`", source.file);
    }
}

#[test]
fn only_main_exits() {
    for source in sources() {
        let exits = source.code().any(|line| line.contains("process::exit("));
        assert!(!exits || source.file == "main.rs", "{} exits", source.file);
    }
}

#[test]
fn whatever_is_printed_passes_the_one_function_that_makes_it_safe() {
    // Clippy refuses `stdout` and `stderr` outside of `base/terminal.rs`; the bar has a way of its own.
    for source in sources().iter().filter(|source| !source.is_of_tests()) {
        let (file, text) = (&source.file, &source.text);
        for line in source.code() {
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
fn an_error_repeats_the_systems_own_message() {
    // `ErrorKind` says "uncategorized error" where the system says what is wrong: it is for comparing.
    for source in sources() {
        let file = &source.file;
        for line in source.code().filter(|line| line.contains(".kind()")) {
            let printed = ["format!", "format_args!", "error!(", "warn!(", "to_string()"];
            let is_printed = printed.iter().any(|printer| line.contains(printer));
            assert!(!is_printed, "{file}: {line}");
        }
    }
}

//! README and docs say what the program does: their tables and help blocks are the program's own.
//!
//! `WRITE=1 cargo test --test it readme::` writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use korebulk::Exit;

use crate::support::Place;

/// The tests run at the same time, and one of them may write.
static ALONE: Mutex<()> = Mutex::new(());

/// What is between `<!-- name -->` and `<!-- /name -->`, without blank lines around it, has to be this.
fn holds(file: &str, name: &str, expected: &str) {
    let _alone = ALONE.lock().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let readme = fs::read_to_string(&path).unwrap();
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let start = readme.find(&open).unwrap_or_else(|| panic!("{file} has no `{open}`"));
    let rest = &readme[start + open.len()..];
    let end = rest.find(&close).unwrap_or_else(|| panic!("{file} has no `{close}`"));
    let (written, expected) = (rest[..end].trim(), expected.trim());
    if std::env::var_os("WRITE").is_some() {
        let before = &readme[..start + open.len()];
        fs::write(&path, format!("{before}\n{expected}\n{}", &rest[end..])).unwrap();
        return;
    }
    let differs =
        written.lines().zip(expected.lines()).find(|(written, expected)| written != expected);
    assert!(
        written == expected,
        "{file}, `{open}`: `WRITE=1 cargo test --test it readme::` writes it anew. First: {differs:#?}"
    );
}

#[test]
fn the_documents_have_every_option_with_its_key_and_default() {
    holds("docs/options.md", "options", &korebulk::options_table());
}

#[test]
fn the_readme_has_every_exit_code_with_its_meaning() {
    let mut exits = Exit::ALL;
    exits.sort_unstable_by_key(|exit| exit.code());
    let mut table = String::from("| code | meaning |\n|---|---|\n");
    for exit in exits {
        writeln!(table, "| {} | {} |", exit.code(), exit.meaning()).unwrap();
    }
    holds("README.md", "exit codes", &table);
}

#[test]
fn the_documents_have_every_command_with_its_usage() {
    let place = Place::new();
    let top = place.run(&["--help"]).exits(0).out;
    let listed = top.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let mut all = format!("```text\n{}\n```\n", top.trim());
    for name in names.filter_map(|line| line.split_whitespace().next()).filter(|n| *n != "help") {
        // Its options are in docs/options.md.
        let help = place.run(&[name, "--help"]).exits(0).out;
        let (about, rest) = help.split_once("\nUsage: ").unwrap();
        let usage = rest.split("\n\n").next().unwrap();
        write!(all, "\n## {name}\n\n{}\n\n```text\n{usage}\n```\n", about.trim()).unwrap();
    }
    holds("docs/commands.md", "help", &all);
}

#[test]
fn the_documents_have_every_field_of_a_report() {
    holds("docs/report.md", "fields", &korebulk::report_fields());
}

#[test]
fn the_documents_have_every_fault_of_the_sandbox() {
    let faults = format!("```text\n{}\n```", korebulk::SANDBOX_FAULTS.trim());
    holds("docs/sandbox.md", "faults", &faults);
}

#[test]
fn the_readme_is_short_and_its_links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    assert!(readme.lines().count() <= 250, "{} lines", readme.lines().count());
    let files = ["README.md", "ARCHITECTURE.md", "docs/contract.md", "docs/kore-api.md"];
    let files =
        files.into_iter().chain(["docs/options.md", "docs/unattended.md", "docs/sandbox.md"]);
    for file in files {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let from = root.join(file).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            let outside = path.is_empty() || link.contains("://");
            assert!(outside || from.join(path).exists(), "{file}: `{link}` leads nowhere");
        }
    }
}

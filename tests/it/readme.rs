//! The README says what the program does: its tables and its help block are the program's own.
//!
//! `WRITE=1 cargo test --test it readme::` writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use korebulk::model::Exit;

use crate::support::Place;

/// The tests run at the same time, and one of them may write.
static README: Mutex<()> = Mutex::new(());

/// What stands between `<!-- name -->` and `<!-- /name -->`, without blank lines around it, has to be this.
fn holds(name: &str, expected: &str) {
    let _alone = README.lock().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let start = readme.find(&open).unwrap_or_else(|| panic!("README.md has no `{open}`"));
    let rest = &readme[start + open.len()..];
    let end = rest.find(&close).unwrap_or_else(|| panic!("README.md has no `{close}`"));
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
        "README.md, `{open}`: `WRITE=1 cargo test --test it readme::` writes it anew. First: {differs:#?}"
    );
}

#[test]
fn the_readme_has_every_option_with_its_key_and_default() {
    holds("options", &korebulk::cli::options_table());
}

#[test]
fn the_readme_has_every_exit_code_with_its_meaning() {
    let mut exits = Exit::ALL;
    exits.sort_unstable_by_key(|exit| exit.code());
    let mut table = String::from("| code | meaning |\n|---|---|\n");
    for exit in exits {
        writeln!(table, "| {} | {} |", exit.code(), exit.meaning()).unwrap();
    }
    holds("exit codes", &table);
}

#[test]
fn the_readme_has_the_help_as_it_is_printed() {
    let place = Place::new();
    let help = place.run(&["--help"]).exits(0);
    holds("help", &format!("```text\n{}\n```", help.out.trim()));
}

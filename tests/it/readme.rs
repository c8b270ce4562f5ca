//! The README says what the program does: its tables and its help block are the program's own.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use korebulk::model::Exit;

use crate::support::Place;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// What stands between `<!-- name -->` and `<!-- /name -->`, without blank lines around it.
fn block(name: &str) -> String {
    let readme = readme();
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let start = readme.find(&open).unwrap_or_else(|| panic!("README.md has no `{open}`"));
    let rest = &readme[start + open.len()..];
    let end = rest.find(&close).unwrap_or_else(|| panic!("README.md has no `{close}`"));
    rest[..end].trim().to_owned()
}

#[test]
fn the_readme_has_every_option_with_its_key_and_default() {
    assert_eq!(block("options"), korebulk::cli::options_table().trim());
}

#[test]
fn the_readme_has_every_exit_code_with_its_meaning() {
    let mut exits = Exit::ALL;
    exits.sort_unstable_by_key(|exit| exit.code());
    let mut table = String::from("| code | meaning |\n|---|---|\n");
    for exit in exits {
        writeln!(table, "| {} | {} |", exit.code(), exit.meaning()).unwrap();
    }
    assert_eq!(block("exit codes"), table.trim());
}

#[test]
fn the_readme_has_the_help_as_it_is_printed() {
    let place = Place::new();
    let help = place.run(&["--help"]).exits(0);
    assert_eq!(block("help"), format!("```text\n{}\n```", help.out.trim()));
}

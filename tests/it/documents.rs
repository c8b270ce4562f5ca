//! What documents and comments point at is there: files, sections, examples.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The files below a directory with that ending, with their paths from the root.
fn files(dir: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(dir)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if path.is_dir() && ending == "rs" {
            found.extend(files(&name, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn documents() -> Vec<(String, String)> {
    [files(".", "md"), files("docs", "md")].concat()
}

#[test]
fn every_file_that_a_document_names_is_there() {
    let named =
        Regex::new(r"`([a-z_./-]+(?:\.rs|\.md|\.txt|\.toml|/))`|\]\(([^)#:]+)[)#]").unwrap();
    let mut missing = Vec::new();
    for (document, text) in documents() {
        let beside = root().join(&document);
        for found in named.captures_iter(&text) {
            let (path, is_link) = match (found.get(1), found.get(2)) {
                (Some(path), _) => (path.as_str(), false),
                (_, Some(path)) => (path.as_str(), true),
                _ => unreachable!("one of them matched"),
            };
            // Names of the user's own files have no directory, or start at the root.
            let is_ours = path.starts_with("src/") || path.starts_with("tests/") || is_link;
            let is_module =
                document == "ARCHITECTURE.md" && path.contains('/') && !path.starts_with('/');
            let places =
                [root().join(path), root().join("src").join(path), beside.with_file_name(path)];
            if (is_ours || is_module) && !places.iter().any(|place| place.exists()) {
                missing.push(format!("{document}: {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "these are not there:\n{}", missing.join("\n"));
}

#[test]
fn every_section_that_a_comment_cites_is_there() {
    let cited = Regex::new(r#"docs/([a-z-]+\.md)`?,(?:\s|//[/!]?)*"([^"]+)""#).unwrap();
    let mut missing = Vec::new();
    let mut count = 0;
    for (file, text) in [files("src", "rs"), files("tests", "rs")].concat() {
        for found in cited.captures_iter(&text) {
            let (document, section) = (&found[1], &found[2]);
            let path = root().join("docs").join(document);
            let text = fs::read_to_string(path).unwrap_or_default();
            let is_heading = |line: &str| {
                line.starts_with('#') && line.trim_start_matches('#').trim() == section
            };
            count += 1;
            if !text.lines().any(is_heading) {
                missing.push(format!("{file}: {document}, \"{section}\""));
            }
        }
    }
    assert!(missing.is_empty(), "these are not there:\n{}", missing.join("\n"));
    assert!(count > 10, "{count} citations");
}

/// The example of a setting is a real one.
#[test]
fn the_example_of_a_setting_is_in_the_table() {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let example = text.split_once("```rust\n").unwrap().1.split_once("```").unwrap().0;
    let rows: String = files("src/config/rows", "rs").into_iter().map(|(_, text)| text).collect();
    let lines = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    assert!(lines(&rows).contains(lines(example).trim()), "{example}");
}

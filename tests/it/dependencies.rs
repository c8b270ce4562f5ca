//! What `deny.toml` says of the dependencies, checked without cargo-deny: licences, crates that are not wanted, sources.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// Every package of the program and its tests.
fn packages() -> Vec<Value> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--locked", "--format-version", "1", "--filter-platform"]);
    cargo.arg("x86_64-unknown-linux-gnu").arg("--manifest-path").arg(manifest);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// A list of `deny.toml`; of a table in it, what it says of `crate`.
fn list(table: &str, key: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let document = DeTable::parse(&text).unwrap();
    let items = document.get_ref()[table].get_ref()[key].get_ref().as_array().unwrap();
    let name = |item: &DeValue<'_>| match item {
        DeValue::Table(table) => table["crate"].get_ref().as_str().unwrap().to_owned(),
        item => item.as_str().unwrap().to_owned(),
    };
    items.iter().map(|item| name(item.get_ref())).collect()
}

/// Whether an SPDX expression can be met with the licences that are allowed.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    let text = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let (met, rest) = either(&words, allowed);
    assert!(rest.is_empty(), "{expression}");
    met
}

fn either<'a>(words: &'a [&'a str], allowed: &[String]) -> (bool, &'a [&'a str]) {
    let (mut met, mut rest) = all(words, allowed);
    while let ["OR", after @ ..] = rest {
        let (other, after) = all(after, allowed);
        (met, rest) = (met | other, after);
    }
    (met, rest)
}

fn all<'a>(words: &'a [&'a str], allowed: &[String]) -> (bool, &'a [&'a str]) {
    let (mut met, mut rest) = one(words, allowed);
    while let ["AND", after @ ..] = rest {
        let (other, after) = one(after, allowed);
        (met, rest) = (met & other, after);
    }
    (met, rest)
}

fn one<'a>(words: &'a [&'a str], allowed: &[String]) -> (bool, &'a [&'a str]) {
    match words {
        ["(", inside @ ..] => {
            let (met, rest) = either(inside, allowed);
            assert_eq!(rest.first(), Some(&")"));
            (met, &rest[1..])
        }
        [_, "WITH", _, rest @ ..] => (false, rest),
        [license, rest @ ..] => (allowed.iter().any(|allowed| allowed == license), rest),
        [] => panic!("an expression without an end"),
    }
}

#[test]
fn every_dependency_is_under_a_licence_that_is_allowed() {
    let (allowed, packages) = (list("licenses", "allow"), packages());
    for package in &packages {
        let license = package["license"].as_str().unwrap_or_default();
        assert!(is_met(license, &allowed), "{}: {license}", package["name"]);
    }
    // No licence is allowed for nothing.
    let needed = |license: &String| {
        let others: Vec<String> =
            allowed.iter().filter(|other| *other != license).cloned().collect();
        packages.iter().any(|package| !is_met(package["license"].as_str().unwrap(), &others))
    };
    let unused: Vec<&String> = allowed.iter().filter(|license| !needed(license)).collect();
    assert!(unused.is_empty(), "no dependency needs {unused:?}");
}

#[test]
fn no_dependency_is_one_that_is_not_wanted_or_from_elsewhere() {
    let (unwanted, registries) = (list("bans", "deny"), list("sources", "allow-registry"));
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        assert!(!unwanted.iter().any(|unwanted| unwanted == name), "{name}: see deny.toml");
        let known = |source: &str| registries.iter().any(|r| source == format!("registry+{r}"));
        assert!(package["source"].as_str().is_none_or(known), "{name}: {}", package["source"]);
    }
}

#[test]
fn licences_are_read_as_they_are_meant() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned()];
    for met in ["MIT", "MIT/Apache-2.0", "Apache-2.0 OR MIT", "(GPL-3.0 OR MIT) AND ISC"] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for unmet in ["GPL-3.0", "MIT AND GPL-3.0", "(GPL-3.0 OR MIT) AND Zlib"] {
        assert!(!is_met(unmet, &allowed), "{unmet}");
    }
}

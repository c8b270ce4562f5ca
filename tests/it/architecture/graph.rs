//! Which file needs which: every path of the code followed to the file that has what it names.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Named, Source, Token, named};

/// Files, and the files they need.
pub(super) type Needs = BTreeMap<String, BTreeSet<String>>;

/// The production files of the library and what is known of each.
struct Modules<'a> {
    /// Module path → its file.
    files: BTreeMap<Vec<String>, &'a str>,
    /// Module path → the paths in it.
    named: BTreeMap<Vec<String>, Vec<Named>>,
}

/// The files of the library, each with those that it needs. What a module passes on (`pub use`) is needed from
/// where it comes.
pub(super) fn needs(sources: &[Source]) -> Needs {
    let production = || sources.iter().filter(|s| !s.is_of_tests() && s.file != "main.rs");
    let path = |source: &Source| module_path(&source.file);
    let modules = Modules {
        files: production().map(|source| (path(source), source.file.as_str())).collect(),
        named: production().map(|source| (path(source), named(&source.tokens()))).collect(),
    };
    let mut needs = Needs::new();
    for source in production() {
        let own = path(source);
        let tokens = source.tokens();
        let uses = |name: &str| tokens.iter().filter(|token| **token == Token::Word(name)).count();
        let entry = needs.entry(source.file.clone()).or_default();
        for named in &modules.named[&own] {
            // Passed on and not needed here.
            if named.is_offered && named.alias.as_deref().is_none_or(|alias| uses(alias) < 2) {
                continue;
            }
            let found = modules.file_of(&own, &named.steps, 0).filter(|file| *file != source.file);
            // A file below another in the tree is a part of it, and has what is common from there.
            let found = found.filter(|file| !own.starts_with(&module_path(file)));
            entry.extend(found.map(str::to_owned));
        }
    }
    needs
}

/// `run/close.rs` → `run`, `close`; `run/mod.rs` → `run`; `lib.rs` → nothing.
fn module_path(file: &str) -> Vec<String> {
    let path = file.strip_suffix(".rs").unwrap();
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

impl Modules<'_> {
    /// The file that has what `steps` name when they are in the module `own`; `None` outside of the library.
    fn file_of(&self, own: &[String], steps: &[String], depth: usize) -> Option<&str> {
        let mut from = own.to_vec();
        let mut rest = steps;
        match rest.first()?.as_str() {
            "crate" => from.clear(),
            "self" => {}
            "super" => {
                while rest.first().is_some_and(|step| step == "super") {
                    from.pop();
                    rest = &rest[1..];
                }
                return self.below(from, rest, depth);
            }
            first => {
                let mut below = from.clone();
                below.push(first.to_owned());
                if self.files.contains_key(&below) {
                    return self.below(from, rest, depth);
                }
                // A module or a type that the file has by `use`.
                let used = self.named.get(own)?.iter().filter(|named| named.steps.len() > 1);
                let used = used.clone().find(|used| used.alias.as_deref() == Some(first))?;
                let steps = [&used.steps[..], &rest[1..]].concat();
                return if depth < 8 { self.file_of(own, &steps, depth + 1) } else { None };
            }
        }
        self.below(from, &rest[1..], depth)
    }

    fn below(&self, mut module: Vec<String>, mut rest: &[String], depth: usize) -> Option<&str> {
        while let Some(step) = rest.first() {
            module.push(step.clone());
            if !self.files.contains_key(&module) {
                module.pop();
                break;
            }
            rest = &rest[1..];
        }
        let here = self.files.get(&module).copied();
        let Some(name) = rest.first().filter(|_| depth < 8) else { return here };
        let has = |named: &&Named| named.alias.as_ref() == Some(name);
        let passed = self.named.get(&module)?.iter().filter(|named| named.is_offered).find(has);
        match passed {
            // `use one;` names something of the file's own.
            Some(passed) if passed.steps.len() > 1 => {
                self.file_of(&module, &passed.steps, depth + 1).or_else(|| {
                    let first = passed.steps[0].as_str();
                    here.filter(|_| ["crate", "self", "super"].contains(&first))
                })
            }
            _ => here,
        }
    }
}

/// Files that need each other, directly or through others, in groups.
pub(super) fn circles(needs: &Needs) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        needs.keys().map(|file| (file.as_str(), reachable(needs, file))).collect();
    let mut circles: Vec<BTreeSet<String>> = Vec::new();
    for (file, others) in &reached {
        let both = others.iter().filter(|other| reached[*other].contains(file));
        let circle: BTreeSet<String> = both.map(|other| (*other).to_owned()).collect();
        if circle.len() > 1 && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

fn reachable<'a>(needs: &'a Needs, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for next in needs.get(file).into_iter().flatten() {
            if reached.insert(next.as_str()) {
                open.push(next);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(file: &str, text: &str) -> Source {
        Source { file: file.to_owned(), text: text.to_owned() }
    }

    fn needed(needs: &Needs, file: &str) -> Vec<String> {
        needs[file].iter().cloned().collect()
    }

    #[test]
    fn what_is_passed_on_is_needed_from_where_it_comes() {
        let sources = [
            source("lib.rs", "pub mod run; pub mod model;"),
            source(
                "run/mod.rs",
                "mod close; mod open;\npub use close::End;\npub(crate) use open::Open;",
            ),
            source(
                "run/close.rs",
                "use super::Open;\nuse crate::{model::{Exit, deep::Word}};\npub struct End;",
            ),
            source("run/open.rs", "pub struct Open;\nfn f() { super::End; }"),
            source("model/mod.rs", "mod error; pub mod deep;\npub use error::Exit;"),
            source("model/error.rs", "pub enum Exit {}"),
            source(
                "model/deep.rs",
                "pub struct Word;\n#[cfg(test)]\nmod tests {\nuse crate::run::End;\n}",
            ),
        ];
        let needs = needs(&sources);
        assert_eq!(
            needed(&needs, "run/close.rs"),
            ["model/deep.rs", "model/error.rs", "run/open.rs"]
        );
        assert_eq!(needed(&needs, "run/open.rs"), ["run/close.rs"]);
        assert_eq!(needed(&needs, "run/mod.rs"), [""; 0]);
        assert_eq!(needed(&needs, "model/deep.rs"), [""; 0]);
        let circle: Vec<String> = circles(&needs).remove(0).into_iter().collect();
        assert_eq!(circle, ["run/close.rs", "run/open.rs"]);
    }
}

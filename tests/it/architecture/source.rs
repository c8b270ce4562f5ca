//! The sources as the architecture tests see them: production code, cut into words, and the paths in it.
//!
//! A small scanner and no parser: comments and texts are skipped, a path is words with `::` between them, and a `use`
//! tree is all its paths. That is enough to know who needs whom, in macros too.

use std::fs;
use std::path::{Path, PathBuf};

/// A file below `src/`.
pub(super) struct Source {
    /// Its path below `src/`, with `/`.
    pub(super) file: String,
    /// All of it.
    pub(super) text: String,
}

/// A path in the code: `crate::model::Exit`, in a `use` or where it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Its steps; the last may be `*`.
    pub(super) steps: Vec<String>,
    /// Of a `use`, the name under which the file has it.
    pub(super) alias: Option<String>,
    /// Whether others are offered it, too: `pub use`.
    pub(super) is_offered: bool,
}

/// Every file of the library and the program.
pub(super) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.clone()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push(Source { file, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    assert!(found.len() > 40, "there are more files than {}", found.len());
    found
}

impl Source {
    /// Whether it holds tests and nothing else.
    pub(super) fn is_of_tests(&self) -> bool {
        self.file.ends_with("tests.rs") || self.file.contains("/tests/")
    }

    /// The code that ships: without the tests at its end.
    pub(super) fn production(&self) -> &str {
        match self.text.split_once("#[cfg(test)]\nmod tests {") {
            _ if self.is_of_tests() => "",
            Some((production, _)) => production,
            None => &self.text,
        }
    }

    /// The lines of it that are no comments.
    pub(super) fn code(&self) -> impl Iterator<Item = &str> {
        let lines = self.production().lines().map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with("//"))
    }

    /// The module it is in: `run`.
    pub(super) fn module(&self) -> &str {
        let first = self.file.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The words and marks of its production code.
    pub(super) fn tokens(&self) -> Vec<Token<'_>> {
        tokens(self.production())
    }
}

/// A piece of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or a keyword.
    Word(&'a str),
    /// `::`
    Step,
    /// Anything else.
    Mark(char),
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => quoted(rest),
            'r' if raw(rest).is_some() => raw(rest).unwrap(),
            'b' if rest[1..].starts_with('r') && raw(&rest[1..]).is_some() => {
                1 + raw(&rest[1..]).unwrap()
            }
            '\'' => character(rest),
            _ if c.is_alphanumeric() || c == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let end = end.unwrap_or(rest.len());
                tokens.push(Token::Word(&rest[..end]));
                end
            }
            _ if rest.starts_with("::") => {
                tokens.push(Token::Step);
                2
            }
            _ => {
                if !c.is_whitespace() {
                    tokens.push(Token::Mark(c));
                }
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    tokens
}

/// The length of a text in quotes.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a raw text, `r#"…"#`, where this is one.
fn raw(text: &str) -> Option<usize> {
    let hashes = text[1..].bytes().take_while(|b| *b == b'#').count();
    let inside = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(2 + hashes + inside.find(&end).unwrap_or(inside.len()) + end.len())
}

/// The length of a character, or of the mark of a lifetime.
fn character(text: &str) -> usize {
    let inside = &text[1..];
    if inside.starts_with('\\') {
        return 3 + inside[2..].find('\'').unwrap_or(0) + 1
            - usize::from(inside.starts_with("\\'"));
    }
    let one = inside.chars().next().map_or(0, char::len_utf8);
    if inside[one..].starts_with('\'') { one + 2 } else { 1 }
}

/// Every path of the code, `use` trees taken apart.
pub(super) fn named(tokens: &[Token<'_>]) -> Vec<Named> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let starts =
            matches!(tokens[at], Token::Word(_)) && (at == 0 || tokens[at - 1] != Token::Step);
        if tokens[at] == Token::Word("in") && matches!(&tokens[..at], [.., Token::Mark('(')]) {
            // `pub(in crate::config)` needs nothing.
            at = tokens[at..]
                .iter()
                .position(|t| *t == Token::Mark(')'))
                .map_or(tokens.len(), |n| at + n);
        } else if tokens[at] == Token::Word("use") {
            let is_offered = is_public(&tokens[..at]);
            at += 1;
            tree(tokens, &mut at, &mut Vec::new(), true, is_offered, &mut found);
        } else if starts && tokens.get(at + 1) == Some(&Token::Step) {
            tree(tokens, &mut at, &mut Vec::new(), false, false, &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// Whether what follows is public: `pub`, `pub(crate)`.
fn is_public(before: &[Token<'_>]) -> bool {
    match before {
        [.., Token::Word("pub")] => true,
        [.., Token::Mark(')')] => {
            let open = before.iter().rposition(|token| *token == Token::Mark('('));
            open.is_some_and(|open| before[..open].last() == Some(&Token::Word("pub")))
        }
        _ => false,
    }
}

fn tree(
    tokens: &[Token<'_>],
    at: &mut usize,
    steps: &mut Vec<String>,
    in_use: bool,
    is_offered: bool,
    found: &mut Vec<Named>,
) {
    let depth = steps.len();
    loop {
        match tokens.get(*at) {
            Some(Token::Word(word)) if steps.len() == depth || tokens[*at - 1] == Token::Step => {
                steps.push((*word).to_owned());
                *at += 1;
            }
            Some(Token::Step) => *at += 1,
            Some(Token::Mark('*')) if in_use => {
                steps.push("*".to_owned());
                *at += 1;
            }
            Some(Token::Mark('{')) if in_use => {
                *at += 1;
                while !matches!(tokens.get(*at), None | Some(Token::Mark('}'))) {
                    tree(tokens, at, steps, in_use, is_offered, found);
                    *at += usize::from(tokens.get(*at) == Some(&Token::Mark(',')));
                }
                *at += 1;
                steps.truncate(depth);
                return;
            }
            _ => break,
        }
    }
    let mut alias = steps.last().cloned();
    if tokens.get(*at) == Some(&Token::Word("as")) {
        if let Some(Token::Word(name)) = tokens.get(*at + 1) {
            alias = Some((*name).to_owned());
        }
        *at += 2;
    }
    if steps.last().is_some_and(|last| last == "self") && steps.len() > 1 {
        steps.pop();
        alias = alias.filter(|alias| alias != "self").or_else(|| steps.last().cloned());
    }
    found.push(Named { steps: steps.clone(), alias: alias.filter(|_| in_use), is_offered });
    steps.truncate(depth);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        named(&tokens(text)).iter().map(|named| named.steps.join("::")).collect()
    }

    #[test]
    fn nested_trees_are_taken_apart() {
        let text = "use crate::{run::{self, close::{End, Other as O}}, model::*};\npub(crate) use super::a;";
        assert_eq!(
            paths(text),
            [
                "crate::run",
                "crate::run::close::End",
                "crate::run::close::Other",
                "crate::model::*",
                "super::a"
            ]
        );
        let named = named(&tokens(text));
        assert_eq!(named[0].alias.as_deref(), Some("run"));
        assert_eq!(named[2].alias.as_deref(), Some("O"));
        assert!(named[4].is_offered && !named[0].is_offered);
    }

    #[test]
    fn paths_are_found_wherever_they_are_needed() {
        let text = r##"pub(in crate::no) fn f<'a>(x: &'a str) { say!("crate::no::{}", crate::api::http()); let c = ['"', '\'', '\\']; super::g(r#"crate::no"#, self::Kind::A) } // crate::no"##;
        assert_eq!(paths(text), ["crate::api::http", "super::g", "self::Kind::A"]);
    }
}

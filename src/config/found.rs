//! Values that lead somewhere else: paths, and where a secret is found.

use std::path::{Path, PathBuf};

use super::environment::plain;
use super::problem::Problem;
use super::values::Value;
use crate::model::settings::SecretSource;

/// Where the value of a secret setting is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Env,
    File,
    Command,
}

/// A path, absolute: relative ones start from `base`.
pub(super) fn absolute(base: &Path, path: &str) -> Result<PathBuf, Problem> {
    match path.trim() {
        "" => Err(Problem::new("the path is empty", "name a file")),
        path => Ok(plain(&base.join(path))),
    }
}

/// Where a secret is found.
pub(super) fn source(found: Found, value: &Value, base: &Path) -> Result<SecretSource, Problem> {
    match (found, value) {
        (Found::Env, Value::Text(name)) => variable(name.trim()).map(SecretSource::Env),
        (Found::File, Value::Text(path)) => absolute(base, path).map(SecretSource::File),
        (Found::Command, Value::List(argv)) if argv.first().is_some_and(|p| !p.is_empty()) => {
            Ok(SecretSource::Command(argv.clone()))
        }
        _ => Err(Problem::new(
            "the command has no program",
            "write a list of the program and its arguments: `[\"pass\", \"show\", \"kore\"]`",
        )),
    }
}

/// A variable's name. Somebody may have put the secret itself here: it is not repeated.
fn variable(name: &str) -> Result<String, Problem> {
    let well_formed = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if well_formed {
        return Ok(name.to_owned());
    }
    Err(Problem::new(
        "this is not the name of an environment variable",
        "write the variable's name, such as `KOREBULK_CLIENT_SECRET`, never the credential itself",
    ))
}

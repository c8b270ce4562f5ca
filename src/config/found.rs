//! Values that lead somewhere else: paths, and where a secret is found.

use std::borrow::Cow;
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

/// What becomes the profile's name in a path.
const PROFILE: &str = "{profile}";

/// A path or paths with the profile's name in them. Errors: there is none.
pub(super) fn with_profile<'a>(
    value: Cow<'a, Value>,
    profile: Option<&str>,
) -> Result<Cow<'a, Value>, Problem> {
    let has = |text: &String| text.contains(PROFILE);
    let filled = |name: &str| match &*value {
        Value::Text(path) if has(path) => Some(Value::Text(path.replace(PROFILE, name))),
        Value::List(paths) if paths.iter().any(has) => {
            Some(Value::List(paths.iter().map(|path| path.replace(PROFILE, name)).collect()))
        }
        _ => None,
    };
    match (profile, filled(profile.unwrap_or_default())) {
        (_, None) => Ok(value),
        (Some(_), Some(filled)) => Ok(Cow::Owned(filled)),
        (None, Some(_)) => Err(Problem::new(
            "`{profile}` represents the name of a profile, and none is named",
            "name one: `--profile`, or `profile` under `[target]`",
        )),
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

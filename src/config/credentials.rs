//! Where the secret or the token is found: exactly one place, and never the credential itself.

use super::asked::{Asked, Problem};
use super::values::Text;
use crate::model::RunError;
use crate::model::settings::{Credentials, SecretSource};

/// The source that was asked for, or the default one of the environment.
pub(super) fn credentials(asked: &Asked<'_>) -> Result<Credentials, RunError> {
    if let Some(named) = named(asked)? {
        return Ok(named);
    }
    let token = asked.environment.get("KOREBULK_TOKEN").is_some();
    Ok(if token {
        Credentials::Token(SecretSource::Env("KOREBULK_TOKEN".to_owned()))
    } else {
        Credentials::Secret(SecretSource::Env("KOREBULK_CLIENT_SECRET".to_owned()))
    })
}

/// The source that was asked for. Errors: several, or one that cannot be a source.
pub(super) fn named(asked: &Asked<'_>) -> Result<Option<Credentials>, RunError> {
    let sources = asked.keys.target.sources();
    let key = match sources.as_slice() {
        [] => return Ok(None),
        [key] => *key,
        [first, second, ..] => {
            let second_place = asked.place(second);
            return Err(asked
                .refuse(first, format!("two credential sources; the other is {second_place}"))
                .hint("keep exactly one of them"));
        }
    };
    let target = &asked.keys.target;
    let source = match key {
        "target.client_secret_env" => variable(asked, key, target.client_secret_env.as_ref())?
            .map(|source| Credentials::Secret(SecretSource::Env(source))),
        "target.client_secret_file" => asked
            .path(key, target.client_secret_file.as_ref())?
            .map(|source| Credentials::Secret(SecretSource::File(source))),
        "target.client_secret_command" => {
            command(asked, key, target.client_secret_command.as_deref())?
                .map(|source| Credentials::Secret(SecretSource::Command(source)))
        }
        "target.token_env" => variable(asked, key, target.token_env.as_ref())?
            .map(|source| Credentials::Token(SecretSource::Env(source))),
        "target.token_file" => asked
            .path(key, target.token_file.as_ref())?
            .map(|source| Credentials::Token(SecretSource::File(source))),
        _ => command(asked, key, target.token_command.as_deref())?
            .map(|source| Credentials::Token(SecretSource::Command(source))),
    };
    Ok(source)
}

/// A variable's name. Somebody may have put the secret itself here: it is not repeated.
pub(super) fn variable(
    asked: &Asked<'_>,
    key: &str,
    name: Option<&Text>,
) -> Result<Option<String>, RunError> {
    asked.read(key, name, |name| {
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
    })
}

/// An argument vector: no shell takes it apart.
fn command(
    asked: &Asked<'_>,
    key: &str,
    argv: Option<&[String]>,
) -> Result<Option<Vec<String>>, RunError> {
    match argv {
        None => Ok(None),
        Some([program, ..]) if !program.is_empty() => Ok(argv.map(<[String]>::to_vec)),
        Some(_) => Err(asked.refuse(key, "the command has no program").hint(
            "write a list of the program and its arguments: `[\"pass\", \"show\", \"kore\"]`",
        )),
    }
}

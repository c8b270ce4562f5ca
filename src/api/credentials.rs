//! From where a credential comes to what signs requests: environment, file, command, ready tokens.
//!
//! The only file that reads secrets. No secret and no output of a command may appear in an error,
//! a log or a `Debug` print.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tracing::warn;

use super::sign::{Signer, Token};
use crate::base::{secret_text, small, system};
use crate::model::RunError;
use crate::model::settings::{Credentials, SecretSource, Target, unit_of};

/// How long a `*_command` may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);

/// What authorises the requests of a run.
#[derive(Debug)]
pub enum Signing {
    /// A secret, with which each request is signed afresh.
    Secret(Signer),
    /// A ready token, taken as it is.
    Ready(ReadyToken),
}

/// A ready token and where it comes from.
#[derive(Debug)]
pub struct ReadyToken {
    source: SecretSource,
    last: Mutex<Token>,
}

impl Signing {
    /// Finds the credential of a target. `env` looks a variable up.
    ///
    /// # Errors
    /// Exit 2, naming the place, when there is none or it cannot be used; exit 70 for the
    /// sandbox's own, which the runner makes.
    pub async fn load(
        target: &Target,
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, RunError> {
        let (source, ready) = match &target.credentials {
            Credentials::Secret(source) => (source, false),
            Credentials::Token(source) => (source, true),
            Credentials::Sandbox => {
                return Err(RunError::internal("the sandbox's secret is not kept anywhere"));
            }
        };
        let found = match source {
            SecretSource::Env(name) => of_variable(name, env(name))?,
            SecretSource::File(path) => {
                warn_if_open(path);
                of_file(path)?
            }
            SecretSource::Command(argv) => of_command(argv, COMMAND_TIMEOUT).await?,
        };
        if ready {
            let last = Mutex::new(token(source, &found)?);
            return Ok(Self::Ready(ReadyToken { source: source.clone(), last }));
        }
        if target.client_id.is_empty() {
            return Err(RunError::usage("`target.client_id` is missing")
                .hint("a client secret signs for the client id it belongs to"));
        }
        Ok(Self::Secret(Signer::new(&target.client_id, &found)))
    }

    /// The token for one request: signed now, or the ready one (a token file is read again).
    ///
    /// # Errors
    /// Exit 2 when a token file has gone or holds no token any more.
    pub fn token(&self, now: SystemTime) -> Result<Token, RunError> {
        match self {
            Self::Secret(signer) => Ok(signer.token(now)),
            Self::Ready(ReadyToken { source: source @ SecretSource::File(path), .. }) => {
                token(source, &of_file(path)?)
            }
            Self::Ready(ready) => {
                Ok(ready.last.lock().unwrap_or_else(PoisonError::into_inner).clone())
            }
        }
    }

    /// After a refusal: runs a token command again. Says whether the next token can be another.
    ///
    /// # Errors
    /// Exit 2 when the command fails.
    pub async fn refresh(&self) -> Result<bool, RunError> {
        let Self::Ready(ReadyToken { source, last }) = self else { return Ok(true) };
        if let SecretSource::Command(argv) = source {
            let fresh = token(source, &of_command(argv, COMMAND_TIMEOUT).await?)?;
            *last.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        Ok(source.variable().is_none())
    }
}

fn of_variable(name: &str, value: Option<String>) -> Result<Vec<u8>, RunError> {
    let place = format!("the environment variable `{name}`");
    let value = value.ok_or_else(|| RunError::usage(format!("{place} is not set")))?;
    bare(value.into_bytes(), &place)
}

/// What was read from a place, without a byte order mark and line breaks at its end.
fn bare(read: Vec<u8>, place: &str) -> Result<Vec<u8>, RunError> {
    let text = secret_text::bare(read).map_err(|why| RunError::usage(format!("{place} {why}")))?;
    if text.is_empty() {
        return Err(RunError::usage(format!("{place} is empty")));
    }
    Ok(text)
}

fn of_file(path: &Path) -> Result<Vec<u8>, RunError> {
    let shown = path.display();
    let bytes = small::read_at_most(1, path).map_err(|e| {
        let error = RunError::usage(format!("`{shown}` cannot be read: {e}"));
        match unit_of(path) {
            Some(unit) => error.hint(format!(
                "only `{unit}` has it, while it runs: `systemctl start {unit}` finishes its runs"
            )),
            None => error,
        }
    })?;
    bare(bytes, &format!("`{shown}`"))
}

fn warn_if_open(path: &Path) {
    if std::fs::metadata(path).is_ok_and(|file| system::is_readable_by_all(&file)) {
        warn!(path = %path.display(), "everybody on this machine can read the credential");
    }
}

/// The standard output of a command, trimmed. No shell; what it prints otherwise is dropped, since
/// it may hold the secret.
async fn of_command(argv: &[String], timeout: Duration) -> Result<Vec<u8>, RunError> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(RunError::usage("the command for the credential is empty"));
    };
    let output = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(timeout, output)
        .await
        .map_err(|_| {
            RunError::usage(format!(
                "`{program}` gave no credential within {} s",
                timeout.as_secs()
            ))
        })?
        .map_err(|e| RunError::usage(format!("`{program}` cannot be run: {e}")))?;
    if !output.status.success() {
        return Err(RunError::usage(format!("`{program}` failed with {}", output.status))
            .hint("run it by hand to see why; its output is not shown here"));
    }
    if output.stdout.trim_ascii().is_empty() {
        return Err(RunError::usage(format!("`{program}` printed nothing")));
    }
    let secret = bare(output.stdout, &format!("the output of `{program}`"))?;
    Ok(secret.trim_ascii().to_vec())
}

fn token(source: &SecretSource, found: &[u8]) -> Result<Token, RunError> {
    let place = match source {
        SecretSource::Env(name) => format!("the environment variable `{name}`"),
        SecretSource::File(path) => format!("`{}`", path.display()),
        SecretSource::Command(argv) => {
            format!("the output of `{}`", argv.first().map_or("", String::as_str))
        }
    };
    std::str::from_utf8(found.trim_ascii()).ok().and_then(Token::ready).ok_or_else(|| {
        RunError::usage(format!("{place} holds no token"))
            .hint("give the bare token, without `Bearer`")
    })
}

#[cfg(test)]
mod tests;

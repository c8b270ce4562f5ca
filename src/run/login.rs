//! A profile: asked for, tried with one signed request, and written. What was not accepted leaves nothing behind.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::options::LoginOptions;
use super::person::person;
use super::readiness::of_target;
use super::signals::Signals;
use crate::base::{private, state, terminal};
use crate::config::{
    self, Options, PROFILES, Plan, ProfilesFile, accepts, profile_name, target_keys, written_into,
};
use crate::model::settings::{Credentials, SecretSource};
use crate::model::{Exit, RunError};

/// What is asked for: the key, and the question.
const ASKED: [(&str, &str, &str); 4] = [
    ("target.host", "--host", "Host, such as https://platform.kore.ai"),
    ("target.stream_id", "--stream-id", "Stream or bot id, st-…"),
    ("target.account_id", "--account-id", "Account id, 24 hex characters"),
    ("target.client_id", "--client-id", "Client id of the API app, cs-…"),
];

const SECRET: [&str; 3] =
    ["target.client_secret_env", "target.client_secret_file", "target.client_secret_command"];
const TOKEN: [&str; 3] = ["target.token_env", "target.token_file", "target.token_command"];

/// Permissions of the files.
const OWNERS: u32 = 0o600;

/// A profile that nobody has tried yet.
struct Untried {
    name: String,
    plan: Plan,
    protected: bool,
    directory: PathBuf,
    before: Option<ProfilesFile>,
    secret: Option<NewSecret>,
}

/// A secret's file that goes unless it is stored.
struct NewSecret(PathBuf);

impl Drop for NewSecret {
    fn drop(&mut self) {
        let _ = private::remove(&self.0);
    }
}

/// The file that has the profile now.
///
/// # Errors
/// See `commands::login`.
pub(crate) async fn login(how: LoginOptions) -> Result<PathBuf, RunError> {
    let mut signals = Signals::listen()?;
    let untried = signals.unless_signalled(async move { asked(how) }).await?;
    let findings = of_target(&untried.plan, &mut signals).await?;
    for finding in &findings {
        terminal::say(&finding.to_string());
    }
    match findings.iter().map(super::readiness::Finding::exit).max() {
        None | Some(Exit::Finished) => untried.store(),
        Some(exit) => {
            let message = format!("no profile `{}` was written", untried.name);
            // What a run would say of credentials that are refused.
            let exit = if exit == Exit::Usage { Exit::NeedsPerson } else { exit };
            Err(RunError::new(exit, message))
        }
    }
}

fn asked(how: LoginOptions) -> Result<Untried, RunError> {
    let name = profile_name(&how.name)?;
    let directory = own_directory()?;
    let path = directory.join(PROFILES);
    let before = how.environment.profiles.iter().find(|file| file.path == path).cloned();
    if !how.replace && written_into(before.as_ref(), &name, "")?.1 {
        let there = format!("{}: there is a profile `{name}` already", path.display());
        return Err(RunError::usage(there).hint("give another name, or say `--replace`"));
    }
    let mut options = how.options;
    let given = |keys: &[&str], options: &Options| keys.iter().any(|key| options.has(key));
    for (key, option, question) in ASKED {
        let is_needed = key != "target.client_id" || !given(&TOKEN, &options);
        if is_needed && !options.has(key) {
            let answer = answer(key, option, question)?;
            options.text(key, answer);
        }
    }
    let mut secret = None;
    if !given(&SECRET, &options) && !given(&TOKEN, &options) {
        let stored = new_secret(&directory, &name)?;
        let path =
            stored.0.to_str().ok_or_else(|| RunError::usage("the home directory is not UTF-8"))?;
        options.text("target.client_secret_file", path);
        secret = Some(stored);
    }
    let plan = config::reading(None, &options, &how.environment)?;
    Ok(Untried { name, plan, protected: how.protected, directory, before, secret })
}

/// The user's own directory of settings, made where it is missing.
fn own_directory() -> Result<PathBuf, RunError> {
    let own = state::config_dirs().into_iter().next().unwrap_or_default();
    private::directory(&own)
        .map_err(|error| RunError::usage(format!("{}: cannot be used: {error}", own.display())))
}

/// An answer that the setting takes.
fn answer(key: &'static str, option: &str, question: &str) -> Result<String, RunError> {
    if !terminal::can_ask() {
        return Err(RunError::usage(format!(
            "`{option}` is missing, and nobody is there to be asked"
        ))
        .hint(format!("give `{option}`")));
    }
    loop {
        let typed = person().line(&format!("{question}: "))?;
        match accepts(key, &typed) {
            Ok(()) => return Ok(typed),
            Err(error) => terminal::say_error(&error.message, error.hint.as_deref()),
        }
    }
}

/// The secret as it was typed, in a file of its own.
fn new_secret(directory: &Path, name: &str) -> Result<NewSecret, RunError> {
    if !terminal::can_ask() {
        return Err(RunError::usage("no secret is named, and nobody is there to be asked").hint(
            "give `--client-secret-file`, `--client-secret-command` or `--client-secret-env`",
        ));
    }
    let typed = person().secret("Client secret (it is not shown): ")?;
    if typed.is_empty() {
        return Err(RunError::new(Exit::Guarded, "no secret was typed; nothing was written"));
    }
    let secret = NewSecret(directory.join(format!("{name}.secret.new")));
    let written = private::create(&secret.0).and_then(|mut file| {
        file.write_all(typed.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| unwritten(&secret.0, &error))?;
    Ok(secret)
}

impl Untried {
    fn store(mut self) -> Result<PathBuf, RunError> {
        let (path, name) = (self.directory.join(PROFILES), &self.name);
        if self.secret.is_some() {
            let file = SecretSource::File(format!("{name}.secret").into());
            self.plan.target.credentials = Credentials::Secret(file);
        }
        let mut table = target_keys(&self.plan.target);
        if self.protected {
            table.push_str("protected = true\n");
        }
        let (text, _) = written_into(self.before.as_ref(), name, &table)?;
        if let Some(NewSecret(new)) = &self.secret {
            let stored = self.directory.join(format!("{name}.secret"));
            private::rename(new, &stored).map_err(|error| unwritten(&stored, &error))?;
        }
        private::replace(&path, &text, OWNERS).map_err(|error| unwritten(&path, &error))?;
        Ok(path)
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> RunError {
    RunError::usage(format!("{}: cannot be written: {error}", path.display()))
}

//! `login`: writes a profile, so that nobody edits TOML or types a secret into a shell.

use crate::base::terminal;
use crate::model::{Exit, RunError};
use crate::run::options::LoginOptions;
use crate::run::{block_on, login as logging_in};

/// Asks what was not typed, tries it, and writes it.
///
/// # Errors
/// Exit 2 for what cannot be a profile, 3 where nobody answers, that of a run where the target does not take it: then
/// nothing is written.
pub fn login(how: LoginOptions) -> Result<Exit, RunError> {
    let name = how.name.clone();
    let path = block_on(logging_in::login(how))?;
    terminal::say(&format!(
        "profile `{name}` is in {}\nuse it with `--profile {name}`, or write `profile = \"{name}\"` under `[target]` of a job file\n",
        terminal::line(&path.to_string_lossy())
    ));
    Ok(Exit::Finished)
}

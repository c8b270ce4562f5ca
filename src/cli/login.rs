//! What may be typed for `login`: a name, and what is not to be asked.

use std::collections::BTreeMap;

use clap::Args;

use super::settings::{Profiled, Typed};
use crate::commands::LoginOptions;
use crate::config::Environment;

#[derive(Debug, Args)]
pub(super) struct LoginArgs {
    /// The profile's name, for `--profile` and `[target] profile`
    name: String,
    /// Let every run ask for its name before anything is sent
    #[arg(long)]
    protected: bool,
    /// Replace the profile of that name, where there is one
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    settings: Typed<Profiled>,
}

impl LoginArgs {
    /// Plain data. The environment's variables have no say in what is written to stay.
    pub(super) fn options(self, environment: &Environment) -> LoginOptions {
        LoginOptions {
            name: self.name,
            options: self.settings.options,
            protected: self.protected,
            replace: self.replace,
            environment: Environment { variables: BTreeMap::new(), ..environment.clone() },
        }
    }
}

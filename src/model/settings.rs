//! The resolved settings of a run, one slice per module. No `Option` where a default exists.
//!
//! The plan is made of these; each module is handed its own slice and nothing else. They are stored
//! whole in the journal, so they hold no secret: only where one is found.

mod guard;
mod input;
mod limits;
mod map;
mod report;
mod target;
mod word;

use std::path::PathBuf;

pub use guard::{Accept, Guard, Tolerance};
pub use input::{ExceptSettings, Format, HiddenRows, InputSettings};
pub use limits::{Auto, DailyWindow, Limits, RateWindow};
pub use map::{IdFormat, MapSettings, OnDuplicate, PhoneCheck, Rule, RuleTest};
pub use report::{Contacts, NotifyOn, NotifySettings, ReportSettings, RunsSettings, Values};
pub use target::{Credentials, SecretSource, Target, unit_of};
pub use word::Word;

/// The user's state directory for korebulk: `KOREBULK_STATE_DIR`, else `$XDG_STATE_HOME/korebulk`,
/// else `~/.local/state/korebulk`; `None` where the environment names none. A relative
/// `XDG_STATE_HOME` does not count, as its specification has it.
///
/// Locks and the quota shared with other processes are stored there. `env` looks up a variable.
#[must_use]
pub fn state_dir(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let absolute = |name| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = env("KOREBULK_STATE_DIR").filter(|path| !path.is_empty()).map(PathBuf::from);
    own.or_else(|| Some(absolute("XDG_STATE_HOME")?.join("korebulk")))
        .or_else(|| Some(absolute("HOME")?.join(".local/state/korebulk")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_directory_is_the_first_that_the_environment_names() {
        let variables =
            [("KOREBULK_STATE_DIR", "/own"), ("XDG_STATE_HOME", "/xdg"), ("HOME", "/home/a")];
        let found = |from: usize| {
            state_dir(|name| {
                let known = variables[from..].iter().find(|(known, _)| *known == name);
                known.map(|(_, value)| (*value).to_owned())
            })
        };
        let expected = ["/own", "/xdg/korebulk", "/home/a/.local/state/korebulk"];
        assert_eq!([0, 1, 2].map(found), expected.map(|path| Some(path.into())));
        assert_eq!(found(3), None);
    }

    #[test]
    fn only_our_own_variable_may_name_a_relative_state_directory() {
        let set = |set| state_dir(move |name| (name == set).then(|| "here".to_owned()));
        assert_eq!(set("KOREBULK_STATE_DIR"), Some("here".into()));
        assert_eq!(set("XDG_STATE_HOME"), None);
    }
}

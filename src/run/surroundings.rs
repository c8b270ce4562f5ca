//! What the machine says of itself: who runs, where, and where state is kept.

use std::path::PathBuf;

use crate::model::{RunError, settings};

/// The name of the user that this process runs as, or its number; empty where nothing says it.
///
/// Not from the environment, which schedulers leave empty and anybody may set.
pub(crate) fn user() -> String {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(process) = std::fs::metadata("/proc/self") else {
        return std::env::var("USER").unwrap_or_default();
    };
    let uid = process.uid().to_string();
    known_as(&uid).map_or(uid, |[name, _]| name)
}

/// The home directory of that user, where the system knows one.
fn home() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    known_as(&uid).map(|[_, home]| home)
}

/// Name and home of the user with this number.
fn known_as(uid: &str) -> Option<[String; 2]> {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    users.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let found = *fields.get(2)? == uid;
        found.then(|| Some([fields.first()?, fields.get(5)?].map(|field| (*field).to_owned())))?
    })
}

/// The machine's name; empty where it says nothing.
pub(crate) fn machine() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .map(|name| name.trim().to_owned())
        .or_else(|_| std::env::var("HOSTNAME"))
        .unwrap_or_default()
}

/// Where locks, quotas and learned sizes are kept. Never in a temporary directory, where others
/// could have prepared it.
///
/// # Errors
/// Exit 2 for a user without a home.
pub(crate) fn state_dir() -> Result<PathBuf, RunError> {
    state_dir_of(variable, home)
}

fn state_dir_of(
    variable: impl Fn(&str) -> Option<String>,
    home: impl Fn() -> Option<String>,
) -> Result<PathBuf, RunError> {
    let known = |name: &str| variable(name).or_else(|| (name == "HOME").then(&home).flatten());
    settings::state_dir(known).ok_or_else(|| {
        RunError::usage("no place for korebulk's state: this user has no home directory")
            .hint("name a directory with `KOREBULK_STATE_DIR`")
    })
}

/// A variable of the environment, for rooms that are handed a look-up.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_is_the_users_own_and_never_temporary() {
        let none = |_: &str| None;
        let at_home = state_dir_of(none, || Some("/home/a".to_owned()));
        assert_eq!(at_home, Ok("/home/a/.local/state/korebulk".into()));
        let homeless = state_dir_of(none, || None).unwrap_err();
        assert_eq!(homeless.exit, crate::model::Exit::Usage);
        assert!(homeless.hint.unwrap().contains("KOREBULK_STATE_DIR"));
    }
}

//! What the machine says of itself: who runs, where, and where state is kept.

use std::path::PathBuf;

use crate::model::settings;

/// The name of the user that this process runs as, or its number; empty where nothing says it.
///
/// Not from the environment, which schedulers leave empty and anybody may set.
pub(crate) fn user() -> String {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(process) = std::fs::metadata("/proc/self") else {
        return std::env::var("USER").unwrap_or_default();
    };
    let uid = process.uid().to_string();
    let names = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = names.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    });
    name.unwrap_or(uid)
}

/// The machine's name; empty where it says nothing.
pub(crate) fn machine() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .map(|name| name.trim().to_owned())
        .or_else(|_| std::env::var("HOSTNAME"))
        .unwrap_or_default()
}

/// Where locks, quotas and learned sizes are kept; the temporary directory where there is no home.
pub(crate) fn state_dir() -> PathBuf {
    settings::state_dir(variable).unwrap_or_else(|| std::env::temp_dir().join("korebulk-state"))
}

/// A variable of the environment, for rooms that are handed a look-up.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

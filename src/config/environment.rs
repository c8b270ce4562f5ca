//! The environment of the process, passed in so that resolving stays pure.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The name of a file of profiles.
pub const PROFILES: &str = "profiles.toml";

/// A file of profiles that is there, as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct ProfilesFile {
    /// Where it is, absolute.
    pub path: PathBuf,
    /// What is in it, or why it cannot be read.
    pub text: Result<String, String>,
}

/// Somebody may have written a secret into it: a debug print shows where it is.
impl std::fmt::Debug for ProfilesFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ProfilesFile").field(&self.path).finish()
    }
}

/// What of the process's environment has a say in a plan.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Environment variables that korebulk reads: those whose names start with `KOREBULK_`.
    pub variables: BTreeMap<String, String>,
    /// The working directory, absolute.
    pub directory: PathBuf,
    /// The files of profiles that are there, the user's before the machine's.
    pub profiles: Vec<ProfilesFile>,
}

/// Some variables hold secrets: a debug print names them and shows no value.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.variables.keys().collect();
        f.debug_struct("Environment")
            .field("variables", &names)
            .field("directory", &self.directory)
            .field("profiles", &self.profiles)
            .finish()
    }
}

impl Environment {
    /// A variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A path as seen from the working directory, absolute.
    pub(super) fn absolute(&self, path: &Path) -> PathBuf {
        plain(&self.directory.join(path))
    }
}

/// The path without `.` steps; `..` stays, since the step before it may be a symbolic link.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.components().filter(|step| *step != Component::CurDir).collect()
}

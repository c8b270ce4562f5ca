//! Where korebulk stores state, and the files there, which may be a group's.
//!
//! Quotas and locks are shared by all who have the same directory; what a user's runs learned stays
//! with that user. A temporary directory never holds state: others could have prepared it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::private::{self, Sharing};
pub(crate) use super::system::OF_THE_MACHINE;
use super::system::{self, machine};

/// The directory that the package makes for all users: of root and a group, with the modes 2770.
const OF_THE_PACKAGE: &str = "/var/lib/korebulk";

/// The directories of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StateDirs {
    /// Quotas and locks.
    pub(crate) shared: PathBuf,
    /// What the user's own runs learned; `None` for a user without a home.
    pub(crate) own: Option<PathBuf>,
    /// Why the package's directory is not used although it is there.
    pub(crate) notice: Option<String>,
}

impl StateDirs {
    /// `KOREBULK_STATE_DIR` for everything; else quotas and locks in the package's directory, where
    /// the package made it and this user may use it, and the rest in the user's own: `korebulk` in
    /// `$XDG_STATE_HOME`, else in `.local/state` of the home (on Windows in `%LOCALAPPDATA%`). `None` where there is
    /// no directory.
    pub(crate) fn find() -> Option<Self> {
        let variable = |name: &str| std::env::var_os(name);
        Self::among(variable, machine::home, Path::new(OF_THE_PACKAGE))
    }

    fn among(
        variable: impl Fn(&str) -> Option<OsString>,
        home: impl Fn() -> Option<PathBuf>,
        package: &Path,
    ) -> Option<Self> {
        let named = variable("KOREBULK_STATE_DIR").filter(|path| !path.is_empty());
        if let Some(named) = named.map(PathBuf::from) {
            return Some(Self { shared: named.clone(), own: Some(named), notice: None });
        }
        let own = of_user(system::STATE, variable, home);
        let (package, notice) = usable(package);
        Some(Self { shared: package.or_else(|| own.clone())?, own, notice })
    }
}

/// Where settings are: the user's own directory first, `korebulk` in `$XDG_CONFIG_HOME`, else in `.config` of the home (on
/// Windows in `%APPDATA%`); then the machine's.
pub(crate) fn config_dirs() -> Vec<PathBuf> {
    let own = of_user(system::CONFIG, |name| std::env::var_os(name), machine::home);
    own.into_iter().chain([PathBuf::from(OF_THE_MACHINE)]).collect()
}

/// korebulk's directory in the one that a variable names, else below the home.
fn of_user(
    (named, below_home): (&str, &str),
    variable: impl Fn(&str) -> Option<OsString>,
    home: impl Fn() -> Option<PathBuf>,
) -> Option<PathBuf> {
    let variable = |name: &str| variable(name).map(PathBuf::from);
    let named = variable(named).filter(|path| is_own(path));
    let directory = named.or_else(|| {
        let home = variable(system::HOME).or_else(home).filter(|home| is_own(home))?;
        Some(home.join(below_home))
    })?;
    Some(directory.join("korebulk"))
}

/// An absolute path (a relative one does not count, as the specification of `XDG_STATE_HOME` has it)
/// to which not everybody may write: a home that is `/tmp` itself is none.
fn is_own(path: &Path) -> bool {
    let open_to_all =
        |found: fs::Metadata| system::is_everybodys(&found) || system::is_sticky(&found);
    path.is_absolute() && !fs::metadata(path).is_ok_and(open_to_all)
}

/// The package's directory where it is one and this user may use it, or why it is not used.
fn usable(package: &Path) -> (Option<PathBuf>, Option<String>) {
    if !fs::symlink_metadata(package).is_ok_and(|found| system::is_for_all_users(&found)) {
        return (None, None);
    }
    if system::may_write(package) {
        return (Some(package.to_owned()), None);
    }
    let notice = format!(
        "`{}` is for the members of its group, and this user is none: runs of other users for this account are not counted",
        package.display()
    );
    (None, Some(notice))
}

/// Where the file of this name and kind lies in a directory of state.
///
/// In one that is a group's it lies in no directory of its own: the mask of whoever came first might
/// close that one to the others.
pub(crate) fn place(directory: &Path, kind: &str, name: &str) -> PathBuf {
    match Sharing::of(directory) {
        Sharing::Own => directory.join(kind).join(name),
        Sharing::Group => directory.join(format!("{kind}-{name}")),
    }
}

/// Opens that file to be read and written; it and its directory are made where they are missing.
///
/// A directory with the modes 2770 is its group's: the whole group may use what is made in it.
///
/// # Errors
/// Those of [`private::directory_for`], [`private::subdirectory`] and [`private::edit`].
pub(crate) fn edit(directory: &Path, kind: &str, name: &str) -> io::Result<File> {
    let sharing = Sharing::of(directory);
    let directory = private::directory_for(directory, sharing)?;
    if sharing == Sharing::Own {
        private::subdirectory(&directory, kind)?;
    }
    private::edit(&place(&directory, kind, name), sharing)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// The directories where these variables are set, and the package made one.
    fn dirs(set: &[(&str, &str)], package: &Path) -> Option<StateDirs> {
        let variable = |name: &str| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into())
        };
        StateDirs::among(variable, || None, package)
    }

    fn for_both(path: &str) -> StateDirs {
        StateDirs { shared: path.into(), own: Some(path.into()), notice: None }
    }

    const NONE: &str = "/nowhere/at/all";
    const ALL: [(&str, &str); 3] =
        [("KOREBULK_STATE_DIR", "/own"), ("XDG_STATE_HOME", "/xdg"), ("HOME", "/home/a")];

    #[test]
    fn state_lies_in_the_first_directory_that_the_environment_names() {
        let expected = ["/own", "/xdg/korebulk", "/home/a/.local/state/korebulk"];
        for (from, expected) in expected.into_iter().enumerate() {
            assert_eq!(dirs(&ALL[from..], Path::new(NONE)), Some(for_both(expected)));
        }
        assert_eq!(dirs(&[], Path::new(NONE)), None);
        let known = StateDirs::among(|_| None, || Some("/home/b".into()), Path::new(NONE));
        assert_eq!(known, Some(for_both("/home/b/.local/state/korebulk")));
    }

    #[test]
    fn only_our_own_variable_may_name_a_relative_directory_and_none_a_temporary_one() {
        let relative = dirs(&[("KOREBULK_STATE_DIR", "here")], Path::new(NONE));
        assert_eq!(relative, Some(for_both("here")));
        for (variable, value) in [("XDG_STATE_HOME", "here"), ("HOME", "."), ("HOME", "/tmp")] {
            assert_eq!(dirs(&[(variable, value)], Path::new(NONE)), None, "{variable}={value}");
        }
    }

    #[test]
    fn quotas_and_locks_go_to_the_packages_directory_where_the_package_made_it() {
        let package = tempfile::tempdir().unwrap();
        let mode = |mode| {
            fs::set_permissions(package.path(), fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(0o755);
        assert_eq!(dirs(&ALL[2..], package.path()), dirs(&ALL[2..], Path::new(NONE)));
        mode(0o2770);
        if !system::is_for_all_users(&fs::metadata(package.path()).unwrap()) {
            // Only root can make it.
            return;
        }
        let found = dirs(&ALL[2..], package.path()).unwrap();
        assert_eq!(found.shared, package.path());
        assert_eq!(found.own, Some("/home/a/.local/state/korebulk".into()));
        assert_eq!(dirs(&[], package.path()).unwrap().own, None);
        assert_eq!(dirs(&ALL, package.path()), Some(for_both("/own")));
    }
}

//! Small files that people name: job files, secrets, certificates.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{private, system};

/// Bytes of a mebibyte.
const MIB: u64 = 1024 * 1024;

/// The whole file, where it has at most so many MiB. What goes on for ever (`/dev/zero`, a pipe) is refused too,
/// before it fills the memory.
///
/// # Errors
/// The system's, and `FileTooLarge`.
pub(crate) fn read_at_most(mib: u64, path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(mib * MIB + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > mib * MIB {
        true => {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {mib} MiB")))
        }
        false => Ok(bytes),
    }
}

/// The same as text, of a file that says whom to trust: nobody else may write to it, put it there or lead to it.
///
/// # Errors
/// See [`read_at_most`]; `PermissionDenied` where everybody may write to it, `InvalidData` where it is not UTF-8.
pub(crate) fn read_trusted(mib: u64, path: &Path) -> io::Result<String> {
    let denied = |why: &str| io::Error::new(io::ErrorKind::PermissionDenied, why);
    let path = trusted(path)?;
    if system::is_everybodys(&fs::metadata(&path)?) {
        return Err(denied("everybody may write to it"));
    }
    String::from_utf8(read_at_most(mib, &path)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Where a file really lies that says whom to trust: over links of the user's or the system's own, a regular file of theirs,
/// in a directory of theirs to which nobody else may write.
fn trusted(path: &Path) -> io::Result<PathBuf> {
    let path = private::resolve(path, false)?;
    let (file, directory) =
        (fs::symlink_metadata(&path)?, fs::symlink_metadata(private::parent(&path))?);
    private::check_file(&file)?;
    for found in [&file, &directory] {
        if let Some(owner) = system::stranger(found) {
            return Err(private::refused(&private::belongs_to(owner)));
        }
    }
    match system::is_everybodys(&directory) || system::is_sticky(&directory) {
        true => Err(private::refused("everybody may write to its directory")),
        false => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_for_ever_is_refused() {
        let error = read_at_most(1, Path::new("/dev/zero")).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 1 MiB");
        assert!(read_at_most(1, Path::new("/dev/null")).unwrap().is_empty());
    }

    #[test]
    fn nobody_else_can_put_a_file_that_is_trusted_in_its_place() {
        use std::fs::Permissions;
        use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("profiles.toml");
        let says = || read_trusted(1, &file).unwrap_err().to_string();
        fs::write(&file, "[a]").unwrap();
        assert_eq!(read_trusted(1, &file).unwrap(), "[a]");
        for mode in [0o777, 0o1777] {
            fs::set_permissions(dir.path(), Permissions::from_mode(mode)).unwrap();
            assert!(
                says().contains("everybody may write to its directory"),
                "{mode:o}: {}",
                says()
            );
        }
        fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).unwrap();
        // Whoever runs this may not be able to give a file away.
        if chown(&file, Some(65_534), None).is_ok() {
            assert!(says().contains("it belongs to another user (65534)"), "{}", says());
        }
        // One's own link is as good as the file that it leads to.
        let real = dir.path().join("real.toml");
        fs::write(&real, "[b]").unwrap();
        fs::remove_file(&file).unwrap();
        symlink(&real, &file).unwrap();
        assert_eq!(read_trusted(1, &file).unwrap(), "[b]");
        fs::remove_file(&real).unwrap();
        fs::create_dir(&real).unwrap();
        assert_eq!(read_trusted(1, &file).unwrap_err().kind(), trusted(&file).unwrap_err().kind());
    }
}

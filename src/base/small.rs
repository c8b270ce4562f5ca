//! Small files that people name: job files, secrets, certificates.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::unix;

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

/// The same as text, of a file that says whom to trust: nobody else may write to it.
///
/// # Errors
/// See [`read_at_most`]; `PermissionDenied` where everybody may write to it, `InvalidData` where it is not UTF-8.
pub(crate) fn read_trusted(mib: u64, path: &Path) -> io::Result<String> {
    let denied = |why: &str| io::Error::new(io::ErrorKind::PermissionDenied, why);
    if unix::is_everybodys(&std::fs::metadata(path)?) {
        return Err(denied("everybody may write to it"));
    }
    String::from_utf8(read_at_most(mib, path)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
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
}

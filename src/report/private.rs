//! Files that only their owner may read, and the step that makes a finished one appear at once.
//!
//! Everything under a run's directory may hold contacts; nothing here knows what is written.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A new, empty file of mode 0600, in place of any older one.
pub(super) fn create(path: &Path) -> io::Result<File> {
    options().create(true).truncate(true).open(path)
}

/// A file of mode 0600 that is written on at its end; made when missing.
pub(super) fn append(path: &Path) -> io::Result<File> {
    options().create(true).append(true).open(path)
}

/// An existing file, to be cut and written on.
pub(super) fn reopen(path: &Path) -> io::Result<File> {
    options().read(true).open(path)
}

/// Puts `file`, written at `from`, in the place of `to`: on disk first, renamed then.
pub(super) fn appear(file: &File, from: &Path, to: &Path) -> io::Result<()> {
    file.sync_all()?;
    std::fs::rename(from, to)?;
    sync_directory(to)
}

/// Makes a rename or a removal beside `path` last through a power cut.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => File::open(dir)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

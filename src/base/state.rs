//! Files of the state directory: one user's, or that of a group where somebody set it up for one.

use std::fs::File;
use std::io;
use std::path::Path;

use super::private::{self, Sharing};

/// Opens `directory/kind/name` to be read and written; all three are made where they are missing.
///
/// A directory with the modes 2770 is its group's: what is made in it the whole group may use.
///
/// # Errors
/// Those of [`private::directory_for`], [`private::subdirectory`] and [`private::edit`].
pub(crate) fn edit(directory: &Path, kind: &str, name: &str) -> io::Result<File> {
    let sharing = Sharing::of(directory);
    let directory = private::directory_for(directory, sharing)?;
    let directory = private::subdirectory(&directory, kind, sharing)?;
    private::edit(&directory.join(name), sharing)
}

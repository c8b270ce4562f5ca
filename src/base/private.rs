//! Files for their owner alone, that no link planted by others leads to.
//!
//! A directory is resolved and looked at once, by [`directory`]; what lies below it is opened by the
//! functions here, which follow no link at the end of a path. Nothing else in korebulk creates or
//! opens what it wrote itself. What is read and written is none of this file's business.

mod directories;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::system;
use directories::A_LINK;
pub(crate) use directories::{
    Sharing, directory, directory_for, existing_directory, new_directory, subdirectory,
};
pub(super) use directories::{belongs_to, refused, resolve};

const NO_FILE: &str = "it is no regular file";

/// Whether this user may make files in a directory.
pub(crate) fn may_write(directory: &Path) -> bool {
    system::may_write(directory)
}

/// A new, empty file in place of whatever has that name.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    remove(path)?;
    create_new(path)
}

/// A new, empty file; an error where anything has that name.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    open_to_write(path, Sharing::Own, |options| options.create_new(true))
}

/// A file that can be read and is written at its end; made when missing.
pub(crate) fn append(path: &Path) -> io::Result<File> {
    open_to_write(path, Sharing::Own, |options| options.read(true).append(true).create(true))
}

/// A file to be read and written anywhere; made when missing.
pub(crate) fn edit(path: &Path, sharing: Sharing) -> io::Result<File> {
    let made = open_to_write(path, sharing, |options| options.read(true).create_new(true));
    let there = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
    match made {
        Ok(file) => {
            // Whatever the umask is.
            system::set_mode(&file, sharing.file_mode())?;
            Ok(file)
        }
        Err(error) if there(&error) => reopen(path),
        Err(error) => Err(error),
    }
}

/// A file that exists, to be read and written.
pub(crate) fn reopen(path: &Path) -> io::Result<File> {
    open_to_write(path, Sharing::Own, |options| options.read(true))
}

/// A file that exists, to be read.
pub(crate) fn read(path: &Path) -> io::Result<File> {
    open(path, system::options(0).read(true))
}

/// The text of a file that exists.
pub(crate) fn read_to_string(path: &Path) -> io::Result<String> {
    io::read_to_string(read(path)?)
}

/// Looks at a file that is opened elsewhere: a regular one, of this name alone, no link to one.
pub(crate) fn plain_file(path: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    check_file(&found)?;
    check_names(&found)
}

fn open_to_write(
    path: &Path,
    sharing: Sharing,
    how: impl FnOnce(&mut OpenOptions) -> &mut OpenOptions,
) -> io::Result<File> {
    let file = open(path, how(system::options(sharing.file_mode()).write(true)))?;
    check_names(&file.metadata()?)?;
    Ok(file)
}

fn open(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let file = options.open(path).map_err(|error| match error {
        error if system::met_a_link(&error) => refused(A_LINK),
        error if system::met_a_pipe(&error) => refused(NO_FILE),
        error => error,
    })?;
    let found = file.metadata()?;
    check_file(&found)?;
    match stranger(path, &found)? {
        None => Ok(file),
        Some(owner) => Err(refused(&format!(
            "another user ({owner}) put it into a directory that is open to all"
        ))),
    }
}

pub(super) fn check_file(found: &Metadata) -> io::Result<()> {
    match (found.is_file(), found.is_symlink()) {
        (true, _) => Ok(()),
        (_, true) => Err(refused(A_LINK)),
        _ => Err(refused(NO_FILE)),
    }
}

fn check_names(found: &Metadata) -> io::Result<()> {
    match system::has_one_name(found) {
        true => Ok(()),
        false => Err(refused("the same file has another name, too (a hard link)")),
    }
}

/// Who else put the file into a directory in which everybody may.
fn stranger(path: &Path, file: &Metadata) -> io::Result<Option<u32>> {
    let directory = fs::metadata(parent(path))?;
    let may = system::is_sticky(&directory) && !system::same_owner(file, &directory);
    Ok(system::stranger(file).filter(|_| may))
}

/// Puts `text` in the place of `path`, with these permissions whatever the umask is: written beside
/// and renamed, so that nobody ever reads half of it.
pub(crate) fn replace(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let written = create(&beside).and_then(|mut file| {
        system::set_mode(&file, mode)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        rename(&beside, path)
    });
    if written.is_err() {
        // What was begun is of no use to anybody.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Puts `file`, written at `from`, in the place of `to`: on disk first, closed, renamed then.
pub(crate) fn appear(file: File, from: &Path, to: &Path) -> io::Result<()> {
    file.sync_all()?;
    drop(file);
    rename(from, to)?;
    sync_directory(to)
}

/// Gives a closed file another name, in the place of whatever has it.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(path) = [to, from].into_iter().find(|path| system::is_open_elsewhere(path)) {
        return Err(open_elsewhere(path));
    }
    fs::rename(from, to)
}

/// A file that another program has open, so that it stays what it is.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is open in another program", .0.display())]
struct OpenElsewhere(PathBuf);

/// The file that another program has open, where that is what went wrong.
pub(crate) fn opened_elsewhere(error: &io::Error) -> Option<&Path> {
    let open = error.get_ref()?.downcast_ref::<OpenElsewhere>();
    open.map(|OpenElsewhere(path)| path.as_path())
}

fn open_elsewhere(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::ResourceBusy, OpenElsewhere(path.to_owned()))
}

/// Removes the file, where there is one.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    if system::is_open_elsewhere(path) {
        return Err(open_elsewhere(path));
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Takes the name of a file that is open and stays so: at once where the system can do that, else when this is dropped,
/// which must be after the file was closed.
pub(crate) fn unname(path: &Path) -> io::Result<Unnamed> {
    match system::CAN_REMOVE_OPEN_FILES {
        true => remove(path).map(|()| Unnamed(None)),
        false => Ok(Unnamed(Some(path.to_owned()))),
    }
}

/// See [`unname`].
#[derive(Debug)]
pub(crate) struct Unnamed(Option<PathBuf>);

impl Drop for Unnamed {
    fn drop(&mut self) {
        // What is left is scrubbed with its run.
        let _ = self.0.as_deref().map(remove);
    }
}

/// Makes a rename or a removal beside `path` last through a power cut.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    system::sync_directory(parent(path))
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests;

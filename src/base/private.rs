//! Files for their owner alone, that no link planted by others leads to.
//!
//! A directory is resolved and looked at once, by [`directory`]; what lies below it is opened by the
//! functions here, which follow no link at the end of a path. Nothing else in korebulk creates or
//! opens what it wrote itself. What is read and written is none of this file's business.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use super::system;

/// The mode of a directory that is made here: a group's was made by somebody else.
const DIRECTORY: u32 = 0o700;

/// Links that may follow each other on the way to a directory.
const MOST_LINKS: u32 = 40;

const A_LINK: &str = "it is a link, and links are not followed";
const NO_FILE: &str = "it is no regular file";

/// Who may use a directory and its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// The user alone: files of the mode 0600.
    Own,
    /// The group of the directory that somebody set up for it: files of the mode 0660.
    Group,
}

impl Sharing {
    /// What this directory was set up for.
    pub(crate) fn of(directory: &Path) -> Self {
        let found = fs::metadata(directory);
        if found.is_ok_and(|found| system::is_for_a_group(&found)) {
            Self::Group
        } else {
            Self::Own
        }
    }

    const fn file_mode(self) -> u32 {
        match self {
            Self::Own => 0o600,
            Self::Group => 0o660,
        }
    }
}

/// The directory `path`, made where it is missing, without a link in its path.
///
/// # Errors
/// Those of the system; `PermissionDenied` with the reason for a directory in which others can
/// exchange files, for one of another user, and for a link that another user made.
pub(crate) fn directory(path: &Path) -> io::Result<PathBuf> {
    directory_for(path, Sharing::Own)
}

/// The same for a directory that may be shared: then it may be another user's.
pub(crate) fn directory_for(path: &Path, sharing: Sharing) -> io::Result<PathBuf> {
    let path = resolve(path, true)?;
    look_at(&path, sharing)?;
    Ok(path)
}

/// The directory `path` where it exists already, looked at in the same way.
pub(crate) fn existing_directory(path: &Path) -> io::Result<PathBuf> {
    let path = resolve(path, false)?;
    look_at(&path, Sharing::Own)?;
    Ok(path)
}

/// The directory `name` in one that was looked at, made where it is missing; never a link to one.
pub(crate) fn subdirectory(directory: &Path, name: &str) -> io::Result<PathBuf> {
    let path = directory.join(name);
    if fs::symlink_metadata(&path).is_err() {
        make_directory(&path)?;
    }
    if fs::symlink_metadata(&path)?.is_symlink() {
        return Err(refused(A_LINK));
    }
    look_at(&path, Sharing::Own)?;
    Ok(path)
}

fn look_at(path: &Path, sharing: Sharing) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() {
        return Err(io::Error::from_raw_os_error(system::NOT_A_DIRECTORY));
    }
    if system::is_everybodys(&found) {
        return Err(refused("every user may exchange files in it (`chmod o-w` ends that)"));
    }
    match system::stranger(&found) {
        Some(owner) if sharing == Sharing::Own => Err(refused(&belongs_to(owner))),
        _ => Ok(()),
    }
}

/// Walks `path` from its root, over links that the user or the system made, and makes what is missing.
pub(super) fn resolve(path: &Path, make: bool) -> io::Result<PathBuf> {
    let mut ahead = Vec::new();
    put_ahead(&mut ahead, &std::path::absolute(path)?);
    let mut at = PathBuf::new();
    let (mut links, mut is_below) = (0, false);
    while let Some(name) = ahead.pop() {
        if name == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&name);
        let found = match (fs::symlink_metadata(&next), make) {
            (Err(error), true) if error.kind() == io::ErrorKind::NotFound => {
                make_directory(&next)?;
                if !std::mem::replace(&mut is_below, true) {
                    system::close_to_others(&next)?;
                }
                fs::symlink_metadata(&next)?
            }
            (found, _) => found?,
        };
        if !found.is_symlink() {
            at = next;
            continue;
        }
        if let Some(owner) = system::stranger(&found) {
            let link = next.display();
            return Err(refused(&format!("`{link}` is a link that another user ({owner}) made")));
        }
        links += 1;
        if links > MOST_LINKS {
            return Err(refused("its path is a circle of links"));
        }
        put_ahead(&mut ahead, &fs::read_link(&next)?);
    }
    Ok(at)
}

/// Puts the parts of `path` in front of what is ahead; a root among them begins anew. A drive is no part without its root.
fn put_ahead(ahead: &mut Vec<OsString>, path: &Path) {
    let is_root = |part: &Component| matches!(part, Component::Prefix(_) | Component::RootDir);
    let root: PathBuf = path.components().take_while(is_root).collect();
    let parts = path.components().filter(|part| !is_root(part) && *part != Component::CurDir);
    ahead.extend(parts.rev().map(|part| part.as_os_str().to_owned()));
    ahead.extend(Some(root.into_os_string()).filter(|root| !root.is_empty()));
}

fn make_directory(path: &Path) -> io::Result<()> {
    system::directories(DIRECTORY).create(path)
}

/// A new directory; an error where anything has that name.
pub(crate) fn new_directory(path: &Path) -> io::Result<()> {
    system::directories(DIRECTORY).recursive(false).create(path)
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
    fs::rename(from, to).map_err(|error| {
        let open = [to, from].into_iter().find(|path| system::is_open_elsewhere(path));
        open.map_or(error, open_elsewhere)
    })
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
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) if system::is_open_elsewhere(path) => Err(open_elsewhere(path)),
        done => done,
    }
}

/// Makes a rename or a removal beside `path` last through a power cut.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    system::sync_directory(parent(path))
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(super) fn belongs_to(owner: u32) -> String {
    format!("it belongs to another user ({owner})")
}

pub(super) fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;

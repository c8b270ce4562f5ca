//! The directories of private files: found or made without a link of others in their path, and looked at once.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::base::system;

/// The mode of a directory that is made here: a group's was made by somebody else.
const DIRECTORY: u32 = 0o700;

/// Links that may follow each other on the way to a directory.
const MOST_LINKS: u32 = 40;

pub(super) const A_LINK: &str = "it is a link, and links are not followed";

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

    pub(super) const fn file_mode(self) -> u32 {
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
pub(in crate::base) fn resolve(path: &Path, make: bool) -> io::Result<PathBuf> {
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

pub(in crate::base) fn belongs_to(owner: u32) -> String {
    format!("it belongs to another user ({owner})")
}

pub(in crate::base) fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}

//! Windows: permissions come from the directory that a file is made in, and locked files cannot be read by others.
//!
//! Below the user's profile only the user, the system and administrators have any permission; what is made there
//! inherits that. A directory that is made elsewhere is closed to all others by `icacls`, or it is not made.

pub(crate) mod machine;
mod permissions;
mod signals;

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use winsafe::{GetDiskFreeSpaceEx, HSTD, co};

pub(in crate::base) use permissions::close_to_others;
pub(crate) use permissions::may_be_open;
pub(crate) use signals::{StopSignals, ask_to_stop};

/// Commands are typed into PowerShell or `cmd`.
pub(crate) const HAS_POSIX_SHELL: bool = false;

/// The variable that names the user's home.
pub(in crate::base) const HOME: &str = "USERPROFILE";
/// The variable that names where the user's state is, and where it is in a home otherwise.
pub(in crate::base) const STATE: (&str, &str) = ("LOCALAPPDATA", r"AppData\Local");
/// The same for the user's settings.
pub(in crate::base) const CONFIG: (&str, &str) = ("APPDATA", r"AppData\Roaming");
/// Where the machine's settings are: only administrators can write there, unlike in `ProgramData`.
pub(crate) const OF_THE_MACHINE: &str = r"C:\Program Files\korebulk";

/// The error of a path that is no directory: `ERROR_DIRECTORY`.
pub(in crate::base) const NOT_A_DIRECTORY: i32 = 267;
/// The error of a file that is there already: `ERROR_FILE_EXISTS`.
pub(crate) const FILE_EXISTS: i32 = 80;
/// The error of a disk without space: `ERROR_DISK_FULL`.
pub(crate) const DISK_FULL: i32 = 112;

/// The right to remove or rename a file: `DELETE`.
const DELETE: u32 = 0x0001_0000;

/// `ERROR_SHARING_VIOLATION`.
const SHARING_VIOLATION: i32 = 32;

/// `FILE_FLAG_OPEN_REPARSE_POINT`.
const THE_LINK_ITSELF: u32 = 0x0020_0000;

/// Options that open a link at the end of the path itself: it is seen to be no regular file.
pub(in crate::base) fn options(_mode: u32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(THE_LINK_ITSELF);
    options
}

/// Fills `bytes` with what the file has at this place.
pub(in crate::base) fn read_exact_at(file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match file.seek_read(&mut bytes[done..], place + done as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => done += read,
        }
    }
    Ok(())
}

/// Makes directories; they inherit their permissions.
pub(in crate::base) fn directories(_mode: u32) -> DirBuilder {
    let mut directories = DirBuilder::new();
    directories.recursive(true);
    directories
}

/// Nothing: the file has inherited its permissions.
pub(in crate::base) const fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Nothing to sync: NTFS writes its own log of renames, and a directory cannot be opened as a file.
pub(in crate::base) const fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

/// The name of the file that says who holds a lock: nobody else can read one that is locked.
pub(in crate::base) fn holder_of(lock: &str) -> String {
    format!("{lock}.holder")
}

/// Links are opened, and refused for what they are.
pub(in crate::base) const fn met_a_link(_error: &io::Error) -> bool {
    false
}

/// Pipes have names of their own, outside of all directories.
pub(in crate::base) const fn met_a_pipe(_error: &io::Error) -> bool {
    false
}

/// Whether the name of an open file can be taken away: SQLite opens files so that it cannot.
pub(in crate::base) const CAN_REMOVE_OPEN_FILES: bool = false;

/// Whether another program keeps the file from being replaced, as Excel does with what it shows.
pub(in crate::base) fn is_open_elsewhere(path: &Path) -> bool {
    // A virus scanner shares all that Excel does not.
    let tried = OpenOptions::new().access_mode(DELETE).open(path);
    tried.is_err_and(|error| error.raw_os_error() == Some(SHARING_VIOLATION))
}

/// Only who may write to a file can give it another name.
pub(in crate::base) const fn has_one_name(_file: &Metadata) -> bool {
    true
}

/// Nobody: the permissions of the directory say who may put something there.
pub(in crate::base) const fn stranger(_of: &Metadata) -> Option<u32> {
    None
}

/// Not known here: who may read a file is in its list of permissions.
pub(crate) const fn is_readable_by_all(_file: &Metadata) -> bool {
    false
}

/// Not known here, see [`may_be_open`].
pub(in crate::base) const fn is_everybodys(_directory: &Metadata) -> bool {
    false
}

/// There is no such directory.
pub(in crate::base) const fn is_sticky(_directory: &Metadata) -> bool {
    false
}

/// There is no such directory: each user has state of his own.
pub(in crate::base) const fn is_for_a_group(_directory: &Metadata) -> bool {
    false
}

/// The package makes no directory.
pub(in crate::base) const fn is_for_all_users(_directory: &Metadata) -> bool {
    false
}

/// Whether this user may make files in this directory, where the package made it.
pub(in crate::base) const fn may_write(_directory: &Path) -> bool {
    false
}

/// Whether both have one owner.
pub(in crate::base) const fn same_owner(_one: &Metadata, _other: &Metadata) -> bool {
    true
}

/// There is no limit of files that could end the process.
pub(crate) const fn outlive_the_file_size_limit() {}

/// How the console was before what is typed was hidden.
static TYPING: Mutex<Option<co::CONSOLE>> = Mutex::new(None);

/// What is typed on standard input is not shown, until [`show_typing`] is called.
pub(crate) fn hide_typing() -> io::Result<()> {
    let input = input()?;
    let before = input.GetConsoleMode().map_err(of_system)?;
    TYPING.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(before);
    // Whole lines, with Ctrl-C, and without the echo.
    let hidden = co::CONSOLE::ENABLE_LINE_INPUT | co::CONSOLE::ENABLE_PROCESSED_INPUT;
    input.SetConsoleMode(hidden).map_err(of_system)
}

/// The end of [`hide_typing`]; nothing where nothing is hidden.
pub(crate) fn show_typing() {
    let before = TYPING.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let (Some(before), Ok(input)) = (before, input()) {
        // Whoever closed the window sees nothing any more.
        let _ = input.SetConsoleMode(before);
    }
}

fn input() -> io::Result<HSTD> {
    let mut input = HSTD::GetStdHandle(co::STD_HANDLE::INPUT).map_err(of_system)?;
    // Not closed with its guard: it is the process's own.
    Ok(input.leak())
}

/// Bytes that a file in `directory` can still grow by, as far as this user may.
pub(crate) fn room_for(directory: &Path, _length: u64) -> io::Result<u64> {
    let mut free = 0;
    let name = directory.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
    GetDiskFreeSpaceEx(Some(name), Some(&mut free), None, None).map_err(of_system)?;
    Ok(free)
}

fn of_system(error: co::ERROR) -> io::Error {
    io::Error::from_raw_os_error(error.raw().cast_signed())
}

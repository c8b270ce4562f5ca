//! What private files need of Unix: modes, owners, links. The only file that another system replaces.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Access, OFlags};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

const SET_GROUP: u32 = 0o2000;
const GROUP_WRITES: u32 = 0o020;
const STICKY: u32 = 0o1000;
const OTHERS_WRITE: u32 = 0o002;

/// Options that never follow a link at the end of the path and never wait for the other end of a pipe.
pub(super) fn options(mode: u32) -> OpenOptions {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits();
    let mut options = OpenOptions::new();
    // The bits of `open(2)` fit whatever sign their type has.
    options.mode(mode).custom_flags(flags.cast_signed());
    options
}

/// Fills `bytes` with what the file has at this place.
pub(super) fn read_exact_at(file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    file.read_exact_at(bytes, place)
}

/// Makes directories with this mode.
pub(super) fn directories(mode: u32) -> DirBuilder {
    let mut directories = DirBuilder::new();
    directories.recursive(true).mode(mode);
    directories
}

/// Permissions of this mode.
pub(super) fn permissions(mode: u32) -> Permissions {
    Permissions::from_mode(mode)
}

/// Whether opening failed because the path ends in a link.
pub(super) fn met_a_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// Whether opening failed because the path is a pipe without another end, or a socket.
pub(super) fn met_a_pipe(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error())
}

/// Whether the file has this name alone.
pub(super) fn has_one_name(file: &Metadata) -> bool {
    file.nlink() <= 1
}

/// Who owns it, for messages.
pub(super) fn owner(of: &Metadata) -> u32 {
    of.uid()
}

/// Sends a process SIGTERM.
pub(crate) fn ask_to_stop(process: u32) -> io::Result<()> {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
    Ok(kill_process(pid, Signal::TERM)?)
}

/// Whether only its owner's people may have put something there: the user, or the system's own.
pub(super) fn is_own(of: &Metadata) -> bool {
    of.uid() == geteuid().as_raw() || of.uid() == 0
}

/// Whether everybody may rename and replace what lies in this directory.
pub(super) fn is_everybodys(directory: &Metadata) -> bool {
    directory.mode() & OTHERS_WRITE != 0 && directory.mode() & STICKY == 0
}

/// Whether everybody may add files to this directory, and nobody replace those of others.
pub(super) fn is_sticky(directory: &Metadata) -> bool {
    directory.mode() & OTHERS_WRITE != 0 && directory.mode() & STICKY != 0
}

/// Whether what is made in this directory belongs to its group, which may write there.
pub(super) fn is_for_a_group(directory: &Metadata) -> bool {
    directory.mode() & SET_GROUP != 0 && directory.mode() & GROUP_WRITES != 0
}

/// Whether root made this directory for the members of a group, and for nobody else.
pub(super) fn is_for_all_users(directory: &Metadata) -> bool {
    directory.is_dir() && directory.uid() == 0 && directory.mode() & 0o7777 == 0o2770
}

/// Whether this user may make files in this directory.
pub(super) fn may_write(directory: &Path) -> bool {
    rustix::fs::access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Whether both have one owner.
pub(super) fn same_owner(one: &Metadata, other: &Metadata) -> bool {
    one.uid() == other.uid()
}

/// From now on a file that reaches the limit of the process is an error of the write (`EFBIG`), not its death.
pub(crate) fn outlive_the_file_size_limit() {
    let reached = std::sync::Arc::default();
    // Where it cannot be asked for, the signal does what it did before.
    let _ = signal_hook::flag::register(Signal::XFSZ.as_raw(), reached);
}

/// How the terminal was before what is typed was hidden.
static TYPING: Mutex<Option<Termios>> = Mutex::new(None);

/// What is typed on standard input is not shown, until [`show_typing`] is called.
pub(crate) fn hide_typing() -> io::Result<()> {
    let before = tcgetattr(io::stdin())?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    TYPING.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(before);
    Ok(tcsetattr(io::stdin(), OptionalActions::Drain, &hidden)?)
}

/// The end of [`hide_typing`]; nothing where nothing is hidden.
pub(crate) fn show_typing() {
    if let Some(before) = TYPING.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // Whoever closed the terminal sees nothing any more.
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &before);
    }
}

/// Bytes that a file of `length` bytes in `directory` can still grow by.
pub(crate) fn room_for(directory: &Path, length: u64) -> io::Result<u64> {
    let free = rustix::fs::statvfs(directory)?;
    let blocks = if geteuid().is_root() { free.f_bfree } else { free.f_bavail };
    let free = blocks.saturating_mul(free.f_frsize);
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
    Ok(limit.map_or(free, |limit| free.min(limit.saturating_sub(length))))
}

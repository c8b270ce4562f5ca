//! Unix: modes, owners, links, the terminal.

pub(crate) mod machine;
mod signals;

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Access, OFlags};
use rustix::io::Errno;
use rustix::process::{Signal, geteuid};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

pub(crate) use signals::{StopSignals, ask_to_stop};

const SET_GROUP: u32 = 0o2000;
const GROUP_WRITES: u32 = 0o020;
const STICKY: u32 = 0o1000;
const OTHERS_WRITE: u32 = 0o002;
const OTHERS_READ: u32 = 0o004;

/// Whether commands are typed into a shell as POSIX has it.
pub(crate) const HAS_POSIX_SHELL: bool = true;

/// The variable that names the user's home.
pub(in crate::base) const HOME: &str = "HOME";
/// The variable that names where the user's state is, and where it is in a home otherwise.
pub(in crate::base) const STATE: (&str, &str) = ("XDG_STATE_HOME", ".local/state");
/// The same for the user's settings.
pub(in crate::base) const CONFIG: (&str, &str) = ("XDG_CONFIG_HOME", ".config");
/// Where the machine's settings are.
pub(crate) const OF_THE_MACHINE: &str = "/etc/korebulk";

/// The error of a path that is no directory.
pub(in crate::base) const NOT_A_DIRECTORY: i32 = Errno::NOTDIR.raw_os_error();
/// The error of a file that is there already.
pub(crate) const FILE_EXISTS: i32 = Errno::EXIST.raw_os_error();
/// The error of a disk without space.
pub(crate) const DISK_FULL: i32 = Errno::NOSPC.raw_os_error();

/// Options that never follow a link at the end of the path and never wait for the other end of a pipe.
pub(in crate::base) fn options(mode: u32) -> OpenOptions {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits();
    let mut options = OpenOptions::new();
    // The bits of `open(2)` fit whatever sign their type has.
    options.mode(mode).custom_flags(flags.cast_signed());
    options
}

/// Fills `bytes` with what the file has at this place.
pub(in crate::base) fn read_exact_at(file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    file.read_exact_at(bytes, place)
}

/// Makes directories with this mode.
pub(in crate::base) fn directories(mode: u32) -> DirBuilder {
    let mut directories = DirBuilder::new();
    directories.recursive(true).mode(mode);
    directories
}

/// Gives the file this mode, whatever the umask is.
pub(in crate::base) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode))
}

/// Closes a directory that was just made to other users: its mode has done so.
#[expect(clippy::unnecessary_wraps, reason = "another system can fail")]
pub(in crate::base) const fn close_to_others(_directory: &Path) -> io::Result<()> {
    Ok(())
}

/// What others may do in a directory that was there already, where nobody has looked so far: nothing, modes were looked at.
pub(crate) const fn may_be_open(_directory: &Path) -> Option<String> {
    None
}

/// Makes a rename or a removal in this directory last through a power cut.
pub(in crate::base) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// The name of the file that says who holds a lock: here the lock's own, which others can read.
pub(in crate::base) fn holder_of(lock: &str) -> String {
    lock.to_owned()
}

/// Whether opening failed because the path ends in a link.
pub(in crate::base) fn met_a_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

/// Whether opening failed because the path is a pipe without another end, or a socket.
pub(in crate::base) fn met_a_pipe(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NXIO.raw_os_error())
}

/// Whether the name of an open file can be taken away.
pub(in crate::base) const CAN_REMOVE_OPEN_FILES: bool = true;

/// Whether another program keeps the file from being replaced: here none can.
pub(in crate::base) const fn is_open_elsewhere(_path: &Path) -> bool {
    false
}

/// Whether the file has this name alone.
pub(in crate::base) fn has_one_name(file: &Metadata) -> bool {
    file.nlink() <= 1
}

/// The number of its owner, where that is another user: neither this one nor root.
pub(in crate::base) fn stranger(of: &Metadata) -> Option<u32> {
    let owner = of.uid();
    (owner != geteuid().as_raw() && owner != 0).then_some(owner)
}

/// Whether everybody on the machine may read the file.
pub(crate) fn is_readable_by_all(file: &Metadata) -> bool {
    file.mode() & OTHERS_READ != 0
}

/// Whether everybody may rename and replace what lies in this directory.
pub(in crate::base) fn is_everybodys(directory: &Metadata) -> bool {
    directory.mode() & OTHERS_WRITE != 0 && directory.mode() & STICKY == 0
}

/// Whether everybody may add files to this directory, and nobody replace those of others.
pub(in crate::base) fn is_sticky(directory: &Metadata) -> bool {
    directory.mode() & OTHERS_WRITE != 0 && directory.mode() & STICKY != 0
}

/// Whether what is made in this directory belongs to its group, which may write there.
pub(in crate::base) fn is_for_a_group(directory: &Metadata) -> bool {
    directory.mode() & SET_GROUP != 0 && directory.mode() & GROUP_WRITES != 0
}

/// Whether root made this directory for the members of a group, and for nobody else.
pub(in crate::base) fn is_for_all_users(directory: &Metadata) -> bool {
    directory.is_dir() && directory.uid() == 0 && directory.mode() & 0o7777 == 0o2770
}

/// Whether this user may make files in this directory.
pub(in crate::base) fn may_write(directory: &Path) -> bool {
    rustix::fs::access(directory, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Whether both have one owner.
pub(in crate::base) fn same_owner(one: &Metadata, other: &Metadata) -> bool {
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

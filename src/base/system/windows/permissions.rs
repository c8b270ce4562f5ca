//! Who may read what lies outside of the user's profile.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use winsafe::{ConvertSidToStringSid, GetSystemDirectory, HPROCESS, TokenInfo, co};

use super::{machine, of_system};

/// The system and administrators: they may read everything in any case.
const SYSTEM: [&str; 2] = ["S-1-5-18", "S-1-5-32-544"];

/// What `icacls` shows of a permission that comes from a directory above, in every language.
const INHERITED: &str = "(I)";

/// Closes a directory that was just made to other users, where it does not inherit that from a profile.
///
/// # Errors
/// `PermissionDenied` where that cannot be done: the directory is then removed again.
pub(in crate::base) fn close_to_others(directory: &Path) -> io::Result<()> {
    if is_at_home(directory) {
        return Ok(());
    }
    let closed = user().and_then(|user| {
        let users = [user.as_str()].into_iter().chain(SYSTEM);
        let grants = users.map(|user| format!("*{user}:(OI)(CI)F"));
        let words = ["/inheritance:r", "/grant:r"].map(str::to_owned).into_iter().chain(grants);
        icacls(directory, words)
    });
    let why = match closed {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => output.status.to_string(),
        Err(error) => error.to_string(),
    };
    let _ = std::fs::remove_dir(directory);
    let why =
        format!("it is outside of your profile, and `icacls` cannot close it to others: {why}");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

/// What others may do in a directory that was there already, where nobody has looked so far.
pub(crate) fn may_be_open(directory: &Path) -> Option<String> {
    let listed = (!is_at_home(directory)).then(|| icacls(directory, []))?;
    let closed = listed.is_ok_and(|output| {
        output.status.success() && !String::from_utf8_lossy(&output.stdout).contains(INHERITED)
    });
    (!closed).then(|| {
        format!(
            "`{}` is outside of your profile: whoever may read the directory above may read the contacts in it",
            directory.display()
        )
    })
}

fn icacls(directory: &Path, words: impl IntoIterator<Item = String>) -> io::Result<Output> {
    // By its whole path: another program of that name in a directory of `Path` is not asked.
    let program = Path::new(&GetSystemDirectory().map_err(of_system)?).join("icacls.exe");
    Command::new(program).arg(directory).args(words).stdin(Stdio::null()).output()
}

fn is_at_home(path: &Path) -> bool {
    let lower = |path: &Path| path.to_string_lossy().to_lowercase();
    machine::home().is_some_and(|home| Path::new(&lower(path)).starts_with(lower(&home)))
}

/// The security identifier of the user that this process runs as.
fn user() -> io::Result<String> {
    let process = HPROCESS::GetCurrentProcess();
    let token = process.OpenProcessToken(co::TOKEN::QUERY).map_err(of_system)?;
    let user = token.GetTokenInformation(co::TOKEN_INFORMATION_CLASS::User).map_err(of_system)?;
    let TokenInfo::User(user) = user else { return Err(io::ErrorKind::InvalidData.into()) };
    let user = user.User.Sid().ok_or(io::ErrorKind::InvalidData)?;
    ConvertSidToStringSid(user).map_err(of_system)
}

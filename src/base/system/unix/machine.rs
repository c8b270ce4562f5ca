//! What the system says of itself: its clock, its processes, its name and its user.

use std::path::PathBuf;
use std::time::Duration;

use rustix::process::getuid;
use rustix::time::{ClockId, clock_gettime};
use xxhash_rust::xxh3::xxh3_64;

/// The clock that goes on while the machine sleeps, and that nobody can set.
#[cfg(target_os = "linux")]
const BOOT_CLOCK: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const BOOT_CLOCK: ClockId = ClockId::Monotonic;

/// Nanoseconds since the machine was started, the same for all its processes.
pub(crate) fn since_boot() -> u64 {
    let now = clock_gettime(BOOT_CLOCK);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or(0);
    u64::try_from(Duration::new(seconds, nanos).as_nanos()).unwrap_or(u64::MAX)
}

/// A number for this boot; another one after every start of the machine, and in a container whose
/// boot clock is another. 0 where the system does not tell.
pub(crate) fn boot() -> u64 {
    let id = std::fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = std::fs::read_link("/proc/self/ns/time").unwrap_or_default();
    let both = [id.as_slice(), namespace.as_os_str().as_encoded_bytes()].concat();
    if both.is_empty() { 0 } else { xxh3_64(&both) }
}

/// When the process of this pid started, in clock ticks since boot; `None` if there is none, it has
/// ended, or the system does not tell.
pub(crate) fn process_start(pid: u32) -> Option<u64> {
    start_in(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The start time in a line of `/proc/PID/stat` (`man proc_pid_stat`: state is field 3, the start
/// time field 22); `None` for a zombie. The command's name may hold blanks and brackets.
fn start_in(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X" | "x") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// The name of the user that this process runs as, or its number.
///
/// Not from the environment, which schedulers leave empty and anybody may set.
pub(crate) fn user() -> String {
    known_user().map_or_else(|| getuid().as_raw().to_string(), |[name, _]| name)
}

/// The home directory of that user, where the system knows one.
pub(crate) fn home() -> Option<PathBuf> {
    known_user().map(|[_, home]| PathBuf::from(home))
}

/// Name and home of the user that this process runs as.
fn known_user() -> Option<[String; 2]> {
    let uid = getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    users.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let found = *fields.get(2)? == uid;
        found.then(|| Some([fields.first()?, fields.get(5)?].map(|field| (*field).to_owned())))?
    })
}

/// The machine's name; empty where it says nothing.
pub(crate) fn name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .map(|name| name.trim().to_owned())
        .or_else(|_| std::env::var("HOSTNAME"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "7 (a (b) c) S 1 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4711 99 100 101";

    #[test]
    fn the_start_time_is_read_past_a_name_with_brackets() {
        assert_eq!(start_in(STAT), Some(4711));
    }

    #[test]
    fn a_zombie_has_ended_and_nonsense_is_no_process() {
        assert_eq!(start_in(&STAT.replace(" S ", " Z ")), None);
        assert_eq!(start_in("7 (a"), None);
        assert_eq!(start_in(""), None);
    }

    #[test]
    fn the_boot_clock_does_not_go_back_and_its_boot_does_not_change() {
        let (before, boot_before) = (since_boot(), boot());
        assert!(since_boot() >= before);
        assert_eq!(boot(), boot_before);
    }
}

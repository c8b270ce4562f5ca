//! Who holds a slot of the shared quota, and whether that process still lives.

/// A process: its pid, and when it started, so that a pid used again is not taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) pid: u32,
    /// Clock ticks since boot; 0 where the system does not tell.
    pub(super) started: u64,
}

impl Owner {
    /// This process.
    pub(super) fn this_process() -> Self {
        let pid = std::process::id();
        Self { pid, started: started(pid).unwrap_or(0) }
    }

    /// Whether the process is known to live. Where the system does not tell, it is not known: its
    /// open slots then count as long as a request may take, which is safe for a living one too.
    pub(super) fn is_alive(self) -> bool {
        started(self.pid) == Some(self.started)
    }
}

/// When the process of this pid started; `None` if there is none, or nothing tells.
fn started(pid: u32) -> Option<u64> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "7 (a (b) c) S 1 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4711 99 100 101";

    #[test]
    fn the_start_time_is_read_past_a_name_with_brackets() {
        assert_eq!(start_in(STAT), Some(4711));
    }

    #[test]
    fn a_zombie_is_dead_and_nonsense_is_no_process() {
        assert_eq!(start_in(&STAT.replace(" S ", " Z ")), None);
        assert_eq!(start_in("7 (a"), None);
        assert_eq!(start_in(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pid_that_is_used_again_is_another_owner() {
        let this = Owner::this_process();
        assert!(this.is_alive());
        assert!(!Owner { started: this.started + 1, ..this }.is_alive());
    }
}

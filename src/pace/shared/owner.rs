//! Who holds a slot of the shared quota, and whether that process still lives.

use crate::base::machine;

/// A process: its pid, and when it started, so that a pid used again is not taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) pid: u32,
    /// The lower half of the clock ticks since boot; 0 where the system does not tell.
    pub(super) started: u32,
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

#[expect(clippy::cast_possible_truncation, reason = "half of it tells a pid used again")]
fn started(pid: u32) -> Option<u32> {
    machine::process_start(pid).map(|ticks| ticks as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pid_that_is_used_again_is_another_owner() {
        let this = Owner::this_process();
        assert!(this.is_alive());
        assert!(!Owner { started: this.started + 1, ..this }.is_alive());
    }
}

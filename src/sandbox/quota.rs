//! The account's quota: N requests in any window W, by the server's own clock.

use std::collections::VecDeque;
use std::time::Duration;

/// Windows, each with the times of the requests it still counts.
pub(super) struct Quota {
    windows: Vec<Window>,
}

struct Window {
    permits: usize,
    length: Duration,
    admitted: VecDeque<Duration>,
}

impl Quota {
    pub(super) fn new(windows: &[(u32, Duration)]) -> Self {
        let window = |(permits, length): &(u32, Duration)| Window {
            permits: usize::try_from(*permits).unwrap_or(usize::MAX),
            length: *length,
            admitted: VecDeque::new(),
        };
        Self { windows: windows.iter().map(window).collect() }
    }

    /// Admits a request at a time since the first one, or names the length of the window that is full.
    /// A request that is refused counts in no window.
    pub(super) fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        for window in &mut self.windows {
            while window.admitted.front().is_some_and(|t| *t + window.length <= now) {
                window.admitted.pop_front();
            }
        }
        if let Some(full) = self.windows.iter().find(|w| w.admitted.len() >= w.permits) {
            return Err(full.length);
        }
        self.windows.iter_mut().for_each(|w| w.admitted.push_back(now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_holds_more_than_its_permits() {
        let second = Duration::from_secs(1);
        let mut quota = Quota::new(&[(2, 10 * second), (3, 60 * second)]);
        assert_eq!(quota.admit(Duration::ZERO), Ok(()));
        assert_eq!(quota.admit(4 * second), Ok(()));
        assert_eq!(quota.admit(9 * second), Err(10 * second));
        assert_eq!(quota.admit(10 * second), Ok(()), "the first has left the short window");
        assert_eq!(quota.admit(50 * second), Err(60 * second));
        assert_eq!(quota.admit(60 * second), Ok(()));
    }
}

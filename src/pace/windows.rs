//! Rate windows and the one rule that all pacing follows: when the next send has room in each.
//!
//! Pure: times are nanoseconds since any fixed point, and nothing here reads a clock.

use std::time::Duration;

use crate::model::settings::RateWindow;

/// Longest window: beyond it no quota makes sense, and no sum of times overflows.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// Shortest: the thousandth part that a permit stays longer must be a microsecond at least.
const SHORTEST: Duration = Duration::from_millis(1);

/// Windows that all hold at once. A window holds at least one permit.
#[derive(Debug, Clone, Default)]
pub(super) struct Windows(Vec<RateWindow>);

impl Windows {
    /// The given windows, each brought within these limits.
    pub(super) fn new(windows: &[RateWindow]) -> Self {
        let mut all = Self::default();
        for window in windows {
            all.add(*window);
        }
        all
    }

    /// Adds a window; of two of the same length the smaller quota holds.
    pub(super) fn add(&mut self, window: RateWindow) {
        let window = within_reason(window);
        match self.0.iter_mut().find(|w| w.window == window.window) {
            Some(same) => same.permits = same.permits.min(window.permits),
            None => self.0.push(window),
        }
    }

    /// Whether this window adds nothing to those that hold.
    pub(super) fn imply(&self, window: RateWindow) -> bool {
        let window = within_reason(window);
        self.0.iter().any(|w| w.window == window.window && w.permits <= window.permits)
    }

    /// Whether there is no limit.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The windows of at most so many permits.
    pub(super) fn up_to(&self, permits: usize) -> Self {
        Self(self.0.iter().copied().filter(|w| count(w) <= permits).collect())
    }

    /// Permits of the largest window; 0 without any.
    pub(super) fn most_permits(&self) -> usize {
        self.0.iter().map(count).max().unwrap_or(0)
    }

    /// The shortest window.
    pub(super) fn shortest(&self) -> Option<RateWindow> {
        self.0.iter().copied().min_by_key(|w| w.window)
    }

    /// The window of the longest interval, W ÷ N: it alone sets the spacing.
    pub(super) fn tightest(&self) -> Option<RateWindow> {
        self.0.iter().copied().max_by_key(|w| interval(*w))
    }

    /// Requests per minute that the tightest window allows.
    pub(super) fn per_minute(&self) -> Option<f64> {
        let rate = |w: RateWindow| f64::from(w.permits) * 60.0 / w.window.as_secs_f64();
        self.tightest().map(rate)
    }

    /// The earliest time at which one more send has room in every window, ns; `None` if an answer
    /// must come first.
    ///
    /// `in_flight` sends have no end yet; `ends` are the ends of the others, in order. A send of a
    /// window's N counts until 1.001·W after its own end, so the next has room once the free-th
    /// newest end is so far back.
    pub(super) fn opening(&self, in_flight: usize, ends: &[u64]) -> Option<u64> {
        self.0.iter().try_fold(0, |latest, window| {
            let free = count(window).checked_sub(in_flight).filter(|free| *free > 0)?;
            let newest_that_must_go = ends.len().checked_sub(free).map(|i| ends[i]);
            Some(latest.max(newest_that_must_go.map_or(0, |end| end.saturating_add(hold(window)))))
        })
    }
}

fn within_reason(window: RateWindow) -> RateWindow {
    let permits = window.permits.max(1);
    RateWindow { permits, window: window.window.clamp(SHORTEST, LONGEST) }
}

fn count(window: &RateWindow) -> usize {
    usize::try_from(window.permits).unwrap_or(usize::MAX)
}

/// 1.001·W, ns: the thousandth part covers clocks of server and client that run at different speeds.
fn hold(window: &RateWindow) -> u64 {
    let length = nanos(window.window);
    length + length.div_ceil(1000)
}

/// W ÷ N, ns.
pub(super) fn interval(window: RateWindow) -> u64 {
    (nanos(window.window) / u64::from(window.permits.max(1))).max(1)
}

/// Nanoseconds of a duration.
pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(permits: u32, millis: u64) -> RateWindow {
        RateWindow { permits, window: Duration::from_millis(millis) }
    }

    #[test]
    fn a_send_has_room_at_once_while_permits_are_left() {
        let windows = Windows::new(&[window(3, 1000)]);
        assert_eq!(windows.opening(1, &[5]), Some(0));
    }

    #[test]
    fn a_permit_returns_a_thousandth_later_than_the_window_after_its_own_answer() {
        let windows = Windows::new(&[window(2, 1000)]);
        assert_eq!(windows.opening(1, &[7]), Some(1_001_000_007));
        assert_eq!(windows.opening(0, &[7, 9]), Some(1_001_000_007));
    }

    #[test]
    fn only_an_answer_helps_when_all_permits_are_in_flight() {
        assert_eq!(Windows::new(&[window(2, 1000)]).opening(2, &[]), None);
        assert_eq!(Windows::new(&[window(2, 1000)]).opening(5, &[]), None);
    }

    #[test]
    fn the_window_that_opens_last_decides() {
        let windows = Windows::new(&[window(2, 1000), window(3, 60_000)]);
        assert_eq!(windows.opening(0, &[1, 2, 3]), Some(60_060_000_001));
        assert_eq!(windows.opening(0, &[1, 2]), Some(1_001_000_001));
    }

    #[test]
    fn the_smaller_of_two_quotas_for_one_window_holds() {
        let mut windows = Windows::new(&[window(5, 1000)]);
        assert!(!windows.imply(window(4, 1000)) && windows.imply(window(5, 1000)));
        windows.add(window(4, 1000));
        windows.add(window(9, 1000));
        assert_eq!(windows.most_permits(), 4);
    }

    #[test]
    fn the_tightest_window_tells_the_requests_per_minute() {
        assert_eq!(Windows::default().per_minute(), None);
        let windows = Windows::new(&[window(50, 60_000), window(1800, 3_600_000)]);
        assert_eq!(windows.per_minute(), Some(30.0));
    }

    #[test]
    fn absurd_windows_are_brought_within_limits() {
        let longest = RateWindow { permits: 0, window: Duration::MAX };
        let shortest = RateWindow { permits: u32::MAX, window: Duration::ZERO };
        let windows = Windows::new(&[longest, shortest]);
        assert!(windows.opening(0, &[u64::MAX]) == Some(u64::MAX));
        assert_eq!(windows.tightest(), Some(RateWindow { permits: 1, window: LONGEST }));
    }
}

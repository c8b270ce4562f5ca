//! The sends of this process: which are in flight and when the others ended.
//!
//! Pure: the time is a parameter. Ends are kept beyond their windows, so that an hourly window that
//! the server tells of in mid-run knows the hour before.

use super::windows::Windows;
use crate::model::settings::RateWindow;

/// Ends that are kept at least: a little over an hour at the hourly limit of the platform (1800).
const KEPT: usize = 2048;

/// Sends of this process against its windows.
#[derive(Debug, Default)]
pub(super) struct Book {
    windows: Windows,
    in_flight: usize,
    /// When sends were answered or given up, µs, in order.
    ends: Vec<u64>,
}

impl Book {
    /// An empty book for these windows.
    pub(super) fn new(windows: Windows) -> Self {
        Self { windows, ..Self::default() }
    }

    /// The windows that hold now.
    pub(super) fn windows(&self) -> &Windows {
        &self.windows
    }

    /// One more window from now on; earlier sends count in it.
    pub(super) fn add(&mut self, window: RateWindow) {
        self.windows.add(window);
    }

    /// When the next send has room, µs; `None` if an answer must come first.
    pub(super) fn opening(&self) -> Option<u64> {
        self.windows.opening(self.in_flight, &self.ends)
    }

    /// A send leaves.
    pub(super) fn take(&mut self) {
        self.in_flight += 1;
    }

    /// A send was answered, or given up, at this time.
    pub(super) fn end(&mut self, at: u64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let place = self.ends.partition_point(|end| *end <= at);
        self.ends.insert(place, at);
        let kept = KEPT.max(self.windows.most_permits());
        if self.ends.len() >= 2 * kept {
            self.ends.drain(..self.ends.len() - kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_window_told_in_mid_run_counts_the_sends_before_it() {
        let mut book = Book::new(Windows::default());
        for at in 1..=4 {
            book.take();
            book.end(at);
        }
        book.add(RateWindow { permits: 4, window: Duration::from_hours(1) });
        assert_eq!(book.opening(), Some(3_603_600_001));
    }

    #[test]
    fn the_book_does_not_grow_with_the_run() {
        let mut book = Book::new(Windows::default());
        for at in 0..20_000 {
            book.take();
            book.end(at);
        }
        assert!(book.ends.len() < 2 * KEPT);
        assert_eq!(book.ends.last(), Some(&19_999));
    }
}

//! The sends of this process: how many are in flight, and when the others ended.
//!
//! Pure: the time is a parameter. Ends are stored beyond their windows, so that an hourly window that
//! the server reports in mid-run knows the hour before.

use super::limiter::Past;

/// Ends that are stored at least: a little over an hour at the hourly limit of the platform (1800).
const STORED: usize = 2048;

/// Sends, whatever windows they count in.
#[derive(Debug, Default)]
pub(super) struct Sends {
    in_flight: usize,
    /// When sends were answered or given up, ns since boot, in order.
    ends: Vec<u64>,
    /// governor's arrival time; 0 before the first send.
    pub(super) arrival: u64,
}

impl Sends {
    /// What the limiter needs of them.
    pub(super) fn past(&self) -> Past<'_> {
        Past { in_flight: self.in_flight, ends: &self.ends, arrival: self.arrival }
    }

    /// A send leaves, and this is the arrival time behind it.
    pub(super) fn begin(&mut self, arrival: u64) {
        self.in_flight += 1;
        self.arrival = arrival;
    }

    /// A send was answered, or given up, at this time. The largest window has so many permits.
    pub(super) fn end(&mut self, at: u64, most_permits: usize) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let place = self.ends.partition_point(|end| *end <= at);
        self.ends.insert(place, at);
        let stored = STORED.max(most_permits);
        if self.ends.len() >= 2 * stored {
            self.ends.drain(..self.ends.len() - stored);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::windows::Windows;
    use super::*;
    use crate::model::settings::RateWindow;

    #[test]
    fn a_window_reported_in_mid_run_counts_the_sends_before_it() {
        let mut sends = Sends::default();
        for at in 1..=4 {
            sends.begin(0);
            sends.end(at, 0);
        }
        let hour = RateWindow { permits: 4, window: Duration::from_hours(1) };
        let past = sends.past();
        assert_eq!(
            Windows::new(&[hour]).opening(past.in_flight, past.ends),
            Some(3_603_600_000_001)
        );
    }

    #[test]
    fn the_list_does_not_grow_with_the_run() {
        let mut sends = Sends::default();
        for at in 0..20_000 {
            sends.begin(0);
            sends.end(at, 0);
        }
        assert!(sends.ends.len() < 2 * STORED);
        assert_eq!(sends.ends.last(), Some(&19_999));
    }
}

//! Whether the server is out of reach, and when to look again (docs/contract.md, "Gate").
//!
//! Counts faults over all workers; knows no records.

use std::time::Duration;

use tokio::time::Instant;

use super::retry::back_off;

/// Faults in a row that close the gate.
const FAULTS: u32 = 3;

/// The faults in a row so far, and the probing once there are three.
#[derive(Debug)]
pub(super) struct Outage {
    longest: Duration,
    /// Counts the rows of faults, so that one is not taken for the next.
    row: u32,
    faults: u32,
    since: Option<Instant>,
    probes: u32,
    probe_at: Option<Instant>,
    probing: bool,
}

/// What one fault means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// One of fewer than three: the records go again by themselves.
    Single,
    /// The third in a row: the gate is closed for so long.
    Closed(Duration),
    /// The gate was closed already.
    StillClosed,
    /// The server has been out of reach for longer than allowed, this long.
    Over(Duration),
}

impl Outage {
    /// None so far.
    pub(super) const fn new(longest: Duration) -> Self {
        Self { longest, row: 1, faults: 0, since: None, probes: 0, probe_at: None, probing: false }
    }

    /// Whether only probes may leave.
    pub(super) const fn closed(&self) -> bool {
        self.probe_at.is_some()
    }

    /// Faults in a row so far.
    pub(super) const fn faults(&self) -> u32 {
        self.faults
    }

    /// Which row of faults this is.
    pub(super) const fn row(&self) -> u32 {
        self.row
    }

    /// When the next probe may leave; `None` while one is under way.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        self.probe_at.filter(|_| !self.probing)
    }

    /// A probe leaves.
    pub(super) const fn probe_left(&mut self) {
        self.probing = true;
    }

    /// A probe did not leave after all, or showed nothing.
    pub(super) const fn probe_void(&mut self) {
        self.probing = false;
    }

    /// A connection fault or a 502, 503, 504.
    pub(super) fn fault(&mut self, probe: bool, now: Instant, random: &mut fastrand::Rng) -> Fault {
        self.faults += 1;
        let since = *self.since.get_or_insert(now);
        if self.closed() && !probe {
            return Fault::StillClosed;
        }
        self.probing = false;
        if self.faults < FAULTS && !self.closed() {
            return Fault::Single;
        }
        if now - since >= self.longest {
            return Fault::Over(now - since);
        }
        let first = !self.closed();
        self.probes += 1;
        // The last look is when the time is over, not a back-off later.
        let at = (now + back_off(self.probes, random)).min(since + self.longest);
        self.probe_at = Some(at);
        if first { Fault::Closed(at - now) } else { Fault::StillClosed }
    }

    /// The server answered something of its own. Whether that opened the gate.
    pub(super) fn answered(&mut self) -> bool {
        let was_closed = self.closed();
        *self = Self { row: self.row + 1, ..Self::new(self.longest) };
        was_closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_faults_close_the_gate_and_an_answer_opens_it() {
        let (now, mut random) = (Instant::now(), fastrand::Rng::with_seed(1));
        let mut outage = Outage::new(Duration::from_mins(15));
        assert_eq!(outage.fault(false, now, &mut random), Fault::Single);
        assert_eq!(outage.fault(false, now, &mut random), Fault::Single);
        assert!(!outage.answered());
        outage.fault(false, now, &mut random);
        outage.fault(false, now, &mut random);
        assert!(matches!(outage.fault(false, now, &mut random), Fault::Closed(_)));
        assert_eq!(outage.fault(false, now, &mut random), Fault::StillClosed);
        assert!(outage.answered());
        assert!(!outage.closed());
    }

    #[test]
    fn the_last_probe_leaves_when_the_longest_outage_is_over() {
        let (start, mut random) = (Instant::now(), fastrand::Rng::with_seed(1));
        let mut outage = Outage::new(Duration::from_mins(15));
        for _ in 0..3 {
            outage.fault(false, start, &mut random);
        }
        loop {
            let at = outage.next_probe().unwrap();
            outage.probe_left();
            assert_eq!(outage.next_probe(), None, "one at a time");
            match outage.fault(true, at, &mut random) {
                Fault::StillClosed => assert!(at < start + Duration::from_mins(15)),
                other => break assert_eq!(other, Fault::Over(Duration::from_mins(15))),
            }
        }
    }
}

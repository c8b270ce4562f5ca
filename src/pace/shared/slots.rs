//! The shared quota as a table of slots, one for each send, and its layout in the file.
//!
//! Pure: the table is read and written elsewhere, and time and the living owners are parameters.
//! Times are microseconds of the wall clock since 1970, the only clock that outlives a restart.
//!
//! Layout, little endian: a header of [`HEADER`] bytes (`magic`, `version`, `permits` and
//! `milliseconds` of the remembered window, when it expires, the last turn or 0), then slots of
//! [`SLOT`] bytes (`pid`, `timeout` in ms, start of the process, start of the send, its end). An end
//! of 0 is open; one with the highest bit set is no send but a process in line since `start`, and
//! when it last looked.

use std::time::Duration;

use super::super::turns::{Sent, Turns};
use super::super::windows::{Windows, interval, micros};
use super::owner::Owner;
use crate::model::settings::RateWindow;

/// Bytes of the header.
pub(super) const HEADER: usize = 64;
/// Bytes of a slot.
pub(super) const SLOT: usize = 32;
/// Slots of a full file of 64 KiB.
pub(super) const MOST_SLOTS: usize = (64 * 1024 - HEADER) / SLOT;

// The hourly limit of the platform, and what is in flight beside it.
const _: () = assert!(MOST_SLOTS >= 1800 + 200, "an hour of sends must fit");

/// Marks a slot of a process that waits in line.
const IN_LINE: u64 = 1 << 63;

/// Whoever has not looked for so long has left the line; µs.
const LEFT_THE_LINE: u64 = 3_000_000;

/// A request of a process that died longer ago has ended, whatever its timeout was; µs.
const LONGEST_TIMEOUT: u64 = 3_600_000_000;

const MAGIC: &[u8; 8] = b"korepace";
const VERSION: u32 = 1;

/// What the header holds beside magic and version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// A window that the server told of, and until when it is believed.
    pub(super) remembered: Option<(RateWindow, u64)>,
    /// The turn that the newest send took, over all processes (see `turns`).
    pub(super) turn: Option<u64>,
}

impl Header {
    /// The header in these bytes; all zeros are a new one. `None`: not a file of this version.
    pub(super) fn read(bytes: &[u8; HEADER]) -> Option<Self> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Some(Self::default());
        }
        if bytes[..8] != *MAGIC || u32_at(bytes, 8) != VERSION {
            return None;
        }
        let (permits, millis) = (u32_at(bytes, 12), u32_at(bytes, 16));
        let window = RateWindow { permits, window: Duration::from_millis(millis.into()) };
        let remembered = (permits > 0).then_some((window, u64_at(bytes, 24)));
        let turn = Some(u64_at(bytes, 32)).filter(|turn| *turn > 0);
        Some(Self { remembered, turn })
    }

    /// The same, an end of belief in the far future (the clock was set back) cut to `longest` from now.
    pub(super) fn mended(mut self, now: u64, longest: u64) -> Self {
        if let Some((_, expires)) = &mut self.remembered {
            *expires = (*expires).min(now.saturating_add(longest));
        }
        self
    }

    /// The remembered window, if it is still believed.
    pub(super) fn believed(&self, now: u64) -> Option<RateWindow> {
        self.remembered.filter(|(_, expires)| *expires > now).map(|(window, _)| window)
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        if let Some((window, expires)) = self.remembered {
            let millis = u32::try_from(window.window.as_millis()).unwrap_or(u32::MAX);
            bytes[12..16].copy_from_slice(&window.permits.to_le_bytes());
            bytes[16..20].copy_from_slice(&millis.to_le_bytes());
            bytes[24..32].copy_from_slice(&expires.to_le_bytes());
        }
        bytes[32..40].copy_from_slice(&self.turn.unwrap_or(0).to_le_bytes());
        bytes
    }
}

/// One send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) owner: Owner,
    /// After this long its request has ended, whatever became of its owner; ms.
    pub(super) timeout: u32,
    /// When it leaves or left.
    pub(super) start: u64,
    /// When its answer came or it was given up; 0 while it is open.
    end: u64,
}

impl Slot {
    /// A slot that holds nothing.
    pub(super) const EMPTY: Self =
        Self { owner: Owner { pid: 0, started: 0 }, timeout: 0, start: 0, end: 0 };

    /// A send that is to leave at `start`.
    pub(super) fn open(owner: Owner, timeout: u32, start: u64) -> Self {
        Self { owner, timeout, start, end: 0 }
    }

    /// A process in line since `since`, which looks now.
    pub(super) fn in_line(owner: Owner, since: u64, now: u64) -> Self {
        Self { owner, timeout: 0, start: since, end: now | IN_LINE }
    }

    /// The same send, ended.
    pub(super) fn ended(self, at: u64) -> Self {
        Self { end: at.clamp(1, IN_LINE - 1), ..self }
    }

    pub(super) fn read(bytes: &[u8; SLOT]) -> Self {
        let owner = Owner { pid: u32_at(bytes, 0), started: u64_at(bytes, 8) };
        let (start, end) = (u64_at(bytes, 16), u64_at(bytes, 24));
        Self { owner, timeout: u32_at(bytes, 4), start, end }
    }

    pub(super) fn bytes(&self) -> [u8; SLOT] {
        let mut bytes = [0; SLOT];
        bytes[..4].copy_from_slice(&self.owner.pid.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.timeout.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.owner.started.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.start.to_le_bytes());
        bytes[24..].copy_from_slice(&self.end.to_le_bytes());
        bytes
    }

    fn is_empty(&self) -> bool {
        self.start == 0
    }

    fn is_open(&self) -> bool {
        self.end == 0 && !self.is_empty()
    }

    fn is_in_line(&self) -> bool {
        self.end & IN_LINE != 0
    }

    fn is_ended(&self) -> bool {
        self.end != 0 && !self.is_in_line()
    }

    fn has_left_the_line(&self, now: u64) -> bool {
        self.is_in_line() && now.abs_diff(self.end & !IN_LINE) > LEFT_THE_LINE
    }

    /// µs; a damaged file may hold anything.
    fn timeout(&self) -> u64 {
        (u64::from(self.timeout) * 1000).min(LONGEST_TIMEOUT)
    }
}

/// All sends that the file knows.
#[derive(Debug, Default)]
pub(super) struct Slots(pub(super) Vec<Slot>);

impl Slots {
    /// Ends the open slots of dead owners at start + timeout, cuts ends in the far future (the clock
    /// was set back) to now + timeout, and empties the places of those who left the line. Returns
    /// which slots changed.
    pub(super) fn mend(&mut self, now: u64, mut alive: impl FnMut(Owner) -> bool) -> Vec<usize> {
        let mut changed = Vec::new();
        for (index, slot) in self.0.iter_mut().enumerate() {
            let before = *slot;
            let latest = now.saturating_add(slot.timeout());
            if slot.is_open() && !alive(slot.owner) {
                *slot = slot.ended(slot.start.saturating_add(slot.timeout()).min(latest));
            } else if slot.is_ended() && slot.end > latest {
                *slot = slot.ended(latest);
            } else if slot.has_left_the_line(now) {
                *slot = Slot::EMPTY;
            }
            if *slot != before {
                changed.push(index);
            }
        }
        changed
    }

    /// When one more send may leave, and the turn it takes; `None` if an answer must come first, or
    /// others in line. `turn` is the newest send's, `place` where the asking process stands in line.
    ///
    /// Sends are named one behind the other, so that processes are served in the order in which
    /// they ask, and evenly spaced over all of them.
    pub(super) fn next(
        &self,
        now: u64,
        windows: &Windows,
        burst: u32,
        turn: Option<u64>,
        place: Option<usize>,
    ) -> Option<Sent> {
        if self.is_behind_others(place) {
            return None;
        }
        let open = self.0.iter().filter(|slot| slot.is_open()).count();
        let mut ends: Vec<u64> =
            self.0.iter().filter(|slot| slot.is_ended()).map(|slot| slot.end).collect();
        ends.sort_unstable();
        let room = windows.opening(open, &ends)?;
        let Some(shortest) = windows.shortest() else { return Some(Sent::on_time(now.max(room))) };
        let starts = self.starts(now, windows);
        if burst.clamp(1, shortest.permits) > 1 {
            return Some(Sent::on_time(bursting(starts, shortest, burst).max(room).max(now)));
        }
        let last = starts.into_iter().max();
        let last = last.map(|at| Sent { at, turn: turn.unwrap_or(at) });
        let turns = Turns::after(interval(shortest), last);
        let asked = place.map_or(now, |place| self.0[place].start.min(now));
        Some(turns.send(asked, room, turns.ready(room).max(now)))
    }

    fn is_behind_others(&self, place: Option<usize>) -> bool {
        let since = |index: usize| (self.0[index].start, index);
        let before = |index: usize| place.is_none_or(|own| since(index) < since(own));
        (0..self.0.len()).any(|index| self.0[index].is_in_line() && before(index))
    }

    /// When sends left or are to leave. A start further ahead than anybody lines up is from before
    /// the clock was set back.
    fn starts(&self, now: u64, windows: &Windows) -> Vec<u64> {
        let ahead = |slot: &Slot| now.saturating_add(windows.longest_hold() + slot.timeout());
        let start =
            |slot: &Slot| if slot.is_ended() { slot.start.min(slot.end) } else { slot.start };
        let is_send = |slot: &&Slot| slot.is_open() || slot.is_ended();
        let sends = self.0.iter().filter(is_send).filter(|slot| slot.start <= ahead(slot));
        sends.map(start).collect()
    }

    /// A slot for one more send or place in line: an empty one, a new one, else the one that ended
    /// first. Ends are kept as long as there is room, for a window that is told of later.
    pub(super) fn reusable(&self) -> Option<usize> {
        if let Some(empty) = self.0.iter().position(Slot::is_empty) {
            return Some(empty);
        }
        if self.0.len() < MOST_SLOTS {
            return Some(self.0.len());
        }
        let ended = self.0.iter().enumerate().filter(|(_, slot)| slot.is_ended());
        ended.min_by_key(|(_, slot)| slot.end).map(|(index, _)| index)
    }
}

/// When one more send may go of which at most `burst` leave in as many intervals.
fn bursting(mut starts: Vec<u64>, window: RateWindow, burst: u32) -> u64 {
    let burst = burst.clamp(1, window.permits);
    let intervals = micros(window.window) * u64::from(burst) / u64::from(window.permits);
    let Some(nth) = usize::try_from(burst).ok().and_then(|n| starts.len().checked_sub(n)) else {
        return 0;
    };
    let (_, nth_newest, _) = starts.select_nth_unstable(nth);
    nth_newest.saturating_add(intervals)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}

#[cfg(test)]
mod tests;

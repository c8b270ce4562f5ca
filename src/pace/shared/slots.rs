//! The shared quota as a table of slots, one for each send, and its layout in the file.
//!
//! Pure: the table is read and written elsewhere; time, boot and the living owners are parameters.
//! Times are nanoseconds of the boot clock, which nobody can set; each slot names its boot.
//!
//! Layout, little endian, [`SLOT`] bytes: pid (u32), timeout in ms (u32), start of the process (u32),
//! a check of all the rest (u32), the boot (u64), start of the send (u64), its end (u64). An end of 0
//! is open; one with the highest bit set is no send but a process that waits since `start`, and when
//! it last looked. All zeros is an empty slot.

use super::bytes::{check, u32_at, u64_at};
use super::owner::Owner;

/// Bytes of a slot.
pub(super) const SLOT: usize = 40;
/// Slots of a full file.
pub(in crate::pace) const MOST_SLOTS: usize = 2048;

// The hourly limit of the platform, and what is in flight beside it.
const _: () = assert!(MOST_SLOTS >= 1800 + 200, "an hour of sends must fit");

/// Marks a slot of a process that waits.
const WAITS: u64 = 1 << 63;

/// Whoever has not looked for so long waits no more; ns.
const GONE: u64 = 3_000_000_000;

/// One send, or a process that waits for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) owner: Owner,
    /// After this long its request has ended, whatever became of its owner; ms.
    timeout: u32,
    boot: u64,
    /// When it left, or since when it waits.
    pub(super) start: u64,
    end: u64,
}

/// What a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Empty,
    /// A process that waits for its send.
    Waiting,
    /// A send without an end.
    InFlight,
    /// A send that ended, or must have ended by this time.
    Ended(u64),
}

impl Slot {
    /// A slot that holds nothing.
    pub(super) const EMPTY: Self =
        Self { owner: Owner { pid: 0, started: 0 }, timeout: 0, boot: 0, start: 0, end: 0 };

    /// A send that leaves at `start`.
    pub(super) fn sent(owner: Owner, timeout: u32, boot: u64, start: u64) -> Self {
        Self { owner, timeout, boot, start, end: 0 }
    }

    /// A process that waits since `since`, and looks now.
    pub(super) fn waiting(owner: Owner, boot: u64, since: u64, now: u64) -> Self {
        Self { owner, timeout: 0, boot, start: since, end: now | WAITS }
    }

    /// The same send, leaving later.
    pub(super) fn leaving(self, start: u64) -> Self {
        Self { start, ..self }
    }

    /// The same send, ended.
    pub(super) fn ended(self, at: u64) -> Self {
        Self { end: at.clamp(1, WAITS - 1), ..self }
    }

    /// The slot in these bytes. `Err` for one that nobody can vouch for, which is damaged, another
    /// boot's or ahead of the clock: there was a send, nobody knows when, and it counts as ended now.
    fn read(bytes: &[u8; SLOT], boot: u64, now: u64) -> Result<Self, Self> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(Self::EMPTY);
        }
        let owner = Owner { pid: u32_at(bytes, 0), started: u32_at(bytes, 8) };
        let (start, end) = (u64_at(bytes, 24), u64_at(bytes, 32));
        let slot = Self { owner, timeout: u32_at(bytes, 4), boot: u64_at(bytes, 16), start, end };
        let mut rest = *bytes;
        rest[12..16].fill(0);
        let is_whole = u32_at(bytes, 12) == check(&rest);
        if is_whole && slot.boot == boot && start <= now && end & !WAITS <= now {
            Ok(slot)
        } else if is_whole && slot.is_waiting() {
            Err(Self::EMPTY)
        } else {
            Err(Self::sent(Slot::EMPTY.owner, 0, boot, now).ended(now))
        }
    }

    pub(super) fn bytes(&self) -> [u8; SLOT] {
        let mut bytes = [0; SLOT];
        if *self == Self::EMPTY {
            return bytes;
        }
        bytes[..4].copy_from_slice(&self.owner.pid.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.timeout.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.owner.started.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.boot.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.start.to_le_bytes());
        bytes[32..].copy_from_slice(&self.end.to_le_bytes());
        let check = check(&bytes);
        bytes[12..16].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    fn is_waiting(&self) -> bool {
        self.end & WAITS != 0
    }

    fn waits_no_more(&self, now: u64) -> bool {
        self.is_waiting() && now.abs_diff(self.end & !WAITS) > GONE
    }

    /// What it is, given whether its owner is known to live.
    fn state(&self, alive: impl FnOnce(Owner) -> bool) -> State {
        match self.end {
            _ if *self == Self::EMPTY => State::Empty,
            0 if alive(self.owner) => State::InFlight,
            0 => State::Ended(self.start.saturating_add(u64::from(self.timeout) * 1_000_000)),
            end if end & WAITS != 0 => State::Waiting,
            end => State::Ended(end),
        }
    }
}

/// All slots of the file, read at one moment.
#[derive(Debug, Default)]
pub(super) struct Slots {
    pub(super) all: Vec<Slot>,
    states: Vec<State>,
}

impl Slots {
    /// The slots in these bytes, and which of them are not what the file says any more: those that
    /// nobody can vouch for, and the places of those who wait no more.
    pub(super) fn read(
        bytes: &[u8],
        boot: u64,
        now: u64,
        mut alive: impl FnMut(Owner) -> bool,
    ) -> (Self, Vec<usize>) {
        let (mut slots, mut changed) = (Self::default(), Vec::new());
        for (index, bytes) in bytes.as_chunks::<SLOT>().0.iter().enumerate() {
            let slot = match Slot::read(bytes, boot, now) {
                Ok(slot) if !slot.waits_no_more(now) => slot,
                unvouched => {
                    changed.push(index);
                    unvouched.map_or_else(|slot| slot, |_| Slot::EMPTY)
                }
            };
            slots.states.push(slot.state(&mut alive));
            slots.all.push(slot);
        }
        (slots, changed)
    }

    /// Sends without an end.
    pub(super) fn in_flight(&self) -> usize {
        self.states.iter().filter(|state| **state == State::InFlight).count()
    }

    /// Ends of the others, in order.
    pub(super) fn ends(&self) -> Vec<u64> {
        let end = |state: &State| match state {
            State::Ended(at) => Some(*at),
            _ => None,
        };
        let mut ends: Vec<u64> = self.states.iter().filter_map(end).collect();
        ends.sort_unstable();
        ends
    }

    /// How many wait before the one in this slot; without a slot, before one that comes last.
    pub(super) fn ahead_of(&self, own: Option<usize>) -> usize {
        let since = |index: usize| (self.all[index].start, index);
        let before = |index: &usize| own.is_none_or(|own| since(*index) < since(own));
        let waits = |index: &usize| self.states[*index] == State::Waiting;
        (0..self.all.len()).filter(waits).filter(before).count()
    }

    /// A slot for one more: an empty one, a new one, else the one that ended first. Ends stay as
    /// long as there is room, for a window that is reported later.
    pub(super) fn reusable(&self, now: u64) -> Option<usize> {
        if let Some(empty) = self.states.iter().position(|state| *state == State::Empty) {
            return Some(empty);
        }
        if self.all.len() < MOST_SLOTS {
            return Some(self.all.len());
        }
        let ended = self.states.iter().enumerate().filter_map(|(index, state)| match state {
            State::Ended(at) if *at <= now => Some((*at, index)),
            _ => None,
        });
        ended.min().map(|(_, index)| index)
    }
}

#[cfg(test)]
mod tests;

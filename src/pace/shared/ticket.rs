//! A ticket of ours in the shared quota: it waits, then it is a send, then that send's end.

use std::sync::Arc;
use std::time::Duration;

use super::super::limiter::{Ask, Limiter, Next, Past};
use super::super::windows::Windows;
use super::SharedQuota;
use super::file::{holds, read, write_header, write_slot};
use super::owner::Owner;
use super::slots::{Slot, Slots};
use crate::model::settings::RateWindow;

/// Between looks at the file of whoever waits behind others or for an answer, at least.
const SOON: Duration = Duration::from_millis(5);
/// Between looks of whoever waits for an answer, at most.
const FOR_AN_ANSWER: Duration = Duration::from_secs(1);
/// Between looks of everybody who waits, at most, so that nobody takes them for gone.
const LONGEST: Duration = Duration::from_secs(2);

/// A send that leaves later than this after its permit was given says so in the file; ns. Less is
/// nothing beside a timeout.
const LATE: u64 = 1_000_000_000;

/// The answer to one look at the file.
pub(in crate::pace) enum Look {
    /// The send may leave.
    Go,
    /// Look again after this long.
    Again(Duration),
    /// Another process learned of a window from the server.
    Learned(RateWindow),
}

/// A slot of ours, from the wait to the end of its send. Dropped before its send left it is empty
/// again; after that the send has ended.
#[derive(Debug)]
pub(in crate::pace) struct Ticket {
    quota: Arc<SharedQuota>,
    /// Where in the file, and what was written there.
    slot: Option<(usize, Slot)>,
    /// The arrival time behind its send.
    arrival: u64,
    sent: bool,
}

impl Ticket {
    /// A ticket for one send, not yet in the file.
    pub(super) fn new(quota: &Arc<SharedQuota>) -> Self {
        Self { quota: Arc::clone(quota), slot: None, arrival: 0, sent: false }
    }

    /// Asks whether the send may leave for which its sender waits since `since`. `None` once the
    /// file can no longer be used.
    pub(in crate::pace) fn look(&mut self, limiter: &Limiter, since: u64) -> Option<Look> {
        let quota = Arc::clone(&self.quota);
        quota.used(|file| {
            let (boot, now) = (quota.clock.boot, quota.clock.now());
            let (header, bytes) = read(file, boot)?;
            let believed = header.believed(quota.clock.calendar());
            if let Some(window) = believed.filter(|window| !limiter.windows().imply(*window)) {
                return Ok(Look::Learned(window));
            }
            let (slots, changed) = Slots::read(&bytes, boot, now, living(quota.owner));
            for index in changed {
                write_slot(file, index, &slots.all[index])?;
            }
            let own = self.place_in(&slots);
            let ends = slots.ends();
            let past = Past { in_flight: slots.in_flight(), ends: &ends, arrival: header.arrival };
            let ahead = slots.ahead_of(own);
            let next = limiter.next(Ask { since, now, ahead }, past);
            let index = own.or_else(|| slots.reusable(now)).ok_or_else(no_slot)?;
            let slot = self.becomes(next, boot, now);
            write_slot(file, index, &slot)?;
            self.slot = Some((index, slot));
            Ok(match next {
                Next::Go { arrival } => {
                    // Behind its slot: should this process die in between, only spacing is lost.
                    write_header(file, &header.arriving(arrival), boot)?;
                    self.arrival = arrival;
                    Look::Go
                }
                Next::At(at) if ahead == 0 => {
                    Look::Again(Duration::from_nanos(at.saturating_sub(now)).min(LONGEST))
                }
                Next::At(at) => {
                    Look::Again(Duration::from_nanos(at.saturating_sub(now)).clamp(SOON, LONGEST))
                }
                Next::Answer => Look::Again(until_an_answer(limiter.windows())),
            })
        })
    }

    /// What its slot says from now on.
    fn becomes(&self, next: Next, boot: u64, now: u64) -> Slot {
        let quota = &self.quota;
        match next {
            Next::Go { .. } => Slot::sent(quota.owner, quota.timeout, boot, now),
            Next::At(_) | Next::Answer => {
                let since = self.slot.map_or(now, |(_, slot)| slot.start);
                Slot::waiting(quota.owner, boot, since, now)
            }
        }
    }

    /// Its place in the file, unless others took it for gone.
    fn place_in(&self, slots: &Slots) -> Option<usize> {
        let (index, slot) = self.slot?;
        slots.all.get(index).filter(|found| **found == slot).map(|_| index)
    }

    /// The arrival time behind its send.
    pub(in crate::pace) fn arrival(&self) -> u64 {
        self.arrival
    }

    /// The send leaves now.
    pub(in crate::pace) fn sent(mut self) -> Self {
        self.sent = true;
        self
    }

    /// It leaves only now, after a while: were its process killed, it would count from here.
    pub(in crate::pace) fn departs(&mut self) {
        let Some((index, slot)) = self.slot else { return };
        let now = self.quota.clock.now();
        if now < slot.start.saturating_add(LATE) {
            return;
        }
        let later = slot.leaving(now);
        let written = self.quota.used(|file| {
            let holds = holds(file, index, &slot)?;
            if holds {
                write_slot(file, index, &later)?;
            }
            Ok(holds)
        });
        if written == Some(true) {
            self.slot = Some((index, later));
        }
    }

    /// Its answer came, or it was given up, so long ago.
    pub(in crate::pace) fn end(mut self, ago: Duration) {
        self.leave(ago);
    }

    fn leave(&mut self, ago: Duration) {
        let Some((index, slot)) = self.slot.take() else { return };
        self.quota.used(|file| {
            if !holds(file, index, &slot)? {
                return Ok(());
            }
            let ended = slot.ended(self.quota.clock.before(ago));
            write_slot(file, index, if self.sent { &ended } else { &Slot::EMPTY })
        });
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.leave(Duration::ZERO);
    }
}

fn no_slot() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::StorageFull, "every slot is in use")
}

/// Which owners live, each looked up once.
fn living(this: Owner) -> impl FnMut(Owner) -> bool {
    let mut known = vec![(this, true)];
    move |owner| {
        if let Some((_, alive)) = known.iter().find(|(known, _)| *known == owner) {
            return *alive;
        }
        let alive = owner.is_alive();
        known.push((owner, alive));
        alive
    }
}

/// While only another process's answer can help: a quarter of the shortest window.
fn until_an_answer(windows: &Windows) -> Duration {
    let shortest = windows.shortest().map_or(FOR_AN_ANSWER, |window| window.window);
    (shortest / 4).clamp(SOON, FOR_AN_ANSWER)
}

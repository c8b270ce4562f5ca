//! A place of ours in the shared quota: in line, then a named send, then its end.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::super::windows::{Windows, micros};
use super::SharedQuota;
use super::file::{read, read_slot, write_header, write_slot};
use super::owner::Owner;
use super::slots::{Header, MOST_SLOTS, Slot, Slots};
use crate::model::settings::RateWindow;

/// Between looks at the file while only another process's answer can help.
const LOOKS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// A send that leaves later than this after the time it named says so in the file; µs. Less is
/// nothing beside a timeout.
const LATE: u64 = 1_000_000;

/// The answer to one look at the file.
pub(in crate::pace) enum Asked {
    /// The send may leave after this long.
    Go(Duration),
    /// An answer must come first, or others in line: look again after this long.
    Later(Duration),
    /// Another process was told of a window by the server.
    Learned(RateWindow),
}

/// A slot of ours, from standing in line to the end of its send. Dropped before its send left it is
/// empty again; after that the send has ended.
#[derive(Debug)]
pub(in crate::pace) struct Place {
    quota: Arc<SharedQuota>,
    /// Where in the file, and the start that stands there.
    slot: Option<(usize, u64)>,
    sent: bool,
}

impl Place {
    /// A place for one send, not yet in line.
    pub(super) fn new(quota: &Arc<SharedQuota>) -> Self {
        Self { quota: Arc::clone(quota), slot: None, sent: false }
    }

    /// Asks when the send may leave. `None` once the file can no longer be used.
    pub(in crate::pace) fn ask(&mut self, windows: &Windows, burst: u32) -> Option<Asked> {
        let quota = Arc::clone(&self.quota);
        quota.used(|file| {
            let now = (quota.clock)();
            let (header, mut slots) = read(file)?;
            if let Some(window) = header.believed(now).filter(|w| !windows.imply(*w)) {
                return Ok(Asked::Learned(window));
            }
            for index in slots.mend(now, living(quota.owner)) {
                write_slot(file, index, &slots.0[index])?;
            }
            let (shared, place) = (windows.up_to(MOST_SLOTS), self.in_line(&slots));
            let sent = slots.next(now, &shared, burst, header.turn, place);
            if let Some(sent) = sent {
                // Before its slot: should this process die in between, nothing is made up for.
                write_header(file, &Header { turn: Some(sent.turn), ..header })?;
            }
            self.stand(file, &slots, now, sent.map(|sent| sent.at))?;
            Ok(sent.map_or_else(
                || Asked::Later(until_next_look(windows)),
                |sent| Asked::Go(Duration::from_micros(sent.at - now)),
            ))
        })
    }

    /// Writes this place as a send that leaves at `start`, else as standing in line.
    fn stand(
        &mut self,
        file: &mut File,
        slots: &Slots,
        now: u64,
        start: Option<u64>,
    ) -> io::Result<()> {
        let owner = self.quota.owner;
        let Some(index) = self.in_line(slots).or_else(|| slots.reusable()) else {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "every slot is in use"));
        };
        let since = self.slot.filter(|(own, _)| *own == index).map_or(now, |(_, since)| since);
        let slot = match start {
            Some(start) => Slot::open(owner, self.quota.timeout, start),
            None => Slot::in_line(owner, since, now),
        };
        self.slot = Some((index, slot.start));
        write_slot(file, index, &slot)
    }

    /// Where this place stands in line, unless others took it for left.
    fn in_line(&self, slots: &Slots) -> Option<usize> {
        let (index, since) = self.slot?;
        slots.0.get(index).filter(|slot| self.owns(slot, since)).map(|_| index)
    }

    fn owns(&self, slot: &Slot, start: u64) -> bool {
        slot.owner == self.quota.owner && slot.start == start
    }

    /// The send leaves now.
    pub(in crate::pace) fn sent(mut self) -> Self {
        self.sent = true;
        self
    }

    /// It leaves only now, after a while: were its process killed, it would count from here.
    pub(in crate::pace) fn departs(&mut self) {
        let Some((index, start)) = self.slot else { return };
        let now = (self.quota.clock)();
        if now < start.saturating_add(LATE) {
            return;
        }
        let open = Slot::open(self.quota.owner, self.quota.timeout, now);
        let owner = self.quota.owner;
        let written = self.quota.used(|file| {
            // Others may have given it away, if they took us for dead.
            let slot = read_slot(file, index)?;
            if slot.owner != owner || slot.start != start {
                return Ok(false);
            }
            write_slot(file, index, &open).map(|()| true)
        });
        if written == Some(true) {
            self.slot = Some((index, now));
        }
    }

    /// Its answer came, or it was given up, so long ago.
    pub(in crate::pace) fn end(mut self, ago: Duration) {
        self.leave(ago);
    }

    fn leave(&mut self, ago: Duration) {
        let Some((index, start)) = self.slot.take() else { return };
        self.quota.used(|file| {
            let slot = read_slot(file, index)?;
            // Others may have given it away, if they took us for dead.
            if !self.owns(&slot, start) {
                return Ok(());
            }
            let ended = slot.ended((self.quota.clock)().saturating_sub(micros(ago)));
            write_slot(file, index, if self.sent { &ended } else { &Slot::EMPTY })
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave(Duration::ZERO);
    }
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

fn until_next_look(windows: &Windows) -> Duration {
    let shortest = windows.shortest().map_or(LOOKS.1, |window| window.window);
    (shortest / 4).clamp(LOOKS.0, LOOKS.1)
}

//! The recorder's thread: the only writer of journal and report while requests are in flight.
//!
//! It commits whatever waits, so that durability costs one sync per group. What cannot be written
//! ends the run, never the counting: the last committed state is what the finish reads.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;

use super::disk_space::DiskSpace;
use crate::dispatch::pool::RecorderMessage;
use crate::journal::{Entry, Journal};
use crate::model::settlement::{Intent, SentRecord, UnexpectedKind};
use crate::model::{
    Event, Ledger, Mark, Outcome, RecordSet, RunError, Settlement, Verdict, VerdictKind, Withheld,
};
use crate::report::part::Part;
use crate::run::listen::Listeners;

/// Records after which it is said that all diverge (`docs/contract.md`, "Ledger").
const FIRST_HUNDRED: u64 = 100;

/// Entries committed together at most.
const GROUP: usize = 64;
/// How long a group may grow while requests follow each other closely: a sync for each of them
/// would take more CPU than their bodies. Nothing beside the time an answer takes.
const GATHER: Duration = Duration::from_millis(2);
/// A commit follows the one before closely when that is no longer ago than this.
const CLOSELY: Duration = Duration::from_millis(20);
/// Commits in close succession from which on requests do follow each other closely: a lone request
/// has two, for its intent and for its end.
const SUCCESSION: u32 = 3;

/// Journal, report and ledger of a run that is sending.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) journal: Journal,
    pub(crate) part: Part,
    pub(crate) ledger: Ledger,
    /// Records counted as `unknown` in the ledger now.
    pub(crate) marked: RecordSet,
    pub(crate) listeners: Listeners,
    /// Whether the first hundred have been looked at.
    pub(crate) compared: bool,
    pub(crate) room: DiskSpace,
    /// Why nothing more may be sent, once that is so.
    pub(crate) full: Option<RunError>,
}

/// What is left when the sending is over.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) journal: Journal,
    /// Counted while it went on; the journal must say the same.
    pub(crate) ledger: Ledger,
    /// What could not be written, where something could not.
    pub(crate) broken: Option<RunError>,
}

impl Recorder {
    /// Writes down what `entries` brings until the channel closes.
    pub(crate) fn record(mut self, mut entries: Receiver<RecorderMessage>) -> Recorded {
        let mut broken = None;
        let mut last: Option<Instant> = None;
        let mut succession = 0_u32;
        while let Some(first) = entries.blocking_recv() {
            if broken.is_some() {
                // Dropping an intent tells the pool that it must not send.
                continue;
            }
            let mut group = Group::default();
            group.add(first);
            let closely = last.is_some_and(|last| last.elapsed() < CLOSELY);
            succession = if closely { succession.saturating_add(1) } else { 1 };
            if succession >= SUCCESSION {
                std::thread::sleep(GATHER);
            }
            while group.len() < GROUP
                && let Ok(entry) = entries.try_recv()
            {
                group.add(entry);
            }
            broken = self.write(group).err();
            last = Some(Instant::now());
        }
        let Self { journal, part, ledger, full, .. } = self;
        part.abandon();
        Recorded { journal, ledger, broken: broken.or(full) }
    }

    fn write(&mut self, mut group: Group) -> Result<(), RunError> {
        for (settlement, sent) in &group.settled {
            self.room.settled(settlement);
            self.part
                .append(settlement, |position| sent.get(position).and_then(|one| one.id.as_deref()))
                .map_err(|error| unwritten(&error))?;
        }
        let report_offset = match group.settled.is_empty() {
            true => 0,
            false => self.part.flush_and_sync().map_err(|error| unwritten(&error))?,
        };
        if let Err(full) = self.allow(&group.intents) {
            // Dropping an intent tells the pool that it must not send; what is under way is still recorded.
            group.intents.clear();
            self.full = Some(full);
        }
        let intents = group.intents.iter().map(|(intent, _)| Entry::Intent(intent));
        let settled = group.settled.iter().map(|(settlement, sent)| Entry::Settled {
            settlement,
            sent,
            report_offset,
        });
        let withheld = group.withheld.iter().map(Entry::Withheld);
        let entries: Vec<Entry<'_>> = settled.chain(withheld).chain(intents).collect();
        if !entries.is_empty() {
            self.journal.commit(&entries)?;
        }
        self.tell(group);
        Ok(())
    }

    fn allow(&mut self, intents: &[(Intent, oneshot::Sender<()>)]) -> Result<(), RunError> {
        if intents.is_empty() {
            return Ok(());
        }
        let records = intents.iter().map(|(intent, _)| intent.records.len() as u64).sum();
        self.room.allow(records, self.part.length())
    }

    /// What is on disk may be acted on and shown.
    fn tell(&mut self, group: Group) {
        let mut events = Vec::with_capacity(group.len());
        for (settlement, _) in &group.settled {
            count(&mut self.ledger, &mut self.marked, settlement);
            events.push(Event::Settled {
                request: settlement.request,
                cut: settlement.cut,
                status: settlement.ending.status,
                kind: settlement.ending.kind,
                latency: settlement.ending.latency,
                records: settlement.verdicts.len() as u64,
                ledger: self.ledger,
            });
        }
        events.extend(self.withhold(&group.withheld));
        events.extend(self.warn_if_all_diverge());
        events.extend(group.happened);
        events.extend(group.intents.iter().map(|(intent, _)| Event::Sent {
            request: intent.request,
            cut: intent.cut,
            records: intent.records.len() as u64,
        }));
        self.listeners.tell_all(events);
        for (_, written) in group.intents {
            // The pool may have been asked to stop meanwhile; then nobody listens.
            let _ = written.send(());
        }
    }
}

impl Recorder {
    /// Counts records that are not sent after all.
    fn withhold(&mut self, withheld: &[Withheld]) -> Option<Event> {
        for record in withheld.iter().filter(|record| record.outcome != Outcome::Unknown) {
            self.ledger.unsent = self.ledger.unsent.saturating_sub(1);
            *self.ledger.count_mut(record.outcome) += 1;
        }
        let records = withheld.len() as u64;
        (records > 0).then_some(Event::Withheld { records, ledger: self.ledger })
    }

    /// Once, after the first hundred: a field that always comes back different is a wrong mapping,
    /// or a server that writes values its own way.
    fn warn_if_all_diverge(&mut self) -> Option<Event> {
        let Ledger { succeeded, diverged, .. } = self.ledger;
        if self.compared || succeeded < FIRST_HUNDRED {
            return None;
        }
        self.compared = true;
        let message = format!(
            "all of the first {succeeded} records came back with other values than were sent: \
             see `divergedRecords` in report.json for the fields"
        );
        (diverged == succeeded).then_some(Event::Notice { message })
    }
}

/// What waits to be committed together.
#[derive(Debug, Default)]
struct Group {
    intents: Vec<(Intent, oneshot::Sender<()>)>,
    settled: Vec<(Settlement, Vec<SentRecord>)>,
    withheld: Vec<Withheld>,
    happened: Vec<Event>,
}

impl Group {
    fn add(&mut self, entry: RecorderMessage) {
        match entry {
            RecorderMessage::Intent { intent, written } => self.intents.push((intent, written)),
            RecorderMessage::Settled { settlement, sent } => self.settled.push((settlement, sent)),
            RecorderMessage::Withheld(records) => self.withheld.extend(records),
            RecorderMessage::Happened(event) => self.happened.push(event),
        }
    }

    fn len(&self) -> usize {
        self.intents.len() + self.settled.len() + self.withheld.len() + self.happened.len()
    }
}

/// Counts one settlement into the ledger. `marked` holds the records that count as `unknown`.
fn count(ledger: &mut Ledger, marked: &mut RecordSet, settlement: &Settlement) {
    for verdict in &settlement.verdicts {
        let was = if marked.contains(verdict.ordinal) { Outcome::Unknown } else { Outcome::Unsent };
        let is = outcome_now(verdict, was);
        if was != is {
            // More than there were: the counts no longer add up, and the run ends as an error of ours.
            let fewer = ledger.count(was).saturating_sub(1);
            *ledger.count_mut(was) = fewer;
            *ledger.count_mut(is) += 1;
        }
        match (was, is) {
            (Outcome::Unsent, Outcome::Unknown) => {
                marked.insert(verdict.ordinal);
            }
            (Outcome::Unknown, Outcome::Succeeded | Outcome::Failed) => {
                marked.remove(verdict.ordinal);
            }
            _ => {}
        }
        match &verdict.kind {
            VerdictKind::Succeeded { diverged, gone, .. } => {
                ledger.diverged += u64::from(!diverged.is_empty());
                ledger.already_gone += u64::from(gone.is_some());
            }
            VerdictKind::Failed(refusal) => ledger.not_found += u64::from(refusal.not_found),
            VerdictKind::Unknown { .. } | VerdictKind::Pending => {}
        }
    }
    for one in &settlement.unexpected {
        let not_sent = one.kind == UnexpectedKind::NotSent;
        *if not_sent { &mut ledger.unexpected } else { &mut ledger.nameless } += 1;
    }
    ledger.miscounted += u64::from(settlement.miscount.is_some());
}

fn outcome_now(verdict: &Verdict, was: Outcome) -> Outcome {
    match &verdict.kind {
        VerdictKind::Succeeded { .. } => Outcome::Succeeded,
        VerdictKind::Failed(_) => Outcome::Failed,
        VerdictKind::Pending if verdict.mark == Mark::None => was,
        VerdictKind::Pending | VerdictKind::Unknown { .. } => Outcome::Unknown,
    }
}

fn unwritten(error: &std::io::Error) -> RunError {
    RunError::internal(format!("the report cannot be written: {error}"))
        .hint("make room on the disk of the runs directory, then `korebulk resume` the run")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Ending;
    use crate::model::settlement::Cut;

    fn succeeded(ordinal: u32) -> Settlement {
        let kind =
            VerdictKind::Succeeded { entry: None, diverged: Vec::new(), gone: None, created: None };
        Settlement {
            request: 1,
            cut: Cut::First,
            ending: Ending {
                status: Some(200),
                kind: "verdicts",
                message: String::new(),
                latency: Duration::ZERO,
            },
            answer: bytes::Bytes::new(),
            said: None,
            verdicts: vec![Verdict { ordinal, attempts: 1, mark: Mark::None, kind }],
            unexpected: Vec::new(),
            miscount: None,
        }
    }

    #[test]
    fn more_verdicts_than_records_leave_counts_that_do_not_add_up() {
        let mut ledger = Ledger { read: 1, unsent: 1, ..Ledger::default() };
        let mut marked = RecordSet::default();
        count(&mut ledger, &mut marked, &succeeded(0));
        assert!(ledger.closes());
        count(&mut ledger, &mut marked, &succeeded(1));
        assert_eq!((ledger.succeeded, ledger.unsent), (2, 0));
        assert!(!ledger.closes());
    }
}

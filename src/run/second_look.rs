//! The second look: contacts that were read longer ago than `account.max_age` are read again before their records are sent.
//!
//! This API has no conditional write, so seconds remain between the look and the request. What was read again is on disk before
//! its record is sent; a run that goes on after a kill looks again.
//!
//! A new kind of run that rests on contacts gives its own [`Judge`].

mod asks;
mod judge;
mod lists;
mod rows;
mod stored_rows;
mod undone;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::Receiver;
use tracing::warn;

pub(crate) use self::asks::good_until;
use self::asks::{channel, good_for, notice};
use self::judge::as_shown;
pub(crate) use self::judge::{Judge, Judged, account_id};
pub(crate) use self::lists::ListLooker;
pub(crate) use self::rows::RowJudge;
pub(crate) use self::stored_rows::StoredRows;
pub(crate) use self::undone::UndoJudge;
use super::approve::access::Access;
use super::listen::Listeners;
use super::reading;
use super::run_dir::RunDir;
use crate::account::{ReadEvent, Reader, Reading, Readings, StoredContact, Way};
use crate::base::numbers::time;
use crate::config::Plan;
use crate::dispatch::pool::{LookAgain, Looked, SecondLook};
use crate::model::{Record, RunError, Withheld};
use crate::store::{AgainWriter, Previous};

/// Reads contacts again for a run that is sending.
pub(crate) struct Looker {
    plan: Plan,
    /// The reading that the run goes by, where there still is one.
    reading: Option<Reading>,
    readings: Readings,
    asks: Receiver<LookAgain>,
    /// Lent to another thread while it judges.
    judging: Option<Judging>,
    /// What was read before does not count.
    since: Timestamp,
    good_for: SignedDuration,
}

/// What records are judged with.
struct Judging {
    judge: Box<dyn Judge>,
    again: AgainWriter,
    /// The run was approved by the id of a plan.
    is_as_shown: bool,
    /// What is left alone is stored as it is shown.
    is_undo: bool,
}

/// A contact that was read again.
struct Seen {
    text: String,
    page: i64,
    read_at: Timestamp,
    /// Whether it is the same as when its record was written down.
    same: bool,
}

impl Looker {
    /// For the run in `dir`; `reading`: what it goes by; `is_as_shown`: it was approved by the id of a plan. Gives the
    /// pool's end as well.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(crate) fn new(
        plan: &Plan,
        dir: &RunDir,
        access: &Access,
        reading: Option<Reading>,
        (judge, is_as_shown): (Box<dyn Judge>, bool),
    ) -> Result<(Self, SecondLook), RunError> {
        let good_for = good_for(plan, access);
        let (second_look, asks) = channel(good_for);
        let looker = Self {
            plan: plan.clone(),
            reading,
            readings: Readings::open(&reading::dirs(plan, Some(dir))?)?,
            asks,
            since: if is_as_shown { Timestamp::now() } else { Timestamp::MIN },
            judging: Some(Judging {
                judge,
                again: AgainWriter::open(&dir.path)?,
                is_as_shown,
                is_undo: plan.undoes.is_some(),
            }),
            good_for,
        };
        Ok((looker, second_look))
    }

    /// Answers for as long as it is asked.
    pub(crate) async fn serve(mut self, access: &Access, listeners: &Listeners) -> Infallible {
        let mut watch = |event: &ReadEvent| {
            if let ReadEvent::Waiting { why, wait } = event {
                warn!(why, wait = time(*wait), "reading contacts again waits");
            }
        };
        let Some(mut ask) = self.asks.recv().await else { return std::future::pending().await };
        listeners.tell(notice(&self.plan, "contacts"));
        let reading = match self.reading(access) {
            Ok(reading) => reading,
            Err(error) => {
                // The pool stops for it.
                let _ = ask.answer.send(Err(error));
                return std::future::pending().await;
            }
        };
        let Access { client, signing, pace, target, .. } = access;
        let way = Way { client, signing, pace, target };
        let (rate, patience) =
            (self.plan.account.read_rate.clone(), reading::patience(&self.plan.limits));
        let of = (self.readings.clone(), reading);
        let mut reader = Reader::new(way, of, &rate, patience, &mut watch);
        loop {
            let looked = self.look(&mut reader, ask.records).await;
            // A pool that has stopped waits for nothing.
            let _ = ask.answer.send(looked);
            match self.asks.recv().await {
                Some(next) => ask = next,
                None => return std::future::pending().await,
            }
        }
    }

    /// What the run goes by; a new reading where that is gone.
    fn reading(&mut self, access: &Access) -> Result<Reading, RunError> {
        if let Some(reading) = self.reading.take() {
            return Ok(reading);
        }
        let (keep, now) = (self.plan.account.keep, Timestamp::now());
        let mut reading = Reading::create(&self.readings, &access.target, keep, now)?;
        reading.take_over()?;
        Ok(reading)
    }

    async fn look(
        &mut self,
        reader: &mut Reader<'_>,
        records: Vec<Record>,
    ) -> Result<Looked, RunError> {
        if self.plan.account.no_read {
            return Err(reading::not_read());
        }
        let now = Timestamp::now();
        let since = now.checked_sub(self.plan.account.max_age).unwrap_or(now).max(self.since);
        let ids: BTreeSet<String> = records.iter().map(|record| self.id(record)).collect();
        let missing = reader.find(&ids, since).await?;
        let mut contacts = BTreeMap::new();
        reader.reading().contacts_of(&ids, |contact| {
            let StoredContact { text, page, read_at, .. } = contact;
            let seen = Seen { text: text.to_owned(), page, read_at, same: false };
            contacts.insert(contact.id.to_owned(), seen);
            Ok(())
        })?;
        reader.reading().as_first_read(&ids, |id, text| {
            if let Some(seen) = contacts.get_mut(id) {
                seen.same = seen.text == text;
            }
        })?;
        contacts.retain(|id, _| !missing.contains(id));
        let failed = || RunError::internal("korebulk itself failed while it judged records again");
        let mut judging = self.judging.take().ok_or_else(failed)?;
        let of: Vec<_> = records.into_iter().map(|record| (self.id(&record), record)).collect();
        let good_for = self.good_for;
        let work = tokio::task::spawn_blocking(move || {
            let judged = judging.judge(&of, &contacts, good_for);
            (judging, judged)
        });
        let (judging, judged) = work.await.map_err(|_| failed())?;
        self.judging = Some(judging);
        judged
    }

    /// The id as the server writes it.
    fn id(&self, record: &Record) -> String {
        account_id(self.plan.map.id_format, record.key())
    }
}

impl Judging {
    fn judge(
        &mut self,
        records: &[(String, Record)],
        contacts: &BTreeMap<String, Seen>,
        good_for: SignedDuration,
    ) -> Result<Looked, RunError> {
        let mut order: Vec<usize> = (0..records.len()).collect();
        // The stored copy is read from its beginning to its end.
        order.sort_by_key(|at| records[*at].1.ordinal);
        let mut go: Vec<Option<Record>> = vec![None; records.len()];
        let mut withheld = Vec::new();
        for at in order {
            let (id, record) = &records[at];
            let seen = contacts.get(id);
            let contact = seen.map(|Seen { text, page, read_at, .. }| StoredContact {
                id,
                text,
                page: *page,
                read_at: *read_at,
            });
            let judged = self.judge.judge(record, contact.as_ref())?;
            let judged = if self.is_as_shown { as_shown(record, judged) } else { judged };
            match judged {
                Judged::Out(outcome, why) => {
                    let shown = seen.filter(|_| self.is_undo).map(|seen| seen.text.as_str().into());
                    withheld.push(Withheld { shown, ..Withheld::of(record, outcome, why) });
                }
                Judged::Go(mut now) => {
                    let Record { source, line, attempts, mark, .. } = *record;
                    (now.source, now.line, now.attempts, now.mark) = (source, line, attempts, mark);
                    let looked = seen.map_or_else(Timestamp::now, |seen| seen.read_at);
                    now.good_until = looked.checked_add(good_for).ok();
                    self.write_down(&now, seen)?;
                    go[at] = Some(now);
                }
            }
        }
        self.again.sync()?;
        Ok(Looked { go: go.into_iter().flatten().collect(), withheld })
    }

    /// What may have been applied stays as it was written down: the contact shows our own values now.
    fn write_down(&mut self, record: &Record, seen: Option<&Seen>) -> Result<(), RunError> {
        let Some(seen) = seen.filter(|_| !record.mark.may_have_been_applied()) else {
            return Ok(());
        };
        if seen.same && !self.again.has(record.ordinal) {
            return Ok(());
        }
        let damaged = |_| RunError::internal("a contact that was read again is damaged");
        self.again.put(&Previous {
            ordinal: record.ordinal,
            source: record.source,
            row: record.line,
            page: seen.page,
            read_at: seen.read_at,
            previous: Some(serde_json::from_str(&seen.text).map_err(damaged)?),
            sent: serde_json::from_str(record.encoded()).map_err(damaged)?,
            from: None,
            number: None,
            was: None,
        })
    }
}

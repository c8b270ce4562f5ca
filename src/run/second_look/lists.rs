//! Contact lists that rules have selected, asked for again.

use std::convert::Infallible;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::Receiver;
use tracing::warn;

use super::asks::{channel, good_for, notice};
use super::judge::{EDITED, dropped};
use crate::account::{ListReader, ReadEvent, Way};
use crate::base::numbers::time;
use crate::config::Plan;
use crate::dispatch::pool::{LookAgain, Looked, SecondLook};
use crate::journal::{Journal, fact};
use crate::map::{Except, Mapped, Mapper};
use crate::model::{Cells, Outcome, Record, Row, RunError, Source, Withheld};
use crate::run::approve::access::Access;
use crate::run::listen::Listeners;
use crate::run::{reading, stored};

/// Asks for the lists of a run again, one by one.
pub(crate) struct ListLooker {
    plan: Plan,
    mappers: Vec<Mapper>,
    asks: Receiver<LookAgain>,
    good_for: SignedDuration,
    /// The run was approved by the id of a plan.
    is_as_shown: bool,
}

impl ListLooker {
    /// For a run with these sources. Gives the pool's end as well.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(crate) fn new(
        plan: &Plan,
        access: &Access,
        journal: &Journal,
        (sources, except): (&[Source], &Arc<Except>),
    ) -> Result<(Self, SecondLook), RunError> {
        let good_for = good_for(plan, access);
        let (second_look, asks) = channel(good_for);
        let mappers = stored::mappers(journal, plan, sources, except)?;
        let is_as_shown = journal.get(fact::PLAN_ID)?.is_some();
        let plan = plan.clone();
        Ok((Self { plan, mappers, asks, good_for, is_as_shown }, second_look))
    }

    /// Answers for as long as it is asked.
    pub(crate) async fn serve(mut self, access: &Access, listeners: &Listeners) -> Infallible {
        let mut watch = |event: &ReadEvent| {
            if let ReadEvent::Waiting { why, wait } = event {
                warn!(why, wait = time(*wait), "asking for lists again waits");
            }
        };
        let Access { client, signing, pace, target, .. } = access;
        let way = Way { client, signing, pace, target };
        let patience = reading::patience(&self.plan.limits);
        let rate = self.plan.account.read_rate.clone();
        let mut reader = ListReader::new(way, &rate, patience, &mut watch);
        let mut said = false;
        while let Some(LookAgain { records, answer }) = self.asks.recv().await {
            if !std::mem::replace(&mut said, true) {
                listeners.tell(notice(&self.plan, "lists"));
            }
            let looked = self.look(&mut reader, records).await;
            // A pool that has stopped waits for nothing.
            let _ = answer.send(looked);
        }
        std::future::pending().await
    }

    async fn look(
        &mut self,
        reader: &mut ListReader<'_>,
        records: Vec<Record>,
    ) -> Result<Looked, RunError> {
        let mut looked = Looked::default();
        for mut record in records {
            let out = match reader.one(record.key()).await? {
                // Our own request may have deleted it: the server has its say.
                None if record.mark.may_have_been_applied() => None,
                None => Some((Outcome::Rejected, NOT_SHOWN.to_owned())),
                Some(list) => match list.is_protected() {
                    Some(why) => Some((Outcome::Skipped, why.to_owned())),
                    None => self.no_longer(&record, list.object()),
                },
            };
            let Some((outcome, why)) = out else {
                record.good_until = Timestamp::now().checked_add(self.good_for).ok();
                looked.go.push(record);
                continue;
            };
            let (outcome, why) = match self.is_as_shown {
                true => dropped(outcome, why),
                false => (outcome, why),
            };
            looked.withheld.push(Withheld::of(&record, outcome, why));
        }
        Ok(looked)
    }

    /// Why a list is not selected any more, where that is so.
    fn no_longer(&mut self, record: &Record, object: String) -> Option<(Outcome, String)> {
        let (source, line, cells) = (record.source, record.line, Cells::Object(object));
        let row = Row { source, line, cells, ..Row::default() };
        let mapper = self.mappers.get_mut(usize::from(source))?;
        match mapper.map(record.ordinal, &row) {
            Mapped::Checked(_) => None,
            Mapped::Skipped { rule, .. } if rule.starts_with("except:") => {
                Some((Outcome::Skipped, rule))
            }
            Mapped::Skipped { rule, .. } => {
                Some((Outcome::Rejected, format!("{EDITED}, and is no longer selected: {rule}")))
            }
            Mapped::Rejected { .. } => Some((Outcome::Rejected, EDITED.to_owned())),
        }
    }
}

const NOT_SHOWN: &str = "editedMeanwhile: the account no longer shows the list";

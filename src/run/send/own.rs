//! What the answers to this run's own requests say of contacts that were read before: the account's reading stays true, or goes.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::account::{AccountKey, Reading, Readings};
use crate::api::wire::AccountContact;
use crate::base::state::StateDirs;
use crate::config::Plan;
use crate::model::settings::Target;
use crate::model::settlement::SentRecord;
use crate::model::{Effect, IdKind, Settlement, Verdict, VerdictKind};

/// The reading of the account that a run changes, where there is one.
#[derive(Debug)]
pub(crate) struct OwnAnswers {
    reading: Option<Reading>,
    effect: Effect,
}

/// What a verdict says of its contact.
enum Said<'a> {
    /// It is so now.
    Is(&'a str),
    /// It is gone.
    Gone,
    /// As before.
    Nothing,
    /// Nobody knows.
    Unknown,
}

impl OwnAnswers {
    /// Those of a run of this plan.
    pub(crate) fn of(plan: &Plan, target: &Target, dirs: Option<&StateDirs>) -> Self {
        let spec = plan.operation.spec();
        let readings =
            dirs.and_then(Readings::existing).filter(|_| spec.id_kind == IdKind::Contact);
        let reading = readings.and_then(|readings| {
            Reading::latest(&readings, &AccountKey::of(target), Timestamp::now())
        });
        Self { reading, effect: spec.effect }
    }

    /// Takes in what a request came to. A reading that may no longer be true is deleted: the next one begins anew.
    pub(crate) fn note(&mut self, settlement: &Settlement, sent: &[SentRecord]) {
        let Some(reading) = &self.reading else { return };
        let mut said = Vec::with_capacity(sent.len());
        let mut is_known = true;
        for (verdict, sent) in settlement.verdicts.iter().zip(sent) {
            match (said_of(verdict, &settlement.answer, self.effect), &sent.id) {
                (Said::Is(text), Some(id)) => said.push((id.as_ref(), Some(text))),
                (Said::Gone, Some(id)) => said.push((id.as_ref(), None)),
                (Said::Nothing, _) => {}
                _ => is_known = false,
            }
        }
        let noted = reading.note_all(Timestamp::now(), &said);
        if (noted.is_err() || !is_known)
            && let Some(reading) = self.reading.take()
        {
            // Where it cannot be deleted now, its time will be over.
            let _ = reading.delete();
        }
    }
}

fn said_of<'a>(verdict: &Verdict, answer: &'a [u8], effect: Effect) -> Said<'a> {
    match &verdict.kind {
        VerdictKind::Succeeded { .. } if effect == Effect::Delete => Said::Gone,
        VerdictKind::Succeeded { entry, .. } => {
            let entry = entry.clone().and_then(|entry| answer.get(entry));
            entry.and_then(echoed).map_or(Said::Unknown, Said::Is)
        }
        VerdictKind::Failed(_) => Said::Nothing,
        _ if verdict.mark.may_have_been_applied() => Said::Unknown,
        _ => Said::Nothing,
    }
}

/// The whole contact of a success entry.
fn echoed(entry: &[u8]) -> Option<&str> {
    #[derive(Deserialize)]
    struct Entry<'a> {
        #[serde(borrow)]
        contact: &'a RawValue,
    }
    let contact = serde_json::from_slice::<Entry<'_>>(entry).ok()?.contact.get();
    let read = AccountContact::read(contact)?;
    (read.updated_at.is_some() && read.phone_number.is_some()).then_some(contact)
}

//! A record's row: how a verdict becomes one, and when none is needed.

use crate::model::settlement::{Cut, Gone, Refusal, SentRecord};
use crate::model::{Mark, Ordinal, Outcome, Settlement, Verdict, VerdictKind};

/// One record that did not simply succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Its place in the input.
    pub ordinal: Ordinal,
    /// Where it is now.
    pub outcome: Outcome,
    /// Its source, where known.
    pub source: Option<u16>,
    /// Its row as the person counts it, where known.
    pub line: Option<u64>,
    /// Its id, where it has a readable one; of what was created the one that it got.
    pub id: Option<String>,
    /// Why, in korebulk's words.
    pub reason: Option<String>,
    /// The server's message.
    pub message: Option<String>,
    /// The server's code.
    pub code: Option<String>,
    /// HTTP status of the answer that decided.
    pub status: Option<u16>,
    /// Attempts made.
    pub attempts: u16,
    /// Whether it may have been applied.
    pub mark: Mark,
    /// The last request that carried it.
    pub request: Option<u64>,
    /// The server does not know the id.
    pub not_found: bool,
    /// Failed for a reason that passes.
    pub passing: bool,
    /// Fields whose echo differs, comma-separated.
    pub diverged: Option<String>,
    /// Succeeded because it was gone already.
    pub already_gone: bool,
    /// The server's own entry.
    pub server: Option<String>,
}

impl RecordRow {
    /// Why, as people and programs read it: korebulk's words, then the server's message; `None` where
    /// there is neither.
    pub fn why(&self) -> Option<String> {
        let parts = [self.reason.as_deref(), self.message.as_deref()];
        let parts: Vec<&str> =
            parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        (!parts.is_empty()).then(|| parts.join(": "))
    }

    /// A row with nothing but its place and outcome.
    pub fn bare(ordinal: Ordinal, outcome: Outcome) -> Self {
        Self {
            ordinal,
            outcome,
            source: None,
            line: None,
            id: None,
            reason: None,
            message: None,
            code: None,
            status: None,
            attempts: 0,
            mark: Mark::None,
            request: None,
            not_found: false,
            passing: false,
            diverged: None,
            already_gone: false,
            server: None,
        }
    }
}

/// What a verdict does to the records' table.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing: the request's row says it all.
    None,
    /// A row that may be there from an earlier request becomes `succeeded`.
    Settle,
    /// A row, new or over the earlier one.
    Put(Box<RecordRow>),
}

/// The change for one verdict. `named` says that this answer confirmed at least one record: then
/// its range counts as succeeded, and everything else in it needs a row. `again`: the run was taken up again, so that rows
/// of earlier sessions may be there.
pub(super) fn change(
    settlement: &Settlement,
    verdict: &Verdict,
    sent: &SentRecord,
    named: bool,
    again: bool,
) -> Change {
    let blank = || RecordRow {
        source: Some(sent.source),
        line: Some(sent.line),
        id: sent.id.as_ref().map(ToString::to_string),
        attempts: verdict.attempts,
        mark: verdict.mark,
        request: Some(settlement.request),
        status: settlement.ending.status,
        ..RecordRow::bare(verdict.ordinal, Outcome::Unknown)
    };
    let said = settlement.said.as_ref();
    let row = match &verdict.kind {
        VerdictKind::Succeeded { diverged, gone: None, created: None, .. }
            if diverged.is_empty() =>
        {
            let first = settlement.cut == Cut::First || settlement.cut == Cut::Canary;
            let simple = first && !again && verdict.attempts <= 1 && verdict.mark == Mark::None;
            return if simple { Change::None } else { Change::Settle };
        }
        VerdictKind::Succeeded { diverged, created: Some(id), .. } if diverged.is_empty() => {
            RecordRow { outcome: Outcome::Succeeded, id: Some(id.to_string()), ..blank() }
        }
        VerdictKind::Succeeded { entry, diverged, gone, created } => RecordRow {
            outcome: Outcome::Succeeded,
            id: created.as_ref().or(sent.id.as_ref()).map(ToString::to_string),
            diverged: (!diverged.is_empty()).then(|| diverged.join(",")),
            already_gone: gone.is_some(),
            reason: gone.as_ref().map(gone_why),
            server: entry.as_ref().and_then(|entry| text(settlement, entry)),
            ..blank()
        },
        VerdictKind::Failed(refusal) => {
            refused(settlement, refusal, RecordRow { outcome: Outcome::Failed, ..blank() })
        }
        VerdictKind::Unknown { doubt, refusal } => {
            // Without a verdict it may have been applied, also where the answer contradicts itself.
            let blank = RecordRow { mark: verdict.mark.max(Mark::LostAnswer), ..blank() };
            let mut row = match refusal {
                Some(refusal) => refused(settlement, refusal, blank),
                None => blank,
            };
            row.reason = Some(doubt.to_string());
            row
        }
        VerdictKind::Pending if verdict.mark == Mark::None && !named => return Change::None,
        VerdictKind::Pending => RecordRow {
            mark: verdict.mark.max(if named { Mark::LostAnswer } else { Mark::None }),
            reason: Some(format!("{}: {}", settlement.ending.kind, settlement.ending.message)),
            message: said.map(|said| said.reason.clone()).filter(|said| !said.is_empty()),
            code: said.and_then(|said| said.code.clone()),
            ..blank()
        },
    };
    Change::Put(Box::new(row))
}

/// Why a record that is not found counts as deleted.
fn gone_why(gone: &Gone) -> String {
    match gone {
        Gone::LostAnswer => "it was gone already, after an answer of this run was lost".to_owned(),
        Gone::EarlierRun(run) => format!("it was deleted by the earlier run {run}"),
    }
}

fn refused(settlement: &Settlement, refusal: &Refusal, row: RecordRow) -> RecordRow {
    RecordRow {
        message: Some(refusal.reason.clone()).filter(|message| !message.is_empty()),
        code: refusal.code.clone(),
        status: refusal.status.or(row.status),
        not_found: refusal.not_found,
        passing: refusal.passing,
        server: refusal.entry.as_ref().and_then(|entry| text(settlement, entry)),
        ..row
    }
}

fn text(settlement: &Settlement, entry: &std::ops::Range<usize>) -> Option<String> {
    let bytes = settlement.answer.get(entry.clone())?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

/// A mark as the `mark` column has it.
pub(super) fn mark_to_text(mark: Mark) -> Option<String> {
    match mark {
        Mark::None => None,
        Mark::LostAnswer => Some("lost-answer".to_owned()),
        Mark::RefusedBatch(request) => Some(format!("refused-batch {request}")),
    }
}

/// The mark that a `mark` column holds; `None` for a text that korebulk does not write.
pub(super) fn mark_from_text(text: Option<&str>) -> Option<Mark> {
    match text {
        None => Some(Mark::None),
        Some("lost-answer") => Some(Mark::LostAnswer),
        Some(other) => other.strip_prefix("refused-batch ")?.parse().ok().map(Mark::RefusedBatch),
    }
}

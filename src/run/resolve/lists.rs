//! Contact lists that rules have selected: those that no rule may delete are skipped, and a run takes no more than its limit.
//!
//! The server says of a single list what it does not say of all of them, so each is asked for once.

use std::path::Path;

use jiff::Timestamp;

use crate::account::ListReader;
use crate::config::Plan;
use crate::journal::{Disposition, Journal};
use crate::map::{Mapped, Mapper};
use crate::model::{AccountRead, Outcome, Record, Row, RunError};
use crate::run::check::findings::{Findings, OfAccount, fingerprint};
use crate::run::run_dir::RunDir;
use crate::run::stored::{self, ACCOUNT};
use crate::store::CopyReader;

/// Looks at every list that would be deleted.
///
/// # Errors
/// Those of [`ListReader::read`], and of the disk.
pub(super) async fn protect(
    plan: &Plan,
    dir: &RunDir,
    (findings, journal): (&mut Findings, &Journal),
    reader: &mut ListReader<'_>,
) -> Result<(), RunError> {
    let selected = selected(plan, &dir.copy(), findings, journal)?;
    let per_run = plan.limits.per_run;
    let began = Timestamp::now();
    let (mut taken, mut more, mut requests) = (0, 0, 0);
    let mut sent: u64 = 0;
    for (row, record) in selected {
        let held = if per_run > 0 && taken >= per_run {
            more += 1;
            Some(format!("laterRun: beyond `limits.per_run`, {per_run}"))
        } else {
            requests += 1;
            match reader.one(record.key()).await? {
                Some(list) => list.is_protected().map(str::to_owned),
                None => Some("gone: the server does not show it".to_owned()),
            }
        };
        let Some(reason) = held else {
            taken += 1;
            sent = sent.wrapping_add(fingerprint(&record));
            continue;
        };
        let held = Disposition {
            ordinal: record.ordinal,
            outcome: Outcome::Skipped,
            source: row.source,
            line: row.line,
            id: record.id(),
            reason: &reason,
        };
        findings.hold_back(journal, &held, true)?;
    }
    let to_send = &findings.to_send;
    findings.samples.retain(|record| to_send.contains(record.ordinal));
    let read = AccountRead {
        reading: findings.input.sources.first().map_or_else(String::new, |s| s.sha256.clone()),
        read_from: began,
        read_until: Timestamp::now(),
        of_lists: true,
        part_of: None,
        contacts: findings.input.read,
        requests,
        complete: None,
        deleted_meanwhile: 0,
    };
    journal.set(ACCOUNT, &read)?;
    findings.of_account = Some(OfAccount {
        sent,
        unusable: 0,
        read,
        tally: None,
        matches: None,
        undo: Vec::new(),
        selected: taken + more,
        per_run,
        kept_until: None,
    });
    Ok(())
}

/// The lists that rules have selected, in the order of the input. They are few.
fn selected(
    plan: &Plan,
    copy: &Path,
    findings: &Findings,
    journal: &Journal,
) -> Result<Vec<(Row, Record)>, RunError> {
    let mut mappers: Vec<Mapper> =
        stored::mappers(journal, plan, &findings.input.sources, &findings.except)?;
    let mut copy = CopyReader::open(copy)?;
    let (mut row, mut found) = (Row::default(), Vec::new());
    for ordinal in findings.to_send.iter() {
        copy.skip_to(ordinal)?;
        if copy.next(&mut row)?
            && let Mapped::Checked(record) = mappers[usize::from(row.source)].map(ordinal, &row)
        {
            found.push((row.clone(), record));
        }
    }
    Ok(found)
}

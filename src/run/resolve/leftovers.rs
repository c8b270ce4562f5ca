//! Rows that were not matched, written down for a person: who may be meant, and who may be created.

use std::io;

use crate::account::matching::Match;
use crate::account::{Holder, Judged};
use crate::config::Plan;
use crate::map::{Mapper, Seal, Sought};
use crate::model::settings::Unmatched;
use crate::model::{Effect, Ordinal, Outcome, Row, RunError, Source};
use crate::report::outcomes::{CandidateLine, ReviewFiles, UnmatchedFiles};
use crate::report::part::unwritten;
use crate::run::run_dir::RunDir;

/// The files, and what their lines are bound to.
pub(super) struct Leftovers {
    review: ReviewFiles,
    /// `None` where nothing is created of what the account does not have.
    unmatched: Option<UnmatchedFiles>,
    decided_for: u64,
    /// The id of the reading.
    reading: String,
}

impl Leftovers {
    pub(super) fn new(
        plan: &Plan,
        dir: &RunDir,
        (sources, mappers): (&[Source], &[Mapper]),
        reading: &str,
    ) -> Self {
        let mut fields: Vec<String> = Vec::new();
        let tables = sources.iter().zip(mappers).filter(|(source, _)| !source.header.is_empty());
        for field in tables.flat_map(|(_, mapper)| mapper.newcomer_fields()) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        let unmatched = plan.map.matching.map(|matching| matching.unmatched);
        let outcome = match unmatched {
            Some(Unmatched::Skip) => Outcome::Skipped,
            Some(Unmatched::Reject) | None => Outcome::Rejected,
        };
        let is_update = plan.operation.spec().effect == Effect::Update;
        Self {
            review: ReviewFiles::create(&dir.path, sources),
            unmatched: is_update
                .then(|| UnmatchedFiles::create(&dir.path, sources, fields, outcome)),
            decided_for: plan.map.decided_for,
            reading: reading.to_owned(),
        }
    }

    /// Writes down a row that was judged, and why it has no contact.
    pub(super) fn add(
        &mut self,
        (row, judged): (&Row, &Judged<'_>),
        reason: &str,
        mapper: &mut Mapper,
    ) -> Result<(), RunError> {
        match judged.what {
            Match::Matched(_) | Match::Inactive => Ok(()),
            Match::Unmatched => {
                let Some(unmatched) = &mut self.unmatched else { return Ok(()) };
                let values = mapper.newcomer(row);
                unmatched.write(row, reason, &values).map_err(|error| unwritten(&error))
            }
            Match::Ambiguous | Match::OtherName | Match::Unconfirmed | Match::Possible => {
                let ordinal = judged.row.ordinal;
                mapper.map(ordinal, row);
                let Some(sought) = mapper.sought() else { return Ok(()) };
                for holder in &judged.holders {
                    let written = self.candidate((ordinal, row, sought), reason, holder);
                    written.map_err(|error| unwritten(&error))?;
                }
                Ok(())
            }
        }
    }

    fn candidate(
        &mut self,
        (ordinal, row, sought): (Ordinal, &Row, &Sought),
        reason: &str,
        holder: &Holder<'_>,
    ) -> io::Result<()> {
        let (id, updated) = (holder.candidate.id.as_ref(), holder.updated);
        let check = Seal::new((self.decided_for, &self.reading), (ordinal, sought), (id, updated));
        let line = CandidateLine {
            contact: id,
            name: holder.name,
            phone: &holder.phone.map(|digits| format!("+{digits}")).unwrap_or_default(),
            updated: updated.unwrap_or_default(),
            check: &check.to_string(),
        };
        self.review.write(row, reason, line)
    }

    /// Gives the files their names.
    pub(super) fn finish(self) -> Result<(), RunError> {
        let finished = self.review.finish();
        let finished =
            finished.and_then(|()| self.unmatched.map_or(Ok(()), UnmatchedFiles::finish));
        finished.map_err(|error| unwritten(&error))
    }
}

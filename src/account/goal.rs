//! Reading no more of an account than is needed.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::reader::{Reader, Step};
use crate::model::RunError;

impl Reader<'_> {
    /// Has each of these contacts read since `since`, in the way that takes fewer requests: each sought by its id, or the
    /// account read on until all are met. Gives those that the account does not show.
    ///
    /// # Errors
    /// Those of [`Reader::whole`].
    pub async fn find(
        &mut self,
        wanted: &BTreeSet<String>,
        since: Timestamp,
    ) -> Result<BTreeSet<String>, RunError> {
        self.begin().await?;
        let mut left = self.reading().not_read(wanted)?;
        while !left.is_empty() {
            let facts = self.reading().facts();
            let seeking = facts.requests_to_seek().map(|each| each * left.len() as u64);
            if seeking.is_some_and(|seeking| facts.requests_left().is_some_and(|on| seeking < on)) {
                break;
            }
            let Step::Page(page) = self.step().await? else { break };
            for contact in page.iter().flat_map(|(taken, _)| &taken.page.contacts) {
                left.remove(&contact.id);
            }
            // What was on a page does not count before it is stored.
            if left.is_empty() || page.is_some_and(|(_, again)| again) {
                left = self.reading().not_read(wanted)?;
            }
        }
        let mut left = self.reading().not_read(wanted)?;
        let is_whole = self.reading().facts().proof.is_some();
        let there: BTreeSet<String> = match is_whole {
            // What a complete reading does not have is not there.
            true => wanted.difference(&left).cloned().collect(),
            false => wanted.clone(),
        };
        let mut missing = self.look(&there, since).await?;
        if is_whole {
            missing.append(&mut left);
        }
        Ok(missing)
    }
}

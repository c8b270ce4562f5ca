//! What a reading holds: each contact once, with what our own requests have made of it since.

use jiff::Timestamp;

use super::reading::Reading;
use crate::model::RunError;

/// A contact of a reading.
///
/// It is contact data: a debug print shows the id alone.
#[derive(Clone, Copy)]
pub struct StoredContact<'a> {
    /// Its id.
    pub id: &'a str,
    /// The whole contact, as the server gave it: see [`crate::api::wire::AccountContact::read`].
    pub text: &'a str,
    /// The page it stands on.
    pub page: i64,
    /// When that page was read, or our own answer came.
    pub read_at: Timestamp,
    /// Our own requests have deleted it since.
    pub deleted: bool,
}

impl std::fmt::Debug for StoredContact<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredContact").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Reading {
    /// Every contact once, page by page in the order in which they were read.
    ///
    /// # Errors
    /// Those of `visit`; exit 70 for the disk.
    pub fn each_contact<E: From<RunError>>(
        &self,
        mut visit: impl FnMut(StoredContact<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let has_own = self.db.has_own()?;
        self.db.each_page(self.facts().pass, |page| {
            for (at, contact) in page.contacts()?.iter().enumerate() {
                if page.repeated.contains(&at) {
                    continue;
                }
                let stored = StoredContact {
                    id: &contact.id,
                    text: page.text.get(contact.place.clone()).unwrap_or_default(),
                    page: page.number,
                    read_at: page.read_at,
                    deleted: false,
                };
                let own = if has_own { self.db.own(&contact.id, page.read_at)? } else { None };
                match own {
                    None => visit(stored)?,
                    Some((read_at, None)) => {
                        visit(StoredContact { read_at, deleted: true, ..stored })?;
                    }
                    Some((read_at, Some(text))) => {
                        visit(StoredContact { read_at, text: &text, ..stored })?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Notes what an answer to a request of ours said of a contact: its whole text as it is now, or `None` for a
    /// contact that is deleted.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn note_own(&self, id: &str, at: Timestamp, text: Option<&str>) -> Result<(), RunError> {
        self.db.note_own(id, at, text)
    }
}

//! What a reading holds: each contact once, with what our own requests have made of it since.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::page::StoredPage;
use super::paging::Ask;
use super::reading::Reading;
use crate::api::wire::Listed;
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
                if !page.repeated.contains(&at) {
                    self.as_it_is(page, contact, has_own, &mut visit)?;
                }
            }
            Ok(())
        })
    }

    /// The latest that was read of each of these contacts, as far as they were read.
    ///
    /// # Errors
    /// Those of `visit`; exit 70 for the disk.
    pub fn contacts_of(
        &self,
        wanted: &BTreeSet<String>,
        mut visit: impl FnMut(StoredContact<'_>) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        self.latest_of(wanted, |contact, _| visit(contact))
    }

    /// Those of these contacts that were not read so far.
    pub(super) fn not_read(&self, wanted: &BTreeSet<String>) -> Result<BTreeSet<String>, RunError> {
        let mut left = wanted.clone();
        self.contacts_of(wanted, |contact| {
            left.remove(contact.id);
            Ok(())
        })?;
        Ok(left)
    }

    /// The same as [`Reading::contacts_of`], and how the page was asked for.
    pub(super) fn latest_of(
        &self,
        wanted: &BTreeSet<String>,
        mut visit: impl FnMut(StoredContact<'_>, Ask) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let (Some(least), Some(greatest)) = (wanted.first(), wanted.last()) else { return Ok(()) };
        let has_own = self.db.has_own()?;
        let mut left: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        self.db.latest_between((least, greatest), |page| {
            if left.is_empty() {
                return Ok(());
            }
            for contact in page.contacts()? {
                if left.remove(contact.id.as_str()) {
                    self.as_it_is(page, &contact, has_own, &mut |stored| {
                        visit(stored, page.asked)
                    })?;
                }
            }
            Ok(())
        })
    }

    /// A contact of a page with what our own requests have made of it since.
    fn as_it_is<E: From<RunError>>(
        &self,
        page: &StoredPage,
        contact: &Listed,
        has_own: bool,
        visit: &mut dyn FnMut(StoredContact<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let stored = StoredContact {
            id: &contact.id,
            text: page.text.get(contact.place.clone()).unwrap_or_default(),
            page: page.number,
            read_at: page.read_at,
            deleted: false,
        };
        match if has_own { self.db.own(&contact.id, page.read_at)? } else { None } {
            None => visit(stored),
            Some((read_at, None)) => visit(StoredContact { read_at, deleted: true, ..stored }),
            Some((read_at, Some(text))) => visit(StoredContact { read_at, text: &text, ..stored }),
        }
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

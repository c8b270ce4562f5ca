//! What a reading holds: each contact once.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::page::StoredPage;
use super::paging::Ask;
use super::reading::Reading;
use crate::api::wire::{AccountContact, Listed};
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
    /// The page it is on.
    pub page: i64,
    /// When that page was read.
    pub read_at: Timestamp,
}

impl<'a> StoredContact<'a> {
    fn of(page: &'a StoredPage, contact: &'a Listed) -> Self {
        Self {
            id: &contact.id,
            text: page.text.get(contact.place.clone()).unwrap_or_default(),
            page: page.number,
            read_at: page.read_at,
        }
    }
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
        self.db.each_page(self.facts().pass, |page| {
            for (at, contact) in page.contacts()?.iter().enumerate() {
                if !page.repeated.contains(&at) {
                    visit(StoredContact::of(page, contact))?;
                }
            }
            Ok(())
        })
    }

    /// The same contacts in the same order, read: for whoever needs nothing else of them.
    ///
    /// # Errors
    /// Those of `visit`; exit 70 for the disk.
    pub fn each_read(
        &self,
        mut visit: impl FnMut(&AccountContact<'_>) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        self.db.each_page(self.facts().pass, |page| page.each_new(&mut visit))
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

    /// These contacts as the reading itself has them, whatever was read beside it since: id and text.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn as_first_read(
        &self,
        wanted: &BTreeSet<String>,
        mut visit: impl FnMut(&str, &str),
    ) -> Result<(), RunError> {
        let (Some(least), Some(greatest)) = (wanted.first(), wanted.last()) else { return Ok(()) };
        self.db.pages_between(self.facts().pass, (least, greatest), |page| {
            for contact in page.contacts()?.iter().filter(|contact| wanted.contains(&contact.id)) {
                visit(&contact.id, page.text.get(contact.place.clone()).unwrap_or_default());
            }
            Ok(())
        })
    }

    /// Those of these contacts that were not read so far.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn not_read(&self, wanted: &BTreeSet<String>) -> Result<BTreeSet<String>, RunError> {
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
        let mut left: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        self.db.latest_between((least, greatest), |page| {
            if left.is_empty() {
                return Ok(());
            }
            for contact in page.contacts()? {
                if left.remove(contact.id.as_str()) {
                    visit(StoredContact::of(page, &contact), page.asked)?;
                }
            }
            Ok(())
        })
    }
}

/// The contacts of a reading, one after the other, as [`Reading::each_contact`] gives them.
pub struct Contacts {
    reading: Reading,
    page: Option<StoredPage>,
    listed: Vec<Listed>,
    /// The contact of the page that comes next.
    at: usize,
    /// The last page that was opened.
    last: i64,
}

impl std::fmt::Debug for Contacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contacts").field("reading", &self.reading).finish_non_exhaustive()
    }
}

impl Contacts {
    /// Those of this reading.
    pub fn of(reading: Reading) -> Self {
        Self { reading, page: None, listed: Vec::new(), at: 0, last: i64::MIN }
    }

    /// The next one; `None` behind the last.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn read(&mut self) -> Result<Option<StoredContact<'_>>, RunError> {
        loop {
            let at = self.at;
            self.at += 1;
            match (&self.page, self.listed.get(at)) {
                (Some(page), Some(_)) if page.repeated.contains(&at) => {}
                (Some(_), Some(_)) => return self.found(at).map(Some),
                _ => match self.reading.db.page_after(self.reading.facts().pass, self.last)? {
                    None => return Ok(None),
                    Some(page) => {
                        (self.last, self.listed, self.at) = (page.number, page.contacts()?, 0);
                        self.page = Some(page);
                    }
                },
            }
        }
    }

    fn found(&mut self, at: usize) -> Result<StoredContact<'_>, RunError> {
        let lost = || RunError::internal("a stored page of contacts is damaged");
        let (Some(page), Some(listed)) = (&self.page, self.listed.get(at)) else {
            return Err(lost());
        };
        Ok(StoredContact::of(page, listed))
    }
}

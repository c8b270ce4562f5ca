//! A page of a reading as it is in its file.

use jiff::Timestamp;

use super::paging::Ask;
use crate::api::wire::{AccountContact, ContactPage, Listed};
use crate::model::RunError;

/// What one page may unpack to: the longest answer that is read for a page.
const LARGEST_PAGE: usize = 64 << 20;

/// The columns by which one is read.
pub(super) const COLUMNS: &str = "page, read_at, repeated, length, body, skip, most, number";

/// A page, unpacked.
pub(super) struct StoredPage {
    pub(super) number: i64,
    pub(super) asked: Ask,
    pub(super) read_at: Timestamp,
    /// Places of contacts that an earlier page had.
    pub(super) repeated: Vec<usize>,
    pub(super) text: String,
}

impl StoredPage {
    /// `None` where it is damaged.
    pub(super) fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Self>> {
        let asked = |column| row.get::<usize, i64>(column).map(i64::cast_unsigned);
        let asked = Ask { skip: asked(5)?, limit: asked(6)?, page: asked(7)? };
        let repeated: String = row.get(2)?;
        let length = usize::try_from(row.get::<_, i64>(3)?).unwrap_or(LARGEST_PAGE);
        let body = row.get_ref(4)?.as_blob()?;
        let unpacked = zstd::bulk::decompress(body, length.min(LARGEST_PAGE)).ok();
        let Some(text) = unpacked.and_then(|text| String::from_utf8(text).ok()) else {
            return Ok(None);
        };
        let repeated = repeated.split(',').filter_map(|at| at.parse().ok()).collect();
        Ok(Some(Self { asked, number: row.get(0)?, read_at: moment(row.get(1)?), repeated, text }))
    }

    pub(super) fn contacts(&self) -> Result<Vec<Listed>, RunError> {
        ContactPage::read_array(&self.text).ok_or_else(damaged)
    }

    /// Every contact that no earlier page had, read at once.
    pub(super) fn each_new(
        &self,
        mut visit: impl FnMut(&AccountContact<'_>) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let (mut at, mut done) = (0, Ok(()));
        let walked = AccountContact::each(&self.text, |contact| {
            if !self.repeated.contains(&at) {
                done = visit(contact);
            }
            at += 1;
            done.is_ok().then_some(())
        });
        done?;
        walked.ok_or_else(damaged)
    }
}

fn damaged() -> RunError {
    RunError::internal("a stored page of contacts is damaged")
}

/// The time of so many milliseconds since 1970.
pub(super) fn moment(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

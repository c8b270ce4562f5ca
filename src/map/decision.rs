//! What the columns of a review file say of a row, as they are.

use std::borrow::Cow;

use super::error::MapError;
use super::text::trim;
use crate::model::Source;
use crate::model::review_file::ReviewColumns;

/// What a row's cells say, as they are.
#[derive(Debug, Default)]
pub(super) struct Decision<'r> {
    pub(super) mark: Cow<'r, str>,
    pub(super) contact: Cow<'r, str>,
    pub(super) check: Cow<'r, str>,
}

impl Decision<'_> {
    pub(super) fn is_there(&self) -> bool {
        [&self.mark, &self.contact, &self.check].into_iter().any(|text| !trim(text).is_empty())
    }
}

/// The columns of a review file, all of them or none.
pub(super) fn columns(source: &Source) -> Result<Option<ReviewColumns>, MapError> {
    ReviewColumns::of(&source.header).map_err(|missing| {
        MapError::new(
            format!("`{}` is a review file without its column `{missing}`", source.file),
            "give it back with all of its columns",
        )
    })
}

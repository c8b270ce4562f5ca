//! `[match]`: the columns that rows without an id are matched by.

use super::Resolver;
use crate::map::error::MapError;
use crate::map::field::Field;
use crate::map::hints;
use crate::map::key::is_key;
use crate::model::settings::MatchBy;

/// Of which one is enough.
const NAMES: [Field; 3] = [Field::FirstName, Field::LastName, Field::FullName];

impl Resolver<'_> {
    /// Whether a field is what rows are matched by, and so never a change.
    pub(super) fn is_only_key(&self, field: Field) -> bool {
        let by = self.settings.matching.as_ref().map(|matching| matching.by);
        !self.is_fed(Field::Id) && by.is_some_and(|by| is_key(by, field))
    }

    /// Rows without an id need what they are matched by.
    pub(super) fn something_to_match_by(&self) -> Result<(), MapError> {
        let Some(matching) = self.settings.matching.filter(|_| !self.is_fed(Field::Id)) else {
            return Ok(());
        };
        if !self.is_fed(Field::PhoneNumber) {
            return Err(self.nothing_to_match_by("phone", &[Field::PhoneNumber], ""));
        }
        let has_name = NAMES.iter().any(|name| self.is_fed(*name));
        if matching.by == MatchBy::PhoneAndName && !has_name {
            let alone = ", or say that the number alone is enough: `--match phone`";
            return Err(self.nothing_to_match_by("name", &NAMES, alone));
        }
        Ok(())
    }

    fn nothing_to_match_by(&self, by: &str, fields: &[Field], other: &str) -> MapError {
        let first = fields.last().map_or("", |field| field.name());
        let near = hints::candidates_hint(fields, &self.source.header);
        MapError::new(
            format!(
                "`{}` has no column for `{first}`, and `match.by` has `{by}`",
                self.source.file
            ),
            format!("name the column with `--map {first}=HEADER`{other}; {near}"),
        )
    }
}

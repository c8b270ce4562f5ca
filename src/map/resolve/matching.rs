//! `[match]`: the columns that rows without an id are matched by.

use super::Resolver;
use crate::base::shell::quoted;
use crate::map::error::{MapError, ticked};
use crate::map::field::Field;
use crate::map::hints;
use crate::map::key::is_key;
use crate::model::IdKind;
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

    /// How rows without ids may be matched with contacts, where the columns for it are beyond doubt.
    pub(super) fn may_be_matched(&self) -> Option<String> {
        if self.operation().spec().id_kind != IdKind::Contact {
            return None;
        }
        let [phone, full, first, last] =
            [Field::PhoneNumber, Field::FullName, Field::FirstName, Field::LastName]
                .map(|field| Some((field, self.column_for(field)?)));
        let names = match (full, first, last) {
            (Some(full), ..) => vec![full],
            (None, Some(first), Some(last)) => vec![first, last],
            _ => return None,
        };
        let keys: Vec<(Field, &str)> = std::iter::once(phone?).chain(names).collect();
        let [(_, phone), names @ ..] = &keys[..] else { return None };
        let names = ticked(names.iter().map(|(_, name)| name)).replace(", ", " and ");
        let maps = keys.iter().filter(|(field, name)| {
            Field::fed_by(name, self.operation()) != Some(*field) && !self.is_fed(*field)
        });
        let maps = maps
            .map(|(field, name)| format!(" --map {}", quoted(&format!("{}={name}", field.name()))));
        let maps: String = maps.collect();
        Some(format!(
            "no ids: match by `{phone}` and {names}? `--match phone,name{maps}` (or `[match]` in the job file)"
        ))
    }

    /// The only column that may mean a field.
    fn column_for(&self, field: Field) -> Option<&str> {
        if let Some(column) = self.columns.slots[field.index()].column {
            return self.source.header.get(column).map(String::as_str);
        }
        let means = |name: &&String| hints::may_mean(name, field, self.operation());
        let mut found = self.source.header.iter().filter(means);
        found.next().filter(|_| found.next().is_none()).map(String::as_str)
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

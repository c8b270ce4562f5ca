//! `[update]`: fields that contacts keep, and what is said of fields that no column feeds.

use super::Resolver;
use crate::map::columns::How;
use crate::map::error::{MapError, ticked};
use crate::map::field::Field;
use crate::map::hints;
use crate::model::settings::Blanks;

impl Resolver<'_> {
    /// `[update] keep_existing` names fields.
    pub(super) fn protected(&self) -> Result<(), MapError> {
        let names = &self.settings.update.keep_existing;
        let unknown = |name: &&String| Field::named(name).is_none_or(|field| field == Field::Id);
        match names.iter().find(unknown).filter(|_| !self.operation().is_delete()) {
            None => Ok(()),
            Some(name) => Err(MapError::new(
                format!("update.keep_existing: `{name}` is no field of a contact"),
                format!(
                    "fields are named as the API names them: {}",
                    ticked(Field::ALL[1..].iter().map(|field| field.name()))
                ),
            )),
        }
    }

    /// Whether contacts keep what no row says.
    pub(super) fn fills(&self) -> bool {
        self.settings.needs_contacts() && self.settings.update.blanks == Blanks::Keep
    }

    /// Where contacts keep what no row says, any field is enough.
    pub(super) fn something_to_change(&self) -> Result<(), MapError> {
        let is_fed =
            Field::ALL[1..].iter().any(|field| self.is_fed(*field) && !self.is_only_key(*field));
        if is_fed || !self.columns.extras.is_empty() {
            return Ok(());
        }
        let near = hints::candidates_hint(&Field::REQUIRED, &self.source.header);
        Err(MapError::new(
            format!("`{}` has no column that could change anything", self.source.file),
            format!("name the column of a field with `--map lastName=HEADER`; {near}"),
        ))
    }

    /// How a field that nothing feeds comes to its value.
    pub(super) fn unfed(&self, field: Field) -> How {
        let names = [Field::FirstName, Field::LastName, Field::FullName];
        let names = names.map(|name| self.is_fed(name));
        match field {
            Field::FirstName | Field::LastName
                if !self.fills() || names == [false, false, true] =>
            {
                How::SplitFromFullName
            }
            Field::FullName if !self.fills() || names.contains(&true) => How::MadeFromNames,
            Field::CountryCode if self.fills() && self.is_fed(Field::PhoneNumber) => {
                How::OwnOrFromNumber
            }
            _ if self.fills() => How::Own,
            Field::Extension => How::DiallingPrefix,
            _ => How::FromPhoneNumber,
        }
    }
}

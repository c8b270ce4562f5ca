//! `[input.defaults]`: the constants of fields.

use super::super::columns::{How, Slot};
use super::super::error::MapError;
use super::super::field::Field;
use super::super::text::trim;
use super::super::{damage, prefix};
use super::{Resolver, given_twice};

/// A constant is checked once, as the values of rows are.
fn fit_constant(name: &str, field: Option<Field>, constant: &str) -> Result<(), MapError> {
    let text = trim(constant);
    let is_name = field.is_some_and(|field| field.is_name() || field == Field::Salutation);
    let prefix =
        (field == Some(Field::Extension) && !text.is_empty() && !prefix::is_prefix(text, ""))
            .then_some(("is not a dialling prefix", prefix::RULE));
    let none = if is_name { damage::of_name(text) } else { None };
    match damage::of(text).or(none).or(prefix) {
        Some((problem, rule)) => {
            Err(MapError::new(format!("input.defaults: the constant for `{name}` {problem}"), rule))
        }
        None => Ok(()),
    }
}

impl Resolver<'_> {
    /// `[input.defaults]`.
    pub(super) fn constants(&mut self) -> Result<(), MapError> {
        for (name, constant) in &self.settings.defaults {
            let known = self.known(name);
            if known == Some(Field::Id) {
                return Err(MapError::new(
                    "`id` cannot be a constant",
                    "each record has its own id: name its column with `--map id=HEADER`",
                ));
            }
            if self.is_of_no_use(known) {
                continue;
            }
            let field = known.map_or(name.as_str(), |known| known.name());
            fit_constant(field, known, constant)?;
            match known {
                Some(known) if self.constant(known).is_some() => {
                    return Err(given_twice("defaults", known));
                }
                Some(known) => self.slot(known).constant = Some(constant.clone()),
                None => self.extra_constant(name, constant)?,
            }
            match self.columns.mapping.iter_mut().find(|line| line.field == field) {
                Some(line) => line.constant = Some(constant.clone()),
                None => self.say(field, None, Some(constant), How::Default),
            }
        }
        Ok(())
    }

    fn extra_constant(&mut self, path: &str, constant: &str) -> Result<(), MapError> {
        let same = self.columns.extras.iter_mut().find(|extra| extra.path == path);
        if let Some(extra) = same {
            extra.slot.constant = Some(constant.to_owned());
            return Ok(());
        }
        let slot =
            Slot { constant: Some(constant.to_owned()), label: path.to_owned(), ..Slot::default() };
        self.extra(path, slot)
    }
}

//! How a mapping is found: what the settings say, then headers by name, then constants, then what
//! can be made of other fields. What is missing is an error that names it.

mod constants;
mod matching;
mod own;

use crate::model::outcome_file::is_own_column;
use crate::model::review_file::is_review_column;
use crate::model::settings::MapSettings;
use crate::model::{Effect, IdKind, Operation, Source};

use super::columns::{self, Columns, Extra, How, MappedField, Slot, ambiguous};
use super::error::{MapError, ticked};
use super::except::Except;
use super::field::Field;
use super::{check, hints, id, naming};

/// Resolves the mapping of a source, or says which column or field is missing.
pub(super) fn columns(
    settings: &MapSettings,
    source: &Source,
    except: &Except,
) -> Result<Columns, MapError> {
    let operation = settings.operation;
    let is_of_contacts = operation.spec().id_kind == IdKind::Contact;
    let fields = match is_of_contacts && except.has_phones() {
        _ if settings.matching.is_some() => Field::matched(operation),
        true => Field::compared(operation),
        false => Field::of(operation),
    };
    let mut resolver = Resolver { settings, source, columns: Columns::empty(fields) };
    resolver.explicit()?;
    resolver.automatic()?;
    resolver.constants()?;
    resolver.protected()?;
    resolver.required()?;
    // A contact that is read shows its number.
    let may_compare = settings.needs_contacts();
    if except.needs_phones()
        && !may_compare
        && !(is_of_contacts && resolver.may_be_fed(Field::PhoneNumber))
    {
        let near = hints::candidates_hint(&[Field::PhoneNumber], &source.header);
        return Err(except.cannot_compare(&source.file, &near));
    }
    resolver.derived();
    let ignored = resolver.ignored();
    let mut columns = resolver.columns;
    columns.ignored = ignored;
    columns
        .mapping
        .sort_by_key(|line| Field::named(&line.field).map_or(Field::COUNT, Field::index));
    Ok(columns)
}

/// The settings spell one field in two ways.
fn given_twice(table: &str, field: Field) -> MapError {
    MapError::new(
        format!("input.{table}: `{}` is given twice, in two spellings", field.name()),
        "keep one of them",
    )
}

struct Resolver<'s> {
    settings: &'s MapSettings,
    source: &'s Source,
    columns: Columns,
}

impl Resolver<'_> {
    fn is_json(&self) -> bool {
        self.source.header.is_empty()
    }

    fn operation(&self) -> Operation {
        self.settings.operation
    }

    fn slot(&mut self, field: Field) -> &mut Slot {
        &mut self.columns.slots[field.index()]
    }

    fn is_fed(&self, field: Field) -> bool {
        let slot = &self.columns.slots[field.index()];
        slot.column.is_some() || slot.path.is_some() || slot.constant.is_some()
    }

    fn is_read(&self, field: Field) -> bool {
        self.columns.fields.contains(&field)
    }

    /// Whether the operation has no place for it. The user's own fields are a contact's.
    fn is_of_no_use(&self, known: Option<Field>) -> bool {
        known.map_or(self.operation().is_delete(), |known| !self.is_read(known))
    }

    /// Whether its value may come from the input: objects name their own fields.
    fn may_be_fed(&self, field: Field) -> bool {
        let slot = &self.columns.slots[field.index()];
        self.is_json() || slot.column.is_some() || slot.path.is_some()
    }

    fn constant(&self, field: Field) -> Option<&String> {
        self.columns.slots[field.index()].constant.as_ref()
    }

    /// The documented field that a key of the settings means; `None` for one of the user's own.
    fn known(&self, name: &str) -> Option<Field> {
        Field::named(name).or_else(|| Field::meant_by(name, self.operation()))
    }

    /// `[input.columns]`.
    fn explicit(&mut self) -> Result<(), MapError> {
        for (name, header) in &self.settings.columns {
            let known = self.known(name);
            if self.is_of_no_use(known) {
                continue;
            }
            let (column, path) = if self.is_json() {
                (None, Some(header.clone()))
            } else {
                (Some(columns::named(header, &format!("`{name}`"), self.source)?), None)
            };
            let slot = Slot { column, path, constant: None, label: header.clone() };
            match known {
                Some(field) if self.is_fed(field) => return Err(given_twice("columns", field)),
                Some(field) => *self.slot(field) = slot,
                None => self.extra(name, slot)?,
            }
            let field = known.map_or(name.as_str(), |known| known.name());
            self.say(field, Some(header), None, How::Explicit);
        }
        Ok(())
    }

    /// A field of the user's own; none may be inside another.
    fn extra(&mut self, path: &str, slot: Slot) -> Result<(), MapError> {
        let inside = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let others = self.columns.extras.iter().map(|extra| extra.path.as_str());
        let clash = others
            .chain(Field::ALL.map(Field::name))
            .find(|other| inside(other, path) || inside(path, other));
        if path.split('.').any(str::is_empty) || clash.is_some() {
            let with = clash.map(|other| format!(" beside `{other}`")).unwrap_or_default();
            return Err(MapError::new(
                format!("`{path}` cannot be a field{with}"),
                "fields are named as the API names them, dotted where they are in an object",
            ));
        }
        self.columns.extras.push(Extra { path: path.to_owned(), slot });
        Ok(())
    }

    /// Headers that are spellings of the API's names.
    fn automatic(&mut self) -> Result<(), MapError> {
        let operation = self.operation();
        for field in self.columns.fields {
            if self.is_fed(*field) {
                continue;
            }
            if self.is_json() {
                self.say(field.name(), None, None, How::OwnKeys);
                continue;
            }
            let exact = naming::places(&self.source.header, |header| header == field.name());
            let (found, how) = if exact.is_empty() {
                let fed = |header: &str| Field::fed_by(header, operation) == Some(*field);
                (naming::places(&self.source.header, fed), How::Spelling)
            } else {
                (exact, How::Name)
            };
            match found.as_slice() {
                [] => {}
                [column] => {
                    let header = self.source.header[*column].clone();
                    self.say(field.name(), Some(&header), None, how);
                    let slot = self.slot(*field);
                    slot.column = Some(*column);
                    slot.label = header;
                }
                several => {
                    return Err(ambiguous(self.source, field.name(), several, columns::MAPPING));
                }
            }
        }
        Ok(())
    }

    /// Whether the field's value can be made of another that is fed.
    fn is_derivable(&self, field: Field) -> bool {
        !self.settings.strict
            && match field {
                Field::FirstName | Field::LastName => {
                    self.is_fed(Field::FullName)
                        && !self.is_fed(Field::FirstName)
                        && !self.is_fed(Field::LastName)
                }
                Field::CountryCode => self.is_fed(Field::PhoneNumber),
                _ => false,
            }
            // Not made of anything, and no change: what the API wants where nothing is said.
            || field == Field::Extension
    }

    fn required(&self) -> Result<(), MapError> {
        if self.is_json() {
            return Ok(());
        }
        if self.settings.matching.is_some() {
            self.something_to_match_by()?;
        } else if self.operation().spec().has_ids() && !self.is_fed(Field::Id) {
            return Err(self.missing(&[Field::Id]));
        }
        if self.operation().is_delete() {
            return Ok(());
        }
        if self.fills() {
            return self.something_to_change();
        }
        let missing: Vec<Field> = Field::REQUIRED
            .into_iter()
            .filter(|field| !self.is_fed(*field) && !self.is_derivable(*field))
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(self.missing(&missing)) }
    }

    fn missing(&self, fields: &[Field]) -> MapError {
        let names = ticked(fields.iter().map(|field| field.name()));
        let near = hints::candidates_hint(fields, &self.source.header);
        let hint = if fields == [Field::Id] {
            let id = id::what_an_id_is(self.operation().spec().id_kind);
            let matched = self.may_be_matched().map(|how| format!("{how}; ")).unwrap_or_default();
            format!("{matched}name its column with `--map id=HEADER`; {id}; {near}")
        } else {
            let first = fields.first().map_or("", |field| field.name());
            let may_be_shared = |field: &&Field| !field.is_name() && **field != Field::PhoneNumber;
            let constant = fields.iter().find(may_be_shared).map_or_else(String::new, |field| {
                format!(
                    " (where one value is right for every contact: `--set {}=VALUE`)",
                    field.name()
                )
            });
            let updates = self.operation().spec().effect == Effect::Update;
            let keep = ", or let each contact keep what no row says: `--blanks keep`";
            let keep = if updates { keep } else { "" };
            let why = check::all_six(self.operation(), "every contact");
            let name = format!("name the column of each with `--map {first}=HEADER`{constant}");
            format!("{why}: {name}{keep}; {near}")
        };
        MapError::new(format!("`{}` has no column for {names}", self.source.file), hint)
    }

    /// Says which values will be made of others.
    fn derived(&mut self) {
        if self.is_json() {
            return;
        }
        if self.settings.matching.is_some() && !self.is_fed(Field::Id) {
            self.say(Field::Id.name(), None, None, How::Matched);
        }
        if self.operation().is_delete() {
            return;
        }
        let unfed = Field::ALL.into_iter().filter(|field| {
            self.is_read(*field)
                && *field != Field::Id
                && !self.is_fed(*field)
                && (!self.settings.strict || *field == Field::Extension || self.fills())
                // Not sent.
                && (*field != Field::FullName || self.operation().spec().has_ids())
        });
        for field in unfed.collect::<Vec<_>>() {
            self.say(field.name(), None, None, self.unfed(field));
        }
    }

    fn say(&mut self, field: &str, header: Option<&str>, constant: Option<&str>, how: How) {
        self.columns.mapping.push(MappedField {
            field: field.to_owned(),
            header: header.map(str::to_owned),
            constant: constant.map(str::to_owned),
            how,
        });
    }

    fn ignored(&self) -> Vec<String> {
        let used: Vec<usize> = self.columns.used().collect();
        let unused = (0..self.source.header.len()).filter(|n| !used.contains(n));
        unused
            .map(|n| self.source.header[n].clone())
            .filter(|header| !is_own_column(header) && !is_review_column(header))
            .collect()
    }
}

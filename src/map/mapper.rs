//! The walk of a row: read, filtered, checked, encoded.

use std::sync::Arc;

use jiff::Timestamp;
use phonenumber::country;

use crate::api::wire::AccountContact;
use crate::model::settings::{IdFormat, MapSettings};
use crate::model::{Cells, Difference, Ordinal, Record, Row, Source};

use super::changes::{Changes, Noted};
use super::check::Check;
use super::columns::Columns;
use super::encode::{self, Layout, Origins};
use super::error::MapError;
use super::except::Except;
use super::field::Field;
use super::filter::{Decision, Filter, RuleUse};
use super::key::Sought;
use super::mapped::Mapped;
use super::own::{self, Earlier};
use super::read::{Read, Reader};
use super::review::Chosen;
use super::text::trim;
use super::value::is_guessed;
use super::{contact, except, guessed, id, phone, resolve};

/// Maps the rows of one source. Pure, and meant to be kept for all its rows.
pub struct Mapper {
    /// The name of its file.
    pub(super) file: String,
    pub(super) settings: MapSettings,
    pub(super) region: Option<country::Id>,
    pub(super) columns: Columns,
    pub(super) layout: Layout,
    pub(super) filter: Filter,
    pub(super) except: Arc<Except>,
    pub(super) excepted: RuleUse,
    pub(super) reader: Reader,
    pub(super) changes: Changes,
    pub(super) foreign_ids: u64,
    pub(super) buffer: String,
    /// See [`Mapper::differences`].
    pub(super) differences: Vec<Difference>,
    /// See [`Mapper::origins`].
    pub(super) origins: Origins,
    /// See [`Mapper::sought`].
    pub(super) sought: Option<Sought>,
    /// Source and line of the row at hand.
    pub(super) place: (u16, u64),
    /// See [`Mapper::choice`].
    pub(super) chosen: Option<Chosen>,
    /// A line of a review file that this job cannot follow.
    pub(super) unfit_review: Option<MapError>,
    /// See [`Mapper::needs_guesses`].
    needs_guesses: bool,
}

impl Mapper {
    /// Decides the mapping of a source; `now` is the start of the run, for rules about ages.
    ///
    /// # Errors
    /// A column of the settings that the source does not have, a required field that nothing
    /// feeds, a rule or region that is none.
    pub fn new(settings: &MapSettings, source: &Source, now: Timestamp) -> Result<Self, MapError> {
        Self::excepting(settings, source, now, &Arc::default())
    }

    /// The same with lists of records that are never touched.
    ///
    /// # Errors
    /// As [`Self::new`]; a guard's if the source has nothing that could be compared with the lists.
    pub fn excepting(
        settings: &MapSettings,
        source: &Source,
        now: Timestamp,
        except: &Arc<Except>,
    ) -> Result<Self, MapError> {
        let source = &own::plain_source(source);
        let columns = resolve::columns(settings, source, except)?;
        let filter = Filter::new(&settings.send_if, &settings.skip_if, now)?;
        Ok(Self {
            file: source.file.clone(),
            settings: settings.clone(),
            region: settings.phone_region.as_deref().map(phone::region).transpose()?,
            reader: Reader::new(source, &columns, &filter)?,
            layout: Layout::of(&columns.extras),
            needs_guesses: guessed::in_header(source, &columns),
            columns,
            filter,
            except: Arc::clone(except),
            excepted: RuleUse::of(except.rule()),
            changes: Changes::default(),
            foreign_ids: 0,
            buffer: String::new(),
            differences: Vec::new(),
            origins: Origins::default(),
            sought: None,
            place: (0, 0),
            chosen: None,
            unfit_review: None,
        })
    }

    /// Whether something that is used, a column's name, a value that would be sent or one that a rule
    /// tests, was text in an encoding that nobody named.
    pub const fn needs_guesses(&self) -> bool {
        self.needs_guesses
    }

    /// To be asked after the last row of a JSON source: whether every path that the settings name
    /// occurred in any of its objects. (The columns of tables are known at once.)
    ///
    /// # Errors
    /// The paths that never occurred; a review file that is for another job.
    pub fn finished(&self) -> Result<(), MapError> {
        self.unfit_review.clone().map_or(Ok(()), Err)?;
        self.reader.finished()
    }

    /// Maps one row. Where contacts have to be known first, what is good to send is a draft: see [`Mapper::complete`].
    pub fn map(&mut self, ordinal: Ordinal, row: &Row) -> Mapped {
        self.mapped(ordinal, row, None)
    }

    pub(super) fn mapped(
        &mut self,
        ordinal: Ordinal,
        row: &Row,
        contact: Option<(&AccountContact<'_>, &str)>,
    ) -> Mapped {
        (self.sought, self.chosen) = (None, None);
        self.place = (row.source, row.line);
        if row.hidden {
            return Mapped::Skipped { id: None, rule: "the row is hidden".to_owned() };
        }
        if let Some(fault) = &row.fault {
            self.needs_guesses |= is_guessed(row);
            return Mapped::unreadable(&fault.problem, &fault.rule);
        }
        let read = match &row.cells {
            Cells::Table(cells) => match self.reader.misshapen(cells) {
                Some(fault) => {
                    self.needs_guesses |= is_guessed(row);
                    return Mapped::unreadable(&fault.problem, &fault.rule);
                }
                None => self.reader.table(&self.columns, &mut self.filter, cells, row),
            },
            Cells::Object(text) => {
                let layout = (&self.layout, self.settings.operation);
                match self.reader.object(&self.columns, &mut self.filter, layout, (text, row)) {
                    Ok(read) => read,
                    Err(_) => {
                        return Mapped::unreadable(
                            "is not a JSON object",
                            "a record is one object",
                        );
                    }
                }
            }
        };
        let rule = match (&read.earlier, &read.decision) {
            (Earlier::Settled(outcome), _) => format!("korebulk_outcome is `{}`", outcome.name()),
            (_, Decision::Skip(rule)) => rule.clone(),
            (Earlier::Again(_), Decision::Send(_)) => {
                let is_update = self.settings.operation.spec().sends_contacts();
                let defects = guessed::defects(row, &read, &self.columns, is_update);
                if !defects.is_empty() {
                    self.needs_guesses = true;
                    let id = self.valid_id(&read.values[Field::Id.index()].text);
                    return Mapped::Rejected { id, defects };
                }
                return match self.decided(&read) {
                    Ok(()) => self.unless_excepted(ordinal, read, contact),
                    Err(mapped) => mapped,
                };
            }
        };
        Mapped::Skipped { id: self.valid_id(&read.values[Field::Id.index()].text), rule }
    }

    fn unless_excepted(
        &mut self,
        ordinal: Ordinal,
        read: Read<'_>,
        contact: Option<(&AccountContact<'_>, &str)>,
    ) -> Mapped {
        self.excepted.asked += 1;
        let id = match contact {
            Some((contact, _)) => Some(contact.id.as_ref().to_owned()),
            None => self.valid_id(&read.values[Field::Id.index()].text),
        };
        let is_listed = id.as_deref().is_some_and(|id| self.except.has_id(id));
        let checked = if is_listed { None } else { self.check(ordinal, read, contact) };
        checked.unwrap_or_else(|| {
            self.excepted.held += 1;
            Mapped::Skipped { id, rule: self.excepted.rule.clone() }
        })
    }

    /// The id of a record that is not sent, if it is a valid one.
    pub(super) fn valid_id(&self, text: &str) -> Option<String> {
        let (text, spec) = (trim(text), self.settings.operation.spec());
        let checked = id::check(text, self.settings.id_format, spec.id_kind);
        (spec.has_ids() && checked.is_ok()).then(|| text.to_owned())
    }

    /// Checks a record; `None` if a list has its phone number.
    fn check(
        &mut self,
        ordinal: Ordinal,
        mut read: Read<'_>,
        known: Option<(&AccountContact<'_>, &str)>,
    ) -> Option<Mapped> {
        let mut defects = std::mem::take(&mut read.defects);
        if let Decision::Send(unreadable) = &mut read.decision {
            defects.append(unreadable);
        }
        if let Some(known) = known {
            return self.filled(ordinal, defects, read, known);
        }
        if self.settings.needs_contacts() {
            return Some(self.draft(ordinal, defects, read));
        }
        let mut check = Check::new(&self.settings, &self.columns, &self.changes, defects);
        let mut values = read.values;
        let spec = self.settings.operation.spec();
        let id = spec.has_ids().then(|| contact::id(&mut check, &mut values));
        let id_text = id.as_deref().unwrap_or_default().to_owned();
        let phone;
        let mut number = String::new();
        let contact = if spec.sends_contacts() {
            for key in &read.left_out {
                check.left_out(key);
            }
            let contact = contact::contact(&mut check, self.region, id, values);
            number = [&*contact.phone.code, &*contact.phone.number].concat();
            self.origins = contact.origins;
            let added = contact::added(&mut check, read.added);
            encode::contact(&contact, &self.layout, &added, &read.passed, &mut self.buffer);
            phone = except::forms(&contact.phone.number, &contact.phone.code, self.region);
            Some(&self.buffer)
        } else {
            phone = contact::compared(&mut check, &self.except, self.region, values);
            None
        };
        if phone.is_ok_and(|forms| self.except.has_phone(&forms)) {
            return None;
        }
        contact::size(&mut check, contact.map_or(id_text.len() + 2, String::len));
        let (noted, defects) = check.finish();
        if !defects.is_empty() {
            let id = self.valid_id(&id_text);
            self.changes.keep_unclear(noted, self.place);
            return Some(Mapped::Rejected { id, defects });
        }
        let record = match contact {
            Some(encoded) if !spec.has_ids() => Record::new_contact(ordinal, &number, encoded),
            Some(encoded) => Record::contact(ordinal, &id_text, encoded),
            None => Record::only_id(ordinal, &id_text),
        };
        Some(self.checked(record, noted, read.earlier))
    }

    pub(super) fn checked(&mut self, mut record: Record, noted: Noted, earlier: Earlier) -> Mapped {
        self.changes.keep(noted, self.place);
        let kind = self.settings.operation.spec().id_kind;
        let is_foreign = |id| id::check(id, IdFormat::Objectid, kind).is_err();
        self.foreign_ids += u64::from(record.id().is_some_and(is_foreign));
        if let Earlier::Again(mark) = earlier {
            record.mark = mark;
        }
        Mapped::Checked(record)
    }
}

//! The check of one record: collects its defects and its changes, and never stops at the first.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::model::settings::{Blanks, MapSettings};
use crate::model::{Defect, Operation};

use super::changes::{ChangeKind, Changes, Example, Noted};
use super::columns::{Columns, Extra};
use super::field::Field;
use super::value::{Kind, Value};
use super::{damage, text};

/// Why none of the fields may be missing (docs/kore-api.md, "Fields of a contact").
pub(super) fn all_six(operation: Operation, whose: &str) -> String {
    match operation.spec().has_ids() {
        true => format!("bulk update replaces all six fields of {whose}"),
        false => format!("{whose} {NEEDS_ALL}"),
    }
}

/// What holds for a contact that does not exist yet.
const NEEDS_ALL: &str = "that is created needs all of its fields";

/// The same where contacts keep their values.
const NOR_THE_CONTACT: &str = "the contact has none either: give it one";

/// One record under check.
pub(super) struct Check<'m> {
    pub(super) settings: &'m MapSettings,
    columns: &'m Columns,
    so_far: &'m Changes,
    noted: Noted,
    defects: Vec<Defect>,
}

impl<'m> Check<'m> {
    pub(super) fn new(
        settings: &'m MapSettings,
        columns: &'m Columns,
        so_far: &'m Changes,
        defects: Vec<Defect>,
    ) -> Self {
        Self { settings, columns, so_far, noted: Noted::default(), defects }
    }

    /// The changes made, and the defects found.
    pub(super) fn finish(self) -> (Noted, Vec<Defect>) {
        (self.noted, self.defects)
    }

    /// Notes that a constant is one of the contact's names. No value changed, so not even `strict` minds.
    pub(super) fn named_by_constant(&mut self) {
        self.noted.note(ChangeKind::ConstantName, self.so_far, Example::default);
    }

    /// Notes a full name that no rule splits.
    pub(super) fn unclear_name(&mut self, full: &str) {
        self.noted.unclear_name = Some(full.to_owned());
    }

    /// The constant of a field, for records that have no value of their own.
    pub(super) fn constant(&self, field: Field) -> Option<&'m str> {
        self.columns.slots[field.index()].constant.as_deref()
    }

    /// Whether what a contact has in this field is never overwritten.
    pub(super) fn keeps_existing(&self, field: Field) -> bool {
        self.settings.update.keep_existing.iter().any(|name| Field::named(name) == Some(field))
    }

    /// The user's own fields.
    pub(super) const fn extras(&self) -> &'m [Extra] {
        self.columns.extras.as_slice()
    }

    /// Adds a defect of a field.
    pub(super) fn defect(
        &mut self,
        field: Field,
        problem: impl Into<String>,
        rule: impl Into<String>,
    ) {
        let label = &self.columns.slots[field.index()].label;
        self.defect_at(label.clone(), problem, rule);
    }

    /// Adds a defect of a column, or of the whole row.
    pub(super) fn defect_at(
        &mut self,
        column: impl Into<String>,
        problem: impl Into<String>,
        rule: impl Into<String>,
    ) {
        let (problem, rule) = (problem.into(), rule.into());
        self.defects.push(Defect { column: column.into(), problem, rule });
    }

    /// Counts a change; with `strict` it is a defect.
    pub(super) fn change(&mut self, field: Field, kind: ChangeKind, before: &str, after: &str) {
        let columns = self.columns;
        self.change_at(&columns.slots[field.index()].label, kind, before, after);
    }

    fn change_at(&mut self, label: &str, kind: ChangeKind, before: &str, after: &str) {
        if self.settings.strict {
            self.forbid(label, kind);
            return;
        }
        self.noted.note(kind, self.so_far, || Example::of(before, after));
        if kind == ChangeKind::UnusualSplit {
            self.noted.split_name = Some((before.to_owned(), after.to_owned()));
        }
    }

    fn forbid(&mut self, column: &str, kind: ChangeKind) {
        let problem = match kind {
            ChangeKind::Trimmed => "has white space or invisible marks around it",
            ChangeKind::TextGuard => "is guarded as `=\"…\"`",
            ChangeKind::NumberAsText => "is a number where the API wants text",
            ChangeKind::Phone => "is not written as national digits",
            ChangeKind::CountryCode => "is not written as `+` and digits",
            ChangeKind::Salutation => "is not spelt as the API has it",
            _ => "would have to be made of another value",
        };
        self.defect_at(column, problem, "`strict = true` forbids changes");
    }

    /// Counts keys that were left out: no value changed, so not even `strict` minds.
    pub(super) fn left_out(&mut self, key: &str) {
        self.noted.note(ChangeKind::KeysLeftOut, self.so_far, || Example::of_key(key));
    }

    /// The plain text of a field: trimmed, and nothing of it damaged. Blank where nothing was given; `None` where it
    /// has a defect already.
    pub(super) fn text<'r>(&mut self, field: Field, value: Value<'r>) -> Option<Cow<'r, str>> {
        let columns = self.columns;
        self.text_at(&columns.slots[field.index()].label, value)
    }

    /// The same for a field of the user's own.
    pub(super) fn text_at<'r>(&mut self, label: &str, value: Value<'r>) -> Option<Cow<'r, str>> {
        let kind = match value.kind {
            Kind::JsonNumber => Some(ChangeKind::NumberAsText),
            Kind::Guarded => Some(ChangeKind::TextGuard),
            _ => None,
        };
        let trimmed = text::trim(&value.text);
        if let Some((problem, rule)) = value.kind.defect().or_else(|| damage::of(trimmed)) {
            self.defect_at(label, problem, rule);
            return None;
        }
        if let Some(kind) = kind {
            self.change_at(label, kind, &value.text, &value.text);
        }
        if trimmed.len() == value.text.len() {
            return Some(value.text);
        }
        // A blank cell with a space in it is simply blank: nothing of it is sent.
        if !trimmed.is_empty() {
            self.change_at(label, ChangeKind::Trimmed, &value.text, trimmed);
        }
        Some(match &value.text {
            Cow::Borrowed(text) => Cow::Borrowed(text::trim(text)),
            Cow::Owned(_) => Cow::Owned(trimmed.to_owned()),
        })
    }

    /// Checks JSON that is sent as it is: a string in it may be damaged.
    pub(super) fn raw(&mut self, label: &str, raw: &RawValue) {
        let value = Value::json(raw);
        let damage = damage::of(text::trim(&value.text)).filter(|_| raw.get().starts_with('"'));
        if let Some((problem, rule)) = damage {
            self.defect_at(label, problem, rule);
        }
    }

    /// A required field's text; a defect where it is blank. Blank for whatever has a defect.
    pub(super) fn required<'r>(&mut self, field: Field, value: Value<'r>) -> Cow<'r, str> {
        let kind = value.kind;
        let text = self.text(field, value);
        if text.as_ref().is_some_and(|text| text.is_empty()) {
            self.blank(field, kind);
        }
        text.unwrap_or_default()
    }

    /// The defect of a field that a contact had nothing in, and needs to be created anew.
    pub(super) fn was_empty(&mut self, field: Field) {
        self.defect(field, "was empty", format!("a contact {NEEDS_ALL}"));
    }

    /// The defect of a required field that holds nothing.
    pub(super) fn blank(&mut self, field: Field, kind: Kind) {
        let problem = if kind == Kind::Absent { "is missing" } else { "is empty" };
        let rule = match field {
            Field::Id => "every record needs its id".to_owned(),
            Field::PhoneNumber | Field::CountryCode if self.settings.matching.is_some() => {
                "a row without an id is matched by its phone number".to_owned()
            }
            _ if self.settings.update.blanks == Blanks::Keep => NOR_THE_CONTACT.to_owned(),
            _ => {
                format!("{}: give it its own value", all_six(self.settings.operation, "a contact"))
            }
        };
        self.defect(field, problem, &rule);
    }
}

//! The check of one record: collects its defects and its changes, and never stops at the first.

use std::borrow::Cow;

use crate::model::Defect;
use crate::model::settings::MapSettings;

use super::changes::{ChangeKind, Changes, Noted};
use super::columns::{Columns, Extra};
use super::field::Field;
use super::text;
use super::value::{Kind, Value};

/// The rule that a missing field breaks (seed page 004, body parameters).
pub(super) const ALL_SIX: &str = "bulk update needs all six fields; give constants with `--set`";

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

    /// The changes made, or the defects found.
    pub(super) fn finish(self) -> Result<Noted, Vec<Defect>> {
        if self.defects.is_empty() { Ok(self.noted) } else { Err(self.defects) }
    }

    /// The constant of a field, for records that have no value of their own.
    pub(super) fn constant(&self, field: Field) -> Option<&'m str> {
        self.columns.slots[field.index()].constant.as_deref()
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
        if self.settings.strict {
            let label = self.columns.slots[field.index()].label.clone();
            self.forbid(label, kind);
        } else {
            self.noted.note(kind, self.so_far, || example(before, after));
        }
    }

    fn forbid(&mut self, column: String, kind: ChangeKind) {
        let problem = match kind {
            ChangeKind::Trimmed => "has white space or invisible marks around it",
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
        self.noted.note(ChangeKind::KeysLeftOut, self.so_far, || format!("`{key}`"));
    }

    /// The plain text of a field: trimmed, and without control characters. Blank where nothing was
    /// given; `None` where it has a defect already.
    pub(super) fn text<'r>(&mut self, field: Field, value: Value<'r>) -> Option<Cow<'r, str>> {
        match value.kind {
            Kind::Absent => return Some(Cow::Borrowed("")),
            Kind::Broken | Kind::Guessed => return None,
            Kind::Boolean | Kind::NotText | Kind::Twice => {
                self.defect(field, "is not text", "the API wants a string");
                return None;
            }
            Kind::JsonNumber => {
                self.change(field, ChangeKind::NumberAsText, &value.text, &value.text);
            }
            Kind::Text | Kind::NumberCell => {}
        }
        if text::is_clean(&value.text) {
            return Some(value.text);
        }
        let label = &self.columns.slots[field.index()].label;
        match clean(value.text, label) {
            Ok((text, before)) => {
                if let Some(before) = before {
                    self.change(field, ChangeKind::Trimmed, &before, &text);
                }
                Some(text)
            }
            Err(defect) => {
                self.defects.push(defect);
                None
            }
        }
    }

    /// The plain text of a field of the user's own.
    pub(super) fn extra<'r>(&mut self, label: &str, value: Cow<'r, str>) -> Cow<'r, str> {
        match clean(value, label) {
            Ok((text, None)) => text,
            Ok((text, Some(before))) => {
                if self.settings.strict {
                    self.forbid(label.to_owned(), ChangeKind::Trimmed);
                } else {
                    self.noted.note(ChangeKind::Trimmed, self.so_far, || example(&before, &text));
                }
                text
            }
            Err(defect) => {
                self.defects.push(defect);
                Cow::Borrowed("")
            }
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

    /// The defect of a required field that holds nothing.
    pub(super) fn blank(&mut self, field: Field, kind: Kind) {
        let problem = if kind == Kind::Absent { "is missing" } else { "is empty" };
        let rule = if field == Field::Id { "every record needs its id" } else { ALL_SIX };
        self.defect(field, problem, rule);
    }
}

/// A change, masked; quoted where what went is only seen so.
fn example(before: &str, after: &str) -> String {
    let [masked_before, masked_after] = [before, after].map(text::masked);
    if before.is_empty() {
        masked_after
    } else if text::trim(before) == before {
        format!("{masked_before} → {masked_after}")
    } else {
        format!("\"{masked_before}\" → \"{masked_after}\"")
    }
}

/// The text trimmed, with the untrimmed one if that differs; or its defect.
type Cleaned<'r> = (Cow<'r, str>, Option<Cow<'r, str>>);

fn clean<'r>(value: Cow<'r, str>, label: &str) -> Result<Cleaned<'r>, Defect> {
    let trimmed = text::trim(&value);
    if text::has_control(trimmed) {
        return Err(Defect {
            column: label.to_owned(),
            problem: "has a line break or another control character".to_owned(),
            rule: "values are single lines of text".to_owned(),
        });
    }
    if trimmed.len() == value.len() {
        return Ok((value, None));
    }
    let trimmed = match &value {
        Cow::Borrowed(value) => Cow::Borrowed(text::trim(value)),
        Cow::Owned(_) => Cow::Owned(trimmed.to_owned()),
    };
    // A blank cell with a space in it is simply blank: nothing of it is sent.
    let before = (!trimmed.is_empty()).then_some(value);
    Ok((trimmed, before))
}

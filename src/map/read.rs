//! Rows of any source → the values that are checked, and whether the row is to be sent at all.

use std::borrow::Cow;

use crate::model::outcome_file::{OwnColumns, unguarded};
use crate::model::review_file::ReviewColumns;
use crate::model::{CellKind, Defect, Mark, Operation, Row, RowFault, Source, UNCOMPUTED};

use super::columns::{self, Columns};
use super::contact::Values;
use super::decision;
use super::encode::{Added, Layout, Passed};
use super::error::{MapError, ticked};
use super::field::{self, Field};
use super::filter::{Decision, Filter};
use super::json::{Objects, Target, Wanted};
use super::own::{self, Earlier};
use super::shape::Shapes;
use super::value::{Kind, Value, is_guessed};

/// A row's values, wherever they came from.
pub(super) struct Read<'r> {
    pub(super) values: Values<'r>,
    pub(super) added: Vec<Option<Added<'r>>>,
    pub(super) passed: Passed<'r>,
    pub(super) left_out: Vec<Cow<'r, str>>,
    pub(super) defects: Vec<Defect>,
    pub(super) earlier: Earlier,
    pub(super) decision: Decision,
    /// What a review file says of the row.
    pub(super) review: Option<decision::Decision<'r>>,
}

/// Reads the rows of one source.
pub(super) struct Reader {
    file: String,
    /// For tables: the column of each rule.
    rule_columns: Vec<usize>,
    /// For tables: where an outcome file has korebulk's own columns.
    own_columns: Option<OwnColumns>,
    /// For tables: where a review file has its own.
    review: Option<ReviewColumns>,
    /// For tables.
    shapes: Shapes,
    /// For JSON: the paths that the settings name.
    wanted: Vec<Wanted>,
    /// For JSON: whether there was no object yet.
    is_empty: bool,
}

impl Reader {
    /// Prepares for a source; an error if a rule looks at a column that is not there.
    pub(super) fn new(
        source: &Source,
        columns: &Columns,
        filter: &Filter,
    ) -> Result<Self, MapError> {
        let is_json = source.header.is_empty();
        let rule_columns = if is_json {
            Vec::new()
        } else {
            let column = |name| columns::named(name, columns::A_RULE, source);
            filter.columns().map(column).collect::<Result<_, _>>()?
        };
        let own_columns = own::columns(source)?;
        let review = decision::columns(source)?;
        let decides = review.into_iter().flat_map(|at| [at.mark, at.contact, at.check]);
        let used = columns.used().chain(rule_columns.iter().copied()).chain(decides);
        let used: Vec<usize> = used.collect();
        Ok(Self {
            file: source.file.clone(),
            rule_columns,
            own_columns,
            review,
            shapes: Shapes::of(source, &used, own_columns),
            wanted: if is_json { wanted(columns, filter) } else { Vec::new() },
            is_empty: true,
        })
    }

    /// Why a row of a table cannot be used whatever is in it.
    pub(super) fn misshapen(&self, cells: &csv::StringRecord) -> Option<RowFault> {
        self.shapes.fault(cells)
    }

    /// Reads a row of a table.
    pub(super) fn table<'r>(
        &self,
        columns: &Columns,
        filter: &mut Filter,
        cells: &'r csv::StringRecord,
        row: &Row,
    ) -> Read<'r> {
        let at = |column: usize| {
            let text = cells.get(column).unwrap_or_default();
            let is_own = self.own_columns.is_some();
            let mut value = Value::text(if is_own { unguarded(text) } else { text });
            let mark = row.marks.iter().find(|mark| usize::from(mark.column) == column);
            value.kind = match mark.map(|mark| &mark.kind) {
                Some(CellKind::Number) => Kind::NumberCell,
                Some(CellKind::Fraction) => Kind::Fraction,
                Some(CellKind::Date) => Kind::Date,
                Some(CellKind::Boolean) => Kind::Boolean,
                Some(CellKind::Error(text)) if text.ends_with(UNCOMPUTED) => Kind::Uncomputed,
                Some(CellKind::Error(_)) => Kind::Broken,
                Some(CellKind::Guessed) => Kind::Guessed,
                Some(CellKind::Merged) => Kind::Merged,
                Some(CellKind::Formatted) => Kind::Formatted,
                None => value.kind,
            };
            value
        };
        let mut values = Values::default();
        for (value, slot) in values.iter_mut().zip(&columns.slots) {
            if let Some(column) = slot.column {
                *value = at(column);
            }
        }
        let extras = columns.extras.iter();
        let added = extras.map(|extra| extra.slot.column.map(|column| Added::Value(at(column))));
        let earlier = self.own_columns.map_or(Earlier::Again(Mark::None), |own| {
            let text = |column| cells.get(column).unwrap_or_default();
            own::earlier(text(own.outcome), text(own.reason))
        });
        Read {
            values,
            added: added.collect(),
            passed: Passed::default(),
            left_out: Vec::new(),
            defects: Vec::new(),
            earlier,
            decision: filter.decide(|rule| at(self.rule_columns[rule])),
            review: self.review.map(|own| {
                let [mark, contact, check] =
                    [own.mark, own.contact, own.check].map(|column| at(column).text);
                decision::Decision { mark, contact, check }
            }),
        }
    }

    /// Reads a JSON object; an error if the text is none.
    pub(super) fn object<'r>(
        &mut self,
        columns: &Columns,
        filter: &mut Filter,
        (layout, operation): (&Layout, Operation),
        (text, row): (&'r str, &Row),
    ) -> serde_json::Result<Read<'r>> {
        self.is_empty = false;
        let mut objects = Objects {
            wanted: &mut self.wanted,
            layout,
            operation,
            fields: columns.fields,
            extras: columns.extras.len(),
            rules: filter.columns().len(),
        };
        let object = objects.read(text)?;
        Ok(Read {
            decision: filter.decide(|rule| {
                let mut value = object.rules[rule].value.clone();
                if is_guessed(row) && value.text.contains(char::REPLACEMENT_CHARACTER) {
                    value.kind = Kind::Guessed;
                }
                value
            }),
            values: object.values,
            added: object.extras.into_iter().map(|raw| raw.map(Added::Raw)).collect(),
            passed: object.passed,
            left_out: object.left_out,
            defects: object.defects,
            earlier: own::earlier(&object.outcome, &object.reason),
            review: object.decision.is_there().then_some(object.decision),
        })
    }

    /// Whether every path that the settings name occurred in some object.
    pub(super) fn finished(&self) -> Result<(), MapError> {
        let never = || self.wanted.iter().filter(|wanted| !wanted.was_seen);
        if self.is_empty || never().next().is_none() {
            return Ok(());
        }
        let paths = ticked(never().map(|wanted| &wanted.path));
        Err(MapError::new(
            format!("`{}`: no object has {paths}", self.file),
            "columns of JSON objects are named by their keys, dotted where objects are nested",
        ))
    }
}

fn wanted(columns: &Columns, filter: &Filter) -> Vec<Wanted> {
    let want = |path: &str, target| Wanted {
        path: path.to_owned(),
        folded: field::fold(path),
        target,
        was_seen: false,
    };
    let fields = Field::ALL.into_iter().filter_map(|field| {
        let path = columns.slots[field.index()].path.as_deref()?;
        Some(want(path, Target::Field(field)))
    });
    let extras =
        columns.extras.iter().enumerate().filter_map(|(index, extra)| {
            Some(want(extra.slot.path.as_deref()?, Target::Extra(index)))
        });
    let rules = filter.columns().enumerate().map(|(index, path)| want(path, Target::Rule(index)));
    fields.chain(extras).chain(rules).collect()
}

//! Outcome files as CSV: the union of the input's columns, then korebulk's own three, and a new id.
//!
//! A spreadsheet must not run anything in them: [`guarded`] says how.

use std::borrow::Cow;
use std::fs::File;
use std::io;

use csv::StringRecord;

use super::note::{Note, cell};
use crate::model::outcome_file::{self, COLUMNS, ID, guarded, is_own_column, unguarded};
use crate::model::{CellMark, Source};

/// The columns of all sources, and where each source has them.
#[derive(Debug)]
pub(super) struct Union {
    columns: Vec<String>,
    /// For each source: its column index of each union column.
    sources: Vec<SourceColumns>,
}

/// Where one source has the union's columns.
#[derive(Debug, Default)]
pub(super) struct SourceColumns {
    of_column: Vec<Option<usize>>,
    width: usize,
    /// It is an outcome file itself: what is guarded in it has its guard already.
    own: bool,
}

impl SourceColumns {
    /// A row under the columns of all sources: cells that a short row lacks are blank.
    pub(super) fn under<'c>(
        &'c self,
        cells: &'c StringRecord,
        marks: &'c [CellMark],
    ) -> impl Iterator<Item = Cow<'c, str>> {
        self.of_column.iter().map(move |column| {
            let cell =
                column.map(|index| cell(cells, marks, index, self.width)).unwrap_or_default();
            match cell {
                Cow::Borrowed(text) => Cow::Borrowed(self.plain(text)),
                Cow::Owned(text) => Cow::Owned(self.plain(&text).to_owned()),
            }
        })
    }

    fn plain<'t>(&self, text: &'t str) -> &'t str {
        if self.own { unguarded(text) } else { text }
    }
}

impl Union {
    /// In the order in which the columns first appear. A name that one header holds twice is two columns.
    pub(super) fn of(sources: &[Source]) -> Self {
        Self::without(sources, is_own_column)
    }

    /// The same without the columns that korebulk itself will add.
    pub(super) fn without(sources: &[Source], is_added: impl Fn(&str) -> bool) -> Self {
        let mut keys: Vec<(&str, usize)> = Vec::new();
        let mut of_sources = Vec::new();
        for source in sources {
            let own = outcome_file::is_own(&source.header);
            let mut of_column = vec![None; keys.len()];
            for (index, name) in source.header.iter().enumerate() {
                if is_added(name) {
                    continue;
                }
                let nth = source.header[..index].iter().filter(|earlier| *earlier == name).count();
                let key = (if own { unguarded(name) } else { name.as_str() }, nth);
                let column = keys.iter().position(|k| *k == key).unwrap_or_else(|| {
                    keys.push(key);
                    of_column.push(None);
                    keys.len() - 1
                });
                of_column[column] = Some(index);
            }
            of_sources.push(SourceColumns { of_column, width: source.header.len(), own });
        }
        for one in &mut of_sources {
            one.of_column.resize(keys.len(), None);
        }
        Self {
            columns: keys.into_iter().map(|(name, _)| name.to_owned()).collect(),
            sources: of_sources,
        }
    }

    pub(super) fn source(&self, source: u16) -> Option<&SourceColumns> {
        self.sources.get(usize::from(source))
    }

    /// The columns' names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }
}

/// One CSV file being written.
#[derive(Debug)]
pub(super) struct TableWriter {
    out: csv::Writer<File>,
}

impl TableWriter {
    pub(super) fn start(file: File, union: &Union, ids: bool) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(file);
        let own = union.names().chain(COLUMNS).chain(ids.then_some(ID));
        out.write_record(own.map(|name| guarded(name).into_owned()))?;
        Ok(Self { out })
    }

    /// Every row is as wide as the header, so that whatever reads it finds each value where it was.
    pub(super) fn write(
        &mut self,
        source: Option<&SourceColumns>,
        (cells, marks): (&StringRecord, &[CellMark]),
        note: Note<'_>,
    ) -> io::Result<()> {
        let nowhere = SourceColumns::default();
        let source = source.unwrap_or(&nowhere);
        for cell in source.under(cells, marks) {
            self.field(&cell)?;
        }
        for own in [note.row, note.outcome.name(), note.reason].into_iter().chain(note.id) {
            self.field(own)?;
        }
        Ok(self.out.write_record(None::<&[u8]>)?)
    }

    fn field(&mut self, text: &str) -> io::Result<()> {
        Ok(self.out.write_field(guarded(text).as_bytes())?)
    }

    pub(super) fn end(self) -> io::Result<File> {
        self.out.into_inner().map_err(|error| io::Error::other(error.to_string()))
    }
}

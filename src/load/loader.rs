//! All tables of a run's input, one after the other.

use crate::model::outcome_file::OwnColumns;
use crate::model::settings::InputSettings;
use crate::model::shape::still_misshapen;
use crate::model::{Cells, Moment, Row, Source};

use super::broken::{Broken, LoadError, Question, rows_of};
use super::encoding::Detected;
use super::fit::Fit;
use super::paths::{InputPath, expand};
use super::table::{Digest, Table};
use super::{ids, opening};

/// All input of a run, row by row in reading order, in memory that does not grow with it.
pub struct Loader {
    settings: InputSettings,
    waiting: std::vec::IntoIter<InputPath>,
    sources: Vec<Source>,
    /// Of the source that is being read.
    index: u16,
    current: Option<(Table, Digest)>,
    /// By source: what its text is read in, and how it fits, once it was read to its end.
    fits: Vec<(Option<Detected>, Option<Fit>)>,
    /// Rows of it so far.
    rows: u64,
    /// Where that source has korebulk's own columns.
    own: Option<OwnColumns>,
}

impl Loader {
    /// Finds the files and opens the first, so that its header is known before its first row.
    ///
    /// `now` fills strftime patterns in paths.
    pub fn open(settings: &InputSettings, now: &Moment) -> Result<Self, LoadError> {
        let waiting = expand(settings, now)?.into_iter();
        let mut loader = Self {
            settings: settings.clone(),
            waiting,
            sources: Vec::new(),
            index: 0,
            current: None,
            fits: Vec::new(),
            rows: 0,
            own: None,
        };
        loader.open_next()?;
        Ok(loader)
    }

    /// Reads the next row into `row`, which is meant to be used again; false at the end of all input.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, LoadError> {
        loop {
            let Some((table, _)) = &mut self.current else { return Ok(false) };
            let file = &self.sources[usize::from(self.index)].file;
            if table.rows.next(row).map_err(|b| b.within(file))? {
                row.source = self.index;
                self.rows += 1;
                self.look_at_shape(row);
                return Ok(true);
            }
            if !self.go_on()? {
                self.open_next()?;
            }
        }
    }

    /// A row that an earlier run rejected for its shape shows it no longer.
    fn look_at_shape(&self, row: &mut Row) {
        if let (Some(own), Cells::Table(cells), None) = (self.own, &row.cells, &row.fault) {
            let header = &self.sources[usize::from(self.index)].header;
            let cell = |column: usize| cells.get(column).unwrap_or_default();
            row.fault = still_misshapen(header, own, cell);
        }
    }

    /// Whether all text fits its encoding, as far as it was read.
    ///
    /// To be asked with the sources of which something is used that does not: a column's name, a value
    /// that is sent, or one that a rule tests. A few stray rows are no more than that.
    ///
    /// # Errors
    /// A source most of whose text does not fit: what it says instead would be a guess.
    pub fn text_fits(&self, used: impl Iterator<Item = usize>) -> Result<(), LoadError> {
        for index in used {
            let Some((encoding, finished)) = self.fits.get(index) else { continue };
            let current = self.current.as_ref().filter(|_| index == usize::from(self.index));
            let fit = finished.as_ref().or_else(|| current.and_then(|(table, _)| table.rows.fit()));
            if let (Some(encoding), Some(fit)) = (encoding, fit.filter(|fit| fit.is_doubtful())) {
                return Err(misread(&self.sources[index].file, *encoding, fit));
            }
        }
        Ok(())
    }

    /// Whether the table at hand starts with text that does not fit its encoding.
    pub fn has_stray_text(&self) -> bool {
        let encoding = self.current.as_ref().and_then(|(table, _)| table.encoding);
        encoding.is_some_and(|encoding| encoding.stray)
    }

    /// The tables opened so far; grows while reading. `sha256` is there once a file was read to its end.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    fn open_next(&mut self) -> Result<(), LoadError> {
        let Some(path) = self.waiting.next() else { return Ok(()) };
        let (table, digest) = opening::open(&path, &self.settings)?;
        self.begin(path.shown(), table, digest)
    }

    fn begin(&mut self, file: &str, table: Table, digest: Digest) -> Result<(), LoadError> {
        if table.header.iter().any(|name| ids::is_id(name)) {
            return Err(no_header().within(file));
        }
        self.own = OwnColumns::of(&table.header);
        self.rows = 0;
        self.index = u16::try_from(self.sources.len()).map_err(|_| {
            Broken::new("is one table too many: a run reads 65,536 at most").within(file)
        })?;
        self.sources.push(Source {
            file: file.to_owned(),
            sheet: table.sheet.clone(),
            header: table.header.clone(),
            sha256: String::new(),
            detected: table.detected.join(", "),
        });
        self.fits.push((table.encoding, None));
        self.current = Some((table, digest));
        Ok(())
    }

    /// Closes the table at hand and goes on with the next of its file; false where there is none.
    fn go_on(&mut self) -> Result<bool, LoadError> {
        let (Some((mut table, digest)), Some(source)) =
            (self.current.take(), self.sources.last_mut())
        else {
            return Ok(false);
        };
        source.sha256 = digest.get().cloned().unwrap_or_default();
        if table.rows.has_surplus() {
            // A column without a name: what is beyond the header is in it in outcome files.
            source.header.push(String::new());
        }
        let blank = table.rows.blank_rows();
        if blank > 0 {
            table.detected.push(format!("{} passed over", rows_of(blank, "blank")));
        }
        if let Some(fit) = table.rows.fit().filter(|fit| fit.stray > 0) {
            let encoding = table.encoding.map(|found| found.charset.name()).unwrap_or_default();
            table.detected.push(format!("{} not in {encoding}", rows_of(fit.stray, "")));
        }
        if let Some(known) = self.fits.last_mut() {
            known.1 = table.rows.fit().cloned();
        }
        let file = source.file.clone();
        if self.rows == 0 && !source.header.is_empty() {
            table.detected.push("no rows".to_owned());
            tracing::warn!(file, "the file has a header and no rows");
        }
        source.detected = table.detected.join(", ");
        let Some(following) = table.rows.following() else { return Ok(false) };
        self.begin(&file, following, digest)?;
        Ok(true)
    }
}

fn misread(file: &str, encoding: Detected, fit: &Fit) -> LoadError {
    let (file, line, rows) = (file.to_owned(), fit.first, fit.stray);
    if encoding.assumed {
        return LoadError::Question(Question::Encoding {
            file,
            line,
            rows,
            candidates: fit.candidates(),
        });
    }
    let rows = rows_of(rows, "");
    Broken::new(format!("the text is not in {} in {rows}", encoding.charset.name()))
        .at(line)
        .hint(if encoding.bom > 0 {
            "its byte order mark says so: the file is damaged, or was put together from several"
        } else {
            "correct `--encoding`, or leave it out to see what the text may be in"
        })
        .within(&file)
}

/// The first row is not repeated: it is somebody's data.
fn no_header() -> Broken {
    Broken::new("there is no header: an id is in its place").hint(
        "write a header above it, such as `id`; or say `--header-row 0` and call the columns by \
         letter or number, as in `--map id=A`",
    )
}

//! All tables of a run's input, one after the other.

use crate::model::outcome_file::OwnColumns;
use crate::model::settings::InputSettings;
use crate::model::shape::still_misshapen;
use crate::model::{Cells, Moment, Row, Source};

use super::broken::{Broken, LoadError};
use super::paths::{InputPath, expand};
use super::table::{Digest, Table, rows_of};
use super::{ids, opening};

/// All input of a run, row by row in reading order, in memory that does not grow with it.
pub struct Loader {
    settings: InputSettings,
    waiting: std::vec::IntoIter<InputPath>,
    sources: Vec<Source>,
    /// Of the source that is being read.
    index: u16,
    current: Option<(Table, Digest)>,
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

    /// The tables opened so far; grows while reading. `sha256` stands once a file was read to its end.
    #[must_use]
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
            // A column without a name: what is beyond the header stands in it in outcome files.
            source.header.push(String::new());
        }
        let blank = table.rows.blank_rows();
        if blank > 0 {
            table.detected.push(format!("{} passed over", rows_of(blank, "blank")));
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

/// The first row is not repeated: it is somebody's data.
fn no_header() -> Broken {
    Broken::new("there is no header: an id stands where it should be").hint(
        "write a header above it, such as `id`; or say `--header-row 0` and call the columns by \
         letter or number, as in `--map id=A`",
    )
}

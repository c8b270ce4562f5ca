//! The start of an input: some of its rows, by which the columns of a stranger's table are guessed.

use super::questions;
use crate::config::Plan;
use crate::load::Loader;
use crate::map::Mapper;
use crate::map::guess::{self, Guess, Why};
use crate::model::settings::HiddenRows;
use crate::model::{Cells, Moment, Row, RunError, Source};

/// Rows by which columns are guessed.
const SAMPLE: usize = 200;

/// The first table of an input.
pub(crate) struct Head {
    pub(crate) source: Source,
    /// The names of its columns, by which settings call them: of JSON objects the paths to their values.
    pub(crate) header: Vec<String>,
    pub(crate) sample: Vec<Row>,
    /// Whether its records are JSON objects, which may name their own fields.
    pub(crate) json: bool,
    /// Rows that can be sent, of those that were read: without those that are hidden and left out.
    pub(crate) rows: u64,
}

impl Head {
    /// Reads the input to its end, its open questions answered.
    pub(crate) fn of_whole(plan: &mut Plan) -> Result<Self, RunError> {
        let loader = questions::open(plan, &Moment::now())?;
        Self::read(loader, plan, usize::MAX)
    }

    fn read(mut loader: Loader, plan: &Plan, most: usize) -> Result<Self, RunError> {
        let (mut sample, mut rows, mut row) = (Vec::new(), 0, Row::default());
        let mut read = 0;
        while read < most && loader.next(&mut row)? {
            read += 1;
            let left_out = row.hidden && plan.input.hidden_rows == Some(HiddenRows::Skip);
            rows += u64::from(!left_out);
            if sample.len() < SAMPLE && row.fault.is_none() && !row.hidden {
                sample.push(row.clone());
            }
        }
        let source = loader.sources().first().cloned();
        let source = source.ok_or_else(|| RunError::usage("there is no table to read"))?;
        let json = source.header.is_empty()
            && sample.iter().all(|row| matches!(row.cells, Cells::Object(_)));
        let (header, sample) = match json {
            true => guess::as_table(&sample),
            false => (source.header.clone(), sample),
        };
        Ok(Self { source, header, sample, json, rows })
    }

    /// What its columns may mean.
    pub(crate) fn guess(&self, plan: &Plan) -> Guess {
        match self.json {
            true => guess::paths(plan.operation, &self.header, &self.sample),
            false => guess::columns(plan.operation, &self.header, &self.sample),
        }
    }
}

/// For a look at what would be done, without a job file: columns that do not map by themselves are guessed as `init`
/// does, and the plan says so. A run never guesses.
/// Gives the fields that were guessed.
pub(crate) fn guess_columns(mut plan: Plan, now: &Moment) -> Result<(Plan, Vec<String>), RunError> {
    let mut guessed = Vec::new();
    if plan.job_file.is_some() || plan.input.paths.iter().any(|path| path == "-") {
        return Ok((plan, guessed));
    }
    let head = Head::read(Loader::open(&plan.input, now)?, &plan, SAMPLE)?;
    if !head.json && Mapper::new(&plan.map, &head.source, now.timestamp()).is_ok() {
        return Ok((plan, guessed));
    }
    for found in head.guess(&plan).found.into_iter().filter(|found| found.why != Why::Name) {
        let is_typed =
            |field: &String| found.field == *field || found.field.ends_with(&format!(".{field}"));
        if !plan.map.columns.keys().any(is_typed) {
            plan.notices.push(format!(
                "`{field}` is guessed to be column `{header}`; a run does not guess, give it `--map '{field}={header}'`",
                field = found.field,
                header = found.header
            ));
            guessed.push(found.field.clone());
            plan.map.columns.insert(found.field, found.header);
        }
    }
    Ok((plan, guessed))
}

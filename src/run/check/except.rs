//! The lists of `[input] except`: read whole before anything else, and refused where they cannot be relied on.

use std::sync::Arc;

use crate::base::numbers::time;
use crate::config::Plan;
use crate::journal::{Disposition, Journal};
use crate::load::{InputPath, LoadError, Loader, Question, expand};
use crate::map::{Except, ExceptReader, Mapped};
use crate::model::settings::{Format, HiddenRows, InputSettings};
use crate::model::{Exit, Moment, Ordinal, Outcome, RecordSet, Row, RunError, Source};
use crate::run::approve::measure::age_of;
use crate::run::run_dir::RunDir;
use crate::run::stored;
use crate::store::CopyReader;

/// The lists as they were read, and what shows a later change of them.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) except: Arc<Except>,
    /// SHA-256 of each.
    pub(crate) hashes: Vec<String>,
}

/// Reads the lists of a job.
///
/// # Errors
/// Exit 3 for a list that is missing, empty, too old or not understood whole: it protects nobody.
pub(crate) fn read(plan: &Plan, now: &Moment) -> Result<Lists, RunError> {
    let mut reader = ExceptReader::new(&plan.map);
    let mut hashes = Vec::new();
    if plan.except.paths.is_empty() {
        return Ok(Lists::default());
    }
    let all = InputSettings {
        from: None,
        paths: plan.except.paths.clone(),
        base: plan.except.base.clone(),
        format: Format::Auto,
        sheet: None,
        // Some lists have no header: their first row is looked at as any other.
        header_row: Some(0),
        encoding: plan.input.encoding.clone(),
        delimiter: None,
        // Whoever hides a row of a list has not taken anybody off it.
        hidden_rows: Some(HiddenRows::Send),
    };
    for path in expand(&all, now).map_err(|error| unusable(&error))? {
        young(plan, &path)?;
        let one = InputSettings { paths: vec![path.shown().to_owned()], ..all.clone() };
        for list in sheets(&one, now) {
            let mut loader = Loader::open(&list, now).map_err(|error| unusable(&error))?;
            rows(&mut loader, &mut reader)?;
            hashes.extend(loader.sources().iter().map(|source| source.sha256.clone()));
        }
    }
    Ok(Lists { except: reader.finish(), hashes })
}

/// Takes everybody out of an interrupted run who is on today's lists: `skipped`, or left `unknown` where the contact may
/// have been touched before.
///
/// # Errors
/// Those of [`read`], and of the disk.
pub(crate) fn take_from(
    to_send: &mut RecordSet,
    plan: &Plan,
    sources: &[Source],
    dir: &RunDir,
    journal: &Journal,
) -> Result<Arc<Except>, RunError> {
    let lists = read(plan, &Moment::now())?;
    if lists.hashes.is_empty() {
        return Ok(lists.except);
    }
    let mut mappers = stored::mappers(journal, plan, sources, &lists.except)?;
    let mut copy = CopyReader::open(&dir.copy())?;
    let (mut row, mut ordinal): (Row, Ordinal) = Default::default();
    journal.begin()?;
    while copy.next(&mut row)? {
        let mapper = mappers.get_mut(usize::from(row.source)).filter(|_| to_send.contains(ordinal));
        if let Some(Mapped::Skipped { id, rule }) = mapper.map(|mapper| mapper.map(ordinal, &row)) {
            to_send.remove(ordinal);
            if !journal.is_unknown(ordinal)? {
                journal.keep_back(&Disposition {
                    ordinal,
                    outcome: Outcome::Skipped,
                    source: row.source,
                    line: row.line,
                    id: id.as_deref(),
                    reason: &rule,
                })?;
            }
        }
        ordinal = ordinal.saturating_add(1);
    }
    journal.end()?;
    Ok(lists.except)
}

/// A workbook's sheets that hold something are lists all of them.
fn sheets(list: &InputSettings, now: &Moment) -> Vec<InputSettings> {
    match Loader::open(list, now) {
        Err(LoadError::Question(Question::Sheets { sheets, .. })) => {
            let of = |(sheet, _)| InputSettings { sheet: Some(sheet), ..list.clone() };
            sheets.into_iter().map(of).collect()
        }
        // What else may be wrong with it is said when it is read.
        _ => vec![list.clone()],
    }
}

fn rows(loader: &mut Loader, reader: &mut ExceptReader) -> Result<(), RunError> {
    let (mut row, mut opened) = (Row::default(), 0);
    loop {
        let is_row = loader.next(&mut row).map_err(|error| unusable(&error))?;
        for source in &loader.sources()[opened..] {
            if opened > 0 {
                reader.close()?;
            }
            reader.open(source);
            opened += 1;
        }
        if !is_row {
            return Ok(reader.close()?);
        }
        reader.row(&row)?;
    }
}

/// `guard.max_input_age` holds for the lists, too.
fn young(plan: &Plan, list: &InputPath) -> Result<(), RunError> {
    let Some(oldest) = plan.guard.max_input_age else { return Ok(()) };
    let problem = match age_of(list) {
        Ok(age) if age <= oldest => return Ok(()),
        Ok(age) => {
            let (age, oldest) = (time(age), time(oldest));
            format!("`{}` is {age} old, `guard.max_input_age` is {oldest}", list.shown())
        }
        Err(why) => why,
    };
    let hint = "put today's list there, or allow its age for this run with `--max-input-age`";
    Err(refused(&problem, Some(hint)))
}

fn unusable(error: &LoadError) -> RunError {
    let hint = error.hint();
    refused(&error.to_string(), hint.as_deref())
}

fn refused(problem: &str, hint: Option<&str>) -> RunError {
    let message = format!("a list of `input.except` cannot be used: {problem}; nothing was sent");
    let error = RunError::new(Exit::Guarded, message);
    match hint {
        Some(hint) => error.hint(hint.to_owned()),
        None => error,
    }
}

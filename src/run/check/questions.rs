//! What only a person can answer: asked on a terminal, never guessed without one.
//!
//! Answers go into the settings, so that the stored plan has them and nothing asks twice.

use crate::base::numbers::counted;
use std::io::{BufRead, Write};

use super::rows::Rows;
use crate::base::terminal;
use crate::config::Plan;
use crate::load::{LoadError, Loader, Question, expand};
use crate::map::Mapper;
use crate::model::settings::{HiddenRows, InputSettings, MapSettings};
use crate::model::{Moment, Row, RunError};
use crate::run::person::{Person, person};
use crate::run::signals::Signals;

/// Opens the input, its open questions answered on a terminal.
///
/// # Errors
/// Exit 2 for input that cannot be used, and for a question that nobody answers.
pub(crate) fn open(plan: &mut Plan, now: &Moment) -> Result<Loader, RunError> {
    if !terminal::can_ask() || plan.input.paths.iter().any(|path| path == "-") {
        return Ok(Loader::open(&plan.input, now)?);
    }
    // A later file would ask in the middle of reading: all are looked into beforehand.
    for path in expand(&plan.input, now)? {
        let mut one = InputSettings { paths: vec![path.shown().to_owned()], ..plan.input.clone() };
        while let Err(error) = look_into(&one, &plan.map, now) {
            let LoadError::Question(question) = &error else { return Err(error.into()) };
            let Some(answer) = ask(question, &error, &mut person())? else {
                return Err(error.into());
            };
            answer.settle(&mut one);
            answer.settle(&mut plan.input);
            plan.overrides.push(answer.words());
        }
    }
    Ok(Loader::open(&plan.input, now)?)
}

/// Opens a file; one whose text does not fit its encoding is read whole, to see whether that matters.
fn look_into(one: &InputSettings, map: &MapSettings, now: &Moment) -> Result<(), LoadError> {
    let mut loader = Loader::open(one, now)?;
    if !loader.has_stray_text() {
        return Ok(());
    }
    let mut mappers: Vec<Mapper> = Vec::new();
    let mut row = Row::default();
    let mut more = true;
    while more {
        more = loader.next(&mut row)?;
        for source in loader.sources().iter().skip(mappers.len()) {
            match Mapper::new(map, source, now.timestamp()) {
                Ok(mapper) => mappers.push(mapper),
                // What else is wrong is said when the run reads it.
                Err(_) => return loader.text_fits(std::iter::once(mappers.len())),
            }
        }
        if more {
            mappers[usize::from(row.source)].map(0, &row);
        }
    }
    let used = mappers.iter().enumerate().filter(|(_, mapper)| mapper.needs_guesses());
    loader.text_fits(used.map(|(source, _)| source))
}

/// The files of a job, while signals are heard. What somebody answers about them is in the plan afterwards.
///
/// # Errors
/// Those of [`open`].
pub(crate) async fn files(
    plan: &mut Plan,
    now: &Moment,
    signals: &mut Signals,
) -> Result<Rows, RunError> {
    let (mut of, now) = (plan.clone(), now.clone());
    let opening = async move { Ok((open(&mut of, &now)?, of)) };
    let (loader, answered) = signals.unless_signalled(opening).await?;
    *plan = answered;
    Ok(Rows::Files(Box::new(loader)))
}

/// The files of a job as they are, for a run that nobody watches: an open question is an error.
///
/// # Errors
/// Exit 2 for input that cannot be used.
pub(crate) async fn unasked(
    plan: &Plan,
    now: &Moment,
    signals: &mut Signals,
) -> Result<Rows, RunError> {
    let (input, now) = (plan.input.clone(), now.clone());
    let opening = async move { Ok(Loader::open(&input, &now)?) };
    Ok(Rows::Files(Box::new(signals.unless_signalled(opening).await?)))
}

/// An answer to a question about the input.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Sheet(String),
    HiddenRows(HiddenRows),
    Encoding(String),
}

impl Answer {
    fn settle(&self, input: &mut InputSettings) {
        match self {
            Self::Sheet(sheet) => input.sheet = Some(sheet.clone()),
            Self::HiddenRows(answer) => input.hidden_rows = Some(*answer),
            Self::Encoding(label) => input.encoding = Some(label.clone()),
        }
    }

    /// As an override is written in report and audit.
    fn words(&self) -> String {
        match self {
            Self::Sheet(sheet) => format!("input.sheet = {sheet} (answered)"),
            Self::Encoding(label) => format!("input.encoding = {label} (answered)"),
            Self::HiddenRows(HiddenRows::Send) => "input.hidden_rows = send (answered)".to_owned(),
            Self::HiddenRows(HiddenRows::Skip) => "input.hidden_rows = skip (answered)".to_owned(),
        }
    }
}

fn ask<R: BufRead, W: Write>(
    question: &Question,
    words: &LoadError,
    person: &mut Person<R, W>,
) -> Result<Option<Answer>, RunError> {
    let words = words.to_string();
    let words = terminal::line(&words);
    Ok(match question {
        Question::Sheets { sheets, .. } => {
            let shown: Vec<String> = sheets
                .iter()
                .map(|(name, rows)| format!("{name} ({})", counted(*rows, "row")))
                .collect();
            let at = person.choose(&format!("{words}\nwhich one is meant?"), &shown)?;
            at.and_then(|at| sheets.get(at)).map(|(name, _)| Answer::Sheet(name.clone()))
        }
        Question::Encoding { candidates, .. } => {
            let shown: Vec<String> = candidates
                .iter()
                .map(|candidate| {
                    let words = candidate.words.iter().take(6).map(String::as_str);
                    format!("{}: {}", candidate.label, words.collect::<Vec<_>>().join(", "))
                })
                .collect();
            let at = person.choose(&format!("{words}\nwhich of these reads right?"), &shown)?;
            at.and_then(|at| candidates.get(at)).map(|c| Answer::Encoding(c.label.clone()))
        }
        Question::HiddenRows { .. } => {
            let choices = ["leave them out".to_owned(), "send them like all others".to_owned()];
            let at = person.choose(&format!("{words}\nwhat about the hidden ones?"), &choices)?;
            at.map(|at| Answer::HiddenRows([HiddenRows::Skip, HiddenRows::Send][at]))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Candidate;
    use crate::model::Exit;

    fn asked(question: Question, typed: &str) -> (Result<Option<Answer>, RunError>, String) {
        let mut person = Person { answers: typed.as_bytes(), questions: Vec::new() };
        let answer = ask(&question.clone(), &LoadError::Question(question), &mut person);
        (answer, String::from_utf8(person.questions).unwrap())
    }

    fn sheets() -> Question {
        let sheets = vec![("Active".to_owned(), 5), ("Old".to_owned(), 2)];
        Question::Sheets { file: "a.xlsx".into(), sheets }
    }

    #[test]
    fn a_sheet_is_chosen_by_its_number_until_it_is_one() {
        let (answer, said) = asked(sheets(), "7\nOld\n2\n");
        assert_eq!(answer, Ok(Some(Answer::Sheet("Old".into()))));
        insta::assert_snapshot!(said, @"
        a.xlsx: 2 sheets hold something: `Active` (5 rows), `Old` (2 rows)
        which one is meant?
          1  Active (5 rows)
          2  Old (2 rows)
        1 to 2 (Enter: none): 1 to 2 (Enter: none): 1 to 2 (Enter: none):
        ");
    }

    #[test]
    fn an_encoding_is_chosen_by_how_the_words_read() {
        let candidate = |label: &str, words: &[&str]| Candidate {
            label: label.to_owned(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        };
        let question = Question::Encoding {
            file: "a.csv".into(),
            line: 3,
            rows: 2,
            candidates: vec![
                candidate("shift_jis", &["太郎", "山田"]),
                candidate("gbk", &["懢榊", "嶳揷"]),
            ],
        };
        let (answer, said) = asked(question, "1\n");
        assert_eq!(answer.unwrap(), Some(Answer::Encoding("shift_jis".into())));
        insta::assert_snapshot!(said, @"
        a.csv:3: the text is not UTF-8 in 2 rows, and nothing says what it is
        which of these reads right?
          1  shift_jis: 太郎, 山田
          2  gbk: 懢榊, 嶳揷
        1 to 2 (Enter: none):
        ");
    }

    #[test]
    fn no_answer_is_none() {
        assert_eq!(asked(sheets(), "\n1\n").0, Ok(None));
        for unsent in ["", "1", "7\n"] {
            assert_eq!(asked(sheets(), unsent).0.unwrap_err().exit, Exit::Guarded, "{unsent:?}");
        }
    }

    #[test]
    fn hidden_rows_are_left_out_or_sent() {
        let question = Question::HiddenRows {
            file: "a.xlsx".into(),
            sheet: "Leads".into(),
            hidden: 2,
            total: 4,
            filtered: true,
        };
        let (answer, said) = asked(question.clone(), "1\n");
        assert_eq!(answer, Ok(Some(Answer::HiddenRows(HiddenRows::Skip))));
        insta::assert_snapshot!(said, @"
        a.xlsx: sheet `Leads` hides 2 of its 4 rows (a filter is on)
        what about the hidden ones?
          1  leave them out
          2  send them like all others
        1 to 2 (Enter: none):
        ");
        assert_eq!(asked(question, "2\n").0, Ok(Some(Answer::HiddenRows(HiddenRows::Send))));
    }
}

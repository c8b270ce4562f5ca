//! The second stage, `check`: the whole input is read into the run's directory. Nothing is sent.

pub(crate) mod duplicates;
pub(crate) mod except;
pub(crate) mod findings;
pub(crate) mod head;
pub(crate) mod only;
pub(crate) mod pass1;
pub(crate) mod questions;
pub(crate) mod reader;
pub(crate) mod rows;
pub(crate) mod survey;
pub(crate) mod undone;

use self::findings::Findings;
use self::reader::Reader;
use self::rows::Rows;
use super::approve::access::Access;
use super::held::Halt;
use super::open::{Opened, Run};
use super::reading::{self, For, Known};
use super::signals::Signals;
use super::stored::Input;
use crate::journal::Journal;
use crate::model::{Moment, RecordSet, RunError};

/// A run whose input is read.
pub(crate) struct Checked {
    pub(crate) run: Run,
    pub(crate) journal: Journal,
    pub(crate) began: Moment,
    pub(crate) findings: Findings,
    /// The records of the parent that this run takes over.
    pub(crate) picked: Option<RecordSet>,
    /// The account that the rows came from, and the way to it.
    pub(crate) account: Option<(Access, Option<Known>)>,
}

impl Opened {
    /// Reads the input.
    ///
    /// # Errors
    /// The end of a run whose input cannot be used.
    pub(crate) async fn check(self, signals: &mut Signals) -> Result<Checked, Halt> {
        let Self { mut run, journal, began, rows } = self;
        let picked = match &rows {
            Some(Rows::Left(left)) => Some(left.pick.clone()),
            _ => None,
        };
        let mut account = None;
        let rows = match rows {
            Some(rows) => Ok(rows),
            None if run.plan.is_from_account() => {
                let of = For::from(&run.how);
                let read = reading::rows(&run.plan, &run.dir, of, &began, signals).await;
                read.map(|(rows, read)| {
                    account = Some(read);
                    rows
                })
            }
            None => questions::files(&mut run.plan, &began, signals).await,
        };
        let read = match rows {
            Ok(rows) => {
                let mut reader = Reader {
                    plan: &run.plan,
                    run: &run.dir,
                    signals,
                    screen: run.how.screen,
                    logged: true,
                };
                reader.read(rows, journal, &began).await
            }
            Err(error) => {
                // Closed before its file goes.
                drop(journal);
                Err(error)
            }
        };
        let noted = read.and_then(|(findings, journal)| {
            run.note_input(&journal, &findings.input, findings.sendable())?;
            Ok((findings, journal))
        });
        match noted {
            Ok((findings, journal)) => {
                Ok(Checked { run, journal, began, findings, picked, account })
            }
            Err(error) => Err(run.unusable(&began, error, signals).await),
        }
    }
}

impl Run {
    /// The end of a run whose input cannot be used: what was read of it goes.
    pub(super) async fn unusable(
        self,
        began: &Moment,
        error: RunError,
        signals: &mut Signals,
    ) -> Halt {
        if !self.is_remembered(&error, signals) {
            return self.leaves_nothing(None, error);
        }
        let input = Input::default();
        let anew = || {
            self.dir.empty()?;
            let journal = self.new_journal(began)?;
            self.note_input(&journal, &input, 0)?;
            Ok::<Journal, RunError>(journal)
        };
        match anew() {
            Ok(journal) => self.held_back(journal, input, 0, error, signals).await,
            Err(_) => self.leaves_nothing(None, error),
        }
    }
}

//! Where the rows of pass 1 come from: files, or what an earlier run left in its stored copy.

use jiff::Timestamp;

use super::undone::UndoneRows;
use crate::account::{ContactLists, Contacts, Reading};
use crate::api::wire::{AccountContact, ContactList};
use crate::audit::chain::hash_of;
use crate::base::numbers::moment;
use crate::load::{LoadError, Loader};
use crate::model::{Cells, Mark, Ordinal, RecordSet, Row, RunError, Source};
use crate::store::CopyReader;

/// The input of a run.
pub(crate) enum Rows {
    /// The files that the job names.
    Files(Box<Loader>),
    /// What another run left.
    Left(Box<Left>),
    /// The contacts of the account.
    Account(Box<AccountRows>),
    /// What another run changed.
    Undone(Box<UndoneRows>),
    /// Its contact lists.
    Lists(Box<ListRows>),
}

/// The contact lists of an account, each as its own JSON object.
pub(crate) struct ListRows {
    lists: std::vec::IntoIter<String>,
    sources: [Source; 1],
    line: u64,
}

impl ListRows {
    /// These.
    ///
    /// # Errors
    /// Exit 70 where they cannot be hashed.
    pub(crate) fn of(account: &str, lists: &ContactLists) -> Result<Self, RunError> {
        let lists: Vec<String> = lists.iter().map(ContactList::object).collect();
        let sha256 = hash_of(lists.join("\n").as_bytes())
            .map_err(|error| RunError::internal(format!("no hash: {error}")))?;
        let source = Source {
            file: format!("contact lists of account {account}"),
            sheet: None,
            header: Vec::new(),
            sha256,
            detected: "read just now".to_owned(),
        };
        Ok(Self { lists: lists.into_iter(), sources: [source], line: 0 })
    }

    fn next(&mut self, row: &mut Row) -> Option<Mark> {
        let cells = Cells::Object(self.lists.next()?);
        self.line += 1;
        *row = Row { line: self.line, cells, ..Row::default() };
        Some(Mark::None)
    }
}

/// The active contacts of a reading, each as its own JSON object.
pub(crate) struct AccountRows {
    contacts: Contacts,
    sources: [Source; 1],
    line: u64,
    began: Timestamp,
}

impl AccountRows {
    /// Those of this reading.
    pub(crate) fn of(reading: Reading) -> Self {
        let facts = reading.facts();
        let source = Source {
            file: format!("account {}", facts.account),
            sheet: None,
            header: Vec::new(),
            // What was read never changes: its id names it.
            sha256: facts.id.clone(),
            detected: format!("read by {}", moment(&facts.last)),
        };
        let began = facts.began;
        Self { contacts: Contacts::of(reading), sources: [source], line: 0, began }
    }

    fn next(&mut self, row: &mut Row) -> Result<Option<Mark>, RunError> {
        while let Some(stored) = self.contacts.read()? {
            let contact = AccountContact::read(stored.text);
            if !contact.is_some_and(|contact| contact.is_active()) {
                continue;
            }
            self.line += 1;
            let cells = Cells::Object(stored.text.to_owned());
            *row = Row { line: self.line, cells, ..Row::default() };
            return Ok(Some(Mark::None));
        }
        Ok(None)
    }
}

/// Records picked from another run's stored copy.
pub(crate) struct Left {
    /// The stored copy.
    pub(crate) copy: CopyReader,
    /// The records to take.
    pub(crate) pick: RecordSet,
    /// What that run left unknown, in input order.
    pub(crate) marks: std::iter::Peekable<std::vec::IntoIter<(Ordinal, Mark)>>,
    /// The next record of the copy.
    pub(crate) next: Ordinal,
}

impl Rows {
    /// Reads the next row into `row`; the mark it comes with. `None` at the end.
    pub(crate) fn next(&mut self, row: &mut Row) -> Result<Option<Mark>, RunError> {
        match self {
            Self::Files(loader) => {
                let found = loader.next(row).map_err(|error: LoadError| RunError::from(error))?;
                Ok(found.then_some(Mark::None))
            }
            Self::Left(left) => left.next(row),
            Self::Account(rows) => rows.next(row),
            Self::Undone(rows) => rows.next(row),
            Self::Lists(rows) => Ok(rows.next(row)),
        }
    }

    /// See [`Loader::text_fits`]; what another run kept was asked about then.
    pub(crate) fn text_fits(&self, used: impl Iterator<Item = usize>) -> Result<(), RunError> {
        match self {
            Self::Files(loader) => Ok(loader.text_fits(used)?),
            Self::Left(_) | Self::Account(_) | Self::Undone(_) | Self::Lists(_) => Ok(()),
        }
    }

    /// What ages in rules count back from: of contacts when their reading began, so that a run selects those that its plan has
    /// selected. `None`: the run's beginning.
    pub(crate) fn ages_from(&self) -> Option<Timestamp> {
        match self {
            Self::Account(rows) => Some(rows.began),
            _ => None,
        }
    }

    /// The sources opened so far.
    pub(crate) fn sources(&self) -> &[Source] {
        match self {
            Self::Files(loader) => loader.sources(),
            Self::Left(left) => left.copy.sources(),
            Self::Account(rows) => &rows.sources,
            Self::Undone(rows) => rows.sources(),
            Self::Lists(rows) => &rows.sources,
        }
    }
}

impl Left {
    fn next(&mut self, row: &mut Row) -> Result<Option<Mark>, RunError> {
        while self.copy.next(row)? {
            let ordinal = self.next;
            self.next += 1;
            let mark = self.marks.next_if(|(marked, _)| *marked == ordinal);
            if self.pick.contains(ordinal) {
                // The batch that refused it belongs to another run: only "it may be there" is left.
                let known = mark.is_some_and(|(_, mark)| mark.may_have_been_applied());
                return Ok(Some(if known { Mark::LostAnswer } else { Mark::None }));
            }
        }
        Ok(None)
    }
}

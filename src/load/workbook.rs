//! Spreadsheets → rows: what is the same for `.xlsx`, `.xls`, `.xlsb` and `.ods`.
//!
//! calamine reads the cells, on a thread of its own, because its readers borrow the workbook; rows
//! come over a bounded channel. What would make it take memory without bound is refused beforehand.
//! Measured peak for 100,000 rows of 8 columns: 20 MB as `.xlsx` (streamed; stored bytes and the table
//! of strings are in memory), 130 MB as `.ods`, 150 MB as `.xls` (calamine holds all cells of those).
//! A panic of calamine ends its thread and is reported as a damaged workbook.

mod binary;
mod cell;
mod compound;
mod facts;
mod kind;
mod looks;
mod number_format;
mod opendocument;
mod package;
mod parts;
mod readers;
mod sheet;
mod survey;

use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::model::Row;
use crate::model::settings::InputSettings;

use super::broken::{Broken, LoadError};
use super::sniff::Content;
use super::table::{Rows, Table};
use kind::Checked;
use readers::Workbook;
use sheet::SheetPlan;

/// The largest workbook as stored; it is held in memory while it is read.
const MAX_STORED: u64 = 256 << 20;

/// Rows that travel together, and how many such batches may wait.
const BATCH: usize = 256;
const WAITING: usize = 4;

enum Message {
    Opened(Box<Table>),
    Rows(Vec<Row>),
    Refused(Box<LoadError>),
    Broken(Broken),
    End,
}

/// Opens a workbook: checks it, then starts the thread that reads it.
pub(super) fn open(
    mut stored: Box<dyn Read + Send>,
    content: Content,
    file: &str,
    settings: &InputSettings,
) -> Result<Table, LoadError> {
    let mut bytes = Vec::new();
    let read = stored.by_ref().take(MAX_STORED + 1).read_to_end(&mut bytes);
    read.map_err(|e| Broken::unreadable(&e).within(file))?;
    if bytes.len() > usize::try_from(MAX_STORED).unwrap_or(usize::MAX) {
        return Err(Broken::new("is larger than 256 MiB, too large for a workbook")
            .hint("save the sheet as CSV")
            .within(file));
    }
    let checked = match content {
        Content::Ole => compound::check(bytes),
        _ => package::check(bytes),
    };
    let checked = checked.map_err(|broken| broken.within(file))?;
    let (sender, receiver) = sync_channel(WAITING);
    let (name, settings) = (file.to_owned(), settings.clone());
    std::thread::Builder::new()
        .name("workbook".to_owned())
        .spawn(move || read_all(checked, &name, &settings, &sender))
        .map_err(|e| Broken::new(format!("cannot be read: {e}")).within(file))?;
    match receiver.recv() {
        Ok(Message::Opened(table)) => Ok(SheetRows::of(*table, receiver)),
        Ok(Message::Refused(error)) => Err(*error),
        Ok(Message::Broken(broken)) => Err(broken.within(file)),
        _ => Err(failed().within(file)),
    }
}

/// The thread's work. A receiver that is gone ends it.
fn read_all(checked: Checked, file: &str, settings: &InputSettings, sender: &SyncSender<Message>) {
    let Checked { kind, bytes, facts } = checked;
    let mut workbook = match Workbook::open(kind, bytes) {
        Ok(workbook) => workbook,
        Err(broken) => return drop(sender.send(Message::Broken(broken))),
    };
    let plans = match sheet::choose(&mut workbook, &facts, file, settings) {
        Ok(plans) => plans,
        Err(error) => return drop(sender.send(Message::Refused(Box::new(error)))),
    };
    for plan in plans {
        if let Err(broken) = read_sheet(&plan, &mut workbook, sender) {
            return drop(sender.send(Message::Broken(broken)));
        }
    }
    // Nobody waits for this if the receiver is gone.
    let _ = sender.send(Message::End);
}

fn read_sheet(
    plan: &SheetPlan,
    workbook: &mut Workbook,
    sender: &SyncSender<Message>,
) -> Result<(), Broken> {
    let table = Table {
        rows: Box::new(NoRows),
        sheet: Some(plan.sheet.clone()),
        header: plan.header.clone(),
        detected: plan.detected.clone(),
        encoding: None,
    };
    if sender.send(Message::Opened(Box::new(table))).is_err() {
        return Ok(());
    }
    let mut batch = Vec::with_capacity(BATCH);
    let read = plan.read(workbook, &mut |row| {
        batch.push(row);
        batch.len() < BATCH || sender.send(Message::Rows(std::mem::take(&mut batch))).is_ok()
    });
    let _ = sender.send(Message::Rows(batch));
    read
}

/// Until the thread's own rows take their place.
struct NoRows;

impl Rows for NoRows {
    fn next(&mut self, _: &mut Row) -> Result<bool, Broken> {
        Ok(false)
    }
}

struct SheetRows {
    receiver: Receiver<Message>,
    batch: std::vec::IntoIter<Row>,
    /// The next sheet, once this one is at its end.
    following: Option<Box<Table>>,
}

impl SheetRows {
    /// The table with its own rows.
    fn of(table: Table, receiver: Receiver<Message>) -> Table {
        let rows = Self { receiver, batch: Vec::new().into_iter(), following: None };
        Table { rows: Box::new(rows), ..table }
    }
}

impl Rows for SheetRows {
    fn next(&mut self, row: &mut Row) -> Result<bool, Broken> {
        loop {
            if let Some(next) = self.batch.next() {
                *row = next;
                return Ok(true);
            }
            match self.receiver.recv() {
                Ok(Message::Rows(rows)) => self.batch = rows.into_iter(),
                Ok(Message::End) => return Ok(false),
                Ok(Message::Opened(following)) => {
                    self.following = Some(following);
                    return Ok(false);
                }
                Ok(Message::Broken(broken)) => return Err(broken),
                _ => return Err(failed()),
            }
        }
    }

    fn following(self: Box<Self>) -> Option<Table> {
        let Self { receiver, following, .. } = *self;
        Some(Self::of(*following?, receiver))
    }
}

/// calamine gave up in the middle: a workbook that is damaged in a way it does not expect.
fn failed() -> Broken {
    Broken::new("is damaged: the reader of workbooks failed on it")
        .hint("open it in a spreadsheet program and save it again, or save the sheet as CSV")
}

//! Writes the lists and facts behind what grew while the run sent, and gives the report its name.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use serde::Serialize;

use super::{Counts, ReportFacts, ReportList};
use crate::base::private;

/// The open tail of a report. Without [`Tail::finish`] no `report.json` appears.
///
/// Facts and lists may come in any order, each once; lists not begun are written empty.
#[derive(Debug)]
pub struct Tail {
    out: BufWriter<File>,
    part: PathBuf,
    report: PathBuf,
    /// The growing report, which a whole one replaces.
    replaced: PathBuf,
    begun: Vec<ReportList>,
    /// Whether a list is open, and whether it already holds an entry.
    list: Option<bool>,
}

impl Tail {
    pub(in crate::report) fn new(
        out: BufWriter<File>,
        part: PathBuf,
        report: PathBuf,
        replaced: PathBuf,
    ) -> Self {
        Self { out, part, report, replaced, begun: Vec::new(), list: None }
    }

    /// Writes the facts and counts.
    pub fn facts(&mut self, facts: &ReportFacts) -> io::Result<()> {
        self.end_list()?;
        self.keys(facts)?;
        self.keys(&Counts::from(&facts.ledger))
    }

    /// The keys of an object, as keys of the report's own.
    fn keys(&mut self, object: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(object)?;
        let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        write!(self.out, ",\n{}", inner.expect("a struct is written as an object"))
    }

    /// Begins a list; the entries that follow are its.
    pub fn begin(&mut self, list: ReportList) -> io::Result<()> {
        debug_assert!(!self.begun.contains(&list), "each list is begun once");
        self.end_list()?;
        self.begun.push(list);
        self.list = Some(false);
        write!(self.out, ",\n\"{}\":[", list.key())
    }

    /// Adds one entry to the list that was begun last: an entry of one of the kinds of [`super`].
    pub fn entry(&mut self, entry: &impl Serialize) -> io::Result<()> {
        let separator: &[u8] = if self.list == Some(true) { b",\n" } else { b"\n" };
        self.out.write_all(separator)?;
        self.list = Some(true);
        serde_json::to_writer(&mut self.out, entry)?;
        Ok(())
    }

    fn end_list(&mut self) -> io::Result<()> {
        match self.list.take() {
            Some(_) => self.out.write_all(b"]"),
            None => Ok(()),
        }
    }

    /// Ends the report: on disk, then renamed to `report.json`.
    pub fn finish(mut self) -> io::Result<PathBuf> {
        for list in ReportList::ALL {
            if !self.begun.contains(&list) {
                self.begin(list)?;
            }
        }
        self.end_list()?;
        self.out.write_all(b"}\n")?;
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        private::appear(file, &self.part, &self.report)?;
        // What was written anew was in a file beside it.
        private::remove(&self.replaced)?;
        Ok(self.report)
    }
}

//! Disk space for the end of a run: it stops sending while its report can still be written.

use std::io;
use std::path::PathBuf;

use crate::base::system::{DISK_FULL, room_for};
use crate::model::{Ledger, RunError, Settlement, VerdictKind};

/// What the report needs beside its records, with the journal's last commits: bytes.
const FACTS: u64 = 128 * 1024;
/// What a record takes that did not simply succeed, without the server's entry; and what one that is under way may
/// take, where its answer is of the usual size: bytes.
const ENTRY: u64 = 600;
const UNDER_WAY: u64 = 1_200;

/// Watches the disk of one run.
#[derive(Debug)]
pub(crate) struct DiskSpace {
    directory: PathBuf,
    /// Bytes of the lists that are written at the end.
    lists: u64,
    /// Records of requests that are not settled.
    under_way: u64,
}

impl DiskSpace {
    /// For a run of these counts so far.
    pub(crate) fn new(directory: PathBuf, ledger: &Ledger) -> Self {
        let listed = ledger.failed + ledger.unknown + ledger.diverged + ledger.unexpected;
        Self { directory, lists: listed * ENTRY, under_way: 0 }
    }

    /// Whether so many more records may be sent, beside a growing report of `length` bytes.
    ///
    /// # Errors
    /// Exit 70 when there would be no room for what becomes of them.
    pub(crate) fn allow(&mut self, records: u64, length: u64) -> Result<(), RunError> {
        let needed = FACTS + self.lists + (self.under_way + records) * UNDER_WAY;
        let room = room_for(&self.directory, length).map_err(|error| full(&error))?;
        if room < needed {
            return Err(full(&io::Error::from_raw_os_error(DISK_FULL)));
        }
        self.under_way += records;
        Ok(())
    }

    /// Counts what a request came to.
    pub(crate) fn settled(&mut self, settlement: &Settlement) {
        let records = settlement.verdicts.len() as u64;
        self.under_way = self.under_way.saturating_sub(records);
        for verdict in &settlement.verdicts {
            self.lists += match &verdict.kind {
                VerdictKind::Succeeded { diverged, .. } if diverged.is_empty() => 0,
                VerdictKind::Pending => 0,
                VerdictKind::Succeeded { entry, .. } => ENTRY + length(entry.as_ref()),
                VerdictKind::Failed(refusal) => ENTRY + length(refusal.entry.as_ref()),
                VerdictKind::Unknown { refusal, .. } => {
                    ENTRY + length(refusal.as_ref().and_then(|refusal| refusal.entry.as_ref()))
                }
            };
        }
        for entry in &settlement.unexpected {
            self.lists += ENTRY + length(Some(&entry.entry));
        }
    }
}

fn length(entry: Option<&std::ops::Range<usize>>) -> u64 {
    entry.map_or(0, |entry| entry.len() as u64)
}

fn full(error: &io::Error) -> RunError {
    RunError::internal(format!("there is no room for the report: {error}; nothing more is sent"))
        .hint("make room on the disk of the runs directory, then `korebulk resume` the run")
}

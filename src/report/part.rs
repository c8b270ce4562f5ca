//! `report.json.part`: the succeeded records of a run, written while answers settle.
//!
//! Entries are slices of the server's own answers, copied and never parsed again. This file knows
//! nothing of failures: those are in the journal and are appended at the end by [`super::json`].

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::json::Tail;
use crate::base::private;
use crate::base::shell::quoted;
use crate::model::settings::Contacts;
use crate::model::settlement::Gone;
use crate::model::{Exit, RunError, Settlement, VerdictKind};

/// The name of the growing file within a run's directory.
pub const PART: &str = "report.json.part";
/// The name of the finished report within a run's directory.
pub const REPORT: &str = "report.json";

/// The name of a report that is written anew, until it takes the place of the old one.
pub const NEW: &str = "report.json.new";

const HEAD: &[u8] = b"{\"format\":1,\n\"successfulRecords\":[";
/// The length of a report without a record, in bytes.
pub const HEAD_LEN: u64 = HEAD.len() as u64;
/// Bytes gathered before they are handed to the system: a few answers.
const BUFFER: usize = 256 * 1024;

/// The growing report of one run.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    out: BufWriter<File>,
    offset: u64,
    contacts: Contacts,
}

impl Part {
    /// Starts a new report in the run's directory `dir`.
    pub fn create(dir: &Path, contacts: Contacts) -> io::Result<Self> {
        let path = dir.join(PART);
        let mut file = private::create(&path)?;
        file.write_all(HEAD)?;
        Ok(Self::over(path, file, HEAD_LEN, contacts))
    }

    /// Goes on with the report of an earlier process, cut back to `offset`: the last one that
    /// [`Part::flush_and_sync`] gave and the journal committed (0 when there is none).
    ///
    /// A finished `report.json` becomes the part again, so that a stopped run can be resumed.
    ///
    /// # Errors
    /// Those of the disk; `InvalidData` when the file is shorter than `offset` or is no report.
    pub fn open_at(dir: &Path, offset: u64, contacts: Contacts) -> io::Result<Self> {
        if offset == 0 {
            return Self::create(dir, contacts);
        }
        let path = dir.join(PART);
        if !path.exists() {
            private::rename(&dir.join(REPORT), &path)?;
            private::sync_directory(&path)?;
        }
        let mut file = private::reopen(&path)?;
        check(&file, offset)?;
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Self::over(path, file, offset, contacts))
    }

    /// Starts the report anew beside what there is, part or finished report, with its first `offset` bytes:
    /// whoever dies meanwhile leaves what there was.
    ///
    /// # Errors
    /// Those of [`Part::open_at`].
    pub fn beside(dir: &Path, offset: u64, contacts: Contacts) -> io::Result<Self> {
        let path = dir.join(NEW);
        if offset == 0 {
            let mut file = private::create(&path)?;
            file.write_all(HEAD)?;
            return Ok(Self::over(path, file, HEAD_LEN, contacts));
        }
        let part = private::read(&dir.join(PART));
        let from = part.or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => private::read(&dir.join(REPORT)),
            _ => Err(error),
        })?;
        check(&from, offset)?;
        let mut file = private::create(&path)?;
        io::copy(&mut from.take(offset), &mut file)?;
        Ok(Self::over(path, file, offset, contacts))
    }

    fn over(path: PathBuf, file: File, offset: u64, contacts: Contacts) -> Self {
        let out = BufWriter::with_capacity(BUFFER, file);
        Self { path, out, offset, contacts }
    }

    /// Adds the entries of the records that `settlement` names as succeeded; `id_of` gives the id
    /// of the record at a position of the batch, where it had one when it was sent.
    ///
    /// The server's own entry is taken where it is a JSON object and contacts are kept in full,
    /// else `{"id":"…"}` represents it; also for what was gone already, whose entry is a refusal, with the
    /// run that deleted it where that is known (`deletedBy`). Ids need no escaping: they are validated before they are sent, and those of created contacts when they are read.
    /// Entries are taken for the JSON that the wire read them as, and not looked into.
    pub fn append<'a>(
        &mut self,
        settlement: &Settlement,
        id_of: impl Fn(usize) -> Option<&'a str>,
    ) -> io::Result<()> {
        for (position, verdict) in settlement.verdicts.iter().enumerate() {
            let VerdictKind::Succeeded { entry, gone, created, .. } = &verdict.kind else {
                continue;
            };
            self.write(if self.offset == HEAD_LEN { b"\n" } else { b",\n" })?;
            let raw = match (self.contacts, entry) {
                (Contacts::Full, Some(range)) if gone.is_none() => {
                    settlement.answer.get(range.clone())
                }
                _ => None,
            };
            match raw {
                Some(object) if object.first() == Some(&b'{') => self.write(object)?,
                _ => {
                    let id = created.as_deref().or_else(|| id_of(position)).unwrap_or_default();
                    self.write(b"{\"id\":\"")?;
                    self.write(id.as_bytes())?;
                    self.write(b"\"")?;
                    if let Some(Gone::EarlierRun(run)) = gone {
                        let run = serde_json::to_string(run)?;
                        self.write(format!(",\"deletedBy\":{run}").as_bytes())?;
                    }
                    self.write(b"}")?;
                }
            }
        }
        Ok(())
    }

    /// Adds one entry, which is JSON.
    pub fn add(&mut self, entry: &str) -> io::Result<()> {
        self.write(if self.offset == HEAD_LEN { b"\n" } else { b",\n" })?;
        self.write(entry.as_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    /// Puts everything appended so far on disk and tells the file's length, for the journal.
    pub fn flush_and_sync(&mut self) -> io::Result<u64> {
        self.out.flush()?;
        self.out.get_ref().sync_data()?;
        Ok(self.offset)
    }

    /// Bytes written so far.
    pub fn length(&self) -> u64 {
        self.offset
    }

    /// Leaves the file as it is on disk: what is not flushed is lost.
    pub fn abandon(self) {
        drop(self.out.into_parts());
    }

    /// Ends the list of succeeded records; what follows is the report's tail.
    ///
    /// Until [`Tail::finish`] the file can still be cut back to the offset of the last sync.
    pub fn close(mut self) -> io::Result<Tail> {
        self.write(b"\n]")?;
        let [report, part] = [REPORT, PART].map(|name| self.path.with_file_name(name));
        Ok(Tail::new(self.out, self.path, report, part))
    }
}

/// Whether the report of an earlier process can be gone on with from `offset`.
///
/// # Errors
/// Those of [`Part::open_at`]; the file is named.
pub fn check_at(dir: &Path, offset: u64) -> Result<(), RunError> {
    if offset == 0 {
        return Ok(());
    }
    let part = private::read(&dir.join(PART));
    let file = part.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => private::read(&dir.join(REPORT)),
        _ => Err(error),
    });
    file.and_then(|file| check(&file, offset)).map_err(|error| {
        let (dir, why) = (
            dir.display(),
            match error.kind() {
                io::ErrorKind::NotFound => format!("`{PART}` is gone"),
                _ => error.to_string(),
            },
        );
        RunError::internal(format!(
            "{dir}: {why}: what the server said of each success is not there"
        ))
        .hint(format!(
            "put it back; or send what is left in a run of its own: `korebulk retry {dir}`"
        ))
    })
}

/// Looks at a report of an earlier process; it is read from its start afterwards.
fn check(mut file: &File, offset: u64) -> io::Result<()> {
    let mut head = [0; HEAD.len()];
    if file.metadata()?.len() < offset || offset < HEAD_LEN {
        return Err(spoilt("is shorter than the journal remembers"));
    }
    file.read_exact(&mut head)?;
    if head != HEAD {
        return Err(spoilt("does not start as a report does"));
    }
    file.rewind()
}

/// The disk refused a file of the run's end.
pub(crate) fn unwritten(error: &io::Error) -> RunError {
    if let Some(path) = private::opened_elsewhere(error) {
        // Nothing is lost: the journal has it.
        let run = path.parent().unwrap_or(path).to_string_lossy();
        return RunError::new(Exit::SomeFailed, format!("{error}: it stays as it is"))
            .hint(format!("close it, then `korebulk report {}`", quoted(&run)));
    }
    let hint = match error.kind() {
        io::ErrorKind::InvalidData => {
            "`--format csv` writes the outcome files again; `korebulk retry` sends what is left of the run"
        }
        _ => "make room on the disk of the runs directory, then `korebulk resume` the run",
    };
    RunError::internal(format!("the report cannot be written: {error}")).hint(hint)
}

fn spoilt(how: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("`{PART}` {how}"))
}

#[cfg(test)]
mod tests;

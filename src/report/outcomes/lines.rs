//! Outcome files as JSON lines: the object as it came, with a `korebulk` object at its end.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::note::{CandidateLine, Note, part};
use crate::base::private;
use crate::report::ordered::Entries;

/// The key of korebulk's own object; one that the input brought along is replaced.
const OWN: &str = "korebulk";

#[derive(Serialize)]
struct Own<'a> {
    row: u64,
    outcome: &'a str,
    reason: &'a str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    mark: Option<&'a str>,
    #[serde(flatten)]
    candidate: Option<CandidateLine<'a>>,
    /// The line itself, where it was no object.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
}

/// What an earlier run's own object may hold that is nowhere else.
#[derive(Default, Deserialize)]
struct Earlier<'a> {
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
}

/// A file of objects that is made when its first one comes.
pub(super) struct ObjectFile {
    path: PathBuf,
    out: Option<BufWriter<File>>,
}

impl ObjectFile {
    /// A file to be at `path`.
    pub(super) const fn at(path: PathBuf) -> Self {
        Self { path, out: None }
    }

    /// Where the next object is written to.
    pub(super) fn out(&mut self) -> io::Result<&mut BufWriter<File>> {
        if self.out.is_none() {
            self.out = Some(BufWriter::new(private::create(&part(&self.path))?));
        }
        self.out.as_mut().ok_or_else(|| io::Error::other("no file"))
    }

    /// Gives the file its name, where there is one.
    pub(super) fn finish(self) -> io::Result<()> {
        let Some(mut out) = self.out else { return Ok(()) };
        out.flush()?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        private::appear(file, &part(&self.path), &self.path)
    }
}

/// Writes `object` on one line: its own entries in their order and spelling, then korebulk's.
pub(super) fn write_object(
    out: &mut impl Write,
    object: &str,
    file: &str,
    row: u64,
    note: Note<'_>,
) -> io::Result<()> {
    let entries = serde_json::from_str::<Entries<'_>>(object);
    let mut text = entries.is_err().then_some(Cow::Borrowed(object));
    out.write_all(b"{")?;
    for (key, value) in entries.map_or_else(|_| Vec::new(), |Entries(entries)| entries) {
        if key == OWN {
            text = serde_json::from_str::<Earlier<'_>>(value.get()).unwrap_or_default().text;
        } else {
            serde_json::to_writer(&mut *out, &key)?;
            out.write_all(b":")?;
            write_on_one_line(out, value.get())?;
            out.write_all(b",")?;
        }
    }
    write!(out, "\"{OWN}\":")?;
    let candidate = note.candidate;
    let own = Own {
        row,
        outcome: note.outcome.name(),
        reason: note.reason,
        file,
        id: note.id,
        mark: candidate.map(|_| ""),
        candidate,
        text,
    };
    serde_json::to_writer(&mut *out, &own)?;
    out.write_all(b"}\n")
}

/// Line breaks in JSON are between its parts only, so a blank does as well.
fn write_on_one_line(out: &mut impl Write, json: &str) -> io::Result<()> {
    for (n, piece) in json.split(['\n', '\r']).enumerate() {
        if n > 0 {
            out.write_all(b" ")?;
        }
        out.write_all(piece.as_bytes())?;
    }
    Ok(())
}

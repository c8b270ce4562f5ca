//! `audit.jsonl` beside the runs: one line at the start and the end of each, each with the hash of the line before.
//!
//! Append-only, under a lock. Holds names, numbers and hashes; never a contact's value or a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use ring::digest;
use serde::{Deserialize, Serialize};

use crate::base::file_lock;
use crate::base::private::{self, Sharing};

use super::line::{Event, Line};

/// The audit's file in the runs directory.
pub const FILE: &str = "audit.jsonl";

/// What the first line has for the hash of the line before.
const NONE: &str = "";

#[derive(Serialize)]
struct Chained<'a> {
    previous: &'a str,
    #[serde(flatten)]
    line: &'a Line,
}

/// Appends a line to the audit in `runs`, and waits until it is on disk. All of it is there or nothing.
///
/// # Errors
/// Those of the disk; `TimedOut` when another process keeps it locked.
pub fn append(runs: &Path, line: &Line) -> io::Result<()> {
    write(&mut open(runs)?, line)
}

/// The same, unless the same line is there already: whoever wrote it died before it could say so.
///
/// # Errors
/// Those of [`append`].
pub fn append_once(runs: &Path, line: &Line) -> io::Result<()> {
    let mut file = open(runs)?;
    file.seek(SeekFrom::Start(0))?;
    for earlier in BufReader::new(&file).split(b'\n') {
        let earlier = serde_json::from_slice::<Line>(&earlier?);
        if earlier.is_ok_and(|earlier| earlier == *line) {
            return Ok(());
        }
    }
    write(&mut file, line)
}

/// Opens the audit as for a line, where there is one.
///
/// # Errors
/// Those of the disk.
pub fn can_be_written(runs: &Path) -> io::Result<()> {
    // Whether the directory can be used shows by itself.
    match runs.join(FILE).symlink_metadata() {
        Ok(_) => private::append(&private::existing_directory(runs)?.join(FILE)).map(drop),
        Err(_) => Ok(()),
    }
}

/// The audit, locked until it is closed.
fn open(runs: &Path) -> io::Result<File> {
    let path = private::existing_directory(runs)?.join(FILE);
    // Not only to append: Windows would not let a line be cut off.
    let file = private::edit(&path, Sharing::Own)?;
    file_lock::alone(&file)?;
    Ok(file)
}

fn write(file: &mut File, line: &Line) -> io::Result<()> {
    let (last, end) = last_line(file)?;
    let previous = last.map_or_else(|| NONE.to_owned(), |last| hash(&last));
    let text = serde_json::to_string(&Chained { previous: &previous, line })? + "\n";
    let written = write_at_end(file, text.as_bytes()).and_then(|()| file.sync_data());
    if written.is_err() {
        // Half a line would be in the way of every later one.
        file.set_len(end)?;
    }
    written
}

fn write_at_end(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::End(0))?;
    file.write_all(bytes)
}

/// The last whole line without its end, and where it ends in the file.
///
/// What a power cut left of a line is cut off: nothing has relied on it. A line that lacks
/// its end alone is given it.
fn last_line(file: &mut File) -> io::Result<(Option<Vec<u8>>, u64)> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail = tail(file, length)?;
    if tail.is_empty() || tail.ends_with(b"\n") {
        return Ok((tail.strip_suffix(b"\n").map(<[u8]>::to_vec), length));
    }
    if serde_json::from_slice::<Read>(&tail).is_ok() {
        write_at_end(file, b"\n")?;
        return Ok((Some(tail), length + 1));
    }
    let end = length - tail.len() as u64;
    file.set_len(end)?;
    let whole = self::tail(file, end)?;
    Ok((whole.strip_suffix(b"\n").map(<[u8]>::to_vec), end))
}

/// What is behind the last line break before `end`, one at the very end not counted.
fn tail(file: &mut File, end: u64) -> io::Result<Vec<u8>> {
    let mut tail: Vec<u8> = Vec::new();
    let mut from = end;
    while from > 0 {
        let step = from.min(8192);
        from -= step;
        file.seek(SeekFrom::Start(from))?;
        let mut block = vec![0; usize::try_from(step).unwrap_or(8192)];
        file.read_exact(&mut block)?;
        block.append(&mut tail);
        tail = block;
        let inner = tail.strip_suffix(b"\n").unwrap_or(&tail);
        if let Some(start) = inner.iter().rposition(|byte| *byte == b'\n') {
            return Ok(tail.split_off(start + 1));
        }
    }
    Ok(tail)
}

/// What the audit says, as far as its chain holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Lines that hold.
    pub lines: u64,
    /// The first line that does not, from 1, and why.
    pub broken: Option<(u64, String)>,
    /// Run → the hash of its report, as last noted.
    pub reports: BTreeMap<String, String>,
    /// Runs that began.
    pub begun: BTreeSet<String>,
    /// Runs that ended.
    pub ended: BTreeSet<String>,
    /// Runs of which the last word is that they began or went on: under way, or killed.
    pub open: BTreeSet<String>,
}

impl Verified {
    fn note(&mut self, event: Event, run: &str) {
        match event {
            Event::Start | Event::Resume => {
                self.begun.insert(run.to_owned());
                self.open.insert(run.to_owned());
            }
            Event::End => {
                self.ended.insert(run.to_owned());
                self.open.remove(run);
            }
            Event::Report | Event::Reconcile | Event::Scrub => {}
        }
    }
}

#[derive(Deserialize)]
struct Read {
    previous: String,
    event: Event,
    run: String,
    report: Option<String>,
}

/// Follows the chain. `None`: there is no audit.
///
/// # Errors
/// Those of the disk.
pub fn verify(runs: &Path) -> io::Result<Option<Verified>> {
    let file = match private::read(&runs.join(FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    file_lock::shared(&file)?;
    let mut lines = BufReader::new(file);
    let mut verified = Verified::default();
    let mut expected = NONE.to_owned();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let ended = line.pop_if(|byte| *byte == b'\n').is_some();
        let number = verified.lines + 1;
        let read: Option<Read> = serde_json::from_slice(&line).ok().filter(|_| ended);
        let Some(read) = read else {
            verified.broken = Some((number, "is not a whole line of the audit".to_owned()));
            break;
        };
        if read.previous != expected {
            let what = match number {
                1 => "is not the first line: lines before it are gone".to_owned(),
                _ => format!(
                    "does not follow line {}: that one was changed, or one between is gone",
                    number - 1
                ),
            };
            verified.broken = Some((number, what));
            break;
        }
        verified.lines = number;
        verified.note(read.event, &read.run);
        if let Some(report) = read.report {
            verified.reports.insert(read.run, report);
        }
        expected = hash(&line);
        line.clear();
    }
    Ok(Some(verified))
}

/// What the audit says of a run that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Begun {
    /// What is done.
    pub operation: String,
    /// Scheme and authority, or `sandbox`.
    pub host: String,
    /// The account's id.
    pub account: String,
}

/// Run → what it began with. A line that cannot be read is left out: it is for [`verify`] to say so.
///
/// # Errors
/// Those of the disk.
pub fn begun(runs: &Path) -> io::Result<BTreeMap<String, Begun>> {
    #[derive(Deserialize)]
    struct Started {
        run: String,
        start: Begun,
    }
    let file = private::read(&runs.join(FILE))?;
    file_lock::shared(&file)?;
    let mut begun = BTreeMap::new();
    for line in BufReader::new(file).split(b'\n') {
        if let Ok(Started { run, start }) = serde_json::from_slice(&line?) {
            begun.insert(run, start);
        }
    }
    Ok(begun)
}

fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// SHA-256 of all that `file` gives, lower-case hex.
///
/// # Errors
/// Those of the disk.
pub fn hash_of(mut file: impl io::Read) -> io::Result<String> {
    let mut context = digest::Context::new(&digest::SHA256);
    let mut block = vec![0; 64 * 1024];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hex(context.finish().as_ref())),
            read => context.update(&block[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes any text");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(event: Event, run: &str) -> Line {
        Line {
            at: "2026-11-23T02:00:00Z".into(),
            event,
            run: run.into(),
            job: "night".into(),
            user: "ada".into(),
            machine: "box".into(),
            version: "0".into(),
            start: None,
            end: None,
            report: (event == Event::End).then(|| "abc".to_owned()),
        }
    }

    fn written() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for run in ["a", "b"] {
            append(dir.path(), &line(Event::Start, run)).unwrap();
            append(dir.path(), &line(Event::End, run)).unwrap();
        }
        dir
    }

    fn broken(dir: &Path, change: impl Fn(&str) -> String) -> (u64, String) {
        let path = dir.join(FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, change(&text)).unwrap();
        let verified = verify(dir).unwrap().unwrap();
        std::fs::write(&path, text).unwrap();
        verified.broken.expect("the change is seen")
    }

    #[test]
    fn an_untouched_chain_holds() {
        let dir = written();
        let verified = verify(dir.path()).unwrap().unwrap();
        assert_eq!((verified.lines, verified.broken), (4, None));
        assert_eq!((verified.begun.len(), verified.ended.len(), verified.open.len()), (2, 2, 0));
        assert_eq!(verified.reports["b"], "abc");
        assert_eq!(verify(&dir.path().join("none")).unwrap(), None);
    }

    #[test]
    fn every_change_breaks_the_chain() {
        let dir = written();
        let drop_line = |at: usize| {
            move |text: &str| {
                let kept = text.lines().enumerate().filter(|(number, _)| *number != at);
                kept.map(|(_, line)| [line, "\n"].concat()).collect::<String>()
            }
        };
        assert_eq!(broken(dir.path(), |text| text.replacen("ada", "eve", 1)).0, 2);
        assert_eq!(broken(dir.path(), drop_line(0)).0, 1);
        assert_eq!(broken(dir.path(), drop_line(2)).0, 3);
        let swapped = |text: &str| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.swap(1, 2);
            lines.join("\n") + "\n"
        };
        assert_eq!(broken(dir.path(), swapped).0, 2);
        assert_eq!(broken(dir.path(), |text| text.trim_end().to_owned()).0, 4);
        assert_eq!(broken(dir.path(), |text| format!("{text}{{}}\n")).0, 5);
    }

    #[test]
    fn a_run_that_went_on_is_open_until_it_ends_again() {
        let dir = written();
        let open = || verify(dir.path()).unwrap().unwrap().open;
        append(dir.path(), &line(Event::Resume, "a")).unwrap();
        append(dir.path(), &line(Event::Scrub, "a")).unwrap();
        assert_eq!(open(), BTreeSet::from(["a".to_owned()]));
        append(dir.path(), &line(Event::End, "a")).unwrap();
        assert_eq!(open(), BTreeSet::new());
    }

    #[test]
    fn a_long_line_is_found_whole() {
        let dir = tempfile::tempdir().unwrap();
        let mut long = line(Event::Start, "a");
        long.user = "x".repeat(20_000);
        for _ in 0..3 {
            append(dir.path(), &long).unwrap();
        }
        assert_eq!(verify(dir.path()).unwrap().unwrap().lines, 3);
    }

    #[test]
    fn writers_at_the_same_time_take_turns() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for name in ["a", "b", "c", "d"] {
                let dir = dir.path();
                scope.spawn(move || {
                    for _ in 0..20 {
                        append(dir, &line(Event::Start, name)).unwrap();
                    }
                });
            }
        });
        let verified = verify(dir.path()).unwrap().unwrap();
        assert_eq!((verified.lines, verified.broken), (80, None));
    }
}

//! Reports of earlier runs, read piece by piece: to find one contact, or to scrub all of them.
//!
//! Memory does not grow with the report. A report that was never finished is read as far as it goes.

mod search;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::base::private;
use search::{Changes, EachSucceeded, Search};

/// Bytes read and written at once.
const BUFFER: usize = 256 * 1024;

/// The list of the succeeded; a report begins with it.
const SUCCEEDED: &str = "successfulRecords";
const HEAD: &str = "{\"format\":1,\n\"successfulRecords\":[";

/// Whether the report at `path` names `id` among the succeeded; `None` where it does not, and breaks off.
///
/// # Errors
/// Those of the disk; `InvalidData` for a file that is no report.
pub fn succeeded(path: &Path, id: &str) -> io::Result<Option<bool>> {
    let mut search = Search { id, found: false };
    let whole = walk(path, &mut search)?;
    Ok((search.found || whole).then_some(search.found))
}

/// Calls `each` with the id of every entry of the report at `path` among the succeeded, `None` for what another run did and
/// for an entry without an id. Whether the report is whole.
///
/// # Errors
/// Those of the disk and of `each`; `InvalidData` for a file that is no report.
pub(crate) fn each_succeeded(
    path: &Path,
    each: &mut dyn FnMut(Option<&str>) -> io::Result<()>,
) -> io::Result<bool> {
    let mut all = EachSucceeded { each, failed: None };
    let walked = walk(path, &mut all);
    all.failed.map_or(walked, Err)
}

/// Calls `each` with id and `updatedAt` of every entry of the report at `path` among the succeeded that gives both.
///
/// # Errors
/// Those of the disk; `InvalidData` for a file that is no report.
pub(crate) fn changes(path: &Path, each: &mut dyn FnMut(&str, Timestamp)) -> io::Result<()> {
    walk(path, &mut Changes { each }).map(drop)
}

/// Writes the report at `from` without contact data to `to`: ids, outcomes and numbers stay.
///
/// Returns the length up to the end of the last succeeded record, from where the report could be written again.
///
/// # Errors
/// Those of the disk; `InvalidData` for a file that is no report.
pub fn scrub(from: &Path, to: &Path) -> io::Result<u64> {
    let out = BufWriter::with_capacity(BUFFER, private::create(to)?);
    let mut scrubber = Scrubber { out, written: 0, offset: 0, entries: 0, ended: false };
    scrubber.put(HEAD)?;
    scrubber.offset = scrubber.written;
    let whole = walk(from, &mut scrubber)?;
    if whole {
        scrubber.end_of_succeeded()?;
        scrubber.put("}\n")?;
    }
    let offset = scrubber.offset;
    let file = scrubber.out.into_inner().map_err(io::IntoInnerError::into_error)?;
    if !whole {
        file.set_len(offset)?;
    }
    file.sync_all()?;
    Ok(offset)
}

/// Takes a report in pieces.
trait Pieces {
    fn fact(&mut self, key: &str, value: &RawValue) -> io::Result<()>;
    fn begin(&mut self, key: &str) -> io::Result<()>;
    fn entry(&mut self, key: &str, entry: &RawValue) -> io::Result<()>;
    fn end(&mut self, key: &str) -> io::Result<()>;
}

/// Walks over the report; whether it was whole.
fn walk(path: &Path, pieces: &mut impl Pieces) -> io::Result<bool> {
    let reader = BufReader::with_capacity(BUFFER, private::read(path)?);
    let mut json = serde_json::Deserializer::from_reader(reader);
    match (Report { pieces }).deserialize(&mut json) {
        Ok(()) => Ok(true),
        Err(error) if error.is_eof() => Ok(false),
        Err(error) if error.is_io() => Err(error.into()),
        Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "this is not a report")),
    }
}

struct Report<'a, P> {
    pieces: &'a mut P,
}

impl<'de, P: Pieces> DeserializeSeed<'de> for Report<'_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, P: Pieces> Visitor<'de> for Report<'_, P> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key.ends_with("Records") || key.ends_with("Answers") {
                self.pieces.begin(&key).map_err(A::Error::custom)?;
                map.next_value_seed(List { key: &key, pieces: self.pieces })?;
                self.pieces.end(&key).map_err(A::Error::custom)?;
            } else {
                let value: Box<RawValue> = map.next_value()?;
                self.pieces.fact(&key, &value).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}

struct List<'a, P> {
    key: &'a str,
    pieces: &'a mut P,
}

impl<'de, P: Pieces> DeserializeSeed<'de> for List<'_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de, P: Pieces> Visitor<'de> for List<'_, P> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(entry) = list.next_element::<Box<RawValue>>()? {
            self.pieces.entry(self.key, &entry).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// The id that an entry gives: `id` or `_id` in it, or in the contact or the data in it.
fn id_of(entry: &str) -> Option<String> {
    let value: Value = serde_json::from_str(entry).ok()?;
    if let Value::String(id) = value {
        return Some(id);
    }
    let places = [Some(&value), value.get("contact"), value.get("data")];
    let named = |place: &Value| Some(place.get("id").or(place.get("_id"))?.as_str()?.to_owned());
    places.into_iter().flatten().find_map(named)
}

/// An entry of ours for what an earlier run deleted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Gone {
    id: String,
    deleted_by: String,
}

fn gone(entry: &str) -> Option<Gone> {
    entry.contains("\"deletedBy\"").then(|| serde_json::from_str(entry).ok()).flatten()
}

struct Scrubber {
    out: BufWriter<File>,
    written: u64,
    /// The end of the last succeeded record.
    offset: u64,
    /// In the list that is open.
    entries: u64,
    /// Whether the list of the succeeded is over.
    ended: bool,
}

impl Scrubber {
    fn put(&mut self, text: &str) -> io::Result<()> {
        self.written += text.len() as u64;
        self.out.write_all(text.as_bytes())
    }

    fn end_of_succeeded(&mut self) -> io::Result<()> {
        if !self.ended {
            self.ended = true;
            self.put("\n]")?;
        }
        Ok(())
    }
}

impl Pieces for Scrubber {
    fn fact(&mut self, key: &str, value: &RawValue) -> io::Result<()> {
        if key == "format" {
            return Ok(());
        }
        self.end_of_succeeded()?;
        self.put(&format!(",\n{}:{}", Value::from(key), value.get()))
    }

    fn begin(&mut self, key: &str) -> io::Result<()> {
        self.entries = 0;
        if key != SUCCEEDED {
            self.end_of_succeeded()?;
            self.put(&format!(",\n{}:[", Value::from(key)))?;
        }
        Ok(())
    }

    fn entry(&mut self, key: &str, entry: &RawValue) -> io::Result<()> {
        let kept = if key == SUCCEEDED {
            // Without the name of the run that deleted it, this one would seem to have done it.
            match gone(entry.get()) {
                Some(gone) => json!({"id": gone.id, "deletedBy": gone.deleted_by}),
                None => json!({"id": id_of(entry.get())}),
            }
        } else {
            without_contact(entry.get())
        };
        let separator = if self.entries == 0 { "\n" } else { ",\n" };
        self.entries += 1;
        self.put(separator)?;
        self.put(&kept.to_string())?;
        if key == SUCCEEDED {
            self.offset = self.written;
        }
        Ok(())
    }

    fn end(&mut self, key: &str) -> io::Result<()> {
        if key == SUCCEEDED { self.end_of_succeeded() } else { self.put("]") }
    }
}

/// What may stay of an entry of ours: all but the server's message and what it sent.
fn without_contact(entry: &str) -> Value {
    const STAYS: [&str; 9] = [
        "id",
        "was",
        "source",
        "status",
        "attempts",
        "mayHaveBeenApplied",
        "fields",
        "request",
        "kind",
    ];
    let mut value: Value = serde_json::from_str(entry).unwrap_or_default();
    if let Value::Object(keys) = &mut value {
        keys.retain(|key, _| STAYS.contains(&key.as_str()));
        keys.insert("reason".to_owned(), Value::from(""));
        keys.insert("server".to_owned(), Value::Null);
    }
    value
}

/// Puts the scrubbed report in the place of the old one.
///
/// # Errors
/// Those of the disk.
pub fn take_place(scrubbed: &Path, report: &Path) -> io::Result<()> {
    private::rename(scrubbed, report)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const REPORT: &str = r#"{"format":1,
"successfulRecords":[
{"contact":{"_id":"aa01","firstName":"John"}},
{"id":"aa02"},
{"id":"aa04","deletedBy":"night-1"}
],
"job":"night","exitCode":1,
"failedRecords":[
{"id":"aa03","source":{"file":"a.csv","sheet":null,"row":4},"reason":"John said no","status":400,"attempts":1,"mayHaveBeenApplied":false,"fields":[],"server":{"name":"John"}}],
"unexpectedRecords":[
{"request":7,"kind":"notSent","server":{"_id":"aa09","firstName":"John"}}],
"doubtfulAnswers":[
{"request":8,"status":200,"reason":"HTTP 200 with an error","server":{"msg":"John"}}]}
"#;

    fn scrubbed(text: &str) -> (String, u64) {
        let dir = tempfile::tempdir().unwrap();
        let [from, to] = ["report.json", "new"].map(|name| dir.path().join(name));
        fs::write(&from, text).unwrap();
        let offset = scrub(&from, &to).unwrap();
        (fs::read_to_string(to).unwrap(), offset)
    }

    #[test]
    fn ids_stay_and_contacts_go() {
        let (text, offset) = scrubbed(REPORT);
        assert!(!text.contains("John"), "{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            value["successfulRecords"],
            json!([{"id": "aa01"}, {"id": "aa02"}, {"id": "aa04", "deletedBy": "night-1"}])
        );
        assert_eq!(value["failedRecords"][0]["id"], "aa03");
        assert_eq!(value["failedRecords"][0]["source"]["row"], 4);
        assert_eq!(value["job"], "night");
        assert_eq!(value["unexpectedRecords"][0]["request"], 7);
        assert_eq!(value["doubtfulAnswers"][0]["status"], 200);
        assert!(text[usize::try_from(offset).unwrap()..].starts_with("\n]"));
        assert_eq!(scrubbed(&text).0, text, "a second time changes nothing");
    }

    #[test]
    fn a_report_that_breaks_off_is_scrubbed_as_far_as_it_goes() {
        let cut = REPORT.find("{\"id\":\"aa02\"").unwrap() + 5;
        let (text, offset) = scrubbed(&REPORT[..cut]);
        assert_eq!(text, format!("{HEAD}\n{{\"id\":\"aa01\"}}"));
        assert_eq!(offset, text.len() as u64);
    }

    #[test]
    fn one_of_many_is_found_by_its_id_and_by_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        fs::write(&path, REPORT).unwrap();
        assert_eq!(succeeded(&path, "aa01").unwrap(), Some(true));
        assert_eq!(succeeded(&path, "AA02").unwrap(), Some(true));
        assert_eq!(succeeded(&path, "aa03").unwrap(), Some(false), "it failed");
        assert_eq!(succeeded(&path, "John").unwrap(), Some(false), "that is a name");
        let mut found = Vec::new();
        let mut each = |id: Option<&str>| {
            found.push(id.map(str::to_owned));
            Ok(())
        };
        assert!(each_succeeded(&path, &mut each).unwrap());
        assert_eq!(found, [Some("aa01".to_owned()), Some("aa02".to_owned()), None]);
        let full = |_: Option<&str>| Err(io::Error::from(io::ErrorKind::StorageFull));
        let full = each_succeeded(&path, &mut { full }).unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        fs::write(&path, &REPORT[..100]).unwrap();
        assert!(!each_succeeded(&path, &mut |_| Ok(())).unwrap(), "it breaks off");
        assert_eq!(succeeded(&path, "aa01").unwrap(), Some(true));
        assert_eq!(succeeded(&path, "aa04").unwrap(), None);
        fs::write(&path, "<html>").unwrap();
        assert_eq!(succeeded(&path, "aa01").unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}

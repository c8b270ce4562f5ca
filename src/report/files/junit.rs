//! `junit.xml`, as CI systems and schedulers show it: a test case for every record that did not succeed, and one for
//! the rest.
//!
//! It is made to be uploaded: the server's messages are in it as the screen shows them, see `report.values`.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, Event};

use super::outcome::{RunOutcome, UNSENT, spoken, voice};
use super::{ContactData, RunFile};
use crate::base::numbers::counted;
use crate::base::{private, terminal};
use crate::journal::RecordRow;
use crate::model::{Exit, Outcome, RunError};
use crate::report::cluster::shown_alone;
use crate::report::part::unwritten;

const NAME: &str = "junit.xml";

/// `junit.xml`.
pub(super) struct Junit;

impl RunFile for Junit {
    fn format(&self) -> &'static str {
        "junit"
    }

    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn contact_data(&self) -> ContactData {
        ContactData::Anywhere
    }

    fn is_usual(&self) -> bool {
        false
    }

    fn written_alone(&self) -> bool {
        true
    }

    fn write(&self, outcome: &RunOutcome<'_>) -> Result<Vec<PathBuf>, RunError> {
        let path = outcome.dir.join(NAME);
        let part = path.with_added_extension("part");
        let file = private::create(&part).map_err(|error| unwritten(&error))?;
        let mut suite =
            Suite { outcome, out: Writer::new_with_indent(BufWriter::new(file), b' ', 1) };
        let written = suite.write().and_then(|()| {
            let file = suite.out.into_inner().into_inner().map_err(io::IntoInnerError::into_error);
            file.and_then(|file| private::appear(file, &part, &path))
                .map_err(|error| unwritten(&error))
        });
        if written.is_err() {
            let _ = private::remove(&part);
        }
        written.map(|()| vec![path])
    }
}

struct Suite<'a> {
    outcome: &'a RunOutcome<'a>,
    out: Writer<BufWriter<File>>,
}

/// Name and value.
type Attribute<'a> = (&'a str, &'a str);

impl Suite<'_> {
    fn write(&mut self) -> Result<(), RunError> {
        self.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        self.begin()?;
        let outcome = self.outcome;
        if let Some(copy) = &outcome.copy {
            outcome.each_row(copy, |row, record, what| match record {
                Some(record) => self.record(record),
                None if what == Outcome::Unsent => {
                    self.unsent(&place(outcome, row.source, row.line))
                }
                None => Ok(()),
            })?;
        } else {
            outcome.each_record(|record| self.record(record))?;
            if outcome.facts.ledger.unsent > 0 {
                let unsent = counted(outcome.facts.ledger.unsent, "record");
                self.unsent(&format!("{unsent} not sent"))?;
            }
        }
        self.rest()?;
        for name in ["testsuite", "testsuites"] {
            self.event(Event::End(BytesEnd::new(name)))?;
        }
        self.event(Event::Eof)?;
        self.out.get_mut().flush().map_err(|error| unwritten(&error))
    }

    fn begin(&mut self) -> Result<(), RunError> {
        let facts = &self.outcome.facts;
        let ledger = &facts.ledger;
        let unsent = if self.outcome.copy.is_some() { ledger.unsent } else { ledger.unsent.min(1) };
        let failures = ledger.failed + ledger.rejected;
        let errors = ledger.unknown + unsent + u64::from(self.is_cut_short());
        let tests = failures + ledger.unknown + unsent + ledger.skipped + 1;
        let took = facts.finished_at.duration_since(facts.started_at).as_secs_f64();
        let counts = [tests, failures, errors, ledger.skipped].map(|count| count.to_string());
        let took = format!("{took:.3}");
        let counts = [
            ("tests", counts[0].as_str()),
            ("failures", &counts[1]),
            ("errors", &counts[2]),
            ("skipped", &counts[3]),
            ("time", &took),
        ];
        self.start("testsuites", &[&[("name", "korebulk")], &counts[..]].concat())?;
        let at = at(facts.started_at);
        let suite =
            [("name", facts.job.as_str()), ("timestamp", &at), ("hostname", &facts.machine)];
        self.start("testsuite", &[&suite[..], &counts[..]].concat())?;
        self.start("properties", &[])?;
        for (name, value) in [
            ("run", facts.run.as_str()),
            ("operation", facts.operation.name()),
            ("host", &facts.target.host),
            ("account", &facts.target.account),
            ("exitCode", &facts.exit_code.to_string()),
        ] {
            self.empty("property", &[("name", name), ("value", value)])?;
        }
        self.event(Event::End(BytesEnd::new("properties")))
    }

    fn record(&mut self, record: &RecordRow) -> Result<(), RunError> {
        let element = match record.outcome {
            Outcome::Succeeded | Outcome::Unsent => return Ok(()),
            Outcome::Failed | Outcome::Rejected => "failure",
            Outcome::Unknown => "error",
            Outcome::Skipped => "skipped",
        };
        let place =
            place(self.outcome, record.source.unwrap_or(0), record.line.unwrap_or_default());
        let name = match &record.id {
            Some(id) => format!("{place}, {id}"),
            None => place,
        };
        let why = shown_alone(voice(record), &spoken(record), self.outcome.values);
        self.case(&name, Some((element, record.outcome.name(), &why)))
    }

    fn unsent(&mut self, name: &str) -> Result<(), RunError> {
        self.case(name, Some(("error", Outcome::Unsent.name(), UNSENT)))
    }

    /// What succeeded; and how the run ended, where that is more than its records say.
    fn rest(&mut self) -> Result<(), RunError> {
        let facts = &self.outcome.facts;
        let name = format!("{} succeeded", counted(facts.ledger.succeeded, "record"));
        let exit = format!("exit {}", facts.exit_code);
        let meaning = Exit::with_code(facts.exit_code).map_or("", Exit::meaning);
        self.case(&name, self.is_cut_short().then_some(("error", &exit, meaning)))
    }

    fn is_cut_short(&self) -> bool {
        let code = self.outcome.facts.exit_code;
        code != Exit::Finished.code() && code != Exit::SomeFailed.code()
    }

    /// A test case, and for one that did not pass the element that says so, its type and message.
    fn case(&mut self, name: &str, end: Option<(&str, &str, &str)>) -> Result<(), RunError> {
        let case: [Attribute<'_>; 3] =
            [("classname", &self.outcome.facts.job), ("name", name), ("time", "0")];
        let Some((element, kind, message)) = end else { return self.empty("testcase", &case) };
        self.start("testcase", &case)?;
        match element {
            "skipped" => self.empty(element, &[("message", message)])?,
            _ => self.empty(element, &[("type", kind), ("message", message)])?,
        }
        self.event(Event::End(BytesEnd::new("testcase")))
    }

    fn start(&mut self, name: &str, attributes: &[Attribute<'_>]) -> Result<(), RunError> {
        self.event(Event::Start(element(name, attributes)))
    }

    fn empty(&mut self, name: &str, attributes: &[Attribute<'_>]) -> Result<(), RunError> {
        self.event(Event::Empty(element(name, attributes)))
    }

    fn event(&mut self, event: Event<'_>) -> Result<(), RunError> {
        self.out.write_event(event).map_err(|error| unwritten(&error))
    }
}

fn element<'a>(name: &'a str, attributes: &[Attribute<'_>]) -> BytesStart<'a> {
    let mut element = BytesStart::new(name);
    for (key, value) in attributes {
        element.push_attribute((*key, legal(value).as_str()));
    }
    element
}

/// XML has no control characters, not even escaped ones, nor the last two of the first plane.
fn legal(text: &str) -> String {
    terminal::line(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// `in.csv, row 12`
fn place(outcome: &RunOutcome<'_>, source: u16, line: u64) -> String {
    match outcome.sources.get(usize::from(source)) {
        Some(source) => match &source.sheet {
            Some(sheet) => format!("{}, {sheet}, row {line}", source.file),
            None => format!("{}, row {line}", source.file),
        },
        None => format!("row {line}"),
    }
}

/// As the schema has it: without a fraction of a second.
fn at(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

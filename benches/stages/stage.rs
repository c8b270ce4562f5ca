//! The stages that a record passes through, each by itself.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use korebulk::Operation;
use korebulk::inside::{
    AnswerParts, BodyPart, Contacts, CopyReader, CopyWriter, Credentials, Cut, Ending, Entry,
    Format, IdFormat, InputSettings, Intent, Journal, Loader, MapSettings, Mapped, Mapper, Mark,
    Named, OnDuplicate, Part, PhoneCheck, Reading, Record, Row, SentRecord, Settlement, Source,
    Target, UpdateSettings, Verdict, VerdictKind, Wire, fitting,
};

use crate::{echo, input};

/// Records that a stage handles at once: fewer where nothing is optimised.
pub(crate) const ROWS: u32 = if cfg!(debug_assertions) { 500 } else { 5_000 };
const BATCH: usize = 100;

/// A stage with its input at hand, which handles [`ROWS`] records each time it is called.
pub(crate) type Stage = Box<dyn FnMut()>;

/// Makes a stage and its input.
pub(crate) type Make = fn() -> Stage;

/// Every stage, in the order in which a record passes through them.
pub(crate) const STAGES: [(&str, Make); 7] = [
    ("load", load),
    ("store the copy", store_the_copy),
    ("map", map),
    ("read the copy", read_the_copy),
    ("cut and encode", cut_and_encode),
    ("read the answer", read_the_answer),
    ("journal and report", journal_and_report),
];

/// Files of a benchmark, gone when it ends.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        input::write(&dir.path().join("input.csv"), u64::from(ROWS), true);
        Self { dir }
    }

    fn loader(&self) -> Loader {
        let settings = InputSettings {
            from: None,
            paths: vec!["input.csv".to_owned()],
            base: self.dir.path().to_owned(),
            format: Format::Auto,
            sheet: None,
            header_row: None,
            encoding: None,
            delimiter: None,
            hidden_rows: None,
        };
        Loader::open(&settings, &korebulk::inside::Moment::now()).unwrap()
    }

    fn rows(&self) -> (Vec<Row>, Vec<Source>) {
        let mut loader = self.loader();
        let mut rows = Vec::new();
        let mut row = Row::default();
        while loader.next(&mut row).unwrap() {
            rows.push(row.clone());
        }
        (rows, loader.sources().to_vec())
    }

    fn records(&self) -> Vec<Record> {
        let (rows, sources) = self.rows();
        let mut mapper = mapper(&sources[0]);
        (0..).zip(&rows).map(|(ordinal, row)| mapped(&mut mapper, ordinal, row)).collect()
    }

    fn copy(&self, rows: &[Row], sources: &[Source]) -> std::path::PathBuf {
        let path = self.dir.path().join("input.zst");
        let mut copy = CopyWriter::create(&path).unwrap();
        for row in rows {
            copy.write(row).unwrap();
        }
        copy.finish(sources).unwrap();
        path
    }
}

fn mapper(source: &Source) -> Mapper {
    let settings = MapSettings {
        operation: Operation::BulkUpdate,
        columns: BTreeMap::new(),
        defaults: BTreeMap::new(),
        id_format: IdFormat::Objectid,
        on_duplicate: OnDuplicate::Reject,
        first: 0,
        strict: false,
        send_if: Vec::new(),
        skip_if: Vec::new(),
        phone_check: PhoneCheck::Valid,
        phone_region: None,
        with_contacts: false,
        matching: None,
        decided_for: 0,
        update: UpdateSettings::default(),
        max_record_bytes: 1 << 20,
    };
    Mapper::new(&settings, source, jiff::Timestamp::now()).unwrap()
}

fn mapped(mapper: &mut Mapper, ordinal: u32, row: &Row) -> Record {
    match mapper.map(ordinal, row) {
        Mapped::Checked(record) => record,
        other => panic!("the input is clean: {other:?}"),
    }
}

fn wire() -> Wire {
    let target = Target {
        host: "http://127.0.0.1:1".to_owned(),
        stream_id: "st-00000000-0000-0000-0000-000000000000".to_owned(),
        account_id: "000000000000000000000000".to_owned(),
        client_id: String::new(),
        credentials: Credentials::Sandbox,
        ca_file: None,
    };
    Wire::new(Operation::BulkUpdate.spec(), &target)
}

fn answer(body: &Bytes) -> AnswerParts<'_> {
    AnswerParts {
        status: 200,
        retry_after: None,
        content_type: None,
        encoding: None,
        body: BodyPart::Whole(body),
        date: None,
        received: SystemTime::now(),
    }
}

/// One batch and the server's answer to it.
fn exchange(bench: &Bench) -> (Vec<Record>, Bytes) {
    let records: Vec<Record> = bench.records().into_iter().take(BATCH).collect();
    let request = wire().request(&records);
    let mut echo = String::new();
    echo::echoed(std::str::from_utf8(&request.body).unwrap(), &mut echo);
    (records, Bytes::from(echo))
}

fn load() -> Stage {
    let bench = Bench::new();
    Box::new(move || {
        let mut loader = bench.loader();
        let mut row = Row::default();
        while loader.next(&mut row).unwrap() {
            black_box(&row);
        }
    })
}

fn store_the_copy() -> Stage {
    let bench = Bench::new();
    let (rows, sources) = bench.rows();
    Box::new(move || drop(bench.copy(&rows, &sources)))
}

fn map() -> Stage {
    let (rows, sources) = Bench::new().rows();
    let mut mapper = mapper(&sources[0]);
    Box::new(move || {
        for (ordinal, row) in (0..).zip(&rows) {
            black_box(mapped(&mut mapper, ordinal, row));
        }
    })
}

fn read_the_copy() -> Stage {
    let bench = Bench::new();
    let (rows, sources) = bench.rows();
    let path = bench.copy(&rows, &sources);
    Box::new(move || {
        let _files = &bench;
        let mut copy = CopyReader::open(&path).unwrap();
        let mut row = Row::default();
        while copy.next(&mut row).unwrap() {
            black_box(&row);
        }
    })
}

fn cut_and_encode() -> Stage {
    let records = Bench::new().records();
    let wire = wire();
    Box::new(move || {
        let mut rest = &records[..];
        while !rest.is_empty() {
            let (operation, bytes) = (Operation::BulkUpdate, 1 << 20);
            let fits = fitting(operation.spec(), &mut rest.iter(), BATCH, bytes);
            black_box(wire.request(&rest[..fits]));
            rest = &rest[fits..];
        }
    })
}

/// Batches of this many records make the records of a stage.
fn batches() -> u32 {
    ROWS / u32::try_from(BATCH).unwrap()
}

fn read_the_answer() -> Stage {
    let (records, body) = exchange(&Bench::new());
    let wire = wire();
    Box::new(move || {
        for _ in 0..batches() {
            black_box(wire.read(&records, &answer(&body)));
        }
    })
}

fn journal_and_report() -> Stage {
    let bench = Bench::new();
    let (records, body) = exchange(&bench);
    let sent: Vec<SentRecord> = records.iter().map(SentRecord::from).collect();
    let verdicts = verdicts(&records, &body);
    let mut recorder = Recorder::open(bench.dir.path());
    Box::new(move || {
        let _files = &bench;
        for _ in 0..batches() {
            recorder.record(&verdicts, &sent, &body);
        }
    })
}

fn verdicts(records: &[Record], body: &Bytes) -> Vec<Verdict> {
    let Reading::Verdicts(said) = wire().read(records, &answer(body)).reading else {
        panic!("the echo is an answer with verdicts")
    };
    let verdict = |(record, named): (&Record, Named)| match named {
        Named::Succeeded { entry, diverged, created } => Verdict {
            ordinal: record.ordinal,
            attempts: 0,
            mark: Mark::None,
            kind: VerdictKind::Succeeded { entry, diverged, gone: None, created },
        },
        other => panic!("the echo names every record: {other:?}"),
    };
    records.iter().zip(said.named).map(verdict).collect()
}

/// Journal and report, as the recorder's thread has them.
struct Recorder {
    journal: Journal,
    part: Part,
    request: u64,
}

impl Recorder {
    fn open(dir: &Path) -> Self {
        let mut journal = Journal::create(&dir.join("journal.db")).unwrap();
        journal.begin_session();
        Self { journal, part: Part::create(dir, Contacts::Full).unwrap(), request: 0 }
    }

    /// The intent and the end of one request, each on disk.
    fn record(&mut self, verdicts: &[Verdict], sent: &[SentRecord], answer: &Bytes) {
        self.request += 1;
        let (request, cut) = (self.request, Cut::First);
        let records = verdicts.iter().map(|verdict| verdict.ordinal).collect();
        let intent = Intent { request, cut, records, body_bytes: 0 };
        self.journal.commit(&[Entry::Intent(&intent)]).unwrap();
        let (status, kind, message) = (Some(200), "verdicts", String::new());
        let ending = Ending { status, kind, message, latency: Duration::ZERO };
        let (answer, verdicts) = (answer.clone(), verdicts.to_vec());
        let settlement = Settlement {
            request,
            cut,
            ending,
            answer,
            said: None,
            verdicts,
            unexpected: Vec::new(),
            miscount: None,
        };
        self.part.append(&settlement, |position| sent[position].id.as_deref()).unwrap();
        let report_offset = self.part.flush_and_sync().unwrap();
        let settled = Entry::Settled { settlement: &settlement, sent, report_offset };
        self.journal.commit(&[settled]).unwrap();
    }
}

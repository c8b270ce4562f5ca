//! A server that keeps its own ledger: what arrived, what it applied, what it said.
//!
//! Each request's fate comes from a script, so that a test knows the truth that a run can only guess at.
//! It checks no credentials and knows nothing of the product.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead as _};
use std::io::{BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// What happens to one request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// The work, and an answer about all of it.
    Serve,
    /// The connection closes before the work.
    DropBefore,
    /// The work, then the connection closes.
    DropAfter,
    /// The work, and half of the answer.
    Truncate,
    /// No work, and this status.
    Status(u16),
    /// The work, and this status all the same.
    StatusAfter(u16),
    /// 429 with this many seconds to wait.
    Throttle(u8),
    /// The work, and an answer that names two of three.
    Missing,
    /// The work, and an answer that also names somebody else.
    Extra,
    /// The work, and an answer that has the first record in both lists.
    Both,
    /// 400 for the whole batch; with `siblings`, after the work on all but the first.
    Refuse { siblings: bool },
    /// The work, and the answer after this long.
    Slow(Duration),
    /// The work or none, and no answer for as long as the client holds on.
    Hold { work: bool },
}

/// One request as the script sees it.
pub(crate) struct Asked<'a> {
    /// From 1.
    pub(crate) number: usize,
    pub(crate) ids: &'a [String],
}

/// One request as it was seen.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) ids: Vec<String>,
    /// Whether an answer left, whole or not.
    pub(crate) answered: bool,
}

/// What is true of the contacts themselves.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// Ids for which a request is refused as a whole.
    pub(crate) poison: HashSet<String>,
    /// Ids that are refused one by one.
    pub(crate) refused: HashSet<String>,
    /// Ids that nobody has.
    pub(crate) strangers: HashSet<String>,
    /// A contact deleted before is not found; else it is deleted again, successfully.
    pub(crate) gone_is_not_found: bool,
    /// A poisoned batch is applied as far as it goes.
    pub(crate) siblings_first: bool,
    /// A larger batch is answered with 413.
    pub(crate) max_records: Option<usize>,
}

/// What the server received, and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) requests: Vec<Seen>,
    /// Id → how many times it was applied.
    pub(crate) applied: HashMap<String, u32>,
    /// Ids that an answer of this server called not found.
    pub(crate) not_found: HashSet<String>,
    answers: usize,
}

type Script = dyn Fn(&Asked<'_>) -> Act + Send + Sync;

struct State {
    script: Box<Script>,
    world: World,
    received: Mutex<Received>,
    changed: Condvar,
}

/// A listening server; it ends with the test's process.
#[derive(Clone)]
pub(crate) struct LedgerServer {
    pub(crate) addr: SocketAddr,
    state: Arc<State>,
}

impl LedgerServer {
    pub(crate) fn start(
        world: World,
        script: impl Fn(&Asked<'_>) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self::unopened(listener.local_addr().unwrap(), world, script);
        server.open(listener);
        server
    }

    /// One whose door is still shut: see [`LedgerServer::open`].
    pub(crate) fn unopened(
        addr: SocketAddr,
        world: World,
        script: impl Fn(&Asked<'_>) -> Act + Send + Sync + 'static,
    ) -> Self {
        let received = Mutex::default();
        let state = State { script: Box::new(script), world, received, changed: Condvar::new() };
        Self { addr, state: Arc::new(state) }
    }

    pub(crate) fn open(&self, listener: TcpListener) {
        let state = Arc::clone(&self.state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                thread::spawn(move || drop(state.converse(&stream)));
            }
        });
    }

    pub(crate) fn received(&self) -> MutexGuard<'_, Received> {
        self.state.received.lock().unwrap()
    }

    /// Waits until `holds` is true of what was received.
    pub(crate) fn wait(&self, holds: impl Fn(&Received) -> bool) {
        assert!(self.wait_for(Duration::from_secs(30), holds), "the server never saw it");
    }

    /// The same, but not for long: it may never be true.
    pub(crate) fn wait_a_second(&self, holds: impl Fn(&Received) -> bool) {
        self.wait_for(Duration::from_secs(1), holds);
    }

    fn wait_for(&self, limit: Duration, holds: impl Fn(&Received) -> bool) -> bool {
        let received = self.received();
        let wait =
            self.state.changed.wait_timeout_while(received, limit, |received| !holds(received));
        !wait.unwrap().1.timed_out()
    }

    pub(crate) fn wait_for_arrivals(&self, count: usize) {
        self.wait(|received| received.requests.len() >= count);
    }

    pub(crate) fn wait_for_answers(&self, count: usize) {
        self.wait(|received| received.answers >= count);
    }
}

impl State {
    fn converse(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        while let Some(request) = Request::read(&mut reader)? {
            if request.reads {
                // It has a ledger, and no account to be read.
                write!(&*stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
                continue;
            }
            let ids = request.ids();
            let (at, act) = {
                let mut received = self.received.lock().unwrap();
                let number = received.requests.len() + 1;
                let act = self.act(&Asked { number, ids: &ids });
                let seen = Seen { ids: ids.clone(), answered: false };
                received.requests.push(seen);
                (number - 1, act)
            };
            let reply = self.work(&act, &request, &ids);
            self.changed.notify_all();
            if !self.answer(at, &act, reply, stream)? {
                return stream.shutdown(Shutdown::Both);
            }
        }
        Ok(())
    }

    /// What the script says, where the world allows it.
    fn act(&self, asked: &Asked<'_>) -> Act {
        let act = (self.script)(asked);
        let poisoned = asked.ids.iter().any(|id| self.world.poison.contains(id));
        match act {
            Act::DropBefore | Act::Status(_) | Act::Throttle(_) | Act::Hold { .. } => act,
            _ if self.world.max_records.is_some_and(|max| asked.ids.len() > max) => {
                Act::Status(413)
            }
            _ if poisoned => Act::Refuse { siblings: self.world.siblings_first },
            _ => act,
        }
    }

    /// The work that `act` asks for, and the status and body that an answer would have.
    fn work(&self, act: &Act, request: &Request, ids: &[String]) -> (u16, Value) {
        match act {
            Act::DropBefore | Act::Hold { work: false } => (200, json!({})),
            Act::Status(status) => (*status, envelope("it went wrong", *status)),
            Act::Throttle(_) => (429, envelope("too many requests", 429)),
            Act::Refuse { siblings } => {
                if *siblings {
                    let healthy = |id: &&String| !self.world.poison.contains(*id);
                    let spared = usize::from(self.world.poison.is_empty());
                    let siblings = ids.iter().filter(healthy).skip(spared).cloned();
                    self.apply(request, &siblings.collect::<Vec<_>>());
                }
                (400, envelope("Validation errors/ Invalid arguments", 412))
            }
            Act::StatusAfter(status) => {
                self.apply(request, ids);
                (*status, envelope("it went wrong", *status))
            }
            _ => self.verdicts(act, request, ids),
        }
    }

    fn verdicts(&self, act: &Act, request: &Request, ids: &[String]) -> (u16, Value) {
        let outcomes = self.apply(request, ids);
        if !request.bulk {
            return one_by_one(request, &ids[0], outcomes[0]);
        }
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for (position, (id, outcome)) in ids.iter().zip(&outcomes).enumerate() {
            if *act == Act::Missing && position % 3 == 2 {
                continue;
            }
            match outcome {
                Applied::Done => done.push(request.entry(id)),
                Applied::Refused => failed.push(json!({"id": id, "reason": "not allowed"})),
                Applied::NotFound => {
                    failed.push(json!({"id": id, "reason": "Contact not found", "code": 404}));
                }
            }
            if *act == Act::Both && position == 0 && *outcome == Applied::Done {
                failed.push(json!({"id": id, "reason": "not allowed"}));
            }
        }
        if *act == Act::Extra {
            done.push(request.entry("ffffffffffffffffffffffff"));
        }
        let body = json!({
            "totalRequested": ids.len(), "successful": done.len(), "failed": failed.len(),
            "successfulRecords": done, "failedRecords": failed,
        });
        (200, body)
    }

    fn apply(&self, request: &Request, ids: &[String]) -> Vec<Applied> {
        let mut received = self.received.lock().unwrap();
        let mut outcomes = Vec::with_capacity(ids.len());
        for id in ids {
            let gone = request.deletes && received.applied.contains_key(id);
            let outcome = if self.world.refused.contains(id) {
                Applied::Refused
            } else if self.world.strangers.contains(id) || (gone && self.world.gone_is_not_found) {
                received.not_found.insert(id.clone());
                Applied::NotFound
            } else {
                *received.applied.entry(id.clone()).or_default() += 1;
                Applied::Done
            };
            outcomes.push(outcome);
        }
        outcomes
    }

    /// Sends what `act` lets through. False when the connection is to close.
    fn answer(
        &self,
        at: usize,
        act: &Act,
        (status, body): (u16, Value),
        mut stream: &TcpStream,
    ) -> io::Result<bool> {
        match act {
            Act::DropBefore | Act::DropAfter => return Ok(false),
            Act::Hold { .. } => {
                // Until the client has gone.
                let _ = stream.read(&mut [0; 1]);
                return Ok(false);
            }
            Act::Slow(long) => thread::sleep(*long),
            _ => {}
        }
        let body = body.to_string();
        let wait = match act {
            Act::Throttle(seconds) => format!("Retry-After: {seconds}\r\n"),
            _ => String::new(),
        };
        let mut text = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{wait}\r\n",
            body.len()
        );
        let part = if *act == Act::Truncate { &body[..body.len() / 2] } else { &body };
        text.push_str(part);
        stream.write_all(text.as_bytes())?;
        let mut received = self.received.lock().unwrap();
        received.requests[at].answered = true;
        received.answers += 1;
        drop(received);
        self.changed.notify_all();
        Ok(*act != Act::Truncate)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Applied {
    Done,
    Refused,
    NotFound,
}

fn envelope(message: &str, code: u16) -> Value {
    json!({"errors": [{"msg": message, "code": code}]})
}

fn one_by_one(request: &Request, id: &str, outcome: Applied) -> (u16, Value) {
    match outcome {
        Applied::Refused => (409, envelope("not allowed", 409)),
        Applied::NotFound => (404, envelope("Contact not found", 404)),
        Applied::Done if request.path.contains("/contactList/") => {
            let data = json!({"_id": id, "isActive": true});
            (200, json!({"status": "success", "message": "deleted", "data": data}))
        }
        Applied::Done => (200, json!({"_id": id, "status": "INACTIVE"})),
    }
}

struct Request {
    path: String,
    bulk: bool,
    deletes: bool,
    /// Whether it asks for a page of the account.
    reads: bool,
    body: Vec<u8>,
}

impl Request {
    fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (deletes, reads, path) = (method == "DELETE", method == "GET", path.to_owned());
        let mut length = 0;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let header = header.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(text) = header.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(Some(Self { bulk: path.contains("/contacts/bulk-"), path, deletes, reads, body }))
    }

    fn ids(&self) -> Vec<String> {
        if !self.bulk {
            let path = self.path.split('?').next().unwrap_or_default();
            return vec![path.rsplit('/').next().unwrap_or_default().to_owned()];
        }
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        match &body {
            Value::Array(contacts) => contacts.iter().map(|one| text(&one["id"])).collect(),
            _ => body["ids"].as_array().unwrap().iter().map(text).collect(),
        }
    }

    /// A success entry as this operation's answers have it.
    fn entry(&self, id: &str) -> Value {
        match self.deletes {
            true => json!({"id": id}),
            false => json!({"id": id, "contact": {"_id": id}}),
        }
    }
}

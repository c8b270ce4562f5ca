//! A scripted server: answers from a closure, writes down every request, and cuts or hangs at will.
//!
//! Plain sockets and threads, nothing of korebulk and no HTTP crate, so that no error is shared.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longer than any test may wait for a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// From 1.
    pub(crate) number: usize,
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The ids it carries: in its body, or as the last step of its path.
    pub(crate) fn ids(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        if self.path.ends_with("/bulk-delete") {
            self.json()["ids"].as_array().unwrap().iter().map(text).collect()
        } else if self.path.ends_with("/bulk-update") {
            self.json().as_array().unwrap().iter().map(|contact| text(&contact["id"])).collect()
        } else {
            let path = self.path.split('?').next().unwrap();
            path.rsplit('/').next().map(str::to_owned).into_iter().collect()
        }
    }
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Whole,
    /// Closed without a byte.
    Closed,
    /// Closed after half of the body.
    Cut,
    /// No answer until the server is released.
    Hang,
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    ending: Ending,
}

impl Answer {
    pub(crate) fn text(status: u16, content_type: &str, body: &str) -> Self {
        let headers = vec![("Content-Type", content_type.to_owned())];
        Self { status, headers, body: body.as_bytes().to_vec(), ending: Ending::Whole }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", &body.to_string())
    }

    /// The error envelope of the API.
    pub(crate) fn error(status: u16, message: &str, code: u16) -> Self {
        Self::json(status, &json!({"errors": [{"msg": message, "code": code}]}))
    }

    pub(crate) fn html(status: u16) -> Self {
        Self::text(status, "text/html", "<html><body><h1>Bad Gateway</h1></body></html>")
    }

    pub(crate) fn closed() -> Self {
        Self { ending: Ending::Closed, ..Self::html(200) }
    }

    /// Never, until the server is released: then this one.
    pub(crate) fn held(self) -> Self {
        Self { ending: Ending::Hang, ..self }
    }

    pub(crate) fn cut(self) -> Self {
        Self { ending: Ending::Cut, ..self }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// What a server that does everything answers.
pub(crate) fn good(request: &Request) -> Answer {
    let ids = request.ids();
    if request.path.ends_with("/bulk-delete") {
        bulk(&ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>(), &[])
    } else if request.path.ends_with("/bulk-update") {
        let contacts = request.json();
        let entries: Vec<Value> = contacts.as_array().unwrap().iter().map(updated).collect();
        bulk(&entries, &[])
    } else if request.path.contains("/contactList/") {
        let data = json!({"_id": ids[0], "isActive": true, "campaignInUse": []});
        Answer::json(200, &json!({"status": "success", "message": "deleted", "data": data}))
    } else if request.method == "DELETE" {
        Answer::json(200, &json!({"_id": ids[0], "id": ids[0], "status": "INACTIVE"}))
    } else {
        let page =
            json!({"results": [], "skip": 0, "limit": 1, "hasMore": false, "totalResults": 0});
        Answer::json(200, &page)
    }
}

/// The entry of an updated contact, the number with the country code in front as the page shows it.
pub(crate) fn updated(contact: &Value) -> Value {
    let mut echo = contact.clone();
    let phone = &contact["cellPhone"];
    let [code, number] = ["countryCode", "phoneNumber"].map(|key| phone[key].as_str().unwrap());
    echo["cellPhone"]["phoneNumber"] = json!(format!("{code}{number}"));
    echo["_id"] = contact["id"].clone();
    echo["status"] = json!("ACTIVE");
    echo.as_object_mut().unwrap().remove("id");
    json!({"id": contact["id"], "contact": echo})
}

/// A bulk answer whose counts agree with its lists.
pub(crate) fn bulk(successes: &[Value], failures: &[Value]) -> Answer {
    Answer::json(
        200,
        &json!({
            "totalRequested": successes.len() + failures.len(),
            "successful": successes.len(),
            "failed": failures.len(),
            "successfulRecords": successes,
            "failedRecords": failures,
        }),
    )
}

#[derive(Default)]
struct Book {
    requests: Vec<Request>,
    released: bool,
}

type Script = Box<dyn Fn(&Request) -> Answer + Send + Sync>;

struct Shared {
    book: Mutex<Book>,
    changed: Condvar,
    script: Script,
}

/// The server. It stops when dropped.
pub(crate) struct Hostile {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

impl Hostile {
    pub(crate) fn start(script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            book: Mutex::default(),
            changed: Condvar::new(),
            script: Box::new(script),
        });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&served);
                std::thread::spawn(move || shared.serve(&stream));
            }
        });
        Self { addr, shared }
    }

    /// Does everything it is asked.
    pub(crate) fn good() -> Self {
        Self::start(good)
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.book.lock().unwrap().requests.clone()
    }

    /// How many records each request carried, in order.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        self.requests().iter().map(|request| request.ids().len()).collect()
    }

    /// Waits until so many requests have come.
    pub(crate) fn wait_for(&self, count: usize) {
        let end = Instant::now() + PATIENCE;
        let mut book = self.shared.book.lock().unwrap();
        while book.requests.len() < count {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "only {} requests came", book.requests.len());
            book = self.shared.changed.wait_timeout(book, left).unwrap().0;
        }
    }

    /// Lets every held answer go, also those that come later.
    pub(crate) fn release(&self) {
        self.shared.book.lock().unwrap().released = true;
        self.shared.changed.notify_all();
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.release();
    }
}

impl Shared {
    /// One connection, kept alive until it ends.
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some(request) = self.read(&mut reader) {
            let answer = (self.script)(&request);
            if answer.ending == Ending::Hang {
                self.wait_for_release();
            }
            if !write(stream, &answer) {
                break;
            }
        }
        drop(stream.shutdown(Shutdown::Both));
    }

    fn read(&self, reader: &mut BufReader<TcpStream>) -> Option<Request> {
        let mut first = String::new();
        reader.read_line(&mut first).ok().filter(|bytes| *bytes > 0)?;
        let mut words = first.split_whitespace();
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Request { number: 0, method, path, headers, body: Vec::new() };
        let length = request.header("content-length").map_or(0, |text| text.parse().unwrap());
        request.body.resize(length, 0);
        reader.read_exact(&mut request.body).ok()?;
        let mut book = self.book.lock().unwrap();
        request.number = book.requests.len() + 1;
        book.requests.push(request.clone());
        self.changed.notify_all();
        Some(request)
    }

    fn wait_for_release(&self) {
        let book = self.book.lock().unwrap();
        drop(self.changed.wait_while(book, |book| !book.released).unwrap());
    }
}

/// Writes what is to be written; whether the connection may go on.
fn write(mut stream: &TcpStream, answer: &Answer) -> bool {
    if answer.ending == Ending::Closed {
        return false;
    }
    let mut head = format!("HTTP/1.1 {} Scripted\r\n", answer.status);
    for (name, value) in &answer.headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    write!(head, "Content-Length: {}\r\n\r\n", answer.body.len()).unwrap();
    let cut = answer.ending == Ending::Cut;
    let body = if cut { &answer.body[..answer.body.len() / 2] } else { &answer.body };
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).is_ok() && !cut
}

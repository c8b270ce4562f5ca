//! The sandbox through its sockets, spoken to by hand: without an HTTP client.

mod apis;
mod doors;
mod faults;
mod others;
mod reading;
mod records;
mod sample;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::{Config, SeedContact, Thread, token};

/// Ids as the pages have them.
const A: &str = "6964af60450340957c600001";
const B: &str = "6964af806fc554153c000002";
const C: &str = "6964af806fc554153c000003";

/// A server with contacts `A`, `B`, `C` and a signed way to talk to it.
struct Bench {
    server: Thread,
    config: Config,
}

/// An answer: status, head, body; or as much of it as came before the connection ended.
#[derive(Debug)]
struct Heard {
    status: u16,
    head: String,
    body: String,
}

impl Heard {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// Status, code and message of an error.
    fn error(&self) -> (u16, u64, String) {
        let error = &self.json()["errors"][0];
        (self.status, error["code"].as_u64().unwrap(), error["msg"].as_str().unwrap().to_owned())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

fn with_faults(faults: &[&str]) -> Bench {
    bench(Config {
        faults: faults.iter().map(|f| f.parse().unwrap()).collect(),
        ..Config::default()
    })
}

fn bench(config: Config) -> Bench {
    let server = Thread::start(config.clone()).unwrap();
    let seed = |id: &str| SeedContact { id: id.to_owned(), contact: None };
    server.seed_contacts([A, B, C].map(seed)).unwrap();
    Bench { server, config }
}

/// A contact with all required fields.
fn contact(id: &str) -> Value {
    json!({
        "id": id,
        "firstName": "john",
        "lastName": "doe",
        "fullName": "john doe",
        "salutation": "mr",
        "cellPhone": { "extension": "+", "phoneNumber": "2445600000", "countryCode": "+91" }
    })
}

fn ids<const N: usize>(ids: [&str; N]) -> String {
    json!({ "ids": ids.as_slice() }).to_string()
}

/// The ids of a list of entries, whatever they look like.
fn named(entries: &Value) -> Vec<String> {
    let id = |e: &Value| {
        let found = e.as_str().or_else(|| e["id"].as_str()).or_else(|| e["_id"].as_str());
        found.or_else(|| e["contact"]["_id"].as_str()).unwrap().to_owned()
    };
    entries.as_array().unwrap().iter().map(id).collect()
}

/// Waits for another thread; a test that waits for ever says nothing.
fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..100_000 {
        if holds() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("it never came to hold");
}

impl Bench {
    fn token(&self) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let jti = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        let exp = jiff::Timestamp::now().as_second() + 60;
        let claims = json!({ "appId": self.config.client_id, "exp": exp, "jti": jti });
        token::sign(&self.config.client_secret, &claims)
    }

    fn contacts(&self, rest: &str) -> String {
        format!("/agentassist/api/v1/public/{}/contacts{rest}", self.config.stream_id)
    }

    /// A well-formed call of the contacts API; `None` where the connection ended without a byte.
    fn call(&self, method: &str, rest: &str, body: &str) -> Option<Heard> {
        let headers = [
            ("auth", self.token()),
            ("accountId", self.config.account_id.clone()),
            ("Content-Type", "application/json".into()),
        ];
        send(self.server.addr(), method, &self.contacts(rest), &headers, body)
    }

    fn ask(&self, method: &str, rest: &str, body: &str) -> Heard {
        self.call(method, rest, body).expect("an answer")
    }

    fn delete(&self, body: &str) -> Heard {
        self.ask("DELETE", "/bulk-delete", body)
    }

    /// A well-formed call of the campaign API; `query` follows the account.
    fn campaign(&self, method: &str, rest: &str, query: &str, body: &str) -> Heard {
        let Config { stream_id, account_id, .. } = &self.config;
        let path = format!(
            "/campaign/api/v2/public/{stream_id}/campaign{rest}?accountId={account_id}{query}"
        );
        let headers =
            [("auth", self.token()), ("iid", stream_id.clone()), ("accountId", account_id.clone())];
        send(self.server.addr(), method, &path, &headers, body).expect("an answer")
    }

    /// A call about one contact list.
    fn list(&self, method: &str, id: &str) -> Heard {
        self.campaign(method, &format!("/contactList/{id}"), "", "")
    }

    fn look(&self, what: &str) -> Value {
        let path = format!("/sandbox/{what}");
        send(self.server.addr(), "GET", &path, &[], "").expect("an answer").json()
    }

    /// The ids that something was applied to, in order.
    fn applied(&self) -> Vec<String> {
        named(&self.look("applied"))
    }
}

fn send(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &str,
) -> Option<Heard> {
    let mut stream = TcpStream::connect(addr).unwrap();
    let headers: String =
        headers.iter().map(|(key, value)| [key, ": ", value, "\r\n"].concat()).collect();
    let length = body.len();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // What came before a reset is what was heard.
    let _ = stream.read_to_end(&mut bytes);
    let answer = String::from_utf8(bytes).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some(Heard { status, head: head.to_owned(), body: body.to_owned() })
}

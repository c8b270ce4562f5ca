//! An account of many contacts, page by page, in threads of the benchmark: what that costs is not counted.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const FIRST: [&str; 8] = ["Asha", "Jürgen", "Leela", "Carlos", "Tara", "Nikhil", "Greta", "Farid"];
const LAST: [&str; 8] = ["Menon", "Keller", "Das", "Patel", "Nair", "Desai", "Fernández", "Rao"];

/// What comes behind the phone number, as the API pages show it.
const REST: &str = "\"countryCode\":\"+91\"},\"status\":\"ACTIVE\",\
    \"instanceBotId\":\"st-7dc994f0-4436-5134-9fa8-a94262500000\",\
    \"orgId\":\"o-16ff21d2-5d27-5fb2-b9bd-9fedb5f00000\",\"accountId\":\"65f7d49a5dd06e2cefa45012\",\
    \"createdBy\":\"u-cc6ebd6c-656c-5364-abfc-ad5f80e00000\",\
    \"createdByAId\":\"a-6c63a33-c2a7-49e8-a5ab-82449c800000\",\"address\":[],\"twitterDetails\":[],\
    \"createdAt\":\"2024-06-28T05:24:07.218Z\",\
    \"updatedBy\":\"u-cc6ebd6c-656c-5364-abfc-ad5f80e00000\",\
    \"updatedByAId\":\"a-6c63a33-c2a7-49e8-a5ab-82449c800000\"";

/// The first and the last name of a contact.
pub(crate) fn name(n: u64) -> (&'static str, String) {
    let at = |n: u64| usize::try_from(n % 8).unwrap();
    (FIRST[at(n)], format!("{}{}", LAST[at(n / 8)], n / 64))
}

/// The national number of a contact.
pub(crate) const fn number(n: u64) -> u64 {
    9_000_000_000 + n
}

/// The id of a contact.
pub(crate) fn id(n: u64) -> String {
    format!("{n:024x}")
}

/// An account that can be read.
pub(crate) struct Account {
    /// Its address as a URL.
    pub(crate) host: String,
    requests: Arc<AtomicU64>,
}

impl Account {
    /// One of so many contacts, of which a page shows no more than `largest`. It is served until the benchmark ends.
    pub(crate) fn of(contacts: u64, largest: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                // A client that goes away ends its thread.
                std::thread::spawn(move || converse(stream, (contacts, largest), &counter));
            }
        });
        Self { host, requests }
    }

    /// How many pages were asked for since this was asked last.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.swap(0, Ordering::Relaxed)
    }
}

fn converse(stream: TcpStream, of: (u64, u64), requests: &AtomicU64) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut out = stream.try_clone().ok()?;
    let mut input = BufReader::new(stream);
    let (mut line, mut body) = (String::new(), String::new());
    loop {
        let mut asked = None;
        loop {
            line.clear();
            if input.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line.trim_ascii_end().is_empty() {
                break;
            }
            asked.get_or_insert_with(|| (value(&line, "skip="), value(&line, "limit=")));
        }
        requests.fetch_add(1, Ordering::Relaxed);
        let (skip, limit) = asked?;
        body.clear();
        page(skip?, limit?.min(of.1), of.0, &mut body);
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        out.write_all(head.as_bytes()).ok()?;
        out.write_all(body.as_bytes()).ok()?;
    }
}

fn value(line: &str, name: &str) -> Option<u64> {
    line.split_once(name)?.1.split(['&', ' ']).next()?.parse().ok()
}

fn page(skip: u64, limit: u64, contacts: u64, out: &mut String) {
    let end = contacts.min(skip + limit);
    out.push_str("{\"results\":[");
    for n in skip..end {
        let ((first, last), number, id) = (name(n), number(n), id(n));
        let comma = if n == skip { "" } else { "," };
        // In another order than the contacts.
        let updated = n * 7_919 % 60;
        write!(
            out,
            "{comma}{{\"firstName\":\"{first}\",\"lastName\":\"{last}\",\"fullName\":\"{first} {last}\",\
             \"salutation\":\"Mr\",\"cellPhone\":{{\"extension\":\"+\",\"phoneNumber\":\"+91{number}\",\
             {REST},\"updatedAt\":\"2026-01-05T09:16:{updated:02}.633Z\",\"id\":\"{id}\"}}"
        )
        .unwrap();
    }
    let (more, pages) = (end < contacts, contacts.div_ceil(limit));
    write!(
        out,
        "],\"skip\":{skip},\"limit\":{limit},\"hasMore\":{more},\"totalPages\":{pages},\"totalResults\":{contacts}}}"
    )
    .unwrap();
}

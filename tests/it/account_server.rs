//! A server that holds an account and was not written with the client's paging code: any order, any way of paging, edits
//! by others between two requests.
//!
//! It checks no credentials and knows nothing of the product.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

/// The order of contacts on pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Id,
    IdBackwards,
    Updated,
    UpdatedBackwards,
    /// Fixed, and not that of anything in a contact.
    Hash,
    /// Another one for each request.
    Unstable,
}

/// Which parameters say which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Honours {
    Skip,
    PageOnly,
    SkipPlusPage,
    Nothing,
}

/// What a request meets instead of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    Serve,
    Status(u16),
    /// 429 with this many seconds to wait.
    Throttle(u64),
    /// The connection closes without an answer.
    Drop,
    /// 200 with this body.
    Body(&'static str),
    /// No answer for as long as the client holds on.
    Hold,
}

#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) fields: Value,
    pub(crate) active: bool,
    pub(crate) created: i64,
    pub(crate) updated: i64,
}

/// The account, and how it is shown.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) contacts: Vec<Held>,
    pub(crate) by: By,
    pub(crate) honours: Honours,
    /// The largest page, and what a request for a larger one gets.
    pub(crate) cap: usize,
    pub(crate) above: usize,
    /// Added to `totalResults`.
    pub(crate) lie: i64,
    pub(crate) shows_inactive: bool,
    /// Seconds since 1970; each request takes one.
    pub(crate) now: i64,
    pub(crate) made: u64,
    pub(crate) salt: u64,
}

impl World {
    /// An account with so many contacts.
    pub(crate) fn with(count: usize) -> Self {
        let mut world = Self {
            contacts: Vec::new(),
            by: By::Id,
            honours: Honours::Skip,
            cap: 1000,
            above: 1000,
            lie: 0,
            shows_inactive: false,
            now: 1_770_000_000,
            made: 0,
            salt: 0,
        };
        for _ in 0..count {
            world.create();
            world.now += 1;
        }
        world
    }

    pub(crate) fn create(&mut self) -> String {
        self.made += 1;
        let (now, n) = (self.now, self.made);
        let id = format!("{now:08x}{n:016x}");
        let fields = json!({
            "firstName": format!("Aster{n}"), "lastName": format!("Testwell{n}"), "salutation": "Mrs",
            "cellPhone": {"extension": "+91", "phoneNumber": format!("+9198{n:08}"), "countryCode": "+91"},
        });
        let held = Held { id: id.clone(), fields, active: true, created: now, updated: now };
        self.contacts.push(held);
        id
    }

    /// Somebody else deletes the contact at this place of the order of creation.
    pub(crate) fn delete(&mut self, at: usize) -> String {
        let at = at % self.contacts.len();
        let id = self.contacts[at].id.clone();
        if self.shows_inactive {
            self.contacts[at].active = false;
        } else {
            self.contacts.remove(at);
        }
        id
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.contacts.iter().map(|held| held.id.clone()).collect();
        ids.sort();
        ids
    }

    fn shown(&self) -> Vec<&Held> {
        let mut shown: Vec<&Held> =
            self.contacts.iter().filter(|held| held.active || self.shows_inactive).collect();
        // FNV-1a, so that nothing of the product is in it.
        let hash = |held: &Held, salt: u64| {
            held.id.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ salt, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
        };
        match self.by {
            By::Id => shown.sort_by(|a, b| a.id.cmp(&b.id)),
            By::IdBackwards => shown.sort_by(|a, b| b.id.cmp(&a.id)),
            By::Updated => shown.sort_by_key(|held| held.updated),
            By::UpdatedBackwards => shown.sort_by_key(|held| -held.updated),
            By::Hash => shown.sort_by_key(|held| hash(held, 0)),
            By::Unstable => shown.sort_by_key(|held| hash(held, self.salt)),
        }
        shown
    }

    fn page(&mut self, query: &str) -> Value {
        self.salt = self.salt.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let number = |name: &str| {
            let of = |pair: &str| pair.strip_prefix(name)?.strip_prefix('=')?.parse::<usize>().ok();
            query.split('&').find_map(of)
        };
        let asked = number("limit").unwrap_or(10);
        let limit = if asked > self.cap { self.above } else { asked };
        let page = number("page").unwrap_or(1).max(1);
        let (skip, before) = (number("skip").unwrap_or(0), (page - 1) * limit);
        let skip = match self.honours {
            Honours::Skip => skip,
            Honours::PageOnly => before,
            Honours::SkipPlusPage => skip + before,
            Honours::Nothing => 0,
        };
        let shown = self.shown();
        let total = shown.len();
        let results: Vec<Value> = shown.into_iter().skip(skip).take(limit).map(contact).collect();
        json!({
            "skip": skip, "limit": limit, "hasMore": skip + results.len() < total,
            "totalPages": total.div_ceil(limit.max(1)),
            "totalResults": i64::try_from(total).unwrap() + self.lie,
            "results": results,
        })
    }

    fn update(&mut self, body: &[u8]) -> Value {
        let sent: Vec<Value> = serde_json::from_slice(body).unwrap();
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for mut fields in sent {
            let id = fields["id"].as_str().unwrap().to_owned();
            fields.as_object_mut().unwrap().retain(|key, _| key != "id" && key != "fullName");
            let code = fields["cellPhone"]["countryCode"].as_str().unwrap_or_default();
            let number = fields["cellPhone"]["phoneNumber"].as_str().unwrap_or_default();
            fields["cellPhone"]["phoneNumber"] = format!("{code}{number}").into();
            let now = self.now;
            match self.contacts.iter_mut().find(|held| held.id == id) {
                Some(held) => {
                    (held.fields, held.updated) = (fields, now);
                    done.push(json!({"id": id, "contact": contact(held)}));
                }
                None => failed.push(json!({"id": id, "reason": "Contact not found", "code": 404})),
            }
        }
        json!({
            "totalRequested": done.len() + failed.len(), "successful": done.len(),
            "failed": failed.len(), "successfulRecords": done, "failedRecords": failed,
        })
    }
}

fn contact(held: &Held) -> Value {
    let time = |seconds| {
        jiff::Timestamp::from_second(seconds)
            .unwrap()
            .strftime("%Y-%m-%dT%H:%M:%S.000Z")
            .to_string()
    };
    let mut contact = held.fields.clone();
    contact["status"] = if held.active { "ACTIVE" } else { "INACTIVE" }.into();
    contact["createdAt"] = time(held.created).into();
    contact["updatedAt"] = time(held.updated).into();
    contact["id"] = held.id.as_str().into();
    contact
}

type Script = dyn FnMut(usize, &mut World) -> Act + Send;

struct State {
    world: World,
    script: Box<Script>,
    /// The queries of the requests for pages so far.
    asked: Vec<String>,
}

/// A listening server; it ends with the test's process.
#[derive(Clone)]
pub(crate) struct AccountServer {
    pub(crate) addr: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl AccountServer {
    /// `script` hears the number of each request for a page, from 1, before it is answered, and may edit the account.
    pub(crate) fn start(
        world: World,
        script: impl FnMut(usize, &mut World) -> Act + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let state = State { world, script: Box::new(script), asked: Vec::new() };
        let server = Self { addr, state: Arc::new(Mutex::new(state)) };
        let state = Arc::clone(&server.state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                thread::spawn(move || drop(converse(&state, &stream)));
            }
        });
        server
    }

    /// One that nobody edits.
    pub(crate) fn quiet(world: World) -> Self {
        Self::start(world, |_, _| Act::Serve)
    }

    /// The account as it is now.
    pub(crate) fn world(&self) -> World {
        self.lock().world.clone()
    }

    /// Changes the account.
    pub(crate) fn edit(&self, edit: impl FnOnce(&mut World)) {
        edit(&mut self.lock().world);
    }

    /// The queries of the requests for pages.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.lock().asked.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn converse(state: &Mutex<State>, stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut state = state.lock().unwrap();
        let State { world, script, asked } = &mut *state;
        world.now += 1;
        let query = target.split_once('?').map_or("", |(_, query)| query).to_owned();
        let act = if method == "GET" {
            asked.push(query.clone());
            script(asked.len(), world)
        } else {
            Act::Serve
        };
        let date = httpdate::fmt_http_date(
            std::time::UNIX_EPOCH
                + std::time::Duration::from_secs(u64::try_from(world.now).unwrap()),
        );
        let (status, more, text) = match act {
            Act::Serve if method == "GET" => (200, String::new(), world.page(&query).to_string()),
            Act::Serve => (200, String::new(), world.update(&body).to_string()),
            Act::Status(status) => {
                (status, String::new(), json!({"errors":[{"msg":"no","code":status}]}).to_string())
            }
            Act::Throttle(seconds) => (429, format!("Retry-After: {seconds}\r\n"), "{}".to_owned()),
            Act::Body(text) => (200, String::new(), text.to_owned()),
            Act::Drop => return Ok(()),
            Act::Hold => {
                drop(state);
                let _ = reader.read_line(&mut String::new());
                return Ok(());
            }
        };
        drop(state);
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nDate: {date}\r\n{more}Content-Length: {}\r\n\r\n",
            text.len()
        );
        (&*stream).write_all(format!("{head}{text}").as_bytes())?;
    }
}

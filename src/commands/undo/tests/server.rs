//! A server of one script, and the history of its contacts: every change, by whom, in which request, and to what.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::sandbox::{Config, SeedContact, StorePlace, Thread};

pub(super) const SECRET: &str = "the-secret-of-a-sandbox";

/// The six fields and the status of a contact that is in `applied`, as text.
const HISTORY: &str = "
CREATE TABLE history (place INTEGER PRIMARY KEY, request INTEGER, id TEXT, what TEXT, contact TEXT);
CREATE TRIGGER every_change AFTER INSERT ON applied BEGIN
    INSERT INTO history SELECT new.place, new.request, new.id, new.what, status || '|' || first_name || '|' || last_name
        || '|' || salutation || '|' || extension || '|' || phone || '|' || country_code FROM contacts WHERE id = new.id;
END;";

/// A server that can be stopped and started again at its place, with other faults.
pub(super) struct Server {
    thread: Option<Thread>,
    pub(super) addr: SocketAddr,
    store: PathBuf,
    seed: u64,
    /// The account, so that no two scripts share what is learned of one.
    pub(super) account: String,
    /// The contacts as they were seeded.
    first: BTreeMap<String, String>,
}

impl Server {
    pub(super) fn new(dir: &Path, contacts: usize, seed: u64) -> Self {
        let mut server = Self {
            thread: None,
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            store: dir.join("server.db"),
            seed: seed << 16,
            account: format!("{seed:024x}"),
            first: (0..contacts).map(|number| (id(number), seeded_text(number))).collect(),
        };
        server.restart(&[]);
        let seeds = (0..contacts).map(seeded);
        server.thread.as_ref().unwrap().seed_contacts(seeds).unwrap();
        Connection::open(&server.store).unwrap().execute_batch(HISTORY).unwrap();
        server
    }

    pub(super) fn restart(&mut self, faults: &[String]) {
        drop(self.thread.take());
        // What a share chooses by the number of a request, which begins anew, is chosen anew.
        self.seed += 1;
        let config = Config {
            bind: self.addr,
            store: StorePlace::File(self.store.clone()),
            account_id: self.account.clone(),
            client_secret: SECRET.to_owned(),
            faults: faults.iter().map(|text| text.parse().unwrap()).collect(),
            fault_seed: self.seed,
            ..Config::default()
        };
        // Another script's server may have its port for a while.
        let thread = loop {
            match Thread::start(config.clone()) {
                Ok(thread) => break thread,
                Err(_) => std::thread::yield_now(),
            }
        };
        self.addr = thread.addr();
        self.thread = Some(thread);
    }

    pub(super) fn history(&self) -> History {
        let db = Connection::open(&self.store).unwrap();
        let sql = "SELECT request, id, what, contact FROM history ORDER BY place";
        let mut changes = db.prepare(sql).unwrap();
        let changes = changes.query_map([], |row| {
            let what: String = row.get(2)?;
            let is_foreign = what.starts_with("other");
            Ok(Change {
                request: row.get(0)?,
                id: row.get(1)?,
                what,
                is_foreign,
                contact: row.get(3)?,
            })
        });
        let sql = "SELECT number, records FROM requests WHERE method = 'GET' AND status = 200 ORDER BY number";
        let mut reads = db.prepare(sql).unwrap();
        let reads = reads.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let sql = "SELECT coalesce(max(number), 0) FROM requests";
        History {
            first: self.first.clone(),
            changes: changes.unwrap().map(Result::unwrap).collect(),
            reads: reads.map(Result::unwrap).collect(),
            until: db.query_row(sql, [], |row| row.get(0)).unwrap(),
        }
    }
}

pub(super) fn id(number: usize) -> String {
    format!("{:024x}", 0x6964_af60_0000_0000_u64 + number as u64)
}

fn seeded(number: usize) -> SeedContact {
    let contact = serde_json::json!({
        "firstName": format!("Old{number}"), "lastName": "Name", "salutation": "mister",
        "cellPhone": {"extension": "91", "phoneNumber": format!("97{number:08}"), "countryCode": "+91"},
        "status": "ACTIVE", "createdAt": "2025-01-05T00:00:00.000Z", "updatedAt": "2025-02-05T00:00:00.000Z",
    });
    SeedContact { id: id(number), contact: Some(contact.to_string()) }
}

fn seeded_text(number: usize) -> String {
    format!("ACTIVE|Old{number}|Name|mister|91|97{number:08}|+91")
}

/// What was done to one contact.
#[derive(Debug)]
pub(super) struct Change {
    /// The number of the request; what somebody else did was done after its answer was made.
    pub(super) request: i64,
    pub(super) id: String,
    pub(super) what: String,
    pub(super) is_foreign: bool,
    /// The contact from then on.
    pub(super) contact: String,
}

/// Everything that was done.
pub(super) struct History {
    first: BTreeMap<String, String>,
    /// In the order in which they were done.
    pub(super) changes: Vec<Change>,
    /// The requests that read, and how many contacts each has shown.
    reads: Vec<(i64, i64)>,
    /// The last request so far.
    pub(super) until: i64,
}

impl History {
    /// What a run of these requests did itself, with the places of the changes.
    pub(super) fn ours(&self, of: (i64, i64)) -> impl Iterator<Item = (usize, &Change)> {
        let is_ours = move |change: &&Change| {
            !change.is_foreign && change.request > of.0 && change.request <= of.1
        };
        self.changes.iter().enumerate().filter(move |(_, change)| is_ours(change))
    }

    /// The contact as the answer to a request shows it.
    pub(super) fn seen(&self, id: &str, request: i64) -> Option<&str> {
        let before = |change: &&Change| change.id == id && change.request < request;
        match self.changes.iter().rev().find(before) {
            Some(change) => Some(&change.contact),
            None => self.first.get(id).map(String::as_str),
        }
    }

    /// All that was done to a contact, to be read by a person.
    pub(super) fn of(&self, id: &str) -> String {
        let changes = self.changes.iter().filter(|change| change.id == id);
        let lines = changes.map(|one| format!("{} {} {}", one.request, one.what, one.contact));
        lines.collect::<Vec<String>>().join("\n")
    }

    /// The request that looked at all contacts before this one.
    pub(super) fn look_before(&self, request: i64) -> i64 {
        let is_whole = |(read, shown): &&(i64, i64)| {
            let ids = self.first.keys().chain(self.changes.iter().map(|change| &change.id));
            let ids: BTreeSet<&str> = ids.map(String::as_str).collect();
            let seen = ids.into_iter().filter_map(|id| self.seen(id, *read));
            i64::try_from(seen.filter(|contact| contact.starts_with("ACTIVE")).count())
                == Ok(*shown)
        };
        let behind = self.reads.partition_point(|(read, _)| *read < request);
        self.reads[..behind].iter().rev().find(is_whole).map_or(0, |(read, _)| *read)
    }

    /// What somebody else did to a contact from that place on, up to a request; `values`: not only to the time of its last change.
    pub(super) fn foreign(&self, id: &str, place: usize, until: i64, values: bool) -> bool {
        let mut was = &self.changes[place].contact;
        for change in self.changes[place..].iter().filter(|change| change.id == id) {
            let is_other = !values || change.contact != *was;
            if change.is_foreign && change.request <= until && is_other {
                return true;
            }
            was = &change.contact;
        }
        false
    }
}

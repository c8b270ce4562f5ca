//! Readings on disk, and contacts that are sought, against servers that are not the client's.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::event::ReadEvent;
use super::paging::tests::{Answer, By, Edit, Honours, Server, edits, server};
use super::paging::{Ask, Next};
use super::reading::Taken;
use super::*;
use crate::api::credentials::Signing;
use crate::api::http::Client;
use crate::api::sign::Signer;
use crate::api::wire::{AccountContact, ContactPage};
use crate::base::cases::cases;
use crate::base::state::StateDirs;
use crate::model::RunError;
use crate::model::settings::{AccountSettings, Credentials, Target};
use crate::pace::Pace;

fn target(host: &str) -> Target {
    Target {
        host: host.to_owned(),
        stream_id: "st-1".to_owned(),
        account_id: "acc-1".to_owned(),
        client_id: "cs-1".to_owned(),
        credentials: Credentials::Sandbox,
        ca_file: None,
    }
}

fn settings() -> AccountSettings {
    let (max_age, keep) = (Duration::from_mins(10), Duration::from_hours(24));
    AccountSettings {
        read_rate: Vec::new(),
        max_age,
        keep,
        ask_above: 300,
        read_budget: None,
        no_read: false,
    }
}

fn readings(state: &Path) -> Readings {
    let dirs = StateDirs { shared: state.into(), own: Some(state.into()), notice: None };
    Readings::open(&dirs).unwrap()
}

fn body(answer: &Answer) -> String {
    let time = |seconds: i64| Timestamp::from_second(seconds).unwrap().to_string();
    let contact = |(id, updated): (&String, &u64)| {
        let created = i64::from_str_radix(&id[..8], 16).unwrap();
        let updated = time(1_700_000_000 + i64::try_from(*updated).unwrap());
        json!({"firstName": "Aster", "createdAt": time(created), "updatedAt": updated, "id": id})
    };
    let results: Vec<_> = answer.ids.iter().zip(&answer.updated).map(contact).collect();
    json!({"results": results, "totalResults": answer.total, "hasMore": answer.more}).to_string()
}

fn ids_in(reading: &Reading) -> Vec<String> {
    let mut ids = Vec::new();
    reading
        .each_contact(|contact| {
            assert_eq!(AccountContact::read(contact.text).unwrap().id, contact.id);
            ids.push(contact.id.to_owned());
            Ok::<(), RunError>(())
        })
        .unwrap();
    ids.sort();
    ids
}

fn taken(answer: &Answer, asked: Ask) -> Taken {
    let text = body(answer);
    let page = ContactPage::read(&text).unwrap();
    Taken { asked, text, page, date: Some(answer.date), at: Timestamp::now() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(48), ..ProptestConfig::default() })]

    /// Whenever its process is killed: what is complete has each contact once, and every one that existed throughout.
    #[test]
    fn a_reading_on_disk_that_is_called_complete_is_never_short(
        mut server in server(),
        edits in edits(),
        kills in prop::collection::vec(prop::bool::weighted(0.2), 0..20),
    ) {
        let state = tempfile::tempdir().unwrap();
        let (readings, target) = (readings(state.path()), target("https://h.example"));
        let open = || Reading::current(&readings, &target, &settings(), Timestamp::now()).unwrap();
        let (mut reading, mut throughout) = (open(), server.ids());
        let mut at = 0_usize;
        let proof = loop {
            let ask = match reading.facts().paging.next() {
                Next::Ask(ask) => ask,
                Next::Complete(proof) => break Some(proof),
                Next::Incomplete(_) => break None,
            };
            match server.answer(ask) {
                Some(answer) => drop(reading.take(&taken(&answer, ask), 1).unwrap()),
                None => reading.refused(1).unwrap(),
            }
            for edit in edits.get(at).into_iter().flatten() {
                server.edit(*edit);
            }
            let alive = server.ids();
            throughout.retain(|id| alive.contains(id));
            if kills.get(at) == Some(&true) {
                drop(reading);
                reading = open();
            }
            at += 1;
        };
        if let Some(proof) = proof {
            prop_assert_eq!(reading.facts().proof, Some(proof));
            let read = ids_in(&reading);
            let distinct: BTreeSet<String> = read.iter().cloned().collect();
            prop_assert_eq!(distinct.len(), read.len(), "a contact twice");
            prop_assert_eq!(read.len() as u64, reading.facts().contacts);
            let missing: Vec<_> = throughout.difference(&distinct).collect();
            prop_assert!(missing.is_empty(), "{:?} missing, {:?}", missing, proof);
        }
    }
}

/// A server on a port of this machine, and how many requests it got.
struct Served {
    host: String,
    server: Arc<Mutex<(Server, u64)>>,
}

impl Served {
    fn start(server: Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        let server = Arc::new(Mutex::new((server, 0)));
        let serving = Arc::clone(&server);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut head = String::new();
                while reader.read_line(&mut head).unwrap_or(0) > 0 {
                    if !head.ends_with("\r\n\r\n") {
                        continue;
                    }
                    let mut serving = serving.lock().unwrap();
                    serving.1 += 1;
                    let answer = serving.0.answer(asked(&head)).map(|answer| body(&answer));
                    drop(serving);
                    let (status, text) = answer.map_or((400, "{}".to_owned()), |text| (200, text));
                    let answer = format!(
                        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{text}",
                        text.len()
                    );
                    (&stream).write_all(answer.as_bytes()).unwrap();
                    head.clear();
                }
            }
        });
        Self { host, server }
    }

    fn edit(&self, edit: Edit) {
        self.server.lock().unwrap().0.edit(edit);
    }

    fn requests(&self) -> u64 {
        self.server.lock().unwrap().1
    }

    fn ids(&self) -> Vec<String> {
        self.server.lock().unwrap().0.ids().into_iter().collect()
    }

    /// What `work` makes of a reader of this account.
    fn read<T>(&self, state: &Path, work: impl AsyncFnOnce(&mut Reader<'_>) -> T) -> T {
        let target = target(&self.host);
        let client = Client::new(&target, Duration::from_secs(5), Duration::from_secs(5)).unwrap();
        let signing = Signing::Secret(Signer::new("cs-1", b"secret"));
        let (pace, mut watch) = (Pace::beside(&[]), |_: &ReadEvent| {});
        let way = Way { client: &client, signing: &signing, pace: &pace, target: &target };
        let patience = Patience {
            max_attempts: 2,
            max_wait: Duration::from_secs(1),
            max_outage: Duration::from_secs(1),
        };
        let readings = readings(state);
        let reading = Reading::current(&readings, &target, &settings(), Timestamp::now()).unwrap();
        let mut reader = Reader::new(way, (readings, reading), &[], patience, &mut watch);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work(&mut reader))
    }
}

fn asked(head: &str) -> Ask {
    let query = head.split_whitespace().nth(1).unwrap().split_once('?').unwrap().1;
    let number = |name: &str| -> u64 {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.unwrap().parse().unwrap()
    };
    Ask { skip: number("skip"), limit: number("limit"), page: number("page") }
}

fn some(ids: &[String], which: &[usize]) -> BTreeSet<String> {
    which.iter().map(|at| ids[*at].clone()).collect()
}

#[test]
fn a_few_contacts_are_sought_and_not_read_all() {
    for by in [By::Created, By::CreatedBackwards] {
        let served = Served::start(Server { by, cap: 10, ..Server::with(3_000) });
        for at in (0..3_000).step_by(3) {
            // The order of ids is not that of the last change.
            served.edit(Edit::Touch(at));
        }
        let (state, ids) = (tempfile::tempdir().unwrap(), served.ids());
        let mut wanted = some(&ids, &[0, 1_234, 2_999]);
        let nobody = format!("{}0", &ids[1_500][..23]);
        wanted.insert(nobody.clone());
        let missing = served.read(state.path(), async |reader| {
            let missing = reader.find(&wanted, Timestamp::UNIX_EPOCH).await.unwrap();
            let mut found = BTreeSet::new();
            let seen = reader.reading().contacts_of(&wanted, |contact| {
                found.insert(contact.id.to_owned());
                Ok(())
            });
            seen.unwrap();
            assert_eq!(found.len(), 3);
            missing
        });
        assert_eq!(missing, BTreeSet::from([nobody]));
        assert!(served.requests() < 60, "{by:?}: {}", served.requests());
    }
}

#[test]
fn contacts_are_found_whatever_the_order_and_read_again_where_they_moved() {
    for (by, honours) in [
        (By::Created, Honours::Skip),
        (By::CreatedBackwards, Honours::Skip),
        (By::Created, Honours::PageOnly),
        (By::Hash, Honours::PageOnly),
        (By::Hash, Honours::Skip),
    ] {
        let served = Served::start(Server { by, honours, cap: 10, ..Server::with(95) });
        let (state, ids) = (tempfile::tempdir().unwrap(), served.ids());
        let wanted = some(&ids, &[3, 40, 41, 60, 94]);
        served.read(state.path(), async |reader| {
            let missing = reader.find(&wanted, Timestamp::UNIX_EPOCH).await.unwrap();
            assert!(missing.is_empty(), "{by:?} {honours:?}");
            let before = served.requests();
            // Nothing is old: nothing is asked for.
            assert!(reader.look(&wanted, Timestamp::UNIX_EPOCH).await.unwrap().is_empty());
            assert_eq!(served.requests(), before);
            for _ in 0..7 {
                served.edit(Edit::Delete(0));
            }
            let gone: BTreeSet<String> =
                wanted.iter().filter(|id| !served.ids().contains(id)).cloned().collect();
            let missing = reader.look(&wanted, Timestamp::now()).await.unwrap();
            assert_eq!(missing, gone, "{by:?} {honours:?}");
        });
    }
}

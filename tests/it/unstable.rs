//! A mailed sheet against servers of any order and way of paging, where others delete and create contacts between two
//! pages: from `init` to `run`, every row reaches its contact, or the reading is refused. Never short, never a wrong contact.
//!
//! `KOREBULK_READINGS=n` plays so many cases; `KOREBULK_SEED=n` plays one again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::account_server::{AccountServer, Act, By, Held, Honours, World};
use crate::support::{Place, Ran};

/// Cases played by default.
const CASES: u64 = 16;

const ORDERS: [By; 6] =
    [By::Id, By::IdBackwards, By::Updated, By::UpdatedBackwards, By::Hash, By::Unstable];
const WAYS: [Honours; 3] = [Honours::Skip, Honours::PageOnly, Honours::SkipPlusPage];

/// Rows for the contacts at these places, and for two people whom nobody has.
fn sheet(place: &Place, world: &World, at: &BTreeSet<usize>) {
    let row = |held: &Held| {
        let text = |key: &str| held.fields[key].as_str().unwrap().to_owned();
        let number = held.fields["cellPhone"]["phoneNumber"].as_str().unwrap();
        format!("{} {},{number},Dr\n", text("firstName"), text("lastName"))
    };
    let rows: String = at.iter().map(|at| row(&world.contacts[*at])).collect();
    let nobody = "Nobody Atall,+919999999998,Dr\nNo One,+919999999999,Dr\n";
    place.write("people.csv", format!("Name,Mobile,Title\n{rows}{nobody}"));
}

fn run(place: &Place, host: &str, command: &str) -> Ran {
    let more = if command == "run" { &["--yes", "--max-age", "1ms"][..] } else { &[] };
    let limits = ["--rate", "none", "--read-rate", "none", "--max-selected", "100%"];
    place.run(&[&[command, "people.toml", "--host", host], &limits[..4], more].concat())
}

/// Salutations by id.
fn salutations(world: &World) -> BTreeMap<String, String> {
    let of = |held: &Held| held.fields["salutation"].as_str().unwrap().to_owned();
    world.contacts.iter().map(|held| (held.id.clone(), of(held))).collect()
}

/// From the sheet to the run; whether the account was read whole.
fn whole(server: &AccountServer, at: &BTreeSet<usize>, shown: &str) -> bool {
    let place = Place::at(server.addr);
    let before = server.world();
    sheet(&place, &before, at);
    place.run(&["init", "people.csv", "--operation", "bulk-update"]).exits(0);
    let host = format!("http://{}", server.addr);
    let planned = run(&place, &host, "plan");
    assert!([0, 6].contains(&planned.code), "{shown}: {}", planned.err);
    assert_eq!(salutations(&server.world()).values().filter(|it| *it == "Dr").count(), 0);
    let ran = run(&place, &host, "run");
    let after = salutations(&server.world());
    let done: BTreeSet<&String> =
        after.iter().filter(|(_, salutation)| *salutation == "Dr").map(|(id, _)| id).collect();
    let wanted: BTreeSet<&String> = at.iter().map(|at| &before.contacts[*at].id).collect();
    assert!(done.is_subset(&wanted), "a wrong contact: {shown}: {}", ran.err);
    if ran.code == 6 {
        return false;
    }
    assert!([0, 1].contains(&ran.code), "{shown}: {}", ran.err);
    let stayed = wanted.iter().filter(|id| after.contains_key(**id));
    let missing: Vec<_> = stayed.filter(|id| !done.contains(**id)).collect();
    assert!(missing.is_empty(), "short of {missing:?}: {shown}: {}", ran.err);
    true
}

fn play(seed: u64) -> bool {
    let mut random = fastrand::Rng::with_seed(seed);
    let by = random.choice(ORDERS).unwrap();
    let honours = random.choice(WAYS).unwrap();
    let cap = random.choice([10, 25]).unwrap();
    let every = random.choice([2, 3, 5, 1000]).unwrap();
    let count = random.usize(30..120);
    let world = World { cap, above: cap, by, honours, ..World::with(count) };
    let at: BTreeSet<usize> = (0..12).map(|_| random.usize(0..count)).collect();
    let shown = format!("KOREBULK_SEED={seed}, {by:?} {honours:?} {cap} {every} {count}");
    let server = AccountServer::start(world, move |asked, world| {
        if asked % every == 0 {
            world.delete(random.usize(..));
            world.create();
        }
        Act::Serve
    });
    whole(&server, &at, &shown)
}

#[test]
fn whatever_a_server_and_others_do_a_mailed_sheet_reaches_all_its_contacts_or_none() {
    let setting = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    if let Some(seed) = setting("KOREBULK_SEED") {
        play(seed);
        return;
    }
    let cases = setting("KOREBULK_READINGS").unwrap_or(CASES);
    let (next, read) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= cases {
                        break;
                    }
                    read.fetch_add(u64::from(play(seed)), Ordering::Relaxed);
                }
            });
        }
    });
    let read = read.into_inner();
    assert!(read * 5 > cases && read < cases, "{read} of {cases} were read whole");
}

/// Numbered pages, one contact deleted and one created between two of them: the totals are equal, and one is missing.
#[test]
fn one_deleted_and_one_created_between_two_numbered_pages_leave_nobody_out() {
    for by in [By::Id, By::IdBackwards] {
        let page_only = Honours::PageOnly;
        let world = World { cap: 100, above: 100, by, honours: page_only, ..World::with(523) };
        // Whoever is at the edges of pages, in either direction.
        let at: BTreeSet<usize> =
            [99, 100, 101, 199, 200, 201, 222, 223, 322, 323, 422, 423].into_iter().collect();
        let mut done = false;
        let server = AccountServer::start(world, move |asked, world| {
            if asked >= 5 && !std::mem::replace(&mut done, true) {
                let first = if by == By::Id { 0 } else { world.contacts.len() - 1 };
                world.delete(first);
                world.create();
            }
            Act::Serve
        });
        assert!(whole(&server, &at, &format!("{by:?}")), "it is read again");
    }
}

//! The account as the sandbox plays it, read by `export` through the binary: whole, or refused, never short.
//!
//! `KOREBULK_READINGS=n` plays so many cases; `KOREBULK_SEED=n` plays one again.

use std::sync::atomic::{AtomicU64, Ordering};

use korebulk::sandbox::{Config, Thread};
use serde_json::Value;

use crate::support::{Place, look, sandbox_with};

/// Cases played by default.
const CASES: u64 = 60;

const ORDERS: [&str; 6] = [
    "order:by=id",
    "order:direction=down",
    "order:by=inserted",
    "order:by=updated",
    "order:by=updated,direction=down",
    "order:by=unstable",
];
const PAGES: [&str; 9] = [
    "pages:by=either",
    "pages:by=skip",
    "pages:by=page",
    "pages:by=both",
    "pages:by=neither",
    "pages:by=page,echo=asked",
    "pages:by=skip,echo=none",
    "pages:by=page,beyond=last",
    "pages:beyond=refuse",
];
const SIZES: [&str; 5] = [
    "page-size:max=10",
    "page-size:fixed=yes",
    "page-size:max=50,above=default",
    "page-size:max=10,above=refuse",
    "page-size:fixed=yes,default=25",
];
/// What else may be, and what somebody else does.
const MORE: [&str; 14] = [
    "slow:delay=0ms",
    "edit:every=2,do=replace",
    "edit:every=2,do=replace,at=first",
    "edit:requests=3,do=replace,at=first",
    "edit:requests=4,do=delete,at=first",
    "edit:every=3,do=create",
    "edit:every=2,do=update",
    "totals:off=-3",
    "totals:off=2",
    "totals:count=page",
    "totals:count=none",
    "totals:more=no",
    "hidden:share=0.05",
    "show-inactive",
];

/// The ids of contacts that are active.
fn active(sandbox: &Thread) -> Vec<String> {
    let contacts = look(sandbox, "contacts");
    let active = contacts.as_array().unwrap().iter().filter(|c| c["status"] == "ACTIVE");
    active.map(|contact| contact["id"].as_str().unwrap().to_owned()).collect()
}

fn exported(out: &str) -> Vec<String> {
    let id = |line: &str| -> String {
        let line: Value = serde_json::from_str(line).unwrap();
        line["id"].as_str().unwrap().to_owned()
    };
    out.lines().map(id).collect()
}

/// One case; answers whether the account was read whole.
fn play(seed: u64) -> bool {
    let mut random = fastrand::Rng::with_seed(seed);
    let faults = [
        random.choice(ORDERS).unwrap(),
        random.choice(PAGES).unwrap(),
        random.choice(SIZES).unwrap(),
        random.choice(MORE).unwrap(),
    ];
    let config =
        Config { faults: faults.map(|f| f.parse().unwrap()).to_vec(), ..Config::default() };
    let sandbox = sandbox_with(63, config);
    let before = active(&sandbox);
    let ran = Place::at(sandbox.addr()).run(&["export", "--to", "-", "--rate", "none"]);
    let shown = format!("KOREBULK_SEED={seed}, {faults:?}:\n{}", ran.err);
    if ran.code != 0 {
        assert_eq!((ran.code, ran.out.as_str()), (6, ""), "{shown}");
        return false;
    }
    let mut ids = exported(&ran.out);
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "one twice: {shown}");
    let after = active(&sandbox);
    let stayed = before.iter().filter(|id| after.contains(id));
    let missing = stayed.filter(|id| ids.binary_search(id).is_err()).count();
    assert_eq!(missing, 0, "short: {shown}");
    true
}

#[test]
fn whatever_the_sandbox_plays_an_export_is_whole_or_refused() {
    let setting = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    if let Some(seed) = setting("KOREBULK_SEED") {
        play(seed);
        return;
    }
    let cases = setting("KOREBULK_READINGS").unwrap_or(CASES);
    let (next, whole) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= cases {
                        break;
                    }
                    whole.fetch_add(u64::from(play(seed)), Ordering::Relaxed);
                }
            });
        }
    });
    let whole = whole.into_inner();
    assert!(whole * 4 > cases && whole < cases, "{whole} of {cases} were read whole");
}

#[test]
fn the_sample_account_is_exported_whole() {
    let config = Config { sample: true, ..Config::default() };
    let sandbox = sandbox_with(0, config);
    let ran = Place::at(sandbox.addr()).run(&["export", "--to", "-", "--rate", "none"]).exits(0);
    let mut expected = active(&sandbox);
    let mut ids = exported(&ran.out);
    expected.sort_unstable();
    ids.sort_unstable();
    assert_eq!(ids, expected);
}

//! Completeness against a server that is not the client's: any order, any way of paging, edits between pages.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap()
}

/// How the server orders contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::account) enum By {
    Created,
    CreatedBackwards,
    Updated,
    UpdatedBackwards,
    Hash,
    /// Another order at each request.
    Unstable,
}

/// What of a request the server honours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::account) enum Honours {
    Skip,
    PageOnly,
    SkipPlusPage,
    Nothing,
}

#[derive(Debug, Clone, Copy)]
pub(in crate::account) enum Edit {
    Delete(usize),
    Create,
    Touch(usize),
}

#[derive(Debug, Clone)]
pub(in crate::account) struct Contact {
    pub(in crate::account) id: String,
    created: i64,
    updated: u64,
}

#[derive(Debug, Clone)]
pub(in crate::account) struct Server {
    pub(in crate::account) by: By,
    pub(in crate::account) honours: Honours,
    /// The largest page.
    pub(in crate::account) cap: u64,
    /// What a larger `limit` gives: the cap, this default, or a refusal.
    pub(in crate::account) above: Option<u64>,
    pub(in crate::account) refuses: bool,
    pub(in crate::account) counts: bool,
    pub(in crate::account) tells_more: bool,
    pub(in crate::account) lies: i64,
    pub(in crate::account) contacts: Vec<Contact>,
    pub(in crate::account) made: u64,
    pub(in crate::account) now: i64,
    pub(in crate::account) clock: u64,
}

pub(in crate::account) struct Answer {
    pub(in crate::account) ids: Vec<String>,
    pub(in crate::account) total: Option<u64>,
    pub(in crate::account) more: Option<bool>,
    pub(in crate::account) date: i64,
    pub(in crate::account) newest: Option<i64>,
    pub(in crate::account) by_change: bool,
    /// When each of its contacts was changed last.
    pub(in crate::account) updated: Vec<u64>,
}

impl Server {
    pub(in crate::account) fn with(n: usize) -> Self {
        let mut server = Self {
            by: By::Created,
            honours: Honours::Skip,
            cap: 1000,
            above: None,
            refuses: false,
            counts: true,
            tells_more: true,
            lies: 0,
            contacts: Vec::new(),
            made: 0,
            now: 1_700_000_000,
            clock: 0,
        };
        for _ in 0..n {
            server.edit(Edit::Create);
            server.now += 1;
        }
        server
    }

    pub(in crate::account) fn edit(&mut self, edit: Edit) {
        self.clock += 1;
        match edit {
            Edit::Create => {
                self.made += 1;
                let id = format!("{:08x}{:016x}", self.now, self.made);
                self.contacts.push(Contact { id, created: self.now, updated: self.clock });
            }
            Edit::Delete(at) if !self.contacts.is_empty() => {
                self.contacts.remove(at % self.contacts.len());
            }
            Edit::Touch(at) if !self.contacts.is_empty() => {
                let at = at % self.contacts.len();
                self.contacts[at].updated = self.clock;
            }
            Edit::Delete(_) | Edit::Touch(_) => {}
        }
    }

    pub(in crate::account) fn ids(&self) -> BTreeSet<String> {
        self.contacts.iter().map(|contact| contact.id.clone()).collect()
    }

    pub(in crate::account) fn answer(&mut self, ask: Ask) -> Option<Answer> {
        self.now += 1;
        if ask.limit > self.cap && self.refuses {
            return None;
        }
        let limit = match self.above {
            Some(default) if ask.limit > self.cap => default,
            _ => ask.limit.min(self.cap),
        };
        let skip = match self.honours {
            Honours::Skip => ask.skip,
            Honours::PageOnly => (ask.page - 1) * limit,
            Honours::SkipPlusPage => ask.skip + (ask.page - 1) * limit,
            Honours::Nothing => 0,
        };
        let mut sorted: Vec<&Contact> = self.contacts.iter().collect();
        match self.by {
            By::Created => sorted.sort_by_key(|c| c.id.clone()),
            By::CreatedBackwards => sorted.sort_by_key(|c| std::cmp::Reverse(c.id.clone())),
            By::Updated => sorted.sort_by_key(|c| c.updated),
            By::UpdatedBackwards => sorted.sort_by_key(|c| std::cmp::Reverse(c.updated)),
            By::Unstable => {
                let salt = self.now.unsigned_abs();
                sorted.sort_by_key(|c| xxhash_rust::xxh3::xxh3_64_with_seed(c.id.as_bytes(), salt));
            }
            By::Hash => sorted.sort_by_key(|c| xxhash_rust::xxh3::xxh3_64(c.id.as_bytes())),
        }
        let all = sorted.len() as u64;
        let page: Vec<&Contact> = sorted.into_iter().skip(index(skip)).take(index(limit)).collect();
        Some(Answer {
            total: self.counts.then(|| all.saturating_add_signed(self.lies)),
            more: self.tells_more.then_some(skip + (page.len() as u64) < all),
            date: self.now,
            newest: page.iter().map(|c| c.created).max(),
            by_change: page.is_sorted_by_key(|c| std::cmp::Reverse(c.updated))
                || page.is_sorted_by_key(|c| c.updated),
            updated: page.iter().map(|c| c.updated).collect(),
            ids: page.into_iter().map(|c| c.id.clone()).collect(),
        })
    }
}

struct Read {
    end: Result<Proof, Doubt>,
    ids: BTreeSet<String>,
    requests: u64,
}

/// Reads everything, with these edits after each request.
fn read(server: &mut Server, mut between: impl FnMut(&mut Server, u64)) -> Read {
    let mut paging = Paging::new(None);
    let (mut pass, mut seen) = (0u32, BTreeMap::<String, u32>::new());
    for requests in 0..100_000 {
        let ask = match paging.next() {
            Next::Ask(ask) => ask,
            Next::Complete(proof) => {
                let ids = seen.into_iter().filter(|(_, at)| *at == pass).map(|(id, _)| id);
                return Read { end: Ok(proof), ids: ids.collect(), requests };
            }
            Next::Incomplete(doubt) => {
                return Read { end: Err(doubt), ids: seen.into_keys().collect(), requests };
            }
        };
        let Some(answer) = server.answer(ask) else {
            paging.refused();
            continue;
        };
        let ids: Vec<&str> = answer.ids.iter().map(String::as_str).collect();
        let fresh = ids.iter().filter(|id| seen.get(**id) != Some(&pass)).count() as u64;
        let (total, more, newest) = (answer.total, answer.more, answer.newest);
        let (date, by_change) = (Some(answer.date), answer.by_change);
        let used = paging.take(&Page { ids: &ids, fresh, total, more, date, newest, by_change });
        if matches!(used, Use::Store | Use::LastOfPass) {
            seen.extend(answer.ids.iter().map(|id| (id.clone(), pass)));
        }
        if matches!(used, Use::NewPass | Use::LastOfPass) {
            pass += 1;
        }
        // What is stored between two requests is what another process goes on with.
        let text = serde_json::to_string(&paging).unwrap();
        paging = serde_json::from_str(&text).unwrap();
        between(server, requests);
    }
    panic!("a reading that does not end");
}

pub(in crate::account) fn edits() -> impl Strategy<Value = Vec<Vec<Edit>>> {
    let edit = prop_oneof![
        any::<usize>().prop_map(Edit::Delete),
        Just(Edit::Create),
        any::<usize>().prop_map(Edit::Touch),
    ];
    let few = prop_oneof![
        6 => Just(Vec::new()),
        1 => prop::collection::vec(edit, 1..4),
    ];
    prop::collection::vec(few, 0..40)
}

pub(in crate::account) fn server() -> impl Strategy<Value = Server> {
    let by = prop_oneof![
        Just(By::Created),
        Just(By::CreatedBackwards),
        Just(By::Updated),
        Just(By::UpdatedBackwards),
        Just(By::Hash),
        Just(By::Unstable),
    ];
    let honours = prop_oneof![
        4 => Just(Honours::Skip),
        4 => Just(Honours::PageOnly),
        1 => Just(Honours::SkipPlusPage),
        1 => Just(Honours::Nothing),
    ];
    let above = prop_oneof![Just(None), Just(Some(10u64))];
    let lies = prop_oneof![8 => Just(0i64), 1 => -5i64..5];
    let shape = (0usize..200, prop_oneof![1u64..12, Just(50), Just(100), Just(1000)]);
    (by, honours, above, any::<bool>(), any::<bool>(), prop::bool::weighted(0.9), lies, shape)
        .prop_map(|(by, honours, above, refuses, tells_more, counts, lies, (n, cap))| {
            let above = above.filter(|default| *default <= cap);
            let refuses = refuses && cap >= 10;
            Server { by, honours, cap, above, refuses, counts, tells_more, lies, ..Server::with(n) }
        })
}

proptest! {
    /// Never short: what is called complete has every contact that existed throughout.
    #[test]
    fn a_complete_reading_has_every_contact_that_existed_throughout(
        mut server in server(),
        edits in edits(),
    ) {
        let mut throughout = server.ids();
        let read = read(&mut server, |server, at| {
            for edit in edits.get(index(at)).into_iter().flatten() {
                server.edit(*edit);
            }
            let alive = server.ids();
            throughout.retain(|id| alive.contains(id));
        });
        if read.end.is_ok() {
            let missing: Vec<_> = throughout.difference(&read.ids).collect();
            prop_assert!(missing.is_empty(), "{missing:?} of {} by {:?}", read.ids.len(), read.end);
        }
    }

    /// Nobody edits, the server counts right and pages in some way: complete, and nothing else in it.
    #[test]
    fn an_account_that_nobody_edits_is_read_completely(mut server in server()) {
        (server.counts, server.lies) = (true, 0);
        if server.honours == Honours::Nothing {
            server.honours = Honours::PageOnly;
        }
        if server.by == By::Unstable {
            server.by = By::Hash;
        }
        let all = server.ids();
        let read = read(&mut server, |_, _| {});
        prop_assert!(read.end.is_ok(), "{:?}", read.end);
        prop_assert_eq!(read.ids, all);
    }

    /// Overlapping pages take what they must, and a search for the page size.
    #[test]
    fn overlapping_pages_take_no_request_more_than_they_must(n in 2u64..1200, cap in prop_oneof![Just(10u64), Just(100), Just(1000)]) {
        let mut server = Server { cap, ..Server::with(usize::try_from(n).unwrap()) };
        let read = read(&mut server, |_, _| {});
        prop_assert!(read.end.is_ok());
        let search = match cap { 10 => 3, 100 => 1, _ => 0 };
        let searched = if n > cap { search } else { 0 };
        prop_assert!(read.requests <= (n - 1).div_ceil(cap - 1).max(1) + searched, "{}", read.requests);
    }
}

#[test]
fn a_full_page_with_a_total_that_lies_is_not_the_whole_account() {
    for n in [11, 51, 101] {
        let cap = u64::try_from(n - 1).unwrap();
        let mut server = Server { cap, lies: -1, tells_more: false, ..Server::with(n) };
        let read = read(&mut server, |_, _| {});
        assert!(read.end.is_err() || read.ids.len() == n, "{n}: {:?}", read.end);
    }
}

#[test]
fn pages_of_one_contact_show_how_they_are_asked_for() {
    for honours in [Honours::Skip, Honours::PageOnly, Honours::SkipPlusPage, Honours::Nothing] {
        for (n, lies) in (1..9).flat_map(|n| (-3..3).map(move |lies| (n, lies))) {
            let mut server = Server { honours, lies, cap: 1, tells_more: false, ..Server::with(n) };
            let read = read(&mut server, |_, _| {});
            let is_whole = read.end.is_ok() && read.ids.len() == n;
            assert!(read.end.is_err() || is_whole, "{honours:?}, {n}, {lies}");
            assert!(is_whole || lies != 0 || honours == Honours::Nothing, "{honours:?}, {n}");
        }
    }
}

/// Nobody edited these contacts since they were created: the order of the last change looks like that of ids.
#[test]
fn one_deleted_and_one_edited_contact_between_overlapping_pages_hide_nobody() {
    for (touched, at) in (0..99).flat_map(|touched| [(touched, 2), (touched, 3)]) {
        let mut server = Server { by: By::Updated, cap: 50, refuses: true, ..Server::with(100) };
        let mut throughout = server.ids();
        let read = read(&mut server, |server, request| {
            if request == at {
                server.edit(Edit::Delete(0));
                server.edit(Edit::Touch(touched));
            }
            throughout = &throughout & &server.ids();
        });
        let missing: Vec<_> = throughout.difference(&read.ids).collect();
        assert!(read.end.is_err() || missing.is_empty(), "{touched}, {at}: {missing:?}");
    }
}

#[test]
fn a_delete_and_a_create_between_numbered_pages_are_not_taken_for_quiet() {
    let mut server = Server { honours: Honours::PageOnly, cap: 50, ..Server::with(523) };
    let throughout = {
        let mut ids = server.ids();
        ids.remove(&server.contacts[10].id.clone());
        ids
    };
    let mut done = false;
    let read = read(&mut server, |server, at| {
        if at == 7 && !done {
            done = true;
            server.edit(Edit::Delete(10));
            server.edit(Edit::Create);
        }
    });
    let proof = read.end.expect("read again, it is complete");
    assert_eq!(proof.rule, Rule::EqualTotals);
    assert!(throughout.is_subset(&read.ids));
}

#[test]
fn each_rule_is_reached() {
    let rule = |server: &mut Server| read(server, |_, _| {}).end.map(|proof| proof.rule);
    let base = Server { cap: 10, ..Server::with(95) };
    assert_eq!(rule(&mut Server { cap: 1000, ..base.clone() }), Ok(Rule::OnePage));
    assert_eq!(rule(&mut base.clone()), Ok(Rule::OverlappingPages));
    let numbered = Server { honours: Honours::PageOnly, ..base.clone() };
    assert_eq!(rule(&mut numbered.clone()), Ok(Rule::EqualTotals));
    assert_eq!(rule(&mut Server { by: By::Hash, ..base.clone() }), Ok(Rule::TwoReadings));
    assert_eq!(rule(&mut Server { by: By::Hash, ..numbered }), Ok(Rule::TwoReadings));
    let ignored = Server { honours: Honours::Nothing, ..base.clone() };
    assert_eq!(rule(&mut ignored.clone()), Err(Doubt::SamePage));
    assert_eq!(rule(&mut Server { lies: 7, ..base.clone() }), Err(Doubt::FewerThanCounted));
    let uncounted = Server { counts: false, honours: Honours::PageOnly, ..base };
    assert_eq!(rule(&mut uncounted.clone()), Err(Doubt::NoTotal));
}

#[test]
fn an_empty_account_is_complete() {
    let read = read(&mut Server::with(0), |_, _| {});
    assert_eq!(read.end.map(|proof| proof.rule), Ok(Rule::OnePage));
    assert_eq!(read.requests, 1);
}

//! The faults that the sandbox can show: what each is, and when it plays.
//!
//! A fault only says what goes wrong; the handler and the answers act on it. Everything is decided by
//! the request's number, the server's clock and hashes of ids with the seed, so the same calls meet
//! the same faults again.

mod account;
mod build;
mod error;
mod grammar;
mod kind;
mod options;
mod when;

use std::cell::RefCell;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64_with_seed;

pub(super) use account::{
    Above, Beyond, Counted, Edit, EditAct, EditField, InUse, More, NumberInUse, Order, OrderBy,
    PageBy, PageEcho, PageSize, Pages, Totals, Where,
};
pub use error::FaultError;
pub use grammar::GRAMMAR;
pub(super) use kind::{Gone, Kind, Limit, LimitMessage, PageBody, ReasonKey, Scope, Shape};
pub(super) use when::When;

/// One fault with its conditions, made by parsing text such as `throttle:every=7,retry-after=2`.
///
/// [`GRAMMAR`] lists them all.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) scope: Scope,
    pub(super) when: When,
    /// Of requests or of records, as the scope says; 1 for all.
    pub(super) share: f64,
    /// The records it is about, instead of a share.
    pub(super) ids: Vec<String>,
}

/// All faults of a server.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    faults: Vec<Fault>,
    seed: u64,
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        Self { faults, seed }
    }

    /// The faults that may play in one request, `number` counted from 1 since the start.
    pub(super) fn playing(
        &self,
        number: u64,
        api: Option<&'static str>,
        elapsed: Duration,
    ) -> Playing<'_> {
        let mut playing =
            Playing { faults: Vec::new(), number, seed: self.seed, played: RefCell::default() };
        for (place, fault) in self.faults.iter().enumerate() {
            // Each fault draws for itself: two of the same share do not always meet.
            let seed = self.seed.wrapping_add(place as u64);
            let drawn = fault.scope != Scope::Requests
                || draw(seed, 0, &number.to_le_bytes()) < fault.share;
            if drawn && fault.when.holds(number, api, elapsed) {
                playing.faults.push((seed, fault));
            }
        }
        playing
    }
}

/// The faults that may play in one request, and those that did.
pub(super) struct Playing<'a> {
    faults: Vec<(u64, &'a Fault)>,
    number: u64,
    seed: u64,
    played: RefCell<Vec<&'static str>>,
}

impl<'a> Playing<'a> {
    /// What the first fault of this request that `pick` knows is to do. It counts as played.
    pub(super) fn find<T>(&self, pick: impl Fn(&'a Kind) -> Option<T>) -> Option<T> {
        let found =
            self.faults.iter().find_map(|(_, fault)| Some((fault.name, pick(&fault.kind)?)));
        found.map(|(name, chosen)| {
            self.note(name);
            chosen
        })
    }

    /// What every fault of this request that `pick` knows is to do. They count as played.
    pub(super) fn all<T>(&self, pick: impl Fn(&'a Kind) -> Option<T>) -> Vec<T> {
        let chosen = self.faults.iter().filter_map(|(_, fault)| {
            let chosen = pick(&fault.kind)?;
            self.note(fault.name);
            Some(chosen)
        });
        chosen.collect()
    }

    /// Whether this fault plays in this request.
    pub(super) fn shows(&self, kind: &Kind) -> bool {
        self.find(|k| (k == kind).then_some(())).is_some()
    }

    /// What the first fault that `pick` knows is to do to this record.
    pub(super) fn meet<T>(&self, id: &str, pick: impl Fn(&'a Kind) -> Option<T>) -> Option<T> {
        let found = self.faults.iter().find_map(|(seed, fault)| {
            let chosen = pick(&fault.kind)?;
            fault.hits(*seed, self.number, id).then_some((fault.name, chosen))
        });
        found.map(|(name, chosen)| {
            self.note(name);
            chosen
        })
    }

    /// Whether this fault meets this record.
    pub(super) fn meets(&self, id: &str, kind: &Kind) -> bool {
        self.meet(id, |k| (k == kind).then_some(())).is_some()
    }

    /// Chance that is the same every time: of this request, and of `what` in it.
    pub(super) fn chance(&self, what: &str) -> fastrand::Rng {
        fastrand::Rng::with_seed(xxh3_64_with_seed(what.as_bytes(), self.seed ^ self.number))
    }

    /// The request's number since the start.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The names of the faults that did something.
    pub(super) fn played(self) -> Vec<&'static str> {
        self.played.into_inner()
    }

    fn note(&self, name: &'static str) {
        let mut played = self.played.borrow_mut();
        if !played.contains(&name) {
            played.push(name);
        }
    }
}

impl Fault {
    fn hits(&self, seed: u64, number: u64, id: &str) -> bool {
        if !self.ids.is_empty() {
            return self.ids.iter().any(|i| i == id);
        }
        let number = if self.scope == Scope::Entries { number } else { 0 };
        draw(seed, number, id.as_bytes()) < self.share
    }
}

/// A number from 0 up to, but never reaching, 1.
fn draw(seed: u64, number: u64, bytes: &[u8]) -> f64 {
    let hash = xxh3_64_with_seed(bytes, seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let upper = u32::try_from(hash >> 32).expect("32 bits are left");
    f64::from(upper) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(texts: &[&str]) -> Faults {
        Faults::new(texts.iter().map(|t| t.parse().unwrap()).collect(), 7)
    }

    fn shows(faults: &Faults, number: u64) -> bool {
        faults.playing(number, None, Duration::ZERO).shows(&Kind::LostAnswer)
    }

    #[test]
    fn every_seventh_request_loses_its_answer() {
        let faults = faults(&["lost-answer:every=7"]);
        let met: Vec<u64> = (1..=21).filter(|n| shows(&faults, *n)).collect();
        assert_eq!(met, [7, 14, 21]);
    }

    #[test]
    fn a_share_of_requests_is_met_and_is_the_same_every_time() {
        let faults = faults(&["lost-answer:share=0.25"]);
        let met: Vec<u64> = (1..=1000).filter(|n| shows(&faults, *n)).collect();
        let again: Vec<u64> = (1..=1000).filter(|n| shows(&faults, *n)).collect();
        assert!((200..300).contains(&met.len()), "{}", met.len());
        assert_eq!(met, again);
    }

    #[test]
    fn a_refused_record_is_refused_in_every_request_and_a_missing_one_is_not() {
        let faults = faults(&["refuse:share=0.5", "missing:share=0.5"]);
        let seen = |number, id: &str| {
            let playing = faults.playing(number, None, Duration::ZERO);
            let refused = playing.meet(id, |k| matches!(k, Kind::Refuse { .. }).then_some(()));
            (refused.is_some(), playing.meets(id, &Kind::Missing))
        };
        let ids: Vec<String> = (0..64).map(|n| format!("{n:024x}")).collect();
        assert!(ids.iter().all(|id| seen(1, id).0 == seen(2, id).0));
        assert!(ids.iter().any(|id| seen(1, id).1 != seen(2, id).1));
    }

    #[test]
    fn listed_ids_are_met_and_no_others() {
        let faults = faults(&["missing:ids=a+b"]);
        let playing = faults.playing(1, None, Duration::ZERO);
        assert!(playing.meets("a", &Kind::Missing) && playing.meets("b", &Kind::Missing));
        assert!(!playing.meets("c", &Kind::Missing));
        assert_eq!(playing.played(), ["missing"]);
    }
}

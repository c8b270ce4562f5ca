//! What the pool and whoever reads again have in common: how the one asks the other, and for how long what was read counts.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::{self, Receiver};

use crate::base::numbers::time;
use crate::config::Plan;
use crate::dispatch::pool::{LookAgain, SecondLook};
use crate::model::Event;
use crate::run::approve::access::Access;

/// Looks that may wait.
const WAITING: usize = 4;
/// How far this clock may have been set since a contact was read.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);
/// How long what was read again may wait for its permit, at least.
const LEAST: SignedDuration = SignedDuration::from_secs(5);

/// Until when what was read then counts, as the feeder gives it to its record. `is_there`: whether what it was read into is, which
/// changes that somebody made take away.
pub(crate) fn good_until(plan: &Plan, is_there: bool) -> impl Fn(Timestamp) -> Timestamp + use<> {
    let max_age = plan.account.max_age;
    move |read_at| match is_there {
        false => Timestamp::MIN,
        true => read_at.checked_add(max_age).unwrap_or(Timestamp::MAX),
    }
}

/// For how long what was read again counts: the look takes a permit, and so does the request behind it.
pub(super) fn good_for(plan: &Plan, access: &Access) -> SignedDuration {
    let max_age = SignedDuration::try_from(plan.account.max_age).unwrap_or(SignedDuration::MAX);
    let per_minute = access.pace.per_minute().filter(|rate| *rate > 0.0);
    let apart = per_minute.and_then(|rate| Duration::try_from_secs_f64(60.0 / rate).ok());
    let two = apart.unwrap_or_default().saturating_mul(2);
    max_age.max(LEAST).max(SignedDuration::try_from(two).unwrap_or(SignedDuration::MAX))
}

/// The pool's end and the other.
pub(super) fn channel(good_for: SignedDuration) -> (SecondLook, Receiver<LookAgain>) {
    let (sender, asks) = mpsc::channel(WAITING);
    (SecondLook { asks: sender, longest: good_for.saturating_add(CLOCKS_DIFFER) }, asks)
}

/// What is said when it is needed for the first time.
pub(super) fn notice(plan: &Plan, what: &str) -> Event {
    let age = time(plan.account.max_age);
    let message =
        format!("{what} that were read more than {age} ago are read again before they are sent");
    Event::Notice { message }
}

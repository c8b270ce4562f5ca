//! Every request passes the handler, one at a time, from its number to its answer.
//!
//! Synchronous and without sockets: what comes in is a [`Call`], what goes out a [`Reply`]. One
//! request is one transaction, in which it is also written down.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Connection;

use super::call::{Arrival, Call};
use super::config::{Config, Limits, SandboxError};
use super::contact::Site;
use super::fault::{Faults, Kind, Playing};
use super::query::parameter;
use super::quota::Quota;
use super::reply::Reply;
use super::route::{Found, Route};
use super::store::Received;
use super::token::Verifier;
use super::work::{Halt, Work};
use super::{bulk, campaigns, create, edit, effects, listing, lists, look, route, single, store};

/// All of a server but its sockets.
pub(super) struct Handler {
    site: Site,
    limits: Limits,
    faults: Faults,
    /// When the first request came.
    started: OnceLock<Instant>,
    numbers: AtomicU64,
    /// Requests that the store knew before this start.
    earlier: u64,
    state: Mutex<State>,
}

struct State {
    db: Connection,
    clock: Clock,
    quota: Quota,
    verifier: Verifier,
}

/// Times of changes: whatever is done later has a later one, even in the same millisecond.
#[derive(Default)]
struct Clock {
    /// Milliseconds since 1970.
    last: i64,
}

impl Clock {
    /// The time, as answers show it.
    fn tick(&mut self, at: Timestamp) -> String {
        self.last = at.as_millisecond().max(self.last + 1);
        let at = Timestamp::from_millisecond(self.last).unwrap_or(at);
        at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
    }
}

impl Handler {
    pub(super) fn open(config: &Config) -> Result<Self, SandboxError> {
        let db = store::open(&config.store)?;
        Ok(Self {
            site: Site {
                stream_id: config.stream_id.clone(),
                account_id: config.account_id.clone(),
            },
            limits: config.limits,
            faults: Faults::new(config.faults.clone(), config.fault_seed),
            started: OnceLock::new(),
            numbers: AtomicU64::new(0),
            earlier: store::last_request(&db)?,
            state: Mutex::new(State {
                db,
                clock: Clock::default(),
                quota: Quota::new(&config.quota),
                verifier: Verifier::new(
                    config.client_id.clone(),
                    &config.client_secret,
                    config.require_jti,
                ),
            }),
        })
    }

    /// Lends the store out: for seeding, and for looking at it.
    pub(super) fn with_store<T>(&self, act: impl FnOnce(&Connection) -> T) -> T {
        act(&self.state().db)
    }

    /// What the store holds: `GET /sandbox/…`.
    pub(super) fn look(&self, path: &str, query: &str) -> Reply {
        self.with_store(|db| look::look(db, &self.site, path, query))
    }

    /// Numbers a request.
    pub(super) fn arrive(&self) -> Arrival {
        Arrival {
            number: self.numbers.fetch_add(1, Ordering::Relaxed) + 1,
            elapsed: self.started.get_or_init(Instant::now).elapsed(),
            at: Timestamp::now(),
        }
    }

    /// How long the work itself waits, whatever becomes of the connection.
    pub(super) fn delay_before(&self, call: &Call, arrival: Arrival) -> Option<Duration> {
        self.playing(&route::find(&call.method, &call.path), arrival).find(|kind| match kind {
            Kind::Slow { delay, before: true } => Some(*delay),
            _ => None,
        })
    }

    /// Does the work and says what goes back. An error of the store is a 500 with nothing done.
    pub(super) fn answer(&self, call: &Call, arrival: Arrival) -> Reply {
        self.settle(call, arrival).unwrap_or_else(|error| {
            tracing::error!(%error, "the sandbox's store failed");
            Reply::error(500, "Internal Server Error", 500)
        })
    }

    fn settle(&self, call: &Call, arrival: Arrival) -> rusqlite::Result<Reply> {
        let found = route::find(&call.method, &call.path);
        let playing = self.playing(&found, arrival);
        let mut state = self.state();
        let State { db, clock, quota, verifier } = &mut *state;
        let (now, later) = (clock.tick(arrival.at), clock.tick(arrival.at));
        let transaction = db.transaction()?;
        let work = Work {
            db: &transaction,
            site: &self.site,
            playing: &playing,
            limits: &self.limits,
            number: self.earlier + arrival.number,
            now: &now,
            later: &later,
            seconds: arrival.at.as_second(),
        };
        let done = effects::before(&playing, quota, arrival)
            .and_then(|()| self.admit(call, &found, verifier, arrival))
            .map_err(Halt::Refused)
            .and_then(|route| act(&work, route, call));
        let reply = match done {
            Ok(reply) | Err(Halt::Refused(reply)) => reply,
            Err(Halt::Store(error)) => return Err(error),
        };
        edit::play(&work)?;
        let reply = effects::after(&playing, reply);
        let number = work.number;
        let faults = playing.played();
        let received = Received {
            number,
            at: &now,
            method: call.method.as_str(),
            path: &call.path,
            status: reply.visible_status(),
            records: reply.records,
            faults: &faults,
        };
        store::receive(&transaction, &received)?;
        transaction.commit()?;
        Ok(reply)
    }

    fn playing(&self, found: &Found<'_>, arrival: Arrival) -> Playing<'_> {
        let api = match found {
            Found::Api { route, .. } => Some(route.name()),
            _ => None,
        };
        self.faults.playing(arrival.number, api, arrival.elapsed)
    }

    /// Checks path, token, stream, account and headers, in this order.
    fn admit<'p>(
        &self,
        call: &Call,
        found: &Found<'p>,
        verifier: &mut Verifier,
        arrival: Arrival,
    ) -> Result<Route<'p>, Reply> {
        let (stream, route) = match *found {
            Found::Api { stream, route } => (stream, route),
            Found::WrongMethod => return Err(Reply::refusal(405, "Method Not Allowed")),
            Found::Nothing => return Err(Reply::html(404)),
        };
        let header = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
        verifier.verify(header("auth"), arrival.at.as_second())?;
        if stream != self.site.stream_id {
            return Err(Reply::refusal(400, "Invalid StreamId"));
        }
        self.check_account(header("accountId"))?;
        if route.is_campaign() {
            self.check_account(parameter(&call.query, "accountId"))?;
            if header("iid") != Some(stream) {
                return Err(Reply::refusal(400, "Invalid StreamId"));
            }
        } else if !header("content-type").is_some_and(is_json) {
            return Err(Reply::refusal(412, "Validation errors/ Invalid arguments"));
        }
        Ok(route)
    }

    fn check_account(&self, given: Option<&str>) -> Result<(), Reply> {
        match given {
            Some(id) if id == self.site.account_id => Ok(()),
            Some(_) => Err(Reply::error(401, "Permission denied. Scope is incorrect!", 4002)),
            None => Err(Reply::refusal(412, "Validation errors/ Invalid arguments")),
        }
    }

    /// A panic elsewhere leaves no half-done work: transactions end with their request.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn act(work: &Work<'_>, route: Route<'_>, call: &Call) -> Result<Reply, Halt> {
    match route {
        Route::Contacts => listing::page(work, &call.query),
        Route::CreateContacts => create::create(work, &call.body),
        Route::UpdateContact(id) => single::update(work, id, &call.body),
        Route::DeleteContact(id) => single::delete(work, id),
        Route::BulkUpdate => bulk::update(work, &call.body),
        Route::BulkDelete => bulk::delete(work, &call.body),
        Route::AllLists { post } => lists::all(work, &call.query, post),
        Route::List(id) => lists::show(work, id),
        Route::ListContacts(id) => lists::rows(work, id, &call.query),
        Route::Campaigns => campaigns::all(work, &call.body),
        Route::DeleteList(id) => lists::delete(work, id),
    }
}

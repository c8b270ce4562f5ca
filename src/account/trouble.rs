//! What follows from an answer that brought no page: wait and ask again, ask for less, or stop. Pure; time is a parameter.
//!
//! The classes are those of every request (docs/contract.md, "Reading an answer"): only what passes is waited for.

use std::time::Duration;

use tokio::time::Instant;

use crate::api::reading::{NoVerdict, Read, Reading, ThrottledWindow};
use crate::model::{Exit, RunError};
use crate::pace::back_off;
use crate::report::numbers::time;

/// What a rate limit means where it names no time.
const WITHOUT_RETRY_AFTER: Duration = Duration::from_mins(1);
/// The least that is waited after one, even when the server says 0.
const LEAST: Duration = Duration::from_secs(1);
/// Faults after which a smaller page is tried.
const FAULTS_BEFORE_LESS: u32 = 2;

/// How long what passes is waited for.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "named as the settings are")]
pub struct Patience {
    /// Requests that end without a readable answer.
    pub max_attempts: u16,
    /// The longest time to wait that a server names.
    pub max_wait: Duration,
    /// How long the server may be out of reach.
    pub max_outage: Duration,
}

/// What else can be asked where a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Other {
    /// Nothing.
    Nothing,
    /// A smaller page.
    SmallerPage,
    /// The same by another method.
    Method,
}

/// What has gone wrong since the last page.
#[derive(Debug)]
pub(super) struct Trouble {
    patience: Patience,
    faults: u32,
    faults_since: Option<Instant>,
    throttled_since: Option<Instant>,
    unreadable: u16,
    signed_again: bool,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The same request, after this long.
    Wait { why: &'static str, wait: Duration },
    /// The same at once, with a fresh credential.
    SignAgain,
    /// The same after this long, and the account's hourly limit is known from now on.
    Hourly { wait: Duration },
    /// Nothing: the request itself is refused, or another one may do better.
    Refused,
    /// Nothing more.
    Stop(RunError),
}

impl Trouble {
    pub(super) const fn none(patience: Patience) -> Self {
        Self {
            patience,
            faults: 0,
            faults_since: None,
            throttled_since: None,
            unreadable: 0,
            signed_again: false,
        }
    }

    /// Takes an answer that is not what was asked for.
    pub(super) fn on(
        &mut self,
        read: Read,
        other: Other,
        now: Instant,
        random: &mut fastrand::Rng,
    ) -> Next {
        match read.reading {
            Reading::Throttled(window) => self.throttled(window, read.retry_after, now),
            Reading::Unauthorised { .. } if !self.signed_again => {
                self.signed_again = true;
                Next::SignAgain
            }
            Reading::Unauthorised { code, clock_ahead } => {
                Next::Stop(unauthorised(code.as_deref(), clock_ahead))
            }
            Reading::WrongEndpoint { .. } if other == Other::Method => Next::Refused,
            Reading::WrongEndpoint { what } => Next::Stop(
                RunError::new(Exit::NeedsPerson, format!("no such API there ({what})"))
                    .hint("is `target.host` right, and `target.stream_id`?"),
            ),
            Reading::TooLarge(_) | Reading::Refused { .. } => Next::Refused,
            Reading::NoWay { message, .. } => {
                let message = format!("no way to the server: {message}; nothing was changed");
                Next::Stop(RunError::usage(message))
            }
            Reading::NoVerdict(NoVerdict { kind, .. }) if kind != "unreadable" => {
                self.fault(kind, read.retry_after, other, now, random)
            }
            Reading::NoVerdict(_) | Reading::Verdicts(_) => {
                self.unreadable += 1;
                if self.unreadable < self.patience.max_attempts {
                    return self.fault("unreadable", read.retry_after, other, now, random);
                }
                Next::Stop(RunError::new(
                    Exit::NeedsPerson,
                    "the server answers with something that korebulk cannot read",
                ))
            }
        }
    }

    fn fault(
        &mut self,
        kind: &'static str,
        named: Option<Duration>,
        other: Other,
        now: Instant,
        random: &mut fastrand::Rng,
    ) -> Next {
        self.throttled_since = None;
        self.faults += 1;
        let since = *self.faults_since.get_or_insert(now);
        if other == Other::SmallerPage
            && self.faults >= FAULTS_BEFORE_LESS
            && kind != "connect-failed"
        {
            return Next::Refused;
        }
        let left = self.patience.max_outage.saturating_sub(now - since);
        if left.is_zero() && self.faults > 1 {
            let out = time(now - since);
            let message = format!("the server has not answered for {out} ({kind})");
            return Next::Stop(go_on_later(message));
        }
        let wait = back_off(self.faults, random).max(named.unwrap_or_default());
        if wait > self.patience.max_wait {
            return self.too_long(wait);
        }
        // The last look is when the time is over, not a back-off later.
        let wait = if named.is_some() { wait } else { wait.min(left.max(LEAST)) };
        Next::Wait { why: kind, wait }
    }

    fn throttled(
        &mut self,
        window: ThrottledWindow,
        named: Option<Duration>,
        now: Instant,
    ) -> Next {
        let wait = named.unwrap_or(WITHOUT_RETRY_AFTER).max(LEAST);
        let since = *self.throttled_since.get_or_insert(now);
        if wait > self.patience.max_wait || now - since > self.patience.max_wait {
            return self.too_long(wait);
        }
        match window {
            ThrottledWindow::Minute => Next::Wait { why: "rate limit", wait },
            ThrottledWindow::Hour => Next::Hourly { wait },
        }
    }

    fn too_long(&self, wait: Duration) -> Next {
        let (wait, most) = (time(wait), time(self.patience.max_wait));
        let message =
            format!("the server's rate limit asks to wait {wait}, and `limits.max_wait` is {most}");
        Next::Stop(go_on_later(message))
    }
}

/// What stops a reading that can go on later.
pub(super) fn go_on_later(message: String) -> RunError {
    RunError::new(Exit::Stopped, message).hint("the same command goes on where this one stopped")
}

fn unauthorised(code: Option<&str>, clock_ahead: Option<i64>) -> RunError {
    let code = code.map(|code| format!(", code {code}")).unwrap_or_default();
    let clock = match clock_ahead {
        Some(seconds) if seconds > 0 => {
            format!("; this machine's clock is {seconds} s ahead of the server's")
        }
        Some(seconds) => format!("; this machine's clock is {} s behind the server's", -seconds),
        None => String::new(),
    };
    RunError::new(
        Exit::NeedsPerson,
        format!("the server refuses the credentials (401 or 403{code}){clock}"),
    )
    .hint("contacts need the scope Configuration, lists Campaign Management; `korebulk check` looks at them")
}

#[cfg(test)]
mod tests;

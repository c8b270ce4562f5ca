//! When somebody is notified of a run, and in which words: once per change of state, again after three days.
//!
//! Pure, but for the small file that keeps the state. Words hold counts and names, never a contact's
//! value or free text of the server.

use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::webhook::Ping;
use crate::base::private;
use crate::model::settings::NotifyOn;
use crate::model::{Exit, Ledger, Operation};

/// After so long an unresolved failure is notified again.
const AGAIN: SignedDuration = SignedDuration::from_hours(72);

/// The state of a job. A change between any two of them is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Exit 0.
    Good,
    /// It finished, and some records need a look.
    Partial,
    /// It did not finish, or did not start.
    Failed,
}

impl State {
    /// The state after a run that ended so; `None` when another run of the job is going on and will tell.
    pub const fn after(exit: Exit) -> Option<Self> {
        match exit {
            Exit::Finished => Some(Self::Good),
            Exit::SomeFailed | Exit::SomeUnknown => Some(Self::Partial),
            Exit::Stopped | Exit::NeedsPerson | Exit::Guarded | Exit::Usage | Exit::Internal => {
                Some(Self::Failed)
            }
            Exit::Busy => None,
        }
    }
}

impl From<State> for Ping {
    fn from(state: State) -> Self {
        if state == State::Good { Self::Success } else { Self::Fail }
    }
}

/// What was notified last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notified {
    /// Of which state.
    pub state: State,
    /// When.
    pub at: Timestamp,
}

/// Why somebody is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// It was well, or differently bad, before.
    Failure,
    /// It is as bad as three days ago.
    Still,
    /// It is well again.
    Recovery,
    /// Everything is notified.
    Always,
}

/// Whether somebody is notified, and why; `notified` is what was notified before.
pub fn decide(
    notified: Option<Notified>,
    state: State,
    now: Timestamp,
    on: &[NotifyOn],
) -> Option<Why> {
    let wanted = |what| on.contains(&what) || on.contains(&NotifyOn::Always);
    let before = notified.map_or(State::Good, |notified| notified.state);
    let why = match (before, state) {
        (State::Good, State::Good) => None,
        (_, State::Good) => Some(Why::Recovery).filter(|_| wanted(NotifyOn::Recovery)),
        _ if !wanted(NotifyOn::Failure) => None,
        (before, state) if before != state => Some(Why::Failure),
        _ => {
            notified.filter(|notified| now.duration_since(notified.at) >= AGAIN).map(|_| Why::Still)
        }
    };
    why.or_else(|| on.contains(&NotifyOn::Always).then_some(Why::Always))
}

/// The state after this run, to be kept: `now` is its time where somebody was notified.
pub fn keep(
    notified: Option<Notified>,
    state: State,
    now: Timestamp,
    why: Option<Why>,
) -> Notified {
    match notified {
        Some(notified)
            if notified.state == state && !matches!(why, Some(Why::Still | Why::Failure)) =>
        {
            notified
        }
        _ => Notified { state, at: now },
    }
}

/// What is said of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The job's name.
    pub job: String,
    /// What it does.
    pub operation: Operation,
    /// Its host.
    pub host: String,
    /// Its account.
    pub account: String,
    /// The run's id, where there is a run.
    pub run: Option<String>,
    /// How it ended.
    pub exit: Exit,
    /// Why so, where more is known than the exit code says; no free text of the server.
    pub because: Option<String>,
    /// Its counts, where it read its input.
    pub ledger: Option<Ledger>,
    /// The command to go on with.
    pub next: Option<String>,
    /// On which machine.
    pub machine: String,
}

impl Message {
    /// In one sentence, for people.
    pub fn sentence(&self, why: Option<Why>) -> String {
        let state = match why {
            Some(Why::Recovery) => "is well again".to_owned(),
            Some(Why::Still) => format!("is still not well, exit {}", self.exit.code()),
            _ if self.exit == Exit::Finished => "went well".to_owned(),
            _ => format!("needs a look, exit {}", self.exit.code()),
        };
        let because = self.why();
        let mut text = format!("korebulk `{}` on {} {state}: {because}", self.job, self.machine);
        if let Some(ledger) = &self.ledger {
            text.push_str(". ");
            text.push_str(&counts(ledger));
        }
        text
    }

    /// What is known of the reason, at least what the exit code says.
    fn why(&self) -> String {
        let meaning = || self.exit.meaning().replace('`', "");
        self.because.clone().unwrap_or_else(meaning)
    }

    /// The webhook's body. Slack shows `text`, in which `&`, `<` and `>` are its own.
    pub fn body(&self, why: Why) -> String {
        let mut text = self.sentence(Some(why));
        if let Some(next) = &self.next {
            text.push_str("\nTo go on: ");
            text.push_str(next);
        }
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        json!({
            "text": text,
            "event": why,
            "job": self.job,
            "run": self.run,
            "operation": self.operation,
            "host": self.host,
            "account": self.account,
            "machine": self.machine,
            "exitCode": self.exit.code(),
            "because": (self.exit != Exit::Finished).then(|| self.why()),
            "ledger": self.ledger,
            "next": self.next,
        })
        .to_string()
    }
}

fn counts(ledger: &Ledger) -> String {
    use crate::model::Outcome;
    let counted = Outcome::ALL.iter().map(|outcome| (ledger.count(*outcome), outcome.name()));
    let parts: Vec<String> = counted
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    match parts.is_empty() {
        true => "Nothing was read.".to_owned(),
        false => format!("Of {} read: {}.", ledger.read, parts.join(", ")),
    }
}

/// Where the state of a job is kept, beside its runs.
fn place(runs: &Path, job: &str) -> PathBuf {
    runs.join(format!(".alert-{job}.json"))
}

/// What was notified of this job last; a file that cannot be read is none.
pub fn last(runs: &Path, job: &str) -> Option<Notified> {
    serde_json::from_str(&private::read_to_string(&place(runs, job)).ok()?).ok()
}

/// Keeps what was notified.
///
/// # Errors
/// Those of the disk.
pub fn remember(runs: &Path, job: &str, notified: Notified) -> io::Result<()> {
    private::replace(
        &place(&private::directory(runs)?, job),
        &serde_json::to_string(&notified)?,
        0o600,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [NotifyOn; 2] = [NotifyOn::Failure, NotifyOn::Recovery];

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    /// Night after night; what is notified of each.
    fn notified(on: &[NotifyOn], nights: &[State]) -> Vec<Option<Why>> {
        let mut before = None;
        let mut days = 0..;
        let mut night = |state: &State| {
            let now = day(days.next().unwrap());
            let why = decide(before, *state, now, on);
            before = Some(keep(before, *state, now, why));
            why
        };
        nights.iter().map(&mut night).collect()
    }

    #[test]
    fn one_alert_per_change_and_one_every_third_day() {
        use State::{Failed, Good, Partial};
        let nights = [Good, Failed, Failed, Failed, Failed, Failed, Failed, Failed, Good, Good];
        let (failure, still, recovery) =
            (Some(Why::Failure), Some(Why::Still), Some(Why::Recovery));
        assert_eq!(
            notified(&BOTH, &nights),
            [None, failure, None, None, still, None, None, still, recovery, None]
        );
        assert_eq!(
            notified(&BOTH, &[Failed, Partial, Partial, Good]),
            [failure, failure, None, recovery]
        );
        assert_eq!(notified(&BOTH, &[Good, Good]), [None, None]);
    }

    #[test]
    fn only_what_is_asked_for_is_sent() {
        use State::{Failed, Good};
        let nights = [Good, Failed, Good];
        assert_eq!(notified(&[], &nights), [None; 3]);
        assert_eq!(notified(&[NotifyOn::Failure], &nights), [None, Some(Why::Failure), None]);
        assert_eq!(notified(&[NotifyOn::Recovery], &nights), [None, None, Some(Why::Recovery)]);
        assert_eq!(
            notified(&[NotifyOn::Always], &nights),
            [Some(Why::Always), Some(Why::Failure), Some(Why::Recovery)]
        );
    }

    #[test]
    fn a_message_is_one_sentence_and_safe_in_slack() {
        let message = Message {
            job: "night".into(),
            operation: Operation::BulkDelete,
            host: "https://platform.kore.ai".into(),
            account: "65f7".into(),
            run: Some("night-1".into()),
            exit: Exit::SomeFailed,
            because: None,
            ledger: Some(Ledger { read: 3, succeeded: 2, failed: 1, ..Ledger::default() }),
            next: Some("korebulk retry <x>".into()),
            machine: "box".into(),
        };
        insta::assert_snapshot!(message.sentence(Some(Why::Failure)), @"korebulk `night` on box needs a look, exit 1: finished; some records failed or were rejected. Of 3 read: 2 succeeded, 1 failed.");
        let body: serde_json::Value = serde_json::from_str(&message.body(Why::Recovery)).unwrap();
        assert!(body["text"].as_str().unwrap().ends_with("korebulk retry &lt;x&gt;"));
        assert_eq!(body["event"], "recovery");
        assert_eq!(body["because"], "finished; some records failed or were rejected");
        assert_eq!(body["ledger"]["failed"], 1);
        let because = Some("`guard.min_records`: at least 9, 3 would be sent".to_owned());
        let held = Message { exit: Exit::Guarded, because, ledger: None, ..message };
        insta::assert_snapshot!(held.sentence(Some(Why::Still)), @"korebulk `night` on box is still not well, exit 3: `guard.min_records`: at least 9, 3 would be sent");
        let body: serde_json::Value = serde_json::from_str(&held.body(Why::Still)).unwrap();
        assert_eq!(body["because"], "`guard.min_records`: at least 9, 3 would be sent");
    }

    #[test]
    fn the_state_survives_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(last(dir.path(), "night"), None);
        let notified = Notified { state: State::Failed, at: day(0) };
        remember(dir.path(), "night", notified).unwrap();
        assert_eq!(last(dir.path(), "night"), Some(notified));
        assert_eq!(last(dir.path(), "other"), None);
    }
}

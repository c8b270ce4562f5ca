//! Why nobody can say what became of a record, in korebulk's own words.
//!
//! Holds what the sends of a batch met; no value of a contact, no text of the server.

use std::sync::Arc;

use crate::base::numbers::counted;
use crate::model::settlement::{Doubt, Refusal};

/// What the sends of a batch met that brought no verdict.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble {
    last: Option<Arc<str>>,
    kind: &'static str,
    /// It was not the same each time.
    mixed: bool,
}

impl Trouble {
    /// The same, once more or anew.
    pub(super) fn met(&self, kind: &'static str, message: &str) -> Self {
        let mixed = self.mixed || self.last.as_deref().is_some_and(|last| last != message);
        Self { last: Some(message.into()), kind, mixed }
    }

    fn last(&self) -> &str {
        self.last.as_deref().unwrap_or("no answer")
    }
}

fn doubt(code: &'static str, message: impl Into<String>) -> Doubt {
    Doubt { code, message: message.into() }
}

/// Whether the send that brought it is counted as an attempt by itself.
pub(super) fn counts_itself(doubt: &Doubt) -> bool {
    matches!(doubt.code, "attemptsUsedUp" | "lostAnswer" | "noVerdict")
}

/// All attempts of a record, or all retries of the run, are used up.
pub(super) fn attempts_used_up(attempts: u16, trouble: &Trouble, in_budget: bool) -> Doubt {
    let last = trouble.last();
    let all = |what: &str| counted(u64::from(attempts), what);
    let message = match trouble.kind {
        _ if !in_budget => format!("the retries of this run are used up; the last request: {last}"),
        _ if trouble.mixed => format!("{} brought no verdict, the last: {last}", all("request")),
        "unreadable" => format!("{} could not be read: {last}", all("answer")),
        "server-error" | "request-timeout" if attempts == 1 => {
            format!("the answer was an error: {last}")
        }
        "server-error" | "request-timeout" => format!("{} were errors: {last}", all("answer")),
        _ => format!("{} brought no answer: {last}", all("request")),
    };
    doubt("attemptsUsedUp", message)
}

/// An operation that must not be sent twice, and its answer did not come.
pub(super) fn lost_answer(message: &str) -> Doubt {
    doubt("lostAnswer", format!("sending it again could do it twice: {message}"))
}

/// Answers that named other records of their batch, and not this one.
pub(super) fn no_verdict(answers: u16, in_budget: bool) -> Doubt {
    let message = match in_budget {
        true => format!("{} did not name it", counted(u64::from(answers), "answer")),
        false => "the answer did not name it, and the retries of this run are used up".to_owned(),
    };
    doubt("noVerdict", message)
}

/// Named as done and as failed.
pub(super) fn in_both_lists() -> Doubt {
    doubt("inBothLists", "the answer names it as done and as failed")
}

/// Named as done by an entry that denies it.
pub(super) fn contradictory(how: &str) -> Doubt {
    doubt("contradictory", format!("the answer names it as done and denies it: {how}"))
}

/// What a refusal of a whole batch says of its `records`, by status and code.
pub(super) fn refused(refusal: &Refusal, records: usize) -> String {
    let status = refusal.status.unwrap_or_default();
    let code = refusal.code.as_deref().map_or_else(String::new, |code| format!(", code {code}"));
    let what =
        if records == 1 { "it was refused alone" } else { "its batch was refused as a whole" };
    format!("{what} (HTTP {status}{code})")
}

/// Its batch was refused, and the requests for splits are used up.
pub(super) fn never_isolated() -> Doubt {
    doubt(
        "refusedInBatch",
        "its batch was refused as a whole, and the requests for splits are used up",
    )
}

/// Its number is in use, after its batch was refused.
pub(super) fn in_use_after_refusal() -> Doubt {
    doubt(
        "refusedInBatch",
        "its number is in use, and a batch with it was refused as a whole before",
    )
}

/// Not found, after its batch was refused.
pub(super) fn gone_after_refusal() -> Doubt {
    doubt("refusedInBatch", "it is not found, and a batch with it was refused as a whole before")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_that_stays_the_same_is_named_and_else_the_last() {
        let message = |troubles: &[(&'static str, &str)]| {
            let met = |met: Trouble, (kind, message): &(&'static str, &str)| met.met(kind, message);
            let trouble = troubles.iter().fold(Trouble::default(), met);
            attempts_used_up(u16::try_from(troubles.len()).unwrap(), &trouble, true).to_string()
        };
        let empty = ("unreadable", "HTTP 204 without a body");
        let all = [
            message(&[empty; 5]),
            message(&[empty]),
            message(&[("server-error", "HTTP 500 with an error, code 500"); 2]),
            message(&[("timeout", "no answer within the timeout"); 3]),
            message(&[("timeout", "no answer within the timeout"), empty]),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        attemptsUsedUp: 5 answers could not be read: HTTP 204 without a body
        attemptsUsedUp: 1 answer could not be read: HTTP 204 without a body
        attemptsUsedUp: 2 answers were errors: HTTP 500 with an error, code 500
        attemptsUsedUp: 3 requests brought no answer: no answer within the timeout
        attemptsUsedUp: 2 requests brought no verdict, the last: HTTP 204 without a body
        ");
    }
}

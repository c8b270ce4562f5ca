//! What is said at the end of a run: a sentence for every cause and every exit, and the way on.
//!
//! Pure: the same facts give the same words on screen, in mails and on pages.

use std::time::Duration;

pub use super::go_on::{GoOn, WayOn, after_matching};
use crate::base::numbers::{by, counted, listed, moment, percent, thousands, time, was};
use crate::base::terminal;
use crate::model::{Exit, Ledger, Operation, StopCause};

/// What a job does, and its name where that says more: a job without a name of its own has its operation's. `undoes`: the run that is
/// taken back.
pub fn title(operation: Operation, job: &str, undoes: Option<&str>) -> String {
    if let Some(run) = undoes {
        return format!("undo of run {} by {operation}", terminal::line(run));
    }
    match operation.name() == job {
        true => job.to_owned(),
        false => format!("{operation} {}", terminal::line(job)),
    }
}

/// Why the run stopped, as the second half of "stopped: …".
pub fn stop(cause: &StopCause) -> String {
    match cause {
        StopCause::Signal { signal } => format!("interrupted by {signal}"),
        StopCause::MaxDuration { seconds } => {
            format!("`limits.max_duration` of {} is over", seconds_as_time(*seconds))
        }
        StopCause::Window { window } => format!("`limits.window` of {window} is over"),
        StopCause::LongThrottle { until, max_wait_seconds } => format!(
            "the rate limit lasts until {}, longer than `limits.max_wait` of {}",
            until.parse().as_ref().map_or_else(|_| until.clone(), moment),
            seconds_as_time(*max_wait_seconds)
        ),
        StopCause::Outage { seconds, last } => {
            format!("the server was out of reach for {} (last: {last})", seconds_as_time(*seconds))
        }
        StopCause::Credentials { status: 0, .. } => {
            "the credentials could not be read any more; none of these records is at fault"
                .to_owned()
        }
        StopCause::Credentials { status, code, clock_ahead } => format!(
            "the server refused the credentials twice (HTTP {status}{}){}; none of these records is at fault",
            coded(code.as_deref()),
            clock_ahead.map_or_else(String::new, clock)
        ),
        StopCause::WrongEndpoint { status, what } => format!(
            "the answer is none that this API gives (HTTP {status}, {what}): check host and stream id"
        ),
        StopCause::NoWay { message, .. } => {
            format!("there is no way to the server: {message}")
        }
        StopCause::Breaker { status, code, batches, records } => {
            refused_alike(*status, code.as_deref(), *batches, *records)
        }
        StopCause::FailureShare { failed, verdicts } => format!(
            "{} of {} verdicts were failures ({}), more than `limits.max_failure_share` allows",
            thousands(*failed),
            thousands(*verdicts),
            percent(*failed, *verdicts)
        ),
        StopCause::Canary { failed, records } => format!(
            "{failed} of the {} in the canary batch did not succeed",
            counted(*records, "record")
        ),
        StopCause::UnexpectedIds { ids } => {
            format!("the server says it deleted {} that nobody sent", counted(*ids, "id"))
        }
        StopCause::NotReadAgain { words, .. } => {
            format!("contacts could not be read again before their records are sent: {words}")
        }
        StopCause::Internal { what } => format!("korebulk itself failed: {what}"),
    }
}

/// Batches, or records one by one, that were refused before anything succeeded.
fn refused_alike(status: u16, code: Option<&str>, batches: u64, records: u64) -> String {
    let (how, alone) = (format!("(HTTP {status}{})", coded(code)), counted(records, "record"));
    match batches {
        0 => format!("the first {alone} {} refused alike {how}", by(records, "was", "were all")),
        1 => {
            format!("the only batch was refused {how}, and so {} {alone} of it alone", was(records))
        }
        _ => format!(
            "the first {batches} batches were all refused alike {how} before anything \
             succeeded, and so {} {alone} of them alone",
            was(records)
        ),
    }
}

/// A clock that is off spoils every token, whatever the secret.
fn clock(ahead: i64) -> String {
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    // The header has whole seconds only, and was on its way.
    let off = seconds_as_time((ahead.unsigned_abs() + 30) / 60 * 60);
    format!(", and this machine's clock is {off} {side} the server's: tokens live 60 s")
}

fn seconds_as_time(seconds: u64) -> String {
    time(Duration::from_secs(seconds))
}

fn coded(code: Option<&str>) -> String {
    code.map_or_else(String::new, |code| format!(", code {code}"))
}

/// One sentence: how the run ended and what became of the records.
pub fn verdict(
    exit: Exit,
    stopped: Option<&StopCause>,
    operation: Operation,
    ledger: &Ledger,
) -> String {
    match (stopped, exit) {
        (Some(cause), Exit::Usage) => format!("Nothing was sent: {}.", stop(cause)),
        (Some(cause), _) => format!("Stopped: {}; {}.", stop(cause), tally(operation, ledger)),
        (None, Exit::Finished) if ledger.read == 0 => {
            "Finished: there was nothing to do.".to_owned()
        }
        (None, Exit::Finished | Exit::SomeFailed | Exit::SomeUnknown) => {
            let accepted = ledger.failed + ledger.rejected > 0;
            let within = exit == Exit::Finished && accepted;
            let words = if within { ", within what `[accept]` allows" } else { "" };
            format!("Finished: {}{words}.", tally(operation, ledger))
        }
        (None, exit) if never_began(exit, ledger) => {
            "Nothing was sent: the run ended before its first request.".to_owned()
        }
        (None, Exit::Stopped | Exit::NeedsPerson) => {
            format!("Stopped before the end: {}.", tally(operation, ledger))
        }
        (None, Exit::Guarded) => {
            "Nothing was sent: a guard held it back, or nobody confirmed it.".to_owned()
        }
        (None, Exit::Busy) => "Nothing was sent: another run of this job is going on.".to_owned(),
        (None, Exit::Usage) => "Nothing was sent: what was given cannot be used.".to_owned(),
        (None, Exit::Internal) => {
            format!("An error of korebulk itself or of its disk: {}.", tally(operation, ledger))
        }
    }
}

/// `95,188 contacts were deleted, 4,700 failed and 112 were rejected`; what is zero is not said.
fn tally(operation: Operation, ledger: &Ledger) -> String {
    let done = operation.effect().done();
    let noun = operation.noun();
    // Another run, or an answer of this one that was lost, did the rest.
    let now = ledger.succeeded.saturating_sub(ledger.already_gone);
    let all = ledger.read > 0 && now == ledger.read;
    let first = match now {
        0 => format!("no {noun} was {done}"),
        1 if all => format!("the one {noun} was {done}"),
        2 if all => format!("both {noun}s were {done}"),
        n if all => format!("all {} were {done}", counted(n, noun)),
        n => format!("{} {} {done}", counted(n, noun), was(n)),
    };
    let mut parts = vec![first];
    let mut add = |count: u64, words: &str| {
        if count > 0 {
            parts.push(format!("{} {words}", thousands(count)));
        }
    };
    add(ledger.already_gone, &format!("{} gone already", was(ledger.already_gone)));
    add(ledger.failed, "failed");
    add(ledger.rejected, &format!("{} rejected", was(ledger.rejected)));
    add(ledger.skipped, &format!("{} skipped", was(ledger.skipped)));
    add(ledger.unknown, by(ledger.unknown, "is unknown", "are unknown"));
    add(ledger.unsent, &format!("{} not sent", was(ledger.unsent)));
    listed(&parts)
}

/// What a reader should mind beside the outcomes, in sentences.
pub fn warnings(ledger: &Ledger) -> Vec<String> {
    let mut warnings = Vec::new();
    if ledger.diverged > 0 {
        warnings.push(format!(
            "{} succeeded, but the server shows other values than were sent; see \
             `divergedRecords` in report.json",
            counted(ledger.diverged, "record")
        ));
    }
    if ledger.unexpected > 0 {
        warnings.push(format!(
            "the server named {} that nobody sent; see `unexpectedRecords` in report.json",
            counted(ledger.unexpected, "id")
        ));
    }
    if ledger.nameless > 0 {
        warnings.push(format!(
            "{} of the server's answers {} no id that can be read, or several, so that nobody can \
             say of which record; see `unexpectedRecords` in report.json",
            counted(ledger.nameless, "entry"),
            by(ledger.nameless, "gives", "give"),
        ));
    }
    if ledger.miscounted > 0 {
        warnings.push(format!(
            "the counts in {} contradict the lists beside {}; the lists are what counts; see \
             `doubtfulAnswers` in report.json",
            counted(ledger.miscounted, "answer"),
            by(ledger.miscounted, "it", "them")
        ));
    }
    if !ledger.closes() {
        warnings.push("the counts do not add up to what was read: a bug of korebulk".to_owned());
    }
    warnings
}

/// Whether a run that nothing in particular stopped ended before anything of it was sent: its account could not be read.
const fn never_began(exit: Exit, ledger: &Ledger) -> bool {
    matches!(exit, Exit::Stopped | Exit::NeedsPerson)
        && ledger.succeeded + ledger.failed + ledger.unknown == 0
}

/// The ways on after a run, the first one first: what it left, then the rows that were never sent.
pub fn ways_on(
    exit: Exit,
    stopped: Option<&StopCause>,
    ledger: &Ledger,
    go_on: &GoOn,
) -> Vec<WayOn> {
    let nothing_to_resume = exit == Exit::Usage || never_began(exit, ledger);
    if matches!(exit, Exit::Guarded | Exit::Busy) || (nothing_to_resume && stopped.is_none()) {
        return Vec::new();
    }
    let resume = go_on.command("resume");
    let finish = || match &go_on.unit {
        Some(unit) => format!("systemctl start {unit}"),
        None => resume.clone(),
    };
    let mut ways = Vec::new();
    let mut way = |advice: &str, command| ways.push(WayOn { advice: advice.to_owned(), command });
    match (exit, stopped) {
        (Exit::Finished, _) => {}
        (_, Some(cause)) => way(before_resuming(cause), finish()),
        (Exit::Stopped | Exit::NeedsPerson | Exit::Internal, None) => {
            way("Finish it with:", finish());
        }
        _ if ledger.unknown > 0 && go_on.reads_back => {
            let advice = "Settle the unknown records, by reading the account, with:";
            way(advice, go_on.command("reconcile"));
        }
        _ if ledger.unknown > 0 => way("Settle the unknown records with:", resume),
        _ if ledger.failed > 0 => way(
            "Once the cause is fixed, send the failed records again with:",
            go_on.command("retry --failed"),
        ),
        _ => {}
    }
    if let (true, 1.., Some(fixed)) = (exit != Exit::Finished, ledger.rejected, &go_on.fixed) {
        way("Fix or delete the rejected rows, then send their file with:", fixed.clone());
    }
    if let (true, Some(undo)) = (ways.is_empty(), &go_on.undo_of_another) {
        let advice = "It took one of several runs back; the next of them with:".to_owned();
        ways.push(WayOn { advice, command: undo.clone() });
    }
    if let (true, Some(undo)) = (ways.is_empty() && ledger.succeeded > 0, &go_on.undo) {
        let advice = "If it was wrong, take it back with:".to_owned();
        ways.push(WayOn { advice, command: undo.clone() });
    }
    if ways.is_empty() && exit != Exit::Finished {
        let advice = "All that is known of it:".to_owned();
        ways.push(WayOn { advice, command: go_on.command("runs") });
    }
    ways
}

/// What has to be done before `resume` makes sense.
const fn before_resuming(cause: &StopCause) -> &'static str {
    match cause {
        StopCause::Signal { .. } | StopCause::MaxDuration { .. } => "Finish it with:",
        StopCause::Window { .. } => "Within the next window, finish it with:",
        StopCause::LongThrottle { .. } => "Once the limit is over, finish it with:",
        StopCause::Outage { .. } => "Once the server is back, finish it with:",
        StopCause::Credentials { clock_ahead: Some(_), .. } => {
            "Set this machine's clock right, then finish it with:"
        }
        StopCause::Credentials { .. } => "Correct the credentials, then finish it with:",
        StopCause::NoWay { .. } => "Set it right (`korebulk check` tries it), then go on with:",
        StopCause::WrongEndpoint { .. } => {
            "Check host and ids (`korebulk check`), then go on with:"
        }
        StopCause::Breaker { .. } | StopCause::FailureShare { .. } | StopCause::Canary { .. } => {
            "Look at the reasons above; once the cause is fixed, go on with:"
        }
        StopCause::UnexpectedIds { .. } => {
            "Find out why before anything else (see `unexpectedRecords` in report.json); then go on with:"
        }
        StopCause::NotReadAgain { passes: true, .. } => "Later, finish it with:",
        StopCause::NotReadAgain { .. } => "Once the cause is fixed, go on with:",
        StopCause::Internal { .. } => "What was settled is safe; finish it with:",
    }
}

#[cfg(test)]
mod tests;

//! Who is notified of a run, and how: ping service, webhook, metrics (a file, a Pushgateway). Nothing here changes how the run ended.
//!
//! Whom nobody could notify is an error in the log, so that `--quiet` shows it: nobody else will say so.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tracing::error;

use super::debt::Debt;
use crate::base::shell::quoted;
use crate::base::{machine, private};
use crate::config::Plan;
use crate::journal::Journal;
use crate::model::{Exit, Ledger, RunError, StopCause};
use crate::notify::alert::{self, Message, State};
use crate::notify::metrics::{self, RunMetrics};
use crate::notify::webhook::{Delivery, Ping};
use crate::report::words::{stop, ways_on};
use crate::run::environment::variable;

/// Notifies the ping service that a run begins.
pub(crate) fn begins(plan: &Plan) {
    let text = format!("korebulk `{}` on {} begins", plan.name, machine::name());
    log(ping(plan, Ping::Start, text));
}

/// Notifies of a run that did not come to its own end: nothing was sent, and no journal says so.
pub(crate) fn refused(plan: &Plan, error: &RunError) {
    let because = Some(error.message.clone());
    let message = Message { because, ..message(plan, error.exit) };
    if let Some(state) = State::after(error.exit) {
        log(ping(plan, state.into(), message.sentence(None)));
        log(webhook(plan, &plan.runs.dir, &message));
        let none = (Ledger::default(), Duration::ZERO, Requests::new());
        let metrics = metrics_of(plan, error.exit, Timestamp::now(), none);
        log(measure(plan, &metrics));
        log(push(plan, &plan.runs.dir, &metrics));
    }
}

fn log(sent: Result<(), String>) {
    if let Err(error) = sent {
        error!("{error}");
    }
}

/// How a run ended.
pub(crate) struct Ending<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a str,
    pub(crate) dir: &'a Path,
    pub(crate) exit: Exit,
    pub(crate) finished_at: Timestamp,
    pub(crate) stopped: Option<&'a StopCause>,
    /// What the guard said that held it back.
    pub(crate) held: Option<String>,
    pub(crate) ledger: Ledger,
    pub(crate) took: Duration,
    /// Requests by HTTP status and by how they ended.
    pub(crate) requests: Requests,
}

/// Requests by HTTP status and by how they ended.
pub(crate) type Requests = BTreeMap<(String, String), u64>;

/// Counts a run's requests from its journal; what cannot be read is not counted.
pub(crate) fn requests(journal: &Journal) -> Requests {
    let mut requests = Requests::new();
    let Ok(endings) = journal.endings() else {
        error!("requests could not be counted for the metrics");
        return requests;
    };
    for (status, ending, count) in endings {
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        *requests.entry((status, ending.unwrap_or_else(|| "open".to_owned()))).or_default() +=
            count;
    }
    requests
}

/// What is owed to those whom the plan names.
pub(crate) fn owed(ending: Ending<'_>) -> Vec<Debt> {
    let next = next(&ending);
    let Ending { plan, run, exit, finished_at, stopped, held, ledger, took, requests, .. } = ending;
    let because = held.or_else(|| stopped.map(|cause| format!("stopped: {}", stop(cause))));
    let run = Some(run.to_owned());
    let message = Message { run, ledger: Some(ledger), because, next, ..message(plan, exit) };
    let Some(state) = State::after(exit) else { return Vec::new() };
    let mut owed = Vec::new();
    if plan.notify.ping_url.is_some() {
        owed.push(Debt::Ping { ping: state.into(), text: message.sentence(None) });
    }
    if plan.notify.webhook_url.is_some() {
        owed.push(Debt::Webhook(Box::new(message)));
    }
    let measured = Box::new(metrics_of(plan, exit, finished_at, (ledger, took, requests)));
    if plan.metrics_file.is_some() {
        owed.push(Debt::Metrics(measured.clone()));
    }
    if plan.notify.push_url.is_some() {
        owed.push(Debt::Push(measured));
    }
    owed
}

/// The command to go on with: the summary's own.
fn next(ending: &Ending<'_>) -> Option<String> {
    let Ending { plan, dir, exit, stopped, ledger, .. } = ending;
    if *exit == Exit::Finished {
        return None;
    }
    let ways = ways_on(*exit, *stopped, ledger, &crate::run::way_on::go_on(plan, dir));
    let first = ways.into_iter().next().map(|way| way.command);
    first.or_else(|| Some(format!("korebulk runs {}", quoted(&dir.to_string_lossy()))))
}

fn message(plan: &Plan, exit: Exit) -> Message {
    Message {
        job: plan.name.clone(),
        operation: plan.operation,
        host: crate::run::view::host(&plan.target),
        account: plan.target.account_id.clone(),
        run: None,
        exit,
        because: None,
        ledger: None,
        next: None,
        machine: machine::name(),
    }
}

/// Whom the plan notifies, and why one of them cannot be: where each is, is looked up, and nothing is sent.
pub(crate) fn known(plan: &Plan) -> Vec<(&'static str, Result<(), String>)> {
    let notify = &plan.notify;
    let sources =
        [("ping", &notify.ping_url), ("webhook", &notify.webhook_url), ("push", &notify.push_url)];
    let known = sources.into_iter().filter_map(|(name, source)| Some((name, source.as_ref()?)));
    let looked_up =
        known.map(|(name, source)| (name, Delivery::webhook(source, &variable, String::new())));
    looked_up.map(|(name, found)| (name, found.map(drop))).collect()
}

/// Notifies the ping service.
///
/// # Errors
/// Why it was not notified, without its URL.
pub(crate) fn ping(plan: &Plan, kind: Ping, text: String) -> Result<(), String> {
    let Some(source) = &plan.notify.ping_url else { return Ok(()) };
    let sent = Delivery::ping(source, &variable, kind, text).and_then(Delivery::send);
    sent.map_err(|error| format!("the ping was not taken: {error}"))
}

/// Notifies the webhook, where the state of the job has changed; what it heard last is stored in `runs`.
///
/// # Errors
/// Why it was not notified, without its URL.
pub(crate) fn webhook(plan: &Plan, runs: &Path, message: &Message) -> Result<(), String> {
    // Another run of the job is going on, and tells how it ends.
    let Some(state) = State::after(message.exit) else { return Ok(()) };
    let Some(source) = &plan.notify.webhook_url else { return Ok(()) };
    let now = Timestamp::now();
    let before = alert::last(runs, &plan.name);
    let why = alert::decide(before, state, now, &plan.notify.on);
    if let Some(why) = why {
        Delivery::webhook(source, &variable, message.body(why))
            .and_then(Delivery::send)
            .map_err(|error| format!("the webhook was not notified: {error}"))?;
    }
    let notified = alert::keep(before, state, now, why);
    alert::remember(runs, &plan.name, notified)
        .unwrap_or_else(|error| error!("what the webhook heard cannot be stored: {error}"));
    Ok(())
}

/// Writes the metrics file.
///
/// # Errors
/// Why it was not written.
pub(crate) fn measure(plan: &Plan, run: &RunMetrics) -> Result<(), String> {
    let Some(path) = &plan.metrics_file else { return Ok(()) };
    metrics::write(path, run)
        .map_err(|error| format!("{}: the metrics cannot be written: {error}", path.display()))
}

/// Pushes the metrics, those of the last success included: what was pushed last is stored in `runs`.
///
/// # Errors
/// Why they were not taken, without the URL.
pub(crate) fn push(plan: &Plan, runs: &Path, run: &RunMetrics) -> Result<(), String> {
    let Some(source) = &plan.notify.push_url else { return Ok(()) };
    let stored = metrics::pushed(runs, &plan.name);
    let text = metrics::after(&stored, run);
    private::directory(runs)
        .and_then(|_| private::replace(&stored, &text, 0o600))
        .unwrap_or_else(|error| error!("what was pushed cannot be stored: {error}"));
    let group = [("account", plan.target.account_id.as_str()), ("job_name", &plan.name)];
    let sent = Delivery::push(source, &variable, &group, text).and_then(Delivery::send);
    sent.map_err(|error| format!("the metrics were not pushed: {error}"))
}

fn metrics_of(
    plan: &Plan,
    exit: Exit,
    finished_at: Timestamp,
    (ledger, duration, requests): (Ledger, Duration, Requests),
) -> RunMetrics {
    let throttled = requests.iter().filter(|((_, ending), _)| ending == "throttled");
    RunMetrics {
        job: plan.name.clone(),
        operation: plan.operation,
        exit_code: exit.code(),
        finished_at,
        duration,
        ledger,
        throttled: throttled.map(|(_, count)| count).sum(),
        requests: requests
            .into_iter()
            .map(|((status, ending), count)| (status, ending, count))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, JobFile, Options, resolve};

    fn plan(secret: &str) -> Plan {
        let job = format!(
            "operation = \"bulk-delete\"\ninput.path = \"a.csv\"\n[target]\nhost = \"https://platform.kore.ai\"\n\
             stream_id = \"st-7dc994f0-4436-5134-9fa8-a94262500000\"\naccount_id = \"65f7d49a5dd06e2cefa45012\"\n\
             client_id = \"cs-00000000-0000-5000-8000-000000000000\"\nclient_secret_file = \"{secret}\"\n"
        );
        let job = JobFile::parse(&job, Path::new("/work/night.toml")).unwrap();
        let environment = Environment { directory: "/work".into(), ..Environment::default() };
        resolve(Some(&job), &Options::default(), &environment).unwrap()
    }

    fn goes_on(plan: &Plan, exit: Exit, ledger: Ledger) -> Option<String> {
        next(&Ending {
            plan,
            run: "night-1",
            dir: Path::new("/work/runs/night-1"),
            exit,
            finished_at: Timestamp::UNIX_EPOCH,
            stopped: None,
            held: None,
            ledger,
            took: Duration::ZERO,
            requests: Requests::new(),
        })
    }

    #[test]
    fn the_command_to_go_on_with_is_one_that_has_the_credential() {
        let ledger = Ledger { read: 2, failed: 1, unsent: 1, ..Ledger::default() };
        let own = plan("/etc/korebulk/secret");
        let units = plan("/run/credentials/korebulk-night.service/client-secret");
        let said = |plan| goes_on(plan, Exit::Stopped, ledger).unwrap();
        assert_eq!(said(&own), "korebulk resume /work/runs/night-1");
        assert_eq!(said(&units), "systemctl start korebulk-night.service");
        let failed = |plan| goes_on(plan, Exit::SomeFailed, ledger).unwrap();
        assert_eq!(
            failed(&units),
            "korebulk schedule /work/night.toml --once 'retry --failed night-1'"
        );
        assert_eq!(
            goes_on(&own, Exit::Guarded, ledger).unwrap(),
            "korebulk runs /work/runs/night-1"
        );
        assert_eq!(goes_on(&own, Exit::Finished, ledger), None);
    }
}

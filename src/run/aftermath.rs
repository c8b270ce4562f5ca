//! What the world is told of a run: alerts and metrics. Nothing here changes how the run ended.
//!
//! What cannot be told is an error in the log, so that `--quiet` shows it: nobody else will.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tracing::error;

use super::environment::variable;
use crate::base::machine;
use crate::config::Plan;
use crate::journal::Journal;
use crate::model::{Exit, Ledger, RunError, StopCause};
use crate::notify::alert::{self, Message, State, Why};
use crate::notify::metrics::{self, RunMetrics};
use crate::notify::webhook::{Delivery, Ping};
use crate::report::words::{stop, way_on};

/// Tells the ping service that a run begins.
pub(crate) fn begins(plan: &Plan) {
    ping(plan, Ping::Start, format!("korebulk `{}` on {} begins", plan.name, machine::name()));
}

/// Tells of a run that did not come to its own end: nothing was sent.
pub(crate) fn refused(plan: &Plan, error: &RunError) {
    // A guard's message holds numbers; others may quote the input.
    let because = Some(error.message.clone()).filter(|_| error.exit == Exit::Guarded);
    tell(plan, &Message { because, ..message(plan, error.exit) });
    measure(plan, error.exit, Ledger::default(), Duration::ZERO, BTreeMap::new());
}

/// How a run ended.
pub(crate) struct Ending<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a str,
    pub(crate) dir: &'a Path,
    pub(crate) exit: Exit,
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
    let counted = journal.for_each_request(|row| {
        let status = row.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        let ending = row.ending.unwrap_or_else(|| "open".to_owned());
        *requests.entry((status, ending)).or_default() += 1;
    });
    if counted.is_err() {
        error!("requests could not be counted for the metrics");
    }
    requests
}

/// Tells of a run that ended.
pub(crate) fn ended(ending: Ending<'_>) {
    let next = next(&ending);
    let Ending { plan, run, exit, stopped, held, ledger, took, requests, .. } = ending;
    let because = held.or_else(|| stopped.map(|cause| format!("stopped: {}", stop(cause))));
    let run = Some(run.to_owned());
    tell(plan, &Message { run, ledger: Some(ledger), because, next, ..message(plan, exit) });
    measure(plan, exit, ledger, took, requests);
}

/// The command to go on with: the summary's own.
fn next(ending: &Ending<'_>) -> Option<String> {
    let Ending { plan, dir, exit, stopped, ledger, .. } = ending;
    if *exit == Exit::Finished {
        return None;
    }
    let unit = plan.target.credentials.unit();
    let way = way_on(*exit, *stopped, ledger, dir, unit).and_then(|way| way.command);
    way.or_else(|| Some(format!("korebulk runs {}", dir.display())))
}

fn message(plan: &Plan, exit: Exit) -> Message {
    Message {
        job: plan.name.clone(),
        operation: plan.operation.name(),
        host: super::view::host(&plan.target),
        account: plan.target.account_id.clone(),
        run: None,
        exit,
        because: None,
        ledger: None,
        next: None,
        machine: machine::name(),
    }
}

fn tell(plan: &Plan, message: &Message) {
    // Another run of the job is going on, and tells how it ends.
    let Some(state) = State::after(message.exit) else { return };
    let kind = if state == State::Good { Ping::Success } else { Ping::Fail };
    ping(plan, kind, message.sentence(None));
    let Some(source) = &plan.notify.webhook_url else { return };
    let now = Timestamp::now();
    let (runs, job) = (&plan.runs.dir, &plan.name);
    let told = alert::last(runs, job);
    let why: Option<Why> = alert::decide(told, state, now, &plan.notify.on);
    if let Some(why) = why
        && let Err(error) =
            Delivery::webhook(source, &variable, message.body(why)).and_then(Delivery::send)
    {
        error!(%error, "the webhook was not told; the next run tries again");
        return;
    }
    if let Err(error) = alert::remember(runs, job, alert::keep(told, state, now, why)) {
        error!(%error, "what the webhook was told cannot be kept");
    }
}

fn ping(plan: &Plan, kind: Ping, body: String) {
    let Some(source) = &plan.notify.ping_url else { return };
    let sent = Delivery::ping(source, &variable, kind, body).and_then(Delivery::send);
    if let Err(error) = sent {
        error!(%error, "the ping was not taken");
    }
}

fn measure(plan: &Plan, exit: Exit, ledger: Ledger, took: Duration, requests: Requests) {
    let Some(path) = &plan.metrics_file else { return };
    let throttled = requests.iter().filter(|((_, ending), _)| ending == "throttled");
    let run = RunMetrics {
        job: plan.name.clone(),
        operation: plan.operation.name(),
        exit_code: exit.code(),
        finished_at: Timestamp::now(),
        duration: took,
        ledger,
        throttled: throttled.map(|(_, count)| count).sum(),
        requests: requests
            .into_iter()
            .map(|((status, ending), count)| (status, ending, count))
            .collect(),
    };
    if exit == Exit::Busy {
        return;
    }
    if let Err(error) = metrics::write(path, &run) {
        error!(%error, "the metrics file cannot be written");
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
        assert_eq!(failed(&units), "korebulk retry --failed /work/runs/night-1");
        assert_eq!(
            goes_on(&own, Exit::Guarded, ledger).unwrap(),
            "korebulk runs /work/runs/night-1"
        );
        assert_eq!(goes_on(&own, Exit::Finished, ledger), None);
    }
}

//! `check`: everything but the sending, tried.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::timeout;

use crate::api::http::Fault;
use crate::api::wire::{Check, Wire, body_limit};
use crate::base::numbers::{counted, thousands};
use crate::base::terminal;
use crate::config::Plan;
use crate::model::{Exit, Ledger, Moment, RunError};
use crate::pace::Permit;
use crate::report::plan_view::PlanGuard;
use crate::run::approve::access::Access;
use crate::run::approve::{measure, window};
use crate::run::block_on;
use crate::run::check::questions;
use crate::run::check::survey::Survey;
use crate::run::close::notifications;
use crate::run::options::{CheckOptions, OutputForm, Screen};
use crate::run::signals::Signals;

/// Seconds that a clock may be off before tokens of 60 s become unsafe.
const CLOCK: i64 = 20;

/// How long a permit is waited for: a window of a minute gives one back in that time.
const PATIENCE: Duration = Duration::from_secs(90);

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    good: bool,
    detail: String,
    /// Not good now, and nothing here is to be changed: as a run would wait for it, and stop with 4.
    #[serde(skip)]
    passes: bool,
    /// How a run would end of it.
    #[serde(skip)]
    exit: Exit,
}

impl Finding {
    fn new(what: &'static str, good: bool, detail: impl Into<String>) -> Self {
        Self { what, good, detail: detail.into(), passes: false, exit: Exit::Usage }
    }

    /// What ends a run before its first byte. A signal ends the check itself.
    fn of(what: &'static str, error: RunError) -> Result<Self, RunError> {
        if error.exit == Exit::Stopped {
            return Err(error);
        }
        let RunError { exit, message, hint } = error;
        let detail = hint.map_or_else(|| message.clone(), |hint| format!("{message}; {hint}"));
        Ok(Self { exit, ..Self::new(what, false, detail) })
    }

    /// A guard as a run would meet it; a window that is shut now opens by itself.
    fn guard(guard: PlanGuard, plan: &Plan, now: &Moment) -> Self {
        let PlanGuard { name, passed, detail } = guard;
        let opens = window::opens(plan, now).filter(|_| !passed && name == window::GUARD);
        let good = passed || opens.is_some();
        let opens = opens.map(|opens| format!("; {opens}")).unwrap_or_default();
        let finding = Self::new("guard", good, format!("`{name}`: {detail}{opens}"));
        Self { exit: Exit::Guarded, ..finding }
    }

    const fn exit(&self) -> Exit {
        match (self.good, self.passes) {
            (true, _) => Exit::Finished,
            (false, true) => Exit::Stopped,
            (false, false) => self.exit,
        }
    }
}

/// All that a run needs: job file, input, guards, who is notified, secrets, clock, TLS, and one signed GET that changes
/// nothing.
///
/// # Errors
/// Exit 4 after a signal, 70 where the result cannot be printed.
///
/// The exit is that of a run which would meet the worst of what was found: 4 where only the server is in the way, out of
/// reach or failing for now.
pub fn check(plan: &Plan, how: CheckOptions) -> Result<Exit, RunError> {
    let host = crate::run::view::host(&plan.target);
    let job = format!("{} `{}` on {host}", plan.operation, plan.name);
    let mut findings = vec![Finding::new("job file", true, job)];
    block_on(async {
        let mut signals = Signals::listen()?;
        input(plan, &mut findings, &mut signals).await?;
        notified(plan, &mut findings, &mut signals).await?;
        target(plan, &mut findings, &mut signals).await
    })?;
    let exit = findings.iter().map(Finding::exit).max().unwrap_or(Exit::Finished);
    terminal::print(&match how.form {
        OutputForm::Json => serde_json::to_string(&findings).unwrap_or_default() + "\n",
        OutputForm::Text => findings.iter().map(line).collect(),
    })?;
    Ok(exit)
}

/// The input as a run that nobody watches would find it, and what the guards say of it.
async fn input(
    plan: &Plan,
    findings: &mut Vec<Finding>,
    signals: &mut Signals,
) -> Result<(), RunError> {
    let now = Moment::now();
    let unread = match plan.is_from_account() {
        true => Some("the account: it is not read for a check"),
        false => plan
            .input
            .paths
            .iter()
            .any(|path| path == "-")
            .then_some("standard input: nobody knows it before it is read"),
    };
    if let Some(unread) = unread {
        findings.push(Finding::new("input", true, unread));
        let guards = measure::input_age(plan, &now).into_iter().chain(window::guard(plan, &now));
        findings.extend(guards.map(|guard| Finding::guard(guard, plan, &now)));
        return Ok(());
    }
    let surveyed = async {
        let rows = questions::unasked(plan, &now, signals).await?;
        let screen = Screen { quiet: true, form: OutputForm::Text };
        Survey::of(plan, Some(rows), &now, (screen, false), signals).await
    };
    match surveyed.await {
        Ok(Survey { findings: found, guards }) => {
            let Ledger { rejected, skipped, .. } = found.ledger;
            let detail = format!(
                "{} to send, {} rejected, {} skipped",
                counted(found.sendable(), "record"),
                thousands(rejected),
                thousands(skipped)
            );
            findings.push(Finding::new("input", true, detail));
            findings.extend(guards.into_iter().map(|guard| Finding::guard(guard, plan, &now)));
        }
        Err(error) => findings.push(Finding::of("input", error)?),
    }
    Ok(())
}

/// Whoever is to hear of the run: looked up, and sent nothing.
async fn notified(
    plan: &Plan,
    findings: &mut Vec<Finding>,
    signals: &mut Signals,
) -> Result<(), RunError> {
    let of = plan.clone();
    let known = signals.unless_signalled(async move { Ok(notifications::known(&of)) }).await?;
    findings.extend(known.into_iter().map(|(name, found)| match found {
        Ok(()) => Finding::new("notify", true, format!("{name}: found")),
        Err(why) => Finding::new("notify", false, format!("{name}: {why}")),
    }));
    Ok(())
}

/// The target with its credentials, asked once.
async fn target(
    plan: &Plan,
    findings: &mut Vec<Finding>,
    signals: &mut Signals,
) -> Result<(), RunError> {
    if plan.target.is_sandbox() {
        findings.push(Finding::new("target", true, "a sandbox of the run's own: nothing to ask"));
        return Ok(());
    }
    let of = plan.clone();
    let access = match signals.unless_signalled(async move { Access::to(&of).await }).await {
        Ok(access) => access,
        Err(error) => {
            findings.push(Finding::of("target", error)?);
            return Ok(());
        }
    };
    findings.push(Finding::new("secrets", true, "found"));
    tokio::select! {
        biased;
        signal = signals.next() => Err(RunError::new(
            Exit::Stopped,
            format!("stopped by {signal}; nothing was changed"),
        )),
        done = asked(plan, &access, findings) => done,
    }
}

fn line(finding: &Finding) -> String {
    let mark = if finding.good { "ok " } else { "NOT" };
    format!("{mark}  {:<10} {}\n", finding.what, terminal::line(&finding.detail))
}

async fn asked(plan: &Plan, access: &Access, findings: &mut Vec<Finding>) -> Result<(), RunError> {
    let Some(permit) = permit(plan, access, findings).await else { return Ok(()) };
    let wire = Wire::new(plan.operation.spec(), &access.target);
    let token = access.signing.token(SystemTime::now())?;
    let head = match access.client.send(wire.check_request(), &token, permit).await {
        Ok(head) => head,
        Err(fault) => {
            let (detail, passes) = silence(&fault, &crate::run::view::host(&plan.target));
            findings.push(Finding { passes, ..Finding::new("server", false, detail) });
            return Ok(());
        }
    };
    findings.extend(clock(head.date()));
    let answer = head.body(body_limit(1)).await;
    let (good, detail) = match wire.read_check(&answer.parts()) {
        Check::Good => (true, format!("answered {}", answer.status)),
        Check::Unauthorised => (false, format!("refused the credentials ({})", answer.status)),
        Check::Throttled => {
            (true, "answered with its rate limit: try again in a minute".to_owned())
        }
        Check::WrongEndpoint(what) => (false, format!("no such API there ({what})")),
        Check::Unclear if answer.status >= 500 => {
            (false, format!("is there and fails ({}): try again later", answer.status))
        }
        Check::Unclear => (false, format!("answered {} in a way nobody can read", answer.status)),
    };
    let passes = !good && answer.status >= 500;
    findings.push(Finding { passes, ..Finding::new("server", good, detail) });
    Ok(())
}

/// The permit of the one request, as every request needs one.
async fn permit(plan: &Plan, access: &Access, findings: &mut Vec<Finding>) -> Option<Permit> {
    let permit = timeout(PATIENCE, access.pace.permit()).await.ok();
    let rate = crate::run::view::rate(&plan.limits);
    let (detail, passes) = match (&permit, access.pace.notice()) {
        (_, Some(notice)) => (notice, false),
        (Some(_), None) => (rate, false),
        (None, None) => (
            format!("{rate}: none was free for {} s, other runs use them", PATIENCE.as_secs()),
            true,
        ),
    };
    findings.push(Finding { passes, ..Finding::new("quota", permit.is_some(), detail) });
    permit
}

/// Why no answer came, in words; whether waiting may help.
fn silence(fault: &Fault, host: &str) -> (String, bool) {
    let message = &fault.message;
    let detail = match (fault.kind, fault.may_have_left) {
        _ if fault.needs_person() => format!("there is no way to {host}: {message}"),
        (_, false) => {
            format!("{host} cannot be reached: {message}; try again, or set `target.host` right")
        }
        _ => format!("{host} takes connections, but {message}: try again later"),
    };
    (detail, !fault.needs_person())
}

/// How far this machine's clock is from the server's, where its answer says the time.
fn clock(date: Option<SystemTime>) -> Option<Finding> {
    let server = Timestamp::try_from(date?).ok()?;
    let off = Timestamp::now().duration_since(server).as_secs();
    let good = off.abs() <= CLOCK;
    let side = if off > 0 { "ahead of" } else { "behind" };
    let detail = match good {
        true => "agrees with the server's".to_owned(),
        false => format!("{} s {side} the server's: tokens live 60 s, set it right", off.abs()),
    };
    Some(Finding::new("clock", good, detail))
}

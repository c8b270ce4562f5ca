//! The server as a run would meet it: one signed request that changes nothing.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::time::timeout;

use super::finding::Finding;
use crate::api::http::Fault;
use crate::api::wire::{Check, Wire, body_limit};
use crate::base::numbers::time;
use crate::config::Plan;
use crate::model::{Exit, RunError};
use crate::pace::Permit;
use crate::run::approve::access::Access;
use crate::run::signals::Signals;
use crate::run::view;

/// Seconds that a clock may be off before tokens of 60 s become unsafe.
const CLOCK: i64 = 20;

/// How long a permit is waited for: a window of a minute gives one back in that time.
const PATIENCE: Duration = Duration::from_secs(90);

/// The target with its credentials, asked once.
pub(super) async fn target(
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

async fn asked(plan: &Plan, access: &Access, findings: &mut Vec<Finding>) -> Result<(), RunError> {
    let Some(permit) = permit(plan, access, findings).await else { return Ok(()) };
    let wire = Wire::new(plan.operation.spec(), &access.target);
    let token = access.signing.token(SystemTime::now())?;
    let head = match access.client.send(wire.check_request(), &token, permit).await {
        Ok(head) => head,
        Err(fault) => {
            let (detail, passes) = silence(&fault, &view::host(&plan.target));
            findings.push(Finding::new("server", false, detail).passing(passes));
            return Ok(());
        }
    };
    findings.extend(clock(head.date()));
    let answer = head.body(body_limit(1)).await;
    let check = wire.read_check(&answer.parts());
    let exit = match check {
        Check::Unauthorised | Check::WrongEndpoint(_) => Exit::NeedsPerson,
        _ => Exit::Usage,
    };
    let (good, detail) = match check {
        Check::NoWay(what) => (false, format!("there is no way to the server: {what}")),
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
    findings.push(Finding::new("server", good, detail).ending(exit).passing(passes));
    Ok(())
}

/// The permit of the one request, as every request needs one.
async fn permit(plan: &Plan, access: &Access, findings: &mut Vec<Finding>) -> Option<Permit> {
    let permit = timeout(PATIENCE, access.pace.permit()).await.ok();
    let rate = view::rate(&plan.limits);
    let (detail, passes) = match (&permit, access.pace.notice()) {
        (_, Some(notice)) => (notice, false),
        (Some(_), None) => (rate, false),
        (None, None) => (
            format!("{rate}: none was free for {} s, other runs use them", PATIENCE.as_secs()),
            true,
        ),
    };
    findings.push(Finding::new("quota", permit.is_some(), detail).passing(passes));
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
    let away = time(Duration::from_secs(off.unsigned_abs()));
    let detail = match good {
        true => "agrees with the server's".to_owned(),
        false => format!("{away} {side} the server's: tokens live 60 s, set it right"),
    };
    Some(Finding::new("clock", good, detail))
}

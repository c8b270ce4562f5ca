//! `check` and `token`: everything but the sending, tried.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::timeout;

use crate::api::credentials::Signing;
use crate::api::http::Fault;
use crate::api::sign::decode_claims;
use crate::api::wire::{Check, Wire, body_limit};
use crate::base::terminal;
use crate::config::{Plan, Signer};
use crate::model::settings::Target;
use crate::model::{Exit, RunError};
use crate::pace::Permit;
use crate::run::access::Access;
use crate::run::block_on;
use crate::run::environment::variable;
use crate::run::options::{CheckOptions, OutputForm};
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
    /// Not good now, and nothing here is to be mended: as a run would wait for it, and stop with 4.
    #[serde(skip)]
    passes: bool,
}

impl Finding {
    fn new(what: &'static str, good: bool, detail: impl Into<String>) -> Self {
        Self { what, good, detail: detail.into(), passes: false }
    }

    const fn exit(&self) -> Exit {
        match (self.good, self.passes) {
            (true, _) => Exit::Finished,
            (false, true) => Exit::Stopped,
            (false, false) => Exit::Usage,
        }
    }
}

/// Job file, secrets, clock, TLS, and one signed GET that changes nothing.
///
/// # Errors
/// Exit 2 when secrets or settings cannot be used.
///
/// The exit is 4 where only the server is in the way: out of reach, or failing for now.
pub fn check(plan: &Plan, how: &CheckOptions) -> Result<Exit, RunError> {
    let host = crate::run::view::host(&plan.target);
    let job = format!("{} `{}` on {host}", plan.operation, plan.name);
    let mut findings = vec![Finding::new("job file", true, job)];
    if plan.target.is_sandbox() {
        findings.push(Finding::new("target", true, "a sandbox of the run's own: nothing to ask"));
    } else {
        block_on(async {
            let mut signals = Signals::listen()?;
            let access = {
                let plan = plan.clone();
                signals.unless_told(async move { Access::to(&plan).await }).await?
            };
            findings.push(Finding::new("secrets", true, "found"));
            tokio::select! {
                biased;
                signal = signals.next() => Err(RunError::new(
                    Exit::Stopped,
                    format!("stopped by {signal}; nothing was changed"),
                )),
                done = asked(plan, &access, &mut findings) => done,
            }
        })?;
    }
    let exit = findings.iter().map(Finding::exit).max().unwrap_or(Exit::Finished);
    terminal::print(&match how.form {
        OutputForm::Json => serde_json::to_string(&findings).unwrap_or_default() + "\n",
        OutputForm::Text => findings.iter().map(line).collect(),
    })?;
    Ok(exit)
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
    let words = &fault.words;
    let detail = match (fault.kind, fault.may_have_left) {
        _ if fault.needs_person() => format!("there is no way to {host}: {words}"),
        (_, false) => {
            format!("{host} cannot be reached: {words}; try again, or set `target.host` right")
        }
        _ => format!("{host} takes connections, but {words}: try again later"),
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

/// Prints a signed token for curl, or its claims.
///
/// # Errors
/// Exit 2 when the credential cannot be used.
pub fn token(signer: &Signer, decode: bool) -> Result<Exit, RunError> {
    let target = Target {
        host: String::new(),
        stream_id: String::new(),
        account_id: String::new(),
        client_id: signer.client_id.clone(),
        credentials: signer.credentials.clone(),
        ca_file: None,
    };
    let token =
        block_on(async { Signing::load(&target, &variable).await?.token(SystemTime::now()) })?;
    if !decode {
        terminal::print(&format!("{}\n", token.header()))?;
        return Ok(Exit::Finished);
    }
    let decoded = decode_claims(token.header())?;
    let both = serde_json::json!({"header": decoded.header, "claims": decoded.claims});
    terminal::print(&format!("{both:#}\n"))?;
    Ok(Exit::Finished)
}

//! `check` and `token`: everything but the sending, tried.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::Serialize;

use super::access::Access;
use super::options::{CheckOptions, OutputForm};
use super::run::block_on;
use super::surroundings::variable;
use crate::plan::{Plan, Signer};
use crate::send::credentials::Signing;
use crate::send::sign::decode_claims;
use crate::send::wire::{Check, Wire, body_limit};
use crate::vocabulary::settings::Target;
use crate::vocabulary::{Exit, RunError};

/// Seconds that a clock may be off before tokens of 60 s become unsafe.
const CLOCK: i64 = 20;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    good: bool,
    detail: String,
}

/// Job file, secrets, clock, TLS, and one signed GET that changes nothing.
///
/// # Errors
/// Exit 2 when secrets or settings cannot be used.
pub fn check(plan: &Plan, how: &CheckOptions) -> Result<Exit, RunError> {
    let mut findings = vec![Finding {
        what: "job file",
        good: true,
        detail: format!(
            "{} `{}` on {}",
            plan.operation,
            plan.name,
            super::view::host(&plan.target)
        ),
    }];
    if plan.target.is_sandbox() {
        findings.push(Finding {
            what: "target",
            good: true,
            detail: "a sandbox of the run's own: nothing to ask".to_owned(),
        });
    } else {
        block_on(async {
            let access = Access::to(&plan.target, &plan.limits).await?;
            findings.push(Finding { what: "secrets", good: true, detail: "found".to_owned() });
            asked(plan, &access, &mut findings).await
        })?;
    }
    let good = findings.iter().all(|finding| finding.good);
    super::say(match how.form {
        OutputForm::Json => serde_json::to_string(&findings).unwrap_or_default() + "\n",
        OutputForm::Text => findings.iter().map(line).collect(),
    });
    Ok(if good { Exit::Finished } else { Exit::Usage })
}

fn line(finding: &Finding) -> String {
    let mark = if finding.good { "ok " } else { "NOT" };
    format!("{mark}  {:<10} {}\n", finding.what, finding.detail)
}

async fn asked(plan: &Plan, access: &Access, findings: &mut Vec<Finding>) -> Result<(), RunError> {
    let wire = Wire::new(plan.operation, &access.target);
    let token = access.signing.token(SystemTime::now())?;
    let head = match access.client.send(wire.check_request(), &token).await {
        Ok(head) => head,
        Err(fault) => {
            let detail = format!("no answer: {}", fault.kind);
            findings.push(Finding { what: "server", good: false, detail });
            return Ok(());
        }
    };
    findings.extend(clock(head.date()));
    let answer = head.body(body_limit(1)).await;
    let (good, detail) = match wire.read_check(&answer.parts(SystemTime::now())) {
        Check::Good => (true, format!("answered {}", answer.status)),
        Check::Unauthorised => (false, format!("refused the credentials ({})", answer.status)),
        Check::Throttled => {
            (true, "answered with its rate limit: try again in a minute".to_owned())
        }
        Check::WrongEndpoint(what) => (false, format!("no such API there ({what})")),
        Check::Unclear => (false, format!("answered {} in a way nobody can read", answer.status)),
    };
    findings.push(Finding { what: "server", good, detail });
    Ok(())
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
    Some(Finding { what: "clock", good, detail })
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
        super::say(format!("{}\n", token.header()));
        return Ok(Exit::Finished);
    }
    let decoded = decode_claims(token.header())?;
    let both = serde_json::json!({"header": decoded.header, "claims": decoded.claims});
    super::say(format!("{both:#}\n"));
    Ok(Exit::Finished)
}

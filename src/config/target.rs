//! The target: host, ids and credential source, each safe in a header and in a path.

use super::asked::{Asked, Problem};
use super::credentials::credentials;
use super::host::{self, Host};
use super::values::Text;
use crate::model::RunError;
use crate::model::settings::{Credentials, Target};

/// The stream id of a sandbox whose job names none.
pub const SANDBOX_STREAM_ID: &str = "st-7dc994f0-4436-5134-9fa8-a94262500000";
/// The account id of a sandbox whose job names none.
pub const SANDBOX_ACCOUNT_ID: &str = "65f7d49a5dd06e2cefa45012";
/// The client id of a sandbox whose job names none.
pub const SANDBOX_CLIENT_ID: &str = "cs-00000000-0000-5000-8000-000000000000";

/// The target as resolved, with what the other slices need to know of it.
pub(super) struct Resolved {
    pub(super) target: Target,
    /// Requests stay on this machine.
    pub(super) local: bool,
    /// Ids that are accepted but not of the documented form.
    pub(super) notices: Vec<String>,
}

pub(super) fn target(asked: &Asked<'_>) -> Result<Resolved, RunError> {
    let Host { origin, local } = host(asked)?;
    let keys = &asked.keys.target;
    let ca_file = asked.path("target.ca_file", keys.ca_file.as_ref())?;
    let mut notices = Vec::new();
    let sandbox = origin == host::SANDBOX;
    let credentials = if sandbox { Credentials::Sandbox } else { credentials(asked)? };
    let mut id =
        |key: &'static str, value: Option<&Text>, of_sandbox: &str, form: &Form| match value {
            None if sandbox => Ok(of_sandbox.to_owned()),
            value => id(asked, key, value, form, &mut notices),
        };
    let stream_id = id("target.stream_id", keys.stream_id.as_ref(), SANDBOX_STREAM_ID, &STREAM)?;
    let account_id =
        id("target.account_id", keys.account_id.as_ref(), SANDBOX_ACCOUNT_ID, &ACCOUNT)?;
    let client_id = if needs_client_id(&credentials) || keys.client_id.is_some() {
        id("target.client_id", keys.client_id.as_ref(), SANDBOX_CLIENT_ID, &CLIENT)?
    } else {
        String::new()
    };
    let target = Target { host: origin, stream_id, account_id, client_id, credentials, ca_file };
    Ok(Resolved { target, local, notices })
}

fn host(asked: &Asked<'_>) -> Result<Host, RunError> {
    let host = asked.read("target.host", asked.keys.target.host.as_ref(), host::host)?;
    host.ok_or_else(|| asked.missing("target.host"))
}

/// The client id where one is needed or given; empty with a ready token.
pub(super) fn client_id(asked: &Asked<'_>, credentials: &Credentials) -> Result<String, RunError> {
    match asked.keys.target.client_id.as_ref() {
        None if !needs_client_id(credentials) => Ok(String::new()),
        value => id(asked, "target.client_id", value, &CLIENT, &mut Vec::new()),
    }
}

/// A secret signs claims that name the client; a ready token already does.
pub(super) const fn needs_client_id(credentials: &Credentials) -> bool {
    !matches!(credentials, Credentials::Token(_))
}

/// The documented form of an id (`api/kore-facts.md`, "Identifiers").
struct Form {
    fits: fn(&str) -> bool,
    is: &'static str,
}

const STREAM: Form = Form {
    fits: |id| id.strip_prefix("st-").is_some_and(is_uuid),
    is: "`st-` and a UUID, 39 characters",
};
const ACCOUNT: Form = Form {
    fits: |id| id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()),
    is: "24 hex characters",
};
const CLIENT: Form = Form { fits: |id| id.starts_with("cs-"), is: "`cs-` and more" };

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// An id that can stand in a header and as a path segment without escaping; of an unusual form: with a notice.
fn id(
    asked: &Asked<'_>,
    key: &str,
    value: Option<&Text>,
    form: &Form,
    notices: &mut Vec<String>,
) -> Result<String, RunError> {
    let id = asked.read(key, value, |id| {
        if is_safe(id) { Ok(id.to_owned()) } else { Err(unsafe_id(id, form)) }
    })?;
    let id = id.ok_or_else(|| asked.missing(key))?;
    if !(form.fits)(&id) {
        notices.push(format!("`{key}` is usually {}; this one is not", form.is));
    }
    Ok(id)
}

/// Unreserved URI characters only, and no step in a path.
fn is_safe(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
        && id != "."
        && id != ".."
}

fn unsafe_id(id: &str, form: &Form) -> Problem {
    let problem = match id.chars().find(|c| !(c.is_ascii_alphanumeric() || "-._~".contains(*c))) {
        Some(c) => format!("an id cannot hold `{}`", c.escape_default()),
        None if id.is_empty() => "the id is empty".to_owned(),
        None if id.len() > 128 => "the id is longer than 128 characters".to_owned(),
        None => "this is a step in a path, not an id".to_owned(),
    };
    Problem::new(problem, format!("it is {}", form.is))
}

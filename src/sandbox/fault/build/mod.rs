//! From the options of a fault to what it means: one function a fault that has any.

mod account;

use std::time::Duration;

use super::error::FaultError;
use super::kind::{ErrorPage, Gone, Kind, Limit, LimitMessage, PageBody, ReasonKey, Shape};
use super::options::Options;

pub(super) use account::{all_lists, edit, number_in_use, order, page_size, pages, totals};

pub(super) fn limit(options: &mut Options<'_>) -> Result<Limit, FaultError> {
    Ok(Limit {
        status: options.status(429)?,
        message: options.choice(
            "message",
            &[
                ("minute", LimitMessage::Minute),
                ("hour", LimitMessage::Hour),
                ("plain", LimitMessage::Plain),
            ],
        )?,
        retry_after: options.seconds("retry-after")?,
        as_date: options.choice("form", &[("seconds", false), ("date", true)])?.unwrap_or(false),
    })
}

pub(super) fn server_error(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let bodies = [("html", PageBody::Html), ("json", PageBody::Json), ("empty", PageBody::Empty)];
    Ok(Kind::ServerError(ErrorPage {
        status: options.status(503)?,
        body: options.choice("body", &bodies)?.unwrap_or(PageBody::Html),
        applied: options.yes("applied", false)?,
        retry_after: options.seconds("retry-after")?,
    }))
}

/// The messages seen with code 4002 (docs/kore-api.md, "Answers").
pub(super) fn unauthorised(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let messages = [
        ("credentials", "Invalid SDK credentials"),
        ("token", "Invalid JWT token"),
        ("scope", "Permission denied. Scope is incorrect!"),
    ];
    let message = options.choice("message", &messages)?.unwrap_or("Invalid JWT token");
    Ok(Kind::Unauthorised { status: options.status(401)?, message })
}

pub(super) fn slow(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let delay = options.time("delay")?.unwrap_or(Duration::from_secs(5));
    Ok(Kind::Slow { delay, before: options.yes("before", false)? })
}

pub(super) fn outage(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let status = options.status(0)?;
    Ok(Kind::Outage { status: (status != 0).then_some(status) })
}

pub(super) fn refuse(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let reason = options.take("reason").unwrap_or("Contact could not be processed").to_owned();
    let code = options.number("code")?.unwrap_or(400);
    let code = u16::try_from(code)
        .map_err(|_| FaultError(format!("`{}`: `code` is too large", options.fault())))?;
    Ok(Kind::Refuse { reason, code })
}

pub(super) fn poison(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    Ok(Kind::Poison {
        status: options.status(400)?,
        names: options.yes("names", false)?,
        atomic: options.yes("atomic", true)?,
    })
}

pub(super) fn gone(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let manners = [
        ("reason", Gone::Reason),
        ("code", Gone::Code),
        ("success", Gone::Success),
        ("not-found", Gone::NotFound),
    ];
    Ok(Kind::Gone(options.choice("as", &manners)?.unwrap_or(Gone::Reason)))
}

pub(super) fn extra(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let count = options.number("count")?.unwrap_or(1);
    let failed = options.choice("list", &[("successful", false), ("failed", true)])?;
    Ok(Kind::Extra {
        count: usize::try_from(count.min(100_000)).expect("the bound fits"),
        failed: failed.unwrap_or(false),
    })
}

pub(super) fn failure_shape(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let shapes = [
        ("string", Shape::Text),
        ("id", Shape::Id),
        ("_id", Shape::UnderscoreId),
        ("contact", Shape::Contact),
    ];
    let keys = [
        ("reason", ReasonKey::Reason),
        ("error", ReasonKey::Error),
        ("errors", ReasonKey::Errors),
        ("message", ReasonKey::Message),
        ("msg", ReasonKey::Msg),
        ("code", ReasonKey::Code),
        ("none", ReasonKey::None),
    ];
    Ok(Kind::FailureShape {
        shape: options.choice("shape", &shapes)?.unwrap_or(Shape::Id),
        key: options.choice("key", &keys)?.unwrap_or(ReasonKey::Reason),
    })
}

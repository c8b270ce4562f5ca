//! What goes wrong before and after the work, by fault or by quota.

use std::time::{Duration, SystemTime};

use super::call::Arrival;
use super::fault::{Kind, Limit, LimitMessage, PageBody, Playing};
use super::quota::Quota;
use super::reply::{Ending, Reply};

/// What can keep a request from the work.
pub(super) fn before(
    playing: &Playing<'_>,
    quota: &mut Quota,
    arrival: Arrival,
) -> Result<(), Reply> {
    let refused = playing.find(|kind| match kind {
        Kind::Drop => Some(Reply::silence(Ending::Closed)),
        Kind::Outage { status: None } => Some(Reply::silence(Ending::Reset)),
        Kind::Outage { status: Some(status) } => Some(Reply::html(*status)),
        Kind::Throttle(limit) => Some(limited(limit, LimitMessage::Minute, arrival)),
        Kind::ServerError(page) if !page.applied => {
            Some(error_page(page.status, page.body, page.retry_after))
        }
        Kind::Unauthorised { status, message } => Some(Reply::error(*status, message, 4002)),
        _ => None,
    });
    match refused {
        Some(reply) => Err(reply),
        None => quota.admit(arrival.elapsed).map_err(|window| over_quota(playing, window, arrival)),
    }
}

fn over_quota(playing: &Playing<'_>, window: Duration, arrival: Arrival) -> Reply {
    let plain = Limit { status: 429, message: None, retry_after: None, as_date: false };
    let manner = playing.find(|kind| match kind {
        Kind::Quota(limit) => Some(limit.clone()),
        _ => None,
    });
    let hourly = window > Duration::from_mins(1);
    let message = if hourly { LimitMessage::Hour } else { LimitMessage::Minute };
    limited(&manner.unwrap_or(plain), message, arrival)
}

/// The words are those of docs/kore-api.md, "Limits".
fn limited(limit: &Limit, message: LimitMessage, arrival: Arrival) -> Reply {
    let words = match limit.message.unwrap_or(message) {
        LimitMessage::Minute => {
            "You've exceeded the per-minute rate limit. Please wait for sometime before retrying."
        }
        LimitMessage::Hour => {
            "You've exceeded the hourly rate limit. Please wait for sometime before retrying."
        }
        LimitMessage::Plain => "Too Many Requests",
    };
    let mut reply = Reply::error(limit.status, words, 429);
    reply.retry_after = limit.retry_after.map(|seconds| {
        if limit.as_date {
            let at = SystemTime::from(arrival.at);
            // HTTP dates have no fractions: rounded up, so that none is too early.
            httpdate::fmt_http_date(at + Duration::from_secs(seconds.min(1 << 31) + 1))
        } else {
            seconds.to_string()
        }
    });
    reply
}

fn error_page(status: u16, body: PageBody, retry_after: Option<u64>) -> Reply {
    let mut reply = match body {
        PageBody::Html => Reply::html(status),
        PageBody::Json => Reply::error(status, "Internal Server Error", u32::from(status)),
        PageBody::Empty => Reply::empty(status),
    };
    reply.retry_after = retry_after.map(|seconds| seconds.to_string());
    reply
}

/// What can happen to an answer on its way back.
pub(super) fn after(playing: &Playing<'_>, mut reply: Reply) -> Reply {
    if reply.ending != Ending::Whole {
        return reply;
    }
    let page = playing.find(|kind| match kind {
        Kind::ServerError(page) if page.applied => Some(page),
        _ => None,
    });
    if let Some(page) = page {
        let records = reply.records;
        reply = error_page(page.status, page.body, page.retry_after).with_records(records);
    }
    if playing.shows(&Kind::LostAnswer) {
        reply.ending = Ending::Closed;
    } else if playing.shows(&Kind::CutAnswer) {
        reply.ending = Ending::Cut;
    } else if playing.shows(&Kind::Truncated) {
        reply.body.truncate(reply.body.len() / 2);
    }
    // That one was waited for before the work; here it is only noted as played.
    playing.find(|kind| matches!(kind, Kind::Slow { before: true, .. }).then_some(()));
    let delay = playing.find(|kind| match kind {
        Kind::Slow { delay, before: false } => Some(*delay),
        _ => None,
    });
    reply.delay = delay.unwrap_or_default();
    reply
}

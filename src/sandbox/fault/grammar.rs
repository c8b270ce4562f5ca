//! The text of a fault, as typed behind `--fault`, and the list of all of them.
//!
//! One table holds names and builders; the help text is beside it and a test compares the two.

use std::str::FromStr;
use std::time::Duration;

use super::When;
use super::error::FaultError;
use super::options::Options;
use super::{ErrorPage, Fault, Gone, Kind, Limit, LimitMessage, PageBody, ReasonKey, Scope, Shape};
use crate::base::nearest::nearest;

/// The help text that lists every fault with its options and defaults.
pub const GRAMMAR: &str = "\
A fault is NAME or NAME:KEY=VALUE,KEY=VALUE. Several may be given; what they do is the same in every
run with the same --fault-seed and the same requests.

When it plays (all that are given must hold):
  share=0.05 or 5%    of requests, records or entries, chosen by hash; default: all
  every=N             every Nth request since the start
  requests=3-5+9+20-  these request numbers, from 1
  from=30s, until=2m  between these times after the first request
  op=OPERATION        bulk-update, bulk-delete, delete-contact or delete-contact-list only

Requests:
  throttle        rate limit: status=429 (200 too), message=minute|hour|plain, retry-after=SECONDS, form=seconds|date
  quota           how the server's own quota answers; options as for throttle
  server-error    status=503, body=html|json|empty, applied=no|yes (the work is done all the same), retry-after=SECONDS
  unauthorised    status=401, message=credentials|token|scope (code 4002)
  drop            connection closed before the work
  lost-answer     work done, connection closed without an answer
  cut-answer      work done, connection closed in the middle of the answer
  truncated       work done, an answer whose JSON ends in the middle
  slow            delay=5s, before=no|yes (the work waits too; done even if the client has gone)
  outage          connection reset, or status=503; with from= and until=

Records (share= or ids=A+B; an id chosen stays chosen):
  refuse          not done, a failed entry: reason=TEXT, code=400
  poison          refuses the whole request: status=400, names=no|yes (the id), atomic=yes|no (no: records before it are done)
  list-in-use     a contact list that campaigns use
Entries (share= or ids=A+B; drawn anew in each request):
  missing         left out of the answer (one by one: its id)
  both-lists      done, and listed as failed too
  stale-echo      an update echoes the contact as it was before

Answers:
  gone            unknown or deleted ids: as=reason|code|success|not-found
  validation      a batch lacking required fields: status=412, names=no|yes (the id)
  extra           ids nobody sent: count=1, list=successful|failed
  shuffle         entries out of order
  underscore-id   `_id` instead of `id`
  wrong-counts    counts that disagree with the entries
  partial-status  of an answer with failures: status=207
  failure-shape   shape=string|id|_id|contact, key=reason|error|errors|message|msg|code|none
";

type Build = fn(&mut Options<'_>) -> Result<Kind, FaultError>;

const TABLE: &[(&str, Scope, Build)] = &[
    ("throttle", Scope::Requests, |o| limit(o).map(Kind::Throttle)),
    ("quota", Scope::Requests, |o| limit(o).map(Kind::Quota)),
    ("server-error", Scope::Requests, server_error),
    ("unauthorised", Scope::Requests, unauthorised),
    ("drop", Scope::Requests, |_| Ok(Kind::Drop)),
    ("lost-answer", Scope::Requests, |_| Ok(Kind::LostAnswer)),
    ("cut-answer", Scope::Requests, |_| Ok(Kind::CutAnswer)),
    ("truncated", Scope::Requests, |_| Ok(Kind::Truncated)),
    ("slow", Scope::Requests, slow),
    ("outage", Scope::Requests, outage),
    ("refuse", Scope::Records, refuse),
    ("poison", Scope::Records, poison),
    ("list-in-use", Scope::Records, |_| Ok(Kind::ListInUse)),
    ("missing", Scope::Entries, |_| Ok(Kind::Missing)),
    ("both-lists", Scope::Entries, |_| Ok(Kind::BothLists)),
    ("stale-echo", Scope::Entries, |_| Ok(Kind::StaleEcho)),
    ("gone", Scope::Requests, gone),
    ("validation", Scope::Requests, |o| {
        Ok(Kind::Validation { status: o.status(412)?, names: o.yes("names", false)? })
    }),
    ("extra", Scope::Requests, extra),
    ("shuffle", Scope::Requests, |_| Ok(Kind::Shuffle)),
    ("underscore-id", Scope::Requests, |_| Ok(Kind::UnderscoreId)),
    ("wrong-counts", Scope::Requests, |_| Ok(Kind::WrongCounts)),
    ("partial-status", Scope::Requests, |o| o.status(207).map(Kind::PartialStatus)),
    ("failure-shape", Scope::Requests, failure_shape),
];

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (typed, options) = text.split_once(':').unwrap_or((text, ""));
        let Some((name, scope, build)) = TABLE.iter().find(|(name, ..)| *name == typed) else {
            let near = match nearest(typed, TABLE.iter().map(|(name, ..)| *name)) {
                Some(near) => format!("the nearest is `{near}`"),
                None => "`korebulk sandbox --help` lists them".to_owned(),
            };
            return Err(FaultError(format!("`{typed}` is no fault; {near}")));
        };
        let mut options = Options::read(name, options)?;
        let kind = build(&mut options)?;
        let when = when(&mut options)?;
        let share = options.share()?;
        let ids = if *scope == Scope::Requests { Vec::new() } else { ids(&mut options) };
        if *scope != Scope::Requests && share.is_none() && ids.is_empty() {
            return Err(FaultError(format!("`{name}` needs `share=` or `ids=`")));
        }
        options.finish()?;
        Ok(Self { name, kind, scope: *scope, when, share: share.unwrap_or(1.0), ids })
    }
}

fn when(options: &mut Options<'_>) -> Result<When, FaultError> {
    Ok(When {
        every: options.number("every")?,
        requests: options.requests()?,
        from: options.time("from")?,
        until: options.time("until")?,
        operation: options.operation()?,
    })
}

fn ids(options: &mut Options<'_>) -> Vec<String> {
    let listed = options.take("ids").unwrap_or_default();
    listed.split('+').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

fn limit(options: &mut Options<'_>) -> Result<Limit, FaultError> {
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

fn server_error(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let bodies = [("html", PageBody::Html), ("json", PageBody::Json), ("empty", PageBody::Empty)];
    Ok(Kind::ServerError(ErrorPage {
        status: options.status(503)?,
        body: options.choice("body", &bodies)?.unwrap_or(PageBody::Html),
        applied: options.yes("applied", false)?,
        retry_after: options.seconds("retry-after")?,
    }))
}

/// The messages seen with code 4002 (kore-facts, "Answers").
fn unauthorised(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let messages = [
        ("credentials", "Invalid SDK credentials"),
        ("token", "Invalid JWT token"),
        ("scope", "Permission denied. Scope is incorrect!"),
    ];
    let message = options.choice("message", &messages)?.unwrap_or("Invalid JWT token");
    Ok(Kind::Unauthorised { status: options.status(401)?, message })
}

fn slow(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let delay = options.time("delay")?.unwrap_or(Duration::from_secs(5));
    Ok(Kind::Slow { delay, before: options.yes("before", false)? })
}

fn outage(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let status = options.status(0)?;
    Ok(Kind::Outage { status: (status != 0).then_some(status) })
}

fn refuse(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let reason = options.take("reason").unwrap_or("Contact could not be processed").to_owned();
    let code = options.number("code")?.unwrap_or(400);
    let code = u16::try_from(code)
        .map_err(|_| FaultError(format!("`{}`: `code` is too large", options.fault())))?;
    Ok(Kind::Refuse { reason, code })
}

fn poison(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    Ok(Kind::Poison {
        status: options.status(400)?,
        names: options.yes("names", false)?,
        atomic: options.yes("atomic", true)?,
    })
}

fn gone(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let manners = [
        ("reason", Gone::Reason),
        ("code", Gone::Code),
        ("success", Gone::Success),
        ("not-found", Gone::NotFound),
    ];
    Ok(Kind::Gone(options.choice("as", &manners)?.unwrap_or(Gone::Reason)))
}

fn extra(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let count = options.number("count")?.unwrap_or(1);
    let failed = options.choice("list", &[("successful", false), ("failed", true)])?;
    Ok(Kind::Extra {
        count: usize::try_from(count.min(100_000)).expect("the bound fits"),
        failed: failed.unwrap_or(false),
    })
}

fn failure_shape(options: &mut Options<'_>) -> Result<Kind, FaultError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Fault>().unwrap_err().to_string()
    }

    #[test]
    fn every_fault_is_in_the_help_and_can_be_parsed() {
        for (name, scope, _) in TABLE {
            let listed = GRAMMAR.lines().any(|l| l.split_whitespace().next() == Some(name));
            assert!(listed, "{name} is not in GRAMMAR");
            let text = match scope {
                Scope::Requests => (*name).to_owned(),
                _ => format!("{name}:share=1"),
            };
            text.parse::<Fault>().unwrap();
        }
    }

    #[test]
    fn conditions_and_options_are_read() {
        let fault: Fault = "throttle:requests=3-5+9,retry-after=2,form=date,status=200,until=1m,\
                            message=hour,op=bulk-update,share=50%,every=3,from=500ms"
            .parse()
            .unwrap();
        assert_eq!(fault.when.requests, [3..=5, 9..=9]);
        assert_eq!((fault.when.every, fault.share), (Some(3), 0.5));
        assert_eq!(fault.when.from, Some(Duration::from_millis(500)));
        assert_eq!(fault.when.until, Some(Duration::from_mins(1)));
        let limit = Limit {
            status: 200,
            message: Some(LimitMessage::Hour),
            retry_after: Some(2),
            as_date: true,
        };
        assert_eq!(fault.kind, Kind::Throttle(limit));
    }

    #[test]
    fn errors_name_the_nearest_word() {
        insta::assert_snapshot!(error("thorttle:every=2"), @"`thorttle` is no fault; the nearest is `throttle`");
        insta::assert_snapshot!(error("throttle:retry=2"), @"`throttle` has no option `retry`; the nearest is `retry-after`");
        insta::assert_snapshot!(error("throttle:every"), @"`throttle`: `every` has no value; options are `key=value`");
        insta::assert_snapshot!(error("throttle:every=0"), @"`throttle`: `every=0` is not a whole number above 0");
        insta::assert_snapshot!(error("drop:every=2,every=3"), @"`drop`: `every` is given twice");
        insta::assert_snapshot!(error("poison:every=2"), @"`poison` needs `share=` or `ids=`");
        insta::assert_snapshot!(error("gone:as=ghost"), @"`gone`: `as=ghost` is not one of reason, code, success, not-found");
        insta::assert_snapshot!(error("drop:requests=5-3"), @"`drop`: `requests=5-3` is not request numbers such as `3`, `3-5`, `3-5+9+20-`");
        insta::assert_snapshot!(error("drop:share=150%"), @"`drop`: `share=150%` is not a share from 0 to 1, such as `0.05` or `5%`");
    }
}

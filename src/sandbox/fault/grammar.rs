//! The text of a fault, as typed behind `--fault`, and the list of all of them.
//!
//! One table holds names and builders; the help text is beside it and a test compares the two.

use std::str::FromStr;

use super::error::FaultError;
use super::kind::{Kind, Scope};
use super::options::Options;
use super::when::When;
use super::{Fault, build};
use crate::base::nearest::nearest;
use crate::sandbox::route::NAMES;

/// The help text that lists every fault with its options and defaults.
pub const GRAMMAR: &str = "\
A fault is NAME or NAME:KEY=VALUE,KEY=VALUE. Several may be given; what they do
is the same in every run with the same --fault-seed and the same requests.

When it plays (all that are given must hold):
  share=0.05 or 5%    of requests, records or entries, chosen by hash; default:
                      all
  every=N             every Nth request since the start
  requests=3-5+9+20-  these request numbers, from 1
  from=30s, until=2m  between these times after the first request
  op=NAME             in requests of one API only: bulk-update, bulk-delete,
                      delete-contact, delete-contact-list, create-contacts,
                      update-contact, read-contacts, read-lists, read-list,
                      read-list-contacts, read-campaigns

Requests:
  throttle        rate limit: status=429 (200 too), message=minute|hour|plain,
                  retry-after=SECONDS, form=seconds|date
  quota           how the server's own quota answers; options as for throttle
  server-error    status=503, body=html|json|empty, applied=no|yes (the work is
                  done all the same), retry-after=SECONDS
  unauthorised    status=401, message=credentials|token|scope (code 4002)
  drop            connection closed before the work
  lost-answer     work done, connection closed without an answer
  cut-answer      work done, connection closed in the middle of the answer
  truncated       work done, an answer whose JSON ends in the middle
  slow            delay=5s, before=no|yes (the work waits too; done even if the
                  client has gone)
  outage          connection reset, or status=503; with from= and until=

Records (share= or ids=A+B; an id chosen stays chosen):
  refuse          not done, a failed entry: reason=TEXT, code=400
  poison          refuses the whole request: status=400, names=no|yes (the id),
                  atomic=yes|no (no: records before it are done)
  list-in-use     a contact list that campaigns use
  hidden          a contact that is counted and on no page
  national-phone  answers show the number without its country code
Entries (share= or ids=A+B; drawn anew in each request):
  missing         left out of the answer (one by one: its id); never of a page
  both-lists      done, and listed as failed too
  stale-echo      an update echoes the contact as it was before

Answers:
  gone            unknown or deleted ids: as=reason|code|success|not-found
  validation      a batch lacking required fields: status=412, names=no|yes (the
                  id)
  extra           ids nobody sent: count=1, list=successful|failed
  shuffle         entries out of order
  underscore-id   `_id` instead of `id`
  wrong-counts    counts that disagree with the entries
  partial-status  of an answer with failures: status=207
  failure-shape   shape=string|id|_id|contact,
                  key=reason|error|errors|message|msg|code|none

Reading the account:
  pages           what moves a page: by=either|skip|page|both|neither (either:
                  page counts where there is no skip; both: added up),
                  echo=done|asked|none (what the answer says of it),
                  beyond=empty|last|refuse (404; behind the last row)
  page-size       max=1000, default=10, above=cap|default|refuse (400),
                  fixed=no|yes (yes: limit= is ignored)
  totals          off=N or -N (added to the total), count=shown|all|page|none
                  (all: INACTIVE contacts too; none: no such key),
                  more=right|yes|no|none
  order           by=id|inserted|created|updated|name|unstable (another one
                  in every request), direction=up|down
  show-inactive   INACTIVE contacts are shown and counted
  all-lists       how all lists are asked for: method=get|post; the other one
                  meets status=405

Somebody else, numbers in use, updates:
  edit            somebody else, after the request:
                  do=update|touch|delete|create|replace (touch: only `updatedAt`
                  moves; replace: one deleted, one created),
                  field=lastName|firstName|salutation|phone, count=1,
                  at=random|first|last (of the active ones by id), or ids=A+B
  number-in-use   what a number meets that another contact has:
                  as=refuse|entry|skip|existing (the whole request is refused;
                  an entry with the reason; left out; the other contact answered
                  as if it were new), status=400, names=no|yes (the number),
                  inactive=no|yes (INACTIVE contacts hold theirs too),
                  update=no|yes (updates are refused too)
  partial-update  fields that an update does not give stay as they are
";

type Build = fn(&mut Options<'_>) -> Result<Kind, FaultError>;

const TABLE: &[(&str, Scope, Build)] = &[
    ("throttle", Scope::Requests, |o| build::limit(o).map(Kind::Throttle)),
    ("quota", Scope::Requests, |o| build::limit(o).map(Kind::Quota)),
    ("server-error", Scope::Requests, build::server_error),
    ("unauthorised", Scope::Requests, build::unauthorised),
    ("drop", Scope::Requests, |_| Ok(Kind::Drop)),
    ("lost-answer", Scope::Requests, |_| Ok(Kind::LostAnswer)),
    ("cut-answer", Scope::Requests, |_| Ok(Kind::CutAnswer)),
    ("truncated", Scope::Requests, |_| Ok(Kind::Truncated)),
    ("slow", Scope::Requests, build::slow),
    ("outage", Scope::Requests, build::outage),
    ("refuse", Scope::Records, build::refuse),
    ("poison", Scope::Records, build::poison),
    ("list-in-use", Scope::Records, |_| Ok(Kind::ListInUse)),
    ("missing", Scope::Entries, |_| Ok(Kind::Missing)),
    ("both-lists", Scope::Entries, |_| Ok(Kind::BothLists)),
    ("stale-echo", Scope::Entries, |_| Ok(Kind::StaleEcho)),
    ("gone", Scope::Requests, build::gone),
    ("validation", Scope::Requests, |o| {
        Ok(Kind::Validation { status: o.status(412)?, names: o.yes("names", false)? })
    }),
    ("extra", Scope::Requests, build::extra),
    ("shuffle", Scope::Requests, |_| Ok(Kind::Shuffle)),
    ("underscore-id", Scope::Requests, |_| Ok(Kind::UnderscoreId)),
    ("wrong-counts", Scope::Requests, |_| Ok(Kind::WrongCounts)),
    ("partial-status", Scope::Requests, |o| o.status(207).map(Kind::PartialStatus)),
    ("failure-shape", Scope::Requests, build::failure_shape),
    ("pages", Scope::Requests, build::pages),
    ("page-size", Scope::Requests, build::page_size),
    ("totals", Scope::Requests, build::totals),
    ("order", Scope::Requests, build::order),
    ("show-inactive", Scope::Requests, |_| Ok(Kind::ShowInactive)),
    ("hidden", Scope::Records, |_| Ok(Kind::Hidden)),
    ("national-phone", Scope::Records, |_| Ok(Kind::NationalPhone)),
    ("edit", Scope::Requests, build::edit),
    ("number-in-use", Scope::Requests, build::number_in_use),
    ("all-lists", Scope::Requests, build::all_lists),
    ("partial-update", Scope::Requests, |_| Ok(Kind::PartialUpdate)),
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
        let ids = if *scope == Scope::Requests { Vec::new() } else { options.ids() };
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
        api: options.choice("op", &NAMES.map(|name| (name, name)))?,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sandbox::fault::kind::{Limit, LimitMessage};

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
    fn the_help_fits_a_terminal() {
        assert_eq!(GRAMMAR.lines().find(|line| line.len() > 80), None);
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

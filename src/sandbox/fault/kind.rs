//! What can go wrong: one variant a fault, with its options as they are meant.

use std::time::Duration;

use super::account::{Edit, NumberInUse, Order, PageSize, Pages, Totals};

/// What a fault's `share` is a share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Scope {
    /// Requests.
    Requests,
    /// Records: the same id meets the fault in every request.
    Records,
    /// Entries of answers: the same id may be spared the next time.
    Entries,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) enum Kind {
    Throttle(Limit),
    Quota(Limit),
    ServerError(ErrorPage),
    Unauthorised { status: u16, message: &'static str },
    Drop,
    Outage { status: Option<u16> },
    Slow { delay: Duration, before: bool },
    LostAnswer,
    CutAnswer,
    Truncated,
    Refuse { reason: String, code: u16 },
    Poison { status: u16, names: bool, atomic: bool },
    Gone(Gone),
    Validation { status: u16, names: bool },
    ListInUse,
    Missing,
    BothLists,
    Extra { count: usize, failed: bool },
    Shuffle,
    UnderscoreId,
    WrongCounts,
    PartialStatus(u16),
    FailureShape { shape: Shape, key: ReasonKey },
    StaleEcho,
    Pages(Pages),
    PageSize(PageSize),
    Totals(Totals),
    Order(Order),
    ShowInactive,
    Hidden,
    NationalPhone,
    Edit(Edit),
    NumberInUse(NumberInUse),
    AllLists { method: &'static str, status: u16 },
    PartialUpdate,
}

/// How a rate limit is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Limit {
    pub status: u16,
    /// `None` leaves the window to the quota; a throttle then speaks of the minute.
    pub message: Option<LimitMessage>,
    pub retry_after: Option<u64>,
    /// `Retry-After` as an HTTP date instead of seconds.
    pub as_date: bool,
}

/// Which limit the text of the answer names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum LimitMessage {
    Minute,
    Hour,
    /// `Too Many Requests`, naming no window.
    Plain,
}

/// An error that a gateway answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct ErrorPage {
    pub status: u16,
    pub body: PageBody,
    /// Whether the work is done all the same.
    pub applied: bool,
    pub retry_after: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum PageBody {
    Html,
    Json,
    Empty,
}

/// What an unknown or already deleted id answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Gone {
    /// As if it had been done.
    Success,
    /// A failed entry whose reason says so (one by one: 404).
    Reason,
    /// A failed entry with only the code 404 (one by one: 404).
    Code,
    /// The whole request is answered 404; records before it are done.
    NotFound,
}

/// How a failed entry names its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Shape {
    Text,
    Id,
    UnderscoreId,
    Contact,
}

/// Under which key a failed entry gives its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum ReasonKey {
    Reason,
    Error,
    Errors,
    Message,
    Msg,
    Code,
    None,
}

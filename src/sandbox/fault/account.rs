//! The faults of whatever reads the account, of its other users, and of numbers in use. The
//! documentation leaves all of it open (`docs/kore-api.md`, "Reading the account").

/// How a page is asked for, and what the answer says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct Pages {
    pub by: PageBy,
    pub echo: PageEcho,
    pub beyond: Beyond,
}

/// What a page meets that lies behind the last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Beyond {
    /// A page without rows.
    Empty,
    /// The last page again.
    Last,
    /// 404.
    Refuse,
}

/// Which parameters move the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum PageBy {
    /// `skip`, and `page` only where there is no `skip`.
    Either,
    /// `skip` alone.
    Skip,
    /// `page` alone, from 1.
    Page,
    /// Both, added up.
    Both,
    /// None: always the first page.
    Neither,
}

/// What is under `skip` and `limit` in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum PageEcho {
    /// What was done.
    Done,
    /// What was asked for.
    Asked,
    /// Nothing.
    Absent,
}

/// How many rows a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct PageSize {
    /// The most that can be asked for.
    pub max: u64,
    /// Where none is asked for; `None`: that of the API.
    pub default: Option<u64>,
    /// What more than `max` meets.
    pub above: Above,
    /// Whether `limit` is ignored: every page has the default.
    pub fixed: bool,
}

/// What a page that is too large meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Above {
    /// The largest page.
    Cap,
    /// A page of the default size.
    Default,
    /// 400.
    Refuse,
}

/// What the answer says of everything that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct Totals {
    /// Added to the total, which is never below 0.
    pub off: i64,
    pub count: Counted,
    pub more: More,
}

/// What `totalResults` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Counted {
    /// What can be seen on all pages together.
    Shown,
    /// INACTIVE contacts too, whether they are shown or not.
    All,
    /// The rows of this page.
    Page,
    /// There is no such key.
    Absent,
}

/// What `hasMore` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum More {
    Right,
    Yes,
    No,
    Absent,
}

/// The order of contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct Order {
    pub by: OrderBy,
    pub down: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum OrderBy {
    Id,
    /// As they were added to the store.
    Inserted,
    Created,
    Updated,
    Name,
    /// Another one in every request.
    Unstable,
}

/// What somebody else does after a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Edit {
    pub act: EditAct,
    pub field: EditField,
    /// To so many contacts.
    pub count: u64,
    pub at: Where,
    /// To these contacts, instead of `count` and `at`.
    pub ids: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum EditAct {
    Update,
    /// Only the time of the last change moves.
    Touch,
    Delete,
    Create,
    /// One is deleted and one created.
    Replace,
}

/// The field that an update changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum EditField {
    FirstName,
    LastName,
    Salutation,
    Phone,
}

/// Which of the active contacts, in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Where {
    Random,
    First,
    Last,
}

/// What a number meets that another contact has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct NumberInUse {
    pub shown: InUse,
    pub status: u16,
    /// Whether the message names the number.
    pub names: bool,
    /// Whether INACTIVE contacts hold their numbers too.
    pub inactive: bool,
    /// Whether updates are refused as well.
    pub update: bool,
}

/// How a create shows that a number is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum InUse {
    /// The whole request is refused, with nothing created.
    Refuse,
    /// An object with the reason takes the contact's place.
    Entry,
    /// The contact is left out.
    Skip,
    /// The contact that has the number is answered as if it had been created.
    Existing,
}

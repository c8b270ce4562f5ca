//! What can be said of an operation: the columns of the table in `operation`.

/// All that is particular to an operation (`docs/kore-api.md`, "Operations").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationSpec {
    /// The name used in job files, commands, reports and the journal.
    pub name: &'static str,
    /// What its command does, in the list of commands.
    pub about: &'static str,
    /// What success does to the thing.
    pub effect: Effect,
    /// What the ids are ids of.
    pub id_kind: IdKind,
    /// The HTTP method.
    pub method: &'static str,
    /// Which of the APIs it belongs to: it decides headers and scope.
    pub service: Service,
    /// From the slash after the authority on; `{stream}`, `{account}` and `{id}` are filled in.
    pub path: &'static str,
    /// What surrounds the records in a request's body; `None`: one record, in the path, without a body.
    pub body: Option<Envelope>,
    /// Whether sending again after a lost answer does no harm.
    pub idempotent: bool,
    /// How an answer says that a record is done.
    pub success: Success,
}

/// What success does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The thing has other values.
    Update,
    /// The thing is gone.
    Delete,
    /// The thing is there.
    Create,
}

/// What an id is an id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// 24 hexadecimal digits.
    Contact,
    /// `cl-` and a UUID.
    ContactList,
}

/// The two APIs, which want different headers and scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// `agentassist`: scope Configuration.
    Contacts,
    /// `campaign`: scope Campaign Management.
    Campaigns,
}

/// A body that carries many records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope {
    /// Before the first record.
    pub open: &'static str,
    /// After the last.
    pub close: &'static str,
    /// What of a record is between them.
    pub record: Content,
}

/// What of a record is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// Its id alone.
    Id,
    /// The whole contact.
    Contact,
}

/// How an answer says that a record is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    /// Its id is in `successfulRecords`.
    Listed,
    /// The answer is an array of the contacts themselves, each with the id it was given. They are known
    /// by their phone numbers.
    Contacts,
    /// The answer is the thing itself: `id` or `_id`, and this `status`.
    Itself(&'static str),
    /// The answer holds the thing under `data`: `data._id`, and this `status` beside it.
    InData(&'static str),
}

impl OperationSpec {
    /// Whether one request carries many records.
    pub const fn is_bulk(&self) -> bool {
        self.body.is_some()
    }

    /// Whether the whole contact is sent, and may be compared with what comes back.
    pub fn sends_contacts(&self) -> bool {
        self.body.is_some_and(|body| body.record == Content::Contact)
    }

    /// Whether its records have ids before they are sent. What is to be created has none: the phone number,
    /// which no two contacts share, is what its answer is known by.
    pub const fn has_ids(&self) -> bool {
        !matches!(self.effect, Effect::Create)
    }

    /// Bytes of a request body around its records; 0 where a request has no body.
    pub fn envelope_bytes(&self) -> u64 {
        self.body.map_or(0, |body| (body.open.len() + body.close.len()) as u64)
    }
}

impl Effect {
    /// `deleted`, `updated`, `created`.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Update => "updated",
            Self::Delete => "deleted",
            Self::Create => "created",
        }
    }
}

impl IdKind {
    /// What one record is called in sentences.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::ContactList => "contact list",
        }
    }
}

//! What the work on one request is given, and how it can end early.

use rusqlite::Connection;

use super::config::Limits;
use super::contact::{Contact, Echo, IdKey, Site};
use super::fault::{Gone, InUse, Kind, NumberInUse, Playing};
use super::reply::Reply;

/// What the work on one request needs to know.
pub(super) struct Work<'a> {
    pub db: &'a Connection,
    pub site: &'a Site,
    pub playing: &'a Playing<'a>,
    pub limits: &'a Limits,
    /// The request's number in the store.
    pub number: u64,
    /// As answers show times.
    pub now: &'a str,
    /// A little later: when somebody else comes after this request.
    pub later: &'a str,
    /// Since 1970.
    pub seconds: i64,
}

/// What a record does whose presence refuses its whole request.
pub(super) struct Poison {
    pub reply: Reply,
    /// Nothing is done; else the records before it are.
    pub atomic: bool,
}

/// Why work ended early.
pub(super) enum Halt {
    /// With this answer; what was done before it stays.
    Refused(Reply),
    /// With nothing done.
    Store(rusqlite::Error),
}

impl Halt {
    pub(super) fn refused(status: u16, words: &str) -> Self {
        Self::Refused(Reply::refusal(status, words))
    }

    pub(super) fn with_records(mut self, records: usize) -> Self {
        if let Self::Refused(reply) = &mut self {
            reply.records = records;
        }
        self
    }
}

impl From<Reply> for Halt {
    fn from(reply: Reply) -> Self {
        Self::Refused(reply)
    }
}

impl From<rusqlite::Error> for Halt {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

impl<'a> Work<'a> {
    /// The reason and code with which a fault refuses this record.
    pub(super) fn refusal(&self, id: &str) -> Option<(&'a str, u16)> {
        self.playing.meet(id, |kind| match kind {
            Kind::Refuse { reason, code } => Some((reason.as_str(), *code)),
            _ => None,
        })
    }

    /// Refuses a record that is alone in its request, if a fault wants it refused or poisonous.
    pub(super) fn refuse_alone(&self, id: &str) -> Result<(), Halt> {
        let refusal = self.refusal(id).map(|(reason, code)| Reply::error(400, reason, code.into()));
        let poison = || Some(self.poison(id)?.reply);
        refusal.or_else(poison).map_or(Ok(()), |reply| Err(Halt::Refused(reply.with_records(1))))
    }

    /// How this record poisons its request, if it does.
    pub(super) fn poison(&self, id: &str) -> Option<Poison> {
        let (status, names, atomic) = self.playing.meet(id, |kind| match *kind {
            Kind::Poison { status, names, atomic } => Some((status, names, atomic)),
            _ => None,
        })?;
        let words = if names {
            format!("Bad Request: contact {id} cannot be processed")
        } else {
            "Bad Request".to_owned()
        };
        Some(Poison { reply: Reply::refusal(status, &words), atomic })
    }

    /// What a number meets that another contact has.
    pub(super) fn number_in_use(&self) -> NumberInUse {
        let manner = self.playing.find(|kind| match kind {
            Kind::NumberInUse(manner) => Some(*manner),
            _ => None,
        });
        manner.unwrap_or(NumberInUse {
            shown: InUse::Refuse,
            status: 400,
            names: false,
            inactive: false,
            update: false,
        })
    }

    /// A contact as the answer shows it.
    pub(super) fn show<'b>(&'b self, contact: &'b Contact<'_>, key: IdKey) -> Echo<'b> {
        let echo = contact.echo(self.site, key);
        let national = self.playing.meets(&contact.id, &Kind::NationalPhone);
        if national { echo.nationally() } else { echo }
    }

    /// What unknown and deleted ids answer.
    pub(super) fn gone(&self) -> Gone {
        let manner = self.playing.find(|kind| match kind {
            Kind::Gone(gone) => Some(*gone),
            _ => None,
        });
        manner.unwrap_or(Gone::Reason)
    }
}

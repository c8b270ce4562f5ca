//! Which contact of the account a row means, by phone number and name. Pure.
//!
//! A wrong match would change or delete somebody else: what can be read in two ways is no match, and why is said. Must not
//! know where rows and contacts come from, nor what becomes of a match.

mod name;
mod phone;

use std::borrow::{Borrow, Cow};

use serde::{Deserialize, Serialize};

pub use name::Name;
pub use phone::Phone;

use crate::model::settings::MatchBy;

/// A contact that has the row's number, or else its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate<'a> {
    /// Its id.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// Its name, where it has one.
    pub name: Option<Name<'a>>,
    /// Whether its status is ACTIVE.
    pub is_active: bool,
    /// Whether its number can be read in one way only.
    pub is_sure: bool,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Match {
    /// Exactly one active contact: its place among the holders of the number.
    Matched(usize),
    /// No contact has the number, none that can be seen has the name.
    Unmatched,
    /// Several contacts fit, or the number of the one that does can be read in two ways.
    Ambiguous,
    /// Those who have the number have other names.
    OtherName,
    /// The row has no name that could confirm its number.
    Unconfirmed,
    /// Only inactive contacts have the number.
    Inactive,
    /// Nobody has the number, but somebody active has the name.
    Possible,
}

impl Match {
    /// The reason as reports have it; `None` for a match.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Matched(_) => None,
            Self::Unmatched => Some("unmatched"),
            Self::Ambiguous => Some("ambiguous"),
            Self::OtherName => Some("otherName"),
            Self::Unconfirmed => Some("unconfirmed"),
            Self::Inactive => Some("inactive"),
            Self::Possible => Some("possible"),
        }
    }
}

/// Judges a row with that name: `holders` are all contacts that may have its number, `namesakes` all that have its name.
///
/// The order of both does not matter.
pub fn judge<'a, C: Borrow<Candidate<'a>>>(
    by: MatchBy,
    name: Option<&Name<'_>>,
    holders: &[C],
    namesakes: &[C],
) -> Match {
    if holders.is_empty() {
        return match namesakes.iter().any(|namesake| namesake.borrow().is_active) {
            true => Match::Possible,
            false => Match::Unmatched,
        };
    }
    if !holders.iter().any(|holder| holder.borrow().is_active) {
        return Match::Inactive;
    }
    let has_name = |holder: &Candidate<'_>| match (by, name, &holder.name) {
        (MatchBy::Phone, ..) => true,
        (MatchBy::PhoneAndName, Some(name), Some(theirs)) => name.is_alike(theirs),
        (MatchBy::PhoneAndName, ..) => false,
    };
    let fits = |(_, holder): &(usize, &Candidate<'_>)| holder.is_active && has_name(holder);
    let mut fitting = holders.iter().map(Borrow::borrow).enumerate().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some((at, holder)), None) if holder.is_sure => Match::Matched(at),
        (Some(_), _) => Match::Ambiguous,
        (None, _) if name.is_none() => Match::Unconfirmed,
        (None, _) => Match::OtherName,
    }
}

#[cfg(test)]
mod tests;

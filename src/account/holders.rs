//! Rows and contacts by phone number and name, sorted on disk, so that memory grows with neither.
//!
//! Rows and contacts are walked through side by side in the order of their numbers; rows whose number nobody has then meet
//! the contacts of their name in the same way. What was found is sorted by the places of the rows. A hash brings names
//! together that may be the same; whether they are, the whole name decides.

mod entry;

use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::matching::{Candidate, Match, Name, Phone, judge};
use crate::api::wire::AccountContact;
use crate::model::RunError;
use crate::model::settings::MatchBy;
use entry::{Entries, Sought};
pub use entry::{Holder, Judged, StoredRow};

/// Holders of one number, or contacts of one name, that are looked at: where there are more, no row is matched.
const MOST: usize = 1_000;

/// Contacts among which a person chooses.
const CHOICE: usize = 100;

/// The rows that look for their contacts, and the contacts.
#[derive(Debug)]
pub struct Holders {
    rows: Entries,
    by_phone: Entries,
    by_name: Entries,
    /// Rows whose number nobody has, by their name.
    by_name_only: Entries,
    judged: Entries,
}

impl Holders {
    /// Without rows and contacts. Its files are made at this path when they are needed, and lose their names at once.
    pub fn new(path: &Path) -> Self {
        let [rows, by_phone, by_name, by_name_only, judged] =
            std::array::from_fn(|_| Entries::new(path));
        Self { rows, by_phone, by_name, by_name_only, judged }
    }

    /// Adds a row that looks for its contact by number and name; the name as it is written.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn add_row(
        &mut self,
        (phone, name): (Phone, &str),
        row: StoredRow<'_>,
    ) -> Result<(), RunError> {
        let name = Name::of(name);
        self.rows.add(phone.number().cast_unsigned(), &Sought { name, row })
    }

    /// Adds a contact.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn add_contact(&mut self, contact: &AccountContact<'_>) -> Result<(), RunError> {
        let (name, phones) = known_by(contact);
        let candidate = candidate(contact, &name, &phones);
        let key = candidate.name.as_ref().filter(|_| candidate.is_active).map(name_key);
        let updated = contact.updated_at.as_deref();
        let mut holder = Holder { candidate, name: &name, phone: None, updated };
        for phone in phones {
            holder.phone = Some(phone.number());
            self.by_phone.add(phone.number().cast_unsigned(), &holder)?;
        }
        // A deleted contact is nobody whom a name alone could mean.
        key.map_or(Ok(()), |key| self.by_name.add(key, &holder))
    }

    /// Judges every row, once rows and contacts are there. They are visited in the order of their places.
    ///
    /// # Errors
    /// Those of `visit`; exit 70 for the disk.
    pub fn judge(
        self,
        by: MatchBy,
        visit: impl FnMut(&Judged<'_>) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let Self { rows, by_phone, by_name, mut by_name_only, mut judged } = self;
        rows.meet(by_phone, MOST + 1, |sought, holders| match &sought.name {
            Some(name) if holders.is_empty() => by_name_only.add(name_key(name), sought),
            _ => judged.add(sought.row.ordinal.into(), &judged_by_phone(by, sought, holders)),
        })?;
        by_name_only.meet(by_name, MOST + 1, |sought, contacts| {
            let is_meant = |contact: &&Holder<'_>| contact.candidate.name == sought.name;
            let namesakes: Vec<Holder<'_>> = contacts.iter().filter(is_meant).cloned().collect();
            let what = judge(by, sought.name.as_ref(), &[], &namesakes);
            let found = Judged { row: sought.row, what, holders: choice(namesakes) };
            judged.add(sought.row.ordinal.into(), &found)
        })?;
        judged.each(visit)
    }
}

fn judged_by_phone<'a>(by: MatchBy, sought: &Sought<'a>, holders: &[Holder<'a>]) -> Judged<'a> {
    let name = sought.name.as_ref();
    let what = match holders.len() > MOST {
        true => Match::Ambiguous,
        false => judge(by, name, holders, &[]),
    };
    let found = |what, holders| Judged { row: sought.row, what, holders };
    if let Match::Matched(at) = what {
        return found(Match::Matched(0), holders[at..=at].to_vec());
    }
    let fits = |holder: &Holder<'_>| match (name, &holder.candidate.name) {
        (Some(name), Some(theirs)) => name.is_alike(theirs),
        _ => false,
    };
    let active = || holders.iter().filter(|holder| holder.candidate.is_active);
    let is_by_name = by == MatchBy::PhoneAndName && what == Match::Ambiguous;
    let is_narrowed = is_by_name && active().any(fits);
    let meant = active().filter(|holder| !is_narrowed || fits(holder)).cloned().collect();
    found(what, choice(meant))
}

/// Those among whom a person may choose, in the order of their ids.
fn choice(mut meant: Vec<Holder<'_>>) -> Vec<Holder<'_>> {
    meant.sort_unstable_by(|one, other| one.candidate.id.cmp(&other.candidate.id));
    meant.truncate(CHOICE);
    meant
}

/// The name of a contact, and its number in every way in which it can be read.
fn known_by<'a>(contact: &'a AccountContact<'_>) -> (String, Vec<Phone>) {
    let text = |value: Option<&'a str>| value.unwrap_or_default();
    let names = [&contact.first_name, &contact.last_name].map(|name| text(name.as_deref()));
    let names = names.join(" ");
    let name = match names.trim() {
        "" => text(contact.full_name.as_deref()).to_owned(),
        trimmed if trimmed.len() < names.len() => trimmed.to_owned(),
        _ => names,
    };
    let [code, number] = [&contact.country_code, &contact.phone_number];
    (name, Phone::of_contact(text(code.as_deref()), text(number.as_deref())))
}

/// A contact that is known by this name and these numbers, as it is judged.
fn candidate<'a>(contact: &'a AccountContact<'_>, name: &str, phones: &[Phone]) -> Candidate<'a> {
    Candidate {
        id: contact.id.as_ref().into(),
        name: Name::of(name),
        is_active: contact.is_active(),
        is_sure: phones.len() == 1,
    }
}

/// Whether a contact that was matched with this number and name is still the one that they mean.
pub(crate) fn is_still_meant(
    by: MatchBy,
    phone: Phone,
    name: &str,
    contact: &AccountContact<'_>,
) -> bool {
    let (its_name, phones) = known_by(contact);
    let candidate = candidate(contact, &its_name, &phones);
    let judged = judge(by, Name::of(name).as_ref(), &[candidate], &[]);
    phones.iter().any(|its| its.number() == phone.number()) && judged == Match::Matched(0)
}

fn name_key(name: &Name<'_>) -> u64 {
    xxh3_64(name.folded().as_bytes())
}

#[cfg(test)]
mod tests;

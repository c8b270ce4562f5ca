//! One entry of the array that answers a create: a contact that is there now, or why there is none.
//!
//! There is no list of failures in such an answer, and no id that was sent: a contact is known by its phone
//! number, which no two contacts share (`docs/kore-api.md`, "Create, and update one").

use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};

use super::contact::Entry;
use super::listing::AccountContact;
use super::message::Message;

/// The reason of a record whose number turns out to be somebody's.
pub(super) const HELD_BEFORE: &str =
    "phone number already in use: the contact in the answer was created before this request";

/// A contact is somebody else's when it is older than any request can be.
const OLDER: SignedDuration = SignedDuration::from_mins(10);

/// What an entry says of its record.
pub(super) enum Said {
    /// It is there, under this new id.
    Created(Box<str>),
    /// It is not: the entry carries an error and no id.
    Refused,
    /// The contact in it was there before: the number is its.
    HeldBefore,
    /// Nobody can say. In korebulk's words.
    Unclear(String),
}

/// What the entry says; `date` is the server's own time when it answered.
pub(super) fn said(entry: &Entry<'_>, text: &str, date: Option<SystemTime>) -> Said {
    let mut ids = entry.ids().into_iter().flatten().filter(|id| !id.is_empty());
    let id = ids.next();
    if ids.any(|other| Some(other) != id) {
        return Said::Unclear("it has several ids".to_owned());
    }
    match (id, entry.denial.how()) {
        (None, Some(_)) => Said::Refused,
        (None, None) if !Message::envelope(text).reason.is_empty() => Said::Refused,
        (None, None) => Said::Unclear("it has no id".to_owned()),
        (Some(_), Some(how)) => Said::Unclear(how.to_owned()),
        (Some(_), None) if entry.echo().status.is("INACTIVE") => {
            Said::Unclear("the contact in it is `INACTIVE`".to_owned())
        }
        (Some(_), None) if is_older(entry, date) => Said::HeldBefore,
        (Some(id), None) if is_id(id) => Said::Created(id.into()),
        (Some(_), None) => Said::Unclear("its id is none that can be used".to_owned()),
    }
}

/// Whether an id needs no escaping anywhere, as those that are sent.
fn is_id(id: &str) -> bool {
    const LONGEST: usize = 128;
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    id.len() <= LONGEST && id.bytes().all(unreserved)
}

fn is_older(entry: &Entry<'_>, date: Option<SystemTime>) -> bool {
    let created = entry.echo().created_at.text().and_then(|text| text.parse::<Timestamp>().ok());
    let answered = date.and_then(|date| Timestamp::try_from(date).ok());
    created
        .zip(answered)
        .is_some_and(|(created, answered)| answered.duration_since(created) > OLDER)
}

/// The numbers that an entry may mean, `+` and digits: answers have the country code in front, with a plus or without,
/// and may leave it out.
pub(super) fn numbers(entry: &Entry<'_>) -> Vec<String> {
    let (code, number) = entry.echo().phone();
    keys(code, number)
}

/// The same of a contact of the account: what the record that created it would be known by.
pub fn phone_keys(contact: &AccountContact<'_>) -> Vec<String> {
    let text =
        |field: &Option<std::borrow::Cow<'_, str>>| field.as_deref().unwrap_or_default().to_owned();
    keys(&text(&contact.country_code), &text(&contact.phone_number))
}

fn keys(code: &str, number: &str) -> Vec<String> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (code, bare) = (digits(code), digits(number));
    if bare.is_empty() {
        return Vec::new();
    }
    let whole = format!("+{bare}");
    if number.trim_start().starts_with('+') || code.is_empty() {
        return vec![whole];
    }
    vec![format!("+{code}{bare}"), whole]
}

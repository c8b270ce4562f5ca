//! The sample account: some thousand contacts, lists and campaigns, with all that makes accounts hard to
//! match and to clean up. Always the same ids, names and numbers; every last change is a fixed number of
//! days before the day of filling, so that rules on age select the same contacts on every day.
//!
//! `docs/sandbox.md` says what is in it, and a test counts it.

mod lists;
pub(super) mod names;

use jiff::Timestamp;
use rusqlite::Connection;

use super::contact::{self, Fields, Life, Phone, Writer};

/// How many contacts there are.
const CONTACTS: u64 = 4_000;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// When the first contact was created: 6 January 2020. The last one follows four years later.
const FIRST_DAY: i64 = 1_578_268_800;

/// Adds the account to a store. What the store already has stays as it is.
pub(super) fn fill(db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let today = now.as_second().div_euclid(DAY) * DAY;
    let transaction = db.unchecked_transaction()?;
    for nth in 0..CONTACTS {
        add(db, nth, today)?;
    }
    lists::fill(db, today)?;
    transaction.commit()
}

/// Adds the contact of the account that has this id; `None` where none has, else whether it is new.
pub(super) fn add_known(
    db: &Connection,
    contact: &str,
    now: Timestamp,
) -> rusqlite::Result<Option<bool>> {
    let counter = contact.get(18..).and_then(|end| u64::from_str_radix(end, 16).ok());
    match counter.and_then(|counter| counter.checked_sub(1)) {
        Some(nth) if nth < CONTACTS && id(nth) == contact => {
            add(db, nth, now.as_second().div_euclid(DAY) * DAY).map(Some)
        }
        _ => Ok(None),
    }
}

fn add(db: &Connection, nth: u64, today: i64) -> rusqlite::Result<bool> {
    let created = created(nth);
    let updated = updated(nth, today).map(|at| at.max(created));
    let (created_at, updated_at) = (shown(created), shown(updated.unwrap_or(created)));
    let life = Life {
        active: is_active(nth),
        created_at: &created_at,
        updated_at: &updated_at,
        updated_by: updated.map(|_| Writer::client("").user),
        exact: true,
    };
    contact::insert(db, &id(nth), &fields(nth), life)
}

/// As `MongoDB` makes them: the time of creation, a process, a counter.
fn id(nth: u64) -> String {
    format!("{:08x}7b3f9a52c1{:06x}", created(nth) / 1000, nth + 1)
}

/// Milliseconds since 1970; later for each contact.
fn created(nth: u64) -> i64 {
    let apart = 4 * 365 * DAY * 1000 / signed(CONTACTS);
    FIRST_DAY * 1000 + signed(nth) * apart + signed(mixed(nth, 1)) % apart
}

/// When it was last changed, in milliseconds; `None` for one contact of 25, which never was. One of twelve
/// was last changed more than 730 days ago.
fn updated(nth: u64, today: i64) -> Option<i64> {
    if nth % 25 == 4 {
        return None;
    }
    let chance = mixed(nth, 2);
    let days =
        if chance.is_multiple_of(12) { 731 + chance / 12 % 300 } else { 1 + chance / 12 % 700 };
    Some((today - signed(days) * DAY) * 1000 + signed(mixed(nth, 3)) % (DAY * 1000))
}

/// One of 16 was deleted, and one of 32 was deleted and created anew three contacts later.
fn is_active(nth: u64) -> bool {
    nth % 16 != 11 && nth % 32 != 17
}

/// Whose name and whose number a contact has: its own, or those of one before it.
fn owners(nth: u64) -> (u64, u64) {
    if nth % 32 == 20 {
        // Created anew after a delete.
        (nth - 3, nth - 3)
    } else if nth % 256 == 100 {
        // Imported twice.
        (nth - 4, nth - 4)
    } else if nth % 64 == 40 {
        // A number of two.
        (nth, nth - 1)
    } else if nth % 128 == 70 {
        // Somebody with two numbers, or two of the same name.
        (nth - 2, nth)
    } else {
        (nth, nth)
    }
}

fn fields(nth: u64) -> Fields<'static> {
    let (name, number) = owners(nth);
    let first = chosen(&names::FIRST, mixed(name, 4));
    let salutation = match mixed(name, 4) % 2 {
        0 => chosen(&["Mr", "Mr", "mr", "Dr"], mixed(name, 5)),
        _ => chosen(&["Mrs", "Ms", "Mrs", "Dr"], mixed(name, 5)),
    };
    let last = chosen(&names::LAST, mixed(name, 6));
    Fields {
        first_name: first.into(),
        last_name: if nth % 250 == 57 { "" } else { last }.into(),
        salutation: if nth % 100 == 33 { "" } else { salutation }.into(),
        cell_phone: phone(number),
        ..Fields::default()
    }
}

/// India, Germany, the United Kingdom, the United States.
fn phone(nth: u64) -> Phone<'static> {
    let (code, number) = match nth % 10 {
        0..6 => ("+91", format!("98765{nth:05}")),
        6..8 => ("+49", format!("15120{nth:06}")),
        8 => ("+44", format!("7400{nth:06}")),
        _ => ("+1", format!("201555{nth:04}")),
    };
    let extension = if mixed(nth, 7).is_multiple_of(3) { "+" } else { code };
    Phone { extension: extension.into(), number: number.into(), country_code: code.into() }
}

fn chosen(words: &[&'static str], chance: u64) -> &'static str {
    let count = u64::try_from(words.len()).unwrap_or(1);
    usize::try_from(chance % count).ok().and_then(|at| words.get(at)).copied().unwrap_or_default()
}

/// A number that looks like chance, and is the same for ever (`splitmix64`).
fn mixed(nth: u64, salt: u64) -> u64 {
    let mut z = nth.wrapping_mul(64).wrapping_add(salt).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    // Without the upper half: it has to fit where there are signs.
    (z ^ (z >> 31)) >> 32
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// As answers show times.
fn shown(milliseconds: i64) -> String {
    let at = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

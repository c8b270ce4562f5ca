//! The contact lists of the sample account, and the campaigns that use some of them.

use rusqlite::Connection;

use super::{CONTACTS, DAY, is_active, mixed, phone, shown, signed};
use crate::sandbox::lists::{self, NewList};

/// Name, `call` or `sms`, days since its last change.
const LISTS: [(&str, &str, i64); 16] = [
    ("Default list", "call", 1_200),
    ("Do not call (all)", "call", 3),
    ("Do not call (sales)", "call", 40),
    ("Renewals, this year", "call", 5),
    ("Renewal Due - May/June", "call", 25),
    ("Win-back, north", "call", 60),
    ("Appointment reminders", "sms", 2),
    ("Service messages", "sms", 14),
    ("Renewals 2022", "call", 1_100),
    ("Renewals 2023", "call", 800),
    ("Trade fair Hannover 2023", "call", 1_010),
    ("Pilot, do not use", "call", 1_400),
    ("Survey, spring", "call", 420),
    ("Survey, autumn", "call", 90),
    ("Reminders (old sender)", "sms", 900),
    ("Test list", "sms", 200),
];
const DEFAULT: usize = 0;
const GLOBAL_DNC: usize = 1;

/// Name, `voice` or `sms`, lists to call, lists not to call.
const CAMPAIGNS: [(&str, &str, &[usize], &[usize]); 5] = [
    ("Renewals", "voice", &[3, 4], &[1, 2]),
    ("Win-back", "voice", &[5], &[1, 2]),
    ("Second attempt", "voice", &[4], &[1]),
    ("Reminders", "sms", &[6], &[1]),
    ("Service", "sms", &[7], &[]),
];

pub(super) fn fill(db: &Connection, today: i64) -> rusqlite::Result<()> {
    for (nth, (name, kind, days)) in LISTS.iter().enumerate() {
        let updated_at = shown((today - days * DAY) * 1000);
        let created_at = shown((today - (days + 30) * DAY) * 1000);
        let id = list(nth);
        lists::insert(
            db,
            NewList {
                id: &id,
                name,
                description: "",
                kind,
                global_dnc: nth == GLOBAL_DNC,
                default: nth == DEFAULT,
                created_at: &created_at,
                updated_at: &updated_at,
            },
        )?;
        rows(db, nth, &id, &created_at)?;
    }
    for (nth, (name, kind, call, dnc)) in CAMPAIGNS.iter().enumerate() {
        let id = format!("c-5a3d0b1e-7c42-5e90-9b1f-{nth:012x}");
        lists::insert_campaign(db, &id, name, kind, &shown((today - 30 * DAY) * 1000))?;
        for (used, is_dnc) in [(call, false), (dnc, true)] {
            for at in *used {
                lists::use_list(db, &id, &list(*at), is_dnc)?;
            }
        }
    }
    Ok(())
}

/// Some of the numbers of the account, with their country codes and without a plus.
fn rows(db: &Connection, nth: usize, list: &str, at: &str) -> rusqlite::Result<()> {
    let salt = 16 + u64::try_from(nth).unwrap_or(0);
    let every = 12 + mixed(salt, 8) % 40;
    for contact in (0..CONTACTS).filter(|c| is_active(*c) && mixed(*c, salt).is_multiple_of(every))
    {
        let phone = phone(contact);
        let number = format!("{}{}", &phone.country_code[1..], phone.number);
        let id = format!("cc-{:08x}-4f1d-5b6e-8a90-{contact:012x}", signed(salt));
        lists::insert_row(db, list, &id, &number, at)?;
    }
    Ok(())
}

/// Its first group has seven digits or eight, as lists' ids have.
fn list(nth: usize) -> String {
    let first = mixed(u64::try_from(nth).unwrap_or(0), 9);
    let first = if nth.is_multiple_of(3) { first | 0x1000_0000 } else { first >> 4 | 0x100_0000 };
    format!("cl-{first:07x}-3aca-5008-973e-6d79940{nth:05x}")
}

//! Matching on disk beside a model that knows who is who: never a wrong contact, whatever the spelling, order, duplicates,
//! inactive doubles and shared numbers.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::model::Ordinal;

/// People by place; no two of them are alike. Two share their last name, two their first name and its initial.
const PEOPLE: [(&str, &str); 5] =
    [("Anna", "Berg"), ("Carl", "Berg"), ("Anna", "Ödegård"), ("Zoë", "O'Neil"), ("Ravi", "Iyer")];

/// How a number is written, with its country code.
const NUMBERS: [fn(u32) -> (String, String); 3] = [
    |n| ("+91".into(), format!("+9198765000{n:02}")),
    |n| ("91".into(), format!("98765 000{n:02}")),
    |n| (String::new(), format!("+91 98765-000{n:02}")),
];

/// How a name is written.
const NAMES: [fn(&str, &str) -> String; 5] = [
    |first, last| format!("{first} {last}"),
    |first, last| format!("{last}, {first}"),
    |first, last| format!("Dr. {} {}", first.to_uppercase(), last.to_lowercase()),
    |first, last| format!("  {}  {first}", last.replace('Ö', "O\u{308}").replace('\'', "’")),
    |first, last| {
        format!(
            "{} {}",
            first.replace('ë', "e"),
            last.replace(['Ö', 'å'], "a").replace("adeg", "Odeg")
        )
    },
];

#[derive(Debug, Clone)]
struct Contact {
    person: usize,
    number: u32,
    is_active: bool,
    spelt: usize,
}

#[derive(Debug, Clone)]
struct Row {
    /// `None`: the row has no name.
    person: Option<usize>,
    number: u32,
    spelt: usize,
    /// The first name is an initial.
    is_short: bool,
}

fn contacts() -> impl Strategy<Value = Vec<Contact>> {
    let contact = (0..PEOPLE.len(), 0_u32..4, any::<bool>(), 0..NUMBERS.len());
    let contact = contact.prop_map(|(person, number, is_active, spelt)| Contact {
        person,
        number,
        is_active,
        spelt,
    });
    proptest::collection::vec(contact, 0..10)
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let person = proptest::option::weighted(0.9, 0..PEOPLE.len());
    let row = (person, 0_u32..5, 0..NAMES.len(), proptest::bool::weighted(0.2));
    let row =
        row.prop_map(|(person, number, spelt, is_short)| Row { person, number, spelt, is_short });
    proptest::collection::vec(row, 1..10)
}

fn written(row: &Row) -> String {
    let Some(person) = row.person else { return String::new() };
    let (first, last) = PEOPLE[person];
    match row.is_short {
        true => format!("{}. {last}", &first[..1]),
        false => NAMES[row.spelt](first, last),
    }
}

/// What has to become of a row, by who people are and not by how they are spelt: the contact's place, or the reason.
fn expected(row: &Row, contacts: &[Contact], by: MatchBy) -> Result<usize, &'static str> {
    let means = |contact: &Contact| {
        row.person.is_some_and(|person| {
            let ((first, last), (their_first, their_last)) =
                (PEOPLE[person], PEOPLE[contact.person]);
            match row.is_short {
                true => last == their_last && their_first.starts_with(&first[..1]),
                false => person == contact.person,
            }
        })
    };
    let numbered =
        || contacts.iter().enumerate().filter(|(_, contact)| contact.number == row.number);
    if numbered().next().is_none() {
        let is_there = |contact: &Contact| contact.is_active && !row.is_short && means(contact);
        return Err(if contacts.iter().any(is_there) { "possible" } else { "unmatched" });
    }
    let active: Vec<_> = numbered().filter(|(_, contact)| contact.is_active).collect();
    if active.is_empty() {
        return Err("inactive");
    }
    let fits = active.iter().filter(|(_, contact)| by == MatchBy::Phone || means(contact));
    match fits.map(|(at, _)| *at).collect::<Vec<_>>().as_slice() {
        [only] => Ok(*only),
        [] if row.person.is_none() => Err("unconfirmed"),
        [] => Err("otherName"),
        _ => Err("ambiguous"),
    }
}

const BYTES: &[u8] = &[0, 255, 7];

fn stored(at: usize) -> StoredRow<'static> {
    let ordinal = u32::try_from(at).unwrap();
    StoredRow { ordinal, content: u64::from(ordinal) << 40, bytes: BYTES }
}

/// What becomes of each row, contacts and rows entered in these orders.
fn judged(
    contacts: &[Contact],
    rows: &[Row],
    by: MatchBy,
    is_reversed: bool,
) -> BTreeMap<Ordinal, Result<usize, &'static str>> {
    let dir = tempfile::tempdir().unwrap();
    let mut holders = Holders::new(&dir.path().join("matching"));
    let order = |count: usize| -> Vec<usize> {
        let all = 0..count;
        if is_reversed { all.rev().collect() } else { all.collect() }
    };
    for at in order(contacts.len()) {
        let contact = &contacts[at];
        let (first, last) = PEOPLE[contact.person];
        let (code, number) = NUMBERS[contact.spelt](contact.number);
        let status = if contact.is_active { "ACTIVE" } else { "INACTIVE" };
        let text = serde_json::json!({
            "_id": format!("{at:024x}"), "firstName": first, "lastName": last, "status": status,
            "cellPhone": { "phoneNumber": number, "countryCode": code },
        });
        holders.add_contact(&AccountContact::read(&text.to_string()).unwrap()).unwrap();
    }
    for at in order(rows.len()) {
        let national = format!("98765000{:02}", rows[at].number);
        let phone = Phone::of_row("+91", &national).unwrap();
        holders.add_row((phone, &written(&rows[at])), stored(at)).unwrap();
    }
    let mut found = BTreeMap::new();
    holders
        .judge(by, |judged| {
            assert_eq!(judged.row.bytes, BYTES);
            assert_eq!(judged.row.content, u64::from(judged.row.ordinal) << 40);
            let what = match &judged.what {
                Match::Matched(at) => {
                    let id = &judged.holders[*at].candidate.id;
                    Ok(usize::from_str_radix(id, 16).unwrap())
                }
                other => Err(other.reason().unwrap()),
            };
            assert!(
                found.keys().all(|other| *other < judged.row.ordinal),
                "in the order of the rows"
            );
            assert!(found.insert(judged.row.ordinal, what).is_none(), "each row is judged once");
            Ok(())
        })
        .unwrap();
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_row_gets_a_contact_of_somebody_else(
        contacts in contacts(), rows in rows(), by in select(&[MatchBy::Phone, MatchBy::PhoneAndName]),
    ) {
        let found = judged(&contacts, &rows, by, false);
        prop_assert_eq!(found.len(), rows.len());
        for (ordinal, what) in &found {
            let row = &rows[usize::try_from(*ordinal).unwrap()];
            prop_assert_eq!(*what, expected(row, &contacts, by), "{:?}", row);
        }
        prop_assert_eq!(judged(&contacts, &rows, by, true), found);
    }

    #[test]
    fn a_person_chooses_among_active_contacts_that_may_be_meant(contacts in contacts(), row in rows()) {
        let dir = tempfile::tempdir().unwrap();
        let mut holders = Holders::new(&dir.path().join("matching"));
        for (at, contact) in contacts.iter().enumerate() {
            let (code, number) = NUMBERS[contact.spelt](contact.number);
            let status = if contact.is_active { "ACTIVE" } else { "INACTIVE" };
            let text = serde_json::json!({
                "_id": format!("{at:024x}"), "firstName": PEOPLE[contact.person].0,
                "lastName": PEOPLE[contact.person].1, "status": status,
                "cellPhone": { "phoneNumber": number, "countryCode": code },
            });
            holders.add_contact(&AccountContact::read(&text.to_string()).unwrap()).unwrap();
        }
        let row = &row[0];
        let phone = Phone::of_row("+91", &format!("98765000{:02}", row.number)).unwrap();
        holders.add_row((phone, &written(row)), stored(0)).unwrap();
        let (mut what, mut chosen) = (Match::Unmatched, Vec::new());
        holders.judge(MatchBy::PhoneAndName, |judged| {
            what = judged.what.clone();
            let at = |one: &Holder<'_>| usize::from_str_radix(&one.candidate.id, 16).unwrap();
            chosen.extend(judged.holders.iter().map(at));
            Ok(())
        }).unwrap();
        prop_assert!(chosen.is_sorted() && chosen.iter().all(|at| contacts[*at].is_active));
        let of_number = contacts.iter().filter(|one| one.is_active && one.number == row.number).count();
        match what {
            Match::Ambiguous => prop_assert!(chosen.len() > 1),
            Match::OtherName | Match::Unconfirmed => prop_assert_eq!(chosen.len(), of_number),
            Match::Possible => prop_assert!(!chosen.is_empty()),
            Match::Unmatched | Match::Inactive => prop_assert!(chosen.is_empty()),
            Match::Matched(at) => prop_assert_eq!((at, chosen.len()), (0, 1)),
        }
    }
}

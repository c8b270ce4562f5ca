//! Matching alone: contacts and rows on disk, and every row judged, in a process of its own.

use std::process::Command;

use korebulk::inside::{AccountContact, MatchBy};
use korebulk::inside::{Holders, Match, Phone, Wanted};

use super::measure::{Cost, run};
use super::table::Line;

const FIRST: [&str; 8] = ["Asha", "Jürgen", "Leela", "Carlos", "Tara", "Nikhil", "Greta", "Farid"];
const LAST: [&str; 8] = ["Menon", "Keller", "Das", "Patel", "Nair", "Desai", "Fernández", "Rao"];

/// What the child does: as many contacts as rows, of which every tenth means nobody.
pub(super) fn work(rows: u32, dir: &std::path::Path) {
    let holders = Holders::create(&dir.join("matching.db")).unwrap();
    let mut wanted = Wanted::create(&dir.join("wanted.db")).unwrap();
    let name = |n: u32| {
        let (first, last) = (FIRST[(n % 8) as usize], LAST[(n / 8 % 8) as usize]);
        (first, format!("{last}{}", n / 64))
    };
    for ordinal in 0..rows {
        // Rows come in another order than contacts.
        let n = u32::try_from(u64::from(ordinal) * 7_919 % u64::from(rows)).unwrap();
        let (first, last) = name(n);
        let number = if n % 10 == 9 { 8_000_000_000 } else { 9_000_000_000 } + u64::from(n);
        let phone = Phone::of_row("+91", &number.to_string()).unwrap();
        wanted.add(ordinal, None, 0, b"a row of some forty bytes, as they are packed").unwrap();
        holders.add_row(ordinal, phone, &format!("{last}, {first}")).unwrap();
    }
    for n in 0..rows {
        let (first, last) = name(n);
        let text = format!(
            r#"{{"_id":"{n:024x}","firstName":"{first}","lastName":"{last}","cellPhone":{{"phoneNumber":"+91{}","countryCode":"+91"}},"status":"ACTIVE","updatedAt":"2026-01-01T00:00:00.000Z"}}"#,
            9_000_000_000 + u64::from(n)
        );
        holders.add_contact(&AccountContact::read(&text).unwrap()).unwrap();
    }
    let mut matched = 0;
    holders
        .judge(MatchBy::PhoneAndName, |judged| match judged.what {
            Match::Matched(_) => {
                matched += 1;
                wanted.name(judged.ordinal, &u128::from(judged.ordinal).to_be_bytes()[4..])
            }
            _ => wanted.refuse(judged.ordinal, 0),
        })
        .unwrap();
    assert_eq!(matched, rows - rows / 10);
}

/// Measures it.
pub(super) fn lines(rows: u64, dir: &std::path::Path) -> Vec<Line> {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["match", &rows.to_string()]).arg(dir);
    let Cost { cpu, peak, .. } = run(&mut child).unwrap();
    vec![
        Line::plain("matching, CPU-seconds per 1M rows", cpu * 1e6 / rows as f64, 4.0, 2.0),
        Line::plain("matching, peak memory, MiB", peak as f64 / f64::from(1 << 20), 64.0, 32.0),
    ]
}

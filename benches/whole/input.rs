//! Rows to send: every value clean, every id its own, in no order.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

const FIRST: [&str; 8] = ["John", "Jane", "Ravi", "Zoë", "Ana Maria", "Chen", "Fatima", "Olu"];
const LAST: [&str; 7] = ["Doe", "Kumar", "Ångström", "de Souza", "Wei", "Haddad", "Okafor"];

/// Writes a CSV file of `rows` contacts, or of their ids alone.
pub(crate) fn write(path: &Path, rows: u64, whole: bool) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let fields = ",firstName,lastName,fullName,salutation,\
                  cellPhone.phoneNumber,cellPhone.countryCode,cellPhone.extension";
    writeln!(out, "id{}", if whole { fields } else { "" }).unwrap();
    for n in 0..rows {
        let scattered = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        write!(out, "6964af60{scattered:016x}").unwrap();
        if whole {
            let pick = |names: &[&'static str]| names[usize::try_from(n).unwrap() % names.len()];
            let (first, last) = (pick(&FIRST), pick(&LAST));
            let number = 9_000_000_000 + n % 1_000_000_000;
            write!(out, ",{first},{last},{first} {last},Mr,{number},+91,+").unwrap();
        }
        writeln!(out).unwrap();
    }
    out.flush().unwrap();
}

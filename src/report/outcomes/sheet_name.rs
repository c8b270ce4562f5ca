//! Names for the sheets of a workbook.

use std::collections::HashSet;
use std::path::Path;

use crate::model::Source;

/// A sheet's name that Excel takes and no other sheet has: 1 to 31 characters, none of `[]:*?/\`.
pub(super) fn free_name(
    taken: &mut HashSet<String>,
    source: Option<&Source>,
    alone: bool,
) -> String {
    let sheet = source.and_then(|source| source.sheet.as_deref()).filter(|_| alone);
    let file = source.and_then(|source| Path::new(&source.file).file_stem()?.to_str());
    let wanted: String = sheet
        .or(file)
        .unwrap_or_default()
        .chars()
        .map(|c| if "[]:*?/\\".contains(c) || c.is_control() { ' ' } else { c })
        .collect();
    let wanted = wanted.trim_matches([' ', '\'', '-']);
    let wanted = if wanted.is_empty() || wanted.eq_ignore_ascii_case("history") {
        "Contacts"
    } else {
        wanted
    };
    for n in 1_u32.. {
        let tail = if n == 1 { String::new() } else { format!(" ({n})") };
        let mut name = String::new();
        for c in wanted.chars() {
            if name.encode_utf16().count() + c.len_utf16() + tail.len() > 31 {
                break;
            }
            name.push(c);
        }
        let name = name.trim_end_matches([' ', '\'']).to_owned() + &tail;
        if taken.insert(name.to_lowercase()) {
            return name;
        }
    }
    unreachable!("there are fewer sheets than numbers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_that_a_workbook_takes() {
        let source = |file: &str, sheet: Option<&str>| Source {
            file: file.into(),
            sheet: sheet.map(str::to_owned),
            header: Vec::new(),
            sha256: String::new(),
            detected: String::new(),
        };
        let mut taken = HashSet::new();
        let mut name =
            |file, sheet, alone| free_name(&mut taken, Some(&source(file, sheet)), alone);
        assert_eq!(name("a.xlsx", Some("Leads"), true), "Leads");
        assert_eq!(name("a.xlsx", Some("Leads"), true), "Leads (2)");
        assert_eq!(name("x/leads.csv", None, false), "leads (3)");
        assert_eq!(name("a?*[b].csv", None, true), "a   b");
        assert_eq!(name("-", None, true), "Contacts");
        let long = "x".repeat(40) + ".csv";
        assert_eq!(name(&long, None, true).len(), 31);
        assert!(name(&long, None, true).ends_with("x (2)"));
    }
}

//! A full name → first and last name, where that can be done with confidence.
//!
//! What no rule splits is said to be unclear, and why: a wrong split would rename a person. (Name parsers that
//! split everything correct letter case on the way and drop titles; here nothing may be dropped.)

use crate::model::titles::{ADDITIONS, TITLES};

/// What became of a full name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split<'f> {
    /// Two words, or the comma of `Last, First`.
    Plain { first: &'f str, last: &'f str },
    /// More words: the rule holds for most names written so, and somebody should look.
    Unusual { first: &'f str, last: &'f str },
    /// No rule: what speaks against one.
    Unclear(&'static str),
}

/// Splits a trimmed name: `Last, First` at its comma, else before its last word and the particles in front of that.
pub(super) fn split(full: &str) -> Split<'_> {
    let words: Vec<&str> = full
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .collect();
    if let Some(why) = unclear(full, &words) {
        return Split::Unclear(why);
    }
    match full.split_once(',') {
        Some((_, first)) if first.contains(',') => Split::Unclear("has more than one comma"),
        Some((last, first)) => match (first.trim(), last.trim()) {
            ("", _) | (_, "") => Split::Unclear("has nothing before or after its comma"),
            (first, last) => Split::Plain { first, last },
        },
        None => at_last_word(full, &words),
    }
}

fn at_last_word<'f>(full: &'f str, words: &[&'f str]) -> Split<'f> {
    let [_, middle @ .., _] = words else { return Split::Unclear("is a single word") };
    if let Some(why) = unclear_end(words) {
        return Split::Unclear(why);
    }
    if middle.is_empty() {
        let (first, last) = full.split_at(start_of_last(full, 1));
        return Split::Plain { first: first.trim_end(), last };
    }
    if !full.chars().filter(|c| c.is_alphabetic()).all(is_latin) {
        return Split::Unclear("has three words or more, in a script whose order of names varies");
    }
    let is_mixed = full.chars().any(char::is_uppercase) && full.chars().any(char::is_lowercase);
    let particles = middle.iter().rev().take_while(|word| is_particle(word, is_mixed)).count();
    let between = &middle[..middle.len() - particles];
    if between.iter().any(|word| is_open(word, is_mixed)) {
        return Split::Unclear(
            "has a word in small letters, or a particle, whose place is not known",
        );
    }
    if between.iter().filter(|word| !is_initial(word)).count() > 1 {
        return Split::Unclear("has four names or more, and which are last names is not known");
    }
    let (first, last) = full.split_at(start_of_last(full, particles + 1));
    Split::Unusual { first: first.trim_end(), last }
}

/// Where the last `count` words begin.
fn start_of_last(full: &str, count: usize) -> usize {
    (0..count).fold(full.len(), |end, _| {
        let head = full[..end].trim_end();
        let space = head.char_indices().rev().find(|(_, c)| c.is_whitespace());
        space.map_or(0, |(at, c)| at + c.len_utf8())
    })
}

/// What speaks against any split.
fn unclear(full: &str, words: &[&str]) -> Option<&'static str> {
    let is_no_letter = |c: char| {
        c.is_numeric() || (c.is_ascii_punctuation() && !"'-.,`".contains(c)) || "„“”«»".contains(c)
    };
    let bare = |word: &str| word.trim_matches('.').to_lowercase();
    let is_among = |list: &[&str]| words.iter().any(|word| list.contains(&bare(word).as_str()));
    if full.chars().any(is_no_letter) {
        return Some("has digits or signs that no name has");
    }
    if full.chars().any(has_no_fixed_order) {
        return Some(
            "is written in a script that puts the last name first, or does not part names",
        );
    }
    if is_among(&TITLES)
        || is_among(&ADDITIONS)
        || words.iter().any(|word| word.split('.').any(is_title))
    {
        return Some("has a title or another addition");
    }
    if is_among(&COMPANIES) || words.iter().any(|word| matches!(*word, "y" | "e")) {
        return Some("is a company's, or joins several names");
    }
    let begins = |word: &&str| BEGIN_A_GROUP.contains(&bare(word).as_str());
    if is_among(&GROUPS) || words.first().is_some_and(begins) {
        return Some("is that of a department or another group");
    }
    None
}

/// What speaks against the last word as the last name.
fn unclear_end(words: &[&str]) -> Option<&'static str> {
    let is_capitals = |word: &str| word.chars().count() > 2 && word.chars().all(char::is_uppercase);
    match words {
        [_, .., last] if last.trim_end_matches('.').chars().count() == 1 => {
            Some("ends with an initial")
        }
        [first, .., last] if is_capitals(first) && last.chars().any(char::is_lowercase) => {
            Some("has its first word in capitals, as last names are written")
        }
        _ => None,
    }
}

fn is_title(part: &str) -> bool {
    let part = part.to_lowercase();
    part.chars().count() > 1 && TITLES.iter().chain(&ADDITIONS).any(|title| *title == part)
}

const COMPANIES: [&str; 18] = [
    "ltd",
    "limited",
    "inc",
    "llc",
    "llp",
    "plc",
    "corp",
    "corporation",
    "company",
    "gmbh",
    "mbh",
    "srl",
    "sarl",
    "pvt",
    "pty",
    "and",
    "und",
    "et",
];

/// Departments and other groups, which nobody is called after.
const GROUPS: [&str; 40] = [
    "team",
    "teams",
    "equipo",
    "equipe",
    "équipe",
    "squad",
    "department",
    "dept",
    "departamento",
    "département",
    "abteilung",
    "afdeling",
    "abt",
    "office",
    "büro",
    "oficina",
    "ufficio",
    "kantoor",
    "support",
    "helpdesk",
    "hotline",
    "reception",
    "rezeption",
    "accounting",
    "buchhaltung",
    "billing",
    "customer",
    "customers",
    "kundendienst",
    "kundenservice",
    "staff",
    "admin",
    "administration",
    "verwaltung",
    "household",
    "family",
    "familie",
    "familia",
    "famille",
    "ventas",
];

/// Groups whose names are last names of people, too: where they come first.
const BEGIN_A_GROUP: [&str; 18] = [
    "sales",
    "service",
    "services",
    "group",
    "gruppe",
    "grupo",
    "groupe",
    "marketing",
    "vertrieb",
    "hotel",
    "praxis",
    "kanzlei",
    "school",
    "hospital",
    "clinic",
    "bank",
    "info",
    "hr",
];

/// Words that begin a last name, as most are written.
const PARTICLES: [&str; 42] = [
    "van", "von", "der", "den", "de", "het", "'t", "’t", "ter", "ten", "te", "zu", "zum", "zur",
    "vom", "am", "aan", "op", "uit", "da", "do", "di", "das", "dos", "del", "della", "delle",
    "dello", "dei", "degli", "la", "le", "lo", "los", "las", "du", "des", "al", "el", "bin",
    "bint", "ibn",
];

/// Those that are no name of their own where they begin with a capital. (`Van` and `Le` are, in Vietnam.)
const CAPITAL_PARTICLES: [&str; 12] =
    ["Von", "Der", "De", "Di", "Da", "Dos", "Del", "Della", "Dei", "Bin", "Bint", "Ibn"];

fn is_particle(word: &str, is_mixed: bool) -> bool {
    match is_mixed {
        true => PARTICLES.contains(&word) || CAPITAL_PARTICLES.contains(&word),
        false => PARTICLES.contains(&word.to_lowercase().as_str()),
    }
}

fn is_initial(word: &str) -> bool {
    word.trim_end_matches('.').chars().count() == 1
}

/// A word between others that may begin a last name.
fn is_open(word: &str, is_mixed: bool) -> bool {
    let is_small = is_mixed && !word.chars().any(char::is_uppercase);
    is_small || PARTICLES.contains(&word.to_lowercase().as_str())
}

fn is_latin(c: char) -> bool {
    matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}')
}

/// Han, Kana, Hangul; Thai, Lao, Burmese, Khmer.
fn has_no_fixed_order(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{318f}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_two_words_and_those_with_a_comma_are_split_plainly() {
        for (full, first, last) in [
            ("John Doe", "John", "Doe"),
            ("Doe, John Q.", "John Q.", "Doe"),
            ("van der Berg, Anna Maria", "Anna Maria", "van der Berg"),
            ("J. Doe", "J.", "Doe"),
            ("Ana\u{a0} O’Neil-Smith", "Ana", "O’Neil-Smith"),
            ("anna berg", "anna", "berg"),
            ("Иван Петров", "Иван", "Петров"),
            ("राम शर्मा", "राम", "शर्मा"),
        ] {
            assert_eq!(split(full), Split::Plain { first, last }, "{full}");
        }
    }

    #[test]
    fn particles_go_with_the_last_name_and_more_words_are_unusual() {
        for (full, first, last) in [
            ("Anna van der Berg", "Anna", "van der Berg"),
            ("Ana Maria  de Souza", "Ana Maria", "de Souza"),
            ("ANNA VAN DER BERG", "ANNA", "VAN DER BERG"),
            ("anna de la cruz", "anna", "de la cruz"),
            ("Anna De Souza", "Anna", "De Souza"),
            ("Ludwig von Beethoven", "Ludwig", "von Beethoven"),
            ("Ana Maria Souza", "Ana Maria", "Souza"),
            ("John Q. Doe", "John Q.", "Doe"),
            ("John Q. R. Doe", "John Q. R.", "Doe"),
            ("Ana Maria Sales", "Ana Maria", "Sales"),
            ("Vincent van 't Hoff", "Vincent", "van 't Hoff"),
        ] {
            assert_eq!(split(full), Split::Unusual { first, last }, "{full}");
        }
    }

    #[test]
    fn what_no_rule_splits_says_why() {
        for (full, why) in [
            ("Cher", "is a single word"),
            ("Doe, John, Q.", "has more than one comma"),
            ("Doe,", "has nothing before or after its comma"),
            (
                "李 小龍",
                "is written in a script that puts the last name first, or does not part names",
            ),
            (
                "김 철수",
                "is written in a script that puts the last name first, or does not part names",
            ),
            (
                "Иванов Иван Иванович",
                "has three words or more, in a script whose order of names varies",
            ),
            ("Dr. Anna Berg", "has a title or another addition"),
            ("Prof.Dr. Anna Berg", "has a title or another addition"),
            ("John Doe Jr.", "has a title or another addition"),
            ("Berg, Dr. Anna", "has a title or another addition"),
            ("Mr.X doe", "has a title or another addition"),
            ("ACME Ltd.", "is a company's, or joins several names"),
            ("Ann and Bob Doe", "is a company's, or joins several names"),
            ("Team Sales", "is that of a department or another group"),
            ("Sales Team", "is that of a department or another group"),
            ("Sales Berlin", "is that of a department or another group"),
            ("Customer Support", "is that of a department or another group"),
            ("Abteilung Einkauf", "is that of a department or another group"),
            ("Familie Berg", "is that of a department or another group"),
            ("Office, Berlin", "is that of a department or another group"),
            (
                "Ana Maria Bell Lopez",
                "has four names or more, and which are last names is not known",
            ),
            ("Ann & Bob Doe", "has digits or signs that no name has"),
            ("Anna (Annie) Berg", "has digits or signs that no name has"),
            ("BERG Anna", "has its first word in capitals, as last names are written"),
            ("Anna B.", "ends with an initial"),
            (
                "Nguyen Van An",
                "has a word in small letters, or a particle, whose place is not known",
            ),
            (
                "Anna unter Berg",
                "has a word in small letters, or a particle, whose place is not known",
            ),
            (
                "Juan de la Cruz Perez",
                "has a word in small letters, or a particle, whose place is not known",
            ),
        ] {
            assert_eq!(split(full), Split::Unclear(why), "{full}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_split_loses_nothing(full in "[A-Za-zé '.,李-]{1,30}") {
            let full = full.trim();
            if let Split::Plain { first, last } | Split::Unusual { first, last } = split(full) {
                let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
                let both = if full.contains(',') { [last, first] } else { [first, last] };
                proptest::prop_assert_eq!(letters(full), both.map(letters).concat());
                proptest::prop_assert!(!first.is_empty() && !last.is_empty());
            }
        }
    }
}

//! What shows that a value is not what its author meant, whatever file it comes from.
//!
//! The one check of single values behind all readers; what a field wants beyond it is the field's affair.

use super::text::{has_control, is_clean, is_padding, is_scientific};

/// What is wrong with a value, and the rule or remedy. Names no value.
pub(super) type Fault = (&'static str, &'static str);

/// The damage of a trimmed value, if there is any.
pub(super) fn of(text: &str) -> Option<Fault> {
    if !is_clean(text) {
        if has_control(text) {
            return Some((
                "has a line break or another control character",
                "values are single lines of text",
            ));
        }
        if text.contains(char::REPLACEMENT_CHARACTER) {
            return Some(LOST_LETTER);
        }
        if text.contains(turns_direction) {
            return Some((
                "has an invisible character that turns the direction of text",
                "write the value without it",
            ));
        }
    }
    of_start(text)
}

/// Marks and isolates may be around a value, and come off; within it they show it as something else.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The damage that a text begins with.
fn of_start(text: &str) -> Option<Fault> {
    match text.as_bytes().first() {
        Some(b'#') if is_error(text) => Some(ERROR),
        Some(b'E' | b'e') if is_office_error(text) => Some(ERROR),
        Some(b'=') => {
            Some(("is a formula, not its value", "save the sheet's values, not its formulas"))
        }
        _ => None,
    }
}

/// The damage of a value that a rule tests: it may have several lines, but nothing of it may be missing.
pub(super) fn of_tested(text: &str) -> Option<Fault> {
    if text.contains(char::REPLACEMENT_CHARACTER) { Some(LOST_LETTER) } else { of_start(text) }
}

const LOST_LETTER: Fault = (
    "has a character that was lost on the way (U+FFFD)",
    "write the file again in its own encoding, or correct the value",
);

const ERROR: Fault =
    ("is an error of a spreadsheet, such as #N/A", "correct its formula and save the sheet again");

/// Errors that do not end with a mark, in the languages that spreadsheets speak.
const BARE_ERRORS: [&str; 14] = [
    "#N/A",
    "#N/A N/A",
    "#NV",
    "#N/D",
    "#N/B",
    "#I/T",
    "#YOK",
    "#Н/Д",
    "#SAKNAS",
    "#PUUTTUU",
    "#HIÁNYZIK",
    "#GETTING_DATA",
    "#NENÍ_K_DISPOZICI",
    "#NEDOSTUPNÝ",
];

/// `#REF!`, `#NAME?`, `#¡VALOR!`, `#NV`, and the `####` of a column that was too narrow.
fn is_error(text: &str) -> bool {
    let inner = text.trim_start_matches('#');
    let is_marked =
        inner.ends_with(['!', '?']) && inner.chars().count() > 1 && !inner.contains(is_padding);
    inner.is_empty() || is_marked || BARE_ERRORS.contains(&text.to_uppercase().as_str())
}

/// `Err:508`, as `LibreOffice` writes some.
fn is_office_error(text: &str) -> bool {
    let number =
        text.get(..4).filter(|start| start.eq_ignore_ascii_case("Err:")).map(|_| &text[4..]);
    number.is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// What is wrong with a trimmed name or salutation beyond that: what a sheet held as a date, a number or a truth
/// value looks so in every other format, too.
pub(super) fn of_name(text: &str) -> Option<Fault> {
    const RULE: &str = "give the name itself, as text";
    const LOST: &str = "write the file again in its own encoding, or correct the value";
    if is_placeholder(text) {
        return Some(("represents an empty value", "leave it empty, or give the real one"));
    }
    if TRUTHS.contains(&text) {
        return Some(("is a truth value, not text", RULE));
    }
    let is_plain = |b: u8| b.is_ascii_alphabetic() || matches!(b, b' ' | b'-' | b'.' | b'\'');
    let has_letter = text.contains(char::is_alphabetic);
    if text.is_empty() || has_letter && text.bytes().all(is_plain) {
        return None;
    }
    if text.contains(['?', '\u{bf}']) {
        return Some(("has a question mark, as programs write for a letter that they lost", LOST));
    }
    if is_decoded_twice(text) {
        return Some(("is UTF-8 that was read as another encoding, such as `Ã©` for é", LOST));
    }
    if has_entity(text) {
        return Some(("has letters written as in HTML, such as `&eacute;`", RULE));
    }
    if has_shift(text) {
        return Some(("has letters written as in UTF-7, such as `+AOk-` for é", LOST));
    }
    if has_byte_escape(text) {
        return Some(("has letters written as in web addresses or mails, such as `%C3%BC`", RULE));
    }
    let is_code = ['<', '>', '{', '}', '[', ']', '\\'];
    let begins_code = ['+', '@', '%', '$', '*', '/', '_', '~', '|', '^'];
    if text.contains(is_code) || (has_letter && text.starts_with(begins_code)) {
        return Some(("has characters of code or markup", RULE));
    }
    if text.contains("://") || text.split_once('@').is_some_and(|(_, host)| host.contains('.')) {
        return Some(("is an address of mails or of the web", RULE));
    }
    if text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(("is an id", RULE));
    }
    if is_figure(text) || is_scientific(text) {
        return Some(("is a date or another figure", RULE));
    }
    (!has_letter).then_some(("has no letter", "leave it empty, or give the real one"))
}

/// Truth values as spreadsheets write them, in the languages that they speak.
const TRUTHS: [&str; 16] = [
    "TRUE",
    "true",
    "FALSE",
    "false",
    "WAHR",
    "FALSCH",
    "VRAI",
    "FAUX",
    "VERDADERO",
    "FALSO",
    "VERDADEIRO",
    "WAAR",
    "ONWAAR",
    "PRAWDA",
    "ИСТИНА",
    "ЛОЖЬ",
];

/// Whether the text, written as Western Europe does, is UTF-8: no spelling of a name is by chance.
fn is_decoded_twice(text: &str) -> bool {
    let (bytes, _, is_lossy) = encoding_rs::WINDOWS_1252.encode(text);
    !is_lossy && !text.is_ascii() && std::str::from_utf8(&bytes).is_ok()
}

/// `&amp;`, `&#39;`, `&#xe9;`.
fn has_entity(text: &str) -> bool {
    text.split('&').skip(1).any(|rest| {
        let name = rest.split_once(';').map_or("", |(name, _)| name);
        let digits = name.strip_prefix('#').unwrap_or(name);
        (2..=10).contains(&name.len()) && digits.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// `Jos+AOk-`: UTF-16 in Base64 between a `+` and a `-`, three digits a letter or nearly so.
fn has_shift(text: &str) -> bool {
    text.split('+').skip(1).any(|rest| {
        let digits = rest.split_once('-').map_or("", |(digits, _)| digits);
        digits.len() > 2 && digits.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'/')
    })
}

/// `%C3%BC`, `=FC`: bytes written as two digits each.
fn has_byte_escape(text: &str) -> bool {
    let is_digit = |b: &u8| matches!(b, b'0'..=b'9' | b'A'..=b'F');
    text.as_bytes().windows(3).any(|w| matches!(w[0], b'%' | b'=') && w[1..].iter().all(is_digit))
}

/// Digits with what is between those of dates, times, amounts and phone numbers.
fn is_figure(text: &str) -> bool {
    let is_mark =
        |c: char| matches!(c, '-' | '/' | '.' | ',' | ':' | '+' | '(' | ')') || is_padding(c);
    let is_time = |c: char| matches!(c, 'T' | 'Z') && text.len() >= 16;
    let is_month = |part: &str| {
        part.len() >= 3
            && MONTHS
                .iter()
                .any(|month| part.get(..3).is_some_and(|p| p.eq_ignore_ascii_case(month)))
    };
    let is_day = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let parts = text.split_once('-');
    let is_date = parts.is_some_and(|(a, b)| {
        (is_month(a) && is_day(b)) || (is_day(a) && is_month(b.split('-').next().unwrap_or(b)))
    });
    is_date
        || (text.contains(|c: char| c.is_numeric())
            && text.chars().all(|c| c.is_numeric() || is_mark(c) || is_time(c)))
}

/// As spreadsheets write them: `Jan-02`, `2-Jan`, `2-Jan-24`.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Words that programs write where there is no value. `Null` and `None` as names are written with one capital,
/// are other people's names.
fn is_placeholder(text: &str) -> bool {
    const PLACEHOLDERS: [&str; 15] = [
        "null",
        "NULL",
        "nil",
        "none",
        "NONE",
        "nan",
        "NaN",
        "NAN",
        "undefined",
        "N/A",
        "n/a",
        "N.A.",
        "(null)",
        "<null>",
        "\\N",
    ];
    PLACEHOLDERS.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_spreadsheets_are_damage_in_any_case_and_language() {
        for error in [
            "#N/A",
            "#n/a",
            "#REF!",
            "#VALUE!",
            "#NAME?",
            "#DIV/0!",
            "#NUM!",
            "#NULL!",
            "#SPILL!",
            "#CALC!",
            "#FIELD!",
            "#nv",
            "#BEZUG!",
            "#WERT!",
            "#VALEUR!",
            "#NOM?",
            "#¡VALOR!",
            "#¿NOMBRE?",
            "#¡DIV/0!",
            "#RIF!",
            "#Н/Д",
            "#ССЫЛКА!",
            "#GETTING_DATA",
            "####",
            "#",
            "Err:508",
            "#ERROR!",
            "=A1&B1",
            "=\"a\"&\"b\"",
        ] {
            assert!(of(error).is_some(), "{error}");
        }
        for fine in ["Ana", "No. 1", "Errol", "Err:", "Eric", "", "+", "C#", "Anna #2"] {
            assert_eq!(of(fine), None, "{fine}");
        }
    }

    #[test]
    fn lost_and_hidden_characters_are_damage() {
        for damaged in
            ["Jos\u{fffd}", "a\nb", "a\u{7f}", "a\u{85}b", "a\u{2028}b", "\u{1b}[31mAna", "a\0b"]
        {
            assert!(of(damaged).is_some(), "{damaged:?}");
        }
        for turned in ["An\u{202e}a", "Ana \u{2067}Rao\u{2069}"] {
            assert!(of(turned).is_some(), "{turned:?}");
        }
        for name in ["Zoë Ångström-O’Neil", "علی\u{200c}رضا", "کلارا"] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn what_no_person_is_called_is_no_name() {
        for text in [
            "WAHR",
            "ЛОЖЬ",
            "@x",
            "+Ana",
            "Jos+AOk-",
            "M+APw-ller",
            "%s",
            "$name",
            "_a",
            "*",
            "★★",
            "/",
            "-",
            "--",
            ".",
            "...",
            "- -",
            "'",
            "–",
            "—",
            "。",
            "・",
        ] {
            assert!(of_name(text).is_some(), "{text}");
        }
        for name in
            ["Wahr", "Faux", "D'Souza", "’t Hart", "Anna (Ann)", "J.P.", "李", "Ørsted", "O"]
        {
            assert_eq!(of_name(name), None, "{name}");
        }
    }

    #[test]
    fn what_programs_write_for_nothing_is_no_name() {
        for nothing in ["null", "NULL", "N/A", "NaN", "undefined"] {
            assert!(is_placeholder(nothing));
        }
        for name in ["Null", "None", "Nan", "Na"] {
            assert!(!is_placeholder(name), "{name}");
        }
    }
}

//! The server's message: gathered from wherever an answer puts it, and what it is known to mean.
//!
//! The phrases that korebulk recognises are here and nowhere else. What is not recognised means
//! nothing: no other file may look into free text.

use super::json::{Cursor, Field};
use crate::api::reading::ThrottledWindow;

/// Reason and code, as an error envelope or a failure entry gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// Every text under the known keys, in the answer's order, joined by `; `.
    pub(super) reason: String,
    /// The first `code`, a number or text.
    pub(super) code: Option<String>,
}

/// Nesting that is followed: `{"errors":[{"error":{"message":"…"}}]}` has four.
const DEPTH: u8 = 6;

impl Message {
    /// Takes a member in, when it is one that carries text. `text` is its value.
    pub(super) fn member(&mut self, key: &str, text: &str) {
        self.member_at(key, text, DEPTH);
    }

    fn member_at(&mut self, key: &str, text: &str, depth: u8) {
        match key {
            "reason" | "error" | "errors" | "message" | "msg" => self.value(text, depth),
            "code" if self.code.is_none() => {
                let code = Cursor::new(text).field();
                let code = code.as_ref().and_then(Field::text).filter(|code| is_code(code));
                self.code = code.map(str::to_owned);
            }
            _ => {}
        }
    }

    /// Takes in what is under such a key: text, an object with such keys, or several of either.
    pub(super) fn value(&mut self, text: &str, depth: u8) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let mut cursor = Cursor::new(text);
        match cursor.peek() {
            Some(b'"') => {
                if let Some(Field::Text(words)) = cursor.field() {
                    self.say(&words);
                }
            }
            Some(b'{') => {
                cursor.object(|cursor, key| {
                    let text = cursor.raw()?;
                    self.member_at(key, text, depth);
                    Some(())
                });
            }
            Some(b'[') => {
                cursor.array(|cursor| {
                    let text = cursor.raw()?;
                    self.value(text, depth);
                    Some(())
                });
            }
            _ => {}
        }
    }

    /// Takes in the texts of an envelope that is an array or an object.
    pub(super) fn envelope(text: &str) -> Self {
        let mut words = Self::default();
        words.value(text, DEPTH);
        words
    }

    fn say(&mut self, words: &str) {
        let words = words.trim();
        if words.is_empty() || self.reason == words {
            return;
        }
        if !self.reason.is_empty() {
            self.reason.push_str("; ");
        }
        self.reason.push_str(words);
    }

    /// Whether the code is this number.
    pub(super) fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether it refuses the credentials, whatever the status is: the code that is known for nothing else, or one of the
    /// messages that come with it (`docs/kore-api.md`, "Answers").
    pub(super) fn is_of_credentials(&self) -> bool {
        const KNOWN: [&str; 4] = [
            "invalid sdk credentials",
            "invalid jwt token",
            "jwt expired",
            "permission denied. scope is incorrect",
        ];
        let reason = self.reason.to_ascii_lowercase();
        self.has_code("4002") || KNOWN.iter().any(|known| reason.contains(known))
    }

    /// Whether the refusal is one that passes by itself: a rate limit, or a code that says "later"
    /// (408, 425, 429, 500, 502, 503, 504).
    pub(super) fn pass(&self) -> bool {
        const LATER: [&str; 7] = ["408", "425", "429", "500", "502", "503", "504"];
        LATER.iter().any(|code| self.has_code(code)) || rate_limit(&self.reason).is_some()
    }
}

/// Whether a text is a code and no sentence: codes are shown where free text may not be (log, audit, alerts).
///
/// One word with at most six digits in it: neither a sentence, nor an address, a phone number or an id.
fn is_code(text: &str) -> bool {
    const LONGEST: usize = 40;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.len() <= LONGEST && digits <= 6 && text.chars().all(plain)
}

/// The rate limit that a message speaks of.
///
/// Known: "You've exceeded the per-minute rate limit. Please wait for sometime before retrying." and
/// "…hourly rate limit…" (`docs/kore-api.md`, "Limits"); "too many requests" is what gateways say.
pub(super) fn rate_limit(message: &str) -> Option<ThrottledWindow> {
    let message = message.to_ascii_lowercase();
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
    let hourly = has(&["hourly", "per-hour", "per hour"]);
    let limit = has(&["rate limit", "rate-limit"])
        && (hourly || has(&["exceed", "reached", "per-minute", "per minute"]));
    if !limit && !has(&["too many requests"]) {
        return None;
    }
    Some(if hourly { ThrottledWindow::Hour } else { ThrottledWindow::Minute })
}

/// Whether the error is the documented `Invalid StreamId`.
pub(super) fn invalid_stream_id(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("invalid streamid") || message.contains("invalid stream id")
}

/// Whether a gateway or router says that nothing serves this path: "no Route matched with those
/// values" (Kong), "Cannot DELETE /…" (Express).
pub(super) fn no_route(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["no route matched", "cannot delete /", "cannot put /", "cannot get /"]
        .iter()
        .any(|phrase| message.contains(phrase))
}

/// What the API may call the thing that was to be changed.
const THINGS: [&str; 10] = [
    "contact",
    "contacts",
    "contactlist",
    "list",
    "lists",
    "record",
    "records",
    "document",
    "resource",
    "item",
];

/// Whether a reason says that the server does not know the record (docs/contract.md, "Not found").
///
/// Phrases: `not found`, `not be found`, `does not exist`, `doesn't exist`, `no longer exists`,
/// `already deleted`, `already been deleted`, said of a contact, list, record, document, resource or
/// item, of an id, or of nothing in particular; `no such contact`, `no contact found`, … Also as one
/// word (`CONTACT_NOT_FOUND`, `ContactNotFound`). `Country code not found` is none.
pub(super) fn not_found(reason: &str) -> bool {
    const PHRASES: [&[&str]; 9] = [
        &["not", "found"],
        &["not", "be", "found"],
        &["does", "not", "exist"],
        &["do", "not", "exist"],
        &["doesn't", "exist"],
        &["doesnt", "exist"],
        &["no", "longer", "exists"],
        &["already", "deleted"],
        &["already", "been", "deleted"],
    ];
    let words = split(reason);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    (0..words.len()).any(|at| {
        let said = PHRASES.iter().any(|phrase| words[at..].starts_with(phrase));
        said && of_the_record(&words[..at]) || nothing_there(&words[at..])
    })
}

/// Whether a reason says that a contact has the phone number already.
///
/// Phrases: `already exists`, `already in use`, `already associated`, `already used`, `already taken`, `already registered`, `is in
/// use`, `duplicate key`, `duplicate phone`, said of a phone, a number or a contact, or of nothing in particular.
pub(super) fn in_use(reason: &str) -> bool {
    const PHRASES: [&[&str]; 12] = [
        &["already", "exists"],
        &["already", "exist"],
        &["already", "in", "use"],
        &["already", "used"],
        &["already", "associated"],
        &["already", "assigned"],
        &["already", "taken"],
        &["already", "registered"],
        &["is", "in", "use"],
        &["duplicate", "key"],
        &["duplicate", "phone"],
        &["duplicate", "contact"],
    ];
    const OF: [&str; 7] =
        ["phone", "phonenumber", "number", "cellphone", "mobile", "contact", "contacts"];
    let words = split(reason);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let place = |phrase: &[&str]| (0..words.len()).find(|at| words[*at..].starts_with(phrase));
    let said = PHRASES.iter().find_map(|phrase| place(phrase));
    said.is_some_and(|at| at == 0 || words.iter().any(|word| OF.contains(word)))
}

/// Whether the words before a phrase make it a phrase about the record.
fn of_the_record(before: &[&str]) -> bool {
    const BETWEEN: [&str; 20] = [
        "was",
        "were",
        "is",
        "are",
        "has",
        "have",
        "could",
        "can",
        "been",
        "id",
        "ids",
        "with",
        "for",
        "the",
        "this",
        "given",
        "requested",
        "specified",
        "these",
        "s",
    ];
    let looks_like_an_id = |word: &str| word.bytes().any(|b| b.is_ascii_digit());
    match before.iter().rfind(|word| !BETWEEN.contains(word) && !looks_like_an_id(word)) {
        Some(word) => THINGS.contains(word),
        None => true,
    }
}

/// `no such contact`, `no contact found`, `no contact exists`, `no contact with …`.
fn nothing_there(words: &[&str]) -> bool {
    match words {
        ["no", "such", thing, ..]
        | ["no", thing]
        | ["no", thing, "found" | "exists" | "exist" | "with" | "was", ..] => {
            THINGS.contains(thing)
        }
        _ => false,
    }
}

/// Lower-case words; `ContactNotFound` and `CONTACT_NOT_FOUND` are three.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    for c in text.chars() {
        let inside = c.is_alphanumeric() || c == '-' || c == '\'';
        if !inside || before.is_lowercase() && c.is_uppercase() {
            words.push(std::mem::take(&mut word));
        }
        if inside {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.push(word);
    words.retain(|word| word.chars().any(char::is_alphanumeric));
    for word in &mut words {
        if word.starts_with('\'') || word.ends_with('\'') {
            *word = word.trim_matches('\'').to_owned();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let words = Message::envelope(text);
        format!("{} [{}]", words.reason, words.code.unwrap_or_default())
    }

    #[test]
    fn words_are_found_in_every_plausible_shape() {
        insta::assert_snapshot!(words(r#"{"errors":[{"msg":"Invalid StreamId","code":400}]}"#), @"Invalid StreamId [400]");
        insta::assert_snapshot!(words(r#"{"reason":"a","message":" b "}"#), @"a; b []");
        insta::assert_snapshot!(words(r#"{"error":{"message":"a","code":"E1"},"code":7}"#), @"a [E1]");
        insta::assert_snapshot!(words(r#"[{"errors":["a",{"reason":"b"},3,null]}]"#), @"a; b []");
        insta::assert_snapshot!(words(r#"{"msg":"a","reason":"a","code":[4]}"#), @"a []");
        insta::assert_snapshot!(words(r#"{"name":"John","message":{"name":"x"}}"#), @" []");
    }

    #[test]
    fn the_rate_limit_is_known_by_its_words() {
        let minute =
            "You've exceeded the per-minute rate limit. Please wait for sometime before retrying.";
        assert_eq!(rate_limit(minute), Some(ThrottledWindow::Minute));
        assert_eq!(
            rate_limit("You have exceeded the Hourly Rate Limit"),
            Some(ThrottledWindow::Hour)
        );
        assert_eq!(rate_limit("Too Many Requests"), Some(ThrottledWindow::Minute));
        assert_eq!(rate_limit("the rate limit of this account is 60"), None);
        assert_eq!(rate_limit("hourly report"), None);
        assert_eq!(rate_limit(""), None);
    }

    #[test]
    fn a_code_is_one_word_and_nobodys_number() {
        for code in ["404", "4002", "E7", "ERR_VALIDATION", "InvalidStreamId", "contact.not-found"]
        {
            assert!(is_code(code), "{code}");
        }
        for text in ["Ada is not wanted", "ada@example.org", "9876543210", "+1234", "Zoë"] {
            assert!(!is_code(text), "{text}");
        }
        assert!(!is_code("6960cbe9b155d194e2f00000") && !is_code(&"a".repeat(41)));
    }

    #[test]
    fn a_number_in_use_is_known_by_its_words() {
        for reason in [
            "Phone number already exists",
            "phoneNumber +919876500000 already exists",
            "The number is in use by another contact",
            "This number is already associated with a contact",
            "CONTACT_ALREADY_EXISTS",
            "E11000 duplicate key error collection: contacts index: cellPhone.phoneNumber_1",
            "Duplicate phone number",
            "already exists",
        ] {
            assert!(in_use(reason), "{reason}");
        }
        for reason in ["", "phone number is not valid", "the stream is in use", "number", "exists"]
        {
            assert!(!in_use(reason), "{reason}");
        }
    }

    #[test]
    fn not_found_is_known_by_its_words() {
        for reason in [
            "not found",
            "Not Found",
            "Contact not found",
            "Contact not found for this account",
            "CONTACT_NOT_FOUND",
            "ContactNotFound",
            "The contact was not found.",
            "Id not found",
            "Contact with id 6960cbe9b155d194e2f00000 not found",
            "contact could not be found",
            "Contact '6960cbe9b155d194e2f00000' does not exist",
            "record doesn't exist",
            "No such contact",
            "No contact found",
            "no contact with id 5",
            "already deleted",
            "Contact list has already been deleted",
            "E12: contact no longer exists",
        ] {
            assert!(not_found(reason), "{reason}");
        }
        for reason in [
            "",
            "Country code not found",
            "Account id not found",
            "Phone number does not exist",
            "Bot not found",
            "no contact permission",
            "no salutation",
            "found",
            "is not valid",
            "Stream st-1 not found",
            "Contact's salutation not found",
        ] {
            assert!(!not_found(reason), "{reason}");
        }
    }
}

//! The server's free text as a template that gives no contact away.
//!
//! Free text counts as contact data (design section 5): only words of a fixed list stay. Numbers
//! become `#`, ids `<id>`, addresses `<email>`, quoted text `"…"`, and any other word `…`.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that errors are made of; a word not among them may be somebody's name.
const WORDS: &str = "\
    a able above accepted access account accountid action active after again agent agents \
    allowed already an and another any api app are argument arguments array as assigned \
    associated at attempt authentication authorization authorized bad batch be been before being \
    belong belongs below blank body boolean both bulk busy but by call campaign campaigninuse \
    campaigns can can't cannot cell cellphone change changed character characters check client \
    closed code configuration conflict connection constraint contact contactid contactlist \
    contacts contain contains conversation conversations correct could country countrycode \
    create created credentials currently data database date day days delete deleted denied deny \
    digits disabled do does doesn't don't duplicate duplicated email empty enabled entity error \
    errors exceed exceeded exceeds exist existing exists expected expects expired extension fail \
    failed failure field fields first firstname for forbidden format found from fullname gateway \
    given group has hasn't have header host hour hourly hours http id identifier ids in inactive \
    incorrect input internal invalid is isactive islistinuse isn't it it's item items its json \
    jwt key large last lastname least left length less letters limit list lists locale locked \
    long longer lookup mandatory many match matches maximum may message method minimum minute \
    minutes missing mongo more most mr mrs must name no none not null number numbers object \
    objectid of on one ongoing only open operation optional or other out parameter parameters \
    parse path payload pending per permission permissions permitted phone phonenumber please \
    process processed processing properties property provide provided query quota range rate \
    reached read reason record records refused rejected request requested require required \
    requires resource retry right salutation same scope second seconds server service should \
    size some something status stream streamid string support supported system temporarily \
    temporary than that the there this time timed timeout to token too try type unable \
    unassigned unauthorized unavailable undefined unexpected unique unknown unprocessable \
    unsupported update updated upstream url use used user uses using valid validation value \
    values violation wait was wasn't went were while with within without wrong you you've your";

fn is_known(word: &str) -> bool {
    static KNOWN: LazyLock<HashSet<&str>> =
        LazyLock::new(|| WORDS.split_ascii_whitespace().collect());
    KNOWN.contains(word.to_lowercase().as_str())
}

/// Bytes of a text that are looked at; what follows cannot change its cluster.
const LOOKED_AT: usize = 600;

/// The template of a text by the server.
pub(super) fn of_server_text(text: &str) -> String {
    let mut out = Template::default();
    let mut rest = head(text);
    while let Some(first) = rest.chars().next() {
        let taken = match closing(first).and_then(|close| quoted(rest, first, close)) {
            Some(length) => {
                out.push("\"…\"");
                length
            }
            None if first.is_alphanumeric() || first == '+' => {
                let length = word_length(rest);
                out.push(&word(&rest[..length]));
                length
            }
            None => {
                out.mark(first);
                first.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    out.end()
}

/// korebulk's own texts hold no value; only the numbers of other rows differ from row to row.
pub(super) fn of_own_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            _ => out.push(c),
        }
    }
    out
}

/// A template as it grows: placeholders of the same kind do not repeat.
#[derive(Default)]
struct Template {
    text: String,
}

impl Template {
    fn push(&mut self, piece: &str) {
        let before = self.text.trim_end_matches([' ', '-', '.', ',']);
        let repeats = matches!(piece, "#" | "…" | "<id>") && before.ends_with(piece);
        if repeats {
            self.text.truncate(before.len());
        } else {
            self.text.push_str(piece);
        }
    }

    fn mark(&mut self, c: char) {
        if c.is_ascii_punctuation() {
            self.text.push(c);
        } else if !self.text.ends_with(' ') && !self.text.is_empty() {
            self.text.push(' ');
        }
    }

    fn end(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].trim_start()
}

const fn closing(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '“' => Some('”'),
        '‘' => Some('’'),
        '«' => Some('»'),
        _ => None,
    }
}

/// Bytes of the quotation that `rest` begins with, marks included.
fn quoted(rest: &str, open: char, close: char) -> Option<usize> {
    let inner = &rest[open.len_utf8()..];
    inner.find(close).map(|end| open.len_utf8() + end + close.len_utf8())
}

/// Bytes of the word that `rest` begins with: an address or an id is one word.
fn word_length(rest: &str) -> usize {
    let inside =
        |c: char| c.is_alphanumeric() || matches!(c, '@' | '_' | '-' | '+' | '.' | '\'' | '’');
    let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
    rest[..end].trim_end_matches(['.', '-', '\'', '’']).len().max(1)
}

fn word(word: &str) -> String {
    let digit = word.contains(|c: char| c.is_numeric());
    let letter = word.contains(char::is_alphabetic);
    if word.contains('@') {
        return "<email>".to_owned();
    }
    match (digit, letter) {
        (true, true) => "<id>".to_owned(),
        (true, false) => "#".to_owned(),
        (false, true) => {
            // A dotted name such as `cellPhone.phoneNumber` is as known as its parts.
            if word.split(['.', '-', '_']).all(is_known) {
                word.to_owned()
            } else {
                "…".to_owned()
            }
        }
        (false, false) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_become_placeholders() {
        let told = [
            "Contact 6960cbe9b155d194e2f00001 not found.",
            "Phone number +91 98123 45678 already exists for john doe",
            r#"value "Müller" of cellPhone.phoneNumber is invalid"#,
            "E11000 duplicate key error: { email: j.doe@example.com }",
            "You've exceeded the per-minute rate limit",
            "it's Zoë's list st-0603182c-7ffb-53c3-b307-47ca14b00000",
        ]
        .map(of_server_text);
        insta::assert_snapshot!(told.join("\n"), @r#"
        Contact <id> not found.
        Phone number # already exists for …
        value "…" of cellPhone.phoneNumber is invalid
        <id> duplicate key error: { email: <email> }
        You've exceeded the per-minute rate limit
        it's … list <id>
        "#);
    }

    #[test]
    fn own_texts_keep_their_words() {
        assert_eq!(of_own_text("`phone` equals row 1,204"), "`phone` equals row #,#");
    }

    proptest! {
        #[test]
        fn no_unknown_word_and_no_digit_survives(text in "[a-zA-Z0-9+@.'\"éß \\n-]{0,60}") {
            let template = of_server_text(&text);
            prop_assert!(!template.contains(char::is_numeric));
            for word in template.split(|c: char| !c.is_alphabetic() && c != '\'') {
                let word = word.trim_matches('\'');
                prop_assert!(is_known(word) || word.is_empty() || word == "email", "{word}");
            }
        }
    }
}

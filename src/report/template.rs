//! The server's free text as a template that gives no contact away.
//!
//! Free text counts as contact data (`docs/contract.md`, "Security"): only words of a fixed list stay. Numbers
//! become `<number>`, ids `<id>`, addresses `<email>`, quoted text `"…"`, and any other word `…`.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that errors are made of; a word not among them may be somebody's name.
const WORDS: &str = "\
    a able above acceptable accepted access account account's accountid action active after again age agent \
    agents ago alive allowed allowlist already an and another any api app appear applicable apply approval \
    approved archived are argument arguments array as assigned associated at attached attempt attributes \
    authenticated authentication authorization authorized automatically available away bad balance banned \
    batch be been before being belong belongs below beyond blacklisted blank blocked body boolean both \
    bounced bulk busy but by call campaign campaigninuse campaigns can can't cancelled cannot capacity \
    category cell cellphone certificate change changed channel character characters check choose client \
    closed code column combination complete completed condition configuration configured confirmed conflict \
    connection consent constraint contact contact's contactid contactlist contacts contain contains contract \
    conversation conversations correct could country countrycode create created credentials credit criteria \
    currently customer customers data database date day days deactivated decline declined default defined \
    delete deleted deletion denied deny dependency deprecated destination detected different digits \
    directory disabled disallowed dnc do does doesn't don't down draft duplicate duplicated during dynamic \
    either eligible email empty enabled encoding end ended ensure entity error errors exact exactly exceed \
    exceeded exceeds exception excluded executed exist existing exists expected expects expired export \
    extension external fail failed failure feature field fields file finish finished first firstname flag \
    follow following for forbidden foreign format found from frozen fullname future gateway given global \
    granted greater group handled has hasn't have header held here higher history hold host hour hourly \
    hours how http id identifier ids if ignored illegal immediately import imported in inactive inbound \
    incomplete inconsistent incorrect individual info information initialized input instead insufficient \
    internal invalid invalidated is isactive islistinuse isn't issue it it's item items its json just jwt \
    keep kept key large last lastname later latest least left length less let letters level license limit \
    line linked list list's lists live load loaded locale lock locked long longer lookup lower maintenance \
    malformed manager mandatory many marked match matches maximum may member members message method minimum \
    minute minutes mismatch missing mode modified module moment mongo more most move moved mr mrs multiple \
    must name needed needs never new next no nobody none nonexistent not note nothing notice now null number \
    numbers object objectid obsolete occurred of off office old on once one ongoing only open operation \
    opted option optional or order organization other others out outbound outdated outside over own owned \
    owner parameter parameters parse path paused payload pending people per perform period permission \
    permissions permitted person phone phonenumber plan please policy position possible present prevent \
    previous primary private problem process processed processing profile program prohibited project \
    properties property protected provide provided provider public published query queue queued quota range \
    rate reachable reached read ready really reason receive received recently record record's records \
    reference referenced refused region register registered rejected related release remain remaining remote \
    remove removed replace report represent request requested require required requires reserved reset \
    resource respond response restricted result results retention retry right role row rule rules running \
    salutation same save saved schedule scheduled schema scope second seconds section security segment \
    select selected send sent separate server service session set several shared should show simultaneously \
    since site size skipped so some something soon source space specific specified stale start started state \
    status still stop stopped store stream streamid string subscribe subscribed support supported suppressed \
    suppression suspended switch sync system table tag take target task team template temporarily temporary \
    tenant terminated test than that the there these they thing third this through tied time timed timeout \
    times to today token tomorrow tonight too tries trouble true try trying twice type unable unassigned \
    unauthorized unavailable undefined under unexpected unhandled unique unknown unlinked unlock \
    unprocessable unsubscribed unsupported until update updated upgrade upload uploaded upstream url usage \
    use used useful user uses using valid validation value values version via violates violation visible \
    wait warning was wasn't we week went were what when where which while who whole why window with within \
    without work workflow working workspace would write written wrong year yesterday yet you you've your";

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
                let inner = rest[first.len_utf8()..length]
                    .trim_end_matches(closing(first).unwrap_or(first));
                out.push(if FIELDS.contains(&inner) { &rest[..length] } else { "\"…\"" });
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

/// What korebulk's own texts share, which hold no value: only numbers differ from row to row. For comparing alone.
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
        let repeats = matches!(piece, NUMBER | HIDDEN | "<id>") && before.ends_with(piece);
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

/// In the place of a number, which may be a phone's.
const NUMBER: &str = "<number>";

/// In the place of words that may be a value.
pub(super) const HIDDEN: &str = "…";

/// Field names, which are in quotes more often than values do.
const FIELDS: [&str; 16] = [
    "id",
    "_id",
    "ids",
    "contactId",
    "contactListId",
    "accountId",
    "streamId",
    "firstName",
    "lastName",
    "fullName",
    "salutation",
    "cellPhone",
    "phoneNumber",
    "countryCode",
    "extension",
    "cellPhone.phoneNumber",
];

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
        (true, false) => NUMBER.to_owned(),
        (false, true) => {
            // A dotted name such as `cellPhone.phoneNumber` is as known as its parts.
            if word.split(['.', '-', '_']).all(is_known) {
                word.to_owned()
            } else {
                HIDDEN.to_owned()
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
        let texts = [
            "Contact 6960cbe9b155d194e2f00001 not found.",
            "Phone number +91 98123 45678 already exists for john doe",
            r#"value "Müller" of cellPhone.phoneNumber is invalid"#,
            r#""cellPhone" of "Jo" is required"#,
            "E11000 duplicate key error: { email: j.doe@example.com }",
            "You've exceeded the per-minute rate limit",
            "it's Zoë's list st-0603182c-7ffb-53c3-b307-47ca14b00000",
        ]
        .map(of_server_text);
        insta::assert_snapshot!(texts.join("\n"), @r#"
        Contact <id> not found.
        Phone number <number> already exists for …
        value "…" of cellPhone.phoneNumber is invalid
        "cellPhone" of "…" is required
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
                prop_assert!(is_known(word) || word.is_empty() || ["email", "number"].contains(&word), "{word}");
            }
        }
    }
}

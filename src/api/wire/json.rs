//! Reading JSON in place: one pass over an answer, every part still a slice of its body.
//!
//! The cursor checks what it steps over as strictly as `serde_json` does (a test compares them), so
//! that an entry can be copied into the report as it is, but builds nothing of it: answers are
//! where most bytes are. Must not know what any key means.

mod field;

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;

pub(super) use field::Field;

/// Nesting beyond which nothing is walked into, only stepped over.
const DEEPEST: u8 = 64;

/// A place in a JSON text. Every method returns `None` where the text is no JSON.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

impl<'a> Cursor<'a> {
    /// At the start of a text; a byte order mark is stepped over.
    pub(super) fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, depth: 0 }
    }

    /// Bytes before the cursor.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Goes back to a place that [`Cursor::at`] gave, outside of any walk begun since.
    pub(super) const fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The text between two places that [`Cursor::at`] gave.
    pub(super) fn slice(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no white space; the cursor is on it.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// The value at the cursor as a member that ought to be text; steps over it.
    pub(super) fn field(&mut self) -> Option<Field<'a>> {
        match self.peek()? {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => {
                let start = self.at;
                self.number()?;
                let digits = self.slice(&(start..self.at));
                let whole = digits.parse::<i64>().is_ok() || digits.parse::<u64>().is_ok();
                Some(if whole { Field::Text(Cow::Borrowed(digits)) } else { Field::Other })
            }
            _ => self.skip().map(|()| Field::Other),
        }
    }

    /// The text of the value at the cursor; steps over it.
    pub(super) fn raw(&mut self) -> Option<&'a str> {
        self.peek();
        let start = self.at;
        self.skip()?;
        Some(self.slice(&(start..self.at)))
    }

    /// Steps over the value at the cursor.
    pub(super) fn skip(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.skip_string().map(|_| ()),
            b'{' | b'[' if self.depth == DEEPEST => self.skip_deep(),
            b'{' => self.members(|cursor, _, _| cursor.skip()),
            b'[' => self.array(Self::skip),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    /// The same without the stack, which endless nesting would use up.
    fn skip_deep(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(())
    }

    /// Walks an object; `member` gets each key and must step over its value.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Option<()>,
    ) -> Option<()> {
        self.members(
            |cursor, key, escaped| {
                if escaped { member(cursor, &unescaped(key)?) } else { member(cursor, key) }
            },
        )
    }

    /// The same with the keys as they are written, and whether they hold escapes.
    fn members(
        &mut self,
        mut member: impl FnMut(&mut Self, &'a str, bool) -> Option<()>,
    ) -> Option<()> {
        self.sequence(b'{', b'}', |cursor| {
            let start = cursor.at + 1;
            let escaped = cursor.skip_string()?;
            let key = cursor.slice(&(start..cursor.at - 1));
            if !cursor.take(b':') {
                return None;
            }
            cursor.peek();
            member(cursor, key, escaped)
        })
    }

    /// Walks an array; `item` must step over the value it is called at.
    pub(super) fn array(&mut self, item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.sequence(b'[', b']', item)
    }

    fn sequence(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        if self.depth == DEEPEST || !self.take(open) {
            return None;
        }
        if self.take(close) {
            return Some(());
        }
        self.depth += 1;
        loop {
            self.peek()?;
            let stepped = item(self);
            match self.peek() {
                Some(byte) if stepped.is_some() && (byte == b',' || byte == close) => {
                    self.at += 1;
                    if byte == close {
                        break;
                    }
                }
                _ => {
                    self.depth -= 1;
                    return None;
                }
            }
        }
        self.depth -= 1;
        Some(())
    }

    /// The string at the cursor, borrowed where it holds no escapes; half of a surrogate pair is no text.
    fn string(&mut self) -> Option<Field<'a>> {
        let start = self.at + 1;
        let escaped = self.skip_string()?;
        let written = self.slice(&(start..self.at - 1));
        Some(match escaped {
            true => unescaped(written).map_or(Field::Other, |text| Field::Text(Cow::Owned(text))),
            false => Field::Text(Cow::Borrowed(written)),
        })
    }

    /// Steps over the string at the cursor; whether it holds escapes.
    fn skip_string(&mut self) -> Option<bool> {
        let text = self.text.as_bytes();
        if text.get(self.at) != Some(&b'"') {
            return None;
        }
        let mut at = self.at + 1;
        let mut escaped = false;
        loop {
            at = end_of_plain(text, at);
            match text.get(at..)? {
                [b'"', ..] => {
                    self.at = at + 1;
                    return Some(escaped);
                }
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => at += 2,
                [b'\\', b'u', code @ ..] if hex(code.get(..4)?) => at += 6,
                _ => return None,
            }
            escaped = true;
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let there = self.rest().starts_with(word.as_bytes());
        self.at += word.len();
        there.then_some(())
    }

    fn number(&mut self) -> Option<()> {
        self.at += usize::from(self.rest().first() == Some(&b'-'));
        match (self.rest().first()?, self.digits()) {
            (b'0', 2..) | (_, 0) => return None,
            _ => {}
        }
        if self.rest().first() == Some(&b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let [b'e' | b'E', rest @ ..] = self.rest() {
            self.at += 1 + usize::from(matches!(rest.first(), Some(b'+' | b'-')));
            self.some_digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> usize {
        let digits = self.rest().iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += digits;
        digits
    }

    fn some_digits(&mut self) -> Option<()> {
        (self.digits() > 0).then_some(())
    }

    /// Whether only white space is left.
    pub(super) fn ended(&mut self) -> bool {
        self.peek().is_none()
    }
}

/// Where, from `at` on, a string's plain characters end: at a quote, a backslash, a control
/// character or the text's end.
///
/// Eight bytes at a time: most strings of an answer are too short for a call to a search routine.
fn end_of_plain(text: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGHS: u64 = ONES << 7;
    while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*bytes);
        // The lowest byte that shows its high bit is less than the bound, or less than 1 once the
        // character sought is taken away; higher ones may show theirs by a borrow. With its second
        // bit turned over, the quote comes right behind the control characters.
        let less = |word: u64, than: u64| word.wrapping_sub(ONES * than) & !word;
        let backslash = less(word ^ (ONES * u64::from(b'\\')), 1);
        let found = (less(word ^ (ONES * 0x02), 0x21) | backslash) & HIGHS;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
    at + text.get(at..).unwrap_or_default().iter().take_while(|byte| plain(byte)).count()
}

fn hex(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_hexdigit)
}

/// The text of a string that is written with escapes; `None` for half of a surrogate pair.
fn unescaped(written: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{written}\"")).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::cases::cases;

    fn is_json(text: &str) -> bool {
        let mut cursor = Cursor::new(text);
        cursor.skip().is_some() && cursor.ended()
    }

    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
            "\"([ -!#-\\[\\]-~é€😀]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}){0,20}\"",
            Just("true".to_owned()),
            Just("null".to_owned()),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let object = prop::collection::vec(("\"[a-z]{0,9}\"", inner.clone()), 0..5);
            prop_oneof![
                prop::collection::vec(inner, 0..5)
                    .prop_map(|items| format!("[{}]", items.join(" , "))),
                object.prop_map(|members| {
                    let members: Vec<String> =
                        members.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
                    format!("{{{}}}", members.join(","))
                }),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(cases(2_000)))]

        #[test]
        fn any_json_is_stepped_over(text in json()) {
            prop_assert!(is_json(&text), "{}", text);
        }

        #[test]
        fn spoilt_json_is_none_exactly_where_serde_json_says_so(
            text in json(),
            at in any::<prop::sample::Index>(),
            put in prop_oneof![Just(""), Just("\""), Just("\\"), Just(","), Just("]"), Just("}"),
                Just("0"), Just("-"), Just("."), Just("e"), Just("\u{1}"), Just("\u{7f}"), Just(":")],
            cut in 0_usize..3,
        ) {
            let mut chars: Vec<char> = text.chars().collect();
            let at = at.index(chars.len());
            chars.splice(at..(at + cut).min(chars.len()), put.chars());
            let text: String = chars.into_iter().collect();
            prop_assert_eq!(is_json(&text), serde_json::from_str::<IgnoredAny>(&text).is_ok(), "{}", text);
        }

        #[test]
        fn strings_are_what_serde_json_reads(text in "\\PC{0,30}|[\"\\\\\u{0}-\u{20}a-z]{0,30}") {
            let written = serde_json::to_string(&text).unwrap();
            let read = Cursor::new(&written).field();
            prop_assert_eq!(read, Some(Field::Text(Cow::Owned(text))));
        }
    }

    #[test]
    fn numbers_are_strict() {
        for text in ["0", "-0", "10", "1.5", "1e9", "-1.25E-3"] {
            assert!(is_json(text), "{text}");
        }
        for text in ["", "-", "01", "1.", ".5", "1e", "+1", "1e+", "0x1", "NaN"] {
            assert!(!is_json(text), "{text}");
        }
    }

    #[test]
    fn nesting_without_end_is_stepped_over() {
        for depth in [63, 64, 65, 100_000] {
            assert!(is_json(&("[".repeat(depth) + &"]".repeat(depth))), "{depth}");
            assert!(!is_json(&("[".repeat(depth) + &"]".repeat(depth - 1))), "{depth}");
        }
    }

    #[test]
    fn a_member_is_text_or_not() {
        let field = |text| Cursor::new(text).field().unwrap();
        assert_eq!(field(" 7"), Field::Text("7".into()));
        assert_eq!(field("18446744073709551615"), Field::Text("18446744073709551615".into()));
        assert_eq!(field(r#""\u00e9""#), Field::Text("é".into()));
        for other in ["1.5", "1e3", "null", "true", "[1]", r#"{"a":"b"}"#, r#""\ud800""#] {
            assert_eq!(field(other), Field::Other, "{other}");
        }
    }
}

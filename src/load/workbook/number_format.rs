//! Number formats: whether a cell shows the number that it holds (ECMA-376 part 1, 18.8.31).
//!
//! No format is carried out: only whether digits, signs and letters stay what they are is asked. What is not
//! understood is taken for something else.

/// What a cell shows of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The same digits, grouped or not.
    Same,
    /// The same digits, with zeros in front up to so many.
    Zeros(usize),
    /// Something else.
    Other,
}

impl Look {
    /// What a text shows of the number that it was made of.
    pub(super) fn of_shown(number: f64, shown: &str) -> Self {
        let is_other = |c: char| {
            c.is_alphabetic()
                || (c.is_numeric() && !c.is_ascii_digit())
                || matches!(c, '+' | '%' | '‰')
        };
        let Some(first) = shown.find(|c: char| c.is_ascii_digit()) else { return Self::Other };
        let is_minus = shown[..first].contains(['-', '\u{2212}']);
        let is_negative = is_minus || (number < 0.0 && shown[..first].contains('('));
        if shown.contains(is_other) || is_negative != (number < 0.0) {
            return Self::Other;
        }
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let (before, behind) = match shown.rfind(['.', ',']) {
            Some(point) => (digits(&shown[..point]), digits(&shown[point..])),
            None => (digits(shown), String::new()),
        };
        let number = number.abs();
        if number.fract() != 0.0 {
            let read = format!("{before}.{behind}").parse::<f64>();
            let is_near = read.is_ok_and(|read| (read - number).abs() <= 1e-9 * number.max(1.0));
            return if is_near { Self::Same } else { Self::Other };
        }
        let stored = format!("{number}");
        let is_stored =
            |shown: &str| shown.trim_start_matches('0') == stored.trim_start_matches('0');
        let all = before.clone() + &behind;
        let whole = match () {
            () if is_stored(&before) && behind.bytes().all(|b| b == b'0') => before,
            () if is_stored(&all) => all,
            () => return Self::Other,
        };
        if whole.len() > stored.len() { Self::Zeros(whole.len()) } else { Self::Same }
    }
}

/// A number format, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    /// Every number looks the same in it: most cells have this one.
    Fixed(Look),
    Sections(Vec<Section>),
}

impl Format {
    pub(super) const PLAIN: Self = Self::Fixed(Look::Same);

    /// Reads a format's code.
    pub(super) fn of(code: &str) -> Self {
        let sections = sections(code);
        match sections.as_slice() {
            [only] if only.is_plain() || code.trim().is_empty() => Self::PLAIN,
            _ => Self::Sections(sections),
        }
    }

    /// The formats that have a number instead of a code (18.8.30), as far as they are none of dates.
    pub(super) fn built_in(id: u16) -> Self {
        Self::of(match id {
            9 | 10 => "0%",
            11 | 48 => "0.00E+00",
            12 | 13 => "# ?/?",
            41..=44 => r#"_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)"#,
            _ => "General",
        })
    }

    /// What it shows of a number.
    pub(super) fn number(&self, number: f64) -> Look {
        let sections = match self {
            Self::Fixed(look) => return *look,
            Self::Sections(sections) => sections,
        };
        let mut numbers = sections.iter().filter(|section| section.texts == 0).take(3);
        if sections.iter().any(|section| section.is_conditional) {
            // Which of them applies is a science of its own: where they disagree, it is not gone into.
            let mut looks = numbers.map(|section| section.look(number));
            let first = looks.next().unwrap_or(Look::Other);
            return if looks.all(|look| look == first) { first } else { Look::Other };
        }
        let count = numbers.clone().count();
        let index = match number {
            n if n < 0.0 && count > 1 => 1,
            n if n == 0.0 && count > 2 => 2,
            _ => 0,
        };
        let Some(section) = numbers.nth(index) else {
            // A format for text alone shows numbers as they are.
            return Look::Same;
        };
        // A part for negative numbers alone has to say itself that they are; the first one does so for all.
        let is_sign_shown = match index {
            1 => section.is_negative || section.is_bracketed,
            _ => !section.is_negative,
        };
        if is_sign_shown { section.look(number) } else { Look::Other }
    }

    /// Whether it shows text otherwise than the cell holds it.
    pub(super) fn changes_text(&self) -> bool {
        let Self::Sections(sections) = self else { return false };
        let of_text = sections.iter().find(|section| section.texts > 0).or_else(|| sections.get(3));
        of_text.is_some_and(|section| section.texts != 1 || section.adds || section.digits > 0)
    }
}

/// What a part of a format, up to the next `;`, shows.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a format may say each of them, whatever it says of the others"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Section {
    is_conditional: bool,
    is_general: bool,
    /// How often the text itself.
    texts: usize,
    /// Places for digits before the point, and how many of them are filled with zeros.
    digits: usize,
    least: usize,
    decimals: usize,
    has_point: bool,
    /// A comma with no place behind it: a thousandth is shown.
    is_scaled: bool,
    /// A minus, or a bracket, in front of all digits.
    is_negative: bool,
    is_bracketed: bool,
    /// Letters, digits or a plus that are no part of the value; or another way to write it.
    adds: bool,
}

impl Section {
    fn is_plain(&self) -> bool {
        let only = Self { texts: self.texts, is_general: self.is_general, ..Self::default() };
        *self == only && self.texts + usize::from(self.is_general) == 1
    }

    fn look(&self, number: f64) -> Look {
        let number = number.abs();
        if self.adds || self.is_scaled {
            return Look::Other;
        }
        if self.is_general {
            return Look::Same;
        }
        let is_rounded = number.fract() != 0.0
            && format!("{number:.*}", self.decimals).parse::<f64>() != Ok(number);
        let shows_nothing =
            self.digits + self.decimals == 0 || (number < 1.0 && self.least + self.decimals == 0);
        if is_rounded || shows_nothing {
            return Look::Other;
        }
        let length = format!("{}", number.trunc()).len();
        if self.least > length { Look::Zeros(self.least) } else { Look::Same }
    }

    fn place(&mut self, c: char) {
        if self.has_point {
            self.decimals += 1;
        } else {
            self.digits += 1;
            self.least += usize::from(c == '0' || self.least > 0);
            self.is_scaled = false;
        }
    }

    fn literal(&mut self, c: char) {
        let is_first = self.digits + self.decimals == 0;
        match c {
            '-' | '\u{2212}' if is_first => self.is_negative = true,
            '(' if is_first => self.is_bracketed = true,
            _ => self.adds |= c.is_alphanumeric() || matches!(c, '+' | '%' | '‰'),
        }
    }

    /// `[Red]`, `[>=100]`, `[$€-407]`, `[DBNum1]`.
    fn bracket(&mut self, inside: &str) {
        const COLOURS: [&str; 8] =
            ["black", "blue", "cyan", "green", "magenta", "red", "white", "yellow"];
        let folded = inside.to_ascii_lowercase();
        if let Some(currency) = inside.strip_prefix('$') {
            let symbol = currency.split('-').next().unwrap_or_default();
            symbol.chars().for_each(|c| self.literal(c));
        } else if inside.starts_with(['<', '>', '=']) {
            self.is_conditional = true;
        } else {
            self.adds |= !COLOURS.contains(&folded.as_str()) && !folded.starts_with("color");
        }
    }
}

fn sections(code: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let behind = &rest[c.len_utf8()..];
        rest = behind;
        if c == ';' {
            sections.push(Section::default());
            continue;
        }
        let Some(section) = sections.last_mut() else { break };
        let until = |end: char| behind.split_once(end).unwrap_or((behind, ""));
        match c {
            '"' => {
                let (inside, after) = until('"');
                inside.chars().for_each(|c| section.literal(c));
                rest = after;
            }
            '[' => {
                let (inside, after) = until(']');
                section.bracket(inside);
                rest = after;
            }
            '\\' | '*' | '_' => {
                let next = behind.chars().next();
                next.filter(|_| c != '_').into_iter().for_each(|c| section.literal(c));
                rest = &behind[next.map_or(0, char::len_utf8)..];
            }
            '0' | '#' | '?' => section.place(c),
            '.' => section.has_point = true,
            ',' => section.is_scaled = true,
            '@' => section.texts += 1,
            // A fraction.
            '/' => section.adds = true,
            'G' | 'g' | 'S' | 's' => match general(behind) {
                Some(after) => (section.is_general, rest) = (true, after),
                None => section.adds = true,
            },
            c => section.literal(c),
        }
    }
    sections
}

/// What follows `General`, of which the first letter is read already.
fn general(behind: &str) -> Option<&str> {
    ["eneral", "tandard"].into_iter().find_map(|word| {
        let (start, after) = behind.split_at_checked(word.len())?;
        start.eq_ignore_ascii_case(word).then_some(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_that_shows_the_same_number_is_let_be() {
        for (code, number) in [
            ("General", 491_512_000_001.0),
            ("", 17.0),
            ("@", 17.0),
            ("[Red]General", 17.0),
            ("0", 17.0),
            ("#,##0", 1_512_000.0),
            ("0.00", 17.0),
            ("#,##0.00\\ \"€\"", 17.5),
            ("[$€-407]\\ #,##0.00", 17.5),
            ("_(* #,##0_);_(* \\(#,##0\\);_(* \"-\"_);_(@_)", -17.0),
            ("[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", 5_551_234_567.0),
            ("\\(###\\)\\ ###\\-####", 5_551_234_567.0),
            ("###-####;@", 5_551_234.0),
            ("0;-0;0;@", -4.0),
            ("0_ ;[Red]\\-0\\ ", -4.0),
            ("0.0#", 0.25),
        ] {
            assert_eq!(Format::of(code).number(number), Look::Same, "{code}");
        }
    }

    #[test]
    fn zeros_in_front_are_shown() {
        for (code, number, digits) in [
            ("0000000000", 981_234_567.0, 10),
            ("0000-000000", 1_512_345.0, 10),
            ("0#########", 981_234_567.0, 10),
            ("00000;-00000", 42.0, 5),
        ] {
            assert_eq!(Format::of(code).number(number), Look::Zeros(digits), "{code}");
        }
    }

    #[test]
    fn a_format_that_shows_another_number_is_seen() {
        for (code, number) in [
            ("\"0151\"00000000", 20_000_017.0),
            ("\\0\\1\\5\\10", 20_000_017.0),
            ("0.00E+00", 151.0),
            ("##0.0E+0", 151.0),
            ("\"+\"0", 4_915_120_000_017.0),
            ("+0", 4_915_120_000_017.0),
            ("[$+49]\\ 0", 15_120_000_017.0),
            ("0%", 17.0),
            ("0\"%\"", 17.0),
            ("#,##0,", 15_120_000_017.0),
            ("0,,", 15_120_000_017.0),
            ("# ?/?", 17.0),
            (";;;", 17.0),
            ("\"Yes\";\"Yes\";\"No\"", 1.0),
            ("\"Yes\";\"Yes\";\"No\"", 0.0),
            ("0;0", -17.0),
            ("-0", 17.0),
            ("#", 0.0),
            ("0", 17.4),
            ("0.0", 17.44),
            ("[<100]\"0151\"0;0", 17.0),
            ("[DBNum1]0", 17.0),
            ("0\" EUR\"", 17.0),
            ("yyyy", 17.0),
            ("*70", 17.0),
        ] {
            assert_eq!(Format::of(code).number(number), Look::Other, "{code}");
        }
        assert_eq!(Format::built_in(11).number(151.0), Look::Other);
        assert_eq!(Format::built_in(44).number(151.0), Look::Same);
    }

    #[test]
    fn a_shown_text_is_compared_with_its_number() {
        for (number, shown, look) in [
            (15_120_000_017.0, "15120000017", Look::Same),
            (15_120_000_017.0, "15.120.000.017", Look::Same),
            (15_120_000_017.0, "15'120'000'017,00 €", Look::Same),
            (15_120_000_017.0, "0015120000017", Look::Zeros(13)),
            (15_120_000_017.0, "(151) 2000-0017", Look::Same),
            (20_000_017.0, "015120000017", Look::Other),
            (151.0, "1.51E+02", Look::Other),
            (4_915_120_000_017.0, "+4915120000017", Look::Other),
            (0.17, "17%", Look::Other),
            (17.0, "-17", Look::Other),
            (-17.0, "(17)", Look::Same),
            (-17.0, "17", Look::Other),
            (0.0, "-", Look::Other),
            (0.0, "0.00", Look::Same),
            (17.5, "17,50 €", Look::Same),
            (17.44, "17.4", Look::Other),
            (1.0 / 3.0, "0.333333333333333", Look::Same),
            (15.0, "15,000", Look::Same),
        ] {
            assert_eq!(Look::of_shown(number, shown), look, "{shown}");
        }
    }

    #[test]
    fn text_is_shown_as_it_is_unless_the_format_says_otherwise() {
        for code in ["General", "@", "0", "0;0;0;@", "_(* #,##0_);_(* \"-\"_);;_(@_)", "0.00;@"] {
            assert!(!Format::of(code).changes_text(), "{code}");
        }
        for code in [";;;", "\"+49\"@", "0;0;0;\"yes\"", "@@", "0;@\" (old)\""] {
            assert!(Format::of(code).changes_text(), "{code}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_code_is_too_odd_to_be_read(code in "[0#?.,;@*_\"\\\\\\[\\]$<>+ GeneralE€-]{0,20}", number: f64) {
            let format = Format::of(&code);
            format.number(number);
            format.changes_text();
        }
    }
}

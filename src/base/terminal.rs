//! The only way to standard output and standard error: text that cannot steer the terminal that shows it.
//!
//! File names, headers, names of jobs and words of a server come from others. Whatever in them a terminal
//! would obey, or a reader could not see, is shown as an escape. The escapes are those of JSON, so that JSON
//! stays JSON, with the same meaning.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write};
use std::ops::Range;

use console::Style;

/// Text as a terminal may have it; line breaks and tabs stay, for whoever lays text out.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, |c| !matches!(c, '\n' | '\t') && is_unsafe(c))
}

/// The same for what has to stay within its line: a name, a value, a message.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unsafe)
}

/// What moves the cursor, changes the order of letters, or cannot be seen.
///
/// Zero-width joiners stay: Persian, Indic scripts and emoji are spelt with them, and they move nothing.
const fn is_unsafe(c: char) -> bool {
    matches!(c,
        // C0, DEL and C1: escape sequences begin with one of them.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Marks, embeddings, overrides and isolates of right-to-left text.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
        // Line breaks of Unicode's own.
        | '\u{2028}' | '\u{2029}'
        // Nothing to be seen: two names that look alike are two names.
        | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn escaped(text: &str, harms: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&harms) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            _ if !harms(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").expect("a String takes any text");
                }
            }
        }
    }
    Cow::Owned(out)
}

/// Standard output did not take what was printed.
#[derive(Debug, thiserror::Error)]
#[error("standard output cannot be written: {0}")]
pub(crate) struct Unprinted(#[from] io::Error);

/// Prints a result on standard output. A reader that has seen enough closes the pipe: that is no error.
pub(crate) fn print(text: &str) -> Result<(), Unprinted> {
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    let mut out = io::stdout().lock();
    match out.write_all(shown(text).as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says something on standard error. Without a reader there is nobody to miss it.
pub(crate) fn say(text: &str) {
    let _ = stderr().write_all(text.as_bytes());
}

/// Says what went wrong, and what to do about it where that is known: one line each.
pub(crate) fn say_error(message: &str, hint: Option<&str>) {
    let mut text = format!("error: {}\n", line(message));
    if let Some(hint) = hint {
        writeln!(text, "hint: {}", line(hint)).expect("a String takes any text");
    }
    say(&text);
}

/// Standard error, for whoever writes to it piece by piece.
pub(crate) const fn stderr() -> Stderr {
    Stderr { whole_lines: false }
}

/// Standard error for a log: what is written at once is one line, whatever is in it.
pub(crate) const fn log() -> Stderr {
    Stderr { whole_lines: true }
}

/// Whether standard error is a terminal.
pub(crate) fn is_watched() -> bool {
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    io::stderr().is_terminal()
}

/// Whether somebody sits there who can be asked: questions go to standard error, answers come from standard input.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && is_watched()
}

/// See [`stderr`] and [`log`].
#[derive(Debug)]
pub(crate) struct Stderr {
    whole_lines: bool,
}

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        #[expect(clippy::disallowed_methods, reason = "this is the place")]
        let mut out = io::stderr().lock();
        match text.strip_suffix('\n').filter(|_| self.whole_lines) {
            Some(text) => writeln!(out, "{}", line(text))?,
            None => out.write_all(shown(&text).as_bytes())?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Text with colours of our own, which are put in after everything else is made safe.
#[derive(Debug, Default)]
pub(crate) struct Styled {
    /// The text, without any colour.
    pub(crate) text: String,
    styles: Vec<(Range<usize>, Style)>,
}

impl Styled {
    /// Adds what `write` writes, in this style.
    pub(crate) fn paint(&mut self, style: Style, write: impl FnOnce(&mut String)) {
        let start = self.text.len();
        write(&mut self.text);
        self.styles.push((start..self.text.len(), style));
    }

    /// The text as a terminal may have it, with its colours where `colour` says so.
    pub(crate) fn render(&self, colour: bool) -> String {
        let (mut out, mut done) = (String::new(), 0);
        for (range, style) in self.styles.iter().filter(|_| colour) {
            out.push_str(&shown(&self.text[done..range.start]));
            let style = style.clone().force_styling(true);
            let painted = shown(&self.text[range.clone()]);
            write!(out, "{}", style.apply_to(painted)).expect("a String takes any text");
            done = range.end;
        }
        out.push_str(&shown(&self.text[done..]));
        out
    }

    /// Says it on standard error, coloured where the terminal takes it.
    pub(crate) fn say(&self) {
        let text = self.render(console::colors_enabled_stderr());
        #[expect(clippy::disallowed_methods, reason = "made safe by `render`, which adds colours")]
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nobody_else_steers_the_terminal() {
        for (text, safe) in [
            ("\u{1b}[2J\u{1b}]52;c;aGk=\u{7}", "\\u001b[2J\\u001b]52;c;aGk=\\u0007"),
            ("\u{9b}31m\u{9d}8;;http://x\u{9c}", "\\u009b31m\\u009d8;;http://x\\u009c"),
            ("ok\rNO\u{8}\u{7f}", "ok\\rNO\\u0008\\u007f"),
            ("fdp\u{202e}.csv\u{2066}x\u{2069}\u{200f}", "fdp\\u202e.csv\\u2066x\\u2069\\u200f"),
            ("a\u{200b}b\u{feff}\u{2028}c", "a\\u200bb\\ufeff\\u2028c"),
            ("\u{e0041}", "\\udb40\\udc41"),
            ("Zoë 李 می\u{200c}خواهم 👩\u{200d}💻", "Zoë 李 می\u{200c}خواهم 👩\u{200d}💻"),
        ] {
            assert_eq!(line(text), safe);
        }
        assert_eq!(shown("a\n\tb\r\n"), "a\n\tb\\r\n");
        assert_eq!(line("a\n\tb"), "a\\n\\tb");
    }

    #[test]
    fn colours_are_ours_alone() {
        let mut text = Styled::default();
        text.text.push_str("job ");
        text.paint(Style::new().bold(), |out| out.push_str("a\u{1b}[8mb"));
        text.text.push_str(" \u{9b}m\n");
        assert_eq!(text.render(true), "job \u{1b}[1ma\\u001b[8mb\u{1b}[0m \\u009bm\n");
        assert_eq!(text.render(false), "job a\\u001b[8mb \\u009bm\n");
    }

    proptest! {
        #[test]
        fn json_stays_json_and_means_the_same(text in any::<String>(), key in "\\PC*") {
            let value = serde_json::json!({ key: text, "nested": [{ "a\u{202e}\u{9b}\u{e0041}": 1 }] });
            for json in [value.to_string(), format!("{value:#}\n")] {
                let safe = shown(&json);
                prop_assert!(!safe.chars().any(|c| c != '\n' && is_unsafe(c)));
                let back: serde_json::Value = serde_json::from_str(&safe).unwrap();
                prop_assert_eq!(back, value.clone());
            }
        }
    }
}

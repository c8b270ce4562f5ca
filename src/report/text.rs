//! Text for 80 columns: wrapping, and paths that can be pasted into a shell.

use std::borrow::Cow;

/// Adds formatted text to a `String`.
macro_rules! put {
    ($out:expr, $($text:tt)*) => {{
        use std::fmt::Write as _;
        $out.write_fmt(format_args!($($text)*)).expect("a `String` takes any text");
    }};
}
pub(crate) use put;

/// The width that every view keeps, in columns; paths and commands may be longer.
pub(crate) const WIDTH: usize = 80;

/// Adds `text` to `out`, broken at blanks, the first line after `first` and the others after
/// `rest`; each line ends with a line break.
pub(crate) fn wrap(out: &mut String, first: &str, rest: &str, text: &str) {
    let mut width = console::measure_text_width(first);
    out.push_str(first);
    let mut fresh = true;
    for word in text.split_whitespace() {
        let wide = console::measure_text_width(word);
        if !fresh && width + 1 + wide > WIDTH {
            out.push('\n');
            out.push_str(rest);
            width = console::measure_text_width(rest);
            fresh = true;
        }
        if !fresh {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += wide;
        fresh = false;
    }
    out.push('\n');
}

/// At most `most` characters, with `…` in place of the rest: for views only, files hold the whole.
pub(super) fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_to_eighty_columns_and_words_stay_whole() {
        let mut out = String::new();
        wrap(&mut out, "  4 rows: ", "      ", &"reason ".repeat(20));
        insta::assert_snapshot!(out, @r"
          4 rows: reason reason reason reason reason reason reason reason reason reason
              reason reason reason reason reason reason reason reason reason reason
        ");
        assert!(out.lines().all(|line| line.chars().count() <= WIDTH));
    }
}

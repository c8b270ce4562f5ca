//! Words that a shell takes as they are.

use std::borrow::Cow;

use super::system;

/// A word for the shells of this system: what is printed here is typed here.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    if system::HAS_POSIX_SHELL { posix(word) } else { windows(word) }
}

/// A command that sets a variable: of PowerShell on Windows.
pub(crate) fn setting(variable: &str, value: &str) -> String {
    match system::HAS_POSIX_SHELL {
        true => format!("export {variable}={}", posix(value)),
        false => format!("$env:{variable} = '{}'", value.replace('\'', "''")),
    }
}

/// A word for PowerShell and for `cmd`: in double quotes, where both read it in the same way.
///
/// In them PowerShell looks for variables, and `cmd` does so nowhere else than at `%`: what holds a `$` or a backtick is
/// in single quotes, for PowerShell alone.
fn windows(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || r"-_./\:=+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    if word.contains(['$', '`']) {
        return Cow::Owned(format!("'{}'", word.replace('\'', "''")));
    }
    Cow::Owned(argument(word))
}

/// A word as a program of Windows finds it in its command line: in double quotes, in which a backslash counts only before one.
pub(crate) fn argument(word: &str) -> String {
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for c in word.chars() {
        if c == '"' {
            quoted.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        quoted.push(c);
    }
    quoted.extend(std::iter::repeat_n('\\', backslashes));
    quoted.push('"');
    quoted
}

/// A word for a shell of Unix: in single quotes where it needs them.
pub(crate) fn posix(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_blanks_can_be_pasted() {
        assert_eq!(posix("/a/b-c.csv"), "/a/b-c.csv");
        assert_eq!(posix("/a b/it's"), r"'/a b/it'\''s'");
        assert_eq!(posix(""), "''");
    }

    #[test]
    fn powershell_and_cmd_read_a_path_in_the_same_way() {
        for (path, word) in [
            (r"C:\jobs\a-b.csv", r"C:\jobs\a-b.csv"),
            (r"C:\my jobs\it's (1).csv", r#""C:\my jobs\it's (1).csv""#),
            (r"D:\a,b\@c\", r#""D:\a,b\@c\\""#),
            (r"C:\50% off & more.csv", r#""C:\50% off & more.csv""#),
            (r"\\server\share$\it's.csv", r"'\\server\share$\it''s.csv'"),
            (r#"say "hi\""#, r#""say \"hi\\\"""#),
            ("", "\"\""),
        ] {
            assert_eq!(windows(path), word);
        }
    }
}

//! Names in what is printed: which ones may be there, and how each reader of a unit takes one for a word.

use crate::base::shell::posix as shell;
use crate::base::terminal;
use crate::model::RunError;

/// Refuses a name that would be another name, or a line of its own, once it is in a unit.
///
/// Units are copied, saved and edited by hand: what cannot be seen, and a blank or backslash at the end of a
/// line, gets lost or joins two lines.
pub(super) fn check(what: &str, name: &str) -> Result<(), RunError> {
    let shown = terminal::line(name);
    let problem = if shown != name {
        "holds a line break or another character that cannot be seen"
    } else if name.ends_with([' ', '\\']) {
        "ends in a blank or a backslash"
    } else {
        return Ok(());
    };
    Err(refused(what, &shown, problem))
}

/// Refuses a name that cron would read as another one.
pub(super) fn check_for_cron(what: &str, name: &str) -> Result<(), RunError> {
    if name.contains('\\') {
        return Err(refused(what, name, "holds a backslash, which each cron reads in its own way"));
    }
    Ok(())
}

fn refused(what: &str, shown: &str, problem: &str) -> RunError {
    RunError::usage(format!("{what} `{shown}` {problem}: no scheduler can be given it"))
        .hint("give it another name")
}

/// A whole command in a crontab, where a bare `%` ends the line.
pub(super) fn cron(command: &str) -> String {
    command.replace('%', "\\%")
}

/// Text in a unit of systemd, where `%` starts a specifier.
pub(super) fn unit(text: &str) -> String {
    text.replace('%', "%%")
}

/// A word of a list in a unit, and the program of a command: no variable is looked for there.
pub(super) fn unit_word(word: &str) -> String {
    let word = unit(word);
    let plain = |c: char| c.is_alphanumeric() || "-_./=:@,+%".contains(c);
    if word.chars().all(plain) {
        return word;
    }
    format!("\"{}\"", word.replace('\\', r"\\").replace('"', "\\\""))
}

/// An argument of a command in a unit, where `$` starts a variable.
pub(super) fn unit_argument(word: &str) -> String {
    unit_word(&word.replace('$', "$$"))
}

/// A string of YAML: JSON's are YAML's.
pub(super) fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An argument or a variable of a container, where `$(` starts a variable and `$$` is a dollar.
pub(super) fn container(text: &str) -> String {
    yaml(&text.replace('$', "$$"))
}

/// Where `kubectl` takes a file from: it splits options at `,` and the file's name from its key at `=`.
pub(super) fn kubectl(path: &str) -> String {
    let quoted = shell(path);
    match path.contains(['=', ',', '"']) {
        true => format!("<(cat {quoted})"),
        false => quoted.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_be_others_in_a_unit_are_refused() {
        for name in ["a\nb", "a\r", "a\tb", "\u{1b}[2J", "a\u{202e}b", "a\u{85}b", "a ", "a\\"] {
            let error = check("the job file", name).unwrap_err();
            assert_eq!(error.exit.code(), 2, "{name:?}");
            assert!(!error.message.contains(char::is_control), "{name:?}");
        }
        for name in ["/srv/50% off/it's; $HOME`id`\"x\".toml", "/srv/Müll/李.toml", "a\\b"] {
            check("the job file", name).unwrap();
        }
        insta::assert_snapshot!(check("the job file", "/srv/a\n* * * * * root id").unwrap_err(), @r"the job file `/srv/a\n* * * * * root id` holds a line break or another character that cannot be seen: no scheduler can be given it");
        insta::assert_snapshot!(check_for_cron("the job file", r"a\%b").unwrap_err(), @r"the job file `a\%b` holds a backslash, which each cron reads in its own way: no scheduler can be given it");
    }

    #[test]
    fn kubectl_is_given_the_content_where_it_would_cut_the_name() {
        assert_eq!(kubectl("/srv/a b.toml"), "'/srv/a b.toml'");
        assert_eq!(kubectl("/srv/a,b=c.toml"), "<(cat /srv/a,b=c.toml)");
        assert_eq!(container("$(TZ) costs 5$"), "\"$$(TZ) costs 5$$\"");
    }
}

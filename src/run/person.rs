//! The person at the terminal: what is asked, what is answered.
//!
//! Reads block: they belong on a thread that a signal may leave behind (`Signals::unless_signalled`).

use std::io::{self, BufRead, Write};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::base::{system, terminal};
use crate::model::{Exit, RunError};

/// Questions so far: a process has one terminal.
static ASKED: AtomicU32 = AtomicU32::new(0);

/// How many questions were put so far.
pub(crate) fn asked() -> u32 {
    ASKED.load(Ordering::SeqCst)
}

/// Who is asked: questions go out on one side, answers come in on the other.
pub(crate) struct Person<R, W> {
    pub(crate) answers: R,
    pub(crate) questions: W,
}

/// The person at the terminal.
pub(crate) fn person() -> Person<io::StdinLock<'static>, terminal::Stderr> {
    Person { answers: io::stdin().lock(), questions: terminal::stderr() }
}

impl<R: BufRead, W: Write> Person<R, W> {
    /// A line, trimmed.
    ///
    /// # Errors
    /// Exit 3 at the end of answers, and where the question cannot be shown: who does not answer says no.
    pub(crate) fn line(&mut self, question: &str) -> Result<String, RunError> {
        ASKED.fetch_add(1, Ordering::SeqCst);
        let mut typed = String::new();
        let shown = self.questions.write_all(question.as_bytes());
        let shown = shown.and_then(|()| self.questions.flush());
        let read = shown.and_then(|()| self.answers.read_line(&mut typed));
        // What is before the end of answers was not sent off by anybody.
        if read.is_err() || !typed.ends_with('\n') {
            return Err(RunError::new(Exit::Guarded, "nobody answered; nothing was sent"));
        }
        Ok(typed.trim().to_owned())
    }

    /// A line that is not shown while it is typed.
    ///
    /// # Errors
    /// See [`Person::line`]; exit 2 for a terminal that shows it all the same.
    pub(crate) fn secret(&mut self, question: &str) -> Result<String, RunError> {
        system::hide_typing().map_err(|error| {
            RunError::usage(format!("what is typed cannot be hidden on this terminal: {error}"))
        })?;
        let typed = self.line(question);
        system::show_typing();
        let _ = self.questions.write_all(b"\n");
        typed
    }

    /// A line of text; `None` for an empty one.
    pub(crate) fn text(&mut self, question: &str) -> Result<Option<String>, RunError> {
        let typed = self.line(&format!("{question} (Enter: none): "))?;
        Ok(Some(typed).filter(|typed| !typed.is_empty()))
    }

    /// One of `choices`, by its number; `None` for an empty line.
    pub(crate) fn choose(
        &mut self,
        question: &str,
        choices: &[String],
    ) -> Result<Option<usize>, RunError> {
        // Before anything is shown: a signal that comes then is an answer to it.
        ASKED.fetch_add(1, Ordering::SeqCst);
        let _ = writeln!(self.questions, "{question}");
        for (at, choice) in (1..).zip(choices) {
            let _ = writeln!(self.questions, "  {at}  {}", terminal::line(choice));
        }
        while let Some(typed) = self.text(&format!("1 to {}", choices.len()))? {
            let number = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            if let Some(at) = number.filter(|at| *at < choices.len()) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes how many questions were put when the first byte of this one is shown.
    struct Shown(Option<u32>);

    impl Write for Shown {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.get_or_insert(asked());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_question_counts_before_its_first_letter_is_seen() {
        let before = asked();
        let mut person = Person { answers: &b"2\n"[..], questions: Shown(None) };
        let choices = ["one".to_owned(), "two".to_owned()];
        assert_eq!(person.choose("which one?", &choices).unwrap(), Some(1));
        assert!(person.questions.0.is_some_and(|shown| shown > before));
    }
}

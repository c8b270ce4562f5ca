//! Why a value is refused. Where the value was given is added by whoever knows it.

/// What is wrong with the value of a setting, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Of a table or list, the part at fault: `.id`, `[2]`; else empty.
    pub(super) part: String,
    /// What is wrong.
    pub(super) text: String,
    /// What to do.
    pub(super) hint: String,
}

impl Problem {
    pub(super) fn new(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { part: String::new(), text: text.into(), hint: hint.into() }
    }

    /// The same, of one part of the value.
    pub(super) fn of(self, part: String) -> Self {
        Self { part, ..self }
    }

    /// In one line, for clap.
    pub(super) fn sentence(self) -> String {
        format!("{}; {}", self.text, self.hint)
    }
}

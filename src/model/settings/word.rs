//! Choices that are written as words.

/// A choice, and the words for it in job files, options and messages.
pub trait Word: Copy + 'static {
    /// As help names the choice: `send|skip`.
    const NAME: &'static str;
    /// Every word with what it chooses.
    const WORDS: &'static [(&'static str, Self)];
}

//! Words that a template leaves out, compared over all rows of a cluster: what all have is no contact's.

use crate::report::template::HIDDEN;

/// Where words were left out of a template, and which of them all rows had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) at: usize,
    /// Those of the first row.
    words: Vec<String>,
    /// How many of them at the start and at the end all rows had; `None`: all rows had just these.
    same: Option<(usize, usize)>,
}

impl Gap {
    /// A gap at byte `at` of a template, for these words.
    pub(super) fn new(at: usize, words: &str) -> Self {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        Self { at, same: None, words }
    }

    /// Another row's words in the same gap.
    pub(super) fn compare(&mut self, words: &str) {
        let theirs: Vec<&str> = words.split(' ').collect();
        if self.same.is_none() && self.words == theirs {
            return;
        }
        let (first, last) = self.same.unwrap_or((self.words.len(), self.words.len()));
        let start = self.words.iter().zip(&theirs).take_while(|(a, b)| a == b).count().min(first);
        let (ours, theirs) = (self.words[start..].iter().rev(), theirs[start..].iter().rev());
        let end = ours.zip(theirs).take_while(|(a, b)| a == b).count().min(last);
        self.same = Some((start, end));
    }

    /// The words that all rows had, the others left out.
    pub(super) fn shared(&self) -> String {
        let Some((first, last)) = self.same else { return self.words.join(" ") };
        let (start, end) = (&self.words[..first], &self.words[self.words.len() - last..]);
        let parts = [start.join(" "), HIDDEN.to_owned(), end.join(" ")];
        parts
            .iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_keeps_the_words_that_all_have_at_its_start_and_end() {
        let shared = |all: &[&str]| {
            let mut gap = Gap::new(0, all[0]);
            all[1..].iter().for_each(|words| gap.compare(words));
            gap.shared()
        };
        assert_eq!(shared(&["zap ann lee frob", "zap ann lee frob"]), "zap ann lee frob");
        assert_eq!(shared(&["zap ann lee frob", "zap bob frob"]), "zap … frob");
        assert_eq!(shared(&["ann frob", "bob frob", "ann frob"]), "… frob");
        assert_eq!(shared(&["ann", "ann ann"]), "ann …");
        assert_eq!(shared(&["ann ann", "ann"]), "ann …");
        assert_eq!(shared(&["a b", "a", "b"]), "…");
        assert_eq!(shared(&["a b c", "a x c", "a b c", "a b x"]), "a …");
    }
}

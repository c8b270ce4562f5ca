//! The known word that was probably meant by one that is not known.

/// Letters with which a word has begun.
const LEAST_BEGINNING: usize = 4;

/// The nearest of the known words, where it is near enough to be meant: one slip, and one more for every four
/// letters, or its beginning.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|known| match known.strip_prefix(word) {
            Some(_) if word.len() >= LEAST_BEGINNING => (1, known),
            _ => (strsim::damerau_levenshtein(word, known), known),
        })
        .filter(|(slips, known)| *slips <= 1 + known.len().max(word.len()) / 4)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_word_is_offered_only_where_it_may_be_meant() {
        let known = ["throttle", "drop", "refuse"];
        assert_eq!(nearest("throtle", known), Some("throttle"));
        assert_eq!(nearest("dorp", known), Some("drop"));
        assert_eq!(nearest("hang", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("retry", ["requests", "retry-after"]), Some("retry-after"));
    }
}

//! Names as they are compared: without case, accents, width, order and titles; an initial represents a word.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use unicase::UniCase;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::model::titles::TITLES;

/// Latin letters that Unicode does not take apart, and how they are written without them.
const LETTERS: [(char, &str); 9] = [
    ('ł', "l"),
    ('đ', "d"),
    ('ø', "o"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ħ', "h"),
    ('ŧ', "t"),
    ('ı', "i"),
    ('þ', "th"),
];

/// A name as it is compared.
///
/// It is contact data: a debug print shows how many words it has.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name<'a> {
    /// The words in alphabetical order, a null character between them; never empty.
    #[serde(borrow)]
    words: Cow<'a, str>,
}

impl std::fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Name").field("words", &self.words().len()).finish()
    }
}

/// Between two words.
const BETWEEN: char = '\0';

impl Name<'_> {
    /// The name that this text is; `None` where nothing of it is a name.
    pub fn of(text: &str) -> Option<Self> {
        let folded = folded(text);
        let words = folded.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c));
        let mut words: Vec<&str> =
            words.filter(|word| !word.is_empty() && !is_title(word)).collect();
        words.sort_unstable();
        (!words.is_empty()).then(|| Self { words: words.join("\0").into() })
    }

    /// The text that is the same for every spelling of the name, initials aside.
    pub fn folded(&self) -> &str {
        &self.words
    }

    fn words(&self) -> Vec<&str> {
        self.words.split(BETWEEN).collect()
    }

    /// Whether both may be the same person's: every word of one is a word of the other, or its initial, and one word at
    /// least is written in full in both.
    pub fn is_alike(&self, other: &Name<'_>) -> bool {
        if self == other {
            return self.words.split(BETWEEN).any(|word| !is_initial(word));
        }
        let (my_words, their_words) = (self.words(), other.words());
        let (mut mine, mut theirs) = (Vec::new(), Vec::new());
        let (mut a, mut b) = (my_words.as_slice(), their_words.as_slice());
        let mut shared = false;
        while let ([first, rest @ ..], [second, others @ ..]) = (a, b) {
            match first.cmp(second) {
                Ordering::Equal => {
                    shared |= !is_initial(first);
                    (a, b) = (rest, others);
                }
                Ordering::Less => {
                    mine.push(*first);
                    a = rest;
                }
                Ordering::Greater => {
                    theirs.push(*second);
                    b = others;
                }
            }
        }
        mine.extend(a);
        theirs.extend(b);
        shared && mine.len() == theirs.len() && initials_cover(mine, theirs)
    }
}

/// Whether each word left of one name has a word left of the other of which it is the initial, or which is its initial.
fn initials_cover(mut mine: Vec<&str>, mut theirs: Vec<&str>) -> bool {
    // The longest first: an initial that could represent two words is left to the one that needs it.
    mine.sort_by_key(|word| std::cmp::Reverse(word.len()));
    mine.iter().all(|word| {
        let found = theirs.iter().position(|other| is_initial_of(word, other));
        found.map(|at| theirs.swap_remove(at)).is_some()
    })
}

fn is_initial_of(one: &str, other: &str) -> bool {
    (is_initial(one) || is_initial(other)) && one.chars().next() == other.chars().next()
}

fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(is_cased) && letters.next().is_none()
}

/// In scripts without small letters one sign may be a whole name.
fn is_cased(letter: char) -> bool {
    letter.is_lowercase()
}

fn is_title(word: &str) -> bool {
    static FOLDED: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut folded: Vec<String> = TITLES.iter().map(|title| folded(title)).collect();
        folded.sort_unstable();
        folded
    });
    FOLDED.binary_search_by(|title| title.as_str().cmp(word)).is_ok()
}

/// Without case and width, and without accents on letters of scripts that have small letters: in others they are vowels.
fn folded(text: &str) -> String {
    match text.is_ascii() {
        // As nearly all are: nothing else would become of them.
        true => {
            let mut plain = text.to_ascii_lowercase();
            plain.retain(|letter| !is_apostrophe(letter));
            plain
        }
        false => folded_unicode(text),
    }
}

/// A matter of spelling: with or without one it is the same name.
const fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | '`' | 'ʼ')
}

fn folded_unicode(text: &str) -> String {
    let wide: String = text.nfkd().collect();
    let folded = UniCase::unicode(wide).to_folded_case();
    let mut plain = String::with_capacity(folded.len());
    let mut is_accent = false;
    for letter in folded.nfkd() {
        if is_combining_mark(letter) {
            if !is_accent {
                plain.push(letter);
            }
            continue;
        }
        is_accent = is_cased(letter);
        if is_apostrophe(letter) {
            continue;
        }
        match LETTERS.iter().find(|(special, _)| *special == letter) {
            Some((_, written)) => plain.push_str(written),
            None => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Name<'static> {
        Name::of(text).unwrap()
    }

    #[test]
    fn spellings_of_one_name_are_alike_and_the_same_when_folded() {
        for (one, other) in [
            ("Jürgen Keller", "jurgen keller"),
            ("Jürgen Keller", "Keller, Ju\u{308}rgen"),
            ("ＪＯＨＮ Doe", "John DOE"),
            ("Dr. Anna Berg", "Anna Berg"),
            ("Herr Prof. Karl Groß", "GROSS KARL"),
            ("Łukasz Żak", "Lukasz Zak"),
            ("Søren Ærø", "Soren Aero"),
            ("Sinéad O’Neil", "Sinead ONeil"),
            ("Anna-Maria Berg", "Anna Maria Berg"),
            ("राम शर्मा", "शर्मा राम"),
            ("İpek Işık", "Ipek Isik"),
        ] {
            assert!(name(one).is_alike(&name(other)), "{one} {other}");
            assert_eq!(name(one).folded(), name(other).folded(), "{one} {other}");
        }
        assert_eq!(Name::of("Anna Berg"), Name::of(" Berg Anna"));
    }

    #[test]
    fn an_initial_is_enough_for_a_word_where_another_is_written_out() {
        for (one, other) in [
            ("J. Smith", "John Smith"),
            ("Smith J", "Jane Smith"),
            ("Anna M. Berg", "A. Maria Berg"),
            ("J R Doe", "John Robert Doe"),
        ] {
            assert!(name(one).is_alike(&name(other)), "{one} {other}");
            assert!(name(other).is_alike(&name(one)), "{other} {one}");
        }
    }

    #[test]
    fn other_people_are_not_alike() {
        for (one, other) in [
            ("John Smith", "Jane Smith"),
            ("John Smith", "John Smith Jr"),
            ("Carlos Patel Sr", "Carlos Patel"),
            ("Anna Berg", "Anna Maria Berg"),
            ("J. S.", "John Smith"),
            ("J Smith", "J S"),
            ("Smith", "John Smith"),
            ("राम शर्मा", "रमा शर्मा"),
            ("李 小龍", "李 小"),
            ("Ann Lee", "Anne Lee"),
            ("Jürgen Keller", "Juergen Keller"),
        ] {
            assert!(!name(one).is_alike(&name(other)), "{one} {other}");
        }
        assert_eq!(Name::of("Dr.  - "), None, "a title is no name");
    }

    proptest! {
        #[test]
        fn plain_letters_are_folded_as_all_others(text in "[ -~]{0,40}") {
            prop_assert_eq!(folded(&text), folded_unicode(&text));
        }

        #[test]
        fn being_alike_does_not_depend_on_who_asks_nor_on_the_order(
            mut words in proptest::collection::vec("[a-d]{1,3}", 1..5),
            other in proptest::collection::vec("[a-d]{1,3}", 1..5),
        ) {
            let (one, two) = (name(&words.join(" ")), name(&other.join(" ")));
            prop_assert_eq!(one.is_alike(&two), two.is_alike(&one));
            words.reverse();
            prop_assert_eq!(name(&words.join(" ")).is_alike(&two), one.is_alike(&two));
            prop_assert_eq!(one.folded() == two.folded(), one == two);
        }
    }
}

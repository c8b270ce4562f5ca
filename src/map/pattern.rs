//! The patterns of numbering plans, each compiled once.
//!
//! The library holds a hundred of them at a time and finds one by hashing all its text; a file of numbers from many
//! countries would have it compile patterns all the time.

use std::cell::RefCell;
use std::collections::HashMap;

use phonenumber::Type;
use phonenumber::metadata::Descriptor;
use regex::{Regex, RegexBuilder};

/// Every kind of number that a numbering plan lists.
pub(super) const KINDS: [Type; 11] = [
    Type::Mobile,
    Type::FixedLine,
    Type::TollFree,
    Type::PremiumRate,
    Type::SharedCost,
    Type::PersonalNumber,
    Type::Voip,
    Type::Pager,
    Type::Uan,
    Type::Emergency,
    Type::Voicemail,
];

thread_local! {
    /// By the address of the descriptor: the library's metadata stays where it is. `None` for what cannot be compiled.
    static COMPILED: RefCell<HashMap<usize, Option<Regex>>> = RefCell::default();
}

/// Whether digits are a number that a descriptor of the library's metadata describes: what
/// [`Descriptor::is_match`] says of ASCII digits.
pub(super) fn is_match(descriptor: &'static Descriptor, digits: &str) -> bool {
    let lengths = descriptor.possible_length();
    if !lengths.is_empty() && !lengths.iter().any(|length| usize::from(*length) == digits.len()) {
        return false;
    }
    let address = std::ptr::from_ref(descriptor).addr();
    COMPILED.with_borrow_mut(|compiled| {
        match compiled.entry(address).or_insert_with(|| compile(descriptor)) {
            Some(pattern) => pattern.find(digits).is_some_and(|found| found.start() == 0),
            None => descriptor.is_match(digits),
        }
    })
}

fn compile(descriptor: &Descriptor) -> Option<Regex> {
    let mut pattern = RegexBuilder::new(descriptor.national_number().as_str());
    // As the library reads it; digits of other scripts were made ASCII before.
    pattern.ignore_whitespace(true).unicode(false).build().ok()
}

#[cfg(test)]
mod tests {
    use phonenumber::metadata::DATABASE;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_pattern_matches_what_the_library_says_it_matches(
            country in any::<Index>(), digits in "[0-9]{1,15}", place in any::<Index>(), digit in "[0-9]",
        ) {
            let plans: Vec<_> = DATABASE.iter().collect();
            let numbers = country.get(&plans).descriptors();
            let kinds = KINDS.iter().filter_map(|kind| numbers.get(*kind));
            for descriptor in kinds.chain([numbers.general()]) {
                let known = descriptor.example().unwrap_or("2").to_owned();
                let mut near = known.clone();
                let at = place.index(near.len());
                near.replace_range(at..=at, &digit);
                for number in [known, near, digits.clone()] {
                    prop_assert_eq!(is_match(descriptor, &number), descriptor.is_match(&number), "{}", number);
                }
                prop_assert!(compile(descriptor).is_some());
            }
        }
    }
}

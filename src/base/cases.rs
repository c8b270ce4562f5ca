//! How many cases a property of its own number tries.

/// As many as it usually tries, or as the environment asks for where that is more.
pub(crate) fn cases(usual: u32) -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    asked.map_or(usual, |asked| usual.max(asked))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_property_never_tries_fewer_cases_than_its_own_number() {
        assert!(super::cases(48) >= 48);
    }
}

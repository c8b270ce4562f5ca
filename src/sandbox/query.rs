//! The parameters of a query. What korebulk sends in one needs no decoding.

/// The number of a parameter.
pub(super) fn number(query: &str, key: &str) -> Option<u64> {
    parameter(query, key)?.parse().ok()
}

/// The text of a parameter.
pub(super) fn parameter<'q>(query: &'q str, key: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

//! Numbers in the bytes of the shared quota's file.

use xxhash_rust::xxh3::xxh3_64;

/// A check of these bytes: another one, should one of them change.
#[expect(clippy::cast_possible_truncation, reason = "half of a good hash is a good hash")]
pub(super) fn check(bytes: &[u8]) -> u32 {
    xxh3_64(bytes) as u32
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}

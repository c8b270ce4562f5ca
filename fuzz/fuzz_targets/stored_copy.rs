//! Any bytes, read as the copy of the input that a run stores.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| korebulk_fuzz::stored_copy(bytes));

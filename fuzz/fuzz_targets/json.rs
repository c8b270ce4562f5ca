//! Any bytes, read as .json.
#![no_main]

use korebulk::inside::{Format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| korebulk_fuzz::load(Format::Json, bytes));

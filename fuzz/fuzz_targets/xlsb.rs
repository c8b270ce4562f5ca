//! Any bytes, read as .xlsb.
#![no_main]

use korebulk::inside::{Format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: korebulk_fuzz::let_readers_of_workbooks_panic(),
    |bytes: &[u8]| korebulk_fuzz::load(Format::Xlsb, bytes)
);

//! Any bytes, read as .xlsx.
#![no_main]

use korebulk::model::settings::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| korebulk_fuzz::load(Format::Xlsx, bytes));

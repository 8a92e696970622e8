//! Fuzzes `api::fuzz::csv_import`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| api::fuzz::csv_import(data));

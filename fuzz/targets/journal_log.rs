//! Fuzzes `journal::fuzz::log`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| journal::fuzz::log(data));

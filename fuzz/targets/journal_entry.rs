//! Fuzzes `journal::fuzz::entry`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| journal::fuzz::entry(data));

//! Fuzzes `sip::fuzz::stream`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip::fuzz::stream(data));

//! Fuzzes `sip::fuzz::uri`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip::fuzz::uri(data));

//! Fuzzes `sip::fuzz::message`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip::fuzz::message(data));

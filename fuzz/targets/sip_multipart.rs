//! Fuzzes `sip::fuzz::multipart`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip::fuzz::multipart(data));

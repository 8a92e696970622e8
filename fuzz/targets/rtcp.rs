//! Fuzzes `rtp::fuzz::control`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rtp::fuzz::control(data));

//! Fuzzes `rtp::fuzz::packet`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rtp::fuzz::packet(data));

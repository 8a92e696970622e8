//! Fuzzes `siprec::fuzz::description`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| siprec::fuzz::description(data));

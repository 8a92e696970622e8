//! Fuzzes `siprec::fuzz::metadata`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| siprec::fuzz::metadata(data));

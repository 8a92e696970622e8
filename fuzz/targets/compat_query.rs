//! Fuzzes `api::fuzz::compat_query`; see docs/fuzzing.md.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| api::fuzz::compat_query(data));

//! What holds of the readers in this crate whatever bytes they are given.
//!
//! Each function takes what a fuzzer or the replay of its seeds makes up, and panics when a
//! property does not hold. The product never calls them.

/// The query of the compatible list, which arrives as text: it is read or refused, and what
/// its conditions say is written and read again as the same.
///
/// # Panics
/// When one of these does not hold.
pub fn compat_query(data: &[u8]) {
    crate::compat::fuzz_query(&String::from_utf8_lossy(data));
}

/// A table of users: its rows written with quotes around every cell are the same rows, each
/// with the line it began on.
///
/// # Panics
/// When one of these does not hold.
pub fn csv_import(data: &[u8]) {
    crate::v1::fuzz_table(data);
}

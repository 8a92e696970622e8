//! Every bound of this crate, in one place, unit last in the name.
//!
//! Nothing here is a setting: these are what keeps one peer from costing the others memory or
//! time. They are generous against what real equipment sends.

/// Longest message over TCP or TLS, header section and body together.
pub const STREAM_MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Longest message over UDP: the largest datagram there is.
pub const DATAGRAM_MESSAGE_BYTES_MAX: usize = 65_535;

/// Longest header section, start line included.
pub const HEADER_SECTION_BYTES_MAX: usize = 65_535;

/// Most header fields in one message (or in one part of a multipart body).
pub const HEADERS_MAX: usize = 512;

/// Most values of one comma-separated header that are looked at.
pub const LIST_VALUES_MAX: usize = 256;

/// Most parameters of one value that are looked at.
pub const PARAMS_MAX: usize = 64;

/// Most parts of a multipart body, nested ones included.
pub const PARTS_MAX: usize = 64;

/// How deep a multipart body inside a multipart body may lie.
pub const PARTS_DEPTH_MAX: usize = 4;

/// Most server transactions at one time; beyond it new requests are answered 503.
pub const TRANSACTIONS_MAX: usize = 40_000;

/// Most dialogs at one time; beyond it new INVITEs are answered 503.
pub const DIALOGS_MAX: usize = 20_000;

/// Most routes kept in a dialog's route set.
pub const ROUTES_MAX: usize = 16;

//! RTP and RTCP packets as values, in the clear and protected.
//!
//! This crate reads headers and counts what is missing (RFC 3550); it never keeps a packet,
//! never looks at a clock and never decides what a payload means. A hostile packet is an
//! [`Error`] or an odd number, never a panic.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

pub mod fuzz;
pub mod packet;
pub mod receipt;
pub mod rtcp;
pub mod sequence;
pub mod srtp;

pub use packet::{Error, Packet};
pub use rtcp::looks_like_rtcp;

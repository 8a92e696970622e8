//! Session descriptions (RFC 8866): what was offered, and the answer a recorder gives.

mod answer;
mod codec;
mod parse;

pub(crate) use answer::{Origin, Section, body};
pub(crate) use codec::codecs;
pub(crate) use parse::{Description, Media, parse};

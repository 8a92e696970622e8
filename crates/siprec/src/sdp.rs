//! Session descriptions (RFC 8866): what was offered, and the answer a recorder gives.

mod answer;
mod codec;
mod crypto;
mod parse;
mod uncut;

pub(crate) use answer::{Keying, Origin, Section, body};
pub(crate) use codec::codecs;
pub use crypto::{MediaKey, Srtp};
pub(crate) use parse::{Description, Direction, Media, parse};
pub use uncut::with_keys;

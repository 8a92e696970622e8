//! Samples: the time line they lie on, the codecs they come in, the files they go to.
//!
//! Everything here is a function of packets and their arrival times. Nothing reads a clock, a
//! file or the network, nothing knows of calls or parties, and no packet, however hostile,
//! makes it panic or grow without bound.
//!
//! A recording is made in two passes over the same packets in the same order: [`Scan`] looks at
//! headers and decides where every packet belongs, [`Timeline`] is its verdict, and
//! [`Player`] finds each packet's place again and decodes it while a [`Mixer`] writes the sound
//! in order.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

pub mod check;
pub mod codec;
pub mod coding;
pub mod g711;
pub mod mix;
pub mod peaks;
pub mod player;
pub mod resample;
pub mod timeline;
pub mod wav;

pub use coding::{Coding, Sort};
pub use mix::{Mixer, Side, Sound};
pub use peaks::Peaks;
pub use player::{Played, Player};
pub use timeline::{Key, Placement, Scan, StreamStats, Timeline};

//! Protecting packets: what we send ourselves, and what a test caller sends.

use std::collections::BTreeMap;

use super::cipher::{NonceOf, Place, Transform};
use super::{Error, KeyLength, Suite, rtcp_source, rtp_header, transforms};

/// The encrypted flag beside the RTCP index.
const ENCRYPTED: u32 = 1 << 31;

/// Protects packets with one master key; without master key identifiers.
pub struct Protect {
    suite: Suite,
    rtp: Transform,
    rtcp: Transform,
    /// The index of the newest RTP packet of each source.
    newest: BTreeMap<u32, u64>,
    rtcp_index: u32,
}

impl std::fmt::Debug for Protect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Keys are never printed.
        let mut shown = f.debug_struct("Protect");
        shown.field("suite", &self.suite).finish_non_exhaustive()
    }
}

impl Protect {
    /// `master` is the key and the salt behind it.
    ///
    /// # Errors
    /// [`KeyLength`].
    pub fn new(suite: Suite, master: &[u8]) -> Result<Self, KeyLength> {
        let (rtp, rtcp) = transforms(suite, master)?;
        Ok(Self {
            suite,
            rtp,
            rtcp,
            newest: BTreeMap::new(),
            rtcp_index: 0,
        })
    }

    /// Protects an RTP packet into `out`, in about the order they were made.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is no RTP packet.
    pub fn rtp(&mut self, packet: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let (_, sequence, ssrc) = rtp_header(packet)?;
        let first = u64::from(sequence);
        let newest = self.newest.entry(ssrc).or_insert(first);
        let ahead = sequence.wrapping_sub((*newest & 0xffff) as u16) as i16;
        let index = newest.checked_add_signed(ahead.into()).unwrap_or(first);
        *newest = index.max(*newest);
        let rollover = u32::try_from(index >> 16).unwrap_or(u32::MAX);
        self.rtp_at(packet, rollover, out)
    }

    /// Protects an RTP packet under a rollover counter of the caller's.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is no RTP packet.
    pub fn rtp_at(&self, packet: &[u8], rollover: u32, out: &mut Vec<u8>) -> Result<(), Error> {
        let (header, sequence, ssrc) = rtp_header(packet)?;
        let index = (u64::from(rollover) << 16) | u64::from(sequence);
        out.clear();
        out.extend_from_slice(packet);
        let nonce = NonceOf {
            rtcp: false,
            trailer: &[],
        };
        self.rtp.seal(header, Place { ssrc, index }, nonce, out);
        self.rtp.sign(&rollover.to_be_bytes(), out);
        Ok(())
    }

    /// Protects an RTCP packet into `out`.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is no RTCP packet.
    pub fn rtcp(&mut self, packet: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let ssrc = rtcp_source(packet)?;
        self.rtcp_index = self.rtcp_index.wrapping_add(1) & !ENCRYPTED;
        let index = u64::from(self.rtcp_index);
        let word = (self.rtcp_index | ENCRYPTED).to_be_bytes();
        out.clear();
        out.extend_from_slice(packet);
        let nonce = NonceOf {
            rtcp: true,
            trailer: &word,
        };
        self.rtcp.seal(8, Place { ssrc, index }, nonce, out);
        // Authenticated like the packet before it.
        out.extend_from_slice(&word);
        self.rtcp.sign(&[], out);
        Ok(())
    }
}

//! Opening packets: which rollover counter they have, and whether they came before.

use std::collections::BTreeMap;

use super::cipher::{Parts, Place, Transform};
use super::{Error, KeyLength, Kind, Suite, rtcp_source, rtp_header, transforms};

/// Packets behind the newest one that may still come; RFC 3711 section 3.3.2 wants 64 at least.
const WINDOW: u64 = 128;
/// Sources known of one key. A key holder that uses more loses the further ones.
const SOURCES_MAX: usize = 1024;
/// Rollover counters tried beyond the likely ones: two months of sound at 50 packets a second.
const SEARCH_MAX: u32 = 4096;
/// Searches that may fail one after the other, and after how many packets one more may: a
/// search takes as long as thousands of packets, and anybody can send what makes it fail.
const SEARCHES: u32 = 8;
const PACKETS_PER_SEARCH: u32 = 256;
/// The largest RTCP index; bit 31 says that the packet is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// Opens the packets of one master key.
pub struct Unprotect {
    suite: Suite,
    mki_octets: usize,
    rtp: Transform,
    rtcp: Transform,
    rtp_sources: BTreeMap<u32, Source>,
    rtcp_sources: BTreeMap<u32, Source>,
    searches: u32,
    packets: u32,
}

impl std::fmt::Debug for Unprotect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Keys are never printed.
        let mut shown = f.debug_struct("Unprotect");
        shown.field("suite", &self.suite).finish_non_exhaustive()
    }
}

/// What came of one source.
#[derive(Clone, Copy, Debug)]
struct Source {
    highest: u64,
    /// Bit `n`: the packet `n` before the highest came.
    seen: u128,
}

impl Unprotect {
    /// `master` is the key and the salt behind it; `mki_octets` is how long the master key
    /// identifiers are that packets carry (RFC 3711 section 3.1), 0 where they carry none.
    ///
    /// # Errors
    /// [`KeyLength`].
    pub fn new(suite: Suite, master: &[u8], mki_octets: usize) -> Result<Self, KeyLength> {
        let (rtp, rtcp) = transforms(suite, master)?;
        Ok(Self {
            suite,
            mki_octets,
            rtp,
            rtcp,
            rtp_sources: BTreeMap::new(),
            rtcp_sources: BTreeMap::new(),
            searches: SEARCHES,
            packets: 0,
        })
    }

    /// The rollover counter and sequence number of the newest packet of a source.
    pub fn newest(&self, ssrc: u32) -> Option<u64> {
        self.rtp_sources.get(&ssrc).map(|source| source.highest)
    }

    /// Opens an RTP packet into `out`. `running` is [`Unprotect::newest`] under the key that was
    /// in force before: a new key goes on counting there (RFC 3711 section 3.3.1) or begins at 0.
    ///
    /// # Errors
    /// [`Error`]; `out` is then worthless, and nothing else has changed.
    pub fn rtp(
        &mut self,
        packet: &[u8],
        running: Option<u64>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let (header, sequence, ssrc) = rtp_header(packet)?;
        let tag = self.suite.tag_octets(Kind::Rtp);
        let behind = tag.saturating_add(self.mki_octets);
        let end = packet.len().checked_sub(behind).ok_or(Error::Malformed)?;
        let (protected, rest) = packet.split_at_checked(end).ok_or(Error::Malformed)?;
        let (header, sealed) = protected.split_at_checked(header).ok_or(Error::Malformed)?;
        let parts = Parts {
            header,
            sealed,
            tag: rest.get(self.mki_octets..).unwrap_or_default(),
            context: self.rtp.begin(protected),
            index_field: &[],
            rtcp: false,
            encrypted: true,
        };
        let known = self.rtp_sources.get(&ssrc).copied();
        let likely = likely(known.map(|source| source.highest), running, sequence);
        let found = likely
            .into_iter()
            .flatten()
            .find(|index| self.opens(&parts, ssrc, *index, out))
            .or_else(|| self.search(&parts, ssrc, known, sequence, out));
        let index = found.ok_or(Error::NotAuthentic)?;
        accept(&mut self.rtp_sources, ssrc, index)
    }

    /// Opens an RTCP packet, compound or not, into `out`.
    ///
    /// # Errors
    /// [`Error`]; `out` is then worthless, and nothing else has changed.
    pub fn rtcp(&mut self, packet: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let ssrc = rtcp_source(packet)?;
        let tag = self.suite.tag_octets(Kind::Rtcp);
        let behind = tag.saturating_add(self.mki_octets).saturating_add(4);
        let end = packet.len().checked_sub(behind).ok_or(Error::Malformed)?;
        let (protected, rest) = packet.split_at_checked(end).ok_or(Error::Malformed)?;
        let (index_field, rest) = rest.split_first_chunk::<4>().ok_or(Error::Malformed)?;
        let (header, sealed) = protected.split_at_checked(8).ok_or(Error::Malformed)?;
        let word = u32::from_be_bytes(*index_field);
        let parts = Parts {
            header,
            sealed,
            tag: rest.get(self.mki_octets..).unwrap_or_default(),
            context: self.rtcp.begin(protected),
            index_field,
            rtcp: true,
            encrypted: word & ENCRYPTED != 0,
        };
        let index = u64::from(word & !ENCRYPTED);
        let place = Place { ssrc, index };
        if !self.rtcp.open(&parts, place, index_field, out) {
            return Err(Error::NotAuthentic);
        }
        accept(&mut self.rtcp_sources, ssrc, index)
    }

    fn opens(&self, parts: &Parts<'_>, ssrc: u32, index: u64, out: &mut Vec<u8>) -> bool {
        let [_, _, r0, r1, r2, r3, _, _] = index.to_be_bytes();
        let place = Place { ssrc, index };
        self.rtp.open(parts, place, &[r0, r1, r2, r3], out)
    }

    /// Tries further rollover counters: a recorder that came late, or a gap of more than half
    /// a round, cannot know how often the sequence number has wrapped.
    fn search(
        &mut self,
        parts: &Parts<'_>,
        ssrc: u32,
        known: Option<Source>,
        sequence: u16,
        out: &mut Vec<u8>,
    ) -> Option<u64> {
        self.packets = self.packets.saturating_add(1);
        if self.packets >= PACKETS_PER_SEARCH {
            self.packets = 0;
            self.searches = self.searches.saturating_add(1).min(SEARCHES);
        }
        if self.rtp_sources.len() >= SOURCES_MAX && known.is_none() {
            return None;
        }
        self.searches = self.searches.checked_sub(1)?;
        let from = known.map_or(0, |source| (source.highest >> 16).saturating_add(1));
        let upto = from.saturating_add(u64::from(SEARCH_MAX)).min(1 << 32);
        let found = (from..upto)
            .map(|rollover| at(rollover, sequence))
            .find(|index| self.opens(parts, ssrc, *index, out));
        if found.is_some() {
            self.searches = SEARCHES;
        }
        found
    }
}

/// The indexes a packet may have, the likeliest first: by RFC 3711 section 3.3.1 for a known
/// source, with one round more and less; for a new one also where an older key has come to.
fn likely(known: Option<u64>, running: Option<u64>, sequence: u16) -> [Option<u64>; 4] {
    let near = |highest: u64| {
        let last = (highest & 0xffff) as u16;
        let ahead = i64::from(sequence.wrapping_sub(last) as i16);
        highest.checked_add_signed(ahead)
    };
    let round = 1 << 16;
    let Some(highest) = known else {
        let guess = running.and_then(near);
        return [guess, Some(at(0, sequence)), Some(at(1, sequence)), None];
    };
    let guess = near(highest);
    let above = match guess {
        Some(guess) => guess.checked_add(round),
        // Before the first round nothing can have come.
        None => Some(at(0, sequence)),
    };
    let below = guess.and_then(|guess| guess.checked_sub(round));
    let possible = |index: &u64| *index < 1 << 48;
    [guess.filter(possible), above.filter(possible), below, None]
}

fn at(rollover: u64, sequence: u16) -> u64 {
    (rollover << 16) | u64::from(sequence)
}

/// Takes note of a genuine packet, unless it came before (RFC 3711 section 3.3.2).
fn accept(sources: &mut BTreeMap<u32, Source>, ssrc: u32, index: u64) -> Result<(), Error> {
    let full = sources.len() >= SOURCES_MAX;
    let Some(source) = sources.get_mut(&ssrc) else {
        if full {
            return Err(Error::NotAuthentic);
        }
        let (highest, seen) = (index, 1);
        sources.insert(ssrc, Source { highest, seen });
        return Ok(());
    };
    if let Some(ahead) = index.checked_sub(source.highest).filter(|ahead| *ahead > 0) {
        let shift = u32::try_from(ahead).unwrap_or(u32::MAX);
        source.seen = source.seen.checked_shl(shift).unwrap_or(0) | 1;
        source.highest = index;
        return Ok(());
    }
    let behind = source.highest.saturating_sub(index);
    let bit = u32::try_from(behind)
        .ok()
        .filter(|_| behind < WINDOW)
        .and_then(|behind| 1_u128.checked_shl(behind))
        .ok_or(Error::Replayed)?;
    if source.seen & bit != 0 {
        return Err(Error::Replayed);
    }
    source.seen |= bit;
    Ok(())
}

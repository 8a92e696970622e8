//! Who may send media to a stream.
//!
//! The address in the SDP may send from any port. Because of NAT, and because phones put other
//! addresses into their SDP, a stream may also be taken by the first permitted source that
//! behaves like one: three packets with an accepted payload type and sequence numbers close to
//! each other. Packets of such a source are held until it is believed, then all recorded.
//! A source keeps the stream until a new offer, or until it was quiet for five seconds.
//! Pure: sockets and clocks are the sweep's.

use std::net::{IpAddr, SocketAddr};

/// A quiet source loses its stream after so long.
const QUIET_NS: u64 = 5_000_000_000;
/// Packets a source must show before it is believed.
const PROOF_PACKETS: usize = 3;
/// Furthest distance of sequence numbers between those packets.
const PROOF_DISTANCE: u16 = 100;
/// Sources that may be on trial at once for one stream.
const CANDIDATES_MAX: usize = 4;
/// Packets held for one source on trial.
const HELD_PACKETS_MAX: usize = 64;

/// What a stream may take besides the address in its SDP.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Accept {
    /// Any permitted source that behaves like the stream.
    #[default]
    Any,
    /// Nothing else.
    Sdp,
}

/// A received datagram with its arrival time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Held {
    pub(crate) arrival_ns: u64,
    pub(crate) bytes: Vec<u8>,
}

/// What to do with a datagram.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// Record it.
    Record,
    /// Record these, which were held, and then it.
    RecordHeld(Vec<Held>),
    /// Not recorded now; kept until its source is believed.
    Hold,
    /// Not ours; counted.
    Stray,
}

/// The source of one stream.
#[derive(Debug)]
pub(crate) struct Source {
    accept: Accept,
    offered: Option<SocketAddr>,
    payload_types: Vec<u8>,
    current: Option<SocketAddr>,
    last_ns: u64,
    candidates: Vec<Candidate>,
}

#[derive(Debug)]
struct Candidate {
    address: SocketAddr,
    first_sequence: u16,
    proofs: usize,
    held: Vec<Held>,
}

impl Source {
    pub(crate) fn new(accept: Accept) -> Self {
        Self {
            accept,
            offered: None,
            payload_types: Vec::new(),
            current: None,
            last_ns: 0,
            candidates: Vec::new(),
        }
    }

    /// A new offer names another address or other payload types: the stream may move.
    pub(crate) fn offer(&mut self, address: Option<SocketAddr>, payload_types: &[u8]) {
        if self.offered != address {
            self.current = None;
        }
        self.offered = address;
        self.payload_types = payload_types.to_vec();
    }

    /// Judges one datagram on the stream's RTP port. `permitted` says whether the sender's
    /// network may send calls at all.
    pub(crate) fn judge(
        &mut self,
        from: SocketAddr,
        arrival_ns: u64,
        bytes: &[u8],
        permitted: impl Fn(IpAddr) -> bool,
    ) -> Verdict {
        if self.is_offered(from.ip()) || self.current == Some(from) {
            self.current = Some(from);
            self.last_ns = arrival_ns;
            self.candidates.clear();
            return Verdict::Record;
        }
        let taken = self.current.is_some() && arrival_ns.saturating_sub(self.last_ns) < QUIET_NS;
        if taken || self.accept == Accept::Sdp || !permitted(from.ip()) {
            return Verdict::Stray;
        }
        self.try_candidate(from, arrival_ns, bytes)
    }

    /// Where media last came from, unless a new offer has moved the stream since.
    pub(crate) fn current(&self) -> Option<SocketAddr> {
        self.current
    }

    /// Whether a datagram on the RTP port is RTCP (RFC 5761 §4), agreed on or not: what its
    /// first words say fits it, and it carries no payload type that the stream has.
    pub(crate) fn is_report(&self, bytes: &[u8]) -> bool {
        let [_, kind, high, low, ..] = *bytes else {
            return false;
        };
        let words = usize::from(u16::from_be_bytes([high, low])) + 1;
        rtp::looks_like_rtcp(bytes)
            && words * 4 <= bytes.len()
            && !self.payload_types.contains(&(kind & 0x7f))
    }

    /// Whether a report comes from this stream's sender.
    pub(crate) fn is_peer(&self, from: IpAddr) -> bool {
        self.is_offered(from) || self.current.is_some_and(|current| current.ip() == from)
    }

    /// The address in the SDP may send from any port.
    fn is_offered(&self, from: IpAddr) -> bool {
        self.offered.is_some_and(|offered| offered.ip() == from)
    }

    /// Arrival of the oldest packet that waits for its source to be believed.
    pub(crate) fn oldest_held_ns(&self) -> Option<u64> {
        let held = self.candidates.iter().flat_map(|candidate| &candidate.held);
        held.map(|held| held.arrival_ns).min()
    }

    fn try_candidate(&mut self, from: SocketAddr, arrival_ns: u64, bytes: &[u8]) -> Verdict {
        let Some(sequence) = proof(bytes, &self.payload_types) else {
            return self.hold_between(from, arrival_ns, bytes);
        };
        let Some(index) = self.candidates.iter().position(|c| c.address == from) else {
            if self.candidates.len() >= CANDIDATES_MAX {
                self.candidates.remove(0);
            }
            let held = vec![Held {
                arrival_ns,
                bytes: bytes.to_vec(),
            }];
            let candidate = Candidate {
                address: from,
                first_sequence: sequence,
                proofs: 1,
                held,
            };
            self.candidates.push(candidate);
            return Verdict::Hold;
        };
        let candidate = &mut self.candidates[index];
        if distance(candidate.first_sequence, sequence) > PROOF_DISTANCE {
            candidate.first_sequence = sequence;
            candidate.proofs = 0;
            candidate.held.clear();
        }
        candidate.proofs += 1;
        if candidate.proofs < PROOF_PACKETS {
            return self.hold_between(from, arrival_ns, bytes);
        }
        let held = std::mem::take(&mut candidate.held);
        self.candidates.clear();
        self.current = Some(from);
        self.last_ns = arrival_ns;
        Verdict::RecordHeld(held)
    }

    fn hold_between(&mut self, from: SocketAddr, arrival_ns: u64, bytes: &[u8]) -> Verdict {
        match self.candidates.iter_mut().find(|c| c.address == from) {
            Some(candidate) if candidate.held.len() < HELD_PACKETS_MAX => {
                candidate.held.push(Held {
                    arrival_ns,
                    bytes: bytes.to_vec(),
                });
                Verdict::Hold
            }
            _ => Verdict::Stray,
        }
    }
}

/// The sequence number of an RTP packet that carries an accepted payload type.
fn proof(bytes: &[u8], payload_types: &[u8]) -> Option<u16> {
    let packet = rtp::Packet::parse(bytes).ok()?;
    payload_types
        .contains(&packet.payload_type)
        .then_some(packet.sequence)
}

fn distance(a: u16, b: u16) -> u16 {
    a.wrapping_sub(b).min(b.wrapping_sub(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn packet(payload_type: u8, sequence: u16) -> Vec<u8> {
        let mut bytes = vec![0x80, payload_type];
        bytes.extend(sequence.to_be_bytes());
        bytes.extend([0; 8]);
        bytes.extend([0xd5; 160]);
        bytes
    }

    fn source(accept: Accept) -> Source {
        let mut source = Source::new(accept);
        source.offer(Some("192.0.2.1:5000".parse().unwrap()), &[8, 101]);
        source
    }

    fn judge(source: &mut Source, from: &str, at: u64, bytes: &[u8]) -> Verdict {
        source.judge(from.parse().unwrap(), at, bytes, |ip| {
            ip.to_string() != "203.0.113.9"
        })
    }

    #[test]
    fn the_sdp_address_may_send_from_any_port() {
        let mut source = source(Accept::Sdp);
        assert_eq!(
            judge(&mut source, "192.0.2.1:4000", 0, &packet(8, 1)),
            Verdict::Record
        );
        assert_eq!(
            judge(&mut source, "192.0.2.1:4002", 1, &packet(8, 2)),
            Verdict::Record
        );
        assert_eq!(
            judge(&mut source, "192.0.2.2:4000", 2, &packet(8, 3)),
            Verdict::Stray
        );
    }

    #[test]
    fn three_plausible_packets_take_the_stream_from_the_first() {
        let mut source = source(Accept::Any);
        let from = "198.51.100.7:9000";
        assert_eq!(
            judge(&mut source, from, 0, &packet(8, 65_530)),
            Verdict::Hold
        );
        assert_eq!(
            judge(&mut source, from, 1, &packet(13, 65_531)),
            Verdict::Hold
        );
        assert_eq!(
            judge(&mut source, from, 2, &packet(8, 65_532)),
            Verdict::Hold
        );
        let Verdict::RecordHeld(held) = judge(&mut source, from, 3, &packet(8, 5)) else {
            panic!("the third accepted packet proves the source")
        };
        assert_eq!(
            held.iter().map(|h| h.arrival_ns).collect::<Vec<_>>(),
            [0, 1, 2]
        );
        assert_eq!(judge(&mut source, from, 4, &packet(13, 6)), Verdict::Record);
        let other = "198.51.100.8:9000";
        for sequence in 0..5 {
            assert_eq!(
                judge(&mut source, other, 5, &packet(8, sequence)),
                Verdict::Stray
            );
        }
    }

    #[test]
    fn far_sequence_numbers_foreign_networks_and_other_payloads_prove_nothing() {
        let mut source = source(Accept::Any);
        for sequence in [0, 1_000, 2_000, 3_000, 4_000] {
            let verdict = judge(&mut source, "198.51.100.7:9000", 0, &packet(8, sequence));
            assert_eq!(verdict, Verdict::Hold);
        }
        for sequence in 0..5 {
            let verdict = judge(&mut source, "203.0.113.9:9000", 0, &packet(8, sequence));
            assert_eq!(verdict, Verdict::Stray);
            let verdict = judge(&mut source, "198.51.100.9:9000", 0, &packet(96, sequence));
            assert_eq!(verdict, Verdict::Stray);
        }
    }

    #[test]
    fn siprec_41_reports_on_the_port_of_sound_are_told_from_it() {
        let mut source = source(Accept::Any);
        let mut report = vec![0x81, 200, 0, 6];
        report.extend([7; 24]);
        assert!(source.is_report(&report));
        assert!(!source.is_report(&report[..27]), "shorter than it says");
        assert!(!source.is_report(&[0x81, 200, 0]));
        assert!(!source.is_report(&packet(0x80 | 8, 1)));
        // A payload type that looks like it, where the stream has that.
        source.offer(None, &[8, 72]);
        assert!(!source.is_report(&report));
    }

    #[test]
    fn a_quiet_source_loses_its_stream_and_a_new_offer_frees_it() {
        let mut source = source(Accept::Any);
        let (first, second) = ("198.51.100.7:9000", "198.51.100.8:9000");
        for sequence in 0..3 {
            judge(&mut source, first, 0, &packet(8, sequence));
        }
        assert_eq!(
            judge(&mut source, second, 4 * SECOND, &packet(8, 0)),
            Verdict::Stray
        );
        assert_eq!(
            judge(&mut source, second, 6 * SECOND, &packet(8, 1)),
            Verdict::Hold
        );
        assert_eq!(
            judge(&mut source, first, 6 * SECOND, &packet(8, 4)),
            Verdict::Record
        );
        source.offer(Some("192.0.2.3:5000".parse().unwrap()), &[8]);
        assert_eq!(
            judge(&mut source, second, 7 * SECOND, &packet(8, 2)),
            Verdict::Hold
        );
        assert!(source.is_peer("192.0.2.3".parse().unwrap()));
    }
}

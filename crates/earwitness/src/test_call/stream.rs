//! The sound of one party on its way: RTP packets on an absolute schedule (RFC 3550).

use super::codec::Codec;
use super::messages::base64_of;
use super::rtcp;
use anyhow::Context as _;
use jiff::Timestamp;
use rtp::srtp::{Protect, Suite};
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// Sound in one packet.
pub(super) const PACKET_MS: u64 = 20;
const HEADER_BYTES: usize = 12;
/// The suite that everybody who has SRTP must have (RFC 4568 §6.2.1).
const SUITE: Suite = Suite::AesCm128Sha1Tag80;
/// A sender report in the first second, and then every five (RFC 3550 §6.2).
const REPORT_INTERVAL_PACKETS: u64 = 250;
const FIRST_REPORT_PACKET: u64 = 25;
/// A pair of ports may be taken between two attempts.
const BIND_ATTEMPTS_MAX: u32 = 200;

/// A bound pair of ports and what was sent from it.
pub(super) struct Stream {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    /// Where packets go; `None`: the recorder does not want this stream.
    pub(super) target: Option<SocketAddr>,
    /// The RTP port; RTCP has the next one.
    pub(super) port: u16,
    codec: Codec,
    ssrc: u32,
    first_sequence: u16,
    first_timestamp: u32,
    /// Packets that left.
    pub(super) sent: u64,
    /// Octets of sound in them.
    octets: u64,
    protection: Option<Protection>,
}

/// A key of our own, and what it makes of packets.
struct Protection {
    key: Protect,
    /// Suite and key as `a=crypto` has them.
    crypto: String,
}

impl Protection {
    fn new() -> anyhow::Result<Self> {
        let mut master = vec![0; SUITE.master_octets()];
        getrandom::fill(&mut master)?;
        Ok(Self {
            key: Protect::new(SUITE, &master)?,
            crypto: format!("{} inline:{}", SUITE.name(), base64_of(&master)),
        })
    }
}

impl Stream {
    /// Binds an even port and the next one. `protected`: with SRTP, and a key of its own.
    ///
    /// # Errors
    /// When there are none, or no more descriptors.
    pub(super) fn bind(host: IpAddr, codec: Codec, protected: bool) -> anyhow::Result<Self> {
        let (rtp, rtcp, port) = pair(host)?;
        let mut random = [0; 10];
        getrandom::fill(&mut random)?;
        let [a, b, c, d, e, f, g, h, i, j] = random;
        Ok(Self {
            rtp,
            rtcp,
            target: None,
            port,
            codec,
            ssrc: u32::from_be_bytes([a, b, c, d]),
            first_sequence: u16::from_be_bytes([e, f]),
            first_timestamp: u32::from_be_bytes([g, h, i, j]),
            sent: 0,
            octets: 0,
            protection: protected.then(Protection::new).transpose()?,
        })
    }

    /// What an `a=crypto` line says of this stream.
    pub(super) fn crypto(&self) -> Option<String> {
        let protection = self.protection.as_ref()?;
        Some(protection.crypto.clone())
    }

    /// Sends packet number `index` of the call, which holds `sound` that begins at `wall`.
    pub(super) fn send(&mut self, index: u64, sound: &[u8], wall: Timestamp) {
        let Some(target) = self.target else { return };
        let mut packet = vec![0; HEADER_BYTES];
        let marker = if index == 0 { 0x80 } else { 0 };
        // Sequence numbers and timestamps wrap round (RFC 3550 §5.1).
        let sequence = self.first_sequence.wrapping_add(index as u16);
        let timestamp = self.timestamp(index);
        packet[..2].copy_from_slice(&[0x80, marker | self.codec.payload_type()]);
        packet[2..4].copy_from_slice(&sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        packet.extend_from_slice(sound);
        if let Some(protection) = &mut self.protection {
            let plain = packet.clone();
            if protection.key.rtp(&plain, &mut packet).is_err() {
                return;
            }
        }
        if self.rtp.send_to(&packet, target).is_ok() {
            self.sent += 1;
            self.octets += sound.len() as u64;
        }
        if index % REPORT_INTERVAL_PACKETS == FIRST_REPORT_PACKET {
            self.report(timestamp, wall, target);
        }
    }

    fn report(&mut self, timestamp: u32, wall: Timestamp, target: SocketAddr) {
        let Some(port) = target.port().checked_add(1) else {
            return;
        };
        let report = rtcp::Report {
            ssrc: self.ssrc,
            wall,
            timestamp,
            packets: self.sent,
            octets: self.octets,
        };
        let target = SocketAddr::new(target.ip(), port);
        let mut report = report.to_bytes();
        if let Some(protection) = &mut self.protection {
            let plain = report.clone();
            if protection.key.rtcp(&plain, &mut report).is_err() {
                return;
            }
        }
        if self.rtcp.send_to(&report, target).is_err() {
            // The next one says the same and more.
        }
    }

    fn timestamp(&self, index: u64) -> u32 {
        let units = index.wrapping_mul(self.codec.packet_units().into());
        self.first_timestamp.wrapping_add(units as u32)
    }
}

fn pair(host: IpAddr) -> anyhow::Result<(UdpSocket, UdpSocket, u16)> {
    for _ in 0..BIND_ATTEMPTS_MAX {
        let any = UdpSocket::bind((host, 0)).context("no socket for sound: see `ulimit -n`")?;
        any.set_nonblocking(true)?;
        let port = any.local_addr()?.port();
        // The kernel picked one half of a pair; the other half may be taken.
        let Ok(other) = UdpSocket::bind((host, port ^ 1)) else {
            continue;
        };
        other.set_nonblocking(true)?;
        let (rtp, rtcp) = if port % 2 == 0 {
            (any, other)
        } else {
            (other, any)
        };
        return Ok((rtp, rtcp, port & !1));
    }
    anyhow::bail!("no pair of ports for sound is free on {host}")
}

//! All packets of one call since the last sweep, in one payload.
//!
//! A packet here is a UDP payload as received: never parsed, never altered.

use crate::bytes::Reader;

/// Bytes one packet takes in a payload besides its own: stream, flags, length, arrival.
pub(crate) const PACKET_HEADER_BYTES: usize = 13;

const FLAG_RTCP: u8 = 1;

/// One UDP payload as received.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Packet<'a> {
    /// The m-line's index, from 0.
    pub stream: u16,
    /// Whether it came to the stream's RTCP port.
    pub rtcp: bool,
    /// When the kernel received it, in nanoseconds of CLOCK_MONOTONIC.
    pub arrival_ns: u64,
    /// The payload.
    pub bytes: &'a [u8],
}

/// The packets of one frame, in the order they were written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Packets<'a> {
    /// Whole packets only: checked by whoever makes one.
    bytes: &'a [u8],
}

impl<'a> Packets<'a> {
    /// Reads a payload; `None` when it is not made of whole packets.
    pub(crate) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            read_packet(&mut reader)?;
        }
        Some(Self { bytes })
    }

    /// The payload as it is on disk.
    pub(crate) fn encoded(&self) -> &'a [u8] {
        self.bytes
    }

    /// The packets in the order they were written.
    #[must_use]
    pub fn iter(&self) -> PacketIter<'a> {
        PacketIter {
            reader: Reader::new(self.bytes),
        }
    }

    /// Cuts off the packets that fit into `bytes_max`, at least one; the rest remains.
    pub(crate) fn split_front(&mut self, bytes_max: usize) -> Self {
        if self.bytes.len() <= bytes_max {
            // As almost always: no packet has to be looked at.
            return std::mem::take(self);
        }
        let mut reader = Reader::new(self.bytes);
        let mut cut = 0usize;
        while read_packet(&mut reader).is_some() {
            let end = self.bytes.len().saturating_sub(reader.len());
            if end > bytes_max && cut > 0 {
                break;
            }
            cut = end;
        }
        let (front, rest) = self
            .bytes
            .split_at_checked(cut)
            .unwrap_or((self.bytes, &[]));
        self.bytes = rest;
        Self { bytes: front }
    }
}

impl<'a> IntoIterator for Packets<'a> {
    type Item = Packet<'a>;
    type IntoIter = PacketIter<'a>;

    fn into_iter(self) -> PacketIter<'a> {
        self.iter()
    }
}

/// Iterates over [`Packets`].
#[derive(Clone, Debug)]
pub struct PacketIter<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for PacketIter<'a> {
    type Item = Packet<'a>;

    fn next(&mut self) -> Option<Packet<'a>> {
        read_packet(&mut self.reader)
    }
}

fn read_packet<'a>(reader: &mut Reader<'a>) -> Option<Packet<'a>> {
    let stream = reader.u16()?;
    let flags = reader.u8()?;
    let length = reader.u16()?;
    let arrival_ns = reader.u64()?;
    let bytes = reader.take(usize::from(length))?;
    Some(Packet {
        stream,
        rtcp: flags & FLAG_RTCP != 0,
        arrival_ns,
        bytes,
    })
}

/// Collects the packets of one call during a sweep.
#[derive(Clone, Debug, Default)]
pub struct PacketsBuilder {
    bytes: Vec<u8>,
}

impl PacketsBuilder {
    /// An empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one packet. A UDP payload has at most 65,507 bytes: more than 65,535 are cut.
    pub fn push(&mut self, packet: Packet<'_>) {
        let length = u16::try_from(packet.bytes.len()).unwrap_or(u16::MAX);
        let flags = if packet.rtcp { FLAG_RTCP } else { 0 };
        let bytes = packet.bytes.get(..usize::from(length)).unwrap_or_default();
        self.bytes
            .reserve(PACKET_HEADER_BYTES.saturating_add(bytes.len()));
        self.bytes.extend_from_slice(&packet.stream.to_le_bytes());
        self.bytes.push(flags);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes
            .extend_from_slice(&packet.arrival_ns.to_le_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    /// What was collected, as an entry takes it.
    #[must_use]
    pub fn packets(&self) -> Packets<'_> {
        Packets { bytes: &self.bytes }
    }

    /// Forgets everything and keeps the memory for the next sweep.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Bytes of memory it keeps.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Whether nothing was collected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

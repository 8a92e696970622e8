//! The sound of a recording: two walks through its packets.

use crate::jitter::Jitter;
use crate::levels::{ChannelReport, Levels};
use crate::story;
use crate::{Error, StreamReport};
use journal::Journal;
use media::{Coding, Follow, Mixer, Peaks, Scan, Side, Sort, Timeline};
use model::{RecordingId, Sha256};
use sha2::Digest;
use siprec::{Facts, Format, StreamFacts};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Samples a second: that of the best codec this build decodes, which is G.711.
pub(crate) const SAMPLE_RATE: u32 = 8_000;

/// Octets handed to the writer at once.
const WRITE_OCTETS: usize = 64 * 1024;

/// What the first walk found.
pub(crate) struct Scanned {
    pub(crate) timeline: Timeline,
    /// In the order of the time line's streams.
    pub(crate) streams: Vec<Heard>,
    pub(crate) malformed: u64,
}

/// One stream, with packets or an accepted m-line.
pub(crate) struct Heard {
    pub(crate) stream: u16,
    pub(crate) facts: StreamFacts,
    pub(crate) encodings: Vec<String>,
    pub(crate) undecoded: Vec<String>,
    jitter: Jitter,
}

/// Size, hash and outline of what was written.
pub(crate) struct Written {
    pub(crate) size: u64,
    pub(crate) sha256: Sha256,
    pub(crate) peaks: Vec<u8>,
    pub(crate) levels: [ChannelReport; 2],
}

/// Walks through the packets once and lays them on the time line; arrivals are counted from
/// `origin_ns`.
pub(crate) fn scan(
    journal: &Journal,
    recording: RecordingId,
    facts: &Facts,
    origin_ns: u64,
) -> Result<Scanned, Error> {
    let mut streams: BTreeMap<u16, (Heard, Scan)> = BTreeMap::new();
    for stream in facts.streams.iter().filter(|stream| stream.accepted) {
        streams.insert(stream.index, (Heard::new(stream.index, facts), Scan::new()));
    }
    let mut malformed = 0_u64;
    each_packet(
        journal,
        recording,
        origin_ns,
        |arrival_ns, stream, bytes| {
            let Ok(packet) = rtp::Packet::parse(bytes) else {
                malformed += 1;
                return Ok(());
            };
            if is_elsewhere(facts, stream) {
                return Ok(());
            }
            let fresh = || (Heard::new(stream, facts), Scan::new());
            let (heard, scan) = streams.entry(stream).or_insert_with(fresh);
            let arrived_ns = origin_ns.saturating_add_signed(arrival_ns);
            let sort = heard.sort(&packet, arrived_ns);
            heard.note(&packet, sort, arrived_ns);
            // Copies of one event share a timestamp: they would be jitter that nobody hears.
            if sort.coding != Coding::Event {
                let (ssrc, timestamp) = (packet.ssrc, packet.timestamp);
                heard
                    .jitter
                    .push(ssrc, arrival_ns, timestamp, sort.clock_rate);
            }
            scan.push(arrival_ns, &packet, sort);
            Ok(())
        },
    )?;
    let (streams, scans) = streams.into_values().unzip();
    Ok(Scanned {
        timeline: Timeline::new(scans, SAMPLE_RATE),
        streams,
        malformed,
    })
}

/// Walks through the packets again and writes the file.
pub(crate) fn write(
    journal: &Journal,
    recording: RecordingId,
    scanned: &Scanned,
    origin_ns: u64,
    sides: &[Side],
    out: &mut dyn Write,
) -> Result<Written, Error> {
    let failed = |source| Error::Write { recording, source };
    let timeline = &scanned.timeline;
    let mut sink = Sink::new(out, timeline.samples);
    sink.write(&media::wav::header(SAMPLE_RATE, timeline.samples))
        .map_err(failed)?;
    let mut mixer = Mixer::new(sides, timeline.samples);
    let mut follows: Vec<Follow<'_>> = timeline.streams.iter().map(Follow::new).collect();
    let numbers: BTreeMap<u16, usize> = scanned
        .streams
        .iter()
        .zip(0..)
        .map(|(heard, number)| (heard.stream, number))
        .collect();
    each_packet(
        journal,
        recording,
        origin_ns,
        |arrival_ns, stream, bytes| {
            let Ok(packet) = rtp::Packet::parse(bytes) else {
                return Ok(());
            };
            let Some(&number) = numbers.get(&stream) else {
                return Ok(());
            };
            let Some((heard, follow)) = scanned.streams.get(number).zip(follows.get_mut(number))
            else {
                return Ok(());
            };
            let sort = heard.sort(&packet, origin_ns.saturating_add_signed(arrival_ns));
            let mut outcome = Ok(0);
            follow.place(arrival_ns, &packet, sort, |piece| {
                let Coding::G711(law) = sort.coding else {
                    return;
                };
                let end = piece.from.saturating_add(piece.units);
                let octets = packet.payload.get(piece.from..end).unwrap_or_default();
                if outcome.is_ok() {
                    outcome = mixer.put(number, piece.at, law.table(), octets, &mut |block| {
                        sink.samples(block)
                    });
                }
            });
            outcome.map(|_late| ()).map_err(failed)
        },
    )?;
    mixer
        .finish(&mut |block| sink.samples(block))
        .map_err(failed)?;
    sink.finish().map_err(failed)
}

/// Whether a stream is sound of other communication sessions alone.
pub(crate) fn is_elsewhere(facts: &Facts, stream: u16) -> bool {
    let mut streams = facts.streams.iter();
    streams.any(|known| known.index == stream && known.elsewhere)
}

/// Hands out the RTP packets of a recording, their arrival counted from `origin_ns`.
fn each_packet(
    journal: &Journal,
    recording: RecordingId,
    origin_ns: u64,
    mut each: impl FnMut(i64, u16, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    story::packets(journal, recording, |packet| {
        let since_ns = i128::from(packet.arrival_ns) - i128::from(origin_ns);
        // Times that do not fit come from no clock; the time line sorts them out.
        let since_ns = i64::try_from(since_ns).unwrap_or(i64::MAX);
        each(since_ns, packet.stream, packet.bytes)
    })
}

impl Heard {
    fn new(stream: u16, facts: &Facts) -> Self {
        let known = facts
            .streams
            .iter()
            .find(|known| known.index == stream)
            .cloned();
        Self {
            stream,
            facts: known.unwrap_or_default(),
            encodings: Vec::new(),
            undecoded: Vec::new(),
            jitter: Jitter::default(),
        }
    }

    /// The quality of the stream, without what only the journal knows.
    pub(crate) fn report(&self, stats: &media::StreamStats) -> StreamReport {
        StreamReport {
            stream: self.stream,
            label: self.facts.label.clone(),
            packets: stats.packets,
            lost: stats.lost,
            duplicates: stats.duplicates,
            reordered: stats.reordered,
            discarded: stats.discarded,
            ssrc_changes: stats.ssrc_changes,
            jumps: stats.jumps,
            gaps: stats.gaps,
            drift_corrections: stats.drift_corrections,
            drift_samples: stats.drift_samples,
            jitter_us: self.jitter.micros(),
            encodings: self.encodings.clone(),
            undecoded: self.undecoded.clone(),
            ..StreamReport::default()
        }
    }

    fn sort(&self, packet: &rtp::Packet<'_>, arrival_ns: u64) -> Sort {
        let sort = match self.format(packet.payload_type, arrival_ns) {
            Some(format) => Sort::new(&format.encoding, format.clock_rate, format.channels),
            // What was negotiated could not be read; these two never mean anything else.
            None => match packet.payload_type {
                0 => Sort::new("PCMU", 8_000, 1),
                8 => Sort::new("PCMA", 8_000, 1),
                _ => Sort::new("", 0, 1),
            },
        };
        if packet.payload.is_empty() {
            // A keep-alive (RFC 6263 §4.2) is no sound and no codec we miss.
            return Sort {
                coding: Coding::Comfort,
                ..sort
            };
        }
        sort
    }

    /// What a payload type meant at an instant; where it meant nothing then, what it meant at
    /// another time, since sound may cross the message that announces it.
    fn format(&self, payload_type: u8, arrival_ns: u64) -> Option<&Format> {
        let epochs = &self.facts.formats;
        let of_epoch = |epoch: &siprec::FormatEpoch| {
            epoch
                .formats
                .iter()
                .position(|format| format.payload_type == payload_type)
        };
        let now = epochs.partition_point(|epoch| epoch.from_ns <= arrival_ns);
        let (past, future) = epochs.split_at(now);
        past.iter()
            .rev()
            .chain(future)
            .find_map(|epoch| epoch.formats.get(of_epoch(epoch)?))
    }

    fn note(&mut self, packet: &rtp::Packet<'_>, sort: Sort, arrival_ns: u64) {
        if packet.payload.is_empty() {
            return;
        }
        let named = self.format(packet.payload_type, arrival_ns);
        let known = named
            .map(|format| format.encoding.as_str())
            .filter(|name| !name.is_empty());
        let is_known = |names: &[String]| {
            names.iter().any(|name| match (known, sort.coding) {
                (Some(known), _) => name == known,
                (None, Coding::G711(law)) => name == law.encoding(),
                (None, _) => is_number(name, packet.payload_type),
            })
        };
        if is_known(&self.encodings) {
            return;
        }
        let name = match (known, sort.coding) {
            (Some(known), _) => known.to_owned(),
            (None, Coding::G711(law)) => law.encoding().to_owned(),
            (None, _) => format!("{UNNAMED}{}", packet.payload_type),
        };
        if sort.is_undecodable() {
            self.undecoded.push(name.clone());
        }
        self.encodings.push(name);
    }
}

const UNNAMED: &str = "payload type ";

fn is_number(name: &str, payload_type: u8) -> bool {
    name.strip_prefix(UNNAMED)
        .and_then(|number| number.parse().ok())
        == Some(payload_type)
}

/// Writes, hashes and outlines in one go.
struct Sink<'a> {
    out: &'a mut dyn Write,
    octets: Vec<u8>,
    size: u64,
    hash: sha2::Sha256,
    peaks: Peaks,
    levels: Levels,
}

impl<'a> Sink<'a> {
    fn new(out: &'a mut dyn Write, samples: u64) -> Self {
        let peaks = Peaks::new(SAMPLE_RATE, samples);
        let octets = Vec::with_capacity(WRITE_OCTETS);
        Self {
            out,
            octets,
            size: 0,
            hash: sha2::Sha256::new(),
            peaks,
            levels: Levels::new(SAMPLE_RATE),
        }
    }

    fn samples(&mut self, interleaved: &[i16]) -> io::Result<()> {
        self.peaks.push(interleaved);
        self.levels.push(interleaved);
        let mut octets = std::mem::take(&mut self.octets);
        octets.resize(interleaved.len() * 2, 0);
        let (pairs, _none) = octets.as_chunks_mut::<2>();
        for (pair, sample) in pairs.iter_mut().zip(interleaved) {
            *pair = sample.to_le_bytes();
        }
        let outcome = self.write(&octets);
        self.octets = octets;
        outcome
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.hash.update(octets);
        self.size += octets.len() as u64;
        self.out.write_all(octets)
    }

    fn finish(self) -> io::Result<Written> {
        self.out.flush()?;
        let sha256 = Sha256(self.hash.finalize().into());
        Ok(Written {
            size: self.size,
            sha256,
            peaks: self.peaks.finish(),
            levels: self.levels.finish(),
        })
    }
}

//! The sound of a recording: two walks through its packets.

use crate::jitter::Jitter;
use crate::levels::ChannelReport;
use crate::sink::Sink;
use crate::sources::Sources;
use crate::story::{self, Arrived, Which};
use crate::unlock::{Keyring, Refused, Unlock};
use crate::{Error, Profile, StreamReport};
use journal::Journal;
use media::{Coding, Mixer, Played, Player, Scan, Side, Sort, Sound, Timeline};
use model::{RecordingId, Sha256};
use siprec::{Facts, Format, StreamFacts};
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

/// Samples a second of a recording without sound.
const SAMPLE_RATE_LEAST: u32 = 8_000;

/// What the first walk found.
pub(crate) struct Scanned {
    /// Samples a second: that of the best codec heard, as far as the profile allows.
    pub(crate) sample_rate: u32,
    /// Whether streams are silent where their keys are pressed.
    pub(crate) mute_keys: bool,
    pub(crate) timeline: Timeline,
    /// In the order of the time line's streams.
    pub(crate) streams: Vec<Heard>,
    pub(crate) malformed: u64,
    /// Frames of the journal that are missing or damaged.
    pub(crate) lost_frames: u64,
    /// Protected packets that did not open, by stream.
    pub(crate) refused: BTreeMap<u16, Refused>,
    pub(crate) sources: Sources,
}

/// One stream, with packets or an accepted m-line.
pub(crate) struct Heard {
    pub(crate) stream: u16,
    pub(crate) facts: StreamFacts,
    pub(crate) encodings: Vec<String>,
    pub(crate) undecoded: Vec<String>,
    jitter: Jitter,
    /// The highest sampling rate of its codecs; 0 before the first sound.
    sample_rate: u32,
}

/// Size, hash and outline of what was written.
pub(crate) struct Written {
    pub(crate) size: u64,
    pub(crate) sha256: Sha256,
    pub(crate) peaks: Vec<u8>,
    pub(crate) levels: [ChannelReport; 2],
    /// What became of the packets, stream by stream.
    pub(crate) played: Vec<Played>,
}

/// Walks through the packets once and lays them on the time line; arrivals are counted from
/// `origin_ns`.
pub(crate) fn scan(
    journal: &Journal,
    recording: RecordingId,
    facts: &Facts,
    keys: &Keyring,
    origin_ns: u64,
    profile: &Profile,
) -> Result<Scanned, Error> {
    let mut unlock = Unlock::new(keys, facts);
    let mut streams: BTreeMap<u16, (Heard, Scan)> = BTreeMap::new();
    for stream in facts.streams.iter().filter(|stream| stream.accepted) {
        streams.insert(stream.index, (Heard::new(stream.index, facts), Scan::new()));
    }
    let mut malformed = 0_u64;
    let mut sources = Sources::default();
    let lost_frames = each_packet(
        journal,
        recording,
        Which::All,
        &mut unlock,
        origin_ns,
        |arrival_ns,
         Arrived {
             stream,
             bytes,
             report,
             ..
         }| {
            if report {
                if let Some((_, scan)) = streams.get_mut(&stream) {
                    sources.report(stream, arrival_ns, bytes, scan);
                }
                return Ok(());
            }
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
            sources.packet(stream, arrival_ns, &packet);
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
    let refused = unlock.refused();
    add_refused(&mut streams, &refused, keys, facts);
    let (streams, scans): (Vec<Heard>, Vec<Scan>) = streams.into_values().unzip();
    let best = streams.iter().map(|heard| heard.sample_rate).max();
    let sample_rate = best
        .unwrap_or(0)
        .min(profile.max_sample_rate)
        .max(SAMPLE_RATE_LEAST);
    Ok(Scanned {
        sample_rate,
        mute_keys: profile.mute_keys,
        timeline: Timeline::new(scans, sample_rate),
        streams,
        malformed,
        lost_frames,
        refused,
        sources,
    })
}

/// Names the streams of which protected packets came and nothing opened.
fn add_refused(
    streams: &mut BTreeMap<u16, (Heard, Scan)>,
    refused: &BTreeMap<u16, Refused>,
    keys: &Keyring,
    facts: &Facts,
) {
    let kept = |(stream, refused): &(&u16, &Refused)| {
        !is_elsewhere(facts, **stream) && refused.unauthentic + refused.replayed > 0
    };
    for (stream, _) in refused.iter().filter(kept) {
        let fresh = || (Heard::new(*stream, facts), Scan::new());
        let (heard, _) = streams.entry(*stream).or_insert_with(fresh);
        if keys.is_shut(*stream) {
            heard.undecoded.push(PROTECTED.to_owned());
        }
    }
}

/// Walks through the packets again and writes the file.
pub(crate) fn write(
    journal: &Journal,
    recording: RecordingId,
    scanned: &Scanned,
    mut unlock: Unlock<'_>,
    origin_ns: u64,
    sides: &[Side],
    out: &mut dyn Write,
) -> Result<Written, Error> {
    let failed = |source| Error::Write { recording, source };
    let timeline = &scanned.timeline;
    let mut sink = Sink::new(out, scanned.sample_rate, timeline.samples);
    sink.header().map_err(failed)?;
    let mut mixer = Mixer::new(sides, scanned.sample_rate, timeline.samples);
    if scanned.mute_keys {
        for (number, stream) in timeline.streams.iter().enumerate() {
            let pressed = stream.keys.iter().map(|key| (key.from, key.to));
            mixer.mute(number, pressed.collect());
        }
    }
    let mut players: Vec<Player<'_>> = timeline.streams.iter().map(Player::new).collect();
    let numbers: BTreeMap<u16, usize> = scanned
        .streams
        .iter()
        .zip(0..)
        .map(|(heard, number)| (heard.stream, number))
        .collect();
    each_packet(
        journal,
        recording,
        Which::Sound,
        &mut unlock,
        origin_ns,
        |arrival_ns, Arrived { stream, bytes, .. }| {
            let Ok(packet) = rtp::Packet::parse(bytes) else {
                return Ok(());
            };
            let Some(&number) = numbers.get(&stream) else {
                return Ok(());
            };
            let Some((heard, player)) = scanned.streams.get(number).zip(players.get_mut(number))
            else {
                return Ok(());
            };
            let sort = heard.sort(&packet, origin_ns.saturating_add_signed(arrival_ns));
            let put = |sound: Sound<'_>| {
                let put = mixer.put(number, sound, &mut |block| sink.samples(block));
                put.map(|_late| ())
            };
            player.push(arrival_ns, &packet, sort, put).map_err(failed)
        },
    )?;
    let mut played = Vec::with_capacity(players.len());
    for (number, player) in players.into_iter().enumerate() {
        let put = |sound: Sound<'_>| {
            let put = mixer.put(number, sound, &mut |block| sink.samples(block));
            put.map(|_late| ())
        };
        played.push(player.finish(put).map_err(failed)?);
    }
    mixer
        .finish(&mut |block| sink.samples(block))
        .map_err(failed)?;
    let (size, sha256, peaks, levels) = sink.finish().map_err(failed)?;
    Ok(Written {
        size,
        sha256,
        peaks,
        levels,
        played,
    })
}

/// Whether a stream is sound of other communication sessions alone.
pub(crate) fn is_elsewhere(facts: &Facts, stream: u16) -> bool {
    let mut streams = facts.streams.iter();
    streams.any(|known| known.index == stream && known.elsewhere)
}

/// Hands out the packets of a recording, their arrival counted from `origin_ns`; returns how
/// many frames are missing or damaged.
fn each_packet(
    journal: &Journal,
    recording: RecordingId,
    which: Which,
    unlock: &mut Unlock<'_>,
    origin_ns: u64,
    mut each: impl FnMut(i64, Arrived<'_>) -> Result<(), Error>,
) -> Result<u64, Error> {
    story::packets(journal, recording, which, unlock, |packet| {
        let since_ns = i128::from(packet.arrival_ns) - i128::from(origin_ns);
        // Times that do not fit come from no clock; the time line sorts them out.
        let since_ns = i64::try_from(since_ns).unwrap_or(i64::MAX);
        each(since_ns, packet).map(ControlFlow::Continue)
    })
}

impl Heard {
    pub(crate) fn new(stream: u16, facts: &Facts) -> Self {
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
            sample_rate: 0,
        }
    }

    /// The quality of the stream, without what only the journal knows.
    pub(crate) fn report(&self, stats: &media::StreamStats, played: &Played) -> StreamReport {
        StreamReport {
            stream: self.stream,
            label: self.facts.label.clone(),
            packets: stats.packets,
            expected: stats.packets + stats.lost,
            lost: stats.lost,
            duplicates: stats.duplicates,
            reordered: stats.reordered,
            discarded: stats.discarded + stats.late + played.late,
            late: stats.late + played.late,
            broken: played.broken,
            concealed: played.concealed,
            ssrc_changes: stats.ssrc_changes,
            jumps: stats.jumps,
            gaps: stats.gaps,
            drift_corrections: stats.drift_corrections,
            drift_samples: stats.drift_samples,
            aligned_ms: stats.aligned_ns / 1_000_000,
            jitter_us: self.jitter.micros(),
            encodings: self.encodings.clone(),
            undecoded: self.undecoded.clone(),
            ..StreamReport::default()
        }
    }

    pub(crate) fn sort(&self, packet: &rtp::Packet<'_>, arrival_ns: u64) -> Sort {
        let sort = match self.format(packet.payload_type, arrival_ns) {
            Some(format) => Sort::new(&format.encoding, format.clock_rate, format.channels),
            None => fixed(packet.payload_type).map_or_else(
                || Sort::new("", 0, 1),
                |(name, clock_rate, channels)| Sort::new(name, clock_rate, channels),
            ),
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
        self.sample_rate = self.sample_rate.max(sort.sample_rate().unwrap_or(0));
        let named = self.format(packet.payload_type, arrival_ns);
        let known = named
            .map(|format| format.encoding.as_str())
            .or_else(|| fixed(packet.payload_type).map(|(name, ..)| name))
            .filter(|name| !name.is_empty());
        let is_known = |names: &[String]| {
            names.iter().any(|name| match known {
                Some(known) => name == known,
                None => is_number(name, packet.payload_type),
            })
        };
        if is_known(&self.encodings) {
            return;
        }
        let name = known.map_or_else(
            || format!("{UNNAMED}{}", packet.payload_type),
            str::to_owned,
        );
        if sort.is_undecodable() {
            self.undecoded.push(name.clone());
        }
        self.encodings.push(name);
    }
}

/// Payload types that never mean anything else in practice (RFC 3551 §6), for calls whose
/// negotiation could not be read.
fn fixed(payload_type: u8) -> Option<(&'static str, u32, u8)> {
    match payload_type {
        0 => Some(("PCMU", 8_000, 1)),
        8 => Some(("PCMA", 8_000, 1)),
        9 => Some(("G722", 8_000, 1)),
        10 => Some(("L16", 44_100, 2)),
        11 => Some(("L16", 44_100, 1)),
        13 => Some(("CN", 8_000, 1)),
        18 => Some(("G729", 8_000, 1)),
        _ => None,
    }
}

/// What cannot be decoded because its keys are missing.
const PROTECTED: &str = "SRTP";

const UNNAMED: &str = "payload type ";

fn is_number(name: &str, payload_type: u8) -> bool {
    name.strip_prefix(UNNAMED)
        .and_then(|number| number.parse().ok())
        == Some(payload_type)
}

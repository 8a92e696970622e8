//! A sender whose every sample can be computed, a network that spoils its packets, and the two
//! passes of a recording over what arrives.

use media::{Coding, Mixer, Player, Scan, Side, Sort, Timeline};
use rtp::Packet;

pub(crate) const MS: i64 = 1_000_000;
pub(crate) const SECOND: i64 = 1_000 * MS;
pub(crate) const MU_LAW: Sort = Sort {
    coding: Coding::G711(media::g711::Law::Mu),
    clock_rate: 8_000,
};

/// Numbers that look random and are the same for the same seed (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: i64) -> i64 {
        (self.next() % limit.max(1) as u64) as i64
    }

    pub(crate) fn percent(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }
}

/// A datagram on its way.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) at_ns: i64,
    pub(crate) stream: usize,
    pub(crate) bytes: Vec<u8>,
}

/// One stream's sender.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) stream: usize,
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    /// Timestamp of its sample 0.
    pub(crate) base: u32,
    /// When its sample 0 is taken.
    pub(crate) start_ns: i64,
    /// How much faster than ours its clock runs, in millionths.
    pub(crate) ppm: i64,
}

impl Sender {
    pub(crate) fn new(stream: usize) -> Self {
        let ssrc = 0x1000 + stream as u32;
        Self {
            stream,
            ssrc,
            sequence: 100,
            base: 1_000_000,
            start_ns: 0,
            ppm: 0,
        }
    }

    /// When a sample is taken, on our clock.
    pub(crate) fn time_of(&self, sample: i64) -> i64 {
        let ns = i128::from(sample) * 125_000 * 1_000_000 / i128::from(1_000_000 + self.ppm);
        self.start_ns + ns as i64
    }

    /// Sends samples in packets of 20 ms, in real time.
    pub(crate) fn send(&mut self, samples: std::ops::Range<i64>, into: &mut Vec<Sent>) {
        let mut from = samples.start;
        while from < samples.end {
            let payload: Vec<u8> = (from..from + 160).map(|n| octet(self.stream, n)).collect();
            let at_ns = self.time_of(from + 160);
            into.push(Sent {
                at_ns,
                stream: self.stream,
                bytes: self.packet(from, &payload),
            });
            from += 160;
        }
    }

    pub(crate) fn packet(&mut self, sample: i64, payload: &[u8]) -> Vec<u8> {
        let timestamp = self.base.wrapping_add(sample as u32);
        let bytes = packet(self.sequence, timestamp, self.ssrc, payload);
        self.sequence = self.sequence.wrapping_add(1);
        bytes
    }
}

pub(crate) fn packet(sequence: u16, timestamp: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, 0];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// What a stream sends as its sample `n`: never silence, so that what is missing shows.
pub(crate) fn octet(stream: usize, n: i64) -> u8 {
    let octet = Random((stream as u64) << 48 ^ n as u64).next() as u8;
    // The lowest 4 segments of µ-law have their three segment bits set after inversion.
    octet & 0xbf
}

pub(crate) fn sample(stream: usize, n: i64) -> i16 {
    media::g711::Law::Mu.table()[usize::from(octet(stream, n))]
}

/// What a network does to packets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Network {
    pub(crate) loss_percent: i64,
    pub(crate) copies_percent: i64,
    pub(crate) jitter_ms: i64,
    pub(crate) late_percent: i64,
    pub(crate) late_ms: i64,
}

impl Network {
    pub(crate) fn carry(self, sent: Vec<Sent>, seed: u64) -> Vec<Sent> {
        let mut random = Random(seed);
        let mut arrived = Vec::new();
        for packet in sent {
            let copies = 1 + usize::from(random.percent(self.copies_percent));
            for _ in 0..copies {
                if random.percent(self.loss_percent) {
                    continue;
                }
                let mut delay_ns = 5 * MS + random.below(self.jitter_ms * MS);
                if random.percent(self.late_percent) {
                    delay_ns += random.below(self.late_ms * MS);
                }
                arrived.push(Sent {
                    at_ns: packet.at_ns + delay_ns,
                    ..packet.clone()
                });
            }
        }
        arrived.sort_by_key(|packet| packet.at_ns);
        arrived
    }
}

pub(crate) struct Recording {
    pub(crate) timeline: Timeline,
    pub(crate) left: Vec<i16>,
    pub(crate) right: Vec<i16>,
    pub(crate) late: usize,
}

/// A sender report that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SenderReport {
    pub(crate) at_ns: i64,
    pub(crate) stream: usize,
    pub(crate) ssrc: u32,
    pub(crate) ntp: u64,
    pub(crate) timestamp: u32,
    pub(crate) clock: u32,
}

/// Both passes, stream 0 left, all others right.
pub(crate) fn record(arrived: &[Sent], streams: usize) -> Recording {
    record_with(arrived, &[], streams)
}

/// The same with sender reports, in order.
pub(crate) fn record_with(arrived: &[Sent], reports: &[SenderReport], streams: usize) -> Recording {
    let mut scans: Vec<Scan> = (0..streams).map(|_| Scan::new()).collect();
    let mut reports = reports.iter().peekable();
    for sent in arrived {
        while let Some(report) = reports.next_if(|report| report.at_ns < sent.at_ns) {
            let SenderReport { at_ns, ssrc, .. } = *report;
            let (ntp, timestamp, clock) = (report.ntp, report.timestamp, report.clock);
            scans[report.stream].report(at_ns, ssrc, ntp, timestamp, clock);
        }
        let packet = Packet::parse(&sent.bytes).unwrap();
        scans[sent.stream].push(sent.at_ns, &packet, MU_LAW);
    }
    let timeline = Timeline::new(scans, 8_000);
    let sides: Vec<Side> = (0..streams)
        .map(|s| if s == 0 { Side::Left } else { Side::Right })
        .collect();
    let mut mixer = Mixer::new(&sides, 8_000, timeline.samples);
    let (mut left, mut right, mut late) = (Vec::new(), Vec::new(), 0);
    let mut out = |block: &[i16]| {
        for pair in block.chunks(2) {
            left.push(pair[0]);
            right.push(pair[1]);
        }
        Ok(())
    };
    let mut players: Vec<Player<'_>> = timeline.streams.iter().map(Player::new).collect();
    for sent in arrived {
        let packet = Packet::parse(&sent.bytes).unwrap();
        let player = &mut players[sent.stream];
        let put = |sound: media::Sound<'_>| {
            late += mixer.put(sent.stream, sound, &mut out)?;
            Ok(())
        };
        player.push(sent.at_ns, &packet, MU_LAW, put).unwrap();
    }
    drop(players);
    mixer.finish(&mut out).unwrap();
    assert_eq!(left.len() as u64, timeline.samples);
    assert_eq!(right.len(), left.len());
    Recording {
        timeline,
        left,
        right,
        late,
    }
}

/// Where a packet's worth of samples from `n` on lies in a channel, near where it should be.
pub(crate) fn find(channel: &[i16], stream: usize, n: i64, near: i64, reach: i64) -> Option<i64> {
    let wanted: Vec<i16> = (n..n + 40).map(|n| sample(stream, n)).collect();
    let lies_at = |at: &i64| {
        let at = usize::try_from(*at).unwrap_or(usize::MAX);
        let range = at..at.saturating_add(wanted.len());
        channel.get(range).is_some_and(|found| found == wanted)
    };
    let around = near - reach..near + reach;
    std::iter::once(near).chain(around).find(lies_at)
}

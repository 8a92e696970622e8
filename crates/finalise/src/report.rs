//! What rendering saw: how good the sound is, and the messages it was derived from.

use crate::levels::ChannelReport;
use crate::sources::SourceReport;

/// How well a call was heard. It becomes the recording's quality record.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Report {
    /// Sampling rate of the sound in Hz.
    pub sample_rate: u32,
    /// Length of each channel in samples.
    pub samples: u64,
    /// Frames of the journal that were lost with a damaged disk or a crash.
    pub lost_frames: u64,
    /// Packets that were no RTP packets.
    pub malformed: u64,
    /// How loud left and right are.
    pub channels: [ChannelReport; 2],
    /// Whether somebody is heard on one channel for long and nobody at all on the other.
    pub one_way: bool,
    /// One entry for each stream with packets or an accepted m-line.
    pub streams: Vec<StreamReport>,
}

/// How well one stream was heard.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StreamReport {
    /// Index of the m-line.
    pub stream: u16,
    /// Its label, where there was one.
    pub label: Option<String>,
    /// Whether it is on the left channel.
    pub left: bool,
    /// Packets that came, second copies not counted.
    pub packets: u64,
    /// Packets that were to come: those that came, and those that never did.
    pub expected: u64,
    /// Packets that never came, by their sequence numbers.
    pub lost: u64,
    /// Second copies.
    pub duplicates: u64,
    /// Packets that came after a newer one.
    pub reordered: u64,
    /// Packets that came too late or fitted nothing, and are not in the sound.
    pub discarded: u64,
    /// Those of them that came too late.
    pub late: u64,
    /// Packets whose codec does not know what is in them; their stretches are silence.
    pub broken: u64,
    /// Lost packets whose sound is there all the same, because a later packet carried it.
    pub concealed: u64,
    /// Changes of the source (SSRC).
    pub ssrc_changes: u64,
    /// Jumps of the timestamp that disagreed with the arrival.
    pub jumps: u64,
    /// Times without packets of more than a second.
    pub gaps: u64,
    /// Samples dropped or inserted because clocks drifted: how many times.
    pub drift_corrections: u64,
    /// Samples inserted less samples dropped because clocks drifted.
    pub drift_samples: i64,
    /// By how many milliseconds the stream lies elsewhere than its arrival says, because sender
    /// reports say so: negative is earlier.
    pub aligned_ms: i64,
    /// Mean and greatest interarrival jitter in microseconds (RFC 3550 §6.4.1); `None` without
    /// two packets to compare.
    pub jitter_us: Option<(u64, u64)>,
    /// Packets from other sources that capture did not take.
    pub stray: u64,
    /// Packets that were to be protected and were not made with a key of this stream.
    pub unauthentic: u64,
    /// Protected packets that came a second time.
    pub replayed: u64,
    /// Sender reports that came (RTCP).
    pub sender_reports: u64,
    /// RTCP packets that were to be protected and did not open.
    pub reports_refused: u64,
    /// Packets that were there and not taken: dropped by the kernel, too long, or too many.
    pub dropped: u64,
    /// Encodings heard, in order of appearance.
    pub encodings: Vec<String>,
    /// Encodings heard that could not be decoded; their stretches are silence.
    pub undecoded: Vec<String>,
    /// Who sent, in order of appearance.
    pub sources: Vec<SourceReport>,
}

/// One SIP message, as received or sent, keys and credentials cut out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignalRecord {
    /// Whether we sent it.
    pub sent: bool,
    /// When, in wall-clock milliseconds since 1970.
    pub time_ms: i64,
    /// The whole message; octets that are not UTF-8 replaced.
    pub text: String,
}

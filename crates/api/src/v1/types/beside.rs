//! What is stored beside the sound, as written when it was settled; and checking it all.

use serde::{Deserialize, Serialize};

/// How loud each short stretch of each channel is.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Waveform {
    /// Hz.
    pub(crate) sample_rate: u32,
    /// Samples that one value stands for.
    pub(crate) samples_per_value: u32,
    /// Samples of each channel in all.
    pub(crate) samples: u64,
    /// Greatest magnitudes of the local party, in 1/255 of full scale.
    pub(crate) left: Vec<u8>,
    /// Greatest magnitudes of all others.
    pub(crate) right: Vec<u8>,
}

/// The messages of a call as received and sent.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signalling {
    /// Always true: keys of encrypted media and credentials were cut out before anything was
    /// written, and stand as `***`. The messages are not byte for byte what was on the wire.
    pub(crate) keys_cut: bool,
    pub(crate) messages: Vec<Message>,
}

/// A SIP message.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    /// Whether the recorder sent it.
    sent: bool,
    #[schema(format = DateTime)]
    time: String,
    text: String,
}

/// What became of the packets of a call.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Quality {
    /// Hz.
    sample_rate: u32,
    /// Samples of each channel.
    samples: u64,
    /// Pieces of the journal lost with a damaged disk or a crash.
    lost_frames: u64,
    /// Packets that were no RTP packets.
    malformed: u64,
    /// Left and right; empty where it was not measured.
    #[serde(default)]
    channels: Vec<ChannelQuality>,
    /// Whether somebody is heard on one channel for five seconds or more and nobody at all on
    /// the other; null where it was not measured.
    #[serde(default)]
    one_way: Option<bool>,
    streams: Vec<StreamQuality>,
}

/// How loud one channel is.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChannelQuality {
    /// Samples at full scale.
    clipped: u64,
    /// How long there is something to hear.
    audible_ms: u64,
}

/// What became of the packets of one stream.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamQuality {
    stream: u16,
    label: Option<String>,
    /// `left` or `right`.
    channel: String,
    /// That came, second copies not counted.
    packets: u64,
    /// That were to come: `packets` and `lost`; 0 where it was not counted.
    #[serde(default)]
    expected: u64,
    /// That never came, by their sequence numbers.
    lost: u64,
    duplicates: u64,
    reordered: u64,
    /// That came too late or fitted nothing.
    discarded: u64,
    /// Those of them that came too late.
    #[serde(default)]
    late: u64,
    /// Whose codec does not know what is in them; silent.
    #[serde(default)]
    broken: u64,
    /// Lost, but in the sound all the same, because a later packet carried them.
    #[serde(default)]
    concealed: u64,
    ssrc_changes: u64,
    jumps: u64,
    gaps: u64,
    drift_corrections: u64,
    drift_samples: i64,
    /// By how much the stream was moved against its arrival, because sender reports (RTCP) say
    /// where it belongs beside the others: negative is earlier.
    #[serde(default)]
    aligned_ms: i64,
    /// From other sources than the one that was recorded.
    stray: u64,
    /// Protected packets (SRTP) that no key of the stream opens: forged, damaged or foreign.
    #[serde(default)]
    unauthentic: u64,
    /// Protected packets that came a second time.
    #[serde(default)]
    replayed: u64,
    /// Sender reports that came.
    #[serde(default)]
    sender_reports: u64,
    /// Protected RTCP packets that no key of the stream opens, or that came a second time.
    #[serde(default)]
    reports_refused: u64,
    /// That were there and could not be taken: no room in the kernel, too long or too many.
    dropped: u64,
    encodings: Vec<String>,
    undecoded: Vec<String>,
    /// Mean interarrival jitter in milliseconds (RFC 3550), where it was measured.
    #[serde(default)]
    jitter_ms: Option<f64>,
    /// The greatest, where it was measured.
    #[serde(default)]
    jitter_ms_max: Option<f64>,
    /// Who sent, in order of appearance.
    #[serde(default)]
    sources: Vec<SourceQuality>,
}

/// A source of a stream (RTP, RTCP).
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceQuality {
    ssrc: u32,
    /// The name that stays when the SSRC changes.
    cname: Option<String>,
    /// Whether the source before it began anew (the same name), or this is another one; null
    /// for the first, and where nobody gave a name.
    restart: Option<bool>,
    /// When its first packet came, in the sound.
    from_ms: u64,
    /// When it said that it leaves.
    left_ms: Option<u64>,
    /// SSRCs that were mixed into it.
    contributing: Vec<u32>,
}

/// What reading a recording back found.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verification {
    /// Whether the stored file is what it was when it was stored.
    pub(crate) intact: bool,
    pub(crate) expected: FileFacts,
    /// Null: the file is not there.
    pub(crate) found: Option<FileFacts>,
    #[schema(format = DateTime)]
    pub(crate) checked_at: String,
}

/// Size and hash of a file.
#[derive(Eq, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileFacts {
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

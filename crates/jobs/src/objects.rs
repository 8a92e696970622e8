//! What is stored beside the sound: quality report, signalling as received, peaks.
//!
//! These shapes are read from the archive later; fields are only ever added. Journals are
//! deleted after settling, so what is not written here is gone.

use finalise::{Report, SignalRecord, SourceReport, StreamReport};
use jiff::Timestamp;
use model::RecordingId;
use serde::Serialize;

/// Key of a recording's object without its ending: `2026/11/24/<id>`.
pub(crate) fn base(start: Timestamp, id: RecordingId) -> String {
    let date = jiff::tz::Offset::UTC.to_datetime(start).date();
    format!(
        "{:04}/{:02}/{:02}/{id}",
        date.year(),
        date.month(),
        date.day()
    )
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Quality<'a> {
    sample_rate: u32,
    samples: u64,
    lost_frames: u64,
    malformed: u64,
    channels: [ChannelQuality; 2],
    one_way: bool,
    streams: Vec<StreamQuality<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChannelQuality {
    clipped: u64,
    audible_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StreamQuality<'a> {
    stream: u16,
    label: Option<&'a str>,
    channel: &'static str,
    packets: u64,
    expected: u64,
    lost: u64,
    duplicates: u64,
    reordered: u64,
    discarded: u64,
    late: u64,
    broken: u64,
    concealed: u64,
    ssrc_changes: u64,
    jumps: u64,
    gaps: u64,
    drift_corrections: u64,
    drift_samples: i64,
    aligned_ms: i64,
    stray: u64,
    unauthentic: u64,
    replayed: u64,
    sender_reports: u64,
    reports_refused: u64,
    dropped: u64,
    encodings: &'a [String],
    undecoded: &'a [String],
    jitter_ms: Option<f64>,
    jitter_ms_max: Option<f64>,
    sources: Vec<SourceQuality<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceQuality<'a> {
    ssrc: u32,
    cname: Option<&'a str>,
    restart: Option<bool>,
    from_ms: u64,
    left_ms: Option<u64>,
    contributing: &'a [u32],
}

impl<'a> SourceQuality<'a> {
    fn of(report: &'a SourceReport) -> Self {
        Self {
            ssrc: report.ssrc,
            cname: report.cname.as_deref(),
            restart: report.restart,
            from_ms: report.from_ms,
            left_ms: report.left_ms,
            contributing: &report.contributing,
        }
    }
}

impl<'a> StreamQuality<'a> {
    fn of(report: &'a StreamReport) -> Self {
        Self {
            stream: report.stream,
            label: report.label.as_deref(),
            channel: if report.left { "left" } else { "right" },
            packets: report.packets,
            expected: report.expected,
            lost: report.lost,
            duplicates: report.duplicates,
            reordered: report.reordered,
            discarded: report.discarded,
            late: report.late,
            broken: report.broken,
            concealed: report.concealed,
            ssrc_changes: report.ssrc_changes,
            jumps: report.jumps,
            gaps: report.gaps,
            drift_corrections: report.drift_corrections,
            drift_samples: report.drift_samples,
            aligned_ms: report.aligned_ms,
            stray: report.stray,
            unauthentic: report.unauthentic,
            replayed: report.replayed,
            sender_reports: report.sender_reports,
            reports_refused: report.reports_refused,
            dropped: report.dropped,
            encodings: &report.encodings,
            undecoded: &report.undecoded,
            jitter_ms: report.jitter_us.map(|(mean, _most)| ms(mean)),
            jitter_ms_max: report.jitter_us.map(|(_mean, most)| ms(most)),
            sources: report.sources.iter().map(SourceQuality::of).collect(),
        }
    }
}

fn ms(us: u64) -> f64 {
    // Jitter is below a second: exact.
    f64::from(u32::try_from(us).unwrap_or(u32::MAX)) / 1_000.0
}

/// The quality report as JSON.
pub(crate) fn quality(report: &Report) -> Vec<u8> {
    json(&Quality {
        sample_rate: report.sample_rate,
        samples: report.samples,
        lost_frames: report.lost_frames,
        malformed: report.malformed,
        channels: report.channels.map(|channel| ChannelQuality {
            clipped: channel.clipped,
            audible_ms: channel.audible_ms,
        }),
        one_way: report.one_way,
        streams: report.streams.iter().map(StreamQuality::of).collect(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Signal<'a> {
    sent: bool,
    time: String,
    text: &'a str,
}

impl<'a> Signal<'a> {
    fn of(record: &'a SignalRecord) -> Self {
        let time = Timestamp::from_millisecond(record.time_ms).unwrap_or_default();
        Self {
            sent: record.sent,
            time: time.to_string(),
            text: &record.text,
        }
    }
}

/// Every SIP message of the call as JSON, keys and credentials cut out before they were
/// journalled.
pub(crate) fn signalling(signals: &[SignalRecord]) -> Vec<u8> {
    let signals: Vec<Signal<'_>> = signals.iter().map(Signal::of).collect();
    json(&signals)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Plain structs of strings and numbers always serialise.
    serde_json::to_vec(value).unwrap_or_default()
}

//! The recording: sound, facts and quality, from one journal.

use crate::deeds;
use crate::levels;
use crate::sound::{self, Heard, Scanned, Written};
use crate::story::Story;
use crate::unlock::{Refused, Unlock};
use crate::{Error, Profile, Report, SignalRecord, StreamReport};
use jiff::Timestamp;
use journal::{Journal, Why};
use media::{Played, Side, StreamStats};
use model::details::{KeyPress, Span};
use model::{Draft, Format, RecordingId, Sha256, State};
use siprec::Facts;
use std::io::Write;

/// A rendered recording; its sound went to the writer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rendition {
    /// Facts and times.
    pub draft: Draft,
    /// Octets written.
    pub size: u64,
    /// Hash of the octets written.
    pub sha256: Sha256,
    /// How well the call was heard.
    pub report: Report,
    /// The outline of the sound, in the form of [`media::peaks`].
    pub peaks: Vec<u8>,
    /// The messages, as received and sent.
    pub signalling: Vec<SignalRecord>,
}

/// Renders one recording of a session in constant memory: the same journal and profile give
/// the same octets. A hostile packet is counted and never an error.
///
/// # Errors
/// [`Error`]; the octets written until then are worthless.
pub fn render(
    journal: &Journal,
    recording: RecordingId,
    profile: &Profile,
    out: &mut dyn Write,
) -> Result<Rendition, Error> {
    if profile.format != Format::Wav {
        return Err(Error::Format(profile.format));
    }
    let story = Story::read(journal, recording)?;
    let facts = story.facts();
    let sides = story.sides.as_ref().ok_or(Error::NoSides(recording))?;
    let origin_ns = story.began_ns;
    let scanned = sound::scan(journal, recording, &facts, &story.keys, origin_ns, profile)?;
    let channels = channels(&scanned.streams, &sides.left);
    let unlock = Unlock::new(&story.keys, &facts);
    let written = sound::write(
        journal, recording, &scanned, unlock, origin_ns, &channels, out,
    )?;
    let report = report(&story, &scanned, &channels, &written);
    let mut draft = draft(journal, recording, &story, facts, &scanned, &report)?;
    draft.details.profile = profile.version;
    Ok(Rendition {
        draft,
        size: written.size,
        sha256: written.sha256,
        report,
        peaks: written.peaks,
        signalling: story.signalling(),
    })
}

/// Left is what the local party sends, right everything else. A stream alone that the local
/// party shares with others, or of which nobody says who sends it, is a mix.
fn channels(streams: &[Heard], left: &[u16]) -> Vec<Side> {
    let is_left = |heard: &Heard| left.contains(&heard.stream);
    if let [heard] = streams
        && is_left(heard)
        && heard.facts.senders.len() != 1
    {
        return vec![Side::Both];
    }
    let side = |heard: &Heard| {
        if is_left(heard) {
            Side::Left
        } else {
            Side::Right
        }
    };
    streams.iter().map(side).collect()
}

fn draft(
    journal: &Journal,
    recording: RecordingId,
    story: &Story,
    facts: Facts,
    scanned: &Scanned,
    report: &Report,
) -> Result<Draft, Error> {
    let sides = story.sides.as_ref().ok_or(Error::NoSides(recording))?;
    let time = |monotonic_ns: i128| {
        let ms = story.wall_ns(monotonic_ns).div_euclid(1_000_000);
        Timestamp::from_millisecond(ms).map_err(|_outside| Error::Time(recording))
    };
    let samples = scanned.timeline.samples;
    let heard = scanned
        .timeline
        .streams
        .iter()
        .any(|stream| stream.stats.packets > 0);
    let start_ns = if heard {
        let start_ns = i128::from(scanned.timeline.start) * 1_000_000_000;
        i128::from(story.began_ns) + start_ns.div_euclid(scanned.sample_rate.into())
    } else {
        story.answered_ns.into()
    };
    let mut undecoded: Vec<String> = Vec::new();
    for name in scanned.streams.iter().flat_map(|heard| &heard.undecoded) {
        if !undecoded.contains(name) {
            undecoded.push(name.clone());
        }
    }
    let mut oddities = facts.oddities.clone();
    // RFC 7866 section 12: the recording session must be as secure as the call.
    if story.open_signalling && !story.keys.is_empty() {
        oddities.push(OPEN_KEYS.to_owned());
    }
    let odd = scanned.timeline.odd_reports.iter();
    oddities.extend(odd.filter_map(|&(one, other)| odd_reports(scanned, one, other)));
    let (state, reason) = outcome(story, report.lost_frames);
    let duration_ms = samples * 1_000 / u64::from(scanned.sample_rate);
    let mut details = deeds::details(story, &facts, sides, report, start_ns, duration_ms)?;
    details.keys = keys(scanned, report);
    Ok(Draft {
        id: recording,
        session: journal.session(),
        pbx_call_id: story.conversation.clone().or(facts.pbx_call_id),
        start_time: time(start_ns)?,
        duration_ms,
        direction: sides.direction,
        local_number: sides.local.clone(),
        remote_number: sides.remote.clone(),
        owner: sides.owner,
        sides_assumed: sides.assumed,
        state,
        reason,
        answered_at: time(story.answered_ns.into())?,
        ended_at: time(story.ended_ns.into())?,
        undecoded,
        oddities,
        details,
    })
}

/// A recording's sound was protected, and yet anybody on the way could read the keys.
const OPEN_KEYS: &str = "The keys of the sound came over a connection without TLS.";

/// Two streams whose sender reports are of no use.
fn odd_reports(scanned: &Scanned, one: usize, other: usize) -> Option<String> {
    let (one, other) = (scanned.streams.get(one)?, scanned.streams.get(other)?);
    Some(format!(
        "The sender reports of streams {} and {} are more than a second from where the sound \
         arrived, and were ignored.",
        one.stream, other.stream
    ))
}

/// What became of the recording, and why it ended, in words for people.
fn outcome(story: &Story, lost_frames: u64) -> (State, String) {
    let mut reason = story
        .why
        .map_or("the journal has no end", Why::text)
        .to_owned();
    if lost_frames > 0 {
        reason.push_str("; part of the journal was lost");
    }
    if story.marked_gap {
        reason.push_str("; sound is missing where the recorder was restarted");
    }
    let whole = story.why.is_some_and(|why| !why.interrupted());
    let state = if whole && lost_frames == 0 && !story.marked_gap {
        State::Available
    } else {
        State::Interrupted
    };
    (state, reason)
}

/// The keys that were pressed, in order of time; without their names where they are muted.
fn keys(scanned: &Scanned, report: &Report) -> Vec<KeyPress> {
    let ms = |sample: u64| sample * 1_000 / u64::from(scanned.sample_rate);
    let streams = scanned.timeline.streams.iter().zip(&report.streams);
    let mut keys: Vec<KeyPress> = streams
        .flat_map(|(stream, report)| stream.keys.iter().map(move |key| (key, report.left)))
        .map(|(key, left)| KeyPress {
            span: Span {
                from_ms: ms(key.from),
                to_ms: ms(key.to),
            },
            key: (!scanned.mute_keys).then(|| key.name().to_owned()),
            left,
        })
        .collect();
    keys.sort_by_key(|key| (key.span.from_ms, key.left));
    keys
}

fn report(story: &Story, scanned: &Scanned, channels: &[Side], written: &Written) -> Report {
    let played = &written.played;
    let levels = written.levels;
    let stats = scanned.timeline.streams.iter().map(|stream| &stream.stats);
    let streams = scanned.streams.iter().zip(stats).zip(played).zip(channels);
    let start_ns = i128::from(scanned.timeline.start) * 1_000_000_000;
    let start_ns = start_ns.div_euclid(scanned.sample_rate.into());
    let ms = |arrival_ns: i64| {
        let since_ns = i128::from(arrival_ns) - start_ns;
        u64::try_from(since_ns / 1_000_000).unwrap_or_default()
    };
    let of_stream = |(((heard, stats), played), side)| {
        let (heard, stats): (&Heard, &StreamStats) = (heard, stats);
        let (played, side): (&Played, &Side) = (played, side);
        let (stray, dropped) = story
            .counted
            .get(&heard.stream)
            .copied()
            .unwrap_or_default();
        let refused = scanned.refused.get(&heard.stream).copied();
        let Refused {
            unauthentic,
            replayed,
            reports,
        } = refused.unwrap_or_default();
        StreamReport {
            unauthentic,
            replayed,
            left: *side != Side::Right,
            stray,
            dropped,
            sender_reports: scanned.sources.reports(heard.stream),
            reports_refused: reports,
            sources: scanned.sources.told(heard.stream, ms),
            ..heard.report(stats, played)
        }
    };
    Report {
        sample_rate: scanned.sample_rate,
        samples: scanned.timeline.samples,
        lost_frames: scanned.lost_frames,
        malformed: scanned.malformed,
        channels: levels,
        one_way: levels::one_way(levels),
        streams: streams.map(of_stream).collect(),
    }
}

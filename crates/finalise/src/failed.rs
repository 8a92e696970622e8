//! The facts of a recording that cannot be rendered: never silently absent.

use crate::story::Story;
use jiff::Timestamp;
use journal::Journal;
use model::{Details, Direction, Draft, RecordingId, State};

/// What a row can still say of a recording that cannot be rendered. Never fails, and asks for
/// nothing that rendering may have stumbled over: messages and packets are left alone.
#[must_use]
pub fn failed(journal: &Journal, recording: RecordingId, reason: String) -> Draft {
    let story = Story::read(journal, recording).unwrap_or_default();
    // The id was minted when the recording began; it is the time that cannot be lost.
    let minted = minted(recording);
    let time = |monotonic_ns: u64| {
        let ms = story.wall_ns(monotonic_ns.into()).div_euclid(1_000_000);
        let known = monotonic_ns > 0;
        Timestamp::from_millisecond(ms)
            .ok()
            .filter(|_| known)
            .unwrap_or(minted)
    };
    let (start, end) = (time(story.answered_ns), time(story.ended_ns));
    let sides = story.sides.as_ref();
    Draft {
        id: recording,
        session: journal.session(),
        pbx_call_id: None,
        start_time: start,
        duration_ms: 0,
        direction: sides.map_or(Direction::Unknown, |sides| sides.direction),
        local_number: sides.map(|sides| sides.local.clone()).unwrap_or_default(),
        remote_number: sides.map(|sides| sides.remote.clone()).unwrap_or_default(),
        owner: sides.and_then(|sides| sides.owner),
        sides_assumed: sides.is_none_or(|sides| sides.assumed),
        state: State::Failed,
        reason,
        answered_at: start,
        ended_at: end,
        undecoded: Vec::new(),
        oddities: Vec::new(),
        details: Details {
            trigger: story.deeds.mode,
            rule: story.deeds.rule.clone(),
            client: story.deeds.client.clone(),
            node: story.deeds.node.clone(),
            ..Details::default()
        },
    }
}

/// The time in a UUIDv7: its first 48 bits are milliseconds since 1970 (RFC 9562 §5.7).
fn minted(recording: RecordingId) -> Timestamp {
    let [a, b, c, d, e, f, ..] = recording.to_bytes();
    let ms = i64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::SessionId;

    #[test]
    fn an_empty_journal_still_gives_a_row() {
        let session = SessionId::mint(1_700_000_000_123, [7; 10]);
        let journal = Journal::in_memory(session, Vec::new());
        let draft = failed(&journal, session.first_recording(), "unreadable".to_owned());
        assert_eq!(draft.state, State::Failed);
        assert_eq!(draft.start_time.as_millisecond(), 1_700_000_000_123);
        assert_eq!(
            (draft.duration_ms, draft.reason.as_str()),
            (0, "unreadable")
        );
    }
}

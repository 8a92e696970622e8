//! What a recording carries beyond the compatible shape: how it came to be, and what is in it.

use crate::mode::Mode;
use crate::people::{Person, UserId};
use jiff::Timestamp;

/// Where a recording came from.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Source {
    /// Recorded here, from a recording session.
    #[default]
    Sip,
    /// Made elsewhere and brought in.
    Upload,
}

impl Source {
    /// The word of the v1 API and of the rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sip => "sip",
            Self::Upload => "upload",
        }
    }

    /// The source of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sip, Self::Upload]
            .into_iter()
            .find(|source| source.name() == name)
    }
}

/// How a recording came to be and what is in it. Empty wherever nothing is known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Details {
    /// Where it came from.
    pub source: Source,
    /// The mode it was recorded by.
    pub trigger: Mode,
    /// Name of the rule that gave the mode; empty: no rule.
    pub rule: String,
    /// Name of the recording client, or empty.
    pub client: String,
    /// Name of the recorder that received it, or empty.
    pub node: String,
    /// Channels of the sound; 0 when there is none.
    pub channels: u8,
    /// Sampling rate of the sound in Hz; 0 when there is none.
    pub sample_rate: u32,
    /// Encodings heard, in order of appearance.
    pub codecs: Vec<String>,
    /// Stretches that were paused.
    pub pauses: Vec<PauseSpan>,
    /// Stretches where sound is missing.
    pub gaps: Vec<Span>,
    /// Keys that were pressed, in order of time.
    pub keys: Vec<KeyPress>,
    /// What became of the packets of all streams together.
    pub loss: Loss,
    /// Whether somebody is heard on one channel for long and nobody at all on the other.
    pub one_way: bool,
    /// Everybody who took part, in order of appearance.
    pub participants: Vec<Participant>,
    /// Marks made while people talked. They become rows of their own when registered, and
    /// drafts read back have none.
    pub marks: Vec<LiveMark>,
    /// Version of the rules it was rendered by; 0 when it was not rendered here.
    pub profile: u32,
    /// The length as an uploader stated it, word for word.
    pub stated_duration: Option<String>,
}

/// A stretch of the sound, in milliseconds from its start.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Span {
    /// Where it begins.
    pub from_ms: u64,
    /// Where it ends.
    pub to_ms: u64,
}

/// A stretch that was paused.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PauseSpan {
    /// Where.
    pub span: Span,
    /// Who paused: a user name, or `client` for a pause in the signalling.
    pub by: String,
}

/// A key that was pressed (RFC 4733).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KeyPress {
    /// From the press to the release.
    pub span: Span,
    /// What stands on it; `None` when nobody is to know, because keypad tones are muted.
    pub key: Option<String>,
    /// Whether it was pressed on the left channel.
    pub left: bool,
}

/// What became of the packets of all streams together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Loss {
    /// Packets that came, second copies not counted.
    pub packets: u64,
    /// Packets that never came, by their sequence numbers.
    pub lost: u64,
    /// Packets that came too late or fitted nothing.
    pub discarded: u64,
    /// Times without packets of more than a second.
    pub gaps: u64,
}

impl Loss {
    /// The grade: poor from 5 % missing or a third gap on, fair from 2 % or a first gap on. What
    /// came too late to be heard is missing too.
    #[must_use]
    pub fn quality(self) -> Quality {
        let all = u128::from(self.packets) + u128::from(self.lost);
        if all == 0 {
            return Quality::Unmeasured;
        }
        let missing = u128::from(self.lost) + u128::from(self.discarded);
        let from = |percent: u128| missing * 100 >= all * percent;
        if from(5) || self.gaps > 2 {
            Quality::Poor
        } else if from(2) || self.gaps > 0 {
            Quality::Fair
        } else {
            Quality::Good
        }
    }
}

/// How much of the sound came, as a grade.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Quality {
    /// Nobody counted.
    #[default]
    Unmeasured,
    /// Hardly anything is missing.
    Good,
    /// Some is missing.
    Fair,
    /// So much is missing that it is heard.
    Poor,
}

impl Quality {
    /// Every grade.
    pub const ALL: [Self; 4] = [Self::Unmeasured, Self::Good, Self::Fair, Self::Poor];

    /// The number in the rows.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Unmeasured => 0,
            Self::Good => 1,
            Self::Fair => 2,
            Self::Poor => 3,
        }
    }
}

/// Somebody who took part in a call.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Participant {
    /// The address as the recording client gave it.
    pub address: String,
    /// Its number, cleaned.
    pub number: String,
    /// Name shown, or empty.
    pub name: String,
    /// The user of ours it is.
    pub user: Option<UserId>,
    /// That user's name: filled in by the catalogue when a recording is read, empty in drafts.
    pub username: String,
    /// Whether it is the local party.
    pub local: bool,
    /// When, in the sound; empty while a call is in progress, and where nobody said.
    pub present: Vec<Span>,
}

/// A mark made while people talked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LiveMark {
    /// Where, in milliseconds from the start of the sound.
    pub offset_ms: u64,
    /// What it says.
    pub text: String,
    /// Who made it: a user name.
    pub who: String,
    /// When it was made.
    pub at: Timestamp,
}

/// A mark in a recording.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mark {
    /// Its number, unique over all recordings.
    pub id: i64,
    /// Where, in milliseconds from the start of the sound.
    pub offset_ms: u64,
    /// What it says.
    pub text: String,
    /// Who made it: a user name, as it was then.
    pub who: String,
    /// When it was made.
    pub at: Timestamp,
}

/// A legal hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hold {
    /// Who put it on.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// What stays of a deleted recording besides its row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tombstone {
    /// Who deleted it; empty strings: the system itself.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A note as it once was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoteVersion {
    /// Who wrote it, or took the note away.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// The text; `None`: the note was taken away.
    pub text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_begin_where_they_say() {
        for (packets, lost, discarded, gaps, quality) in [
            (0, 0, 0, 0, Quality::Unmeasured),
            (0, 0, 0, 3, Quality::Unmeasured),
            (1000, 0, 0, 0, Quality::Good),
            (981, 19, 0, 0, Quality::Good),
            (980, 20, 0, 0, Quality::Fair),
            (1000, 0, 20, 0, Quality::Fair),
            (1000, 0, 0, 1, Quality::Fair),
            (951, 49, 0, 2, Quality::Fair),
            (950, 50, 0, 0, Quality::Poor),
            (980, 20, 30, 0, Quality::Poor),
            (1000, 0, 0, 3, Quality::Poor),
            (0, 1, 0, 0, Quality::Poor),
            (u64::MAX, u64::MAX, u64::MAX, 0, Quality::Poor),
        ] {
            let loss = Loss {
                packets,
                lost,
                discarded,
                gaps,
            };
            assert_eq!(loss.quality(), quality, "{loss:?}");
        }
    }
}

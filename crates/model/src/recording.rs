//! What a recording is: rendered (`Draft`), and registered (`Recording`).

use crate::access::{Owned, Ownership};
use crate::details::{Details, Hold, Mark, Tombstone};
use crate::ids::{RecordingId, SessionId};
use crate::people::{Person, UserId};
use jiff::Timestamp;
use std::fmt;

/// Who called whom, seen from the local party. The numbers are the API's.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Direction {
    /// Not known; never guessed.
    #[default]
    Unknown,
    /// The remote party called the local one.
    Incoming,
    /// The local party called the remote one.
    Outgoing,
}

impl Direction {
    /// 0 unknown, 1 incoming, 2 outgoing.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Incoming => 1,
            Self::Outgoing => 2,
        }
    }

    /// The direction of a number; `None` for other numbers.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Unknown),
            1 => Some(Self::Incoming),
            2 => Some(Self::Outgoing),
            _ => None,
        }
    }
}

/// A SHA-256 sum.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// The sum from 64 hex digits of any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut sum = [0; 32];
        for (byte, pair) in sum.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(sum))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let text: String = digits
            .filter_map(|digit| DIGITS.get(usize::from(digit)).copied())
            .map(char::from)
            .collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The form of a stored audio file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Format {
    /// RIFF WAVE: PCM 16 bit and two channels where we made it; uploads also PCM 8 bit, A-law,
    /// µ-law, and one channel.
    Wav,
    /// MPEG audio layer III.
    Mp3,
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 2] = [Self::Wav, Self::Mp3];

    /// File name ending, without a dot; also the name in settings and rows.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
        }
    }

    /// The format of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.extension() == name)
    }

    /// Media type for HTTP.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
        }
    }
}

/// What became of a recording.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Complete and playable.
    Available,
    /// Playable, but the recorder or the disk went away while people talked.
    Interrupted,
    /// Could not be rendered; its journal is kept.
    Failed,
    /// Deleted by somebody: the row is a tombstone.
    Deleted,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [
        Self::Available,
        Self::Interrupted,
        Self::Failed,
        Self::Deleted,
    ];

    /// The word of the v1 API and of the rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Deleted => "deleted",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// The note of a recording: one text, and who edited it last.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// Last editor.
    pub owner: Person,
    /// The text.
    pub text: String,
}

/// Facts and times of a rendered recording: what settling knows before anybody gave it a
/// reference number. All of it is derived from the journal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    /// The recording.
    pub id: RecordingId,
    /// The recording session it was heard in.
    pub session: SessionId,
    /// What joins recordings of one conversation; text as sent, at most 255 bytes.
    pub pbx_call_id: Option<String>,
    /// Instant of sample 0, whole milliseconds.
    pub start_time: Timestamp,
    /// Length of the sound in milliseconds.
    pub duration_ms: u64,
    /// Who called.
    pub direction: Direction,
    /// Number of the local party, or empty.
    pub local_number: String,
    /// Number of the remote party, or empty.
    pub remote_number: String,
    /// The user matching the local party when settling; nobody is `None`.
    pub owner: Option<UserId>,
    /// No evidence said which side is ours.
    pub sides_assumed: bool,
    /// What became of it.
    pub state: State,
    /// Why it ended or failed, for people.
    pub reason: String,
    /// When our 200 OK left, whole milliseconds.
    pub answered_at: Timestamp,
    /// When the call or the recording ended, whole milliseconds.
    pub ended_at: Timestamp,
    /// Encodings that could not be decoded; those stretches are silence.
    pub undecoded: Vec<String>,
    /// What was odd about the call, for people.
    pub oddities: Vec<String>,
    /// How it came to be, and what is in it.
    pub details: Details,
}

/// A registered recording, as rows hold it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recording {
    /// Facts and times.
    pub draft: Draft,
    /// Thirteen digits: year of `start_time` (UTC) and a nine-digit counter of that year.
    pub reference_number: String,
    /// Owner as shown today; `None` when nobody matched. An owner who was deleted is shown as
    /// at deletion.
    pub owner: Option<Person>,
    /// Who may see it, as of now.
    pub ownership: Ownership,
    /// Who preserved it.
    pub preserving_user: Option<Person>,
    /// When it was preserved.
    pub preserved_at: Option<Timestamp>,
    /// The note.
    pub note: Option<Note>,
    /// Tags, in alphabetical order.
    pub tags: Vec<String>,
    /// Marks, by place.
    pub marks: Vec<Mark>,
    /// The legal hold it is on.
    pub hold: Option<Hold>,
    /// Who deleted it, when and why. Its `draft.state` is then [`State::Deleted`], the stored
    /// file is gone or about to go, and `size` and `sha256` say what it was.
    pub tombstone: Option<Tombstone>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows with every change of this row. What is shown of people may change without it.
    pub version: i64,
    /// Size of the stored file in bytes.
    pub size: u64,
    /// Hash of exactly the stored bytes.
    pub sha256: Sha256,
    /// Form of the stored file.
    pub format: Format,
    /// Key of the stored file in the archive; empty when there is none (`failed`).
    pub object_key: String,
}

impl Owned for Recording {
    fn ownership(&self) -> Ownership {
        self.ownership
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_print_as_lower_case_hex() {
        let text = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(Sha256::parse(text).unwrap().to_string(), text);
        assert_eq!(
            Sha256::parse(&text.to_uppercase()).unwrap().to_string(),
            text
        );
        assert!(Sha256::parse("9f").is_none());
    }

    #[test]
    fn names_and_numbers_round_trip() {
        for state in State::ALL {
            assert_eq!(State::from_name(state.name()), Some(state));
        }
        for number in 0..=2 {
            let direction = Direction::from_number(number).unwrap();
            assert_eq!(i64::from(direction.number()), number);
        }
        assert_eq!(Direction::from_number(3), None);
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.extension()), Some(format));
        }
    }
}

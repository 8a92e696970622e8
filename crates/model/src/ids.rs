//! The two ids of the product: of a recording session and of a recording.
//!
//! Both are UUIDv7, minted from a time and randomness given by the caller.

use std::fmt;
use uuid::Uuid;

/// The text is not a GUID in any of the four shapes that are taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a GUID")]
pub struct BadId;

/// An accepted INVITE; the journal's key.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SessionId(Uuid);

/// A recording: object key, primary key and `{id}` of both APIs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RecordingId(Uuid);

impl SessionId {
    /// A new id from wall-clock milliseconds since 1970 and 10 random bytes.
    #[must_use]
    pub fn mint(unix_ms: u64, random: [u8; 10]) -> Self {
        Self(uuid7(unix_ms, &random))
    }

    /// The id as 16 bytes, as the journal stores it.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// The id from its 16 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The id of the session's first recording: the same number.
    #[must_use]
    pub fn first_recording(self) -> RecordingId {
        RecordingId(self.0)
    }
}

impl RecordingId {
    /// A new id from wall-clock milliseconds since 1970 and 10 random bytes.
    #[must_use]
    pub fn mint(unix_ms: u64, random: [u8; 10]) -> Self {
        Self(uuid7(unix_ms, &random))
    }

    /// The id as 16 bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// The id from its 16 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Reads a GUID in any letter case and one of four shapes: with hyphens, 32 digits,
    /// in braces, in parentheses. `urn:uuid:`, blanks and mixed brackets are refused.
    ///
    /// # Errors
    /// [`BadId`] for everything else.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let inner = match text.as_bytes() {
            [b'{', .., b'}'] | [b'(', .., b')'] => text.get(1..text.len() - 1).ok_or(BadId)?,
            _ => text,
        };
        let bracketed = inner.len() != text.len();
        let shaped = inner.len() == 36 || (inner.len() == 32 && !bracketed);
        let plain = inner.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        if !shaped || !plain {
            return Err(BadId);
        }
        Uuid::try_parse(inner).map(Self).map_err(|_| BadId)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl fmt::Display for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

fn uuid7(unix_ms: u64, random: &[u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(unix_ms, random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYPHENS: &str = "75a90276-e47e-4e9e-b463-e3c743d5ff3a";

    #[test]
    fn four_shapes_and_any_case_are_one_id() {
        for text in [
            HYPHENS,
            "75A90276-E47E-4e9e-B463-E3C743D5FF3A",
            "75a90276e47e4e9eb463e3c743d5ff3a",
            "{75a90276-e47e-4e9e-b463-e3c743d5ff3a}",
            "(75A90276-E47E-4E9E-B463-E3C743D5FF3A)",
        ] {
            assert_eq!(
                RecordingId::parse(text).unwrap().to_string(),
                HYPHENS,
                "{text}"
            );
        }
        assert!(RecordingId::parse("00000000-0000-0000-0000-000000000000").is_ok());
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "xyz",
            "{}",
            "()",
            "urn:uuid:75a90276-e47e-4e9e-b463-e3c743d5ff3a",
            " 75a90276-e47e-4e9e-b463-e3c743d5ff3a",
            "75a90276-e47e-4e9e-b463-e3c743d5ff3a ",
            "{75a90276-e47e-4e9e-b463-e3c743d5ff3a)",
            "(75a90276-e47e-4e9e-b463-e3c743d5ff3a}",
            "{75a90276e47e4e9eb463e3c743d5ff3a}",
            "75a90276e47e4e9eb463e3c743d5ff3",
            "75a90276e47e4e9eb463e3c743d5ff3a0",
            "75a90276-e47e-4e9e-b463-e3c743d5ff3g",
            "75a9-0276e47e-4e9e-b463-e3c743d5ff3a",
            "75a90276-e47e-4e9e-b463-e3c743d5ff/a",
            "{{75a90276-e47e-4e9e-b463-e3c743d5ff}",
            "75a90276-e47e-4e9e-b463-e3c743d5é",
        ] {
            assert_eq!(RecordingId::parse(text), Err(BadId), "{text}");
        }
    }

    #[test]
    fn minted_ids_sort_by_time() {
        let early = SessionId::mint(1_000, [0xff; 10]);
        let late = SessionId::mint(1_001, [0; 10]);
        assert!(early < late);
        assert_eq!(SessionId::from_bytes(early.to_bytes()), early);
        assert_eq!(early.first_recording().to_bytes(), early.to_bytes());
    }
}

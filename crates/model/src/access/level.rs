//! Levels: how much a user may do. Never compared with `==`.

/// A number from 0 to 10; compare with `>=`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Level(u8);

impl Level {
    /// No access.
    pub const NONE: Self = Self(0);
    /// Record Only: may start and stop the recording of own calls, sees no recordings.
    pub const RECORD: Self = Self(1);
    /// Base Access: own recordings and those of supervised groups.
    pub const BASE: Self = Self(2);
    /// Complete Management: everything.
    pub const COMPLETE: Self = Self(10);

    /// A level from its number, 0 to 10.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (number <= 10).then_some(Self(number))
    }

    /// A level from `none`, `record`, `base`, `complete` or a number from 0 to 10.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self::NONE),
            "record" => Some(Self::RECORD),
            "base" => Some(Self::BASE),
            "complete" => Some(Self::COMPLETE),
            _ => text.parse().ok().and_then(Self::new),
        }
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// The level's word where it has one, else its number.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::NONE => "none".to_owned(),
            Self::RECORD => "record".to_owned(),
            Self::BASE => "base".to_owned(),
            Self::COMPLETE => "complete".to_owned(),
            Self(number) => number.to_string(),
        }
    }
}

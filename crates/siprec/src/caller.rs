//! Who called, where the recording client's metadata does not say: a setting of the client.

use std::{fmt, str::FromStr};

/// The setting `[[client]] caller`: which participant called when metadata does not say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Caller {
    /// Nothing is assumed: the direction of the call stays unknown.
    #[default]
    Unknown,
    /// The participant listed first in the metadata.
    FirstParticipant,
    /// The participant who sends the stream with this label.
    Label(String),
    /// The participant whose address is that of the INVITE's From (or P-Asserted-Identity).
    From,
}

/// A text that is none of `unknown`, `first-participant`, `label:X`, `from`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("caller must be unknown, first-participant, label:X or from, not {0:?}")]
pub struct UnknownCaller(pub String);

impl FromStr for Caller {
    type Err = UnknownCaller;

    fn from_str(text: &str) -> Result<Self, UnknownCaller> {
        let text = text.trim();
        if let Some(label) = text.strip_prefix("label:").map(str::trim)
            && !label.is_empty()
        {
            return Ok(Self::Label(label.to_owned()));
        }
        match text {
            "" | "unknown" => Ok(Self::Unknown),
            "first-participant" => Ok(Self::FirstParticipant),
            "from" => Ok(Self::From),
            other => Err(UnknownCaller(other.to_owned())),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("unknown"),
            Self::FirstParticipant => formatter.write_str("first-participant"),
            Self::Label(label) => write!(formatter, "label:{label}"),
            Self::From => formatter.write_str("from"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_reads_back_as_written() {
        for text in ["unknown", "first-participant", "label:1", "from"] {
            assert_eq!(text.parse::<Caller>().unwrap().to_string(), text);
        }
        assert_eq!("".parse(), Ok(Caller::Unknown));
        for wrong in ["label:", "callee", "From "] {
            assert!(wrong.parse::<Caller>().is_err(), "{wrong}");
        }
    }
}

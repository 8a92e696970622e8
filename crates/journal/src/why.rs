//! Why a recording or a session ended.

/// Why a recording or a session ended. The codes on disk never change their meaning.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Why {
    /// The client ended the session with a BYE.
    Bye,
    /// The INVITE was cancelled before it was answered.
    Cancelled,
    /// The recorder stopped without a goodbye: power, kernel, `kill -9` or a bug.
    Crash,
    /// There was no room left to write to.
    DiskFull,
    /// The recorder was told to stop and the drain limit passed.
    Drained,
    /// Something went wrong inside the recorder; also every code this build does not know.
    Error,
    /// A new communication session began in the same recording session.
    NewCommunicationSession,
    /// No ACK came for our 200 OK.
    NoAck,
    /// The session timer of RFC 4028 ran out.
    SessionTimer,
    /// No packet came for the silence limit.
    Silence,
    /// A person or a program pressed Stop.
    Stopped,
}

impl Why {
    /// The code on disk.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Error => 0,
            Self::Bye => 1,
            Self::Cancelled => 2,
            Self::Crash => 3,
            Self::DiskFull => 4,
            Self::Drained => 5,
            Self::NewCommunicationSession => 6,
            Self::NoAck => 7,
            Self::SessionTimer => 8,
            Self::Silence => 9,
            Self::Stopped => 10,
        }
    }

    /// The reason of a code on disk; [`Why::Error`] for codes of later versions.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Bye,
            2 => Self::Cancelled,
            3 => Self::Crash,
            4 => Self::DiskFull,
            5 => Self::Drained,
            6 => Self::NewCommunicationSession,
            7 => Self::NoAck,
            8 => Self::SessionTimer,
            9 => Self::Silence,
            10 => Self::Stopped,
            _ => Self::Error,
        }
    }

    /// The reason in words for people.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Bye => "ended by the client",
            Self::Cancelled => "cancelled by the client",
            Self::Crash => "the recorder stopped unexpectedly",
            Self::DiskFull => "disk full",
            Self::Drained => "drained",
            Self::Error => "internal error",
            Self::NewCommunicationSession => "a new communication session began",
            Self::NoAck => "the client did not acknowledge the answer",
            Self::SessionTimer => "the session timer ran out",
            Self::Silence => "no packets within the silence limit",
            Self::Stopped => "stopped on request",
        }
    }

    /// Whether the recording stops before its call did, through a fault on our side.
    #[must_use]
    pub fn interrupted(self) -> bool {
        match self {
            Self::Crash | Self::DiskFull | Self::Error => true,
            Self::Bye
            | Self::Cancelled
            | Self::Drained
            | Self::NewCommunicationSession
            | Self::NoAck
            | Self::SessionTimer
            | Self::Silence
            | Self::Stopped => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_and_texts_differ() {
        let all: Vec<Why> = (0..=10).map(Why::from_code).collect();
        for (code, why) in (0u8..).zip(&all) {
            assert_eq!(why.code(), code);
            assert_eq!(
                all.iter()
                    .filter(|other| other.text() == why.text())
                    .count(),
                1
            );
        }
        assert_eq!(Why::from_code(200), Why::Error);
    }
}

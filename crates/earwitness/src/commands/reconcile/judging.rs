//! What is said about a call: recorded, missing, or to be looked at by somebody, and why.

use super::listed::Listed;
use catalogue::{Counterpart, MatchedBy};
use model::State;
use std::fmt;
use std::time::Duration;

/// What became of a call that was expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Status {
    Recorded,
    Missing,
    Review,
}

impl Status {
    /// The word of the JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Missing => "missing",
            Self::Review => "review",
        }
    }
}

/// Why a call is to be looked at, or is missing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Reason {
    Duration { recorded_ms: u64, listed_ms: u64 },
    Start { apart_ms: u64 },
    State(State),
    Silent,
    OneWay,
    Undecoded,
    Numbers,
    Several,
    Shared,
    Unreadable(String),
    Rule { mode: &'static str, rule: String },
}

impl Reason {
    /// The word of the JSON.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Duration { .. } => "duration",
            Self::Start { .. } => "start",
            Self::State(state) => state.name(),
            Self::Silent => "silent",
            Self::OneWay => "oneWay",
            Self::Undecoded => "undecoded",
            Self::Numbers => "numbers",
            Self::Several => "several",
            Self::Shared => "shared",
            Self::Unreadable(_) => "unreadable",
            Self::Rule { .. } => "rule",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |ms: u64| ms as f64 / 1_000.0;
        match self {
            Self::Duration {
                recorded_ms,
                listed_ms,
            } => {
                let (recorded, listed) = (seconds(*recorded_ms), seconds(*listed_ms));
                write!(f, "{recorded:.1} s recorded, {listed:.1} s listed")
            }
            Self::Start { apart_ms } => {
                write!(
                    f,
                    "begins {:.1} s away from what is listed",
                    seconds(*apart_ms)
                )
            }
            Self::State(state) => f.write_str(state.name()),
            Self::Silent => f.write_str("no sound"),
            Self::OneWay => f.write_str("sound goes one way only"),
            Self::Undecoded => f.write_str("some of it cannot be decoded yet"),
            Self::Numbers => f.write_str("only one number is the same"),
            Self::Several => f.write_str("another recording fits too"),
            Self::Shared => f.write_str("its recordings are those of other rows"),
            Self::Unreadable(why) => f.write_str(why),
            Self::Rule { mode, rule } => {
                write!(f, "today's rules say {mode} (rule {rule})")
            }
        }
    }
}

/// How much may differ.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tolerance {
    pub(super) start: Duration,
    pub(super) duration: Duration,
}

/// What is wrong with the recording of a call. `several`: another one fits that is nobody's.
pub(super) fn reasons(
    call: &Listed,
    recording: &Counterpart,
    by: MatchedBy,
    several: bool,
    tolerance: Tolerance,
) -> Vec<Reason> {
    let ms = |most: Duration| u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    let recorded_ms = recording.duration_ms;
    let apart_ms = call.apart_ms(recording.start_time);
    let silent = recorded_ms == 0;
    let mut reasons = Vec::new();
    let mut is = |wrong: bool, reason: Reason| {
        if wrong {
            reasons.push(reason);
        }
    };
    let whole = recording.state == State::Available;
    is(!whole, Reason::State(recording.state));
    is(silent && recording.state != State::Failed, Reason::Silent);
    if let Some(listed_ms) = call.duration_ms.filter(|_| !silent) {
        let differs = call.longer_ms(recorded_ms) > ms(tolerance.duration);
        is(
            differs,
            Reason::Duration {
                recorded_ms,
                listed_ms,
            },
        );
    }
    is(apart_ms > ms(tolerance.start), Reason::Start { apart_ms });
    is(recording.one_way, Reason::OneWay);
    is(recording.undecoded, Reason::Undecoded);
    is(by == MatchedBy::OneNumber, Reason::Numbers);
    is(several, Reason::Several);
    reasons
}

//! How the system is, and numbers for the dashboard.

use super::{Health, ListensAt, Period, Stored, Waiting, time};
use crate::numbers::Numbers;
use serde::Serialize;

/// How this node is.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct System {
    /// This node's name.
    pub(crate) node: String,
    pub(crate) version: String,
    #[schema(format = DateTime)]
    pub(crate) started_at: String,
    /// The clock of this node.
    #[schema(format = DateTime)]
    pub(crate) time: String,
    /// Whether calls are accepted and the catalogue answers.
    pub(crate) ready: bool,
    /// What is not ready, one line each.
    pub(crate) missing: Vec<String>,
    /// Whether this node records calls.
    pub(crate) records: bool,
    /// What it has counted since `startedAt`; null: this node records nothing.
    pub(crate) counted: Option<Counted>,
    pub(crate) storage: Stored,
    pub(crate) waiting: Waiting,
    /// Most bytes in the spool; null: as many as the disk has.
    pub(crate) spool_limit_bytes: Option<u64>,
    /// Where this node listens, with the ports that are bound.
    pub(crate) listeners: Vec<ListensAt>,
    /// The host that recording clients are told; null: where their request arrived.
    pub(crate) advertised: Option<String>,
    /// What was looked at and how it is; at most some seconds old.
    pub(crate) health: Vec<Health>,
}

/// What a node has counted since it started: also what should have been recorded and was not.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counted {
    /// Calls answered 200.
    pub(crate) calls_taken: u64,
    /// Calls of those of which nothing is kept, because a rule says `never`.
    pub(crate) calls_not_recorded: u64,
    /// Calls that were refused, by SIP status and reason.
    pub(crate) calls_refused: Vec<CallsRefused>,
    /// Why a new call would be refused now; null: it would be taken.
    pub(crate) refusing: Option<&'static str>,
    /// Recordings settled that are complete.
    pub(crate) available: u64,
    /// Recordings settled that are interrupted.
    pub(crate) interrupted: u64,
    /// Recordings that could not be rendered.
    pub(crate) failed: u64,
    /// Recordings of which not one packet came.
    pub(crate) without_packets: u64,
    /// Recordings whose sound goes one way only.
    pub(crate) one_way: u64,
    /// Recordings of which some could not be decoded.
    pub(crate) undecoded: u64,
    /// Sessions without accepted audio and without a packet.
    pub(crate) without_recording: u64,
    /// Tries to settle a recording that failed and are repeated.
    pub(crate) settling_failures: u64,
    /// Recordings that are over and not settled yet.
    pub(crate) waiting: u64,
    /// Packets of the recordings settled.
    pub(crate) packets: CountedPackets,
    /// The last round of `test-call --verify`; null: there was none.
    pub(crate) probe: Option<ProbeResult>,
}

/// Calls refused for one reason.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallsRefused {
    /// The SIP status.
    pub(crate) status: u16,
    /// One of a few words.
    pub(crate) reason: &'static str,
    /// How many INVITEs, repeated ones included.
    pub(crate) requests: u64,
}

/// Packets of recordings that were settled.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CountedPackets {
    pub(crate) received: u64,
    pub(crate) lost: u64,
    /// From sources that were not believed.
    pub(crate) stray: u64,
    /// Protected ones that no key opens, or that came twice.
    pub(crate) unauthentic: u64,
    /// Those that were there and could not be taken.
    pub(crate) dropped: u64,
}

/// What became of the last round of test calls that were looked for.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProbeResult {
    #[schema(format = DateTime)]
    pub(crate) ran_at: String,
    pub(crate) calls: u64,
    /// Calls that were answered, recorded and read back.
    pub(crate) good: u64,
    /// When a round last was good.
    #[schema(format = DateTime)]
    pub(crate) last_good_at: Option<String>,
    /// Rounds in a row that were not.
    pub(crate) failed_rounds: u64,
}

impl Counted {
    pub(crate) fn of(numbers: Numbers) -> Self {
        Self {
            calls_taken: numbers.calls_taken,
            calls_not_recorded: numbers.calls_not_recorded,
            calls_refused: numbers
                .calls_refused
                .into_iter()
                .map(|refused| CallsRefused {
                    status: refused.status,
                    reason: refused.reason,
                    requests: refused.requests,
                })
                .collect(),
            refusing: numbers.refusing,
            available: numbers.available,
            interrupted: numbers.interrupted,
            failed: numbers.failed,
            without_packets: numbers.without_packets,
            one_way: numbers.one_way,
            undecoded: numbers.undecoded,
            without_recording: numbers.nothing_to_keep,
            settling_failures: numbers.settling_failures,
            waiting: numbers.waiting,
            packets: CountedPackets {
                received: numbers.packets,
                lost: numbers.packets_lost,
                stray: numbers.packets_stray,
                unauthentic: numbers.packets_unauthentic,
                dropped: numbers.packets_dropped,
            },
            probe: numbers.probe.map(|probe| ProbeResult {
                ran_at: time(probe.ran_at),
                calls: probe.calls,
                good: probe.good,
                last_good_at: probe.last_good_at.map(time),
                failed_rounds: probe.failed_rounds,
            }),
        }
    }
}

/// Numbers about the recordings you may see.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statistics {
    /// Without deleted ones.
    pub(crate) recordings: u64,
    /// Of those, begun in the last 24 hours.
    pub(crate) last_day: u64,
    /// Of those, begun in the last 7 days.
    pub(crate) last_week: u64,
    pub(crate) by_state: ByState,
    pub(crate) by_direction: ByDirection,
    pub(crate) preserved: u64,
    pub(crate) on_hold: u64,
    /// Calls in progress; null: this node records nothing.
    pub(crate) live: Option<u64>,
    /// The period asked for; null: none was.
    pub(crate) period: Option<Period>,
}

/// Recordings by what became of them.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ByState {
    pub(crate) available: u64,
    pub(crate) interrupted: u64,
    pub(crate) failed: u64,
    pub(crate) deleted: u64,
}

/// Recordings by who called, without deleted ones.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ByDirection {
    pub(crate) unknown: u64,
    pub(crate) incoming: u64,
    pub(crate) outgoing: u64,
}

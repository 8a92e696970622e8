//! How the system is, and numbers for the dashboard.

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

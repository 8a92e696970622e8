//! Rows of the audit, and the state of its chain.

use super::time;
use serde::{Deserialize, Serialize};

/// Something that somebody did or tried.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditRow {
    /// From 1 without gaps.
    number: u64,
    #[schema(format = DateTime)]
    at: String,
    /// User name as known, or as typed where nobody was found.
    who: String,
    /// Address the request came from, or empty.
    address: String,
    /// Through what.
    app: String,
    /// What, for instance `DownloadRecording`.
    action: String,
    /// On which recording.
    #[schema(format = "uuid")]
    recording: Option<String>,
    details: String,
    outcome: Outcome,
    /// SHA-256 over the hash of the row before and this row.
    hash: String,
}

impl From<&catalogue::AuditRow> for AuditRow {
    fn from(row: &catalogue::AuditRow) -> Self {
        let event = &row.event;
        Self {
            number: row.number,
            at: time(event.at),
            who: event.who.clone(),
            address: event.from.map(|from| from.to_string()).unwrap_or_default(),
            app: event.app.clone(),
            action: event.action.name().to_owned(),
            recording: event.recording.map(|id| id.to_string()),
            details: event.details.clone(),
            outcome: event.outcome.into(),
            hash: row.hash.to_string(),
        }
    }
}

/// How an action ended.
#[derive(Clone, Copy, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// It was done.
    Done,
    /// It was not allowed.
    Refused,
    /// It was tried and did not work.
    Failed,
}

impl From<model::audit::Outcome> for Outcome {
    fn from(outcome: model::audit::Outcome) -> Self {
        match outcome {
            model::audit::Outcome::Done => Self::Done,
            model::audit::Outcome::Refused => Self::Refused,
            model::audit::Outcome::Failed => Self::Failed,
        }
    }
}

impl From<Outcome> for model::audit::Outcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Refused => Self::Refused,
            Outcome::Failed => Self::Failed,
        }
    }
}

/// A page of the audit.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditPage {
    pub(crate) items: Vec<AuditRow>,
    /// Ask with this as `cursor` for the next page; null: there is none.
    pub(crate) next_cursor: Option<String>,
    /// How many there are on all pages; only when asked for.
    pub(crate) total: Option<u64>,
}

/// The state of the audit's chain, as just checked.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AuditChain {
    /// Whether no row was changed, taken out, moved or cut off.
    intact: bool,
    /// Rows that were looked at.
    rows: u64,
    head: AuditHead,
    /// The first broken link.
    broken: Option<BrokenLink>,
}

/// Where the chain ends. Written down elsewhere, it shows a chain that was replaced whole.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AuditHead {
    /// Number of the last row; 0: there is none.
    number: u64,
    hash: String,
}

/// A broken link of the chain.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct BrokenLink {
    /// Number of the first row that is missing or not what it was.
    row: u64,
    why: String,
}

impl From<catalogue::AuditCheck> for AuditChain {
    fn from(check: catalogue::AuditCheck) -> Self {
        Self {
            intact: check.broken.is_none(),
            rows: check.rows,
            head: AuditHead {
                number: check.head.number,
                hash: check.head.hash.to_string(),
            },
            broken: check.broken.map(|broken| BrokenLink {
                row: broken.row,
                why: broken.why,
            }),
        }
    }
}

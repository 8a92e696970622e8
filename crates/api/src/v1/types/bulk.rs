//! One change of many recordings.

use serde::{Deserialize, Serialize};

/// One change of many recordings: either `ids` or `filter` says of which.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BulkChange {
    /// Their ids; null: those of `filter`.
    #[schema(max_items = 500)]
    pub(crate) ids: Option<Vec<String>>,
    /// The query of a list, without `limit`, `cursor` and `total`: all you see that match.
    /// Empty: all you see; null: those of `ids`.
    pub(crate) filter: Option<String>,
    pub(crate) action: BulkAction,
    /// The tag to add or to take away.
    #[schema(max_length = 64)]
    pub(crate) tag: Option<String>,
    /// Why they are deleted.
    #[schema(max_length = 500)]
    pub(crate) reason: Option<String>,
    /// `nextCursor` of the answer before; the other values must be the same.
    pub(crate) cursor: Option<String>,
    /// Whether only to say what would be done.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// What to do with each of them.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BulkAction {
    /// Add a tag to those there are.
    Tag,
    /// Take a tag away, in whatever letter case.
    Untag,
    /// Keep from being deleted.
    Preserve,
    /// Take the preserving back.
    Release,
    /// Delete; tombstones stay.
    Delete,
}

/// What became of the recordings of one request.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkResult {
    /// Those it was done to, or would be; also where it changed nothing.
    pub(crate) done: u64,
    pub(crate) refused: u64,
    /// The first of the refused ones.
    #[schema(max_items = 20)]
    pub(crate) refusals: Vec<BulkRefusal>,
    /// Ask with this as `cursor` for the next ones; null: that was all.
    pub(crate) next_cursor: Option<String>,
}

/// Why it was not done to one recording.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkRefusal {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// Null where you may not see it.
    pub(crate) reference_number: Option<String>,
    /// The reason, for people.
    pub(crate) detail: String,
}

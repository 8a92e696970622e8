//! What people change of a recording.

use super::recording::NoteVersion;
use crate::v1::extract::given;
use serde::{Deserialize, Serialize};

/// What to change of a recording; missing keys leave it as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RecordingChange {
    /// The note; null takes it away. What it was before is kept.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub(crate) note: Option<Option<String>>,
    /// These tags and no others.
    pub(crate) tags: Option<Vec<String>>,
    /// Name of the new owner; null: nobody's.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub(crate) owner: Option<Option<String>>,
}

/// Why something is done.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}

/// A mark to set in the sound.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewMark {
    /// Where, in milliseconds from the start of the sound.
    pub(crate) offset_ms: u64,
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) text: String,
}

/// What a note was, oldest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NoteHistory {
    pub(crate) items: Vec<NoteVersion>,
}

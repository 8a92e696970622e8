//! The shape of problem details, for the description alone: `refusal::problem` writes them.

use super::recording::Tombstone;

/// Why a request was refused (RFC 9457).
#[derive(utoipa::ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "describes what refusals are written as")]
pub(crate) struct Problem {
    /// Address of a description; ends with `code`.
    #[schema(rename = "type", format = "uri-reference")]
    r#type: String,
    title: String,
    status: u16,
    /// The stable name of this kind of problem, for programs.
    code: String,
    /// What is wrong, for people.
    detail: String,
    /// What the log calls it, where something went wrong here.
    reference: Option<String>,
    /// What is left of a deleted recording.
    tombstone: Option<Tombstone>,
    /// What is wrong with single rows of a table.
    errors: Option<Vec<String>>,
}

//! Our own API, `/api/v1`: everything people need that the compatible one does not have.
//!
//! Each handler asks `gate` first and looks at the rest of the request afterwards. Everything
//! here is described where it stands; `crate::openapi` makes the document of it.

mod audit_log;
mod clients;
mod conditional;
mod extract;
mod idempotency;
mod live;
mod people;
mod period;
mod recordings;
mod rules;
mod system;
pub(crate) mod types;

pub(crate) use people::fuzz_table;
pub use people::{BadTable, import_users};
pub use recordings::{FinishError, finish_deletions};

use crate::app::App;
use crate::refusal::Refusal;
use jiff::Timestamp;
use utoipa_axum::router::OpenApiRouter;

/// Every route with its description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(recordings::routes())
        .merge(live::routes())
        .merge(people::routes())
        .merge(rules::routes())
        .merge(audit_log::routes())
        .merge(system::routes())
        .merge(clients::routes())
}

/// An instant of a query or body: RFC 3339. A blank is a `+` that was sent unescaped.
fn instant(name: &str, text: &str) -> Result<Timestamp, Refusal> {
    let text = text.trim().replace(' ', "+");
    let rule = || Refusal::BadRequest(format!("{name} is a time like 2026-11-24T08:30:00Z"));
    text.parse().map_err(|_| rule())
}

/// Every route.
pub(crate) fn router() -> axum::Router<App> {
    routes().split_for_parts().0
}

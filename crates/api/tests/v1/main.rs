//! `/api/v1` as clients see it: a real catalogue and archive behind the whole router, and a
//! recorder that only remembers what it was told.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod audit;
mod clients;
mod deleting;
mod editing;
mod finding;
mod limits;
mod listening;
mod listening_live;
mod live;
mod many;
#[path = "../common/office.rs"]
mod office;
mod people;
mod preferences;
mod rules;
#[path = "../common/schema.rs"]
mod schema;
mod signing_in;
mod system;

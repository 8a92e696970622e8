//! Rows: what exists, who owns it, who may sign in.
//!
//! [`Catalogue`] is the interface; an embedded SQLite database stands behind it. Rows about a
//! call leave it sealed in [`model::access::Guarded`], or through a [`model::access::Scope`]
//! against which every single row is checked again; this crate never decides who may see what.
//!
//! Other processes (the command line) may write to the same database at any time: nothing is
//! cached here, every answer is what the database holds now.
//!
//! Not here: passwords in clear, HTTP, the sound itself.

pub mod audit;
mod catalogue;
#[cfg(test)]
mod conformance;
mod error;
mod people;
mod recording_rules;
mod recordings;
mod rules;
mod secrets;
mod sqlite;
mod views;

pub use audit::{AuditCheck, AuditFilter, AuditHead, AuditOrder, AuditRow, Broken, csv};
pub use catalogue::Catalogue;
pub use error::Error;
pub use people::{Changes, Group, Imported, NewUser, Owner, SignIn, Standing};
pub use recording_rules::NewRule;
pub use recordings::{
    Beside, BesideKind, Counterpart, Counterparts, Cursor, Edit, Expected, Listing, MatchedBy,
    Object, Occupied, Page, Rendering, Stored, Uploaded,
};
pub use secrets::{
    NewSession, NewToken, Repeat, Session, StoredAnswer, Token, TokenId, TokenSignIn,
};
pub use sqlite::RecordingStream;

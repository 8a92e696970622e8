//! After the call: settle journals into recordings.
//!
//! The journal is the queue: what has ended and is not settled is settled, whether the call
//! ended normally, a crash closed it, or the last try failed. Every step is idempotent by the
//! recording's id. Nothing here decides what a call was; that is `finalise`'s.

mod error;
mod objects;
mod settle;
mod tidying;

pub use error::Error;
pub use objects::journal_key;
pub use settle::{KeepJournal, OnSettled, Options, Settler};

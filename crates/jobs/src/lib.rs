//! After the call: settle journals into recordings.
//!
//! The journal is the queue: what has ended and is not settled is settled, whether the call
//! ended normally, a crash closed it, or the last try failed. Every step is idempotent by the
//! recording's id. What could not be rendered, or not all of it, is rendered again from its kept
//! journal when that may have become possible.
//!
//! Nothing here decides what a call was; that is `finalise`'s.

mod again;
mod error;
mod objects;
mod settle;
mod storing;
mod tally;
mod tidying;

pub use again::{Again, Outcome};
pub use error::Error;
pub use settle::{OnSettled, Options, Settler};
pub use storing::KeepJournal;
pub use tally::{Tallied, Tally};

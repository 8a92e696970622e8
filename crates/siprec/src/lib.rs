//! What a recording session means: SDP answers and recording metadata (RFC 7865, RFC 7866).

mod caller;
mod facts;
mod session;

pub use caller::{Caller, UnknownCaller};
pub use facts::{Facts, Format, FormatEpoch, Participant, Signal, StreamFacts, facts};
pub use session::{Line, Plan, Reject};

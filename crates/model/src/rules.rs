//! Which calls are recorded: rules, a snapshot of them, and the verdict on a call.
//!
//! [`decide`] is pure: the same snapshot and the same facts give the same verdict, so that a
//! dry run says exactly what capture does. The first rule that matches wins; without one a
//! call is recorded always. A rule that needs what is not known yet leaves the verdict open
//! until the call is over, and then does not match.

mod decide;
mod pattern;
mod snapshot;
mod times;

pub use decide::{CallFacts, CallParty, Verdict, decide};
pub use pattern::{BadPattern, Pattern};
pub use snapshot::{BadSnapshot, Snapshot, SnapshotRule};
pub use times::{BadTimes, Times};

use crate::mode::{Mode, Pause};
use crate::recording::Direction;

/// A rule's internal identity.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RuleId(pub i64);

/// A recording rule: it matches a call when all conditions it has hold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Rule {
    /// Internal identity.
    pub id: RuleId,
    /// What it is called.
    pub name: String,
    /// Its place among the rules, from 1.
    pub position: u32,
    /// The number of a party is like this.
    pub number: Option<Pattern>,
    /// Our party is this user, by name.
    pub user: Option<String>,
    /// Our party is a user of this group, by name.
    pub group: Option<String>,
    /// Who called.
    pub direction: Option<Direction>,
    /// The recording client, letter case ignored.
    pub client: Option<String>,
    /// The call began in one of these times; empty: at any time.
    pub times: Vec<Times>,
    /// How calls that match are recorded.
    pub mode: Mode,
    /// Who may pause them, where the mode is always.
    pub pause: Pause,
}

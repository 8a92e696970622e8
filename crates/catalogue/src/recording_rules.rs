//! What is said to the catalogue about the rules by which calls are recorded.

use model::rules::Times;
use model::{Direction, Mode, Pause};

/// A recording rule to add, or to put in place of another one. Users and groups are named.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NewRule {
    /// What it is called.
    pub name: String,
    /// Pattern of a party's number; see [`model::rules::Pattern`].
    pub number: Option<String>,
    /// Our party is this user.
    pub user: Option<String>,
    /// Our party is a user of this group.
    pub group: Option<String>,
    /// Who called.
    pub direction: Option<Direction>,
    /// The recording client.
    pub client: Option<String>,
    /// The call began in one of these times; empty: at any time.
    pub times: Vec<Times>,
    /// How calls that match are recorded.
    pub mode: Mode,
    /// Who may pause them, where the mode is always.
    pub pause: Pause,
}

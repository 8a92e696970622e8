//! Who may do what: the only place that compares owners and levels.
//!
//! Rows about a call leave the catalogue sealed in [`Guarded`]; [`Guarded::open`] is the only
//! way to the value, and [`scope`] the only way to list rows. A level below an action's minimum
//! is refused before any row is looked at.
//!
//! A sealed row cannot be read without asking:
//!
//! ```compile_fail,E0616
//! fn peek(row: model::access::Guarded<model::Recording>) -> model::Recording {
//!     row.value
//! }
//! ```
//!
//! And nobody else can make a scope:
//!
//! ```compile_fail,E0423
//! fn everything() -> model::access::Scope {
//!     model::access::Scope(model::access::Rows::All)
//! }
//! ```

use crate::people::{GroupId, UserId};
use std::collections::BTreeSet;

/// A number from 0 to 10; compare with `>=`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Level(u8);

impl Level {
    /// No access.
    pub const NONE: Self = Self(0);
    /// Record Only: may start and stop the recording of own calls, sees no recordings.
    pub const RECORD: Self = Self(1);
    /// Base Access: own recordings and those of supervised groups.
    pub const BASE: Self = Self(2);
    /// Complete Management: everything.
    pub const COMPLETE: Self = Self(10);

    /// A level from its number, 0 to 10.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (number <= 10).then_some(Self(number))
    }

    /// A level from `none`, `record`, `base`, `complete` or a number from 0 to 10.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self::NONE),
            "record" => Some(Self::RECORD),
            "base" => Some(Self::BASE),
            "complete" => Some(Self::COMPLETE),
            _ => text.parse().ok().and_then(Self::new),
        }
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// The level's word where it has one, else its number.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::NONE => "none".to_owned(),
            Self::RECORD => "record".to_owned(),
            Self::BASE => "base".to_owned(),
            Self::COMPLETE => "complete".to_owned(),
            Self(number) => number.to_string(),
        }
    }
}

/// Who is asking: a signed-in user with everything the policy needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Principal {
    /// The user.
    pub id: UserId,
    /// The user's name, for logs and audit.
    pub username: String,
    /// What the user may do.
    pub level: Level,
    /// Groups whose recordings the user may see.
    pub supervises: BTreeSet<GroupId>,
}

/// What somebody wants to do with recordings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// List the recordings in reach.
    List,
    /// See a recording's details.
    Read,
    /// Play or download a recording's sound.
    Listen,
}

impl Action {
    /// Every action, in the order of the printed table.
    pub const ALL: [Self; 3] = [Self::List, Self::Read, Self::Listen];

    /// The lowest level that may do this at all.
    #[must_use]
    pub fn minimum(self) -> Level {
        match self {
            Self::List | Self::Read | Self::Listen => Level::BASE,
        }
    }
}

/// Whose a row is, as of now (or as of the owner's deletion).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ownership {
    /// The owner, also one who was deleted; `None`: nobody matched.
    pub owner: Option<UserId>,
    /// The group the owner is in now, or was in when deleted; `None`: blank group.
    pub group: Option<GroupId>,
}

/// Something that belongs to somebody.
pub trait Owned {
    /// Whose it is.
    fn ownership(&self) -> Ownership;
}

/// Refused: the caller may not do this, or not with this row.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not allowed")]
pub struct Denied;

/// A row that only the policy opens.
#[derive(Debug)]
pub struct Guarded<T> {
    value: T,
}

impl<T: Owned> Guarded<T> {
    /// Seals a row.
    pub fn seal(value: T) -> Self {
        Self { value }
    }

    /// Opens the row to a caller who may do `action` with it.
    ///
    /// # Errors
    /// [`Denied`] when the caller may not.
    pub fn open(self, caller: &Principal, action: Action) -> Result<T, Denied> {
        let scope = scope(caller, action)?;
        if scope.admits(self.value.ownership()) {
            Ok(self.value)
        } else {
            Err(Denied)
        }
    }
}

/// The rows a caller may reach. Made only by [`scope`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope(Rows);

/// What a scope means in terms a query can use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Rows {
    /// Every row.
    All,
    /// Rows owned by this user, and rows whose group is one of these.
    Of {
        /// The caller.
        owner: UserId,
        /// Supervised groups.
        groups: BTreeSet<GroupId>,
    },
}

impl Scope {
    /// The rows, for building a query.
    #[must_use]
    pub fn rows(&self) -> &Rows {
        &self.0
    }

    /// Whether a row of this ownership is in reach. Lists check every row they return with it.
    #[must_use]
    pub fn admits(&self, row: Ownership) -> bool {
        match &self.0 {
            Rows::All => true,
            Rows::Of { owner, groups } => {
                row.owner == Some(*owner)
                    || (row.owner.is_some() && row.group.is_some_and(|g| groups.contains(&g)))
            }
        }
    }
}

/// What `caller` may reach when doing `action`.
///
/// # Errors
/// [`Denied`] when the caller's level is below the action's minimum.
pub fn scope(caller: &Principal, action: Action) -> Result<Scope, Denied> {
    if caller.level < action.minimum() {
        return Err(Denied);
    }
    if caller.level >= Level::COMPLETE {
        return Ok(Scope(Rows::All));
    }
    Ok(Scope(Rows::Of {
        owner: caller.id,
        groups: caller.supervises.clone(),
    }))
}

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

mod action;
mod level;

pub use action::Action;
pub use level::Level;

use crate::people::{GroupId, UserId};
use action::Object;
use std::collections::BTreeSet;

/// Who may delete what nothing protects; a setting. Each word includes those before it.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum DeleteBy {
    /// Complete access only.
    #[default]
    Complete,
    /// Also supervisors of the owner's group.
    Supervisor,
    /// Also the owner.
    Owner,
}

impl DeleteBy {
    /// The word of the setting.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Supervisor => "supervisor",
            Self::Owner => "owner",
        }
    }

    /// The value of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Complete, Self::Supervisor, Self::Owner]
            .into_iter()
            .find(|by| by.name() == name)
    }
}

/// What the settings leave open about rights. The catalogue fills in the defaults; whoever
/// knows the settings lays them over.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Rights {
    /// Who may delete.
    pub delete: DeleteBy,
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
    /// What the settings say.
    pub rights: Rights,
}

/// Where a row is in its life.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Stage {
    /// A recording.
    #[default]
    Stored,
    /// A recording that was deleted: a tombstone.
    Deleted,
    /// A call in progress.
    Live,
}

/// Whose a row is, as of now (or as of the owner's deletion), and what protects it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ownership {
    /// The owner, also one who was deleted; `None`: nobody matched.
    pub owner: Option<UserId>,
    /// The group the owner is in now, or was in when deleted; `None`: blank group.
    pub group: Option<GroupId>,
    /// Who preserved it.
    pub preserved_by: Option<UserId>,
    /// Whether it is on legal hold.
    pub held: bool,
    /// Where it is in its life.
    pub stage: Stage,
    /// A call whose recording only administrators may pause.
    pub pause_restricted: bool,
}

impl Ownership {
    /// A recording of this owner and group that nothing protects.
    #[must_use]
    pub fn of(owner: Option<UserId>, group: Option<GroupId>) -> Self {
        Self {
            owner,
            group,
            ..Self::default()
        }
    }
}

/// Something that belongs to somebody.
pub trait Owned {
    /// Whose it is.
    fn ownership(&self) -> Ownership;
}

/// Refused: the caller may not do this, or not with this row.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Denied {
    /// The caller's level is below what the action needs.
    #[error("not allowed: the level is too low")]
    Level,
    /// The action is not for this row's relation to the caller.
    #[error("not allowed")]
    NotYours,
    /// It is preserved or on legal hold.
    #[error("it is preserved or on legal hold")]
    Protected,
    /// It was deleted.
    #[error("it was deleted")]
    Deleted,
}

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
        check(caller, action, self.value.ownership())?;
        Ok(self.value)
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
        /// The caller; `None`: not the own ones.
        owner: Option<UserId>,
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
            Rows::Of { owner, groups } => row.owner.is_some_and(|of| {
                Some(of) == *owner || row.group.is_some_and(|group| groups.contains(&group))
            }),
        }
    }
}

/// What `caller` may reach when doing `action`, before anything about a single row counts.
///
/// # Errors
/// [`Denied::Level`] when the caller's level is below what the action needs.
pub fn scope(caller: &Principal, action: Action) -> Result<Scope, Denied> {
    if caller.level < action.minimum() {
        return Err(Denied::Level);
    }
    if caller.level >= Level::COMPLETE {
        return Ok(Scope(Rows::All));
    }
    let own = Some(caller.id);
    let supervised = || caller.supervises.clone();
    let (owner, groups) = match action {
        // Record Only is for the own calls; whoever may start those of others is Complete.
        Action::StartLive | Action::StopLive => (own, BTreeSet::new()),
        Action::Delete => match caller.rights.delete {
            DeleteBy::Complete => return Err(Denied::Level),
            DeleteBy::Supervisor => (None, supervised()),
            DeleteBy::Owner => (own, supervised()),
        },
        Action::List
        | Action::Read
        | Action::Listen
        | Action::Annotate
        | Action::Preserve
        | Action::Release
        | Action::Hold
        | Action::Unhold
        | Action::Reassign
        | Action::UploadOwn
        | Action::UploadAny
        | Action::ListLive
        | Action::SeeLive
        | Action::PauseLive
        | Action::ReadAudit
        | Action::ManagePeople
        | Action::ManageRules => (own, supervised()),
    };
    Ok(Scope(Rows::Of { owner, groups }))
}

/// Whether `caller` may do `action`, which is done to nothing in particular.
///
/// # Errors
/// [`Denied::Level`] when the caller's level is below what the action needs.
pub fn permit(caller: &Principal, action: Action) -> Result<(), Denied> {
    scope(caller, action).map(drop)
}

/// Whether `caller` may do `action` to a row of this ownership.
///
/// # Errors
/// [`Denied`] when the caller may not. What is not the caller's is said to be so before
/// anything else about it is.
pub fn check(caller: &Principal, action: Action, row: Ownership) -> Result<(), Denied> {
    if !scope(caller, action)?.admits(row) {
        return Err(Denied::NotYours);
    }
    match (action.object(), row.stage) {
        (Object::System, _)
        | (Object::Row | Object::Recording | Object::Present, Stage::Stored)
        | (Object::Row, Stage::Deleted)
        | (Object::Call | Object::Present, Stage::Live) => {}
        (Object::Recording | Object::Present | Object::Call, Stage::Deleted) => {
            return Err(Denied::Deleted);
        }
        (Object::Row | Object::Recording, Stage::Live) | (Object::Call, Stage::Stored) => {
            return Err(Denied::NotYours);
        }
    }
    let complete = caller.level >= Level::COMPLETE;
    let anothers = row.preserved_by.is_some_and(|by| by != caller.id);
    if action == Action::Release && anothers && !complete {
        return Err(Denied::NotYours);
    }
    if action == Action::Delete && (row.held || row.preserved_by.is_some()) {
        return Err(Denied::Protected);
    }
    if action == Action::PauseLive && row.pause_restricted && !complete {
        return Err(Denied::Level);
    }
    Ok(())
}

/// Everything `caller` may do to a row now, in the order of [`Action::ALL`]. Without what
/// would change nothing: releasing what is not preserved, ending a hold there is not.
#[must_use]
pub fn allowed(caller: &Principal, row: Ownership) -> Vec<Action> {
    let preserved = row.preserved_by.is_some();
    let idle = |action| {
        (action == Action::Preserve && preserved)
            || (action == Action::Release && !preserved)
            || (action == Action::Hold && row.held)
            || (action == Action::Unhold && !row.held)
    };
    let actions = Action::ALL.into_iter();
    actions
        .filter(|&action| action.object() != Object::System && !idle(action))
        .filter(|&action| check(caller, action, row).is_ok())
        .collect()
}

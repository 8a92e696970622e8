//! What is said to and by the catalogue about users and groups.

use model::access::{Level, Ownership, Principal};
use model::people::{GroupId, Person, User, UserId};

/// A user to add.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewUser {
    /// The name; see [`model::people::check_username`].
    pub username: String,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// Numbers and addresses that are this user's; the first is the one shown.
    pub numbers: Vec<String>,
    /// Name of the group the user is in; `None` or empty: no group.
    pub group: Option<String>,
    /// Names of the groups whose recordings the user may see.
    pub supervises: Vec<String>,
    /// Department, may be empty.
    pub department: String,
    /// What the user may do.
    pub level: Level,
    /// Free number of the directory the users come from.
    pub numeric_id: Option<i64>,
    /// The password, already hashed.
    pub password_hash: String,
}

impl NewUser {
    /// A user of level `record` of whom only the name and the hashed password are known.
    #[must_use]
    pub fn new(username: impl Into<String>, password_hash: impl Into<String>) -> Self {
        Self {
            username: username.into(),
            first_name: String::new(),
            last_name: String::new(),
            numbers: Vec::new(),
            group: None,
            supervises: Vec::new(),
            department: String::new(),
            level: Level::RECORD,
            numeric_id: None,
            password_hash: password_hash.into(),
        }
    }
}

/// What to change of a user; `None` leaves it as it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// All numbers and addresses, in place of those there were.
    pub numbers: Option<Vec<String>>,
    /// Name of the group; empty: no group.
    pub group: Option<String>,
    /// All groups supervised, in place of those there were.
    pub supervises: Option<Vec<String>>,
    /// Department.
    pub department: Option<String>,
    /// What the user may do.
    pub level: Option<Level>,
    /// Number of the directory; `Some(None)` takes it away.
    pub numeric_id: Option<Option<i64>>,
    /// Only while the user is still like this.
    pub only_if: Option<User>,
}

/// What signing in needs.
#[derive(Clone, Eq, PartialEq)]
pub struct SignIn {
    /// The user, with rights as of now.
    pub principal: Principal,
    /// The hashed password.
    pub password_hash: String,
    /// Grows with every change of the user; see [`Standing::version`].
    pub version: i64,
}

/// A hash is a secret too: it stays out of every log.
impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn")
            .field("principal", &self.principal)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A user as of now, for comparing with a remembered sign-in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// The version of the user's row. A remembered verification holds while this number is
    /// the one of [`SignIn::version`].
    pub version: i64,
    /// The user, with rights as of now.
    pub principal: Principal,
}

/// A group as administrators see one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// Internal identity.
    pub id: GroupId,
    /// Unique without case, shown as typed.
    pub name: String,
    /// How many users are in it.
    pub members: u64,
}

/// Whose a number is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Owner {
    /// The user.
    pub user: UserId,
    /// As shown.
    pub person: Person,
    /// For the policy: the user and the group the user is in now.
    pub ownership: Ownership,
    /// Number of the directory the user comes from.
    pub numeric_id: Option<i64>,
}

/// What bringing in a table of users did, or would do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Imported {
    /// Users added.
    pub added: u64,
    /// Users changed to what the table says.
    pub changed: u64,
    /// Names of groups that were missing and added.
    pub groups: Vec<String>,
    /// What is wrong, with the place of the row in the table, from 0. Unless this is empty,
    /// nothing was changed.
    pub faults: Vec<(usize, String)>,
}

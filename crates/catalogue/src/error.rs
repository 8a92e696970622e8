//! What can go wrong, in words for people.

use std::path::PathBuf;

/// Why the catalogue did not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings name a kind of catalogue that is not in this build.
    #[error("catalogue `{url}` is not supported: this build has sqlite:FILE")]
    Unsupported {
        /// The address as set; whatever follows the scheme is left out, it may hold a password.
        url: String,
    },
    /// The database was made by a later version of the program.
    #[error(
        "{} was written by a newer version of Earwitness (schema {found}, this one knows \
         {known}): run that version, or restore a backup made before the upgrade",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest schema version this program knows.
        known: i64,
    },
    /// The file is a database of some other program.
    #[error("{} is not a catalogue of Earwitness", path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// The database or its folder cannot be opened or created.
    #[error("cannot open the catalogue {}: {source}", path.display())]
    Open {
        /// What was to be opened.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database cannot answer now; trying again later may help.
    #[error("the catalogue is not available: {source}")]
    Unavailable {
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database refused a statement: damage, or a bug of this program.
    #[error("the catalogue failed: {source}")]
    Database {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A row is not what it must be. Such a row is never handed out.
    #[error("the catalogue contradicts itself: {0}")]
    Inconsistent(String),

    /// There is no recording of this id.
    #[error("there is no recording {0}")]
    NoSuchRecording(model::RecordingId),
    /// There is no such user.
    #[error("there is no user {0}")]
    NoSuchUser(String),
    /// The name is taken, perhaps in other letter case.
    #[error("there is already a user {0}")]
    UserExists(String),
    /// The name breaks a rule.
    #[error(transparent)]
    BadUsername(#[from] model::people::BadUsername),
    /// There is no such group.
    #[error("group {0} does not exist: add it with `group add {0}`")]
    NoSuchGroup(String),
    /// The group's name is taken, perhaps in other letter case.
    #[error("there is already a group {0}")]
    GroupExists(String),
    /// The group's name breaks a rule.
    #[error(
        "a group name has 1 to 64 characters, no comma, no control characters, \
         no blank at either end"
    )]
    BadGroupName,
    /// A group with members is not removed: their recordings would lose their supervisors.
    #[error(
        "group {group} has {members} member{}: move them to another group first",
        if *members == 1 { "" } else { "s" }
    )]
    GroupNotEmpty {
        /// The group.
        group: String,
        /// How many users are in it.
        members: u64,
    },
    /// Somebody else has this number.
    #[error("number {number} already belongs to user {username}")]
    NumberTaken {
        /// The number as given.
        number: String,
        /// Whose it is.
        username: String,
    },
    /// Text that can never match a party.
    #[error("`{0}` is not a number or address")]
    BadNumber(String),
    /// A text is too long or has control characters.
    #[error("{field} has at most {chars_max} characters and no control characters")]
    BadText {
        /// What the text is.
        field: &'static str,
        /// The limit.
        chars_max: usize,
    },
    /// More numbers than a user may have.
    #[error("a user has at most {0} numbers")]
    TooManyNumbers(usize),
    /// Without this user nobody could manage the system.
    #[error(
        "{0} is the last user with complete access; without another one nobody can manage \
         recordings (use --force to do it all the same)"
    )]
    LastComplete(String),
    /// All numbers of a year are given, or the year has no four digits.
    #[error("there is no reference number left for the year {0}")]
    NoReferenceNumber(i16),
    /// Many recordings at once are only brought into a catalogue without any.
    #[error("there are recordings in the catalogue already")]
    NotEmpty,
    /// The actor may not do this.
    #[error(transparent)]
    Denied(#[from] model::access::Denied),
    /// Somebody else changed it meanwhile.
    #[error("it was changed by somebody else meanwhile")]
    Changed,
    /// A reason is needed.
    #[error("a reason is needed")]
    NoReason,
    /// There is no such mark.
    #[error("there is no mark {0}")]
    NoSuchMark(i64),
    /// A recording has only so many of them.
    #[error("a recording has at most {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// There is no such token.
    #[error("there is no token {0}")]
    NoSuchToken(i64),
    /// There is no such recording rule.
    #[error("there is no rule {0}")]
    NoSuchRule(i64),
    /// A name is empty.
    #[error("{0} must not be empty")]
    Empty(&'static str),
    /// A pattern of numbers is not one.
    #[error(transparent)]
    BadPattern(#[from] model::rules::BadPattern),
    /// As many lists are being read as can be.
    #[error("too many long lists are being read; try again later")]
    TooManyLists,
    /// A value does not fit the database.
    #[error("{0} is too large for the catalogue")]
    TooLarge(&'static str),
}

impl Error {
    /// Whether the same request may succeed later, without anybody changing anything.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. } | Self::Open { .. } | Self::TooManyLists
        )
    }
}

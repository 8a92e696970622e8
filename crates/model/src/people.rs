//! Users, groups and levels.

use crate::access::Level;

/// A user's internal identity. A new user with an old name gets a new one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UserId(pub i64);

/// A group's internal identity.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct GroupId(pub i64);

/// What a recording shows of a person: the six strings of the API's `User`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Person {
    /// Unique without case, shown as typed.
    pub username: String,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// The first of the user's numbers, or empty.
    pub phone_number: String,
    /// Name of the group the user is in, or empty.
    pub group: String,
    /// Department, may be empty.
    pub department: String,
}

/// A user as administrators see one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct User {
    /// Internal identity.
    pub id: UserId,
    /// The strings shown on recordings.
    pub person: Person,
    /// Every number and address that is this user's, in the order given.
    pub numbers: Vec<String>,
    /// Names of the groups whose recordings this user may see, in alphabetical order.
    pub supervises: Vec<String>,
    /// What the user may do.
    pub level: Level,
    /// Free number of the directory the users come from; a filter of live recordings.
    pub numeric_id: Option<i64>,
}

/// Why a user name is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a user name has 1 to 64 characters, no `:`, no control characters, no blank at either end"
)]
pub struct BadUsername;

/// Checks a user name: 1–64 characters, no `:` (Basic could not carry it), no control
/// characters, no outer blanks.
///
/// # Errors
/// [`BadUsername`] when a rule is broken.
pub fn check_username(name: &str) -> Result<(), BadUsername> {
    let length = name.chars().count();
    let clean = !name.chars().any(|c| c == ':' || c.is_control());
    if (1..=64).contains(&length) && clean && name.trim() == name {
        return Ok(());
    }
    Err(BadUsername)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_have_rules() {
        for good in ["a", "john_doe", "José Ñ", &"x".repeat(64)] {
            assert!(check_username(good).is_ok(), "{good}");
        }
        for bad in ["", " a", "a ", "a:b", "a\nb", &"x".repeat(65)] {
            assert!(check_username(bad).is_err(), "{bad}");
        }
    }
}

//! Users, groups, tokens, and who one is.

use super::{Notice, time};
use crate::v1::extract::given;
use serde::{Deserialize, Serialize};

/// A user.
#[derive(Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) username: String,
    first_name: String,
    last_name: String,
    /// Numbers and addresses that are this user's; the first is the one shown.
    numbers: Vec<String>,
    /// The group the user is in; empty: none.
    group: String,
    /// Groups whose recordings the user may see.
    supervises: Vec<String>,
    department: String,
    /// 0 none, 1 record, 2 base, 10 complete.
    #[schema(minimum = 0, maximum = 10)]
    level: u8,
    /// Number of the directory the user comes from.
    numeric_id: Option<i64>,
}

impl From<&model::people::User> for User {
    fn from(user: &model::people::User) -> Self {
        Self {
            username: user.person.username.clone(),
            first_name: user.person.first_name.clone(),
            last_name: user.person.last_name.clone(),
            numbers: user.numbers.clone(),
            group: user.person.group.clone(),
            supervises: user.supervises.clone(),
            department: user.person.department.clone(),
            level: user.level.number(),
            numeric_id: user.numeric_id,
        }
    }
}

/// All users.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Users {
    pub(crate) items: Vec<User>,
}

/// A user to add.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewUser {
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) username: String,
    #[serde(default)]
    pub(crate) first_name: String,
    #[serde(default)]
    pub(crate) last_name: String,
    #[serde(default)]
    pub(crate) numbers: Vec<String>,
    #[serde(default)]
    pub(crate) group: String,
    #[serde(default)]
    pub(crate) supervises: Vec<String>,
    #[serde(default)]
    pub(crate) department: String,
    /// 0 none, 1 record, 2 base, 10 complete; 1 if missing.
    #[schema(minimum = 0, maximum = 10)]
    pub(crate) level: Option<u8>,
    pub(crate) numeric_id: Option<i64>,
    /// At least 8 characters; missing: a random one is made, and shown once.
    #[schema(format = Password)]
    pub(crate) password: Option<String>,
}

/// A user who was added.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddedUser {
    pub(crate) user: User,
    /// The random password, shown this once.
    pub(crate) password: Option<String>,
}

/// What to change of a user; missing keys leave it as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UserChange {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    /// All numbers and addresses, in place of those there were.
    pub(crate) numbers: Option<Vec<String>>,
    /// The group; empty: none.
    pub(crate) group: Option<String>,
    /// All groups supervised, in place of those there were.
    pub(crate) supervises: Option<Vec<String>>,
    pub(crate) department: Option<String>,
    #[schema(minimum = 0, maximum = 10)]
    pub(crate) level: Option<u8>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub(crate) numeric_id: Option<Option<i64>>,
}

/// A password to set for somebody.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PasswordReset {
    /// At least 8 characters; missing: a random one is made, and shown once.
    #[schema(format = Password)]
    pub(crate) password: Option<String>,
}

/// A password that was set.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PasswordSet {
    /// The random password, shown this once; null when it was given.
    pub(crate) password: Option<String>,
}

/// A change of one's own password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PasswordChange {
    #[schema(format = Password)]
    pub(crate) current_password: String,
    /// At least 8 characters.
    #[schema(format = Password)]
    pub(crate) new_password: String,
}

/// What bringing in a table of users did, or would do.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportResult {
    /// Whether nothing was changed in any case.
    pub(crate) dry_run: bool,
    pub(crate) added: u64,
    pub(crate) changed: u64,
    /// Groups that were missing and added.
    pub(crate) groups: Vec<String>,
}

/// A group.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    pub(crate) name: String,
    /// How many users are in it.
    members: u64,
}

impl From<&catalogue::Group> for Group {
    fn from(group: &catalogue::Group) -> Self {
        Self {
            name: group.name.clone(),
            members: group.members,
        }
    }
}

/// All groups.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Groups {
    pub(crate) items: Vec<Group>,
}

/// The name of a group.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupName {
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) name: String,
}

/// What a bearer token may be used for.
#[derive(Clone, Copy, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scope {
    /// Seeing recordings.
    Read,
    /// Playing and downloading sound.
    Listen,
    /// Notes, tags, marks, preserving, holds, owners, deletion, uploads.
    Write,
    /// Calls in progress.
    Live,
    /// Users, groups, rules and the audit.
    Admin,
}

/// A bearer token, without its secret.
#[derive(Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    pub(crate) id: i64,
    username: String,
    name: String,
    /// The first characters of the token.
    prefix: String,
    /// What it may be used for; empty: for whatever the user may do.
    scopes: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// Null: never.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// To the minute; null: never.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl From<&catalogue::Token> for Token {
    fn from(token: &catalogue::Token) -> Self {
        Self {
            id: token.id.0,
            username: token.username.clone(),
            name: token.name.clone(),
            prefix: token.prefix.clone(),
            scopes: token.scopes.clone(),
            created_at: time(token.created_at),
            expires_at: token.expires_at.map(time),
            last_used_at: token.last_used_at.map(time),
        }
    }
}

/// Tokens, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Tokens {
    pub(crate) items: Vec<Token>,
}

/// A bearer token to make.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) name: String,
    /// Whose it is; missing: yours.
    pub(crate) username: Option<String>,
    /// What it may be used for; empty: for whatever the user may do.
    #[serde(default)]
    pub(crate) scopes: Vec<Scope>,
    /// When it stops working; missing: never.
    #[schema(format = DateTime)]
    pub(crate) expires_at: Option<String>,
}

/// A bearer token that was made.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddedToken {
    /// The whole token, shown this once.
    pub(crate) token: Option<String>,
    pub(crate) details: Token,
}

/// Who you are and what you may.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    pub(crate) user: User,
    /// What you may do with something or other, as `allowed` says it of single recordings.
    pub(crate) may: Vec<String>,
    /// `password`, `token` or `session`.
    pub(crate) signed_in_by: String,
    /// What your token is limited to; null: nothing.
    pub(crate) scopes: Option<Vec<String>>,
    /// What somebody should look at in this system; empty for those who may not manage it.
    pub(crate) notices: Vec<Notice>,
}

/// How somebody wants the web page to be.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preferences {
    /// Whatever the page keeps.
    #[schema(value_type = Object)]
    pub(crate) values: serde_json::Map<String, serde_json::Value>,
}

/// A name and a password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    pub(crate) username: String,
    #[schema(format = Password)]
    pub(crate) password: String,
}

/// A session of the web page. Its secret is in a cookie that scripts cannot read.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    pub(crate) username: String,
    /// To be sent as `X-CSRF-Token` with every request that changes something.
    pub(crate) csrf_token: String,
    #[schema(format = DateTime)]
    pub(crate) expires_at: String,
}

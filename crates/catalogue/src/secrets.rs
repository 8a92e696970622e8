//! What is said to and by the catalogue about bearer tokens, sessions of the web page, and
//! requests that may be repeated. Secrets come in as bytes and are kept as SHA-256 only.

use jiff::Timestamp;
use model::access::Principal;
use model::people::UserId;

/// A token's internal identity.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TokenId(pub i64);

/// A bearer token to add.
#[derive(Clone, Eq, PartialEq)]
pub struct NewToken {
    /// Whose it is.
    pub username: String,
    /// What it is for.
    pub name: String,
    /// The secret: 256 random bits.
    pub secret: [u8; 32],
    /// The first characters of the token as shown, by which people tell tokens apart.
    pub prefix: String,
    /// What it may be used for; empty: for whatever the user may do.
    pub scopes: Vec<String>,
    /// When it stops working; `None`: never.
    pub expires_at: Option<Timestamp>,
}

/// The secret stays out of every log.
impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewToken")
            .field("username", &self.username)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A bearer token as people see one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Token {
    /// Internal identity.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// That user's name.
    pub username: String,
    /// What it is for.
    pub name: String,
    /// The first characters of the token.
    pub prefix: String,
    /// What it may be used for; empty: for whatever the user may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute; `None`: never.
    pub last_used_at: Option<Timestamp>,
}

/// What a valid bearer token says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenSignIn {
    /// The token.
    pub id: TokenId,
    /// The user, with rights as of now.
    pub principal: Principal,
    /// What the token may be used for; empty: for whatever the user may do.
    pub scopes: Vec<String>,
}

/// A session of the web page to begin.
#[derive(Clone, Eq, PartialEq)]
pub struct NewSession {
    /// Who signed in.
    pub user: UserId,
    /// The secret of the cookie: 256 random bits.
    pub secret: [u8; 32],
    /// What the page has to send with every change.
    pub csrf: String,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// The secrets stay out of every log.
impl std::fmt::Debug for NewSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSession")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A session of the web page that is going on.
#[derive(Clone, Eq, PartialEq)]
pub struct Session {
    /// The user, with rights as of now.
    pub principal: Principal,
    /// What the page has to send with every change.
    pub csrf: String,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// The secret stays out of every log.
impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}

/// An answer that was given to a request that may be repeated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// Names and values of headers worth keeping.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is known about a request that carries an idempotency key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Repeat {
    /// It is new: do it, then say how it ended with `finish_request` or `forget_request`.
    First,
    /// The same request is being done right now.
    Running,
    /// It was done; this was the answer.
    Done(StoredAnswer),
    /// The key was used for another request.
    Conflict,
}

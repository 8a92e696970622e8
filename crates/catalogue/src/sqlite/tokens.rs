//! Bearer tokens. The secret is 256 random bits, so its plain SHA-256 gives nothing away.

use super::{Writer, people, rows, sign_in};
use crate::error::Error;
use crate::rules;
use crate::secrets::{NewToken, Token, TokenId, TokenSignIn};
use jiff::{SignedDuration, Timestamp};
use model::audit::AuditAction;
use model::people::UserId;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::Digest;

/// A use is remembered when the one remembered is older.
const USE_KEPT_EVERY: SignedDuration = SignedDuration::from_mins(1);

const TOKEN: &str = "
    SELECT t.id, t.user_id, u.username, t.name, t.prefix, t.scopes, t.created_ms, t.expires_ms,
           t.last_used_ms
      FROM tokens t JOIN users u ON u.id = t.user_id";
pub(super) const BY_HASH: &str = "
    SELECT id, user_id, scopes, expires_ms, last_used_ms FROM tokens WHERE hash = ?1";

/// What is kept of a secret.
pub(super) fn hash(secret: &[u8; 32]) -> [u8; 32] {
    sha2::Sha256::digest(secret).into()
}

/// Adds a token.
pub(crate) fn add(writer: &Writer<'_>, token: &NewToken) -> Result<Token, Error> {
    let connection = writer.rows;
    let user = people::id(connection, &token.username)?;
    if token.name.trim().is_empty() {
        return Err(Error::Empty("the name of a token"));
    }
    rules::text("the name of a token", &token.name)?;
    rules::text("the beginning of a token", &token.prefix)?;
    connection.execute(
        "INSERT INTO tokens (user_id, name, prefix, hash, scopes, created_ms, expires_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            user.0,
            token.name,
            token.prefix,
            hash(&token.secret),
            rows::from_texts(&token.scopes),
            writer.now.as_millisecond(),
            token.expires_at.map(Timestamp::as_millisecond),
        ],
    )?;
    let id = connection.last_insert_rowid();
    let added = one(connection, id)?;
    let added = added.ok_or_else(|| Error::Inconsistent(format!("token {id} vanished")))?;
    writer.record(AuditAction::AddToken, None, told(&added))?;
    Ok(added)
}

/// Every token, or those of one user.
pub(crate) fn all(connection: &Connection, user: Option<UserId>) -> Result<Vec<Token>, Error> {
    let statement = format!("{TOKEN} WHERE ?1 IS NULL OR t.user_id = ?1 ORDER BY t.id DESC");
    let mut statement = connection.prepare_cached(&statement)?;
    let mut found = statement.query([user.map(|user| user.0)])?;
    let mut tokens = Vec::new();
    while let Some(row) = found.next()? {
        tokens.push(token(row)?);
    }
    Ok(tokens)
}

/// Takes a token away.
pub(crate) fn revoke(writer: &Writer<'_>, id: TokenId, user: Option<UserId>) -> Result<(), Error> {
    let known = one(writer.rows, id.0)?;
    let known = known.filter(|token| user.is_none_or(|user| token.user == user));
    let known = known.ok_or(Error::NoSuchToken(id.0))?;
    writer
        .rows
        .execute("DELETE FROM tokens WHERE id = ?1", [id.0])?;
    writer.record(AuditAction::DeleteToken, None, told(&known))
}

/// Whose token this is, and whether its use is to be remembered.
pub(crate) fn sign_in(
    connection: &Connection,
    secret: &[u8; 32],
    now: Timestamp,
) -> Result<Option<(TokenSignIn, bool)>, Error> {
    let mut statement = connection.prepare_cached(BY_HASH)?;
    let mut found = statement.query([hash(secret)])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let expires: Option<i64> = row.get(3)?;
    if expires.is_some_and(|expires| expires <= now.as_millisecond()) {
        return Ok(None);
    }
    let last: Option<i64> = row.get(4)?;
    let stale = last.is_none_or(|last| {
        now.as_millisecond().saturating_sub(last) >= USE_KEPT_EVERY.as_secs() * 1000
    });
    let id = TokenId(row.get(0)?);
    let standing = sign_in::standing(connection, UserId(row.get(1)?))?;
    let scopes = scopes(row, 2)?;
    Ok(standing.map(|standing| {
        let sign_in = TokenSignIn {
            id,
            principal: standing.principal,
            scopes,
        };
        (sign_in, stale)
    }))
}

/// Remembers a use.
pub(crate) fn used(connection: &Connection, id: TokenId, now: Timestamp) -> Result<(), Error> {
    connection.execute(
        "UPDATE tokens SET last_used_ms = ?2 WHERE id = ?1",
        params![id.0, now.as_millisecond()],
    )?;
    Ok(())
}

fn one(connection: &Connection, id: i64) -> Result<Option<Token>, Error> {
    let statement = format!("{TOKEN} WHERE t.id = ?1");
    let mut statement = connection.prepare_cached(&statement)?;
    let found = statement.query_row([id], |row| Ok(token(row)));
    found.optional()?.transpose()
}

fn token(row: &Row<'_>) -> Result<Token, Error> {
    let time = |ms: Option<i64>| ms.map(rows::time).transpose();
    Ok(Token {
        id: TokenId(row.get(0)?),
        user: UserId(row.get(1)?),
        username: row.get(2)?,
        name: row.get(3)?,
        prefix: row.get(4)?,
        scopes: scopes(row, 5)?,
        created_at: rows::time(row.get(6)?)?,
        expires_at: time(row.get(7)?)?,
        last_used_at: time(row.get(8)?)?,
    })
}

fn scopes(row: &Row<'_>, column: usize) -> Result<Vec<String>, Error> {
    let json: String = row.get(column)?;
    rows::texts(&json).ok_or_else(|| Error::Inconsistent("a token has no valid scopes".to_owned()))
}

fn told(token: &Token) -> String {
    format!(
        "token {} \"{}\" of user {}",
        token.id.0, token.name, token.username
    )
}

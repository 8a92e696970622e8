//! Bearer tokens, sessions of the web page, requests that may be repeated.

use super::Catalogue;
use crate::error::Error;
use crate::secrets::{
    NewSession, NewToken, Repeat, Session, StoredAnswer, Token, TokenId, TokenSignIn,
};
use crate::sqlite;
use model::Sha256;
use model::people::UserId;

impl Catalogue {
    /// Adds a bearer token. Its secret is kept as a hash only.
    ///
    /// # Errors
    /// [`Error::NoSuchUser`], a broken rule of names, or the database fails.
    pub async fn add_token(&self, token: NewToken) -> Result<Token, Error> {
        self.write(move |writer| sqlite::tokens::add(writer, &token))
            .await
    }

    /// Every token, or those of one user, newest first; expired ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self, user: Option<UserId>) -> Result<Vec<Token>, Error> {
        self.database
            .read(move |rows| sqlite::tokens::all(rows, user))
            .await
    }

    /// Revokes a token. `user`: only if it is this user's.
    ///
    /// # Errors
    /// [`Error::NoSuchToken`]; or when the database fails.
    pub async fn revoke_token(&self, id: TokenId, user: Option<UserId>) -> Result<(), Error> {
        self.write(move |writer| sqlite::tokens::revoke(writer, id, user))
            .await
    }

    /// Whose bearer token this is; `None` for one that is unknown, expired, or of a user who
    /// was deleted. The use is remembered to the minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_sign_in(&self, secret: [u8; 32]) -> Result<Option<TokenSignIn>, Error> {
        let now = self.database.now();
        let found = self
            .database
            .look(move |rows| sqlite::tokens::sign_in(rows, &secret, now))
            .await?;
        let Some((sign_in, stale)) = found else {
            return Ok(None);
        };
        if stale {
            let id = sign_in.id;
            let noted = self
                .database
                .write(move |rows| sqlite::tokens::used(rows, id, now));
            // A catalogue that cannot be written is no reason to turn readers away.
            if let Err(error) = noted.await {
                tracing::warn!(token.id = id.0, %error, "the use of a token was not noted");
            }
        }
        Ok(Some(sign_in))
    }

    /// Begins a session of the web page.
    ///
    /// # Errors
    /// [`Error::NoSuchUser`]; or when the database fails.
    pub async fn begin_session(&self, session: NewSession) -> Result<(), Error> {
        self.write(move |writer| sqlite::sessions::begin(writer, &session))
            .await
    }

    /// The session of this secret, unless it is over, its user was deleted or the password was
    /// changed since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, secret: [u8; 32]) -> Result<Option<Session>, Error> {
        let now = self.database.now();
        self.database
            .look(move |rows| sqlite::sessions::find(rows, &secret, now))
            .await
    }

    /// Ends a session, if there is one of this secret.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, secret: [u8; 32]) -> Result<(), Error> {
        self.write(move |writer| sqlite::sessions::end(writer, &secret))
            .await
    }

    /// Ends every session of a user.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions(&self, user: UserId) -> Result<(), Error> {
        self.write(move |writer| sqlite::sessions::end_all(writer, user))
            .await
    }

    /// Announces a request with an idempotency key. `request` is the hash of what is asked.
    /// Keys are the user's own, and remembered for 24 hours.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_request(
        &self,
        user: UserId,
        key: &str,
        request: Sha256,
    ) -> Result<Repeat, Error> {
        let key = key.to_owned();
        self.write(move |writer| sqlite::repeats::begin(writer, user, &key, request))
            .await
    }

    /// Keeps the answer to a request that was announced.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_request(
        &self,
        user: UserId,
        key: &str,
        answer: StoredAnswer,
    ) -> Result<(), Error> {
        let key = key.to_owned();
        self.write(move |writer| sqlite::repeats::finish(writer, user, &key, &answer))
            .await
    }

    /// A request that was announced did not work: it may be tried again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_request(&self, user: UserId, key: &str) -> Result<(), Error> {
        let key = key.to_owned();
        self.write(move |writer| sqlite::repeats::forget(writer, user, &key))
            .await
    }
}

//! From credentials to a user: Argon2, once per credential and minute.
//!
//! A verified credential is remembered for a minute under its HMAC with a secret of this
//! process, never in clear, and only as long as the user's row is the same version: a password
//! changed by whomever is refused at the very next request. Unknown users cost what known ones
//! do. Argon2 runs on the blocking pool, few at a time, since each run takes 19 MiB; requests
//! with the same credential wait for one run together.

use super::attempts::{Attempt, Attempts};
use super::basic::Credentials;
use crate::app::Clock;
use crate::passwords;
use crate::refusal::Refusal;
use catalogue::{Catalogue, SignIn};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use hmac::{Hmac, KeyInit, Mac};
use model::access::Principal;
use model::people::UserId;
use sha2::Sha256;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// How long a verified credential is remembered.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Most credentials remembered at a time.
const REMEMBERED_MAX: usize = 4096;

/// Most Argon2 runs at a time: 19 MiB each.
const ARGON2_MAX: usize = 4;

/// Most credentials waiting for Argon2; further ones are told to come back.
const WAITING_MAX: usize = 1024;

/// Stands for whose a wrong token would be: no user name has a colon.
const WRONG_TOKEN: &str = ":token";

/// HMAC-SHA256 of a credential.
type Key = [u8; 32];

/// Sign-in for all handlers.
pub(crate) struct SignIns {
    catalogue: Catalogue,
    clock: Clock,
    secret: Hmac<Sha256>,
    argon2: Arc<Semaphore>,
    argon2_runs: Arc<AtomicU64>,
    remembered: Mutex<HashMap<Key, Remembered>>,
    checks: Mutex<HashMap<Check, Shared<BoxFuture<'static, Verdict>>>>,
    attempts: Mutex<Attempts>,
}

/// A verified credential: whose it is, and as of which version of the user's row.
#[derive(Clone, Copy)]
struct Remembered {
    user: UserId,
    version: i64,
    until: Instant,
}

/// One run of Argon2 that requests may wait for together. The version keeps a request that
/// comes after a change of password from getting the answer of one before.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
struct Check {
    key: Key,
    address: IpAddr,
    version: Option<i64>,
}

/// What came of a check.
#[derive(Clone, Copy)]
enum Verdict {
    Right,
    Wrong,
    SlowDown(Duration),
    /// The check could not be made, for want of memory or because of a bug.
    Failed,
}

impl SignIns {
    pub(crate) fn new(catalogue: Catalogue, clock: Clock, argon2_runs: Arc<AtomicU64>) -> Self {
        passwords::warm();
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            catalogue,
            clock,
            secret: process_secret(),
            argon2: Arc::new(Semaphore::new(cores.clamp(2, ARGON2_MAX))),
            argon2_runs,
            remembered: Mutex::default(),
            checks: Mutex::default(),
            attempts: Mutex::new(Attempts::new()),
        }
    }

    /// The user of these credentials, with rights as of now.
    pub(crate) async fn principal(
        self: &Arc<Self>,
        address: IpAddr,
        credentials: Credentials,
    ) -> Result<Principal, Refusal> {
        let key = self.key(&credentials);
        if let Some(principal) = self.remembered(&key).await? {
            return Ok(principal);
        }
        let now = (self.clock)();
        let wait = lock(&self.attempts).wait(now, address, &credentials.username);
        if let Some(wait) = wait {
            return Err(Refusal::SlowDown(wait));
        }
        let row = self.catalogue.sign_in(&credentials.username).await?;
        let check = Check {
            key,
            address,
            version: row.as_ref().map(|row| row.version),
        };
        let principal = row.as_ref().map(|row| row.principal.clone());
        match self.checked(check, credentials, row)?.await {
            Verdict::Right => principal.ok_or(Refusal::Unauthenticated),
            Verdict::Wrong => Err(Refusal::Unauthenticated),
            Verdict::SlowDown(wait) => Err(Refusal::SlowDown(wait)),
            Verdict::Failed => Err(Refusal::fault(&"a password could not be checked")),
        }
    }

    /// Whether this is the password of a user who is signed in already. Wrong ones are slowed
    /// down like those of sign-ins, but do not stand in the way of the next sign-in.
    pub(crate) async fn confirms(
        &self,
        address: IpAddr,
        username: &str,
        password: String,
    ) -> Result<bool, Refusal> {
        let row = self.catalogue.sign_in(username).await?;
        let permit = Arc::clone(&self.argon2).acquire_owned().await;
        let permit = permit.map_err(|error| Refusal::fault(&error))?;
        // No user name has a colon.
        let counted_as = format!(":{username}");
        let begun = lock(&self.attempts).begin((self.clock)(), address, &counted_as);
        let attempt = begun.map_err(Refusal::SlowDown)?;
        self.argon2_runs.fetch_add(1, Ordering::Relaxed);
        let verified = tokio::task::spawn_blocking(move || {
            let _running = permit;
            passwords::verify(
                &password,
                row.as_ref().map(|row| row.password_hash.as_str()),
            )
        });
        let right = verified.await.map_err(|error| Refusal::fault(&error))?;
        if right {
            lock(&self.attempts).right(attempt);
        }
        Ok(right)
    }

    /// Counts a wrong token of an address, or says how long to wait. Tokens cannot be guessed;
    /// this keeps the audit from being filled with attempts.
    pub(crate) fn wrong_token(&self, address: IpAddr) -> Result<(), Refusal> {
        let begun = lock(&self.attempts).begin((self.clock)(), address, WRONG_TOKEN);
        begun.map(drop).map_err(Refusal::SlowDown)
    }

    /// The user of a remembered credential, if the row has not changed since. Not subject to
    /// slow-downs: whoever guesses beside a signed-in user must not lock the user out.
    async fn remembered(&self, key: &Key) -> Result<Option<Principal>, Refusal> {
        let now = (self.clock)();
        let entry = lock(&self.remembered).get(key).copied();
        let Some(entry) = entry.filter(|entry| now < entry.until) else {
            return Ok(None);
        };
        let standing = self.catalogue.sign_in_version(entry.user).await?;
        match standing.filter(|standing| standing.version == entry.version) {
            Some(standing) => Ok(Some(standing.principal)),
            None => {
                lock(&self.remembered).remove(key);
                Ok(None)
            }
        }
    }

    /// The check of this credential that is under way, or a new one. It runs to its end even
    /// when every request that waits for it is gone, or giving up early would be a way to have
    /// guesses not counted.
    fn checked(
        self: &Arc<Self>,
        check: Check,
        credentials: Credentials,
        row: Option<SignIn>,
    ) -> Result<Shared<BoxFuture<'static, Verdict>>, Refusal> {
        let mut checks = lock(&self.checks);
        if let Some(running) = checks.get(&check) {
            return Ok(running.clone());
        }
        if checks.len() >= WAITING_MAX {
            return Err(Refusal::Unavailable);
        }
        let this = Arc::clone(self);
        let running = tokio::spawn(async move {
            let verdict = this.check(check, credentials, row).await;
            lock(&this.checks).remove(&check);
            verdict
        });
        let running = running
            .map(|done| done.unwrap_or(Verdict::Failed))
            .boxed()
            .shared();
        checks.insert(check, running.clone());
        Ok(running)
    }

    async fn check(&self, check: Check, credentials: Credentials, row: Option<SignIn>) -> Verdict {
        // Few run at a time, so the slow-down is looked at after waiting, not only before.
        let Ok(permit) = Arc::clone(&self.argon2).acquire_owned().await else {
            return Verdict::Failed;
        };
        let now = (self.clock)();
        let begun = lock(&self.attempts).begin(now, check.address, &credentials.username);
        let attempt = match begun {
            Ok(attempt) => attempt,
            Err(wait) => return Verdict::SlowDown(wait),
        };
        self.argon2_runs.fetch_add(1, Ordering::Relaxed);
        let (user, hash) = match row {
            Some(row) => (Some(row.principal.id), Some(row.password_hash)),
            None => (None, None),
        };
        let verified = tokio::task::spawn_blocking(move || {
            let _running = permit;
            passwords::verify(&credentials.password, hash.as_deref())
        });
        match verified.await {
            Ok(true) => {
                self.right(check, user, attempt);
                Verdict::Right
            }
            Ok(false) => Verdict::Wrong,
            Err(_) => {
                lock(&self.attempts).right(attempt);
                Verdict::Failed
            }
        }
    }

    fn right(&self, check: Check, user: Option<UserId>, attempt: Attempt) {
        lock(&self.attempts).right(attempt);
        let (Some(user), Some(version)) = (user, check.version) else {
            return;
        };
        let now = (self.clock)();
        let mut remembered = lock(&self.remembered);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, entry| now < entry.until);
        }
        // Full of live ones: the one nearest to its end makes room.
        if remembered.len() >= REMEMBERED_MAX {
            let oldest = remembered.iter().min_by_key(|(_, entry)| entry.until);
            if let Some(key) = oldest.map(|(key, _)| *key) {
                remembered.remove(&key);
            }
        }
        remembered.insert(
            check.key,
            Remembered {
                user,
                version,
                until: now + REMEMBERED,
            },
        );
    }

    fn key(&self, credentials: &Credentials) -> Key {
        let mut mac = self.secret.clone();
        mac.update(credentials.username.as_bytes());
        mac.update(b":");
        mac.update(credentials.password.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// No invariant of these tables spans a panic, so a poisoned lock is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keyed with fresh randomness, so that what is remembered tells nothing outside.
fn process_secret() -> Hmac<Sha256> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).expect("a system without randomness cannot have sign-in");
    Hmac::new_from_slice(&secret).expect("HMAC takes keys of any length")
}

//! What handlers write down about who did what: one way in for all of them.
//!
//! Plays, downloads, sign-ins and administration are on the disk before the answer leaves;
//! views follow within a second, and a full queue makes the request wait. Changes of rows write
//! their entry themselves, in the same transaction. Never writes a password, token or number.

use crate::app::App;
use crate::auth::Caller;
use crate::refusal::Refusal;
use model::RecordingId;
use model::audit::{AuditAction, AuditEvent, Outcome};
use model::people::UserId;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Requests of one user for one recording from one address within this time are one listening;
/// those of one user from one address, for whatever, one sign-in.
const EPISODE: Duration = Duration::from_secs(30 * 60);

/// Most sign-ins remembered at a time, so that not each request asks the catalogue.
const REMEMBERED_MAX: usize = 10_000;

/// What happened to a recording, or to nothing in particular.
pub(crate) struct Entry<'a> {
    pub(crate) action: AuditAction,
    pub(crate) recording: Option<RecordingId>,
    pub(crate) details: &'a str,
    pub(crate) outcome: Outcome,
}

impl Entry<'_> {
    /// Done, on nothing in particular.
    pub(crate) fn new(action: AuditAction) -> Self {
        Self {
            action,
            recording: None,
            details: "",
            outcome: Outcome::Done,
        }
    }

    /// Done, on a recording.
    pub(crate) fn on(action: AuditAction, recording: RecordingId) -> Self {
        Self {
            recording: Some(recording),
            ..Self::new(action)
        }
    }

    pub(crate) fn event(&self, app: &App, caller: &Caller) -> AuditEvent {
        AuditEvent {
            recording: self.recording,
            details: self.details.to_owned(),
            outcome: self.outcome,
            ..caller.actor().event(app.now(), self.action)
        }
    }
}

/// Writes an entry down. It is on the disk when this returns; when it cannot be, the request
/// is refused.
pub(crate) async fn record(app: &App, caller: &Caller, entry: Entry<'_>) -> Result<(), Refusal> {
    let event = entry.event(app, caller);
    app.catalogue.audit(event).await?;
    Ok(())
}

/// Has an entry written down within a second. Waits while the queue is full.
pub(crate) async fn record_soon(
    app: &App,
    caller: &Caller,
    entry: Entry<'_>,
) -> Result<(), Refusal> {
    let event = entry.event(app, caller);
    app.catalogue.audit_soon(event).await?;
    Ok(())
}

/// Writes down that sound is about to be served, once for each listening.
pub(crate) async fn listening(
    app: &App,
    caller: &Caller,
    action: AuditAction,
    recording: RecordingId,
) -> Result<(), Refusal> {
    let event = Entry::on(action, recording).event(app, caller);
    app.catalogue.audit_once(event, EPISODE).await?;
    Ok(())
}

/// Writes down that somebody has signed in, once for each row of requests.
pub(crate) async fn signed_in(app: &App, caller: &Caller) -> Result<(), Refusal> {
    let now = (app.clock)();
    let key = (caller.principal().id, caller.address());
    if app.signed_in.knows(now, &key) {
        return Ok(());
    }
    let entry = Entry {
        details: caller.means(),
        ..Entry::new(AuditAction::SignIn)
    };
    let event = entry.event(app, caller);
    app.catalogue.audit_once(event, EPISODE).await?;
    app.signed_in.learn(now, key);
    Ok(())
}

/// Writes down that somebody could not sign in. `who` is what was typed.
pub(crate) async fn sign_in_failed(
    app: &App,
    who: &str,
    address: IpAddr,
    program: &str,
    means: &str,
) -> Result<(), Refusal> {
    app.catalogue
        .audit(AuditEvent {
            at: app.now(),
            who: shown(who),
            user: None,
            from: Some(address),
            app: program.to_owned(),
            action: AuditAction::SignInFailed,
            recording: None,
            details: means.to_owned(),
            outcome: Outcome::Refused,
        })
        .await?;
    Ok(())
}

/// A typed name as far as a user name can go; the audit is no place for whatever was sent.
fn shown(who: &str) -> String {
    const CHARACTERS_MAX: usize = 64;
    let clean = who.chars().filter(|c| !c.is_control());
    clean.take(CHARACTERS_MAX).collect()
}

/// Whose sign-in was written down not long ago. Forgetting one early costs a question to the
/// catalogue.
#[derive(Default)]
pub(crate) struct SignedIn {
    since: Mutex<HashMap<(UserId, IpAddr), Instant>>,
}

impl SignedIn {
    fn knows(&self, now: Instant, key: &(UserId, IpAddr)) -> bool {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.get(key).is_some_and(|since| now < *since + EPISODE)
    }

    fn learn(&self, now: Instant, key: (UserId, IpAddr)) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.len() >= REMEMBERED_MAX {
            since.retain(|_, since| now < *since + EPISODE);
        }
        if since.len() >= REMEMBERED_MAX {
            since.clear();
        }
        since.insert(key, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn sign_ins_are_forgotten_after_an_episode() {
        let signed_in = SignedIn::default();
        let now = Instant::now();
        let key = |n| (UserId(n), IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert!(!signed_in.knows(now, &key(1)));
        signed_in.learn(now, key(1));
        assert!(signed_in.knows(now, &key(1)) && !signed_in.knows(now, &key(2)));
        assert!(!signed_in.knows(now + EPISODE, &key(1)));
        for n in 0..30_000 {
            signed_in.learn(now, key(n));
        }
        assert!(signed_in.since.lock().unwrap().len() <= REMEMBERED_MAX);
    }

    #[test]
    fn typed_names_are_cut() {
        assert_eq!(shown("jo\nhn"), "john");
        assert_eq!(shown(&"é".repeat(100)).chars().count(), 64);
    }
}

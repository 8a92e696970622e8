//! Calls in progress with their users: what a line is, and whose.
//!
//! Looks users up at each request, so that a number moved a moment ago counts at once.

use super::refused::Refused;
use crate::app::App;
use crate::auth::Caller;
use catalogue::Owner;
use model::live::{LiveCall, LiveState};
use model::party;

/// A call and the user of its local party.
pub(super) struct Line {
    pub(super) call: LiveCall,
    pub(super) owner: Option<Owner>,
    /// The user of the remote party, when it is one of ours.
    pub(super) remote: Option<Owner>,
}

impl Line {
    /// Whether the local party has one of these keys.
    pub(super) fn has_key(&self, keys: &[String]) -> bool {
        self.call.local_keys.iter().any(|key| keys.contains(key))
    }

    /// Whether it is the line of this phone and this number; what is not given matches.
    pub(super) fn is_at(&self, device_name: &Option<String>, number: &Option<String>) -> bool {
        let device = |name: &String| self.call.device_name.eq_ignore_ascii_case(name.trim());
        let at = |number: &String| party::key(number) == party::key(&self.call.local_number);
        device_name.as_ref().is_none_or(device) && number.as_ref().is_none_or(at)
    }
}

/// Calls in progress, latest answered first.
pub(super) struct Lines(Vec<Line>);

impl Lines {
    /// All of now in which people still talk.
    pub(super) async fn of(app: &App) -> Result<Self, Refused> {
        let mut calls = app.live()?.live().await;
        calls.retain(|call| call.state == LiveState::Recording);
        calls.sort_by_key(|call| std::cmp::Reverse(call.answered_at));
        let local = calls.iter().map(|call| call.local_keys.clone());
        let remote = calls.iter().map(|call| party::keys(&call.remote_number));
        let keys: Vec<Vec<String>> = local.chain(remote).collect();
        let mut owners = app.catalogue.people_of(keys).await?;
        let remotes = owners.split_off(calls.len().min(owners.len()));
        let lines = calls.into_iter().zip(owners).zip(remotes);
        Ok(Self(
            lines
                .map(|((call, owner), remote)| Line {
                    call,
                    owner,
                    remote,
                })
                .collect(),
        ))
    }

    /// Those that are being kept.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Line> {
        self.0.iter().filter(|line| line.call.kept)
    }

    /// The latest answered of those that are meant.
    pub(super) fn latest(&self, is_meant: impl Fn(&Line) -> bool) -> Option<&Line> {
        self.0.iter().find(|line| is_meant(line))
    }
}

/// The keys of the caller's numbers.
pub(super) async fn own_keys(app: &App, caller: &Caller) -> Result<Vec<String>, Refused> {
    let user = app.catalogue.user(&caller.principal().username).await?;
    let numbers = user.map(|user| user.numbers).unwrap_or_default();
    Ok(numbers.iter().map(|number| party::key(number)).collect())
}

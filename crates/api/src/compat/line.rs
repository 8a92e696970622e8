//! Calls in progress with their users: what a line is, and whose.
//!
//! Looks users up at each request, so that a number moved a moment ago counts at once.

use super::refused::Refused;
use crate::app::App;
use crate::auth::Caller;
use catalogue::Owner;
use model::live::{LiveCall, LiveState};
use model::{Mode, party};

/// A call and the user of its local party.
pub(super) struct Line {
    pub(super) call: LiveCall,
    /// Keys of the local party; of everybody, as long as it is not known who that is.
    keys: Vec<String>,
    pub(super) owner: Option<Owner>,
    /// The user of the remote party, when it is one of ours.
    pub(super) remote: Option<Owner>,
}

impl Line {
    /// Whether the local party has one of these keys.
    pub(super) fn has_key(&self, keys: &[String]) -> bool {
        self.keys.iter().any(|key| keys.contains(key))
    }

    /// Whether it is the line of this phone and this number; what is not given matches.
    pub(super) fn is_at(&self, device_name: &Option<String>, number: &Option<String>) -> bool {
        let device = |name: &String| self.call.device_name.eq_ignore_ascii_case(name.trim());
        let at = |number: &String| self.keys.contains(&party::key(number));
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
        // Those that are never recorded only where there is no other.
        calls.sort_by_key(|call| {
            (
                call.mode == Mode::Never,
                std::cmp::Reverse(call.answered_at),
            )
        });
        let keys: Vec<Vec<String>> = calls.iter().map(keys).collect();
        let remote = calls.iter().map(|call| party::keys(&call.remote_number));
        let asked = keys.iter().cloned().chain(remote).collect();
        let mut owners = app.catalogue.people_of(asked).await?;
        let remotes = owners.split_off(calls.len().min(owners.len()));
        let people = owners.into_iter().zip(remotes);
        let lines = calls.into_iter().zip(keys).zip(people);
        let lines = lines.map(|((call, keys), (owner, remote))| Line {
            call,
            keys,
            owner,
            remote,
        });
        Ok(Self(lines.collect()))
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

fn keys(call: &LiveCall) -> Vec<String> {
    if !call.local_keys.is_empty() {
        return call.local_keys.clone();
    }
    if !call.local_number.is_empty() {
        return party::keys(&call.local_number);
    }
    let everybody = call.participants.iter();
    everybody
        .flat_map(|participant| party::keys(&participant.address))
        .collect()
}

/// The keys of the caller's numbers.
pub(super) async fn own_keys(app: &App, caller: &Caller) -> Result<Vec<String>, Refused> {
    let user = app.catalogue.user(&caller.principal().username).await?;
    let numbers = user.map(|user| user.numbers).unwrap_or_default();
    Ok(numbers.iter().map(|number| party::key(number)).collect())
}

//! Calls in progress.

mod control;
mod events;
mod list;
mod listen;

use crate::app::App;
use crate::ears::Heard;
use crate::refusal::Refusal;
use catalogue::Owner;
use jiff::Timestamp;
use model::access::{self, Action, Owned, Principal};
use model::live::LiveCall;
use model::people::Person;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::types::LiveRecording;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_live, control::start_line))
        .routes(routes!(events::live_events))
        .routes(routes!(listen::listen_live))
        .routes(routes!(control::start))
        .routes(routes!(control::stop))
        .routes(routes!(control::pause))
        .routes(routes!(control::resume))
        .routes(routes!(control::mark))
}

/// The call a path is about.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct OnePath {
    /// The id its recording has, or will have.
    #[param(format = "uuid", example = "0191d0a0-6f2c-7cc3-98c4-dc0c0c07398f")]
    id: String,
}

/// A call with the person whose it is.
struct Known {
    call: LiveCall,
    person: Option<Person>,
    heard: Option<Heard>,
}

impl Known {
    fn is_for(&self, caller: &Principal, action: Action) -> bool {
        access::check(caller, action, self.call.ownership()).is_ok()
    }

    fn shown(&self, caller: &Principal, now: Timestamp) -> LiveRecording {
        let person = self.person.as_ref();
        LiveRecording::of(&self.call, person, self.heard.as_ref(), caller, now)
    }
}

/// Every call of this node, latest answered first, with owners as of now.
async fn calls(app: &App) -> Result<Vec<Known>, Refusal> {
    let mut calls = app.live()?.live().await;
    calls.sort_by_key(|call| {
        (
            std::cmp::Reverse(call.answered_at),
            call.recording.to_bytes(),
        )
    });
    owned(app, calls).await
}

/// Asks the catalogue whose calls these are.
async fn owned(app: &App, calls: Vec<LiveCall>) -> Result<Vec<Known>, Refusal> {
    let keys = calls.iter().map(|call| call.local_keys.clone()).collect();
    let owners = app.catalogue.people_of(keys).await?;
    let known = calls.into_iter().zip(owners).map(|(mut call, owner)| {
        let person = owner.map(|owner: Owner| {
            call.owner = owner.ownership.owner;
            call.group = owner.ownership.group;
            owner.person
        });
        Known {
            call,
            person,
            heard: None,
        }
    });
    Ok(known.collect())
}

/// The calls a caller may see, as nobody has listened to them yet.
pub(super) async fn visible(app: &App, caller: &Principal) -> Result<Calls, Refusal> {
    let mut calls = calls(app).await?;
    calls.retain(|known| known.is_for(caller, Action::SeeLive));
    Ok(Calls(calls))
}

/// Calls that somebody may see.
pub(super) struct Calls(Vec<Known>);

impl Calls {
    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Says what is heard of each, where somebody listens.
    async fn heard(mut self, app: &App) -> Vec<Known> {
        if let Ok(ears) = app.ears() {
            let calls = self.0.iter().map(|known| known.call.clone()).collect();
            let heard = ears.heard(calls).await;
            for known in &mut self.0 {
                known.heard = heard.get(&known.call.recording).copied();
            }
        }
        self.0
    }
}

//! Calls in progress as they change, over server-sent events.
//!
//! The first event is a list of all; then one for each change. Whoever lags behind gets a new
//! list. Rights are looked up anew for every event, and a stream ends after a while so that
//! what the credential was is asked again.

use super::{Calls, owned, visible};
use crate::app::App;
use crate::auth::Caller;
use crate::gate::permit;
use crate::refusal::Refusal;
use crate::v1::types::{LiveRecordings, RecordingId};
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use model::access::{Action, Principal};
use model::live::{LiveCall, LiveEvent};
use std::collections::HashSet;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

/// How often a quiet stream says that it is still there.
const PING: Duration = Duration::from_secs(15);

/// How long a stream lasts; browsers come back by themselves.
const STREAM_MAX: Duration = Duration::from_secs(10 * 60);

/// Follow calls in progress
///
/// Server-sent events: `snapshot` with all calls you may see (first, and whenever events were
/// missed), then `began`, `changed`, `ended` (its recording is on its way) and `discarded` with
/// one call each, and `settled` with the id of a call whose recording can be asked for, if there
/// was something to keep. A comment every 15 seconds keeps the connection. The stream ends after
/// ten minutes: connect again.
#[utoipa::path(
    get,
    path = "/api/v1/live-recordings/events",
    operation_id = "followLiveRecordings",
    tag = "live-recordings",
    responses((status = 200, description = "Events", body = String,
        content_type = "text/event-stream")),
)]
pub(super) async fn live_events(
    State(app): State<App>,
    caller: Caller,
) -> Result<impl IntoResponse, Refusal> {
    permit(&caller, Action::SeeLive)?;
    let events = app.live()?.subscribe();
    let following = Following {
        end: Instant::now() + STREAM_MAX,
        caller: caller.principal().clone(),
        events,
        app,
        behind: true,
        shown: HashSet::new(),
    };
    let stream = stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((Ok::<_, Infallible>(event), following))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(PING)))
}

struct Following {
    app: App,
    caller: Principal,
    events: Receiver<LiveEvent>,
    /// Events were missed, or none was sent yet.
    behind: bool,
    /// Calls this caller was told of, and so may be told the end of.
    shown: HashSet<model::RecordingId>,
    end: Instant,
}

impl Following {
    /// The next event this caller may see; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.behind {
                self.behind = false;
                return self.snapshot().await;
            }
            let received = tokio::time::timeout_at(self.end, self.events.recv()).await;
            match received.ok()? {
                Ok(event) => {
                    self.look_up().await?;
                    if let Some(event) = self.one(event).await {
                        return Some(event);
                    }
                }
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Rights as of now; `None` when the user is gone.
    async fn look_up(&mut self) -> Option<()> {
        let standing = self.app.catalogue.sign_in_version(self.caller.id).await;
        let standing = standing.ok()??;
        self.caller = Principal {
            rights: self.app.rights,
            ..standing.principal
        };
        Some(())
    }

    async fn snapshot(&mut self) -> Option<Event> {
        self.look_up().await?;
        let calls = visible(&self.app, &self.caller).await.ok()?;
        let (calls, now) = (calls.heard(&self.app).await, self.app.now());
        self.shown
            .extend(calls.iter().map(|known| known.call.recording));
        let items = calls
            .iter()
            .map(|known| known.shown(&self.caller, now))
            .collect();
        let event = Event::default().event("snapshot");
        event.json_data(LiveRecordings { items }).ok()
    }

    async fn one(&mut self, event: LiveEvent) -> Option<Event> {
        match event {
            LiveEvent::Began(call) => self.call("began", call).await,
            LiveEvent::Changed(call) => self.call("changed", call).await,
            LiveEvent::Ended(call) => self.call("ended", call).await,
            LiveEvent::Discarded(call) => {
                let id = call.recording;
                let event = self.call("discarded", call).await;
                self.shown.remove(&id);
                event
            }
            LiveEvent::Settled { recording, .. } => {
                let id = recording.to_string();
                let event = Event::default().event("settled");
                let told = self.shown.remove(&recording);
                event.json_data(RecordingId { id }).ok().filter(|_| told)
            }
        }
    }

    async fn call(&mut self, name: &str, call: LiveCall) -> Option<Event> {
        let id = call.recording;
        let known = owned(&self.app, vec![call]).await.ok()?.pop()?;
        if !known.is_for(&self.caller, Action::SeeLive) {
            return None;
        }
        self.shown.insert(id);
        let known = Calls(vec![known]).heard(&self.app).await.pop()?;
        let shown = known.shown(&self.caller, self.app.now());
        Event::default().event(name).json_data(shown).ok()
    }
}

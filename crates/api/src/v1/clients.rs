//! Who sends calls to this node, and a test call.

use super::extract::Body;
use super::types::{ClientList, NewTestCall, TestCallResult};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::clients::{NoTestCall, TestCall};
use crate::gate::permit;
use crate::refusal::{Kind, Refusal};
use axum::Json;
use axum::extract::State;
use model::access::Action;
use model::audit::{AuditAction, Outcome};
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The longest test call, in seconds: it has ended before an answer takes too long.
const TEST_CALL_SECONDS_MAX: u64 = 10;
/// How long a test call is when nobody says it, in seconds.
const TEST_CALL_SECONDS: u64 = 5;
/// Most characters of its number.
const LOCAL_CHARACTERS_MAX: usize = 64;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_clients))
        .routes(routes!(place_test_call))
}

/// Recording clients
///
/// Those of the settings, and whoever else may call and spoke since the start.
#[utoipa::path(
    get,
    path = "/api/v1/clients",
    operation_id = "listClients",
    tag = "system",
    responses((status = 200, description = "The clients", body = ClientList)),
)]
async fn list_clients(State(app): State<App>, caller: Caller) -> Result<Json<ClientList>, Refusal> {
    permit(&caller, Action::ManagePeople)?;
    let clients = app.clients()?.clients();
    Ok(Json(ClientList {
        items: clients.into_iter().map(Into::into).collect(),
    }))
}

/// Place a test call
///
/// One call with audible sound comes over SIP and RTP into this node's own first listener, as
/// those of `earwitness test-call` do. The answer comes when it has ended; its recording is
/// archived a moment later. One at a time.
#[utoipa::path(
    post,
    path = "/api/v1/system/test-call",
    operation_id = "placeTestCall",
    tag = "system",
    request_body = NewTestCall,
    responses((status = 200, description = "What became of it", body = TestCallResult)),
)]
async fn place_test_call(
    State(app): State<App>,
    caller: Caller,
    body: Result<Body<NewTestCall>, Refusal>,
) -> Result<Json<TestCallResult>, Refusal> {
    permit(&caller, Action::ManagePeople)?;
    let wanted = body?.value;
    let seconds = wanted.seconds.unwrap_or(TEST_CALL_SECONDS);
    if !(1..=TEST_CALL_SECONDS_MAX).contains(&seconds) {
        let rule = format!("seconds is 1 to {TEST_CALL_SECONDS_MAX}");
        return Err(Refusal::BadRequest(rule));
    }
    if wanted
        .local
        .as_deref()
        .is_some_and(|local| !is_number(local))
    {
        let rule = "local is a number or a name of letters and digits";
        return Err(Refusal::BadRequest(rule.to_owned()));
    }
    let call = TestCall {
        local: wanted.local,
        duration: Duration::from_secs(seconds),
    };
    let placed = match app.clients()?.test_call(call).await {
        Err(NoTestCall::Busy) => {
            let detail = NoTestCall::Busy.to_string();
            return Err(Refusal::Conflict(&Kind::CONFLICT, detail));
        }
        placed => placed,
    };
    let (recording, details, answered) = match &placed {
        Ok(called) => (called.recording, called.detail.clone(), called.answered),
        Err(error) => (None, error.to_string(), false),
    };
    let entry = Entry {
        recording,
        details: &details,
        outcome: match answered {
            true => Outcome::Done,
            false => Outcome::Failed,
        },
        ..Entry::new(AuditAction::PlaceTestCall)
    };
    audit::record(&app, &caller, entry).await?;
    match placed {
        Ok(called) => Ok(Json(called.into())),
        Err(error) => Err(Refusal::Conflict(&Kind::CONFLICT, error.to_string())),
    }
}

/// Whether it can stand in an address without being quoted.
fn is_number(local: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "+*#._-".contains(letter);
    (1..=LOCAL_CHARACTERS_MAX).contains(&local.len()) && local.chars().all(fits)
}

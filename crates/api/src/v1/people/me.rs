//! Who one is and what one may.

use super::hashed;
use crate::app::App;
use crate::auth::Caller;
use crate::gate;
use crate::refusal::Refusal;
use crate::v1::extract::Body;
use crate::v1::types::{Me, Notice, PasswordChange, Preferences, User};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::access::Action;

/// Most bytes of somebody's preferences, as JSON without blanks.
const PREFERENCES_BYTES_MAX: usize = 16 * 1024;

/// Who am I, what may I
#[utoipa::path(
    get,
    path = "/api/v1/me",
    operation_id = "getMe",
    tag = "me",
    responses((status = 200, description = "You", body = Me)),
)]
pub(super) async fn get_me(State(app): State<App>, caller: Caller) -> Result<Json<Me>, Refusal> {
    gate::anything(&caller)?;
    let user = app.catalogue.user(&caller.principal().username).await?;
    let user = user.ok_or(Refusal::Unauthenticated)?;
    let may = Action::ALL
        .into_iter()
        .filter(|action| gate::permit(&caller, *action).is_ok());
    let notices = match gate::permit(&caller, Action::ManagePeople) {
        Ok(()) => Notice::all(&*app.condition().await),
        Err(_) => Vec::new(),
    };
    Ok(Json(Me {
        user: User::from(&user),
        may: may.map(|action| action.name().to_owned()).collect(),
        signed_in_by: caller.means().to_owned(),
        scopes: caller.scopes().map(<[String]>::to_vec),
        notices,
    }))
}

/// Change your password
///
/// Needs the current one. Other sessions of yours are over; tokens stay.
#[utoipa::path(
    put,
    path = "/api/v1/me/password",
    operation_id = "changePassword",
    tag = "me",
    request_body = PasswordChange,
    responses((status = 204, description = "It is changed")),
)]
pub(super) async fn change_password(
    State(app): State<App>,
    caller: Caller,
    body: Result<Body<PasswordChange>, Refusal>,
) -> Result<StatusCode, Refusal> {
    person(&caller)?;
    let change = body?.value;
    let username = caller.principal().username.clone();
    let address = caller.address();
    let current = app
        .sign_ins
        .confirms(address, &username, change.current_password);
    if !current.await? {
        let rule = "currentPassword is wrong";
        return Err(Refusal::BadRequest(rule.to_owned()));
    }
    let (hash, _) = hashed(Some(change.new_password)).await?;
    let catalogue = app.catalogue.by(caller.actor());
    let asking = caller.session().copied();
    catalogue.set_password(&username, &hash, asking).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get how you want the web page to be
///
/// As last set; empty if never. A token cannot ask.
#[utoipa::path(
    get,
    path = "/api/v1/me/preferences",
    operation_id = "getPreferences",
    tag = "me",
    responses((status = 200, description = "Your preferences", body = Preferences)),
)]
pub(super) async fn get_preferences(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Preferences>, Refusal> {
    person(&caller)?;
    let known = app.catalogue.preferences(caller.principal().id).await?;
    let values = known.map(|json| serde_json::from_str(&json)).transpose();
    let values = values.map_err(|error| Refusal::fault(&error))?;
    Ok(Json(Preferences {
        values: values.unwrap_or_default(),
    }))
}

/// Set how you want the web page to be
///
/// Takes the place of all that was set before: whatever object of at most 16 KiB, which nothing
/// here looks into. A token cannot.
#[utoipa::path(
    put,
    path = "/api/v1/me/preferences",
    operation_id = "setPreferences",
    tag = "me",
    request_body = Preferences,
    responses((status = 200, description = "Your preferences", body = Preferences)),
)]
pub(super) async fn set_preferences(
    State(app): State<App>,
    caller: Caller,
    body: Result<Body<Preferences>, Refusal>,
) -> Result<Json<Preferences>, Refusal> {
    person(&caller)?;
    let preferences = body?.value;
    let json = serde_json::to_string(&preferences.values);
    let json = json.map_err(|error| Refusal::fault(&error))?;
    if json.len() > PREFERENCES_BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    let catalogue = app.catalogue.by(caller.actor());
    catalogue
        .set_preferences(caller.principal().id, json)
        .await?;
    Ok(Json(preferences))
}

/// Passwords and preferences are a person's own, and nothing for a program with a token.
fn person(caller: &Caller) -> Result<(), Refusal> {
    gate::anything(caller)?;
    if caller.is_token() {
        return Err(Refusal::OutOfScope);
    }
    Ok(())
}

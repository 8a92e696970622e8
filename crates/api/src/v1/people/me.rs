//! Who one is and what one may.

use super::hashed;
use crate::app::App;
use crate::auth::Caller;
use crate::gate;
use crate::refusal::Refusal;
use crate::v1::extract::Body;
use crate::v1::types::{Me, Notice, PasswordChange, User};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::access::Action;

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
    gate::anything(&caller)?;
    if caller.is_token() {
        return Err(Refusal::OutOfScope);
    }
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
    catalogue.set_password(&username, &hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Managing users.

use super::{hashed, manager};
use crate::app::App;
use crate::auth::Caller;
use crate::refusal::Refusal;
use crate::v1::conditional;
use crate::v1::extract::{Body, Path};
use crate::v1::idempotency::{self, Created};
use crate::v1::types::{AddedUser, NewUser, PasswordReset, PasswordSet, User, UserChange, Users};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use catalogue::Changes;
use model::access::Level;
use serde::Deserialize;

/// The user a path is about.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct UserPath {
    /// The user's name, in any letter case.
    #[param(example = "john_doe")]
    username: String,
}

/// List users
#[utoipa::path(
    get,
    path = "/api/v1/users",
    operation_id = "listUsers",
    tag = "users",
    responses((status = 200, description = "All, by name", body = Users)),
)]
pub(super) async fn list_users(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Users>, Refusal> {
    manager(&caller)?;
    let users = app.catalogue.users().await?;
    Ok(Json(Users {
        items: users.iter().map(User::from).collect(),
    }))
}

/// Add a user
#[utoipa::path(
    post,
    path = "/api/v1/users",
    operation_id = "addUser",
    tag = "users",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating safe")),
    request_body = NewUser,
    responses((status = 201, description = "The user", body = AddedUser)),
)]
pub(super) async fn add_user(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Body<NewUser>, Refusal>,
) -> Result<Response, Refusal> {
    manager(&caller)?;
    let body = body?;
    let catalogue = app.catalogue.by(caller.actor());
    let new = body.value;
    let level = level(new.level)?.unwrap_or(Level::RECORD);
    let work = async move {
        let (password_hash, password) = hashed(new.password).await?;
        let user = catalogue::NewUser {
            username: new.username,
            first_name: new.first_name,
            last_name: new.last_name,
            numbers: new.numbers,
            group: Some(new.group),
            supervises: new.supervises,
            department: new.department,
            level,
            numeric_id: new.numeric_id,
            password_hash,
        };
        let user = User::from(&catalogue.add_user(user).await?);
        let again = AddedUser {
            user: user.clone(),
            password: None,
        };
        let location = path_of(&user.username);
        Created::secret(location, &AddedUser { user, password }, &again)
    };
    idempotency::once(&app, &caller, &headers, "user", &body.bytes, work).await
}

/// Get a user
#[utoipa::path(
    get,
    path = "/api/v1/users/{username}",
    operation_id = "getUser",
    tag = "users",
    params(UserPath, ("If-None-Match" = Option<String>, Header, description = "An `ETag`")),
    responses(
        (status = 200, description = "The user", body = User,
            headers(("ETag" = String, description = "For If-None-Match and If-Match"))),
        (status = 304, description = "You have it as it is"),
    ),
)]
pub(super) async fn get_user(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<UserPath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    manager(&caller)?;
    let user = User::from(&known(&app, &path.username).await?);
    conditional::tagged(&headers, 0, &user)
}

/// Change a user
///
/// Nobody can take complete access from the last user who has it.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{username}",
    operation_id = "editUser",
    tag = "users",
    params(UserPath, ("If-Match" = Option<String>, Header, description = "The `ETag` as read")),
    request_body = UserChange,
    responses(
        (status = 200, description = "The user as of now", body = User,
            headers(("ETag" = String, description = "For If-None-Match and If-Match"))),
        (status = 409, description = "A number of another user, or the last administrator",
            body = crate::v1::types::Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn edit_user(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<UserPath>,
    headers: HeaderMap,
    body: Result<Body<UserChange>, Refusal>,
) -> Result<Response, Refusal> {
    manager(&caller)?;
    let change = body?.value;
    let known = known(&app, &path.username).await?;
    let as_known = conditional::unchanged(&headers, &User::from(&known))?;
    let changes = Changes {
        first_name: change.first_name,
        last_name: change.last_name,
        numbers: change.numbers,
        group: change.group,
        supervises: change.supervises,
        department: change.department,
        level: level(change.level)?,
        numeric_id: change.numeric_id,
        only_if: as_known.then_some(known),
    };
    let catalogue = app.catalogue.by(caller.actor());
    let user = catalogue.set_user(&path.username, changes, false).await?;
    conditional::tagged(&HeaderMap::new(), 0, &User::from(&user))
}

/// Remove a user
///
/// The recordings stay, and stay visible to those who supervise the group the user was in.
/// Nobody can remove the last user with complete access.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{username}",
    operation_id = "deleteUser",
    tag = "users",
    params(UserPath),
    responses(
        (status = 204, description = "Removed"),
        (status = 409, description = "The last administrator",
            body = crate::v1::types::Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn delete_user(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<UserPath>,
) -> Result<StatusCode, Refusal> {
    manager(&caller)?;
    let catalogue = app.catalogue.by(caller.actor());
    catalogue.remove_user(&path.username, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set a user's password
///
/// Sessions begun with the old one are over.
#[utoipa::path(
    put,
    path = "/api/v1/users/{username}/password",
    operation_id = "setPassword",
    tag = "users",
    params(UserPath),
    request_body = PasswordReset,
    responses((status = 200, description = "It is set", body = PasswordSet)),
)]
pub(super) async fn set_password(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<UserPath>,
    body: Result<Body<PasswordReset>, Refusal>,
) -> Result<Json<PasswordSet>, Refusal> {
    manager(&caller)?;
    let reset = body?.value;
    known(&app, &path.username).await?;
    let (hash, password) = hashed(reset.password).await?;
    let catalogue = app.catalogue.by(caller.actor());
    catalogue.set_password(&path.username, &hash, None).await?;
    Ok(Json(PasswordSet { password }))
}

async fn known(app: &App, username: &str) -> Result<model::people::User, Refusal> {
    let user = app.catalogue.user(username).await?;
    user.ok_or(Refusal::Missing("user does not exist"))
}

fn level(number: Option<u8>) -> Result<Option<Level>, Refusal> {
    let rule = || Refusal::BadRequest("level is a number from 0 to 10".to_owned());
    number
        .map(|number| Level::new(number).ok_or_else(rule))
        .transpose()
}

fn path_of(username: &str) -> String {
    format!("/api/v1/users/{}", crate::percent::encoded(username))
}

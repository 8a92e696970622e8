//! Managing groups.

use super::manager;
use crate::app::App;
use crate::auth::Caller;
use crate::refusal::Refusal;
use crate::v1::extract::{Body, Path};
use crate::v1::idempotency::{self, Created};
use crate::v1::types::{Group, GroupName, Groups};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

/// The group a path is about.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct GroupPath {
    /// The group's name, in any letter case.
    #[param(example = "Sales")]
    name: String,
}

/// List groups
#[utoipa::path(
    get,
    path = "/api/v1/groups",
    operation_id = "listGroups",
    tag = "groups",
    responses((status = 200, description = "All, by name", body = Groups)),
)]
pub(super) async fn list_groups(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Groups>, Refusal> {
    manager(&caller)?;
    let groups = app.catalogue.groups().await?;
    Ok(Json(Groups {
        items: groups.iter().map(Group::from).collect(),
    }))
}

/// Add a group
#[utoipa::path(
    post,
    path = "/api/v1/groups",
    operation_id = "addGroup",
    tag = "groups",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating safe")),
    request_body = GroupName,
    responses((status = 201, description = "The group", body = Group)),
)]
pub(super) async fn add_group(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Body<GroupName>, Refusal>,
) -> Result<Response, Refusal> {
    manager(&caller)?;
    let body = body?;
    let catalogue = app.catalogue.by(caller.actor());
    let name = body.value.name;
    let work = async move {
        let group = Group::from(&catalogue.add_group(&name).await?);
        let location = format!("/api/v1/groups/{}", crate::percent::encoded(&group.name));
        Created::new(location, &group)
    };
    idempotency::once(&app, &caller, &headers, "group", &body.bytes, work).await
}

/// Rename a group
#[utoipa::path(
    patch,
    path = "/api/v1/groups/{name}",
    operation_id = "renameGroup",
    tag = "groups",
    params(GroupPath),
    request_body = GroupName,
    responses(
        (status = 200, description = "The group", body = Group),
        (status = 409, description = "Another group has this name",
            body = crate::v1::types::Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn rename_group(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<GroupPath>,
    body: Result<Body<GroupName>, Refusal>,
) -> Result<Json<Group>, Refusal> {
    manager(&caller)?;
    let new = body?.value.name;
    let catalogue = app.catalogue.by(caller.actor());
    let group = catalogue.rename_group(&path.name, &new).await;
    Ok(Json(Group::from(&group.map_err(missing)?)))
}

/// Remove a group nobody is in
#[utoipa::path(
    delete,
    path = "/api/v1/groups/{name}",
    operation_id = "deleteGroup",
    tag = "groups",
    params(GroupPath),
    responses(
        (status = 204, description = "Removed"),
        (status = 409, description = "Somebody is in it",
            body = crate::v1::types::Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn delete_group(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<GroupPath>,
) -> Result<StatusCode, Refusal> {
    manager(&caller)?;
    let catalogue = app.catalogue.by(caller.actor());
    let removed = catalogue.remove_group(&path.name).await;
    removed.map_err(missing)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A group that does not exist is a mistake of the path here.
fn missing(error: catalogue::Error) -> Refusal {
    if let catalogue::Error::NoSuchGroup(_) = error {
        return Refusal::Missing("group does not exist");
    }
    error.into()
}

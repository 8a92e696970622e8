//! Recording rules, and trying them out.

use super::extract::{Body, Path};
use super::idempotency::{self, Created};
use super::types::{self, DryRun, NewRule, Rule, Rules, Verdict};
use super::{conditional, instant};
use crate::app::App;
use crate::auth::Caller;
use crate::gate::permit;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use model::access::Action;
use model::party;
use model::rules::{CallFacts, CallParty, RuleId, decide};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_rules, add_rule))
        .routes(routes!(try_rules))
        .routes(routes!(get_rule, replace_rule, delete_rule))
}

/// Most parties of a call that is tried.
const PARTIES_MAX: usize = 100;

/// The rule a path is about.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct RulePath {
    /// The rule's id.
    #[param(example = 3)]
    id: i64,
}

fn manager(caller: &Caller) -> Result<(), Refusal> {
    permit(caller, Action::ManageRules)
}

/// List recording rules
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    operation_id = "listRules",
    tag = "rules",
    responses((status = 200, description = "All, first one first", body = Rules)),
)]
async fn list_rules(State(app): State<App>, caller: Caller) -> Result<Json<Rules>, Refusal> {
    manager(&caller)?;
    let rules = app.catalogue.rules().await?;
    Ok(Json(Rules {
        items: rules.iter().map(Rule::from).collect(),
    }))
}

/// Add a recording rule
///
/// It is in force within a second, for calls that begin then.
#[utoipa::path(
    post,
    path = "/api/v1/rules",
    operation_id = "addRule",
    tag = "rules",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating safe")),
    request_body = NewRule,
    responses((status = 201, description = "The rule", body = Rule)),
)]
async fn add_rule(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Body<NewRule>, Refusal>,
) -> Result<Response, Refusal> {
    manager(&caller)?;
    let body = body?;
    let (rule, position) = checked(body.value)?;
    let catalogue = app.catalogue.by(caller.actor());
    let work = async move {
        let added = catalogue.add_rule(rule, position).await;
        let rule = Rule::from(&added.map_err(unknown_user)?);
        Created::new(format!("/api/v1/rules/{}", rule.id), &rule)
    };
    idempotency::once(&app, &caller, &headers, "rule", &body.bytes, work).await
}

/// Get a recording rule
#[utoipa::path(
    get,
    path = "/api/v1/rules/{id}",
    operation_id = "getRule",
    tag = "rules",
    params(RulePath, ("If-None-Match" = Option<String>, Header, description = "An `ETag`")),
    responses(
        (status = 200, description = "The rule", body = Rule,
            headers(("ETag" = String, description = "For If-None-Match and If-Match"))),
        (status = 304, description = "You have it as it is"),
    ),
)]
async fn get_rule(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<RulePath>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    manager(&caller)?;
    conditional::tagged(&headers, 0, &Rule::from(&known(&app, path.id).await?))
}

/// Put a rule in place of another
///
/// It keeps its id, and its place unless `position` says another one.
#[utoipa::path(
    put,
    path = "/api/v1/rules/{id}",
    operation_id = "replaceRule",
    tag = "rules",
    params(RulePath, ("If-Match" = Option<String>, Header, description = "The `ETag` as read")),
    request_body = NewRule,
    responses((status = 200, description = "The rule as it is now", body = Rule,
        headers(("ETag" = String, description = "For If-None-Match and If-Match")))),
)]
async fn replace_rule(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<RulePath>,
    headers: HeaderMap,
    body: Result<Body<NewRule>, Refusal>,
) -> Result<Response, Refusal> {
    manager(&caller)?;
    let (rule, position) = checked(body?.value)?;
    let known = known(&app, path.id).await?;
    let as_known = conditional::unchanged(&headers, &Rule::from(&known))?;
    let catalogue = app.catalogue.by(caller.actor());
    let only_if = as_known.then_some(known);
    let set = catalogue.set_rule(RuleId(path.id), rule, position, only_if);
    let rule = Rule::from(&set.await.map_err(unknown_user)?);
    conditional::tagged(&HeaderMap::new(), 0, &rule)
}

/// Remove a recording rule
#[utoipa::path(
    delete,
    path = "/api/v1/rules/{id}",
    operation_id = "deleteRule",
    tag = "rules",
    params(RulePath),
    responses((status = 204, description = "Removed")),
)]
async fn delete_rule(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<RulePath>,
) -> Result<StatusCode, Refusal> {
    manager(&caller)?;
    let catalogue = app.catalogue.by(caller.actor());
    catalogue.remove_rule(RuleId(path.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try the rules on a call
///
/// Says which rule would match and why the others would not. The same function decides real
/// calls. Nothing is changed.
#[utoipa::path(
    post,
    path = "/api/v1/rules/dry-run",
    operation_id = "tryRules",
    tag = "rules",
    request_body = DryRun,
    responses((status = 200, description = "The verdict", body = Verdict)),
)]
async fn try_rules(
    State(app): State<App>,
    caller: Caller,
    body: Result<Body<DryRun>, Refusal>,
) -> Result<Json<Verdict>, Refusal> {
    manager(&caller)?;
    let call = body?.value;
    if call.parties.len() > PARTIES_MAX {
        let rule = format!("a call that is tried has at most {PARTIES_MAX} parties");
        return Err(Refusal::BadRequest(rule));
    }
    let at = call.at.as_deref().map(|text| instant("at", text));
    let facts = CallFacts {
        parties: call
            .parties
            .iter()
            .map(|party| CallParty {
                keys: party::keys(&party.address),
                local: party.local,
            })
            .collect(),
        direction: call
            .direction
            .map(model::Direction::from)
            .unwrap_or_default(),
        client: call.client,
        at: at.transpose()?.unwrap_or_else(|| app.now()),
        over: call.over.unwrap_or(true),
    };
    let snapshot = app.catalogue.rules_snapshot().await?;
    Ok(Json(Verdict::from(decide(&snapshot, &facts))))
}

async fn known(app: &App, id: i64) -> Result<model::rules::Rule, Refusal> {
    let rules = app.catalogue.rules().await?;
    let rule = rules.into_iter().find(|rule| rule.id.0 == id);
    rule.ok_or(Refusal::Missing("rule does not exist"))
}

fn checked(new: NewRule) -> Result<(catalogue::NewRule, Option<u32>), Refusal> {
    let times = new.times.iter().map(types::Times::checked);
    let times = times
        .collect::<Result<_, _>>()
        .map_err(Refusal::BadRequest)?;
    let rule = catalogue::NewRule {
        name: new.name,
        number: new.number,
        user: new.user,
        group: new.group,
        direction: new.direction.map(model::Direction::from),
        client: new.client,
        times,
        mode: new.mode.into(),
        pause: new.pause.map(model::Pause::from).unwrap_or_default(),
    };
    Ok((rule, new.position))
}

/// A rule's user who does not exist is a mistake of the body, not of the path.
fn unknown_user(error: catalogue::Error) -> Refusal {
    if let catalogue::Error::NoSuchUser(_) = error {
        return Refusal::BadRequest(error.to_string());
    }
    error.into()
}

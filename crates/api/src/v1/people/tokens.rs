//! Bearer tokens. A token cannot make tokens: a lost one does not become two.

use super::manager;
use crate::app::App;
use crate::auth::{Caller, TokenScope, bearer};
use crate::gate;
use crate::refusal::Refusal;
use crate::v1::extract::{Body, Path, Query};
use crate::v1::idempotency::{self, Created};
use crate::v1::instant;
use crate::v1::types::{AddedToken, NewToken, Scope, Token, Tokens};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use catalogue::TokenId;
use serde::Deserialize;

/// The token a path is about.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TokenPath {
    /// The token's id, which is no secret.
    #[param(example = 7)]
    id: i64,
}

/// Whose tokens.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TokensQuery {
    /// Everybody's, for administrators; else yours.
    #[serde(default)]
    everybody: bool,
}

/// List bearer tokens
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    operation_id = "listTokens",
    tag = "tokens",
    params(TokensQuery),
    responses((status = 200, description = "Newest first, expired ones too", body = Tokens)),
)]
pub(super) async fn list_tokens(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<TokensQuery>, Refusal>,
) -> Result<Json<Tokens>, Refusal> {
    in_person(&caller)?;
    let everybody = query?.0.everybody;
    if everybody {
        manager(&caller)?;
    }
    let whose = (!everybody).then_some(caller.principal().id);
    let tokens = app.catalogue.tokens(whose).await?;
    Ok(Json(Tokens {
        items: tokens.iter().map(Token::from).collect(),
    }))
}

/// Make a bearer token
///
/// The token is shown this once. It may do at most what its user may do.
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    operation_id = "addToken",
    tag = "tokens",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating safe")),
    request_body = NewToken,
    responses((status = 201, description = "The token", body = AddedToken)),
)]
pub(super) async fn add_token(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Body<NewToken>, Refusal>,
) -> Result<Response, Refusal> {
    in_person(&caller)?;
    let body = body?;
    let new = body.value;
    let own = caller.principal().username.clone();
    let username = new.username.unwrap_or_else(|| own.clone());
    if username.to_lowercase() != own.to_lowercase() {
        manager(&caller)?;
    }
    let expires_at = new.expires_at.as_deref();
    let expires_at = expires_at
        .map(|text| instant("expiresAt", text))
        .transpose()?;
    if expires_at.is_some_and(|at| at <= app.now()) {
        return Err(Refusal::BadRequest("expiresAt is in the past".to_owned()));
    }
    let catalogue = app.catalogue.by(caller.actor());
    let work = async move {
        let bearer = bearer::new_token().map_err(|error| Refusal::fault(&error))?;
        let scopes = new.scopes.iter().map(|scope| name(*scope).to_owned());
        let token = catalogue::NewToken {
            username,
            name: new.name,
            secret: bearer.secret,
            prefix: bearer.prefix,
            scopes: scopes.collect(),
            expires_at,
        };
        let added = catalogue.add_token(token).await.map_err(unknown_user)?;
        let details = Token::from(&added);
        let location = format!("/api/v1/tokens/{}", details.id);
        let again = AddedToken {
            token: None,
            details: details.clone(),
        };
        let shown = AddedToken {
            token: Some(bearer.text),
            details,
        };
        Created::secret(location, &shown, &again)
    };
    idempotency::once(&app, &caller, &headers, "token", &body.bytes, work).await
}

/// Revoke a bearer token
///
/// It stops working at once. Administrators revoke anybody's.
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{id}",
    operation_id = "deleteToken",
    tag = "tokens",
    params(TokenPath),
    responses((status = 204, description = "Revoked")),
)]
pub(super) async fn delete_token(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<TokenPath>,
) -> Result<StatusCode, Refusal> {
    in_person(&caller)?;
    let own = Some(caller.principal().id).filter(|_| manager(&caller).is_err());
    let catalogue = app.catalogue.by(caller.actor());
    catalogue.revoke_token(TokenId(path.id), own).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Not for tokens, nor for those who may do nothing.
fn in_person(caller: &Caller) -> Result<(), Refusal> {
    gate::anything(caller)?;
    if caller.is_token() {
        return Err(Refusal::OutOfScope);
    }
    Ok(())
}

/// A token's user who does not exist is a mistake of the body, not of the path.
fn unknown_user(error: catalogue::Error) -> Refusal {
    if let catalogue::Error::NoSuchUser(_) = error {
        return Refusal::BadRequest(error.to_string());
    }
    error.into()
}

fn name(scope: Scope) -> &'static str {
    let scope = match scope {
        Scope::Read => TokenScope::Read,
        Scope::Listen => TokenScope::Listen,
        Scope::Write => TokenScope::Write,
        Scope::Live => TokenScope::Live,
        Scope::Admin => TokenScope::Admin,
    };
    scope.name()
}

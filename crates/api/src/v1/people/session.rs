//! Sessions of the web page: signing in and out with a cookie.

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::{self, Caller, Credentials, Origin, bearer, cookie};
use crate::gate;
use crate::refusal::Refusal;
use crate::v1::extract::{Body, Query};
use crate::v1::types::{Session, SignIn, time};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalogue::NewSession;
use jiff::SignedDuration;
use model::audit::AuditAction;
use serde::Deserialize;

/// How long a session lasts at most.
const SESSION_MAX: SignedDuration = SignedDuration::from_hours(12);

/// Sign in with a cookie
///
/// For web pages. The cookie is sent by the browser alone and cannot be read by scripts; every
/// request that changes something needs `X-CSRF-Token` beside it.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    operation_id = "beginSession",
    tag = "session",
    security(()),
    request_body = SignIn,
    responses((status = 200, description = "Signed in", body = Session,
        headers(("Set-Cookie" = String, description = "The session's secret")))),
)]
pub(super) async fn begin_session(
    State(app): State<App>,
    origin: Origin,
    body: Result<Body<SignIn>, Refusal>,
) -> Result<Response, Refusal> {
    let sign_in = body?.value;
    let credentials = Credentials {
        username: sign_in.username,
        password: sign_in.password,
    };
    let program = auth::program(true);
    let principal = auth::password(&app, origin.address, program, credentials).await?;
    let secret = bearer::secret()?;
    let caller = Caller::in_session(&app, principal, origin.address, secret);
    gate::anything(&caller)?;
    app.count_user(caller.principal().id, origin.address)?;
    let csrf = bearer::encode(&bearer::secret()?);
    let expires_at = app
        .now()
        .checked_add(SESSION_MAX)
        .map_err(|error| Refusal::fault(&error))?;
    let entry = Entry {
        details: caller.means(),
        ..Entry::new(AuditAction::SignIn)
    };
    audit::record(&app, &caller, entry).await?;
    let session = NewSession {
        user: caller.principal().id,
        secret,
        csrf: csrf.clone(),
        expires_at,
    };
    app.catalogue.begin_session(session).await?;
    let shown = Session {
        username: caller.principal().username.clone(),
        csrf_token: csrf,
        expires_at: time(expires_at),
    };
    let value = cookie::set(&bearer::encode(&secret), origin.secure);
    Ok(with_cookie(Json(shown).into_response(), value))
}

/// Get the session one is in
#[utoipa::path(
    get,
    path = "/api/v1/session",
    operation_id = "getSession",
    tag = "session",
    security(("session" = [])),
    responses((status = 200, description = "The session", body = Session)),
)]
pub(super) async fn get_session(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Session>, Refusal> {
    gate::anything(&caller)?;
    // Whoever came with something else has no session: 401 sends the page to its form.
    let secret = caller.session().ok_or(Refusal::Unauthenticated)?;
    let session = app.catalogue.session(*secret).await?;
    let session = session.ok_or(Refusal::Unauthenticated)?;
    Ok(Json(Session {
        username: session.principal.username,
        csrf_token: session.csrf,
        expires_at: time(session.expires_at),
    }))
}

/// How far one signs out.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EndQuery {
    /// Whether all your sessions end, on whatever machine.
    #[serde(default)]
    everywhere: bool,
}

/// Sign out
///
/// Here, or everywhere. Tokens stay, and whoever knows the password can sign in again.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    operation_id = "endSession",
    tag = "session",
    security(("session" = [])),
    params(EndQuery),
    responses((status = 204, description = "Signed out")),
)]
pub(super) async fn end_session(
    State(app): State<App>,
    caller: Caller,
    origin: Origin,
    query: Result<Query<EndQuery>, Refusal>,
) -> Result<Response, Refusal> {
    gate::anything(&caller)?;
    let secret = caller.session().ok_or(Refusal::Unauthenticated)?;
    let everywhere = query?.0.everywhere;
    let entry = Entry {
        details: if everywhere { "everywhere" } else { "" },
        ..Entry::new(AuditAction::SignOut)
    };
    audit::record(&app, &caller, entry).await?;
    if everywhere {
        app.catalogue.end_sessions(caller.principal().id).await?;
    } else {
        app.catalogue.end_session(*secret).await?;
    }
    let response = StatusCode::NO_CONTENT.into_response();
    Ok(with_cookie(response, cookie::clear(origin.secure)))
}

fn with_cookie(mut response: Response, value: Option<HeaderValue>) -> Response {
    if let Some(value) = value {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

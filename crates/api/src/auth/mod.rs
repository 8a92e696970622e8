//! Who is asking. Says only who, never whether: that is `gate`'s.
//!
//! Basic and bearer tokens count everywhere, the page's session cookie on `/api/v1` alone.
//! Whoever has shown a credential, right or wrong, stands in the audit before anything else
//! happens.

mod address;
mod attempts;
mod basic;
pub(crate) mod bearer;
pub(crate) mod cookie;
mod scopes;
mod sign_in;

pub(crate) use address::Origin;
pub(crate) use basic::Credentials;
pub(crate) use scopes::TokenScope;
pub(crate) use sign_in::SignIns;

use crate::app::App;
use crate::audit;
use crate::refusal::Refusal;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use bearer::Secret;
use model::access::{Action, Principal};
use model::audit::Actor;
use std::net::IpAddr;

/// A request's signed-in user.
#[derive(Clone)]
pub(crate) struct Caller {
    principal: Principal,
    address: IpAddr,
    program: &'static str,
    means: Means,
}

/// How somebody signed in.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Means {
    /// A name and a password with each request.
    Password,
    /// A bearer token, and what it may be used for; nothing: whatever the user may do.
    Token(Vec<String>),
    /// The page's session.
    Session(Secret),
}

impl Caller {
    /// Whoever has just begun a session.
    pub(crate) fn in_session(
        app: &App,
        principal: Principal,
        address: IpAddr,
        secret: Secret,
    ) -> Self {
        Self {
            principal: Principal {
                rights: app.rights,
                ..principal
            },
            address,
            program: program(true),
            means: Means::Session(secret),
        }
    }

    /// For `gate` and for what `allowed` says.
    pub(crate) fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Where the request came from.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// How the caller signed in, for people.
    pub(crate) fn means(&self) -> &'static str {
        match self.means {
            Means::Password => "password",
            Means::Token(_) => "token",
            Means::Session(_) => "session",
        }
    }

    /// The session this request belongs to.
    pub(crate) fn session(&self) -> Option<&Secret> {
        if let Means::Session(secret) = &self.means {
            return Some(secret);
        }
        None
    }

    /// Whether a bearer token was shown.
    pub(crate) fn is_token(&self) -> bool {
        matches!(self.means, Means::Token(_))
    }

    /// What the caller's token is limited to; `None`: nothing.
    pub(crate) fn scopes(&self) -> Option<&[String]> {
        if let Means::Token(scopes) = &self.means {
            return Some(scopes)
                .filter(|scopes| !scopes.is_empty())
                .map(Vec::as_slice);
        }
        None
    }

    /// Whether the means of signing in let the caller do this at all.
    pub(crate) fn may_use(&self, action: Action) -> bool {
        let wanted = TokenScope::of(action).name();
        self.scopes()
            .is_none_or(|scopes| scopes.iter().any(|scope| scope == wanted))
    }

    /// Who acts, for the catalogue and the audit.
    pub(crate) fn actor(&self) -> Actor {
        Actor::user(self.principal.clone(), Some(self.address), self.program)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let origin = Origin::of(parts, app);
        let own = parts.uri.path().starts_with("/api/");
        let program = program(own);
        let (principal, means) = match presented(&parts.headers, own, origin)? {
            Presented::Password(credentials) => {
                let principal = password(app, origin.address, program, credentials).await?;
                (principal, Means::Password)
            }
            Presented::Token(secret) => token(app, origin.address, program, &secret).await?,
            Presented::Session(secret) => {
                let principal = session(app, parts, &secret).await?;
                (principal, Means::Session(secret))
            }
        };
        app.count_user(principal.id, origin.address)?;
        let caller = Self {
            principal: Principal {
                rights: app.rights,
                ..principal
            },
            address: origin.address,
            program,
            means,
        };
        // A session was written down when it began.
        if caller.session().is_none() {
            audit::signed_in(app, &caller).await?;
        }
        Ok(caller)
    }
}

/// What the audit calls the part that was used.
pub(crate) fn program(own: bool) -> &'static str {
    if own {
        "Earwitness API"
    } else {
        "Recording API"
    }
}

/// A credential, not yet checked.
enum Presented {
    Password(Credentials),
    Token(Secret),
    Session(Secret),
}

fn presented(headers: &HeaderMap, own: bool, origin: Origin) -> Result<Presented, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => {
            let value = value.as_bytes();
            let basic = basic::parse(value).map(Presented::Password);
            basic
                .or_else(|| bearer::parse(value).map(Presented::Token))
                .ok_or(Refusal::Unauthenticated)
        }
        (None, _) if own => cookie::read(headers, origin.secure)
            .and_then(bearer::decode)
            .map(Presented::Session)
            .ok_or(Refusal::Unauthenticated),
        // Two headers are two claims of who is asking: neither is believed.
        _ => Err(Refusal::Unauthenticated),
    }
}

/// The user of a name and a password.
pub(crate) async fn password(
    app: &App,
    address: IpAddr,
    program: &str,
    credentials: Credentials,
) -> Result<Principal, Refusal> {
    let who = credentials.username.clone();
    let principal = app.sign_ins.principal(address, credentials).await;
    if let Err(Refusal::Unauthenticated) = principal {
        audit::sign_in_failed(app, &who, address, program, "password").await?;
    }
    principal
}

async fn token(
    app: &App,
    address: IpAddr,
    program: &str,
    secret: &Secret,
) -> Result<(Principal, Means), Refusal> {
    if let Some(token) = app.catalogue.token_sign_in(*secret).await? {
        return Ok((token.principal, Means::Token(token.scopes)));
    }
    // Right tokens always pass; wrong ones cost the audit a row each, and so are counted.
    app.sign_ins.wrong_token(address)?;
    audit::sign_in_failed(app, "", address, program, "token").await?;
    Err(Refusal::Unauthenticated)
}

/// The user of a session. What changes something needs the session's token beside the cookie.
async fn session(app: &App, parts: &Parts, secret: &Secret) -> Result<Principal, Refusal> {
    let session = app.catalogue.session(*secret).await?;
    let session = session.ok_or(Refusal::Unauthenticated)?;
    let safe = [Method::GET, Method::HEAD].contains(&parts.method);
    let sent = parts.headers.get(cookie::CSRF_HEADER);
    // The token is no secret from the caller, who could read it with the cookie: comparing it
    // needs no constant time.
    if !safe && sent.is_none_or(|sent| sent.as_bytes() != session.csrf.as_bytes()) {
        return Err(Refusal::NoCsrf);
    }
    Ok(session.principal)
}

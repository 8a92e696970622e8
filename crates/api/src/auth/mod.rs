//! Who is asking. Says only who, never whether: that is `gate`'s.

mod address;
mod attempts;
mod basic;
mod sign_in;

pub(crate) use sign_in::SignIns;

use crate::app::App;
use crate::refusal::Refusal;
use crate::serve::Peer;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use model::access::Principal;
use std::net::{IpAddr, Ipv4Addr};

/// A request's signed-in user.
pub(crate) struct Caller {
    principal: Principal,
}

impl Caller {
    /// For `gate` alone.
    pub(crate) fn principal(&self) -> &Principal {
        &self.principal
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let mut values = parts.headers.get_all(AUTHORIZATION).iter();
        let (value, second) = (values.next(), values.next());
        // Two headers are two claims of who is asking: neither is believed.
        let value = value
            .filter(|_| second.is_none())
            .ok_or(Refusal::Unauthenticated)?;
        let credentials = basic::parse(value.as_bytes()).ok_or(Refusal::Unauthenticated)?;
        let peer = parts.extensions.get::<ConnectInfo<Peer>>();
        // A request that came over no socket has no address; all of those share one.
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        let address = address::client(peer, &parts.headers, &app.trusted_proxies);
        let principal = app.sign_ins.principal(address, credentials).await?;
        Ok(Self { principal })
    }
}

//! Whose request it is: the address of the connection, or, behind proxies that are trusted,
//! what they say. Never believes a header that anybody could have sent.

use crate::app::App;
use crate::serve::Peer;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use model::network::Network;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Most hops of `X-Forwarded-For` that are followed.
const HOPS_MAX: usize = 32;

/// Where a request came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Origin {
    /// The address it counts for.
    pub(crate) address: IpAddr,
    /// Whether it was encrypted on its way from there, as far as can be known.
    pub(crate) secure: bool,
}

impl Origin {
    pub(crate) fn of(parts: &Parts, app: &App) -> Self {
        Self::read(&parts.extensions, &parts.headers, &app.trusted_proxies)
    }

    /// From what the connection and, behind trusted proxies, the headers say.
    pub(crate) fn read(extensions: &Extensions, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let peer = extensions.get::<ConnectInfo<Peer>>().map(|info| info.0);
        // A request that came over no socket has no address; all of those share one.
        let ip = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), Peer::ip);
        let proxied = trusted
            .iter()
            .any(|network| network.contains(ip.to_canonical()));
        let forwarded = headers.get("x-forwarded-proto");
        let forwarded = forwarded.filter(|_| proxied);
        Self {
            address: client(ip, headers, trusted),
            secure: match forwarded {
                Some(scheme) => scheme.as_bytes().eq_ignore_ascii_case(b"https"),
                None => peer.is_some_and(Peer::is_secure),
            },
        }
    }
}

impl FromRequestParts<App> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(parts, app))
    }
}

/// The address a request counts for: walking back from the connection's peer through
/// `X-Forwarded-For`, the first one that is no trusted proxy.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut address = peer.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops.take(HOPS_MAX) {
        if !is_trusted(address) {
            break;
        }
        let Some(before) = hop_address(hop) else {
            break;
        };
        address = before.to_canonical();
    }
    address
}

/// One element: an address, with brackets or a port as some proxies write it.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(hop).ok()?.trim();
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn from(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_trusted() {
        assert_eq!(from("10.0.0.1", &["1.2.3.4"], &[]), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &["1.2.3.4"], &["10.0.0.2"]), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &["1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
    }

    #[test]
    fn the_rightmost_untrusted_address_counts() {
        let trusted = ["10.0.0.0/8", "::1"];
        assert_eq!(
            from("10.0.0.1", &["6.6.6.6, 1.2.3.4, 10.0.0.9"], &trusted),
            "1.2.3.4"
        );
        assert_eq!(
            from("10.0.0.1", &["6.6.6.6", "1.2.3.4"], &trusted),
            "1.2.3.4"
        );
        assert_eq!(from("::1", &["[2001:db8::7]:443"], &trusted), "2001:db8::7");
        assert_eq!(
            from("::ffff:10.0.0.1", &["1.2.3.4:5678"], &trusted),
            "1.2.3.4"
        );
        assert_eq!(from("10.0.0.1", &["10.0.0.2"], &trusted), "10.0.0.2");
    }

    #[test]
    fn only_trusted_proxies_say_that_it_was_encrypted() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-proto", HeaderValue::from_static("HTTPS"));
        let mut extensions = Extensions::new();
        let peer: SocketAddr = "10.0.0.1:5000".parse().unwrap();
        extensions.insert(ConnectInfo(Peer::from(peer)));
        let trusted: Vec<Network> = vec!["10.0.0.1".parse().unwrap()];
        assert!(!Origin::read(&extensions, &headers, &[]).secure);
        assert!(Origin::read(&extensions, &headers, &trusted).secure);
        headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
        assert!(!Origin::read(&extensions, &headers, &trusted).secure);
    }

    #[test]
    fn nonsense_ends_the_walk() {
        assert_eq!(
            from("10.0.0.1", &["1.2.3.4, unknown"], &["10.0.0.0/8"]),
            "10.0.0.1"
        );
        assert_eq!(from("10.0.0.1", &[""], &["10.0.0.0/8"]), "10.0.0.1");
    }
}

//! Whose request it is: the address of the connection, or, behind proxies that are trusted,
//! what they say. Never believes a header that anybody could have sent.

use axum::http::HeaderMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Most hops of `X-Forwarded-For` that are followed.
const HOPS_MAX: usize = 32;

/// A network: an address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// The text is no network.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a network is an address, or an address and a number of bits, like 10.0.0.0/8 or ::1")]
pub struct BadNetwork;

impl Network {
    /// Whether `address` lies inside.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |network: u128, address: u128, unused: u32| {
            network.checked_shr(unused) == address.checked_shr(unused)
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => same(
                u128::from(network.to_bits()),
                u128::from(address.to_bits()),
                32 - u32::from(self.bits),
            ),
            (IpAddr::V6(network), IpAddr::V6(address)) => same(
                network.to_bits(),
                address.to_bits(),
                128 - u32::from(self.bits),
            ),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| BadNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits
                .parse()
                .ok()
                .filter(|bits| *bits <= most)
                .ok_or(BadNetwork)?,
            None => most,
        };
        Ok(Self { address, bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// The address a request counts for: walking back from the connection's peer through
/// `X-Forwarded-For`, the first one that is no trusted proxy.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
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
    fn nonsense_ends_the_walk() {
        assert_eq!(
            from("10.0.0.1", &["1.2.3.4, unknown"], &["10.0.0.0/8"]),
            "10.0.0.1"
        );
        assert_eq!(from("10.0.0.1", &[""], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn networks_are_read_and_shown() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("0.0.0.0/0", "8.8.8.8", "::1"),
            ("192.168.1.1", "192.168.1.1", "192.168.1.2"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
            ("::/0", "::1", "1.2.3.4"),
        ] {
            let network: Network = text.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{text}");
            assert!(!network.contains(outside.parse().unwrap()), "{text}");
            assert_eq!(network.to_string().parse(), Ok(network));
        }
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "host",
            "10.0.0.0/",
            "10.0.0.0/-1",
        ] {
            assert_eq!(text.parse::<Network>(), Err(BadNetwork), "{text}");
        }
    }
}

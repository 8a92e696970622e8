//! The path a request took: `SIP/2.0/UDP host:port;branch=…` (RFC 3261 §20.42).

use super::params::Params;
use super::uri::split_host_port;

/// One Via value.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Via {
    /// The transport as sent, in upper case: `UDP`.
    pub transport: String,
    /// The host the sender says it is.
    pub host: String,
    /// The port the sender says it listens on.
    pub port: Option<u16>,
    /// `branch`, `received`, `rport` and others.
    pub params: Params,
}

/// Why a text is no Via value.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("Via cannot be read")]
pub struct ViaError;

impl Via {
    /// Reads one value; blanks may stand anywhere between its parts.
    ///
    /// # Errors
    /// When protocol, transport or host is missing, or the port is no number.
    pub fn parse(text: &str) -> Result<Self, ViaError> {
        let (sent, params) = text.split_once(';').unwrap_or((text, ""));
        let (protocol, rest) = sent.split_once('/').ok_or(ViaError)?;
        let (_version, rest) = rest.split_once('/').ok_or(ViaError)?;
        if !protocol.trim().eq_ignore_ascii_case("SIP") {
            return Err(ViaError);
        }
        let rest = rest.trim();
        let (transport, sent_by) = rest.split_once(char::is_whitespace).ok_or(ViaError)?;
        let (host, port) = split_host_port(sent_by).ok_or(ViaError)?;
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(ViaError);
        }
        Ok(Self {
            transport: transport.to_ascii_uppercase(),
            host: host.to_owned(),
            port,
            params: Params::parse(params),
        })
    }

    /// The branch parameter, when it has a value.
    pub fn branch(&self) -> Option<&str> {
        self.params
            .get("branch")
            .flatten()
            .filter(|branch| !branch.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_between_parts() {
        let via = Via::parse(
            "SIP  / 2.0  / tcp     spindle.example.com : 5070  ;  branch  =   z9hG4bK9ikj8  ",
        );
        let via = via.unwrap();
        assert_eq!(
            (via.transport.as_str(), via.host.as_str()),
            ("TCP", "spindle.example.com")
        );
        assert_eq!(via.port, Some(5070));
        assert_eq!(via.branch(), Some("z9hG4bK9ikj8"));
    }

    #[test]
    fn ipv6_and_rport() {
        let via = Via::parse("SIP/2.0/UDP [2001:db8::9]:5061;rport;branch=z9hG4bKx").unwrap();
        assert_eq!((via.host.as_str(), via.port), ("[2001:db8::9]", Some(5061)));
        assert_eq!(via.params.get("rport"), Some(None));
    }

    #[test]
    fn what_is_no_via() {
        for text in [
            "",
            ";",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ;branch=1",
            "HTTP/1.1/TCP a",
            "SIP/2.0/UDP a:b",
        ] {
            assert_eq!(Via::parse(text), Err(ViaError), "{text}");
        }
    }
}

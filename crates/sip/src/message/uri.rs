//! Addresses of things: `sip:user@host:port;parameters?headers`, `tel:`, and whatever else.
//!
//! The text is kept as sent. Any scheme is taken; only `sip:` and `sips:` must have a host.

use std::fmt;

use super::params::Params;

/// A URI and what was found in it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Uri {
    text: String,
    scheme: String,
    user: Option<String>,
    host: String,
    port: Option<u16>,
    params: Params,
}

/// Why a text is no URI.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UriError {
    /// Nothing there, or characters that end lines.
    #[error("no URI")]
    Empty,
    /// A SIP URI without a host.
    #[error("URI without a host")]
    NoHost,
    /// What stands after the host is no port.
    #[error("bad port in URI")]
    BadPort,
}

impl Uri {
    /// Reads a URI.
    ///
    /// # Errors
    /// When nothing is there, or a SIP URI has no host or a port that is no number.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let text = text.trim();
        if text.is_empty() || text.contains(['\r', '\n']) {
            return Err(UriError::Empty);
        }
        let (scheme, rest) = split_scheme(text);
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "sip" | "sips" => Self::parse_sip(text, scheme, rest),
            "tel" => {
                let (number, params) = rest.split_once(';').unwrap_or((rest, ""));
                let (user, params) = (Some(number.trim().to_owned()), Params::parse(params));
                Ok(Self {
                    text: text.to_owned(),
                    scheme,
                    user,
                    host: String::new(),
                    port: None,
                    params,
                })
            }
            _ => Ok(Self {
                text: text.to_owned(),
                scheme,
                user: None,
                host: String::new(),
                port: None,
                params: Params::default(),
            }),
        }
    }

    fn parse_sip(text: &str, scheme: String, rest: &str) -> Result<Self, UriError> {
        let (user, after) = split_user(rest);
        let host_end = after.find([';', '?']).unwrap_or(after.len());
        let (host_port, tail) = after.split_at_checked(host_end).unwrap_or((after, ""));
        let (host, port) = split_host_port(host_port).ok_or(UriError::BadPort)?;
        if host.is_empty() {
            return Err(UriError::NoHost);
        }
        let params = tail.split_once('?').map_or(tail, |(params, _)| params);
        Ok(Self {
            text: text.to_owned(),
            scheme,
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
            params: Params::parse(params),
        })
    }

    /// The scheme in lower case: `sip`; empty when there is none.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The user part as sent, without a password; the number of a `tel:` URI.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The host as sent, IPv6 in brackets; empty for other schemes than `sip` and `sips`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, when one is written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// A URI parameter: `None` when absent, `Some(None)` when it has no value.
    pub fn param(&self, name: &str) -> Option<Option<&str>> {
        self.params.get(name)
    }

    /// All URI parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The whole text as sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of record: `sip:user@host`, without port and parameters. The whole text for
    /// schemes we do not look into.
    pub fn aor(&self) -> String {
        match (&self.user, self.host.as_str()) {
            (None, "") => self.text.clone(),
            (None, host) => format!("{}:{host}", self.scheme),
            (Some(user), "") => format!("{}:{user}", self.scheme),
            (Some(user), host) => format!("{}:{user}@{host}", self.scheme),
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Scheme and the rest; no scheme when what stands before the colon cannot be one.
fn split_scheme(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
        _ => ("", text),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// User part (its password cut) and what follows the `@`.
///
/// Semicolons and question marks may stand in a user part, an `@` may not; where one does all the
/// same, the last before the host's end counts.
fn split_user(rest: &str) -> (Option<&str>, &str) {
    let Some((mut userinfo, mut after)) = rest.split_once('@') else {
        return (None, rest);
    };
    let host_end = after.find([';', '?']).unwrap_or(after.len());
    if let Some(last) = after.get(..host_end).and_then(|host| host.rfind('@')) {
        let cut = userinfo.len().saturating_add(1).saturating_add(last);
        userinfo = rest.get(..cut).unwrap_or(userinfo);
        after = rest.get(cut.saturating_add(1)..).unwrap_or(after);
    }
    (
        Some(userinfo.split_once(':').map_or(userinfo, |(user, _)| user)),
        after,
    )
}

/// Host and port of `host`, `host:5060`, `[::1]`, `[::1]:5060`; `None` when the port is none.
pub(super) fn split_host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let text = text.trim();
    let host_end = match text.starts_with('[') {
        true => text.find(']')?.checked_add(1)?,
        false => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at_checked(host_end)?;
    let host = host.trim();
    let port = match rest.trim() {
        "" | ":" => None,
        rest => Some(rest.strip_prefix(':')?.trim().parse().ok()?),
    };
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_sip_uri() {
        let uri =
            Uri::parse("SIP:+49%20123;x=y:secret@[2001:db8::1]:5080;transport=TCP;lr?a=b").unwrap();
        assert_eq!(uri.scheme(), "sip");
        assert_eq!(uri.user(), Some("+49%20123;x=y"));
        assert_eq!(uri.host(), "[2001:db8::1]");
        assert_eq!(uri.port(), Some(5080));
        assert_eq!(uri.param("transport"), Some(Some("TCP")));
        assert_eq!(uri.param("lr"), Some(None));
        assert_eq!(uri.aor(), "sip:+49%20123;x=y@[2001:db8::1]");
    }

    #[test]
    fn other_schemes_and_none() {
        assert_eq!(
            Uri::parse("tel:+123;phone-context=x").unwrap().aor(),
            "tel:+123"
        );
        assert_eq!(
            Uri::parse("soap.beep://192.0.2.103:3002").unwrap().scheme(),
            "soap.beep"
        );
        assert_eq!(Uri::parse("7605550111").unwrap().aor(), "7605550111");
        assert_eq!(Uri::parse("sip:host.example").unwrap().user(), None);
        assert_eq!(Uri::parse("sip:a@b@c;d=e").unwrap().aor(), "sip:a@b@c");
        assert_eq!(Uri::parse(" ").unwrap_err(), UriError::Empty);
        assert_eq!(Uri::parse("sip:").unwrap_err(), UriError::NoHost);
        assert_eq!(Uri::parse("sip:a@b:99999").unwrap_err(), UriError::BadPort);
    }
}

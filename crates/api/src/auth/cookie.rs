//! The session cookie. Only `/api/v1` takes it, and only with a header beside it when something
//! is changed: a page from elsewhere can send the cookie, but not the header.

use axum::http::{HeaderMap, HeaderValue, header};

/// The header that goes with the cookie on requests that change something.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// Browsers keep a cookie of the first name only when it came over TLS for this host alone.
const NAME_SECURE: &str = "__Host-earwitness";
const NAME_PLAIN: &str = "earwitness";

/// Most bytes of all `Cookie` headers that are looked at.
const COOKIE_BYTES_MAX: usize = 8 * 1024;

/// The session's secret as the browser sends it.
pub(crate) fn read(headers: &HeaderMap, secure: bool) -> Option<&str> {
    let name = name(secure);
    let lines = headers.get_all(header::COOKIE).iter();
    let mut pairs = lines
        .filter(|line| line.len() <= COOKIE_BYTES_MAX)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let value = pairs.find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })?;
    (!value.is_empty()).then_some(value)
}

/// `Set-Cookie` with a new session's secret. It lasts as long as the browser runs; the server
/// ends it earlier.
pub(crate) fn set(secret: &str, secure: bool) -> Option<HeaderValue> {
    let (name, flag) = (name(secure), if secure { "; Secure" } else { "" });
    let text = format!("{name}={secret}; Path=/; HttpOnly; SameSite=Strict{flag}");
    HeaderValue::try_from(text).ok()
}

/// `Set-Cookie` that makes the browser forget it.
pub(crate) fn clear(secure: bool) -> Option<HeaderValue> {
    let (name, flag) = (name(secure), if secure { "; Secure" } else { "" });
    let text = format!("{name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{flag}");
    HeaderValue::try_from(text).ok()
}

fn name(secure: bool) -> &'static str {
    if secure { NAME_SECURE } else { NAME_PLAIN }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_static(line));
        }
        headers
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let both = headers(&["a=b; earwitness=s1;c=d", "__Host-earwitness=s2"]);
        assert_eq!(read(&both, false), Some("s1"));
        assert_eq!(read(&both, true), Some("s2"));
        for none in [
            "",
            "earwitness",
            "earwitness=",
            "xearwitness=s",
            "a=earwitness=s",
        ] {
            assert_eq!(read(&headers(&[none]), false), None, "{none}");
        }
    }

    #[test]
    fn scripts_and_other_sites_do_not_get_it() {
        let plain = set("s", false).unwrap();
        assert_eq!(plain, "earwitness=s; Path=/; HttpOnly; SameSite=Strict");
        let secure = set("s", true).unwrap();
        assert_eq!(
            secure,
            "__Host-earwitness=s; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert!(clear(true).unwrap().to_str().unwrap().contains("Max-Age=0"));
    }
}

//! Whether a request opens a recording session (RFC 7866 section 6.2), and what equipment that
//! does not quite say so does instead.

use sip::{Headers, Request};

use crate::body::Body;

/// Whether an INVITE opens a recording session.
///
/// `strict`: only when the Contact has `+sip.src` and the option tag `siprec` is there
/// (RFC 7866 section 6.2). Otherwise one sign is enough: metadata, `siprec` anywhere,
/// `+sip.src` or `src` in or around the Contact, or that it comes from a configured client.
pub fn is_recording_session(request: &Request, configured_client: bool, strict: bool) -> bool {
    let headers = &request.headers;
    let source = contact_says_source(headers, strict);
    let option = ["Require", "Supported", "Proxy-Require"]
        .iter()
        .any(|name| headers.has_token(name, "siprec"));
    if strict {
        return source && option;
    }
    configured_client || source || option || Body::of(headers, &request.body).metadata.is_some()
}

/// The feature tag around the address, and in lenient reading also inside it (Avaya) or
/// without its prefix (BroadWorks).
fn contact_says_source(headers: &Headers, strict: bool) -> bool {
    let Some(contact) = headers.contact() else {
        return false;
    };
    let around = contact.params.contains("+sip.src");
    if strict {
        return around;
    }
    let inside = |name: &str| contact.uri.param(name).is_some();
    around || contact.params.contains("src") || inside("+sip.src") || inside("src")
}

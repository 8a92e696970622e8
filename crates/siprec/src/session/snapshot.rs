//! Asking a recording client for everything it knows (RFC 7866 section 9.2).

use sip::Headers;

/// The namespace of metadata (RFC 7865 section 5.1.1).
const NAMESPACE: &str = "urn:ietf:params:xml:ns:recording:1";

/// Whether a snapshot is to be asked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Snapshot {
    /// Complete metadata came, or none.
    #[default]
    Known,
    /// Only partial metadata came.
    Wanted,
    /// It was asked for: once is enough.
    Asked,
}

/// Headers and body of an UPDATE that asks for complete metadata. It carries no SDP, and is a
/// transaction of its own: never an answer. `reason` is for the people who read the trace.
#[must_use]
pub fn snapshot_request(reason: &str) -> (Headers, Vec<u8>) {
    let mut headers = Headers::new();
    // RFC 9806 section 3: with `+xml`, whatever the older text says.
    headers.push("Content-Type", "application/rs-metadata+xml");
    headers.push("Content-Disposition", "recording-session");
    let reason = reason.replace('&', "&amp;").replace('<', "&lt;");
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<requestsnapshot xmlns=\"{NAMESPACE}\">\
         <requestreason xml:lang=\"en\">{reason}</requestreason></requestsnapshot>\r\n"
    );
    (headers, body.into_bytes())
}

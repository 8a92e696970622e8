//! What a message carries: a session description, metadata, and parts that are neither.

use sip::{Headers, MediaType, multipart};

/// Media types of a recording session: what `Accept` names after 415.
pub(crate) const ACCEPTED: &str =
    "application/sdp, application/rs-metadata+xml, application/rs-metadata, multipart/mixed";

/// The parts of a message that matter here.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Body {
    pub(crate) description: Option<Vec<u8>>,
    pub(crate) metadata: Option<MetadataPart>,
    /// Whether it holds something we had to understand and do not.
    pub(crate) unknown: bool,
    pub(crate) oddities: Vec<String>,
}

/// Metadata as they came.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct MetadataPart {
    pub(crate) bytes: Vec<u8>,
    pub(crate) charset: Option<String>,
}

impl Body {
    /// Sorts the body of a message: of any shape (RFC 7866 section 9.1), in any order.
    pub(crate) fn of(headers: &Headers, bytes: &[u8]) -> Self {
        let mut body = Self::default();
        if bytes.trim_ascii().is_empty() {
            return body;
        }
        let encoded = headers.text("Content-Encoding").is_some_and(|encoding| {
            !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity")
        });
        if encoded {
            body.unknown = true;
            return body;
        }
        let content_type = headers.text("Content-Type").unwrap_or_default();
        if !MediaType::parse(&content_type).is_multipart() {
            if !body.take(headers, bytes) {
                body.unknown = true;
            }
            return body;
        }
        let Ok(parts) = multipart::parts(&content_type, bytes) else {
            body.oddities
                .push("A multipart body could not be taken apart.".into());
            body.unknown = true;
            return body;
        };
        for part in &parts {
            if !body.take(&part.headers, part.body) && is_required(&part.headers) {
                body.unknown = true;
            }
        }
        body
    }

    /// Takes one part; `false`: it is neither description nor metadata.
    fn take(&mut self, headers: &Headers, bytes: &[u8]) -> bool {
        let content_type = headers.text("Content-Type").unwrap_or_default();
        let media_type = MediaType::parse(&content_type);
        match kind(&media_type, headers, bytes) {
            Kind::Description if self.description.is_none() => {
                self.description = Some(bytes.to_vec());
            }
            Kind::Metadata if self.metadata.is_none() => {
                let charset = media_type
                    .params
                    .get("charset")
                    .flatten()
                    .map(str::to_owned);
                self.metadata = Some(MetadataPart {
                    bytes: bytes.to_vec(),
                    charset,
                });
            }
            Kind::Description | Kind::Metadata => {
                self.oddities
                    .push("A body part came twice; the first one was taken.".into());
            }
            Kind::Other => return false,
        }
        if media_type.essence.is_empty() {
            self.oddities
                .push("A body came without Content-Type.".into());
        }
        true
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Description,
    Metadata,
    Other,
}

fn kind(media_type: &MediaType, headers: &Headers, bytes: &[u8]) -> Kind {
    match media_type.essence.as_str() {
        "application/sdp" => Kind::Description,
        // RFC 7866 and, since RFC 9806, the same with `+xml`.
        "application/rs-metadata" | "application/rs-metadata+xml" => Kind::Metadata,
        "" if bytes.trim_ascii_start().starts_with(b"v=") => Kind::Description,
        "" | "application/xml" | "text/xml" if is_recording_session(headers) => Kind::Metadata,
        _ => Kind::Other,
    }
}

fn is_recording_session(headers: &Headers) -> bool {
    let disposition = headers.text("Content-Disposition").unwrap_or_default();
    MediaType::parse(&disposition).essence == "recording-session"
}

/// Whether the sender insists on the part. The default of RFC 3261 section 20.11 is to insist,
/// yet real equipment adds parts nobody knows without a word: only an explicit wish counts.
fn is_required(headers: &Headers) -> bool {
    let disposition = headers.text("Content-Disposition").unwrap_or_default();
    let handling = MediaType::parse(&disposition)
        .params
        .get("handling")
        .flatten()
        .map(str::to_owned);
    handling.is_some_and(|handling| handling.eq_ignore_ascii_case("required"))
}

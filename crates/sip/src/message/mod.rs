//! SIP messages as values: reading from bytes, writing to bytes, looking inside.
//!
//! Headers stay bytes until somebody asks for text; text is UTF-8, or Latin-1 where it is not.
//! A body is never changed. Nothing here knows of transactions or dialogs.

mod address;
mod error;
mod headers;
mod lines;
mod media_type;
mod method;
pub mod multipart;
mod oddity;
mod params;
mod parse;
mod start_line;
pub(crate) mod text;
mod uri;
mod via;
mod write;

pub use address::{AddressError, NameAddr};
pub use error::{ParseError, Readable};
pub use headers::{Header, Headers};
pub use media_type::MediaType;
pub use method::Method;
pub use oddity::Oddity;
pub use params::Params;
pub use parse::{Parsed, parse};
pub(crate) use parse::{content_length, head_end, readable};
pub use uri::{Uri, UriError};
pub use via::{Via, ViaError};

/// A request or a response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Message {
    /// Somebody asks.
    Request(Request),
    /// Somebody answers.
    Response(Response),
}

/// A SIP request (RFC 3261 §7.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// What is asked for.
    pub method: Method,
    /// The Request-URI, its text kept as sent.
    pub uri: Uri,
    /// Every header but Content-Length, which follows from the body.
    pub headers: Headers,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// A SIP response (RFC 3261 §7.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// 100 to 699.
    pub status: u16,
    /// The reason phrase, possibly empty.
    pub reason: String,
    /// Every header but Content-Length, which follows from the body.
    pub headers: Headers,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl Message {
    /// The headers of either kind.
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response) => &response.headers,
        }
    }

    /// The body of either kind.
    pub fn body(&self) -> &[u8] {
        match self {
            Self::Request(request) => &request.body,
            Self::Response(response) => &response.body,
        }
    }

    /// The message as it goes out; Content-Length is always that of the body.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Request(request) => request.to_bytes(),
            Self::Response(response) => response.to_bytes(),
        }
    }
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self {
            method,
            uri,
            headers: Headers::new(),
            body: Vec::new(),
        }
    }

    /// Where it goes next: the topmost Route, else the Request-URI (RFC 3261 §8.1.2).
    pub fn next_hop(&self) -> Uri {
        let routes = self.headers.tokens("Route");
        let first = routes.first().and_then(|route| NameAddr::parse(route).ok());
        first.map_or_else(|| self.uri.clone(), |route| route.uri)
    }
}

impl Response {
    /// A response without headers and body.
    pub fn new(status: u16, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
            headers: Headers::new(),
            body: Vec::new(),
        }
    }
}

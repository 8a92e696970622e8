//! Messages to bytes.

use super::headers::{Headers, same};
use super::{Request, Response};

impl Request {
    /// The request as it goes out; Content-Length is always that of the body.
    pub fn to_bytes(&self) -> Vec<u8> {
        let start = format!("{} {} SIP/2.0\r\n", self.method, self.uri);
        write(&start, &self.headers, &self.body)
    }
}

impl Response {
    /// The response as it goes out; Content-Length is always that of the body.
    pub fn to_bytes(&self) -> Vec<u8> {
        let reason = self.reason.replace(['\r', '\n'], " ");
        let start = format!("SIP/2.0 {:03} {}\r\n", self.status, reason.trim());
        write(&start, &self.headers, &self.body)
    }
}

fn write(start: &str, headers: &Headers, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len().saturating_add(1024));
    bytes.extend_from_slice(start.as_bytes());
    for header in headers
        .iter()
        .filter(|header| !same(header.name(), "Content-Length"))
    {
        bytes.extend_from_slice(header.name().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(header.value());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

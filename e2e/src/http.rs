//! HTTP/1.1 as bytes on a socket, so that a test sees exactly what a client sees.
//!
//! One request a connection. It must never follow, retry, decode or add anything unasked for.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    /// The three digits.
    pub status: u16,
    /// Names as sent, in order.
    pub headers: Vec<(String, String)>,
    /// The body; chunks already joined.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error} in the body of a {}: {}", self.status, self.text())
        })
    }
}

/// `Basic …` for the Authorization header.
#[must_use]
pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Sends one request without a body.
///
/// # Panics
/// When the connection fails or what comes back is no HTTP.
#[must_use]
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Response {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    let raw = exchange(address, text.as_bytes());
    parse(&raw, method == "HEAD")
}

/// Sends a POST with a JSON body.
///
/// # Panics
/// As [`request`].
pub fn post(address: SocketAddr, path: &str, credentials: &str, body: &str) -> Response {
    let length = body.len();
    let text = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Authorization: {credentials}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    parse(&exchange(address, text.as_bytes()), false)
}

fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("the HTTP listener takes connections");
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream.write_all(bytes).unwrap();
    let mut raw = Vec::new();
    match stream.read_to_end(&mut raw) {
        Ok(_) => raw,
        // A reset after the answer is still an answer.
        Err(error) if raw.is_empty() => panic!("no HTTP answer: {error}"),
        Err(_) => raw,
    }
}

fn parse(raw: &[u8], head_only: bool) -> Response {
    let end = raw
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no HTTP head in {:?}", String::from_utf8_lossy(raw)));
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or_default();
    let status = status
        .parse()
        .unwrap_or_else(|_| panic!("no status in {head}"));
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut answer = Response {
        status,
        headers,
        body: raw[end + 4..].to_vec(),
    };
    if answer
        .header("Transfer-Encoding")
        .is_some_and(|coding| coding.contains("chunked"))
    {
        answer.body = unchunked(&answer.body);
    } else if let Some(length) = answer.header("Content-Length").filter(|_| !head_only) {
        assert_eq!(
            length,
            answer.body.len().to_string(),
            "Content-Length of {head}"
        );
    }
    answer
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest
            .windows(2)
            .position(|two| two == b"\r\n")
            .expect("a chunk's size line");
        let size = String::from_utf8_lossy(&rest[..end]);
        let size = usize::from_str_radix(size.split(';').next().unwrap().trim(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
}

/// Checks status, type and shape of a refusal.
///
/// # Panics
/// When one is wrong.
pub fn is_error(answer: &Response, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(answer.json()["message"].is_string(), "{}", answer.text());
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
}

//! SIP as bytes: a client that says exactly what a test wants said.
//!
//! It must never repair, retransmit or complete anything by itself; what it adds is written in
//! [`Invite::bytes`]. RTP goes out at the pace of a telephone.

mod dialog;
mod invite;
mod wire;

use std::sync::atomic::{AtomicU64, Ordering};

pub use dialog::Dialog;
pub use invite::{Invite, LOCAL, Outlet, REMOTE, metadata};
pub use wire::Wire;

/// A message from the recorder.
#[derive(Clone, Debug)]
pub struct Message {
    /// The first line.
    pub first: String,
    /// Names as sent, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// The message at the beginning of the bytes and its length, if it is there whole.
    fn parse(raw: &[u8]) -> Option<(Self, usize)> {
        let end = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&raw[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        let mut message = Self {
            first,
            headers,
            body: Vec::new(),
        };
        let length: usize = message
            .header("Content-Length")
            .map_or(0, |n| n.parse().unwrap());
        message.body = raw.get(end + 4..end + 4 + length)?.to_vec();
        Some((message, end + 4 + length))
    }

    /// The first header of this (long) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }

    /// The status of a response, 0 for a request.
    #[must_use]
    pub fn status(&self) -> u16 {
        let code = self
            .first
            .strip_prefix("SIP/2.0 ")
            .and_then(|rest| rest.get(..3));
        code.map_or(0, |digits| digits.parse().unwrap())
    }

    /// The method asked for, or answered.
    #[must_use]
    pub fn method(&self) -> &str {
        if self.status() == 0 {
            return self.first.split(' ').next().unwrap_or_default();
        }
        self.header("CSeq")
            .and_then(|value| value.split(' ').next_back())
            .unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The m-lines of the SDP body, each with the lines below it.
    #[must_use]
    pub fn media(&self) -> Vec<Vec<String>> {
        let mut media: Vec<Vec<String>> = Vec::new();
        for line in self.text().lines() {
            if line.starts_with("m=") {
                media.push(Vec::new());
            }
            if let Some(last) = media.last_mut() {
                last.push(line.to_owned());
            }
        }
        media
    }

    /// The ports of the m-lines.
    ///
    /// # Panics
    /// When one is no number.
    #[must_use]
    pub fn ports(&self) -> Vec<u16> {
        let port = |line: &str| {
            line.split(' ')
                .nth(1)
                .and_then(|text| text.parse().ok())
                .unwrap()
        };
        self.media().iter().map(|lines| port(&lines[0])).collect()
    }
}

/// A word no other message of this run has.
#[must_use]
pub fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{}-{count}", now.as_nanos(), std::process::id())
}

/// A request as bytes.
#[expect(
    clippy::too_many_arguments,
    reason = "these are the parts a request has"
)]
#[must_use]
pub fn request(
    wire: &Wire,
    method: &str,
    call_id: &str,
    from: &[u8],
    to: &str,
    cseq: u32,
    headers: &[String],
    body: &[u8],
) -> Vec<u8> {
    let (name, local, branch) = (wire.name(), wire.local(), unique());
    let mut out = format!(
        "{method} sip:recorder@e2e SIP/2.0\r\nVia: SIP/2.0/{name} {local};branch=z9hG4bK{branch}\
         \r\nMax-Forwards: 70\r\nFrom: "
    )
    .into_bytes();
    out.extend_from_slice(from);
    let mut rest = format!(
        ";tag=t1\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:src@{local};transport={}>;+sip.src\r\n",
        name.to_lowercase()
    );
    for header in headers {
        rest.push_str(&format!("{header}\r\n"));
    }
    rest.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    out.extend_from_slice(rest.as_bytes());
    out.extend_from_slice(body);
    out
}

/// One RTP packet in PCMU; its timestamp is 160 times its number.
#[must_use]
pub fn packet(number: u16, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x80, 0];
    out.extend_from_slice(&number.to_be_bytes());
    out.extend_from_slice(&(u32::from(number) * 160).to_be_bytes());
    out.extend_from_slice(&ssrc.to_be_bytes());
    out.extend_from_slice(payload);
    out
}

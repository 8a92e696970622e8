//! The SIP messages of a call (RFC 3261), as a recording client sends them (RFC 7866 §6.1).

use super::Options;
use super::metadata;
use sip::{Headers, Method, Request, Response, Transport, Uri};
use std::net::SocketAddr;

const BOUNDARY: &str = "earwitness-test-call";
const AGENT: &str = concat!("Earwitness test-call/", env!("CARGO_PKG_VERSION"));
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO";

/// Everything about a call that must not be used twice.
pub(super) struct Names {
    /// 32 hex digits: Call-ID, and the local part of the Session-ID (RFC 7989).
    pub(super) call_id: String,
    /// The From tag.
    pub(super) tag: String,
    /// Ids of the metadata, base64 of a UUID each (RFC 7865 §6.10).
    pub(super) session: String,
    /// The group's id.
    pub(super) group: String,
    /// The local and the remote party's.
    pub(super) participants: [String; 2],
    /// The local and the remote party's stream.
    pub(super) streams: [String; 2],
    /// What branches are made of.
    branch: String,
}

impl Names {
    /// Names from randomness.
    ///
    /// # Errors
    /// When the operating system gives none.
    pub(super) fn new() -> anyhow::Result<Self> {
        let mut random = [0; 16 * 8];
        getrandom::fill(&mut random)?;
        let uuids: Vec<uuid::Uuid> = random
            .as_chunks::<16>()
            .0
            .iter()
            .map(|bytes| uuid::Builder::from_random_bytes(*bytes).into_uuid())
            .collect();
        let hex = |index: usize| uuids[index].as_simple().to_string();
        let base64 = |index: usize| base64_of(uuids[index].as_bytes());
        Ok(Self {
            call_id: hex(0),
            tag: hex(1)[..12].to_owned(),
            branch: hex(1)[16..].to_owned(),
            session: base64(2),
            group: base64(3),
            participants: [base64(4), base64(5)],
            streams: [base64(6), base64(7)],
        })
    }
}

/// Where a call's messages come from and go to.
#[derive(Clone)]
pub(super) struct Way {
    /// The recorder, as asked for.
    pub(super) to: Uri,
    /// How they travel.
    pub(super) transport: Transport,
    /// Our end.
    pub(super) local: SocketAddr,
}

/// Both ends of a call, as far as they are known.
pub(super) struct Dialog {
    /// What is ours alone.
    pub(super) names: Names,
    way: Way,
    /// To with its tag, once answered.
    to: String,
    /// Where requests in the dialog go (RFC 3261 §12.1.2).
    target: Uri,
    routes: Vec<String>,
    sequence: u32,
    branches: u32,
}

impl Dialog {
    /// A dialog nobody has answered yet.
    pub(super) fn new(names: Names, way: Way) -> Self {
        let (to, target) = (format!("<{}>", way.to.as_str()), way.to.clone());
        Self {
            names,
            way,
            to,
            target,
            routes: Vec::new(),
            sequence: 1,
            branches: 0,
        }
    }

    /// The INVITE with offer and metadata.
    pub(super) fn invite(&mut self, options: &Options, offer: &str, now: &str) -> Request {
        let mut invite = self.request(Method::Invite, self.way.to.clone());
        let host = self.way.local.ip();
        let metadata = metadata::document(&self.names, options, host, now);
        let headers = &mut invite.headers;
        headers.push("Contact", self.contact());
        headers.push("Require", "siprec");
        headers.push("Accept", "application/sdp, application/rs-metadata+xml");
        headers.push("Allow", ALLOW);
        headers.push(
            "Content-Type",
            format!("multipart/mixed;boundary={BOUNDARY}"),
        );
        invite.body = format!(
            "--{BOUNDARY}\r\nContent-Type: application/sdp\r\n\r\n{offer}\r\n\
             --{BOUNDARY}\r\nContent-Type: application/rs-metadata+xml\r\n\
             Content-Disposition: recording-session\r\n\r\n{metadata}\r\n--{BOUNDARY}--\r\n"
        )
        .into_bytes();
        invite
    }

    /// Takes the other end from a 2xx answer.
    pub(super) fn establish(&mut self, answer: &Response) {
        if let Some(to) = answer.headers.text("To") {
            self.to = to.into_owned();
        }
        if let Some(contact) = answer.headers.contact_uri() {
            self.target = contact;
        }
        self.routes = answer.headers.tokens("Record-Route");
        self.routes.reverse();
    }

    /// The ACK to a 2xx: a request of its own (RFC 3261 §13.2.2.4).
    pub(super) fn ack(&mut self) -> Request {
        self.request(Method::Ack, self.target.clone())
    }

    /// The ACK to any other final answer: part of the INVITE's transaction (§17.1.1.3).
    pub(super) fn ack_refusal(invite: &Request, answer: &Response) -> Request {
        let mut ack = Self::beside(invite, Method::Ack);
        if let Some(to) = answer.headers.first("To") {
            ack.headers.set("To", to.to_vec());
        }
        ack
    }

    /// The CANCEL of an INVITE (§9.1).
    pub(super) fn cancel(invite: &Request) -> Request {
        Self::beside(invite, Method::Cancel)
    }

    /// The BYE.
    pub(super) fn bye(&mut self) -> Request {
        self.sequence += 1;
        self.request(Method::Bye, self.target.clone())
    }

    /// An answer to a request of the recorder.
    pub(super) fn answer(&self, request: &Request, status: u16, reason: &str) -> Response {
        let mut answer = Response::new(status, reason);
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            for value in request.headers.all(name) {
                answer.headers.push(name, value.into_owned());
            }
        }
        answer.headers.push("Contact", self.contact());
        answer.headers.push("User-Agent", AGENT);
        answer
    }

    fn request(&mut self, method: Method, uri: Uri) -> Request {
        self.branches += 1;
        let Way {
            transport, local, ..
        } = self.way;
        let Names {
            call_id,
            tag,
            branch,
            ..
        } = &self.names;
        let sequence = format!("{} {}", self.sequence, method.as_str());
        let mut headers = Headers::new();
        let via = format!(
            "SIP/2.0/{transport} {local};branch=z9hG4bK{branch}{};rport",
            self.branches
        );
        headers.push("Via", via);
        for route in &self.routes {
            headers.push("Route", route.clone());
        }
        headers.push("Max-Forwards", "70");
        headers.push("From", format!("<sip:test-call@{local}>;tag={tag}"));
        headers.push("To", self.to.clone());
        headers.push("Call-ID", call_id.clone());
        headers.push("CSeq", sequence);
        headers.push("User-Agent", AGENT);
        Request {
            headers,
            ..Request::new(method, uri)
        }
    }

    fn contact(&self) -> String {
        let Way {
            transport, local, ..
        } = self.way;
        let parameter = match transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        };
        format!("<sip:test-call@{local}{parameter}>;+sip.src")
    }

    fn beside(invite: &Request, method: Method) -> Request {
        let mut request = Request::new(method, invite.uri.clone());
        for name in ["Via", "Max-Forwards", "From", "To", "Call-ID"] {
            if let Some(value) = invite.headers.first(name) {
                request.headers.push(name, value.to_vec());
            }
        }
        let (sequence, _) = invite.headers.cseq().unwrap_or((1, Method::Invite));
        request
            .headers
            .push("CSeq", format!("{sequence} {}", request.method.as_str()));
        request
    }
}

/// Base64 (RFC 4648 §4).
pub(super) fn base64_of(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, index| {
            bits << 8 | usize::from(chunk.get(index).copied().unwrap_or(0))
        });
        for place in 0..4 {
            let digit = char::from(DIGITS[bits >> (18 - 6 * place) & 63]);
            text.push(if place <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

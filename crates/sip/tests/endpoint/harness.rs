//! A recording client on one side, the endpoint on the other, and a clock that is turned by hand.

use std::time::{Duration, Instant};

use sip::{
    DialogId, Endpoint, Flow, Gone, Headers, Message, Method, Options, Output, Request, Response,
    TransactionId, Transport, parse,
};

pub(crate) const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
pub(crate) const OUR_SDP: &str = "v=0\r\no=- 9 9 IN IP4 198.51.100.1\r\ns=-\r\nt=0 0\r\n\
    m=audio 5000 RTP/AVP 0\r\na=recvonly\r\n";

/// The endpoint, its clock, and what came out of it.
pub(crate) struct World {
    pub(crate) endpoint: Endpoint,
    pub(crate) now: Instant,
    pub(crate) flow: Flow,
    /// Everything sent since last looked at, with its time since the start.
    pub(crate) sent: Vec<(Duration, Flow, Message)>,
    /// Everything else.
    pub(crate) told: Vec<Output>,
    start: Instant,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Options::default(), Transport::Udp)
    }

    pub(crate) fn over(transport: Transport) -> Self {
        Self::with(Options::default(), transport)
    }

    pub(crate) fn with(options: Options, transport: Transport) -> Self {
        let mut counter = 0_u64;
        let random = move |bytes: &mut [u8]| {
            for chunk in bytes.chunks_mut(8) {
                counter += 1;
                chunk.copy_from_slice(
                    &counter.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[..chunk.len()],
                );
            }
        };
        #[expect(clippy::disallowed_methods, reason = "the start of virtual time")]
        let start = Instant::now();
        let flow = Flow {
            transport,
            local: "198.51.100.1:5060".parse().unwrap(),
            peer: "192.0.2.1:5070".parse().unwrap(),
            connection: u64::from(transport.is_reliable()),
        };
        let endpoint = Endpoint::new(options, random);
        Self {
            endpoint,
            now: start,
            flow,
            sent: Vec::new(),
            told: Vec::new(),
            start,
        }
    }

    pub(crate) fn receive(&mut self, text: impl AsRef<[u8]>) {
        self.endpoint.receive(self.now, self.flow, text.as_ref());
        self.drain();
    }

    /// Turns the clock, waking the endpoint whenever it wants to be.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.endpoint.next_wake().filter(|next| *next <= end) {
            self.now = next.max(self.now);
            self.endpoint.wake(self.now);
            self.drain();
        }
        self.now = end;
    }

    pub(crate) fn respond(&mut self, id: TransactionId, response: Response) -> Vec<u8> {
        let bytes = self.endpoint.respond(self.now, id, response);
        self.drain();
        bytes
    }

    pub(crate) fn request(&mut self, id: DialogId, method: Method, body: &str) -> Option<Vec<u8>> {
        let mut headers = Headers::new();
        if !body.is_empty() {
            headers.push("Content-Type", "application/sdp");
        }
        let bytes = self
            .endpoint
            .request(self.now, id, method, headers, body.into());
        self.drain();
        bytes
    }

    fn drain(&mut self) {
        while let Some(output) = self.endpoint.poll() {
            match output {
                Output::Transmit { flow, bytes } => {
                    let message = parse(&bytes).expect("what we send can be read").message;
                    self.sent.push((self.now - self.start, flow, message));
                }
                other => self.told.push(other),
            }
        }
    }

    /// The statuses and methods sent since last looked at: `["100", "BYE"]`.
    pub(crate) fn sent(&mut self) -> Vec<String> {
        self.messages().iter().map(short).collect()
    }

    pub(crate) fn messages(&mut self) -> Vec<Message> {
        self.sent.drain(..).map(|(_, _, message)| message).collect()
    }

    /// The only response sent since last looked at, 100 aside.
    pub(crate) fn response(&mut self) -> Response {
        let mut found = self
            .messages()
            .into_iter()
            .filter_map(|message| match message {
                Message::Response(response) if response.status != 100 => Some(response),
                _ => None,
            });
        let response = found.next().expect("a response");
        assert!(found.next().is_none(), "one response");
        response
    }

    /// The only request sent since last looked at.
    pub(crate) fn sent_request(&mut self) -> Request {
        let mut found = self
            .messages()
            .into_iter()
            .filter_map(|message| match message {
                Message::Request(request) => Some(request),
                Message::Response(_) => None,
            });
        let request = found.next().expect("a request");
        assert!(found.next().is_none(), "one request");
        request
    }

    /// What was told since last looked at, in short; `Sent` aside.
    pub(crate) fn told(&mut self) -> Vec<String> {
        self.told
            .drain(..)
            .filter_map(|output| tell(&output))
            .collect()
    }

    /// The transaction and dialog handed out last.
    pub(crate) fn handed(&mut self) -> (TransactionId, DialogId) {
        let found = self.told.iter().rev().find_map(|output| match output {
            Output::Invite {
                transaction,
                dialog,
                ..
            }
            | Output::InDialog {
                transaction,
                dialog,
                ..
            } => Some((*transaction, *dialog)),
            _ => None,
        });
        self.told.clear();
        found.expect("something handed out")
    }

    pub(crate) fn gone(&mut self) -> Vec<Gone> {
        let gone = self.told.drain(..).filter_map(|output| match output {
            Output::Gone { why, .. } => Some(why),
            _ => None,
        });
        gone.collect()
    }
}

pub(crate) fn short(message: &Message) -> String {
    match message {
        Message::Request(request) => request.method.to_string(),
        Message::Response(response) => response.status.to_string(),
    }
}

fn tell(output: &Output) -> Option<String> {
    Some(match output {
        Output::Transmit { .. } | Output::Sent { .. } => return None,
        Output::Invite { .. } => "new INVITE".to_owned(),
        Output::InDialog { request, .. } => request.method.to_string(),
        Output::Acked { .. } => "acked".to_owned(),
        Output::Cancelled { .. } => "cancelled".to_owned(),
        Output::Options { .. } => "new OPTIONS".to_owned(),
        Output::Response { response, .. } => response.status.to_string(),
        Output::Gone { why, .. } => format!("{why:?}"),
    })
}

/// A 200 with our Contact and SDP.
pub(crate) fn ok() -> Response {
    let mut response = Response::new(200, "OK");
    response
        .headers
        .push("Contact", "<sip:srs@198.51.100.1:5060>;+sip.srs");
    response.headers.push("Content-Type", "application/sdp");
    response.body = OUR_SDP.into();
    response
}

/// One call as its client sees it.
pub(crate) struct Call {
    pub(crate) call_id: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) cseq: u32,
    pub(crate) via: String,
    branch: u32,
}

impl Call {
    pub(crate) fn new() -> Self {
        Self::numbered(1)
    }

    pub(crate) fn numbered(number: u32) -> Self {
        Self {
            call_id: format!("call-{number}"),
            from: "\"A\" <sip:a@192.0.2.1>;tag=remote".to_owned(),
            to: "<sip:srs@198.51.100.1>".to_owned(),
            cseq: 0,
            via: "SIP/2.0/UDP 192.0.2.1:5070".to_owned(),
            branch: 0,
        }
    }

    /// A new request; `more` is whole header lines.
    pub(crate) fn request(&mut self, method: &str, more: &str, body: &str) -> String {
        self.cseq += 1;
        self.branch += 1;
        self.same(method, more, body)
    }

    /// A request in the transaction of the last one: CANCEL, or ACK to a refusal.
    pub(crate) fn same(&self, method: &str, more: &str, body: &str) -> String {
        format!(
            "{method} sip:srs@198.51.100.1 SIP/2.0\r\n\
             Via: {};branch=z9hG4bK{}-{}\r\n\
             From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} {method}\r\n{more}\
             Content-Length: {}\r\n\r\n{body}",
            self.via,
            self.call_id,
            self.branch,
            self.from,
            self.to,
            self.call_id,
            self.cseq,
            body.len(),
        )
    }

    pub(crate) fn invite(&mut self, more: &str) -> String {
        let more = format!(
            "Contact: <sip:a@192.0.2.1:5070>;+sip.src\r\nContent-Type: application/sdp\r\n{more}"
        );
        self.request("INVITE", &more, SDP)
    }

    /// ACK to a 2xx: a transaction of its own, with the INVITE's number.
    pub(crate) fn ack(&mut self) -> String {
        self.branch += 1;
        self.same("ACK", "", "")
    }

    /// Takes our tag from an answer of ours.
    pub(crate) fn learn(&mut self, response: &Response) {
        self.to = response.headers.text("To").unwrap().into_owned();
    }

    /// INVITE, 200, ACK; everything said till then forgotten.
    pub(crate) fn establish(&mut self, world: &mut World, more: &str) -> DialogId {
        world.receive(self.invite(more));
        let (transaction, dialog) = world.handed();
        world.respond(transaction, ok());
        self.learn(&world.response());
        world.receive(self.ack());
        assert_eq!(world.told(), ["acked"]);
        dialog
    }
}

/// An answer to a request of ours.
pub(crate) fn answer(request: &Request, status: u16, more: &str) -> String {
    let headers = &request.headers;
    let text = |name| headers.text(name).unwrap().into_owned();
    format!(
        "SIP/2.0 {status} Whatever\r\nVia: {}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
         {more}Content-Length: 0\r\n\r\n",
        text("Via"),
        text("From"),
        text("To"),
        text("Call-ID"),
        text("CSeq"),
    )
}

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

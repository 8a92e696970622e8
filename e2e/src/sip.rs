//! SIP as bytes: a client that says exactly what a test wants said.
//!
//! It must never repair, retransmit or complete anything by itself; what it adds is written in
//! [`Invite::bytes`]. RTP goes out at the pace of a telephone.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);

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

/// A flow to the recorder.
#[derive(Debug)]
pub enum Wire {
    /// Datagrams.
    Udp(UdpSocket),
    /// A connection and what was read from it.
    Tcp(TcpStream, Vec<u8>),
}

impl Wire {
    /// A UDP socket of our own.
    ///
    /// # Panics
    /// When it cannot be had.
    #[must_use]
    pub fn udp(to: SocketAddr) -> Self {
        Self::udp_from("127.0.0.1", to)
    }

    /// A UDP socket on an address of our choice.
    ///
    /// # Panics
    /// When it cannot be had.
    #[must_use]
    pub fn udp_from(from: &str, to: SocketAddr) -> Self {
        let socket = UdpSocket::bind((from, 0)).unwrap();
        socket.connect(to).unwrap();
        Self::Udp(socket)
    }

    /// A TCP connection.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn tcp(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).unwrap();
        stream.set_nodelay(true).unwrap();
        Self::Tcp(stream, Vec::new())
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// When they cannot be sent.
    pub fn send(&mut self, bytes: &[u8]) {
        match self {
            Self::Udp(socket) => assert_eq!(socket.send(bytes).unwrap(), bytes.len()),
            Self::Tcp(stream, _) => stream.write_all(bytes).unwrap(),
        }
    }

    /// The next message; none when nothing came in time or the connection is closed.
    ///
    /// # Panics
    /// When the socket fails.
    pub fn receive(&mut self, limit: Duration) -> Option<Message> {
        let until = Instant::now() + limit;
        loop {
            if let Self::Tcp(_, buffer) = self {
                // The answer to a ping is an empty line.
                let empty = buffer
                    .iter()
                    .take_while(|byte| b"\r\n".contains(byte))
                    .count();
                buffer.drain(..empty);
            }
            if let Self::Tcp(_, buffer) = self
                && let Some((message, length)) = Message::parse(buffer)
            {
                buffer.drain(..length);
                return Some(message);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let mut chunk = vec![0; 65_535];
            match self {
                Self::Udp(socket) => {
                    socket.set_read_timeout(Some(left)).unwrap();
                    if let Ok(length) = socket.recv(&mut chunk)
                        && let Some((message, _)) = Message::parse(&chunk[..length])
                    {
                        return Some(message);
                    }
                }
                Self::Tcp(stream, buffer) => {
                    stream.set_read_timeout(Some(left)).unwrap();
                    match stream.read(&mut chunk) {
                        Ok(length @ 1..) => buffer.extend_from_slice(&chunk[..length]),
                        Ok(0) => return None,
                        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                        Err(_) => return None,
                    }
                }
            }
        }
    }

    /// The final answer to a method; provisional ones and everything else are passed over.
    ///
    /// # Panics
    /// When there is none in time.
    pub fn answer(&mut self, method: &str) -> Message {
        let until = Instant::now() + ANSWER;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let message = self.receive(left);
            let message = message.unwrap_or_else(|| panic!("no final answer to {method}"));
            if message.status() >= 200 && message.method() == method {
                return message;
            }
        }
    }

    /// The next request of this method from the recorder.
    ///
    /// # Panics
    /// When there is none in time.
    pub fn asked(&mut self, method: &str, limit: Duration) -> Message {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let message = self.receive(left);
            let message = message.unwrap_or_else(|| panic!("no {method} from the recorder"));
            if message.status() == 0 && message.method() == method {
                return message;
            }
        }
    }

    /// Whether the other side has closed the connection, waiting for it.
    ///
    /// # Panics
    /// On a datagram socket.
    pub fn closed(&mut self, limit: Duration) -> bool {
        let Self::Tcp(stream, _) = self else {
            panic!("only a connection can be closed");
        };
        stream.set_read_timeout(Some(limit)).unwrap();
        let mut chunk = [0; 4096];
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
            }
        }
    }

    /// `UDP` or `TCP`, as a Via says it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Udp(_) => "UDP",
            Self::Tcp(..) => "TCP",
        }
    }

    /// Our own address.
    ///
    /// # Panics
    /// When the socket has none.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        match self {
            Self::Udp(socket) => socket.local_addr().unwrap(),
            Self::Tcp(stream, _) => stream.local_addr().unwrap(),
        }
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

/// An INVITE to be.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Call-ID.
    pub call_id: String,
    /// The value of From, without its tag; bytes, for those who do not write UTF-8.
    pub from: Vec<u8>,
    /// Lines more, each without its end.
    pub headers: Vec<String>,
    /// The SDP part, if any.
    pub sdp: Option<String>,
    /// The metadata part, if any.
    pub metadata: Option<Vec<u8>>,
    /// Its media type.
    pub metadata_type: String,
    /// The address the media comes from, for each m-line.
    pub rtp: Vec<Outlet>,
}

/// A socket that media leaves from; a clone is the same socket.
#[derive(Debug)]
pub struct Outlet(UdpSocket);

impl Clone for Outlet {
    fn clone(&self) -> Self {
        Self(self.0.try_clone().unwrap())
    }
}

impl Default for Invite {
    fn default() -> Self {
        Self::new()
    }
}

/// The parties of the metadata of [`metadata`].
pub const LOCAL: &str = "225";
/// The other one.
pub const REMOTE: &str = "+390584943232";

/// Metadata as RFC 7865 has it: the local party on label 1, the remote one on label 2. Each
/// number is a participant of its own.
#[must_use]
pub fn metadata(session: &str, local: &str, remote: &str) -> String {
    let id = |number: &str| {
        let letters = number.chars().filter(char::is_ascii_alphanumeric);
        format!("{:A<22}==", letters.collect::<String>())
    };
    let (left, right) = (id(local), id(remote));
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1">
<datamode>complete</datamode>
<session session_id="{session}"/>
<participant participant_id="{left}"><nameID aor="sip:{local}@pbx.example"/>
</participant>
<participant participant_id="{right}"><nameID aor="sip:{remote}@pbx.example"/>
</participant>
<stream stream_id="AAAAAAAAAAAAAAAAAAAAAw==" session_id="{session}"><label>1</label></stream>
<stream stream_id="AAAAAAAAAAAAAAAAAAAABA==" session_id="{session}"><label>2</label></stream>
<participantstreamassoc participant_id="{left}">
<send>AAAAAAAAAAAAAAAAAAAAAw==</send></participantstreamassoc>
<participantstreamassoc participant_id="{right}">
<send>AAAAAAAAAAAAAAAAAAAABA==</send></participantstreamassoc>
</recording>
"#
    )
}

impl Invite {
    /// Two audio m-lines in PCMU, metadata with two parties.
    ///
    /// # Panics
    /// When no UDP socket can be had.
    #[must_use]
    pub fn new() -> Self {
        let socket = || Outlet(UdpSocket::bind("127.0.0.1:0").unwrap());
        let rtp = vec![socket(), socket()];
        let mut sdp = String::from("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n");
        sdp.push_str("c=IN IP4 127.0.0.1\r\nt=0 0\r\n");
        for (index, socket) in rtp.iter().enumerate() {
            let (port, label) = (socket.0.local_addr().unwrap().port(), index + 1);
            sdp.push_str(&format!(
                "m=audio {port} RTP/AVP 0\r\na=label:{label}\r\na=sendonly\r\n"
            ));
        }
        Self {
            call_id: unique(),
            from: b"<sip:src@127.0.0.1>".to_vec(),
            headers: Vec::new(),
            sdp: Some(sdp),
            metadata: Some(metadata("AAAAAAAAAAAAAAAAAAAABQ==", LOCAL, REMOTE).into_bytes()),
            metadata_type: "application/rs-metadata+xml".to_owned(),
            rtp,
        }
    }

    /// Content-Type line and body.
    #[must_use]
    pub fn body(&self) -> (Option<String>, Vec<u8>) {
        let sdp_type = "application/sdp".to_owned();
        match (&self.sdp, &self.metadata) {
            (None, None) => (None, Vec::new()),
            (Some(sdp), None) => (Some(sdp_type), sdp.clone().into_bytes()),
            (None, Some(metadata)) => (Some(self.metadata_type.clone()), metadata.clone()),
            (Some(sdp), Some(metadata)) => {
                let mut body = format!("--b\r\nContent-Type: {sdp_type}\r\n\r\n{sdp}\r\n--b\r\n");
                body.push_str(&format!(
                    "Content-Type: {}\r\nContent-Disposition: recording-session\r\n\r\n",
                    self.metadata_type
                ));
                let mut body = body.into_bytes();
                body.extend_from_slice(metadata);
                body.extend_from_slice(b"\r\n--b--\r\n");
                (Some("multipart/mixed;boundary=b".to_owned()), body)
            }
        }
    }

    /// The message as it goes out.
    #[must_use]
    pub fn bytes(&self, wire: &Wire) -> Vec<u8> {
        let (kind, body) = self.body();
        let mut headers = vec!["Require: siprec".to_owned()];
        headers.extend(self.headers.clone());
        headers.extend(kind.map(|kind| format!("Content-Type: {kind}")));
        request(
            wire,
            "INVITE",
            &self.call_id,
            &self.from,
            "<sip:recorder@e2e>",
            1,
            &headers,
            &body,
        )
    }
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

/// An answered call.
#[derive(Debug)]
pub struct Dialog {
    /// The flow it came over.
    pub wire: Wire,
    /// The 200.
    pub answer: Message,
    invite: Invite,
    cseq: u32,
}

impl Dialog {
    /// Sends the INVITE, expects 200, sends the ACK.
    ///
    /// # Panics
    /// When the answer is another one.
    #[must_use]
    pub fn establish(mut wire: Wire, invite: &Invite) -> Self {
        let bytes = invite.bytes(&wire);
        wire.send(&bytes);
        Self::answered(wire, invite)
    }

    /// Expects 200 to an INVITE that has been sent, sends the ACK.
    ///
    /// # Panics
    /// When the answer is another one.
    #[must_use]
    pub fn answered(mut wire: Wire, invite: &Invite) -> Self {
        let answer = wire.answer("INVITE");
        Self::after(wire, invite, answer)
    }

    /// Sends an ACK with a body to a 200 that made an offer.
    ///
    /// # Panics
    /// When it is another answer.
    #[must_use]
    pub fn after_offer(
        wire: Wire,
        invite: &Invite,
        answer: Message,
        headers: &[String],
        body: &[u8],
    ) -> Self {
        assert_eq!(answer.status(), 200, "{answer:?}");
        let mut dialog = Self {
            wire,
            answer,
            invite: invite.clone(),
            cseq: 1,
        };
        dialog.send("ACK", headers, body);
        dialog
    }

    /// Sends the ACK to a 200 that has been read already.
    ///
    /// # Panics
    /// When it is another answer.
    #[must_use]
    pub fn after(wire: Wire, invite: &Invite, answer: Message) -> Self {
        Self::after_offer(wire, invite, answer, &[], b"")
    }

    /// Sends a request inside the dialog. An ACK takes the number of the last request.
    pub fn send(&mut self, method: &str, headers: &[String], body: &[u8]) {
        if method != "ACK" {
            self.cseq += 1;
        }
        let to = self.answer.header("To").unwrap_or_default().to_owned();
        let (id, from) = (&self.invite.call_id, &self.invite.from);
        let bytes = request(&self.wire, method, id, from, &to, self.cseq, headers, body);
        self.wire.send(&bytes);
    }

    /// Sends a request inside the dialog; its final answer.
    pub fn ask(&mut self, method: &str, headers: &[String], body: &[u8]) -> Message {
        self.send(method, headers, body);
        self.wire.answer(method)
    }

    /// Ends the call.
    ///
    /// # Panics
    /// When BYE is not answered with 200.
    pub fn bye(&mut self) {
        let answer = self.ask("BYE", &[], b"");
        assert_eq!(answer.status(), 200, "{answer:?}");
    }

    /// Answers a request of the recorder with 200.
    pub fn agree(&mut self, request: &Message) {
        let mut text = String::from("SIP/2.0 200 OK\r\n");
        for (name, value) in &request.headers {
            if ["via", "from", "to", "call-id", "cseq"].contains(&name.to_lowercase().as_str()) {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        text.push_str("Content-Length: 0\r\n\r\n");
        self.wire.send(text.as_bytes());
    }

    /// Sends `packets` of 20 ms on every m-line that has a port, at the pace of a telephone.
    /// The sound of m-line `i` is the code `0x20 + i` throughout; `from` is the first packet's
    /// number, so that a later stretch can follow an earlier one.
    pub fn talk(&self, from: u16, packets: u16) {
        self.say(0x20, from, packets);
    }

    /// Like [`Dialog::talk`], with `code + i` as the sound of m-line `i`.
    ///
    /// # Panics
    /// When a packet cannot be sent.
    pub fn say(&self, code: u8, from: u16, packets: u16) {
        let ports = self.answer.ports();
        let begin = Instant::now();
        for number in from..from + packets {
            for (index, socket) in self.invite.rtp.iter().enumerate() {
                let Some(port) = ports.get(index).filter(|port| **port != 0) else {
                    continue;
                };
                let code = code + u8::try_from(index).unwrap();
                let packet = packet(number, u32::try_from(index).unwrap() + 1, &[code; 160]);
                socket.0.send_to(&packet, ("127.0.0.1", *port)).unwrap();
            }
            let due = begin + Duration::from_millis(20) * u32::from(number - from + 1);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
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

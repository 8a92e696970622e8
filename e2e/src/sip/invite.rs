//! An INVITE to be, and the metadata it carries.
//!
//! Everything is plain text that a test may change before it goes out.

use std::net::UdpSocket;

use super::{Wire, request, unique};

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
pub struct Outlet(pub(crate) UdpSocket);

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
        Self::at("127.0.0.1")
    }

    /// The same from another address of this machine, IPv4 or IPv6.
    ///
    /// # Panics
    /// When no UDP socket can be had there.
    #[must_use]
    pub fn at(address: &str) -> Self {
        let socket = || Outlet(UdpSocket::bind((address, 0)).unwrap());
        let rtp = vec![socket(), socket()];
        let family = if address.contains(':') { "IP6" } else { "IP4" };
        let mut sdp = format!("v=0\r\no=- 1 1 IN {family} {address}\r\ns=-\r\n");
        sdp.push_str(&format!("c=IN {family} {address}\r\nt=0 0\r\n"));
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

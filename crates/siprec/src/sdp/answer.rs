//! Writes our side of the negotiation from the other side's own m-lines (RFC 3264 section 6).
//!
//! As many m-lines as offered, in the same order, with the same media, transport and label;
//! what is not recorded has port 0. Never `sendrecv`: a recorder sends nothing.

use std::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use super::{
    codec::{Codec, accepted, offered_by_us},
    crypto::{MediaKey, Ours, Srtp, chosen},
    parse::Media,
};

/// How keys are dealt with, and where new ones come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keying {
    pub(crate) srtp: Srtp,
    /// Fills in random octets.
    pub(crate) fill: fn(&mut [u8]),
}

impl Default for Keying {
    fn default() -> Self {
        // Without SRTP no key is ever made.
        Self {
            srtp: Srtp::Off,
            fill: |_octets| {},
        }
    }
}

impl Keying {
    /// What an offer means to whoever only reads it later.
    pub(crate) fn reading() -> Self {
        Self {
            srtp: Srtp::Optional,
            ..Self::default()
        }
    }
}

/// What of an m-line goes into a description of ours.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Section {
    kind: String,
    protocol: String,
    /// The formats as offered, repeated when the line is refused.
    offered: Vec<String>,
    ptime: Option<String>,
    pub(crate) codecs: Vec<Codec>,
    pub(crate) label: Option<String>,
    /// Our `a=crypto`: one line in an answer, one for each suite in an offer, none in the clear.
    crypto: Vec<Ours>,
    /// The keys that protect what they send; none where redaction has cut them out.
    pub(crate) keys: Vec<MediaKey>,
    /// Whether RTP and RTCP share one port.
    pub(crate) mux: bool,
    /// Whether we take the line.
    pub(crate) record: bool,
    /// Whether we must answer `inactive` rather than `recvonly`.
    pub(crate) inactive: bool,
}

impl Section {
    /// What we make of an offered line; `known` is what it was before.
    pub(crate) fn of(media: &Media, known: Option<&Self>, keying: Keying) -> Self {
        let record = media.is_usable(keying.srtp);
        let number = |text: &&str| text.parse::<u16>().is_ok();
        let protects = record && keying.srtp != Srtp::Off;
        let theirs = chosen(media).filter(|_| protects);
        let in_use = known.map_or(&[][..], |known| &known.crypto);
        let ours = theirs.as_ref().map(|line| line.answer(in_use, keying.fill));
        let codecs = if record { accepted(media) } else { Vec::new() };
        Self {
            kind: media.kind.clone(),
            protocol: media.protocol.clone(),
            offered: media.formats.clone(),
            ptime: media.attributes("ptime").find(number).map(str::to_owned),
            mux: media.is_muxed() && can_be_muxed(&codecs),
            codecs,
            label: media.label().map(str::to_owned),
            crypto: ours.into_iter().collect(),
            keys: theirs.map(|line| line.keys).unwrap_or_default(),
            record,
            inactive: media.is_inactive(),
        }
    }

    /// The one line we offer to a client that wants us to offer.
    pub(crate) fn offer(keying: Keying) -> Self {
        let protected = keying.srtp == Srtp::Required;
        Self {
            kind: "audio".into(),
            protocol: if protected { "RTP/SAVP" } else { "RTP/AVP" }.into(),
            codecs: offered_by_us(),
            crypto: if protected {
                Ours::offer(keying.fill)
            } else {
                Vec::new()
            },
            record: true,
            ..Self::default()
        }
    }

    /// Takes the keys of the answer to our offer of this line; a line that we offered with keys
    /// and that is answered without is not taken.
    pub(crate) fn keyed(&mut self, media: &Media) {
        if self.crypto.is_empty() {
            return;
        }
        let theirs = chosen(media);
        let answers = |ours: &&Ours| {
            theirs
                .as_ref()
                .is_some_and(|line| ours.is_answered_by(line))
        };
        match self.crypto.iter().find(answers).cloned() {
            Some(ours) => {
                self.crypto = vec![ours];
                self.keys = theirs.map(|line| line.keys).unwrap_or_default();
            }
            None => self.record = false,
        }
    }

    /// Takes an answer's word that RTP and RTCP share one port, where we offered it.
    pub(crate) fn muxed(&mut self, media: &Media) {
        self.mux &= media.is_muxed() && can_be_muxed(&self.codecs);
    }

    /// Whether what they send is protected.
    pub(crate) fn is_protected(&self) -> bool {
        self.record && !self.crypto.is_empty()
    }

    /// The key that protects what we send; known once there is an answer.
    pub(crate) fn own_key(&self) -> Option<&MediaKey> {
        match &self.crypto[..] {
            [ours] if self.record => Some(&ours.key),
            _ => None,
        }
    }

    fn write(&self, address: Option<SocketAddr>, common: IpAddr, text: &mut String) {
        let Some(address) = address.filter(|_| self.record) else {
            let formats = self.offered.join(" ");
            // An m-line needs a format even when it is refused.
            let formats = if formats.is_empty() { "0" } else { &formats };
            line(
                text,
                format_args!("m={} 0 {} {formats}", self.kind, self.protocol),
            );
            self.write_label(text);
            return;
        };
        let numbers: Vec<String> = self
            .codecs
            .iter()
            .map(|codec| codec.format.payload_type.to_string())
            .collect();
        let (kind, port, protocol) = (&self.kind, address.port(), &self.protocol);
        line(
            text,
            format_args!("m={kind} {port} {protocol} {}", numbers.join(" ")),
        );
        if address.ip() != common {
            line(text, format_args!("c={}", connection(address.ip())));
        }
        for codec in &self.codecs {
            let number = codec.format.payload_type;
            if let Some(rtpmap) = codec.rtpmap() {
                line(text, format_args!("a=rtpmap:{number} {rtpmap}"));
            }
            if !codec.format.fmtp.is_empty() {
                line(text, format_args!("a=fmtp:{number} {}", codec.format.fmtp));
            }
        }
        for ours in &self.crypto {
            line(text, format_args!("a=crypto:{}", ours.value()));
        }
        if self.mux {
            line(text, format_args!("a=rtcp-mux"));
        }
        if let Some(ptime) = &self.ptime {
            line(text, format_args!("a=ptime:{ptime}"));
        }
        line(
            text,
            format_args!(
                "a={}",
                if self.inactive {
                    "inactive"
                } else {
                    "recvonly"
                }
            ),
        );
        self.write_label(text);
    }

    fn write_label(&self, text: &mut String) {
        if let Some(label) = &self.label {
            line(text, format_args!("a=label:{label}"));
        }
    }
}

/// Whether a packet's second octet tells RTP from RTCP: payload types of 64 to 95 with the marker
/// look like packet types of RTCP (RFC 5761 section 4).
fn can_be_muxed(codecs: &[Codec]) -> bool {
    let mut types = codecs.iter().map(|codec| codec.format.payload_type);
    types.all(|payload_type| !(64..=95).contains(&payload_type))
}

/// Identity of our descriptions in one dialog: the o= line (RFC 8866 section 5.2).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Origin {
    id: u64,
    version: u64,
    last: String,
}

impl Origin {
    /// A number made from what is unique to the dialog; the same for the same dialog.
    pub(crate) fn new(unique: &[u8]) -> Self {
        let mut id = 0xcbf2_9ce4_8422_2325_u64;
        for byte in unique {
            id = (id ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        // Some peers read it as a signed number.
        Self {
            id: id >> 2,
            ..Self::default()
        }
    }
}

impl Origin {
    /// Goes on from a description of ours that was sent, whichever version of us wrote it.
    pub(crate) fn follow(&mut self, sent: &[u8]) {
        let text = String::from_utf8_lossy(sent);
        let Some((_, origin)) = text.split_once("\r\no=") else {
            return;
        };
        let (origin, rest) = origin.split_once("\r\n").unwrap_or((origin, ""));
        let mut numbers = origin.split(' ').skip(1).map(str::parse);
        if let (Some(Ok(id)), Some(Ok(version))) = (numbers.next(), numbers.next()) {
            (self.id, self.version) = (id, version);
            rest.clone_into(&mut self.last);
        }
    }
}

/// A description of ours. `addresses` are our RTP addresses, line by line; a missing one
/// refuses its line. The version in `origin` grows when the text differs from the last one.
pub(crate) fn body(
    origin: &mut Origin,
    sections: &[Section],
    addresses: &[Option<SocketAddr>],
) -> Vec<u8> {
    let address = |index: usize| addresses.get(index).copied().flatten();
    let first = (0..sections.len())
        .find_map(address)
        .map(|address| address.ip());
    let common = first.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let mut rest = String::new();
    line(&mut rest, format_args!("s=-"));
    line(&mut rest, format_args!("c={}", connection(common)));
    line(&mut rest, format_args!("t=0 0"));
    for (index, section) in sections.iter().enumerate() {
        section.write(address(index), common, &mut rest);
    }
    if origin.last != rest {
        origin.version = origin.version.saturating_add(1);
        origin.last.clone_from(&rest);
    }
    let mut text = String::from("v=0\r\n");
    let (id, version) = (origin.id, origin.version);
    line(
        &mut text,
        format_args!("o=earwitness {id} {version} {}", connection(common)),
    );
    text.push_str(&rest);
    text.into_bytes()
}

fn connection(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => format!("IN IP4 {ip}"),
        IpAddr::V6(ip) => format!("IN IP6 {ip}"),
    }
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(content);
    text.push_str("\r\n");
}

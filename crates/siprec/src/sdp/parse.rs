//! Reads a session description over bytes: sections at `m=`, everything unknown kept.
//!
//! It takes what equipment sends (bare LF, trailing blanks, Latin-1, a missing `c=`) and says
//! what was odd. It never makes a section vanish: an answer must have as many as the offer.

use std::net::{IpAddr, SocketAddr};

use super::crypto::{Srtp, chosen};

/// Longest description read, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 64 * 1024;
/// Most lines in one description.
const LINES_MAX: usize = 4096;
/// Most m-lines in one description.
const MEDIA_MAX: usize = 64;

/// Profiles of RTP in the clear (RFC 3551, RFC 4585) and of SRTP (RFC 3711, RFC 5124). Keys by
/// DTLS (UDP/TLS/RTP/SAVPF) are not built.
const PLAIN: [&str; 2] = ["RTP/AVP", "RTP/AVPF"];
const PROTECTED: [&str; 2] = ["RTP/SAVP", "RTP/SAVPF"];

/// Why a description is not read at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Error {
    #[error("the body is no session description")]
    NoDescription,
    #[error("the session description is too long")]
    TooLong,
    #[error("the session description has too many m-lines")]
    TooManyMedia,
}

/// One `x=value` line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Field {
    pub(crate) kind: u8,
    pub(crate) value: String,
}

/// A description: what holds for all, and its m-lines.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Description {
    pub(crate) media: Vec<Media>,
    pub(crate) oddities: Vec<String>,
}

/// Which way media flow, as the other side sees it (RFC 3264).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Direction {
    Inactive,
    RecvOnly,
    SendOnly,
    #[default]
    SendRecv,
}

/// The address of a `c=` line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Address {
    Ip(IpAddr),
    #[default]
    Missing,
    Name,
}

/// One m-line with what belongs to it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Media {
    pub(crate) kind: String,
    pub(crate) port: u16,
    pub(crate) protocol: String,
    pub(crate) formats: Vec<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) address: Address,
    pub(crate) direction: Direction,
}

impl Media {
    /// The values of this line's attributes of one name, in order; `""` for a bare name.
    pub(crate) fn attributes<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(|field| field.kind == b'a')
            .filter_map(move |field| {
                let (found, value) = field.value.split_once(':').unwrap_or((&field.value, ""));
                found
                    .trim()
                    .eq_ignore_ascii_case(name)
                    .then(|| value.trim())
            })
    }

    /// The label (RFC 4574), unless it is blank.
    pub(crate) fn label(&self) -> Option<&str> {
        self.attributes("label").find(|label| !label.is_empty())
    }

    pub(crate) fn is_audio(&self) -> bool {
        self.kind.eq_ignore_ascii_case("audio")
    }

    /// Whether we can take this line: sound, not switched off, over a transport we speak, with
    /// a key where there has to be one. Where media come from need not be known: real equipment
    /// sends from elsewhere anyway.
    pub(crate) fn is_usable(&self, srtp: Srtp) -> bool {
        let is = |names: [&str; 2]| {
            let mut names = names.iter();
            names.any(|name| self.protocol.eq_ignore_ascii_case(name))
        };
        // Some equipment offers keys under the plain profile; it is answered in kind.
        let keyed = || chosen(self).is_some();
        let transport = match srtp {
            Srtp::Off => is(PLAIN),
            Srtp::Optional => is(PLAIN) || is(PROTECTED) && keyed(),
            Srtp::Required => (is(PLAIN) || is(PROTECTED)) && keyed(),
        };
        self.is_audio()
            && self.port != 0
            && transport
            && self
                .formats
                .iter()
                .any(|format| matches!(format.parse(), Ok(0..=127_u8)))
    }

    /// Whether an address of zeros asks for silence, as before RFC 3264.
    fn is_held(&self) -> bool {
        matches!(self.address, Address::Ip(ip) if ip.is_unspecified())
    }

    /// Whether the offerer says that it will send nothing for now.
    pub(crate) fn is_paused(&self) -> bool {
        self.is_inactive() || self.is_held()
    }

    /// Whether the line itself is switched to silence, so that the answer must be too.
    pub(crate) fn is_inactive(&self) -> bool {
        matches!(self.direction, Direction::Inactive | Direction::RecvOnly)
    }

    /// Where media come from, as far as the description says.
    pub(crate) fn remote(&self) -> Option<SocketAddr> {
        self.at(self.address, self.port)
    }

    /// Where reports are wanted, where that is another address than the one behind the media's
    /// (RFC 3605): `a=rtcp:port [IN IP4 address]`.
    pub(crate) fn rtcp(&self) -> Option<SocketAddr> {
        let value = self.attributes("rtcp").next()?;
        let (port, address) = value.split_once(' ').unwrap_or((value, ""));
        let address = match address.split_ascii_whitespace().nth(2) {
            Some(host) => ip(host),
            None => self.address,
        };
        self.at(address, port.parse().ok()?)
    }

    /// Whether media and their reports may share one port (RFC 5761).
    pub(crate) fn is_muxed(&self) -> bool {
        self.attributes("rtcp-mux").next().is_some()
    }

    fn at(&self, address: Address, port: u16) -> Option<SocketAddr> {
        match address {
            Address::Ip(ip) if !ip.is_unspecified() && self.port != 0 && port != 0 => {
                Some(SocketAddr::new(ip, port))
            }
            Address::Ip(_) | Address::Missing | Address::Name => None,
        }
    }
}

/// Reads a description. An error means that no answer can be written at all.
pub(crate) fn parse(bytes: &[u8]) -> Result<Description, Error> {
    if bytes.len() > DESCRIPTION_BYTES_MAX {
        return Err(Error::TooLong);
    }
    let fields = fields(bytes)?;
    let known = |field: &Field| matches!(field.kind, b'v' | b'm' | b'o');
    if !fields.iter().any(known) {
        return Err(Error::NoDescription);
    }
    let mut description = Description::default();
    let mut session = Vec::new();
    for field in fields {
        if field.kind == b'm' {
            if description.media.len() >= MEDIA_MAX {
                return Err(Error::TooManyMedia);
            }
            let media = media(&field.value, &mut description.oddities);
            description.media.push(media);
        } else if let Some(media) = description.media.last_mut() {
            media.fields.push(field);
        } else {
            session.push(field);
        }
    }
    for media in &mut description.media {
        media.address = address(&media.fields)
            .or_else(|| address(&session))
            .unwrap_or_default();
        media.direction = direction(&media.fields)
            .or_else(|| direction(&session))
            .unwrap_or_default();
        if media.is_usable(Srtp::Optional) && media.address == Address::Missing {
            description
                .oddities
                .push("The session description gives no address (c=).".into());
        }
    }
    Ok(description)
}

fn fields(bytes: &[u8]) -> Result<Vec<Field>, Error> {
    let mut fields = Vec::new();
    for line in bytes.split(|&byte| matches!(byte, b'\n' | b'\r')) {
        let line = line.trim_ascii();
        if let [kind, b'=', value @ ..] = line {
            if fields.len() >= LINES_MAX {
                return Err(Error::TooLong);
            }
            let value = text(value.trim_ascii());
            fields.push(Field {
                kind: kind.to_ascii_lowercase(),
                value,
            });
        }
    }
    Ok(fields)
}

/// UTF-8, or else Latin-1, whose characters are the first 256 of Unicode.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

fn media(value: &str, oddities: &mut Vec<String>) -> Media {
    let mut words = value.split_ascii_whitespace();
    let kind = words.next().unwrap_or("audio").to_owned();
    // `5000/2` means two ports (RFC 8866 section 5.14); the first one stands.
    let port = words
        .next()
        .and_then(|word| word.split('/').next()?.parse().ok());
    let protocol = words.next();
    if port.is_none() || protocol.is_none() {
        oddities.push("An m-line of the session description is malformed.".into());
    }
    Media {
        kind,
        port: port.unwrap_or(0),
        protocol: protocol.unwrap_or("RTP/AVP").to_owned(),
        formats: words.map(str::to_owned).collect(),
        ..Media::default()
    }
}

fn address(fields: &[Field]) -> Option<Address> {
    let field = fields.iter().find(|field| field.kind == b'c')?;
    // The network and address types are not needed: the address shows its own.
    let word = field.value.split_ascii_whitespace().nth(2)?;
    Some(ip(word.split('/').next().unwrap_or_default()))
}

fn ip(host: &str) -> Address {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    // IPv4 mapped into IPv6 is IPv4 (RFC 5118 §4.9).
    let plain = |ip: IpAddr| Address::Ip(ip.to_canonical());
    bare.parse().map_or(Address::Name, plain)
}

fn direction(fields: &[Field]) -> Option<Direction> {
    let attributes = fields.iter().rev().filter(|field| field.kind == b'a');
    attributes
        .map(|field| field.value.as_str())
        .find_map(|value| {
            [
                ("inactive", Direction::Inactive),
                ("recvonly", Direction::RecvOnly),
                ("sendonly", Direction::SendOnly),
                ("sendrecv", Direction::SendRecv),
            ]
            .into_iter()
            .find_map(|(name, direction)| value.eq_ignore_ascii_case(name).then_some(direction))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_equipment_sends() {
        let offer = b"v=0\no=AudiocodesGW 1 1 IN IP4 10.0.0.1\ns=caf\xe9 \n\
            t=0 0\nm=audio 5000/2 RTP/AVP 0 8 \na=label: 1 \nc=IN IP6 2001:db8::1\n\
            m=video 0 RTP/AVP 96\na=inactive\nx=unknown\n";
        let description = parse(offer).unwrap();
        let [audio, video] = &description.media[..] else {
            panic!("two m-lines")
        };
        assert_eq!((audio.port, audio.label()), (5000, Some("1")));
        assert_eq!(audio.formats, ["0", "8"]);
        assert_eq!(audio.remote(), "[2001:db8::1]:5000".parse().ok());
        assert!(audio.is_usable(Srtp::Off) && !audio.is_paused());
        assert!(video.is_paused() && !video.is_usable(Srtp::Optional));
        assert_eq!(video.fields.len(), 2, "unknown lines are kept");
        assert!(description.oddities.is_empty());
    }

    #[test]
    fn siprec_41_reports_are_wanted_where_the_offer_says() {
        let rtcp = |attributes: &str| {
            let text = format!("v=0\nc=IN IP4 10.0.0.1\nm=audio 5000 RTP/AVP 0\n{attributes}");
            let media = parse(text.as_bytes()).unwrap().media.remove(0);
            (media.rtcp().map(|at| at.to_string()), media.is_muxed())
        };
        let at = |address: &str, muxed| (Some(address.to_owned()), muxed);
        assert_eq!(rtcp(""), (None, false));
        assert_eq!(rtcp("a=rtcp:5077"), at("10.0.0.1:5077", false));
        let named = "a=rtcp-mux\na=rtcp:5077 IN IP6 2001:db8::2\na=rtcp:9";
        assert_eq!(rtcp(named), at("[2001:db8::2]:5077", true));
        for nowhere in ["a=rtcp:", "a=rtcp:x", "a=rtcp:0", "a=rtcp:70000"] {
            assert_eq!(rtcp(nowhere), (None, false), "{nowhere}");
        }
        for nobody in ["IN IP4 0.0.0.0", "IN IP4 phone.example", "IN IP6 ::"] {
            assert_eq!(rtcp(&format!("a=rtcp:5077 {nobody}")).0, None, "{nobody}");
        }
    }

    #[test]
    fn an_address_of_zeros_is_hold_and_a_missing_one_an_oddity() {
        let held = parse(b"v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 9 RTP/AVP 0\r\n").unwrap();
        assert!(held.media[0].is_paused() && !held.media[0].is_inactive());
        assert_eq!(held.media[0].remote(), None);
        let missing = parse(b"v=0\r\nm=audio 9 RTP/AVP 0\r\n").unwrap();
        assert!(missing.media[0].is_usable(Srtp::Off));
        assert_eq!(missing.oddities.len(), 1);
    }

    #[test]
    fn limits_and_rubbish_are_errors() {
        assert_eq!(parse(b"hello"), Err(Error::NoDescription));
        assert_eq!(
            parse(&[b'a'; DESCRIPTION_BYTES_MAX + 1]),
            Err(Error::TooLong)
        );
        assert_eq!(
            parse("m=audio 0 x 0\n".repeat(65).as_bytes()),
            Err(Error::TooManyMedia)
        );
        assert_eq!(parse("a=x\n".repeat(4097).as_bytes()), Err(Error::TooLong));
    }
}

//! Session descriptions (RFC 8866): our offer, and what the answer to it says.

use super::Codec;
use std::net::{IpAddr, SocketAddr};

/// An offer of two streams we only send, labelled 1 and 2 (RFC 7866 §7.1.1): each its port, and
/// its key (RFC 4568) where it is protected.
pub(super) fn offer(
    host: IpAddr,
    streams: [(u16, Option<String>); 2],
    codec: Codec,
    version: u64,
) -> String {
    let (payload_type, map) = (codec.payload_type(), codec.map());
    let family = if host.is_ipv4() { "IP4" } else { "IP6" };
    let mut text = format!(
        "v=0\r\no=- {version} 1 IN {family} {host}\r\ns=test call\r\nc=IN {family} {host}\r\n\
         t=0 0\r\n"
    );
    for (label, (port, crypto)) in (1..).zip(streams) {
        let profile = if crypto.is_some() { "SAVP" } else { "AVP" };
        text.push_str(&format!(
            "m=audio {port} RTP/{profile} {payload_type}\r\n\
             a=rtpmap:{payload_type} {map}\r\n\
             a=ptime:20\r\na=sendonly\r\na=label:{label}\r\n"
        ));
        if let Some(crypto) = crypto {
            text.push_str(&format!("a=crypto:{TAG} {crypto}\r\n"));
        }
    }
    text
}

/// The tag of our only line of keys.
const TAG: &str = "1";

/// Where the answer wants the first two streams; `None` for one it refused or paused, or that is
/// protected and whose keys it did not take.
pub(super) fn targets(answer: &[u8], protected: bool) -> [Option<SocketAddr>; 2] {
    let text = String::from_utf8_lossy(answer);
    let mut session_host: Option<IpAddr> = None;
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines() {
        let Some((kind, value)) = line.split_once('=') else {
            continue;
        };
        let mut words = value.split_whitespace();
        match (kind, sections.last_mut()) {
            ("m", _) => {
                let port = words.nth(1).and_then(|port| port.parse().ok());
                sections.push(Section {
                    port: port.unwrap_or(0),
                    ..Section::default()
                });
            }
            ("c", section) => {
                let host = words.nth(2).and_then(|host| host.parse().ok());
                match section {
                    Some(section) => section.host = host,
                    None => session_host = host,
                }
            }
            ("a", Some(section)) => {
                section.paused |= value.trim() == "inactive";
                let crypto = value.strip_prefix("crypto:").unwrap_or_default();
                section.keyed |= crypto.split_whitespace().next() == Some(TAG);
            }
            _ => {}
        }
    }
    let target = |index: usize| {
        let section = sections.get(index)?;
        let host = section.host.or(session_host)?;
        let wanted = section.port != 0 && !section.paused && !host.is_unspecified();
        (wanted && section.keyed >= protected).then(|| SocketAddr::new(host, section.port))
    };
    [target(0), target(1)]
}

#[derive(Default)]
struct Section {
    port: u16,
    host: Option<IpAddr>,
    paused: bool,
    keyed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_where_sound_goes() {
        let answer = b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\na=recvonly\r\n\
            m=audio 4002 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\na=recvonly\r\n";
        let expected = ["192.0.2.1:4000", "[2001:db8::1]:4002"].map(|text| text.parse().ok());
        assert_eq!(targets(answer, false), expected);
        // Nothing is sent in the clear that was to be protected.
        assert_eq!(targets(answer, true), [None, None]);
    }

    #[test]
    fn a_protected_stream_needs_the_keys_of_the_answer() {
        let answer = b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/SAVP 0\r\n\
            a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\nm=audio 4002 RTP/SAVP 0\r\n\
            a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:x\r\n";
        assert_eq!(targets(answer, true), ["192.0.2.1:4000".parse().ok(), None]);
    }

    #[test]
    fn refused_and_paused_streams_have_no_target() {
        let answer = b"c=IN IP4 192.0.2.1\nm=audio 0 RTP/AVP 0\nm=audio 4 RTP/AVP 0\na=inactive\n";
        assert_eq!(targets(answer, false), [None, None]);
        assert_eq!(targets(b"", false), [None, None]);
        assert_eq!(targets(b"m=audio 4000 RTP/AVP 0\n", false), [None, None]);
    }
}

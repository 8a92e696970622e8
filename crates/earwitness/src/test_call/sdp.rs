//! Session descriptions (RFC 8866): our offer, and what the answer to it says.

use super::Law;
use std::net::{IpAddr, SocketAddr};

/// An offer of two streams we only send, labelled 1 and 2 (RFC 7866 §7.1.1).
pub(super) fn offer(host: IpAddr, ports: [u16; 2], codec: Law, version: u64) -> String {
    let (payload_type, name) = match codec {
        Law::Mu => (0, "PCMU"),
        Law::A => (8, "PCMA"),
    };
    let family = if host.is_ipv4() { "IP4" } else { "IP6" };
    let mut text = format!(
        "v=0\r\no=- {version} 1 IN {family} {host}\r\ns=test call\r\nc=IN {family} {host}\r\n\
         t=0 0\r\n"
    );
    for (label, port) in (1..).zip(ports) {
        text.push_str(&format!(
            "m=audio {port} RTP/AVP {payload_type}\r\na=rtpmap:{payload_type} {name}/8000\r\n\
             a=ptime:20\r\na=sendonly\r\na=label:{label}\r\n"
        ));
    }
    text
}

/// Where the answer wants the first two streams; `None` for one it refused or paused.
pub(super) fn targets(answer: &[u8]) -> [Option<SocketAddr>; 2] {
    let text = String::from_utf8_lossy(answer);
    let mut session_host: Option<IpAddr> = None;
    let mut sections: Vec<(u16, Option<IpAddr>, bool)> = Vec::new();
    for line in text.lines() {
        let Some((kind, value)) = line.split_once('=') else {
            continue;
        };
        let mut words = value.split_whitespace();
        match (kind, sections.last_mut()) {
            ("m", _) => {
                let port = words.nth(1).and_then(|port| port.parse().ok());
                sections.push((port.unwrap_or(0), None, false));
            }
            ("c", section) => {
                let host = words.nth(2).and_then(|host| host.parse().ok());
                match section {
                    Some((_, own, _)) => *own = host,
                    None => session_host = host,
                }
            }
            ("a", Some((_, _, paused))) if value.trim() == "inactive" => *paused = true,
            _ => {}
        }
    }
    let target = |index: usize| {
        let (port, own, paused) = sections.get(index).copied()?;
        let host = own.or(session_host)?;
        (port != 0 && !paused && !host.is_unspecified()).then(|| SocketAddr::new(host, port))
    };
    [target(0), target(1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_where_sound_goes() {
        let answer = b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\na=recvonly\r\n\
            m=audio 4002 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\na=recvonly\r\n";
        let expected = ["192.0.2.1:4000", "[2001:db8::1]:4002"].map(|text| text.parse().ok());
        assert_eq!(targets(answer), expected);
    }

    #[test]
    fn refused_and_paused_streams_have_no_target() {
        let answer = b"c=IN IP4 192.0.2.1\nm=audio 0 RTP/AVP 0\nm=audio 4 RTP/AVP 0\na=inactive\n";
        assert_eq!(targets(answer), [None, None]);
        assert_eq!(targets(b""), [None, None]);
        assert_eq!(targets(b"m=audio 4000 RTP/AVP 0\n"), [None, None]);
    }
}

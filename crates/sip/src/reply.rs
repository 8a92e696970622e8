//! What every answer copies from its request, and where it goes.
//!
//! Answers go to where the request came from (RFC 3261 §18.2.2, RFC 3581); `maddr` is not obeyed,
//! since it lets anybody aim our answers at a third party.

use std::net::{IpAddr, SocketAddr};

use crate::flow::{Flow, Transport};
use crate::message::text::split_outside;
use crate::message::{Headers, Readable, Response, Via};

/// The part of a request that its answers need.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// Where answers go.
    pub(crate) flow: Flow,
    via: Vec<Vec<u8>>,
    record_route: Vec<Vec<u8>>,
    from: Vec<u8>,
    to: Vec<u8>,
    call_id: Vec<u8>,
    cseq: Vec<u8>,
    tagged: bool,
}

impl Reply {
    /// `None` when one of the headers is missing.
    pub(crate) fn of(headers: &Headers, flow: Flow) -> Option<Self> {
        let mut via: Vec<Vec<u8>> = headers.lines("Via");
        let values = headers.tokens("Via");
        let mut reply_flow = flow;
        if let Some((top, others)) = values.split_first()
            && let Ok(parsed) = Via::parse(top)
        {
            via = vec![marked(top, &parsed, flow.peer).into_bytes()];
            via.extend(others.iter().map(|value| value.clone().into_bytes()));
            reply_flow.peer = destination(&parsed, flow);
        }
        if via.is_empty() {
            return None;
        }
        Some(Self {
            flow: reply_flow,
            via,
            record_route: headers.lines("Record-Route"),
            from: headers.first("From")?.to_vec(),
            to: headers.first("To")?.to_vec(),
            call_id: headers.first("Call-ID")?.to_vec(),
            cseq: headers.first("CSeq")?.to_vec(),
            tagged: headers.to().is_some_and(|to| to.tag().is_some()),
        })
    }

    /// From what could be read of a message that could not be understood.
    pub(crate) fn of_unreadable(readable: &Readable, flow: Flow) -> Option<Self> {
        let mut headers = Headers::new();
        for value in &readable.via {
            headers.push("Via", value.clone());
        }
        headers.push("From", readable.from.clone()?);
        headers.push("To", readable.to.clone()?);
        headers.push("Call-ID", readable.call_id.clone()?);
        headers.push("CSeq", readable.cseq.clone()?);
        Self::of(&headers, flow)
    }

    /// The To value with our tag.
    pub(crate) fn tagged_to(&self, tag: &str) -> Vec<u8> {
        let mut to = self.to.clone();
        if !self.tagged {
            to.extend_from_slice(format!(";tag={tag}").as_bytes());
        }
        to
    }

    /// A whole response: the copied headers, then the given ones.
    pub(crate) fn response(&self, tag: &str, given: Response) -> Response {
        let mut headers = Headers::new();
        for via in &self.via {
            headers.push("Via", via.clone());
        }
        if (101..300).contains(&given.status) {
            for route in &self.record_route {
                headers.push("Record-Route", route.clone());
            }
        }
        headers.push("From", self.from.clone());
        let to = if given.status == 100 {
            self.to.clone()
        } else {
            self.tagged_to(tag)
        };
        headers.push("To", to);
        headers.push("Call-ID", self.call_id.clone());
        headers.push("CSeq", self.cseq.clone());
        for header in given.headers.iter() {
            headers.push(header.name(), header.value());
        }
        Response { headers, ..given }
    }
}

/// The top Via value with `received` and `rport` filled in (RFC 3261 §18.2.1, RFC 3581 §4).
fn marked(value: &str, via: &Via, source: SocketAddr) -> String {
    let rport = via.params.get("rport").is_some();
    if !rport && same_host(via, source.ip()) {
        return value.to_owned();
    }
    let mut marked = String::with_capacity(value.len().saturating_add(48));
    for (position, piece) in split_outside(value, b';', usize::MAX)
        .into_iter()
        .enumerate()
    {
        let name = piece.split('=').next().unwrap_or_default().trim();
        match position {
            0 => marked.push_str(piece.trim_end()),
            _ if name.eq_ignore_ascii_case("received") => {}
            _ if name.eq_ignore_ascii_case("rport") => {
                marked.push_str(&format!(";rport={}", source.port()));
            }
            _ => {
                marked.push(';');
                marked.push_str(piece);
            }
        }
    }
    marked.push_str(&format!(";received={}", source.ip().to_canonical()));
    marked
}

/// Where an answer goes. The port in Via counts only when the sender is reachable as it says:
/// behind address translation, or when it asked by `rport`, only the source port leads back.
fn destination(via: &Via, flow: Flow) -> SocketAddr {
    let source = flow.peer;
    let back = via.params.contains("rport") || !same_host(via, source.ip());
    match flow.transport {
        Transport::Udp if !back => SocketAddr::new(source.ip(), via.port.unwrap_or(5060)),
        Transport::Udp | Transport::Tcp | Transport::Tls => source,
    }
}

fn same_host(via: &Via, source: IpAddr) -> bool {
    let host = via.host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<IpAddr>()
        .is_ok_and(|ip| ip.to_canonical() == source.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(via: &str, marked_as: &str, port: u16) {
        let source = "192.0.2.1:40000".parse().unwrap();
        let local = "192.0.2.9:5060".parse().unwrap();
        let flow = Flow {
            transport: Transport::Udp,
            local,
            peer: source,
            connection: 0,
        };
        let parsed = Via::parse(via).unwrap();
        assert_eq!(marked(via, &parsed, source), marked_as);
        assert_eq!(destination(&parsed, flow).port(), port, "{via}");
    }

    #[test]
    fn answers_find_back() {
        check(
            "SIP/2.0/UDP 192.0.2.1:5070;branch=1",
            "SIP/2.0/UDP 192.0.2.1:5070;branch=1",
            5070,
        );
        check(
            "SIP/2.0/UDP 192.0.2.1;branch=1",
            "SIP/2.0/UDP 192.0.2.1;branch=1",
            5060,
        );
        check(
            "SIP/2.0/UDP 192.0.2.1:5070 ; rport;branch=1",
            "SIP/2.0/UDP 192.0.2.1:5070;rport=40000;branch=1;received=192.0.2.1",
            40000,
        );
        check(
            "SIP/2.0/UDP pbx.example:5070;received=9.9.9.9;branch=1",
            "SIP/2.0/UDP pbx.example:5070;branch=1;received=192.0.2.1",
            40000,
        );
        check(
            "SIP/2.0/UDP 10.0.0.1",
            "SIP/2.0/UDP 10.0.0.1;received=192.0.2.1",
            40000,
        );
    }
}

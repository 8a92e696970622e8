//! Taking note of who speaks: whose request it is, what its sender calls itself, and what became
//! of its calls.

use super::Node;
use super::verdict::now;
use crate::contacts::Who;
use sip::Flow;
use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;

impl Node {
    /// A message came of somebody who may call. Answers are no contact: we asked.
    pub(super) fn contacted(&self, flow: Flow, bytes: &[u8]) {
        if is_request(bytes) {
            let who = self.who(flow.peer.ip());
            let user_agent = user_agent(bytes);
            let contacts = &self.shared.contacts;
            contacts.spoke(who, flow, now(), user_agent.as_deref());
        }
    }

    pub(super) fn who(&self, peer: IpAddr) -> Who {
        match self.client_of(peer) {
            Some(client) => Who::Client(self.options.clients[client].name.clone()),
            None => Who::Address(peer.to_canonical()),
        }
    }

    /// Once a second: whose calls are being received.
    pub(super) fn count_running(&self) {
        let mut running: HashMap<Who, u64> = HashMap::new();
        for call in self.calls.values().filter(|call| call.number == 0) {
            *running.entry(self.who(call.flow.peer.ip())).or_default() += 1;
        }
        self.shared.contacts.run(&running);
    }
}

/// Whether the first line is that of a request (RFC 3261 §7.1); pings of one empty line are none.
fn is_request(message: &[u8]) -> bool {
    let line = message.split(|octet| *octet == b'\n').next();
    line.is_some_and(|line| line.trim_ascii_end().ends_with(b" SIP/2.0"))
}

/// What the sender calls itself (RFC 3261 §20.41).
fn user_agent(message: &[u8]) -> Option<Cow<'_, str>> {
    let lines = message.split(|octet| *octet == b'\n');
    let lines = lines.skip(1).map(<[u8]>::trim_ascii_end);
    let mut headers = lines.take_while(|line| !line.is_empty());
    headers.find_map(|line| {
        let mut parts = line.splitn(2, |octet| *octet == b':');
        let (name, value) = (parts.next()?.trim_ascii_end(), parts.next()?);
        let is_it = name.eq_ignore_ascii_case(b"User-Agent");
        is_it.then(|| String::from_utf8_lossy(value.trim_ascii()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_who_sends_it_before_its_body() {
        let message = |head: &str| format!("{head}\r\n\r\nUser-Agent: body\r\n").into_bytes();
        for (head, request, agent) in [
            (
                "OPTIONS sip:r SIP/2.0\r\nuser-agent : SBC 9",
                true,
                Some("SBC 9"),
            ),
            (
                "INVITE sip:r SIP/2.0\nVia: x\nUser-Agent:Phone",
                true,
                Some("Phone"),
            ),
            ("INVITE sip:r SIP/2.0\r\nServer: x", true, None),
            ("SIP/2.0 200 OK\r\nVia: x", false, None),
            ("", false, None),
        ] {
            assert_eq!(is_request(&message(head)), request, "{head}");
            assert_eq!(user_agent(&message(head)).as_deref(), agent, "{head}");
        }
        assert!(!is_request(b"") && user_agent(b"").is_none());
    }
}

//! An answered call: requests inside it, and its sound.
//!
//! Nothing is sent unasked for, but for the ACK that makes the call.

use std::time::{Duration, Instant};

use super::{Invite, Message, Wire, packet, request};

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

    /// From is another one from now on, without a tag: that stays.
    pub fn set_from(&mut self, from: &[u8]) {
        self.invite.from = from.to_vec();
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
        self.refuse(request, 200, "OK");
    }

    /// Answers a request of the recorder with this status.
    pub fn refuse(&mut self, request: &Message, status: u16, reason: &str) {
        let mut text = format!("SIP/2.0 {status} {reason}\r\n");
        for (name, value) in &request.headers {
            if ["via", "from", "to", "call-id", "cseq"].contains(&name.to_lowercase().as_str()) {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        text.push_str("Content-Length: 0\r\n\r\n");
        self.wire.send(text.as_bytes());
    }

    /// Media leaves from new ports from now on; says which.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn move_media(&mut self) -> Vec<u16> {
        for outlet in &mut self.invite.rtp {
            *outlet = super::invite::Outlet(std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
        }
        let port = |outlet: &super::invite::Outlet| outlet.0.local_addr().unwrap().port();
        self.invite.rtp.iter().map(port).collect()
    }

    /// Sends `packets` of 20 ms on every m-line that has a port, at the pace of a telephone.
    /// The sound of m-line `i` is the code `0x20 + i` throughout; `from` is the first packet's
    /// number, so that a later stretch can follow an earlier one.
    pub fn talk(&self, from: u16, packets: u16) {
        self.say(0x20, from, packets);
    }

    /// Sends one packet on an m-line, whatever it is.
    ///
    /// # Panics
    /// When it cannot be sent.
    pub fn media(&self, index: usize, packet: &[u8]) {
        let socket = &self.invite.rtp[index].0;
        let host = socket.local_addr().unwrap().ip();
        let port = self.answer.ports()[index];
        socket.send_to(packet, (host, port)).unwrap();
    }

    /// Like [`Dialog::talk`], with `code + i` as the sound of m-line `i`.
    ///
    /// # Panics
    /// When a packet cannot be sent.
    pub fn say(&self, code: u8, from: u16, packets: u16) {
        self.say_as((0, 0), code, from, packets);
    }

    /// Like [`Dialog::say`], with another payload type and other SSRCs: those of `who`, a number
    /// of our choice.
    ///
    /// # Panics
    /// When a packet cannot be sent.
    pub fn say_as(&self, (kind, who): (u8, u32), code: u8, from: u16, packets: u16) {
        let ports = self.answer.ports();
        let host = self.invite.rtp[0].0.local_addr().unwrap().ip();
        let begin = Instant::now();
        for number in from..from + packets {
            for (index, socket) in self.invite.rtp.iter().enumerate() {
                let Some(port) = ports.get(index).filter(|port| **port != 0) else {
                    continue;
                };
                let code = code + u8::try_from(index).unwrap();
                let source = who + u32::try_from(index).unwrap() + 1;
                let mut packet = packet(number, source, &[code; 160]);
                packet[1] = kind;
                socket.0.send_to(&packet, (host, *port)).unwrap();
            }
            let due = begin + Duration::from_millis(20) * u32::from(number - from + 1);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

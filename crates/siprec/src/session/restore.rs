//! A recording session as it was, from the messages of its dialog as a journal holds them.

use std::net::SocketAddr;

use sip::{Message, Method};

use super::{Pending, Plan, Session, has_offer};
use crate::sdp;

impl Session {
    /// A new session as it is after its messages in the order in which they were sent (`true`:
    /// by us) and received. Returns it, the state of its m-lines, and our addresses line by line
    /// as they were told last. What was asked and not answered is not taken up: it will be asked
    /// again.
    pub fn restored<'a>(
        self,
        messages: impl IntoIterator<Item = (bool, &'a [u8])>,
    ) -> (Self, Plan, Vec<Option<SocketAddr>>) {
        let mut session = self;
        let mut addresses: Vec<Option<SocketAddr>> = Vec::new();
        for (sent, bytes) in messages {
            let Ok(parsed) = sip::parse(bytes) else {
                continue;
            };
            match (parsed.message, sent) {
                (Message::Request(request), false) if request.method == Method::Ack => {
                    session.acked(&request);
                }
                (Message::Request(request), false) if has_offer(&request.method) => {
                    let before = session.clone();
                    if session.request(&request).is_err() {
                        session = before;
                    }
                }
                (Message::Response(response), true) => {
                    let method = response.headers.cseq().map(|(_, method)| method);
                    if !method.is_some_and(|method| has_offer(&method)) || response.status < 200 {
                        continue;
                    }
                    if response.status >= 300 {
                        session.pending = Pending::Nothing;
                    } else if let Some(told) = told(&response.body) {
                        session.answer(&told);
                        session.origin.follow(&response.body);
                        // Lines left out of a later offer go on where they were.
                        let beyond = addresses.iter().skip(told.len()).copied();
                        addresses = told.iter().copied().chain(beyond).collect();
                    }
                }
                _ => {}
            }
        }
        if !matches!(session.pending, Pending::Ack) {
            session.pending = Pending::Nothing;
        }
        let plan = session.plan(Vec::new());
        (session, plan, addresses)
    }
}

/// The addresses in a description of ours.
fn told(body: &[u8]) -> Option<Vec<Option<SocketAddr>>> {
    let description = sdp::parse(body).ok()?;
    let media = description.media.iter();
    Some(media.map(sdp::Media::remote).collect())
}

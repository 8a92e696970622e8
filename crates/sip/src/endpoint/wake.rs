//! What happens when time has passed.

use std::time::Instant;

use super::request::timed_out;
use super::{Endpoint, Gone, Output};
use crate::dialog::DialogId;
use crate::message::{Method, Response};
use crate::timers::doubled;
use crate::transaction::{ClientId, State, TransactionId};

/// Everything that can be due.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Timer {
    /// Timer G: our refusal of an INVITE again.
    ServerRetransmit(TransactionId),
    /// Timers H, I, J and L: the transaction is over.
    ServerEnd(TransactionId),
    /// Timers A and E: our request again.
    ClientRetransmit(ClientId),
    /// Timers B, D, F and M: no answer came, or none will come again.
    ClientEnd(ClientId),
    /// Our 2xx to an INVITE again (RFC 3261 §13.3.1.4).
    AcceptedRetransmit(DialogId),
    /// No ACK came.
    AcceptedEnd(DialogId),
    /// Our session refresh.
    Refresh(DialogId),
    /// The session was not refreshed.
    SessionEnd(DialogId),
}

impl Timer {
    /// Every timer a dialog can have.
    pub(super) fn of_dialog(id: DialogId) -> [Self; 4] {
        [
            Self::AcceptedRetransmit(id),
            Self::AcceptedEnd(id),
            Self::Refresh(id),
            Self::SessionEnd(id),
        ]
    }
}

impl Endpoint {
    /// Does what is due at this time.
    pub fn wake(&mut self, now: Instant) {
        while let Some(timer) = self.timers.pop(now) {
            match timer {
                Timer::ServerRetransmit(id) => self.retransmit_refusal(now, id),
                Timer::ServerEnd(id) => self.end_server(now, id),
                Timer::ClientRetransmit(id) => self.retransmit_request(now, id),
                Timer::ClientEnd(id) => self.end_client(now, id),
                Timer::AcceptedRetransmit(id) => self.retransmit_accepted(now, id),
                Timer::AcceptedEnd(id) => self.no_ack(now, id),
                Timer::Refresh(id) => self.refresh(now, id),
                Timer::SessionEnd(id) => self.hang_up(now, id, Gone::SessionExpired),
            }
        }
    }

    fn retransmit_refusal(&mut self, now: Instant, id: TransactionId) {
        let Some(server) = self.servers.get_mut(id) else {
            return;
        };
        server.interval = doubled(server.interval);
        let (interval, flow, bytes) = (server.interval, server.reply.flow, server.last.clone());
        self.timers.set(Timer::ServerRetransmit(id), now, interval);
        if let Some(bytes) = bytes {
            self.transmit(flow, bytes);
        }
    }

    fn end_server(&mut self, now: Instant, id: TransactionId) {
        let Some(server) = self.servers.get(id) else {
            return;
        };
        if server.state == State::Proceeding
            && let Some(dialog) = server.dialog.filter(|_| server.is_invite())
        {
            // The caller never answered; the peer must not wait for ever.
            self.respond(now, id, Response::new(500, "Server Internal Error"));
            self.outputs.push_back(Output::Cancelled {
                transaction: id,
                dialog,
            });
            return;
        }
        let (unanswered, dialog) = (server.state == State::Proceeding, server.dialog);
        if let Some(dialog) = dialog.and_then(|dialog| self.dialogs.get_mut(dialog))
            && unanswered
            && dialog.update == Some(id)
        {
            dialog.update = None;
        }
        self.close(id);
    }

    fn retransmit_request(&mut self, now: Instant, id: ClientId) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        // An INVITE's interval doubles without bound, others' up to T2 (RFC 3261 §17.1).
        client.interval = match client.method == Method::Invite {
            true => client.interval.saturating_mul(2),
            false => doubled(client.interval),
        };
        let (interval, flow, bytes) = (client.interval, client.flow, client.bytes.clone());
        self.timers.set(Timer::ClientRetransmit(id), now, interval);
        self.transmit(flow, bytes);
    }

    fn end_client(&mut self, now: Instant, id: ClientId) {
        let Some(client) = self.clients.get(id) else {
            return;
        };
        if client.finished {
            self.clients.remove(id);
        } else {
            self.conclude(now, id, timed_out(), Vec::new());
        }
    }

    fn retransmit_accepted(&mut self, now: Instant, id: DialogId) {
        let accepted = self
            .dialogs
            .get_mut(id)
            .and_then(|dialog| dialog.accepted.as_mut());
        let Some(accepted) = accepted else { return };
        accepted.interval = doubled(accepted.interval);
        let (interval, flow, bytes) = (accepted.interval, accepted.flow, accepted.bytes.clone());
        self.timers
            .set(Timer::AcceptedRetransmit(id), now, interval);
        self.transmit(flow, bytes);
    }

    /// No ACK in 64·T1: the session ends (RFC 3261 §13.3.1.4). A BYE that waited goes out now.
    fn no_ack(&mut self, now: Instant, id: DialogId) {
        self.timers.clear(Timer::AcceptedRetransmit(id));
        let Some(dialog) = self.dialogs.get_mut(id) else {
            return;
        };
        dialog.accepted = None;
        match dialog.held.take() {
            Some(bye) => self.start(now, bye),
            None => self.hang_up(now, id, Gone::NoAck),
        }
    }
}

//! After a fault: one bug costs one call, and that call still ends properly.

use super::Node;
use crate::admission::Refusal;
use crate::calls::{Call, Stage};
use crate::sweep::Order;
use journal::Why;
use model::SessionId;
use sip::DialogId;
use std::time::{Duration, Instant};

/// An INVITE waits for the disk for so long at most: then its client may still go elsewhere.
const UNWRITTEN_MAX: Duration = Duration::from_secs(3);

impl Node {
    /// Refuses the calls whose INVITE the disk has not taken in good time, and all others until
    /// it does.
    pub(super) fn refuse_unwritten(&mut self, now: Instant) {
        let waits = |(dialog, call): (&DialogId, &Call)| match call.stage {
            Stage::Opening(transaction)
                if now.saturating_duration_since(call.heard) >= UNWRITTEN_MAX =>
            {
                Some((*dialog, call.flow.peer.ip(), transaction))
            }
            Stage::Opening(_) | Stage::Live | Stage::Ending => None,
        };
        let late: Vec<_> = self.calls.iter().filter_map(waits).collect();
        self.admission.journal_stuck |= !late.is_empty();
        for (dialog, peer, transaction) in late {
            tracing::error!("the disk does not take an INVITE: it is refused");
            self.unavailable(peer, transaction, Refusal::Journal);
            self.end(dialog, Why::Error);
        }
    }

    /// Ends the calls that a fault of the loop took out of the table: nobody else would.
    pub(super) fn end_lost_calls(&mut self) {
        let lost = self.dialogs.iter();
        let lost = lost.filter(|(_, dialog)| !self.calls.contains_key(dialog));
        let lost: Vec<(SessionId, DialogId)> = lost.map(|(s, d)| (*s, *d)).collect();
        for (session, dialog) in lost {
            self.bye(dialog);
            let why = Why::Error;
            self.order(Order::Finish { session, why });
        }
    }

    /// A call that the sweep had to give up is still open for its client: tell it.
    pub(super) fn say_goodbye(&mut self, session: SessionId) {
        let Some(dialog) = self.dialogs.get(&session).copied() else {
            return;
        };
        let Some(call) = self.calls.get_mut(&dialog) else {
            return;
        };
        if call.stage == Stage::Live {
            call.stage = Stage::Ending;
            self.bye(dialog);
            self.end_other_half(dialog);
            self.show_end(dialog);
        }
    }

    /// Sends our BYE and journals it.
    pub(super) fn bye(&mut self, dialog: DialogId) {
        let (method, headers) = (sip::Method::Bye, sip::Headers::new());
        let now = Instant::now();
        let bye = self.endpoint.request(now, dialog, method, headers, vec![]);
        if let Some(bye) = bye {
            self.signal(dialog, true, &bye);
        }
    }
}

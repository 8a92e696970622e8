//! Refreshing a session when that is ours to do (RFC 4028 §10).
//!
//! By UPDATE where the peer takes it, else by re-INVITE with the SDP we sent last. A refresh that
//! fails for a while is tried again until the session is over: the recording goes on meanwhile.

use std::time::{Duration, Instant};

use super::Endpoint;
use super::wake::Timer;
use crate::dialog::DialogId;
use crate::message::{Headers, Method};
use crate::session_timer::Ask;

/// Between two tries when nothing better is known.
const RETRY: Duration = Duration::from_secs(10);

impl Endpoint {
    pub(super) fn refresh(&mut self, now: Instant, id: DialogId) {
        let Some(dialog) = self.dialogs.get(id) else {
            return;
        };
        if dialog.ending || dialog.session.is_none_or(|session| !session.we_refresh) {
            return;
        }
        let busy = [dialog.invite, dialog.update].iter().any(Option::is_some);
        if busy || dialog.offering.is_some() || dialog.accepted.is_some() {
            return self.timers.set(Timer::Refresh(id), now, RETRY);
        }
        match dialog.sdp.clone().filter(|_| !dialog.peer_takes_update) {
            Some(sdp) => {
                let mut headers = Headers::new();
                headers.push("Content-Type", "application/sdp");
                self.request_own(now, id, Method::Invite, headers, sdp);
            }
            None => self.request_own(now, id, Method::Update, Headers::new(), Vec::new()),
        }
    }

    pub(super) fn refresh_failed(
        &mut self,
        now: Instant,
        id: DialogId,
        status: u16,
        headers: &Headers,
    ) {
        let delay = match status {
            // Not ours is the Call-ID: up to two seconds, in steps of 10 ms (RFC 3261 §14.1).
            491 => Duration::from_millis(self.random_below(201).saturating_mul(10)),
            500 => retry_after(headers).unwrap_or(RETRY),
            _ => RETRY,
        };
        let Some(dialog) = self.dialogs.get_mut(id) else {
            return;
        };
        let Some(session) = dialog.session.as_mut() else {
            return;
        };
        let mut delay = delay;
        match status {
            405 | 501 if dialog.peer_takes_update => {
                dialog.peer_takes_update = false;
                delay = Duration::ZERO;
            }
            422 => {
                let min_s = Ask::of(headers).min_s();
                if let Some(min_s) = min_s.filter(|&min_s| min_s > session.interval_s) {
                    session.interval_s = min_s;
                    dialog.session_min_s = Some(min_s);
                    delay = Duration::ZERO;
                }
            }
            _ => {}
        }
        self.timers.set(Timer::Refresh(id), now, delay);
    }

    /// A number from 0 up to but without `limit`.
    fn random_below(&mut self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        (self.random)(&mut bytes);
        u64::from_be_bytes(bytes).checked_rem(limit).unwrap_or(0)
    }
}

fn retry_after(headers: &Headers) -> Option<Duration> {
    let text = headers.text("Retry-After")?;
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits
        .parse()
        .ok()
        .map(|seconds: u32| Duration::from_secs(u64::from(seconds)))
}

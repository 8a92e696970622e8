//! Session timers (RFC 4028): what was asked for, and what is agreed.
//!
//! A session timer is only agreed when the peer asks for one: a peer that merely supports them and
//! never refreshes would otherwise lose its recording.

use std::time::Duration;

use crate::message::{Headers, Params};

/// Which side of one transaction refreshes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Refresher {
    Uac,
    Uas,
}

/// What a request or a response says about session timers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    expires_s: Option<u32>,
    refresher: Option<Refresher>,
    min_s: Option<u32>,
    supported: bool,
}

/// An agreed session timer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Session {
    /// The interval without a refresh after which the session is over, in seconds.
    pub(crate) interval_s: u32,
    /// Whether refreshing is ours to do.
    pub(crate) we_refresh: bool,
}

impl Ask {
    pub(crate) fn of(headers: &Headers) -> Self {
        let value = headers.text("Session-Expires").unwrap_or_default();
        let (seconds, params) = value.split_once(';').unwrap_or((&value, ""));
        let params = Params::parse(params);
        let refresher = match params.get("refresher").flatten() {
            Some(side) if side.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(side) if side.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            _ => None,
        };
        let timer = |name| headers.has_token(name, "timer");
        Self {
            expires_s: number(seconds),
            refresher,
            min_s: headers.text("Min-SE").and_then(|value| number(&value)),
            supported: timer("Supported") || timer("Require"),
        }
    }

    /// Whether the interval is one to be refused with 422; only a peer that knows session timers
    /// can be told so.
    pub(crate) fn is_too_small(&self, min_s: u32) -> bool {
        self.supported && self.expires_s.is_some_and(|expires_s| expires_s < min_s)
    }

    /// The smallest interval the other side takes.
    pub(crate) fn min_s(&self) -> Option<u32> {
        self.min_s
    }

    /// What we agree to when answering; the peer refreshes when it can and does not object.
    pub(crate) fn agree(&self, min_s: u32, max_s: u32) -> Option<Session> {
        let expires_s = self.expires_s.filter(|&expires_s| expires_s >= min_s)?;
        let floor_s = self.min_s.unwrap_or(0).max(min_s);
        let refresher = match (self.supported, self.refresher) {
            (true, Some(refresher)) => refresher,
            (true, None) => Refresher::Uac,
            (false, _) => Refresher::Uas,
        };
        let interval_s = expires_s.min(max_s).max(floor_s);
        Some(Session {
            interval_s,
            we_refresh: refresher == Refresher::Uas,
        })
    }

    /// What a 2xx to a request of ours agrees to; without Session-Expires there is no timer.
    pub(crate) fn agreed(&self, min_s: u32) -> Option<Session> {
        let we_refresh = self.refresher != Some(Refresher::Uas);
        self.expires_s.map(|interval_s| Session {
            interval_s: interval_s.max(min_s),
            we_refresh,
        })
    }
}

impl Session {
    /// What a 2xx of ours agreed to.
    pub(crate) fn of_answer(headers: &Headers) -> Option<Self> {
        let ask = Ask::of(headers);
        let we_refresh = ask.refresher == Some(Refresher::Uas);
        ask.expires_s.map(|interval_s| Self {
            interval_s,
            we_refresh,
        })
    }

    /// Session-Expires in our answer.
    pub(crate) fn in_response(self) -> String {
        let refresher = if self.we_refresh { "uas" } else { "uac" };
        format!("{};refresher={refresher}", self.interval_s)
    }

    /// Session-Expires in our request; who refreshes stays as it is.
    pub(crate) fn in_request(self) -> String {
        let refresher = if self.we_refresh { "uac" } else { "uas" };
        format!("{};refresher={refresher}", self.interval_s)
    }

    /// When we refresh, if it is ours to do (RFC 4028 §10).
    pub(crate) fn refresh_after(self) -> Duration {
        Duration::from_millis(u64::from(self.interval_s).saturating_mul(500))
    }

    /// When a session that was not refreshed is over, a little early as RFC 4028 §10 wants.
    pub(crate) fn over_after(self) -> Duration {
        let early_s = (self.interval_s / 3).min(32);
        Duration::from_secs(u64::from(self.interval_s.saturating_sub(early_s)))
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = text.split(';').next().unwrap_or_default().trim();
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // More than 32 bits is a very long time all the same.
    all.then(|| digits.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(headers: &[(&str, &str)]) -> Ask {
        let mut list = Headers::new();
        for (name, value) in headers {
            list.push(name, *value);
        }
        Ask::of(&list)
    }

    #[test]
    fn the_peer_refreshes_when_it_can() {
        let agreed = |headers: &[(&str, &str)]| ask(headers).agree(90, 86_400);
        let session = |interval_s, we_refresh| {
            Some(Session {
                interval_s,
                we_refresh,
            })
        };
        assert_eq!(
            agreed(&[("x", "1800"), ("k", "siprec, timer")]),
            session(1800, false)
        );
        assert_eq!(
            agreed(&[("x", "1800;refresher=uas"), ("k", "timer")]),
            session(1800, true)
        );
        assert_eq!(agreed(&[("x", "1800;refresher=uac")]), session(1800, true));
        assert_eq!(
            agreed(&[("x", "999999999999"), ("k", "timer")]),
            session(86_400, false)
        );
        assert_eq!(agreed(&[("k", "timer")]), None);
        assert_eq!(agreed(&[("x", "60")]), None);
    }

    #[test]
    fn small_intervals_are_refused_to_those_who_understand() {
        assert!(ask(&[("Session-Expires", "60"), ("Supported", "timer")]).is_too_small(90));
        assert!(!ask(&[("Session-Expires", "60")]).is_too_small(90));
        assert!(!ask(&[("Session-Expires", "many"), ("Require", "timer")]).is_too_small(90));
    }

    #[test]
    fn over_a_little_early() {
        let over = |interval_s| {
            Session {
                interval_s,
                we_refresh: false,
            }
            .over_after()
            .as_secs()
        };
        assert_eq!([over(90), over(1800), over(0)], [60, 1768, 0]);
    }
}

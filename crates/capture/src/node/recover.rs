//! Calls that were held in their own files when the recorder stopped: kept or thrown away, by
//! what their journals say.

use super::verdict::{verdict_entry, verdict_of};
use crate::clocks::monotonic_ns;
use crate::parties::{Known, Messages};
use jiff::Timestamp;
use journal::{Append, Entry, Log};
use model::live::{LiveCall, LiveState};
use model::rules::{Snapshot, Verdict, decide};
use model::{Mode, SessionId};
use siprec::Caller;
use std::collections::BTreeSet;

/// Gives the last verdict on calls that are held and do not go on. Returns those to be thrown
/// away: also those that were being when the recorder stopped, `thrown_away`.
pub(super) fn judge_held(
    log: &Log,
    rules: &Snapshot,
    held: Vec<SessionId>,
    thrown_away: &BTreeSet<SessionId>,
) -> Vec<LiveCall> {
    let mut left = Vec::new();
    for session in held {
        let found = Found::read(log, session);
        let (verdict, known) = found.verdict(rules);
        if found.mode.is_none() || found.undecided {
            let append = Append {
                session,
                time_ns: monotonic_ns(),
                entry: verdict_entry(&verdict),
            };
            if let Err(error) = log.append(&[append]) {
                tracing::error!(session.id = %session, %error, "a verdict was not journalled");
            }
        }
        if verdict.mode == Mode::Always && !thrown_away.contains(&session) {
            let tell = move |result: Result<(), journal::Error>| {
                if let Err(error) = result {
                    tracing::error!(session.id = %session, %error, "a kept call is not safe");
                }
            };
            if let Err(error) = log.keep(session, monotonic_ns(), "", Box::new(tell)) {
                tracing::error!(session.id = %session, %error, "a call is not kept yet");
            }
        } else {
            left.push(found.shown(session, verdict, &known, rules));
        }
    }
    left
}

/// What a held call's journal says.
#[derive(Default)]
struct Found {
    mode: Option<Mode>,
    rule: String,
    undecided: bool,
    client: String,
    caller: Caller,
    at: Timestamp,
    messages: Messages,
}

impl Found {
    fn read(log: &Log, session: SessionId) -> Self {
        let mut found = Self::default();
        let journal = log.journal(session);
        let frames = journal.iter().flat_map(journal::Journal::frames);
        for frame in frames.filter_map(Result::ok) {
            match frame.entry() {
                Ok(Entry::Opened {
                    wall_ns,
                    client,
                    caller,
                    ..
                }) => {
                    client.clone_into(&mut found.client);
                    found.caller = caller.parse().unwrap_or_default();
                    found.at = Timestamp::from_nanosecond(wall_ns.into()).unwrap_or_default();
                }
                Ok(Entry::Verdict {
                    mode,
                    undecided,
                    rule,
                }) => {
                    found.mode = Mode::from_name(mode);
                    found.undecided = undecided;
                    rule.clone_into(&mut found.rule);
                }
                Ok(Entry::Signal {
                    sent: false,
                    dialog,
                    bytes,
                }) => found.messages.add(frame.time_ns, dialog, bytes.to_vec()),
                _ => {}
            }
        }
        found
    }

    fn verdict(&self, rules: &Snapshot) -> (Verdict, Known) {
        let known = Known::of(self.messages.facts(&self.caller), rules);
        let verdict = match self.mode.filter(|_| !self.undecided) {
            Some(mode) => verdict_of(mode),
            None => decide(rules, &known.call_facts(&self.client, self.at, true)),
        };
        (verdict, known)
    }

    fn shown(
        &self,
        session: SessionId,
        verdict: Verdict,
        known: &Known,
        rules: &Snapshot,
    ) -> LiveCall {
        let rule = verdict.rule.map(|(_, name)| name);
        LiveCall {
            session,
            recording: session.first_recording(),
            mode: verdict.mode,
            rule: rule.unwrap_or_else(|| self.rule.clone()),
            undecided: false,
            kept: false,
            pause: verdict.pause,
            state: LiveState::Processing,
            started_at: self.at,
            answered_at: self.at,
            local_number: known.local_number(),
            remote_number: known.remote_number(),
            remote_name: known.remote_name(),
            local_keys: known.local_keys().to_vec(),
            direction: known.direction(),
            device_name: String::new(),
            client: self.client.clone(),
            pbx_call_id: known.pbx_call_id(),
            paused: false,
            paused_by: None,
            participants: known.participants(rules),
            streams: Vec::new(),
            owner: None,
            group: None,
        }
    }
}

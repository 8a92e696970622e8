//! The verdict on a call.

use super::{Rule, RuleId, Snapshot, SnapshotRule};
use crate::mode::{Mode, Pause};
use crate::people::UserId;
use crate::recording::Direction;
use jiff::Timestamp;

/// What is known about a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallFacts {
    /// Everybody who is known to take part, the caller first where that is known. A party who
    /// is anonymous has no keys; one of whom nothing was said yet is left out.
    pub parties: Vec<CallParty>,
    /// Who called.
    pub direction: Direction,
    /// The recording client, or empty.
    pub client: String,
    /// When the call began.
    pub at: Timestamp,
    /// Whether the call is over: what is not known now will never be.
    pub over: bool,
}

/// A party of a call.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CallParty {
    /// Number and address, see [`crate::party::keys`].
    pub keys: Vec<String>,
    /// Whether it is ours, where the recording client says so.
    pub local: Option<bool>,
}

/// How a call is recorded, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// The mode; while `undecided`, the one that holds if nothing more becomes known.
    pub mode: Mode,
    /// The rule that gave it.
    pub rule: Option<(RuleId, String)>,
    /// Who may pause.
    pub pause: Pause,
    /// Whether a rule waits for something that is not known yet.
    pub undecided: bool,
    /// One line for each rule that was looked at.
    pub why: Vec<String>,
}

/// What a rule says about a call: `Err` tells what does not match or is missing.
enum Match {
    Yes,
    No(String),
    Open(String),
}

/// The verdict on a call.
#[must_use]
pub fn decide(snapshot: &Snapshot, call: &CallFacts) -> Verdict {
    let ours = ours(snapshot, call);
    let mut undecided = false;
    let mut why = Vec::new();
    for resolved in &snapshot.rules {
        let rule = &resolved.rule;
        let name = format!("rule {} \"{}\"", rule.position, rule.name);
        match matches(resolved, call, ours) {
            Match::Yes => {
                why.push(format!("{name} matches: {}", rule.mode.name()));
                return Verdict {
                    mode: rule.mode,
                    rule: Some((rule.id, rule.name.clone())),
                    pause: rule.pause,
                    undecided,
                    why,
                };
            }
            Match::No(reason) => why.push(format!("{name} does not match: {reason}")),
            Match::Open(reason) => {
                undecided = true;
                why.push(format!("{name} may still match: {reason}"));
            }
        }
    }
    why.push(format!("no rule matches: {}", Mode::default().name()));
    Verdict {
        mode: Mode::default(),
        rule: None,
        pause: Pause::default(),
        undecided,
        why,
    }
}

/// Which party is ours.
#[derive(Clone, Copy)]
enum Ours {
    Unknown,
    Stranger,
    User(UserId),
}

/// The party that is said to be ours, else the first that is a user and is not said to be the
/// other side.
fn ours(snapshot: &Snapshot, call: &CallFacts) -> Ours {
    let said = call.parties.iter().find(|party| party.local == Some(true));
    if let Some(party) = said {
        return snapshot
            .user(&party.keys)
            .map_or(Ours::Stranger, Ours::User);
    }
    let may_be_ours = call.parties.iter().filter(|p| p.local != Some(false));
    let mut users = may_be_ours.filter_map(|party| snapshot.user(&party.keys));
    match users.next() {
        Some(user) => Ours::User(user),
        None if call.over => Ours::Stranger,
        None => Ours::Unknown,
    }
}

fn matches(resolved: &SnapshotRule, call: &CallFacts, ours: Ours) -> Match {
    let rule = &resolved.rule;
    let checks = [
        client(rule, call),
        times(rule, call),
        direction(rule, call),
        number(rule, call),
        member(resolved, ours),
    ];
    // What does not match is final, whatever else is open.
    let mut open = None;
    for check in checks {
        match check {
            Match::No(reason) => return Match::No(reason),
            Match::Open(reason) if open.is_none() => open = Some(reason),
            Match::Open(_) | Match::Yes => {}
        }
    }
    open.map_or(Match::Yes, Match::Open)
}

fn client(rule: &Rule, call: &CallFacts) -> Match {
    match &rule.client {
        Some(client) if client.to_lowercase() != call.client.to_lowercase() => {
            Match::No(format!("the recording client is not {client}"))
        }
        _ => Match::Yes,
    }
}

fn times(rule: &Rule, call: &CallFacts) -> Match {
    let inside = |times: &super::Times| times.contains(call.at);
    if rule.times.is_empty() || rule.times.iter().any(inside) {
        return Match::Yes;
    }
    Match::No("the call began at another time".to_owned())
}

fn direction(rule: &Rule, call: &CallFacts) -> Match {
    match rule.direction {
        None => Match::Yes,
        Some(wanted) if wanted == call.direction => Match::Yes,
        Some(_) if call.direction == Direction::Unknown && !call.over => {
            Match::Open("who called is not known".to_owned())
        }
        Some(_) => Match::No("the direction is another one".to_owned()),
    }
}

fn number(rule: &Rule, call: &CallFacts) -> Match {
    let Some(pattern) = &rule.number else {
        return Match::Yes;
    };
    let mut keys = call.parties.iter().flat_map(|party| &party.keys);
    if keys.any(|key| pattern.matches(key)) {
        return Match::Yes;
    }
    if call.parties.len() < 2 && !call.over {
        return Match::Open("not all parties are known".to_owned());
    }
    Match::No(format!("no party has a number like {pattern}"))
}

fn member(resolved: &SnapshotRule, ours: Ours) -> Match {
    let Some(members) = &resolved.members else {
        return Match::Yes;
    };
    match ours {
        Ours::User(user) if members.contains(&user) => Match::Yes,
        Ours::Unknown if !members.is_empty() => Match::Open("our party is not known".to_owned()),
        Ours::User(_) | Ours::Unknown | Ours::Stranger => {
            Match::No("our party is another one".to_owned())
        }
    }
}

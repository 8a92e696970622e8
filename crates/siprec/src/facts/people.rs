//! Everybody who took part over the life of a call, and which lines they sent.

use std::collections::{HashMap, HashSet};

use sip::{Headers, NameAddr};

use super::{Facts, Participant, Presence, Signal};
use crate::{
    Caller,
    bib::{Leg, Side},
    metadata::{CUBE_PARTICIPANT, Metadata, Person, bare, same},
};

/// Most participants kept over the life of a call.
const PEOPLE_MAX: usize = 1024;
/// Most addresses kept of one participant.
const ADDRESSES_MAX: usize = 64;
/// Most times kept that one participant came and left.
const PRESENCES_MAX: usize = 256;
/// Most (line, sender) pairs kept.
const SENDERS_MAX: usize = 4096;

/// A line of one dialog.
pub(super) type LineOf = (u8, usize);

/// People in order of appearance.
#[derive(Clone, Debug, Default)]
pub(super) struct People {
    list: Vec<Seen>,
    index: HashMap<String, usize>,
    /// Who sent which line, in order of appearance.
    senders: Vec<(LineOf, usize)>,
    sends: HashSet<(LineOf, usize)>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    participant: Participant,
    /// The communication sessions taken part in, now or before.
    sessions: Vec<String>,
}

impl People {
    /// Takes the state of the metadata after a message of `dialog`. Nobody is ever removed:
    /// who has left was there.
    pub(super) fn learn(&mut self, metadata: &Metadata, dialog: u8, time_ns: u64) {
        for person in &metadata.people {
            self.meet(person);
        }
        for membership in &metadata.memberships {
            self.join(&membership.person, &membership.session);
        }
        // Metadata of one conversation that never say who is in it mean everybody they name.
        if let ([session], true) = (&metadata.sessions[..], metadata.memberships.is_empty()) {
            for person in &metadata.people {
                self.join(person.key(), &session.id);
            }
        }
        let streams = metadata
            .streams
            .iter()
            .filter(|stream| !stream.id.is_empty());
        let lines: HashMap<&str, usize> = streams
            .filter_map(|stream| Some((bare(&stream.id), stream.line?)))
            .collect();
        for association in &metadata.associations {
            let Some(person) = self.index.get(bare(&association.person)).copied() else {
                continue;
            };
            for stream in &association.sends {
                if let Some(line) = lines.get(bare(stream)) {
                    self.sent((dialog, *line), person);
                }
            }
        }
        // Whoever has left every communication session is there no more.
        let mut gone: HashMap<&str, bool> = HashMap::new();
        for membership in &metadata.memberships {
            *gone.entry(bare(&membership.person)).or_insert(true) &= membership.left;
        }
        let people = metadata.people.iter().map(|person| bare(person.key()));
        let present = people.filter(|person| !gone.get(person).copied().unwrap_or_default());
        let present = present.filter_map(|person| self.index.get(person).copied());
        self.present(&present.collect(), time_ns);
    }

    /// From now on these take part and nobody else.
    fn present(&mut self, present: &HashSet<usize>, time_ns: u64) {
        for (index, seen) in self.list.iter_mut().enumerate() {
            let presence = &mut seen.participant.presence;
            let room = presence.len() < PRESENCES_MAX;
            let open = presence.last_mut().filter(|last| last.until_ns.is_none());
            match (open, present.contains(&index)) {
                (Some(open), false) => open.until_ns = Some(time_ns),
                (None, true) if room => presence.push(Presence {
                    from_ns: time_ns,
                    until_ns: None,
                }),
                _ => {}
            }
        }
    }

    /// Notes that somebody takes part in a communication session.
    fn join(&mut self, person: &str, session: &str) {
        let seen = self.index.get(bare(person)).copied();
        let Some(seen) = seen.and_then(|index| self.list.get_mut(index)) else {
            return;
        };
        let known = seen.sessions.iter().any(|id| same(id, session));
        if !known && seen.sessions.len() < ADDRESSES_MAX {
            seen.sessions.push(session.to_owned());
        }
    }

    /// Takes what a phone's Built-in Bridge says in From. A new far end joins the ones before.
    pub(super) fn bridged(&mut self, leg: &Leg, signal: &Signal<'_>) {
        let mut present = HashSet::new();
        for (end, side) in [(&leg.near, Side::Near), (&leg.far, Side::Far)] {
            let person = Person {
                id: end.refci.clone(),
                addresses: Some(end.address.clone())
                    .filter(|address| !address.is_empty())
                    .into_iter()
                    .collect(),
                ..Person::default()
            };
            self.meet(&person);
            let index = self.index.get(bare(person.key())).copied();
            let Some(index) = index else { continue };
            if let Some(seen) = self.list.get_mut(index) {
                seen.participant.recorded |= side == Side::Near;
            }
            present.insert(index);
            if side == leg.side {
                self.sent((signal.dialog, 0), index);
            }
        }
        self.present(&present, signal.time_ns);
    }

    /// Takes what CUBE's dial-peer recording says in headers of its own.
    pub(super) fn forked(&mut self, headers: &Headers, signal: &Signal<'_>) {
        let mut present = HashSet::new();
        for text in headers.tokens(CUBE_PARTICIPANT) {
            let Ok(party) = NameAddr::parse(&text) else {
                continue;
            };
            let person = Person {
                addresses: vec![party.uri.aor()],
                name: party.display,
                ..Person::default()
            };
            self.meet(&person);
            let index = self.index.get(bare(person.key())).copied();
            present.extend(index);
            let lines = party.params.get("media-index").flatten();
            let lines = lines.or_else(|| party.uri.param("media-index").flatten());
            let lines = lines.unwrap_or_default().split([' ', ',']);
            for line in lines.filter_map(|line| line.parse().ok()) {
                if let Some(index) = index {
                    self.sent((signal.dialog, line), index);
                }
            }
        }
        // A message without the header says nothing of who is there.
        if !present.is_empty() {
            self.present(&present, signal.time_ns);
        }
    }

    /// Adds somebody known from a header alone, who sends `line`.
    pub(super) fn assume(&mut self, participant: Participant, line: Option<LineOf>) {
        let index = self.list.len();
        self.list.push(Seen {
            participant,
            ..Seen::default()
        });
        if let Some(line) = line {
            self.sent(line, index);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Writes those who took part in the communication session into the facts, whose streams
    /// are there already. `place` is the stream of a line; `known_sessions` those that metadata
    /// described: a membership in any other says nothing.
    pub(super) fn write(
        self,
        facts: &mut Facts,
        known_sessions: &[&str],
        place: impl Fn(LineOf) -> Option<usize>,
    ) {
        let current = facts.communication_session.as_deref().map(bare);
        let known: HashSet<&str> = known_sessions.iter().map(|id| bare(id)).collect();
        let belongs = |seen: &Seen| {
            let mut sessions = seen.sessions.iter().map(|id| bare(id));
            let described = || sessions.clone().any(|id| known.contains(id));
            !described() || sessions.any(|id| Some(id) == current)
        };
        let anybody = self.list.iter().any(belongs);
        let mut places = vec![None; self.list.len()];
        for (seen, place) in self.list.iter().zip(&mut places) {
            if belongs(seen) || !anybody {
                *place = Some(facts.participants.len());
                facts.participants.push(seen.participant.clone());
            }
        }
        for (line, person) in self.senders {
            let person = places.get(person).copied().flatten();
            let stream = place(line).and_then(|index| facts.streams.get_mut(index));
            if let (Some(person), Some(stream)) = (person, stream) {
                stream.senders.push(person);
            }
        }
    }

    fn meet(&mut self, person: &Person) {
        let key = bare(person.key());
        if key.is_empty() && person.name.is_none() {
            return;
        }
        let index = match self.index.get(key) {
            Some(index) => *index,
            None if self.list.len() >= PEOPLE_MAX => return,
            None => {
                let index = self.list.len();
                self.index.insert(key.to_owned(), index);
                let participant = Participant {
                    id: person.id.clone(),
                    ..Participant::default()
                };
                self.list.push(Seen {
                    participant,
                    ..Seen::default()
                });
                index
            }
        };
        let Some(seen) = self.list.get_mut(index) else {
            return;
        };
        let known = &mut seen.participant;
        // Whoever is told again under another address was not known better before: the latest
        // comes first, what was told earlier stays.
        let mut addresses = person.addresses.clone();
        for earlier in std::mem::take(&mut known.addresses) {
            if !addresses.contains(&earlier) {
                addresses.push(earlier);
            }
        }
        addresses.truncate(ADDRESSES_MAX);
        known.addresses = addresses;
        if person.name.is_some() {
            known.name.clone_from(&person.name);
        }
        known.caller = person.caller.or(known.caller);
    }

    fn sent(&mut self, line: LineOf, person: usize) {
        if self.senders.len() < SENDERS_MAX && self.sends.insert((line, person)) {
            self.senders.push((line, person));
        }
    }
}

/// Says who called: what vendor data said, else what the setting says; and where one is the
/// caller, the others are not.
pub(super) fn complete_callers(facts: &mut Facts, caller: &Caller, from: &[String]) {
    let nobody = |one: &Participant| one.caller == Some(false);
    if facts.participants.len() > 1 && facts.participants.iter().all(nobody) {
        // Of several people one called: that nobody did means that nobody knows.
        for participant in &mut facts.participants {
            participant.caller = None;
        }
    }
    if facts
        .participants
        .iter()
        .all(|participant| participant.caller.is_none())
    {
        let assumed = match caller {
            Caller::Unknown => None,
            Caller::FirstParticipant => Some(0),
            Caller::Label(label) => {
                let stream = |stream: &&super::StreamFacts| stream.label.as_ref() == Some(label);
                facts
                    .streams
                    .iter()
                    .find(stream)
                    .and_then(|stream| stream.senders.first().copied())
            }
            Caller::From => {
                let wanted = keys(from);
                let is_wanted = |participant: &Participant| {
                    keys(&participant.addresses)
                        .iter()
                        .any(|key| wanted.contains(key))
                };
                facts.participants.iter().position(is_wanted)
            }
        };
        if let Some(participant) = assumed.and_then(|index| facts.participants.get_mut(index)) {
            participant.caller = Some(true);
        }
    }
    let called = facts
        .participants
        .iter()
        .any(|one| one.caller == Some(true));
    let unsaid = facts
        .participants
        .iter()
        .filter(|one| one.caller.is_none())
        .count();
    // With two of whom one did not call, the other did.
    let other_called = !called && unsaid == 1 && facts.participants.len() == 2;
    for participant in &mut facts.participants {
        if participant.caller.is_none() && (called || other_called) {
            participant.caller = Some(other_called);
        }
    }
}

fn keys(addresses: &[String]) -> Vec<String> {
    addresses
        .iter()
        .flat_map(|address| model::party::keys(address))
        .collect()
}

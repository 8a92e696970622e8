//! Who takes part in a call that is still going on, as far as its messages say: for the rules
//! and for people who look. What ends up in a recording is derived again when it is settled.

use model::details::Participant;
use model::rules::{CallFacts, CallParty, Snapshot};
use model::{Direction, party};
use siprec::{Caller, Facts, Signal};

/// Most messages remembered of one call; the first one always is.
const MESSAGES_MAX: usize = 64;
/// Most bytes of them.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// The messages of a call that say who takes part: as they were journalled.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    messages: Vec<(u64, u8, Vec<u8>)>,
}

impl Messages {
    /// Remembers a message that was received in a dialog of the session; of too many, the
    /// second oldest goes.
    pub(crate) fn add(&mut self, time_ns: u64, dialog: u8, bytes: Vec<u8>) {
        self.messages.push((time_ns, dialog, bytes));
        let too_many = |messages: &Vec<(u64, u8, Vec<u8>)>| {
            let bytes: usize = messages.iter().map(|(.., bytes)| bytes.len()).sum();
            messages.len() > MESSAGES_MAX || bytes > MESSAGE_BYTES_MAX
        };
        while self.messages.len() > 2 && too_many(&self.messages) {
            self.messages.remove(1);
        }
    }

    /// What they claim.
    pub(crate) fn facts(&self, caller: &Caller) -> Facts {
        let signals = self.messages.iter().map(|(time_ns, dialog, bytes)| Signal {
            sent: false,
            dialog: *dialog,
            time_ns: *time_ns,
            bytes,
        });
        siprec::facts(signals, caller)
    }
}

/// What is known of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    facts: Facts,
    /// Keys of each participant.
    keys: Vec<Vec<String>>,
    /// Which participant is ours.
    local: Option<usize>,
    /// Whether that is evidence and not a guess.
    certain: bool,
}

impl Known {
    /// Looks at who is whose.
    pub(crate) fn of(facts: Facts, rules: &Snapshot) -> Self {
        let keys: Vec<Vec<String>> = facts.participants.iter().map(keys_of).collect();
        let recorded = facts.participants.iter().position(|p| p.recorded);
        let ours: Vec<usize> = (0..keys.len())
            .filter(|n| rules.user(&keys[*n]).is_some())
            .collect();
        let first_audio = facts.streams.iter().find(|stream| stream.accepted);
        let first_sender = first_audio.and_then(|stream| stream.senders.first().copied());
        let caller = ours
            .iter()
            .find(|n| facts.participants[**n].caller == Some(true));
        let (local, certain) = match (recorded, &ours[..]) {
            (Some(recorded), _) => (Some(recorded), true),
            (None, [one]) => (Some(*one), true),
            (None, [_, _, ..]) => (
                caller
                    .copied()
                    .or(first_sender)
                    .or_else(|| ours.first().copied()),
                true,
            ),
            (None, []) => (
                first_sender.or_else(|| (!keys.is_empty()).then_some(0)),
                false,
            ),
        };
        Self {
            facts,
            keys,
            local,
            certain,
        }
    }

    /// As the rules ask for it.
    pub(crate) fn call_facts(&self, client: &str, at: jiff::Timestamp, over: bool) -> CallFacts {
        let somebody_said = self.facts.participants.iter().any(|p| p.recorded);
        let mut parties: Vec<(bool, CallParty)> = Vec::new();
        for (participant, keys) in self.facts.participants.iter().zip(&self.keys) {
            if participant.addresses.is_empty() {
                continue;
            }
            let party = CallParty {
                keys: keys.clone(),
                local: somebody_said.then_some(participant.recorded),
            };
            parties.push((participant.caller != Some(true), party));
        }
        parties.sort_by_key(|(not_caller, _)| *not_caller);
        CallFacts {
            parties: parties.into_iter().map(|(_, party)| party).collect(),
            direction: self.direction(),
            client: client.to_owned(),
            at,
            over,
        }
    }

    /// Who called, where it is known which party is ours.
    pub(crate) fn direction(&self) -> Direction {
        let Some(local) = self.local.filter(|_| self.certain) else {
            return Direction::Unknown;
        };
        let others = self.facts.participants.iter().enumerate();
        let mut others = others.filter(|(number, _)| *number != local);
        match self.facts.participants[local].caller {
            Some(true) => Direction::Outgoing,
            Some(false) => Direction::Incoming,
            None if others.any(|(_, other)| other.caller == Some(true)) => Direction::Incoming,
            None => Direction::Unknown,
        }
    }

    pub(crate) fn local_keys(&self) -> &[String] {
        self.local.map_or(&[], |local| &self.keys[local])
    }

    /// Whether a line of this number is in the call: its local party's, or any party's while
    /// nobody says which one is local.
    pub(crate) fn is_line(&self, number: &str) -> bool {
        let key = party::key(number);
        let mut asked: Vec<&[String]> = vec![self.local_keys()];
        if !self.certain {
            asked.extend(self.keys.iter().map(Vec::as_slice));
        }
        asked.iter().any(|keys| keys.contains(&key))
    }

    /// Whether somebody has one of these keys.
    pub(crate) fn has_any(&self, keys: &[String]) -> bool {
        self.keys.iter().flatten().any(|key| keys.contains(key))
    }

    pub(crate) fn local_number(&self) -> String {
        self.local
            .map(|local| number_of(&self.facts.participants[local]))
            .unwrap_or_default()
    }

    fn remote(&self) -> Option<&siprec::Participant> {
        let all = self.facts.participants.iter().enumerate();
        let mut others = all.filter(|(number, _)| Some(*number) != self.local);
        others.next().map(|(_, participant)| participant)
    }

    pub(crate) fn remote_number(&self) -> String {
        self.remote().map(number_of).unwrap_or_default()
    }

    pub(crate) fn remote_name(&self) -> String {
        let name = self.remote().and_then(|remote| remote.name.clone());
        name.unwrap_or_default()
    }

    pub(crate) fn pbx_call_id(&self) -> Option<String> {
        self.facts.pbx_call_id.clone()
    }

    pub(crate) fn participants(&self, rules: &Snapshot) -> Vec<Participant> {
        let all = self.facts.participants.iter().zip(&self.keys).enumerate();
        all.map(|(number, (participant, keys))| Participant {
            address: participant.addresses.first().cloned().unwrap_or_default(),
            number: number_of(participant),
            name: participant.name.clone().unwrap_or_default(),
            user: rules.user(keys),
            username: String::new(),
            local: self.local == Some(number),
            present: Vec::new(),
        })
        .collect()
    }

    /// The label of an m-line, and the encoding it will most likely carry.
    pub(crate) fn stream(&self, index: u16) -> (String, String) {
        let stream = self
            .facts
            .streams
            .iter()
            .find(|stream| stream.index == index);
        let label = stream.and_then(|stream| stream.label.clone());
        let formats = stream.and_then(|stream| stream.formats.last());
        let codec = formats.and_then(|epoch| epoch.formats.first());
        let codec = codec.map(|format| format.encoding.clone());
        (label.unwrap_or_default(), codec.unwrap_or_default())
    }
}

fn keys_of(participant: &siprec::Participant) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for key in participant
        .addresses
        .iter()
        .flat_map(|address| party::keys(address))
    {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn number_of(participant: &siprec::Participant) -> String {
    let mut numbers = participant
        .addresses
        .iter()
        .map(|address| party::number(address));
    numbers
        .find(|number| !number.is_empty())
        .unwrap_or_default()
}

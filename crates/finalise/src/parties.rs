//! Who took part, and which side is ours, by evidence.

use crate::Error;
use crate::sound::is_elsewhere;
use crate::story::{self, Story, Which};
use crate::unlock::Unlock;
use journal::{Journal, Sides};
use model::people::UserId;
use model::{Direction, RecordingId};
use siprec::{Facts, StreamFacts};
use std::ops::ControlFlow;

/// What a journal says about who took part in one recording.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parties {
    /// Which recording.
    pub recording: RecordingId,
    /// Everybody who may be the local party, in order of appearance.
    pub candidates: Vec<Candidate>,
    /// The first audio m-line.
    pub first_audio: Option<u16>,
    /// Streams with sound, in order of their first packet.
    pub talked: Vec<u16>,
    /// Whether there is anything to keep: false without an accepted audio m-line and a packet,
    /// and for an INVITE that was never answered; true when nobody can tell.
    pub keep: bool,
}

/// Somebody who took part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// [`model::party::keys`] of every address.
    pub keys: Vec<String>,
    /// The number that is shown, or empty.
    pub number: String,
    /// The m-lines this party sent on.
    pub streams: Vec<u16>,
    /// Whether this party called; `None`: nobody said.
    pub caller: Option<bool>,
    /// Whether vendor data names this party as the recorded one.
    pub recorded: bool,
}

/// Reads who took part in a recording; what to ask the catalogue about.
///
/// # Errors
/// [`Error::Journal`] and [`Error::NotBegun`].
pub fn parties(journal: &Journal, recording: RecordingId) -> Result<Parties, Error> {
    of_story(&Story::read(journal, recording)?, journal, recording)
}

/// The same, unless the journal says already which side is ours: then there is nothing to ask.
///
/// # Errors
/// [`Error::Journal`] and [`Error::NotBegun`].
pub fn unknown_parties(
    journal: &Journal,
    recording: RecordingId,
) -> Result<Option<Parties>, Error> {
    let story = Story::read(journal, recording)?;
    let known = story.sides.is_some();
    let asked = (!known).then(|| of_story(&story, journal, recording));
    asked.transpose()
}

fn of_story(story: &Story, journal: &Journal, recording: RecordingId) -> Result<Parties, Error> {
    let facts = story.facts();
    let mut talked: Vec<u16> = Vec::new();
    let mut unlock = Unlock::new(&story.keys, &facts);
    // Streams whose messages are lost as well: of each that was received, what was not taken is
    // counted.
    let known = facts.streams.iter().map(|stream| stream.index);
    let mut silent: Vec<u16> = known.chain(story.counted.keys().copied()).collect();
    silent.retain(|stream| !is_elsewhere(&facts, *stream));
    let each = |packet: story::Arrived<'_>| {
        if is_elsewhere(&facts, packet.stream) {
            return Ok(ControlFlow::Continue(()));
        }
        if !talked.contains(&packet.stream) && rtp::Packet::parse(packet.bytes).is_ok() {
            talked.push(packet.stream);
            silent.retain(|stream| *stream != packet.stream);
        }
        // Once all have talked there is nobody left to wait for.
        Ok(if silent.is_empty() && !facts.streams.is_empty() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    };
    let lost_frames = story::packets(journal, recording, Which::Sound, &mut unlock, each)?;
    Ok(of(recording, story, &facts, talked, lost_frames))
}

/// The same without listening: `talked` are the streams that are taken to have sound, and so
/// many frames are missing.
pub(crate) fn of(
    recording: RecordingId,
    story: &Story,
    facts: &Facts,
    talked: Vec<u16>,
    lost_frames: u64,
) -> Parties {
    let candidates = facts
        .participants
        .iter()
        .enumerate()
        .map(|(number, participant)| {
            let sends = |stream: &&StreamFacts| stream.senders.contains(&number);
            Candidate {
                keys: keys(&participant.addresses),
                number: number_of(&participant.addresses),
                streams: facts
                    .streams
                    .iter()
                    .filter(sends)
                    .map(|stream| stream.index)
                    .collect(),
                caller: participant.caller,
                recorded: participant.recorded,
            }
        });
    let accepted = facts.streams.iter().find(|stream| stream.accepted);
    Parties {
        recording,
        candidates: candidates.collect(),
        first_audio: accepted
            .map(|stream| stream.index)
            .or_else(|| talked.iter().min().copied()),
        keep: !talked.is_empty() || lost_frames > 0 || (accepted.is_some() && !story.refused),
        talked,
    }
}

/// Decides which side is ours. `owners` says for each candidate, in order, which user its
/// numbers belong to.
///
/// By evidence: the party the vendor calls the recorded one; else the only one who is a user;
/// else, among users, the one who called; else, assumed, the sender of the first audio m-line.
#[must_use]
pub fn sides(parties: &Parties, owners: &[Option<UserId>]) -> Sides {
    let owner_of = |number: usize| owners.get(number).copied().flatten();
    let (local, assumed) = local_party(parties, owner_of);
    let candidate = local.and_then(|number| parties.candidates.get(number));
    let (left, guessed) = left_streams(parties, local);
    Sides {
        recording: parties.recording,
        left,
        local: candidate
            .map(|candidate| candidate.number.clone())
            .unwrap_or_default(),
        remote: remote_number(parties, local),
        owner: local.and_then(owner_of),
        assumed: assumed || guessed,
        direction: direction(parties, local),
        users: users(parties, owner_of),
    }
}

/// Who of them are users, by the first of their keys.
fn users(parties: &Parties, owner_of: impl Fn(usize) -> Option<UserId>) -> Vec<(String, UserId)> {
    let candidates = parties.candidates.iter().enumerate();
    candidates
        .filter_map(|(number, candidate)| {
            Some((candidate.keys.first()?.clone(), owner_of(number)?))
        })
        .collect()
}

/// The streams of the local party, and whether they are a guess: metadata may leave out who
/// sends what, or say that everybody sends everything.
fn left_streams(parties: &Parties, local: Option<usize>) -> (Vec<u16>, bool) {
    let streams_of = |number: usize| parties.candidates.get(number).map(|c| c.streams.as_slice());
    let own = local.and_then(streams_of).unwrap_or_default();
    let others = (0..parties.candidates.len()).filter(|number| Some(*number) != local);
    let others: Vec<u16> = others.filter_map(streams_of).flatten().copied().collect();
    let heard = parties.first_audio.iter().chain(&parties.talked);
    if own.is_empty() {
        let unclaimed = heard.filter(|stream| !others.contains(stream)).min();
        return (
            unclaimed.into_iter().copied().collect(),
            unclaimed.is_some(),
        );
    }
    let nothing_right = heard.chain(&others).all(|stream| own.contains(stream));
    if own.len() == 1 || !nothing_right || !own.iter().any(|stream| others.contains(stream)) {
        return (own.to_vec(), false);
    }
    let alone: Vec<u16> = own
        .iter()
        .filter(|stream| !others.contains(stream))
        .copied()
        .collect();
    let first = || own.iter().take(1).copied().collect();
    (if alone.is_empty() { first() } else { alone }, true)
}

/// The index of the local party, and whether it is a guess.
fn local_party(
    parties: &Parties,
    owner_of: impl Fn(usize) -> Option<UserId>,
) -> (Option<usize>, bool) {
    let all = || parties.candidates.iter().enumerate();
    if let Some((number, _)) = all().find(|(_, candidate)| candidate.recorded) {
        return (Some(number), false);
    }
    let users = || all().filter(|(number, _)| owner_of(*number).is_some());
    let sends_first = |candidate: &Candidate| {
        parties
            .first_audio
            .is_some_and(|first| candidate.streams.contains(&first))
    };
    match users().count() {
        0 => {
            let first = all().find(|(_, candidate)| sends_first(candidate));
            (
                first.or_else(|| all().next()).map(|(number, _)| number),
                true,
            )
        }
        1 => (users().next().map(|(number, _)| number), false),
        _ => {
            let caller = users().find(|(_, candidate)| candidate.caller == Some(true));
            let first = || users().find(|(_, candidate)| sends_first(candidate));
            let guess = || first().or_else(|| users().next());
            (
                caller.or_else(guess).map(|(number, _)| number),
                caller.is_none(),
            )
        }
    }
}

/// The number of the first remote party that talked; of the first one when none did.
fn remote_number(parties: &Parties, local: Option<usize>) -> String {
    let is_remote = |number: &usize| Some(*number) != local;
    let remotes = || {
        let numbered = parties.candidates.iter().enumerate();
        numbered
            .filter(|(number, _)| is_remote(number))
            .map(|(_, candidate)| candidate)
    };
    let talking = |stream: &u16| remotes().find(|candidate| candidate.streams.contains(stream));
    let first = parties
        .talked
        .iter()
        .find_map(talking)
        .or_else(|| remotes().next());
    first
        .map(|candidate| candidate.number.clone())
        .unwrap_or_default()
}

/// Who called, if anybody says so of the local party or, for two parties, of the other one.
fn direction(parties: &Parties, local: Option<usize>) -> Direction {
    let called = |number: usize| parties.candidates.get(number).and_then(|c| c.caller);
    let Some(local) = local else {
        return Direction::Unknown;
    };
    let others = || (0..parties.candidates.len()).filter(|number| *number != local);
    match called(local) {
        Some(true) => Direction::Outgoing,
        Some(false) => Direction::Incoming,
        None if others().any(|number| called(number) == Some(true)) => Direction::Incoming,
        None => Direction::Unknown,
    }
}

fn number_of(addresses: &[String]) -> String {
    let mut numbers = addresses
        .iter()
        .map(|address| model::party::number(address));
    numbers
        .find(|number| !number.is_empty())
        .unwrap_or_default()
}

fn keys(addresses: &[String]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for key in addresses
        .iter()
        .flat_map(|address| model::party::keys(address))
    {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

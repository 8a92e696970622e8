//! What people and rules did to a recording: who wanted it, who paused and who marked it.

use crate::story::Story;
use crate::{Error, Report};
use jiff::Timestamp;
use journal::{Mark, Sides};
use model::details::{LiveMark, Loss, Participant, PauseSpan, Span};
use model::{Details, Mode, party};
use siprec::Facts;
use std::collections::BTreeSet;

/// What a session's frames say, besides sound and messages, of what was done to it.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    pub(crate) client: String,
    pub(crate) node: String,
    pub(crate) mode: Mode,
    pub(crate) rule: String,
    marks: Vec<Deed>,
}

#[derive(Debug)]
struct Deed {
    time_ns: u64,
    what: Mark,
    stream: Option<u16>,
    who: String,
    text: String,
}

impl Deeds {
    pub(crate) fn verdict(&mut self, mode: &str, rule: &str) {
        self.mode = Mode::from_name(mode).unwrap_or_default();
        rule.clone_into(&mut self.rule);
    }

    pub(crate) fn mark(
        &mut self,
        time_ns: u64,
        what: Mark,
        stream: Option<u16>,
        who: &str,
        text: &str,
    ) {
        self.marks.push(Deed {
            time_ns,
            what,
            stream,
            who: who.to_owned(),
            text: text.to_owned(),
        });
    }

    /// The times somebody paused all of it, and those the recording client paused all of
    /// `streams`; a pause nobody ended goes on.
    fn pauses(&self, streams: &BTreeSet<u16>) -> Vec<(u64, u64, &str)> {
        let mut pauses = Vec::new();
        let mut by_people: Option<(u64, &str)> = None;
        let mut by_client: Option<u64> = None;
        let mut silent: BTreeSet<u16> = BTreeSet::new();
        for deed in &self.marks {
            match (deed.what, deed.stream) {
                (Mark::Pause, None) => {
                    by_people.get_or_insert((deed.time_ns, &deed.who));
                }
                // A stop ends the pause too.
                (Mark::Resume | Mark::Stop, None) => {
                    if let Some((from, who)) = by_people.take() {
                        pauses.push((from, deed.time_ns, who));
                    }
                }
                (Mark::Pause, Some(stream)) => {
                    silent.insert(stream);
                    if !streams.is_empty() && streams.is_subset(&silent) {
                        by_client.get_or_insert(deed.time_ns);
                    }
                }
                (Mark::Resume, Some(stream)) => {
                    silent.remove(&stream);
                    if let Some(from) = by_client.take_if(|_| !streams.is_subset(&silent)) {
                        pauses.push((from, deed.time_ns, CLIENT));
                    }
                }
                _ => {}
            }
        }
        pauses.extend(by_people.map(|(from, who)| (from, u64::MAX, who)));
        pauses.extend(by_client.map(|from| (from, u64::MAX, CLIENT)));
        pauses.sort_by_key(|(from, ..)| *from);
        pauses
    }
}

/// Who paused, when it was in the signalling.
const CLIENT: &str = "client";

/// The place of an instant in the sound, in milliseconds.
struct Places {
    start_ns: i128,
    end_ms: u64,
}

impl Places {
    fn of(&self, time_ns: u64) -> u64 {
        let ms = (i128::from(time_ns) - self.start_ns).div_euclid(1_000_000);
        u64::try_from(ms.max(0))
            .unwrap_or(u64::MAX)
            .min(self.end_ms)
    }
}

/// What a row says of a recording beyond its facts. `start_ns` is the instant of sample 0.
pub(crate) fn details(
    story: &Story,
    facts: &Facts,
    sides: &Sides,
    report: &Report,
    start_ns: i128,
    duration_ms: u64,
) -> Result<Details, Error> {
    let places = Places {
        start_ns,
        end_ms: duration_ms,
    };
    let deeds = &story.deeds;
    let inside = |time_ns: u64| (story.began_ns..=story.ended_ns).contains(&time_ns);
    let accepted = facts.streams.iter().filter(|stream| stream.accepted);
    let streams: BTreeSet<u16> = accepted.map(|stream| stream.index).collect();
    let pauses = deeds.pauses(&streams).into_iter();
    let pauses = pauses.filter(|(from, to, _)| *to > story.began_ns && *from < story.ended_ns);
    let flags = deeds.marks.iter().filter(|deed| deed.what == Mark::Flag);
    let mark = |deed: &Deed| {
        let ms = story.wall_ns(deed.time_ns.into()).div_euclid(1_000_000);
        let at = Timestamp::from_millisecond(ms);
        Ok(LiveMark {
            offset_ms: places.of(deed.time_ns),
            text: deed.text.clone(),
            who: deed.who.clone(),
            at: at.map_err(|_outside| Error::Time(sides.recording))?,
        })
    };
    let marks = flags.filter(|deed| inside(deed.time_ns)).map(mark);
    let sound = !report.streams.is_empty();
    Ok(Details {
        trigger: deeds.mode,
        rule: deeds.rule.clone(),
        client: deeds.client.clone(),
        node: deeds.node.clone(),
        channels: if sound { 2 } else { 0 },
        sample_rate: if sound { report.sample_rate } else { 0 },
        codecs: codecs(report),
        pauses: pauses
            .map(|(from, to, who)| PauseSpan {
                span: Span {
                    from_ms: places.of(from),
                    to_ms: places.of(to),
                },
                by: who.to_owned(),
            })
            .collect(),
        loss: loss(report),
        one_way: report.one_way,
        participants: participants(facts, sides, &places),
        marks: marks.collect::<Result<_, Error>>()?,
        ..Details::default()
    })
}

fn codecs(report: &Report) -> Vec<String> {
    let mut codecs: Vec<String> = Vec::new();
    for name in report.streams.iter().flat_map(|stream| &stream.encodings) {
        if !codecs.contains(name) {
            codecs.push(name.clone());
        }
    }
    codecs
}

fn loss(report: &Report) -> Loss {
    let mut loss = Loss::default();
    for stream in &report.streams {
        loss.packets += stream.packets;
        loss.lost += stream.lost;
        loss.discarded += stream.discarded;
        loss.gaps += stream.gaps;
    }
    loss
}

fn participants(facts: &Facts, sides: &Sides, places: &Places) -> Vec<Participant> {
    let mut local_found = false;
    let participants = facts.participants.iter().map(|participant| {
        let addresses = &participant.addresses;
        let mut numbers = addresses.iter().map(|address| party::number(address));
        let number = numbers
            .find(|number| !number.is_empty())
            .unwrap_or_default();
        let keys: Vec<String> = addresses.iter().flat_map(|a| party::keys(a)).collect();
        let user = sides.users.iter().find(|(key, _)| keys.contains(key));
        let local = !local_found && number == sides.local;
        local_found |= local;
        Participant {
            address: addresses.first().cloned().unwrap_or_default(),
            number,
            name: participant.name.clone().unwrap_or_default(),
            user: user
                .map(|(_, user)| *user)
                .or_else(|| sides.owner.filter(|_| local)),
            username: String::new(),
            local,
            present: participant
                .presence
                .iter()
                .map(|presence| Span {
                    from_ms: places.of(presence.from_ns),
                    to_ms: places.of(presence.until_ns.unwrap_or(u64::MAX)),
                })
                .filter(|span| span.from_ms < span.to_ms)
                .collect(),
        }
    });
    participants.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_one_of_everything() {
        let mut deeds = Deeds::default();
        deeds.mark(10, Mark::Pause, None, "john", "");
        deeds.mark(12, Mark::Pause, Some(0), CLIENT, "");
        deeds.mark(15, Mark::Resume, None, "jane", "");
        deeds.mark(20, Mark::Pause, Some(1), CLIENT, "");
        deeds.mark(30, Mark::Resume, Some(1), CLIENT, "");
        deeds.mark(40, Mark::Pause, None, "jane", "");
        let both = BTreeSet::from([0, 1]);
        let expected = [(10, 15, "john"), (20, 30, CLIENT), (40, u64::MAX, "jane")];
        assert_eq!(deeds.pauses(&both), expected);
    }
}

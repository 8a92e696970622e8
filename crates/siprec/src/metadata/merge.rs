//! Brings a new document together with what was known: a complete one replaces, a partial one
//! changes (RFC 7865 section 5.1.2, RFC 7866 section 9.1).

use std::collections::HashMap;
use std::hash::Hash;

use super::{
    Association, CommunicationSession, LabelledLine, Membership, Metadata, Person, Stream, bare,
    same,
};

impl Metadata {
    /// The state after `newer` came. `lines` are the m-lines its labels refer to: those of the
    /// same message, or else those in force.
    pub(crate) fn merged(known: Option<Self>, mut newer: Self, lines: &[LabelledLine<'_>]) -> Self {
        newer.resolve(lines);
        match known {
            Some(mut known) if newer.partial => {
                known.change(newer);
                known
            }
            Some(known) => {
                let mut vendor = known.vendor;
                vendor.update(std::mem::take(&mut newer.vendor));
                newer.vendor = vendor;
                newer
            }
            None => {
                if newer.partial {
                    newer
                        .oddities
                        .push("Partial metadata came without complete ones.".into());
                    newer.partial = false;
                }
                newer
            }
        }
    }

    fn change(&mut self, newer: Self) {
        let group = |id: &String| bare(id).to_owned();
        change(&mut self.groups, newer.groups, group, replace);
        change(&mut self.left, newer.left, group, replace);
        let session = |session: &CommunicationSession| bare(&session.id).to_owned();
        change(&mut self.sessions, newer.sessions, session, |known, new| {
            // A changed session keeps what the change does not mention.
            known.group = new.group.or_else(|| known.group.take());
            known.sip_session = new.sip_session.or_else(|| known.sip_session.take());
            known.start = new.start.or_else(|| known.start.take());
            known.stop = new.stop.or_else(|| known.stop.take());
        });
        let person = |person: &Person| bare(person.key()).to_owned();
        change(&mut self.people, newer.people, person, replace);
        let stream = |stream: &Stream| bare(&stream.id).to_owned();
        change(&mut self.streams, newer.streams, stream, |known, new| {
            known.session = new.session.or_else(|| known.session.take());
            if new.label.is_some() {
                known.label = new.label;
                known.line = new.line;
            } else {
                known.line = new.line.or(known.line);
            }
        });
        let membership = |one: &Membership| {
            let (person, session) = (bare(&one.person), bare(&one.session));
            (person.to_owned(), session.to_owned())
        };
        change(
            &mut self.memberships,
            newer.memberships,
            membership,
            replace,
        );
        let association = |one: &Association| bare(&one.person).to_owned();
        change(
            &mut self.associations,
            newer.associations,
            association,
            replace,
        );
        self.vendor.update(newer.vendor);
        self.oddities = newer.oddities;
    }

    fn resolve(&mut self, lines: &[LabelledLine<'_>]) {
        let sound: Vec<usize> = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.sound)
            .map(|(at, _)| at)
            .collect();
        let unlabelled = lines.iter().all(|line| line.label.is_none());
        let by_order = unlabelled && self.streams.len() == sound.len() && sound.len() > 1;
        for (order, stream) in self.streams.iter_mut().enumerate() {
            stream.line = line_of(stream, lines, &sound, unlabelled);
            if stream.line.is_none() && by_order {
                stream.line = sound.get(order).copied();
            }
        }
        if by_order && self.streams.iter().any(|stream| stream.label.is_some()) {
            self.oddities
                .push("No m-line has a label: streams were taken in order.".into());
        }
    }

    /// The communication session in force: the one that was, while it goes on; else the first
    /// that goes on; else the one that was.
    pub(crate) fn in_force(&self, current: Option<&str>) -> Option<&CommunicationSession> {
        let is_current =
            |session: &&CommunicationSession| current.is_some_and(|id| same(id, &session.id));
        self.running()
            .find(is_current)
            .or_else(|| self.running().next())
            .or_else(|| self.sessions.iter().find(is_current))
    }

    /// The communication sessions that go on.
    pub(crate) fn running(&self) -> impl Iterator<Item = &CommunicationSession> {
        self.sessions.iter().filter(|session| {
            let left = self.left.iter().any(|id| same(id, &session.id));
            session.stop.is_none() && !left && !session.id.is_empty()
        })
    }

    /// Whether it is said of a communication session that it has ended, or left.
    pub(crate) fn is_over(&self, id: &str) -> bool {
        let mut sessions = self.sessions.iter();
        let stopped = sessions.any(|known| known.stop.is_some() && same(&known.id, id));
        stopped || self.left.iter().any(|left| same(left, id))
    }

    /// Whether this stands in for metadata that come later: streams without an identifier
    /// (Avaya, before the parties are known).
    pub(crate) fn is_dummy(&self) -> bool {
        !self.streams.is_empty() && self.streams.iter().all(|stream| stream.id.is_empty())
    }
}

/// The m-line of a stream: the one with its label; where labels say nothing, the only one.
fn line_of(
    stream: &Stream,
    lines: &[LabelledLine<'_>],
    sound: &[usize],
    unlabelled: bool,
) -> Option<usize> {
    let label = stream.label.as_deref();
    let labelled = label.and_then(|label| lines.iter().position(|line| line.label == Some(label)));
    labelled.or_else(|| match sound {
        [only] if unlabelled || label.is_none() => Some(*only),
        _ => None,
    })
}

/// Joins each new element to the one of the same key, or puts it at the end. Messages may have
/// thousands of elements: no list is searched through for each.
fn change<T, K: Eq + Hash>(
    list: &mut Vec<T>,
    new: Vec<T>,
    key: impl Fn(&T) -> K,
    join: impl Fn(&mut T, T),
) {
    /// Most elements kept of one kind over the life of a call.
    const ELEMENTS_MAX: usize = 4096;
    let mut places: HashMap<K, usize> = HashMap::new();
    for (place, known) in list.iter().enumerate() {
        places.entry(key(known)).or_insert(place);
    }
    for element in new {
        let key = key(&element);
        let known = places.get(&key).and_then(|place| list.get_mut(*place));
        if let Some(known) = known {
            join(known, element);
        } else if list.len() < ELEMENTS_MAX {
            places.insert(key, list.len());
            list.push(element);
        }
    }
}

fn replace<T>(known: &mut T, new: T) {
    *known = new;
}

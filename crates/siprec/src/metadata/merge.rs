//! Brings a new document together with what was known: a complete one replaces, a partial one
//! changes (RFC 7865 section 5.1.2, RFC 7866 section 9.1).

use super::{CommunicationSession, LabelledLine, Metadata, Stream, same};

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
        replace(&mut self.groups, newer.groups, |known, new| {
            same(known, new)
        });
        for session in newer.sessions {
            self.change_session(session);
        }
        replace(&mut self.left, newer.left, |known, new| same(known, new));
        replace(&mut self.people, newer.people, |known, new| {
            same(known.key(), new.key())
        });
        for mut stream in newer.streams {
            let known = self
                .streams
                .iter()
                .find(|known| same(&known.id, &stream.id));
            if let Some(known) = known {
                stream.session = stream.session.take().or_else(|| known.session.clone());
            }
            if let (None, Some(known)) = (&stream.label, known) {
                stream.label.clone_from(&known.label);
                stream.line = stream.line.or(known.line);
            }
            replace(&mut self.streams, vec![stream], |known, new| {
                same(&known.id, &new.id)
            });
        }
        replace(&mut self.memberships, newer.memberships, |known, new| {
            same(&known.person, &new.person) && same(&known.session, &new.session)
        });
        replace(&mut self.associations, newer.associations, |known, new| {
            same(&known.person, &new.person)
        });
        self.vendor.update(newer.vendor);
        self.oddities = newer.oddities;
    }

    /// A changed session keeps what the change does not mention.
    fn change_session(&mut self, new: CommunicationSession) {
        let known = self
            .sessions
            .iter_mut()
            .find(|known| same(&known.id, &new.id));
        let Some(known) = known else {
            replace(&mut self.sessions, vec![new], |_, _| false);
            return;
        };
        known.group = new.group.or_else(|| known.group.take());
        known.sip_session = new.sip_session.or_else(|| known.sip_session.take());
        known.start = new.start.or_else(|| known.start.take());
        known.stop = new.stop.or_else(|| known.stop.take());
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

/// Puts each new element in the place of the one it is the same as, or at the end.
fn replace<T>(list: &mut Vec<T>, new: Vec<T>, is_same: impl Fn(&T, &T) -> bool) {
    /// Most elements kept of one kind over the life of a call.
    const ELEMENTS_MAX: usize = 4096;
    for element in new {
        if let Some(known) = list.iter_mut().find(|known| is_same(known, &element)) {
            *known = element;
        } else if list.len() < ELEMENTS_MAX {
            list.push(element);
        }
    }
}

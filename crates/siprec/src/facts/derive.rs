//! Goes through the messages of a call in order and keeps what each of them added.

use std::collections::BTreeMap;

use sip::{Headers, Message, Method, NameAddr, Request, Response};

use super::{
    Facts, Participant, Presence, Signal, StreamFacts,
    call_id::{Told, pbx_call_id, sip_session},
    dialog::Dialog,
    people::{People, complete_callers},
};
use crate::{
    Caller,
    bib::Leg,
    body::{Body, MetadataPart},
    metadata::{self, CommunicationSession, LabelledLine, Metadata, same},
    sdp::{self, Media},
};

/// Most oddities kept of one call.
const ODDITIES_MAX: usize = 64;
/// Most communication sessions known of one call.
const SESSIONS_MAX: usize = 1024;

/// What the messages so far have said.
#[derive(Clone, Debug, Default)]
pub(super) struct Derivation {
    dialogs: BTreeMap<u8, Dialog>,
    people: People,
    metadata: Option<Metadata>,
    /// Every communication session that metadata described.
    sessions: Vec<CommunicationSession>,
    /// Whose sound a line carried over time, where the metadata say it.
    owners: BTreeMap<(u8, usize), Vec<String>>,
    session: Option<CommunicationSession>,
    /// It has ended, or left.
    over: bool,
    group: Option<String>,
    sip_session: Option<String>,
    pbx_call_id: Option<String>,
    /// The group that was in force when `pbx_call_id` was found.
    pbx_group: Option<String>,
    /// The Call-ID, for want of anything better.
    call_id: Option<String>,
    /// Who the first INVITE is from.
    from: Option<Participant>,
    oddities: Vec<String>,
}

impl Derivation {
    /// Takes the next message.
    pub(super) fn take(&mut self, signal: &Signal<'_>) {
        let parsed = match sip::parse(signal.bytes) {
            Ok(parsed) => parsed,
            Err(error) => {
                let whose = if signal.sent {
                    "A message we sent"
                } else {
                    "A message"
                };
                self.note(format!("{whose} could not be read: {}.", error.reason));
                return;
            }
        };
        if !signal.sent {
            for oddity in &parsed.oddities {
                self.note(format!("In a SIP message: {oddity}."));
            }
        }
        match (&parsed.message, signal.sent) {
            (Message::Request(request), false) => self.asked(request, signal),
            (Message::Response(response), true) => self.answered(response, signal),
            (Message::Response(response), false) => {
                let body = Body::of(&response.headers, &response.body);
                self.learn(body.metadata, None, signal);
            }
            (Message::Request(_), true) => {}
        }
    }

    /// Looks at one of several communication sessions instead of the one in force.
    pub(super) fn turn_to(&mut self, id: &str) {
        let found = self.sessions.iter().find(|known| same(&known.id, id));
        let Some(session) = found.filter(|_| !id.is_empty()).cloned() else {
            return;
        };
        if session.group.is_some() && session.group != self.group {
            // Another conversation, which has its own names.
            let sip_session = session.sip_session.as_deref();
            let sip_session = sip_session.map(metadata::without_parameters);
            self.group.clone_from(&session.group);
            self.pbx_call_id = sip_session.clone().or_else(|| self.group.clone());
            self.sip_session = sip_session;
        }
        self.session = Some(session);
    }

    /// What all of it comes to.
    pub(super) fn finish(mut self, caller: &Caller) -> Facts {
        let mut facts = Facts {
            communication_session: self.session.as_ref().map(|session| session.id.clone()),
            group: self.group,
            sip_session: self.sip_session,
            pbx_call_id: self.pbx_call_id.or(self.call_id),
            start_time: self
                .session
                .as_ref()
                .and_then(|session| session.start.clone()),
            stop_time: self
                .session
                .as_ref()
                .and_then(|session| session.stop.clone()),
            oddities: self.oddities,
            ..Facts::default()
        };
        for dialog in self.dialogs.values_mut() {
            dialog.settle();
        }
        let mut first_audio = None;
        // Where the streams of a dialog begin in the list.
        let mut starts = BTreeMap::new();
        for (number, dialog) in self.dialogs {
            first_audio = first_audio.or_else(|| Some((number, dialog.first_audio()?)));
            starts.insert(number, facts.streams.len());
            let lines = (0..).zip(dialog.streams());
            facts
                .streams
                .extend(lines.map(|(line, stream)| StreamFacts {
                    index: crate::stream_of(number, line),
                    ..stream
                }));
        }
        for ((dialog, line), owners) in &self.owners {
            let session = facts.communication_session.as_deref().unwrap_or_default();
            let stream = starts
                .get(dialog)
                .and_then(|start| start.checked_add(*line));
            if let Some(stream) = stream.and_then(|index| facts.streams.get_mut(index))
                && !owners.iter().any(|owner| same(owner, session))
            {
                stream.elsewhere = true;
                stream.accepted = false;
            }
        }
        let from = self.from.unwrap_or_default();
        let addresses = from.addresses.clone();
        if self.people.is_empty() && !addresses.is_empty() {
            self.people.assume(from, first_audio);
        }
        let known: Vec<&str> = self.sessions.iter().map(|one| one.id.as_str()).collect();
        self.people.write(&mut facts, &known, |(dialog, line)| {
            starts
                .get(&dialog)
                .and_then(|start| start.checked_add(line))
        });
        if let Some(metadata) = &self.metadata {
            metadata.vendor.mark(&mut facts.participants);
        }
        complete_callers(&mut facts, caller, &addresses);
        facts
    }

    fn asked(&mut self, request: &Request, signal: &Signal<'_>) {
        let body = Body::of(&request.headers, &request.body);
        for oddity in body.oddities {
            self.note(oddity);
        }
        let description = self.described(body.description.as_deref());
        let media = description.as_deref();
        let sequence = request.headers.cseq().map_or(0, |(number, _)| number);
        let dialog = self.dialogs.entry(signal.dialog).or_default();
        if request.method == Method::Ack {
            dialog.acked(media);
        } else {
            dialog.asked(&request.method, sequence, media, signal.time_ns);
        }
        if request.method == Method::Invite && self.from.is_none() {
            let presence = vec![Presence {
                from_ns: signal.time_ns,
                until_ns: None,
            }];
            self.from = Some(Participant {
                presence,
                ..sender(&request.headers)
            });
        }
        let leg = Leg::of(request).filter(|_| self.metadata.is_none());
        if matches!(request.method, Method::Invite | Method::Update) {
            if let Some(leg) = &leg {
                self.people.bridged(leg, signal);
            }
            self.people.forked(&request.headers, signal);
        }
        let idle = media.is_some_and(|media| !media.iter().any(|line| !line.is_paused()));
        self.learn(body.metadata, media, signal);
        self.identify(&request.headers, leg.as_ref(), idle);
    }

    /// Finds out what the telephone system calls the call: the first value stays, for as long
    /// as the conversation is the same. `idle`: the message brings no sound.
    fn identify(&mut self, headers: &Headers, leg: Option<&Leg>, idle: bool) {
        if let (Some(known), Some(group)) = (&self.pbx_group, &self.group)
            && !same(known, group)
        {
            // The recording session has gone on to another conversation.
            self.pbx_call_id = None;
            self.sip_session = None;
        }
        let session = self.session.as_ref();
        self.sip_session = self
            .sip_session
            .take()
            .or_else(|| sip_session(headers, session));
        if self.pbx_call_id.is_none() {
            let vendor = self
                .metadata
                .as_ref()
                .and_then(|known| known.vendor.call_id.as_deref());
            let told = Told {
                vendor,
                group: self.group.as_deref(),
                session,
                bridge: leg.and_then(Leg::key),
            };
            let found = pbx_call_id(headers, told);
            // A recording session that waits for its first call has an id, the call has none.
            if idle && self.metadata.is_none() {
                self.call_id = self.call_id.take().or(found);
            } else {
                self.pbx_call_id = found;
            }
        }
        self.pbx_group.clone_from(&self.group);
    }

    fn answered(&mut self, response: &Response, signal: &Signal<'_>) {
        let Some((sequence, Method::Invite | Method::Update)) = response.headers.cseq() else {
            return;
        };
        let body = Body::of(&response.headers, &response.body);
        let description = self.described(body.description.as_deref());
        let dialog = self.dialogs.entry(signal.dialog).or_default();
        dialog.answered(
            response.status,
            sequence,
            description.as_deref(),
            signal.time_ns,
        );
    }

    fn described(&mut self, bytes: Option<&[u8]>) -> Option<Vec<Media>> {
        match sdp::parse(bytes?) {
            Ok(description) => {
                for oddity in description.oddities {
                    self.note(oddity);
                }
                Some(description.media)
            }
            Err(error) => {
                self.note(format!("In a SIP message: {error}."));
                None
            }
        }
    }

    fn learn(&mut self, part: Option<MetadataPart>, media: Option<&[Media]>, signal: &Signal<'_>) {
        let dialog = signal.dialog;
        let Some(part) = part else { return };
        let newer = match metadata::parse(&part.bytes, part.charset.as_deref()) {
            Ok(newer) => newer,
            Err(error) => return self.note(error.to_string()),
        };
        let lines = match media {
            Some(media) => media.iter().map(LabelledLine::from).collect(),
            None => self
                .dialogs
                .get(&dialog)
                .map(Dialog::labelled)
                .unwrap_or_default(),
        };
        let (vendor, groups) = (newer.vendor.clone(), newer.groups.clone());
        let mut metadata = Metadata::merged(self.metadata.take(), newer, &lines);
        for oddity in &metadata.oddities {
            self.note(oddity.clone());
        }
        if !metadata.is_dummy() {
            self.people.learn(&metadata, dialog, signal.time_ns);
            self.know_sessions(&metadata, dialog);
            if self.is_another(&metadata) {
                // What was said of the conversation before says nothing of this one.
                metadata.vendor = vendor;
                metadata.groups = groups;
                (self.pbx_call_id, self.sip_session, self.group) = (None, None, None);
            }
            let current = self.session.as_ref().map(|session| session.id.as_str());
            if let Some(session) = metadata.in_force(current).cloned() {
                let same_one = current.is_some_and(|current| same(current, &session.id));
                self.session = Some(match self.session.take() {
                    // A later snapshot may leave out what an earlier one said.
                    Some(known) if same_one => CommunicationSession {
                        start: session.start.or(known.start),
                        stop: session.stop.or(known.stop),
                        ..session
                    },
                    _ => session,
                });
            }
            let session = self.session.as_ref();
            self.over = session.is_some_and(|session| metadata.is_over(&session.id));
            let group = session.and_then(|session| session.group.clone());
            let listed = || metadata.groups.first().cloned();
            self.group = group
                .or_else(listed)
                .or_else(|| self.group.take())
                .filter(|id| !id.is_empty());
        }
        self.metadata = Some(metadata);
    }

    /// Whether metadata go on to another conversation: to a communication session of another
    /// group, or, where no group joins them, to one behind another that has ended.
    fn is_another(&self, metadata: &Metadata) -> bool {
        let Some(known) = &self.session else {
            return false;
        };
        let next = metadata.in_force(Some(&known.id));
        next.is_some_and(|next| match (&known.group, &next.group) {
            _ if same(&known.id, &next.id) => false,
            (Some(known), Some(next)) => !same(known, next),
            _ => self.over || metadata.is_over(&known.id),
        })
    }

    /// Takes note of the communication sessions, and of the lines that carry their sound.
    fn know_sessions(&mut self, metadata: &Metadata, dialog: u8) {
        for session in &metadata.sessions {
            let room = self.sessions.len() < SESSIONS_MAX;
            let mut known = self.sessions.iter_mut();
            match known.find(|known| same(&known.id, &session.id)) {
                // A later snapshot may leave out what an earlier one said.
                Some(known) => {
                    let new = session.clone();
                    known.group = new.group.or_else(|| known.group.take());
                    known.sip_session = new.sip_session.or_else(|| known.sip_session.take());
                    known.start = new.start.or_else(|| known.start.take());
                    known.stop = new.stop.or_else(|| known.stop.take());
                }
                None if room => self.sessions.push(session.clone()),
                None => {}
            }
        }
        for stream in &metadata.streams {
            let (Some(line), Some(session)) = (stream.line, &stream.session) else {
                continue;
            };
            // A stream of a session nobody describes says nothing.
            let known = self.sessions.iter().any(|known| same(&known.id, session));
            let owners = self.owners.entry((dialog, line)).or_default();
            if known
                && owners.len() < SESSIONS_MAX
                && !owners.iter().any(|owner| same(owner, session))
            {
                owners.push(session.clone());
            }
        }
        self.owners.retain(|_, owners| !owners.is_empty());
    }

    fn note(&mut self, oddity: String) {
        if self.oddities.len() < ODDITIES_MAX && !self.oddities.contains(&oddity) {
            self.oddities.push(oddity);
        }
    }
}

/// Who a request is from: P-Asserted-Identity, which the network vouches for (RFC 3325), or
/// else From.
fn sender(headers: &Headers) -> Participant {
    let asserted: Vec<NameAddr> = headers
        .tokens("P-Asserted-Identity")
        .iter()
        .filter_map(|text| NameAddr::parse(text).ok())
        .collect();
    let identities = if asserted.is_empty() {
        headers.from().into_iter().collect()
    } else {
        asserted
    };
    let mut participant = Participant::default();
    for identity in identities {
        participant.addresses.push(identity.uri.aor());
        participant.name = participant.name.or(identity.display);
    }
    participant
}

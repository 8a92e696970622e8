//! One recording session: the m-lines of a dialog and the answers given to it.
//!
//! A request is looked at as a whole before anything changes: when it is refused, the session
//! stays as it was. Lines change only with our answer. Answers are always computed from the
//! newest offer (RFC 3264 section 6), never from an older answer.

mod recognise;
mod restore;
mod snapshot;

use std::net::SocketAddr;

pub use recognise::is_recording_session;
use sip::{Headers, Method, Request};
use snapshot::Snapshot;
pub use snapshot::snapshot_request;

use crate::{
    body::{ACCEPTED, Body, MetadataPart},
    metadata::{self, LabelledLine, Metadata},
    sdp::{self, Description, Keying, Media, MediaKey, Origin, Section, Srtp},
};

/// Most communication sessions that go on at the same time.
const SESSIONS_MAX: usize = 64;

/// One dialog of a recording session.
#[derive(Clone, Debug, Default)]
pub struct Session {
    strict: bool,
    keying: Keying,
    started: bool,
    takes_nothing: bool,
    origin: Origin,
    lines: Vec<State>,
    /// How many of `lines` the last offer or answer held. A client that leaves lines out of a
    /// new offer (RFC 3264 section 8 forbids it) goes on sending them.
    described: usize,
    pending: Pending,
    metadata: Option<Metadata>,
    communication_session: Option<String>,
    /// All communication sessions that go on.
    running: Vec<String>,
    /// The last message said that the one in force has ended, and none goes on.
    rests: bool,
    snapshot: Snapshot,
}

#[derive(Clone, Debug, Default)]
enum Pending {
    /// The other side owes us nothing, and we owe nothing.
    #[default]
    Nothing,
    /// An offer waits for our answer.
    Answer(Vec<State>, usize),
    /// A request without an offer waits for ours.
    Offer(Vec<State>, usize),
    /// Our offer waits for the answer in the ACK.
    Ack,
}

#[derive(Clone, Debug, Default)]
struct State {
    section: Section,
    remote: Option<SocketAddr>,
    rtcp: Option<SocketAddr>,
    paused: bool,
}

impl Session {
    /// A session without lines. `strict`: only what RFC 7866 section 6.2 calls a recording
    /// session is one.
    pub fn new(strict: bool) -> Self {
        Self {
            strict,
            ..Self::default()
        }
    }

    /// The session with SRTP; new keys are made of what `fill` puts into them, which has to be
    /// random. Without this, media are taken in the clear only.
    pub fn protecting(mut self, srtp: Srtp, fill: fn(&mut [u8])) -> Self {
        self.keying = Keying { srtp, fill };
        self
    }

    /// Answers every line `inactive` from now on: nothing of the session is to be recorded.
    pub fn take_nothing(&mut self) {
        self.takes_nothing = true;
    }

    /// Takes an INVITE or UPDATE with a new offer, an INVITE without one, or any request with
    /// metadata alone. Lines left out of a new offer stay in the plan as they were.
    ///
    /// # Errors
    /// The final answer to give instead: 403 in a strict session for what is no recording
    /// session, 415 for a body that cannot be understood, 488 when no line of sound has a
    /// usable address and transport. The session is then unchanged.
    pub fn request(&mut self, request: &Request) -> Result<Plan, Reject> {
        self.rests = false;
        if self.strict && !self.started && !is_recording_session(request, false, true) {
            return Err(Reject::new(403, "Not A Recording Session"));
        }
        let body = Body::of(&request.headers, &request.body);
        if body.unknown && has_offer(&request.method) {
            return Err(Reject::new(415, "Unsupported Media Type").with("Accept", ACCEPTED));
        }
        let mut oddities = body.oddities;
        let description = match &body.description {
            Some(bytes) if has_offer(&request.method) => Some(self.offered(bytes)?),
            _ => None,
        };
        if !self.started {
            self.started = true;
            self.origin = Origin::new(&identity(&request.headers));
        }
        let labels = description
            .as_ref()
            .map(|description| description.media.clone());
        if let Some(description) = description {
            oddities.extend(description.oddities);
            let states = self.merged(description.media.iter(), &mut oddities);
            self.pending = Pending::Answer(states, description.media.len());
        } else if request.method == Method::Invite {
            self.pending = self.offer();
        } else if !matches!(self.pending, Pending::Ack) {
            self.pending = Pending::Nothing;
        }
        self.learn(body.metadata, labels.as_deref(), &mut oddities);
        Ok(self.plan(oddities))
    }

    /// The description to send in the 2xx: an answer to the offer last taken, or our own offer
    /// when there was none. `addresses[i]` is our RTP address for line `i` where the plan wants
    /// one; a missing one refuses the line. `None`: the request had no business with SDP.
    pub fn answer(&mut self, addresses: &[Option<SocketAddr>]) -> Option<Vec<u8>> {
        let (mut states, described) = match std::mem::take(&mut self.pending) {
            Pending::Answer(states, described) => (states, described),
            Pending::Offer(states, described) => {
                self.pending = Pending::Ack;
                (states, described)
            }
            waiting @ (Pending::Nothing | Pending::Ack) => {
                self.pending = waiting;
                return None;
            }
        };
        for (index, state) in states.iter_mut().enumerate().take(described) {
            state.section.record &= addresses.get(index).is_some_and(Option::is_some);
        }
        let sections: Vec<Section> = states
            .iter()
            .take(described)
            .map(|state| {
                let mut section = state.section.clone();
                section.inactive |= self.takes_nothing;
                section
            })
            .collect();
        self.lines = states;
        self.described = described;
        Some(sdp::body(&mut self.origin, &sections, addresses))
    }

    /// Takes the ACK to our 2xx, which holds the answer when we offered.
    pub fn acked(&mut self, ack: &Request) -> Plan {
        let Pending::Ack = self.pending else {
            return self.plan(Vec::new());
        };
        self.pending = Pending::Nothing;
        let body = Body::of(&ack.headers, &ack.body);
        let mut oddities = body.oddities;
        match body.description.map(|bytes| sdp::parse(&bytes)) {
            Some(Ok(answer)) => {
                oddities.extend(answer.oddities);
                if answer.media.len() != self.described {
                    oddities.push("The answer to our offer has other m-lines than it.".into());
                }
                for (state, media) in self.lines.iter_mut().zip(&answer.media) {
                    state.answered(media, self.keying.srtp);
                }
            }
            Some(Err(error)) => oddities.push(format!("In the ACK, {error}.")),
            None => oddities.push("The ACK does not answer our offer.".into()),
        }
        self.learn(body.metadata, None, &mut oddities);
        self.plan(oddities)
    }

    /// Takes note that a snapshot is asked for now; `false`: there is no need to.
    pub fn asks_for_snapshot(&mut self) -> bool {
        let wanted = self.snapshot == Snapshot::Wanted;
        if wanted {
            self.snapshot = Snapshot::Asked;
        }
        wanted
    }

    /// Reads an offer and refuses what holds no sound we could take.
    fn offered(&self, bytes: &[u8]) -> Result<Description, Reject> {
        let refused = |why: &str| {
            let warning = format!("399 earwitness \"{why}\"");
            Reject::new(488, "Not Acceptable Here").with("Warning", &warning)
        };
        let description = sdp::parse(bytes).map_err(|error| refused(&error.to_string()))?;
        let media = &description.media;
        // No line at all is a recording session that waits for its first call (RFC 7866
        // section 10), and all lines switched off one between two calls.
        let idle = media.is_empty() || self.started && media.iter().all(|media| media.port == 0);
        let srtp = self.keying.srtp;
        if !idle && !media.iter().any(|media| media.is_usable(srtp)) {
            return Err(refused(match srtp {
                Srtp::Off => "no sound over RTP/AVP or RTP/AVPF at a usable address",
                Srtp::Optional => "no sound over RTP or SRTP with keys at a usable address",
                Srtp::Required => "no sound over SRTP with keys at a usable address",
            }));
        }
        Ok(description)
    }

    /// The lines after an offer: its own, and those it leaves out.
    fn merged<'a>(
        &self,
        offered: impl ExactSizeIterator<Item = &'a Media>,
        oddities: &mut Vec<String>,
    ) -> Vec<State> {
        let left_out = self.lines.get(offered.len()..).unwrap_or_default();
        if left_out.iter().any(|state| state.section.record) {
            oddities.push("A new offer leaves out m-lines that were there before.".into());
        }
        let of = |(index, media)| State::of(media, self.lines.get(index), self.keying);
        let taken: Vec<State> = offered.enumerate().map(of).collect();
        taken.into_iter().chain(left_out.iter().cloned()).collect()
    }

    /// What we offer: one line of sound at first, later what is in force and no new line
    /// (RFC 7866 section 7.2).
    fn offer(&self) -> Pending {
        if self.described == 0 {
            let first = State {
                section: Section::offer(self.keying),
                ..State::default()
            };
            return Pending::Offer(vec![first], 1);
        }
        let mut states = self.lines.clone();
        for state in states.iter_mut().take(self.described) {
            state.section.inactive = false;
        }
        Pending::Offer(states, self.described)
    }

    /// Takes metadata; `offer` are the m-lines of the same message. Without any the labels are
    /// those of the description in force (Avaya), though RFC 7866 section 9.1 forbids it.
    fn learn(
        &mut self,
        part: Option<MetadataPart>,
        offer: Option<&[Media]>,
        oddities: &mut Vec<String>,
    ) {
        let Some(part) = part else { return };
        let newer = match metadata::parse(&part.bytes, part.charset.as_deref()) {
            Ok(newer) => newer,
            Err(error) => return oddities.push(error.to_string()),
        };
        let lines = match offer {
            Some(media) => media.iter().map(LabelledLine::from).collect(),
            None => self.lines.iter().map(State::labelled).collect::<Vec<_>>(),
        };
        self.snapshot = match (newer.partial, &self.metadata, self.snapshot) {
            (false, ..) => Snapshot::Known,
            (true, None, Snapshot::Known) => Snapshot::Wanted,
            (true, _, before) => before,
        };
        let metadata = Metadata::merged(self.metadata.take(), newer, &lines);
        oddities.extend(metadata.oddities.iter().cloned());
        // A stand-in has no session of its own: the real one renames, it does not split.
        if !metadata.is_dummy() {
            let current = self.communication_session.as_deref();
            let session = metadata.in_force(current).map(|session| session.id.clone());
            if session.as_ref().is_some_and(|id| !id.is_empty()) {
                self.communication_session = session;
            }
            let running = metadata.running().map(|session| session.id.clone());
            let before = std::mem::replace(&mut self.running, running.take(SESSIONS_MAX).collect());
            let ended = |id: &String| before.contains(id) && metadata.is_over(id);
            let in_force = self.communication_session.as_ref();
            self.rests = self.running.is_empty() && in_force.is_some_and(ended);
        }
        self.metadata = Some(metadata);
    }

    fn plan(&self, mut oddities: Vec<String>) -> Plan {
        let states = match &self.pending {
            Pending::Answer(states, _) | Pending::Offer(states, _) => states,
            Pending::Nothing | Pending::Ack => &self.lines,
        };
        oddities.dedup();
        let lines = states
            .iter()
            .zip(0..)
            .map(|(state, index)| state.line(index))
            .collect();
        Plan {
            lines,
            communication_session: self.communication_session.clone(),
            communication_sessions: self.running.clone(),
            rests: self.rests,
            oddities,
        }
    }
}

impl State {
    fn of(media: &Media, known: Option<&Self>, keying: Keying) -> Self {
        let section = Section::of(media, known.map(|known| &known.section), keying);
        Self {
            section,
            remote: media.remote(),
            rtcp: media.rtcp(),
            paused: media.is_paused(),
        }
    }

    /// Takes the answer to our offer of this line.
    fn answered(&mut self, media: &Media, srtp: Srtp) {
        let record = self.section.record && media.is_usable(srtp);
        let codecs = sdp::codecs(media);
        if !codecs.is_empty() {
            self.section.codecs = codecs;
        }
        self.section.record = record;
        self.section.keyed(media);
        self.section.muxed(media);
        if let Some(label) = media.label() {
            self.section.label = Some(label.to_owned());
        }
        self.remote = media.remote();
        self.rtcp = media.rtcp();
        self.paused = media.is_paused();
    }

    fn labelled(&self) -> LabelledLine<'_> {
        LabelledLine {
            label: self.section.label.as_deref(),
            sound: self.section.record,
        }
    }

    fn line(&self, index: u16) -> Line {
        let codecs = self.section.codecs.iter().filter(|_| self.section.record);
        let formats = codecs.map(|codec| &codec.format);
        Line {
            index,
            record: self.section.record,
            label: self.section.label.clone(),
            remote: self.remote,
            rtcp: self.rtcp,
            mux: self.section.mux,
            payload_types: formats.clone().map(|format| format.payload_type).collect(),
            clock_rates: formats.map(|format| format.clock_rate).collect(),
            paused: self.paused,
            protected: self.section.is_protected(),
            keys: self.section.keys.clone(),
            own_key: self.section.own_key().cloned(),
        }
    }
}

/// Whether a request of this method takes part in offer and answer (RFC 3264, RFC 3311).
fn has_offer(method: &Method) -> bool {
    matches!(method, Method::Invite | Method::Update)
}

/// What is unique to a dialog before we have answered: Call-ID and From with its tag.
fn identity(headers: &Headers) -> Vec<u8> {
    ["Call-ID", "From"]
        .map(|name| headers.first(name).unwrap_or_default())
        .concat()
}

/// What a request asks of the recorder, and the state of every m-line after it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// Every m-line, in order.
    pub lines: Vec<Line>,
    /// `session_id` of the communication session in force; `None` without usable metadata.
    pub communication_session: Option<String>,
    /// `session_id` of every communication session that goes on, the one in force among them;
    /// at most 64.
    pub communication_sessions: Vec<String>,
    /// The message said that the communication session in force has ended, and none goes on: what
    /// comes before the next one is of no conversation.
    pub rests: bool,
    /// What was odd, in people's words, without telephone numbers.
    pub oddities: Vec<String>,
}

/// One m-line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Line {
    /// Its index, from 0.
    pub index: u16,
    /// Whether it is recorded: it needs ports, or keeps those it has.
    pub record: bool,
    /// Its label (RFC 4574), valid for the message that carried it.
    pub label: Option<String>,
    /// Where its SDP says that media come from; `None`: it does not say.
    pub remote: Option<SocketAddr>,
    /// Where its SDP wants our RTCP, where that is not behind the media's port (RFC 3605).
    pub rtcp: Option<SocketAddr>,
    /// Whether RTP and RTCP share one port (RFC 5761).
    pub mux: bool,
    /// Payload types accepted.
    pub payload_types: Vec<u8>,
    /// Their clock rates in hertz, in the same order; 0: unknown.
    pub clock_rates: Vec<u32>,
    /// Whether the recording client paused it (`inactive`, or an address of zeros).
    pub paused: bool,
    /// Whether what comes is SRTP.
    pub protected: bool,
    /// The keys that protect it.
    pub keys: Vec<MediaKey>,
    /// The key that protects what we send ourselves.
    pub own_key: Option<MediaKey>,
}

/// A final answer that refuses a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reject {
    /// SIP status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: String,
    /// Further headers: name and value.
    pub headers: Vec<(String, String)>,
}

impl Reject {
    fn new(status: u16, reason: &str) -> Self {
        Self {
            status,
            reason: reason.to_owned(),
            headers: Vec::new(),
        }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

//! A new call: from its INVITE to the 200 that promises to keep it.

use super::keys::new_session;
use super::verdict::{now, verdict_entry, verdict_of};
use super::{Event, Node};
use crate::admission::Refusal;
use crate::calls::{Bridge, Call, Keeping, Stage};
use crate::clocks::{monotonic_ns, wall_ns};
use crate::parties::{Known, Messages};
use crate::ports::{Pair, within};
use crate::sweep::{NewStream, Order, Turn};
use journal::{Append, Entry, Log, Mark, Position, Why};
use model::{Mode, RecordingId, SessionId};
use sip::{DialogId, Flow, Request, Response, TransactionId};
use siprec::bib::Leg;
use siprec::{Caller, Line, Plan, stream_of};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

/// What is known of a call before anything was created for it.
pub(super) struct Asked<'a> {
    pub(super) transaction: TransactionId,
    pub(super) dialog: DialogId,
    flow: Flow,
    pub(super) raw: &'a [u8],
    device: String,
    leg: Option<Leg>,
    sips: bool,
    client: Option<usize>,
}

impl Asked<'_> {
    pub(super) fn peer(&self) -> IpAddr {
        self.flow.peer.ip()
    }
}

impl Node {
    /// An INVITE outside a dialog.
    pub(super) fn invited(
        &mut self,
        transaction: TransactionId,
        dialog: DialogId,
        flow: Flow,
        request: &Request,
        raw: &[u8],
    ) {
        let peer = flow.peer.ip();
        let client = self.client_of(peer);
        let first = Leg::of(request).and_then(|leg| self.first_half(&leg));
        // The second half of a pair is no further call.
        let calls = self.dialogs.len() - usize::from(first.is_some());
        if let Some(refusal) = self.admission.refusal(calls) {
            return self.unavailable(peer, transaction, refusal);
        }
        let strict = client.is_some_and(|index| self.options.clients[index].strict);
        if strict && !siprec::is_recording_session(request, true, true) {
            self.shared.counters.count_refused(403);
            self.shared.contacts.refused(&self.who(peer));
            return self.refuse(transaction, 403, "Not a recording session", None);
        }
        let mut session = new_session(&self.log, self.options.srtp, strict);
        match session.request(request) {
            Err(reject) => {
                self.shared.counters.count_refused(reject.status);
                self.shared.contacts.refused(&self.who(peer));
                self.reject(transaction, &reject);
            }
            Ok(plan) => {
                let asked = Asked {
                    transaction,
                    dialog,
                    flow,
                    raw,
                    device: device(request),
                    leg: Leg::of(request),
                    sips: is_sips(request),
                    client,
                };
                match first {
                    Some(first) => self.join(first, &asked, session, &plan),
                    None => self.open(&asked, session, &plan),
                }
            }
        }
    }

    /// Binds ports, writes the call to the journal, and waits for the commit.
    fn open(&mut self, asked: &Asked<'_>, siprec: siprec::Session, plan: &Plan) {
        let mut call = new_call(self.mint(), asked, siprec, plan);
        let session = call.session;
        let Some(pairs) = self.bind_all(&call, plan) else {
            return self.unavailable(asked.peer(), asked.transaction, Refusal::Ports);
        };
        let invite = sip::redact::redacted(asked.raw);
        self.first_verdict(&mut call, &invite);
        self.chain(&mut call);
        if call.keeping == Keeping::Never {
            return self.open_unrecorded(asked, call, pairs);
        }
        call.begin_beside(plan);
        if let Err(error) = self.journal_opening(&call, asked, &invite) {
            tracing::error!(%error, "a call was refused: the journal cannot be written");
            return self.unavailable(asked.peer(), asked.transaction, Refusal::Journal);
        }
        self.journal_keys(&mut call, plan);
        if call.keeping == Keeping::Waiting {
            // Before anything of it can be read.
            self.order(Order::Turn(Turn {
                session,
                at_ns: 0,
                on: Some(false),
                deeds: Vec::new(),
                done: None,
            }));
        }
        for (line, pair) in pairs {
            self.add_stream(&mut call, line, pair);
        }
        let client = asked
            .client
            .map_or("", |index| self.options.clients[index].name.as_str());
        let streams = call.streams.len();
        let mode = call.verdict.mode.name();
        tracing::info!(session.id = %session, client, streams, mode, "a call begins");
        for oddity in &plan.oddities {
            tracing::info!(session.id = %session, oddity, "the call is odd, and recorded");
        }
        let dialog = asked.dialog;
        self.dialogs.insert(session, dialog);
        self.calls.insert(dialog, call);
    }

    /// A call nothing is written of: answered at once, every line inactive.
    fn open_unrecorded(&mut self, asked: &Asked<'_>, mut call: Call, pairs: Vec<(&Line, Pair)>) {
        for (line, pair) in pairs {
            self.add_stream(&mut call, line, pair);
        }
        call.siprec.take_nothing();
        tracing::info!(session.id = %call.session, "a call is not recorded: a rule says so");
        self.shared.board.count_not_recorded();
        self.dialogs.insert(call.session, asked.dialog);
        self.calls.insert(asked.dialog, call);
        self.committed(asked.dialog, Ok(()));
    }

    /// The journal holds the INVITE on disk: now the 200 may promise it.
    pub(super) fn committed(&mut self, dialog: DialogId, result: Result<(), journal::Error>) {
        let Some(call) = self.calls.get_mut(&dialog) else {
            return;
        };
        let Stage::Opening(transaction) = call.stage else {
            return;
        };
        if let Err(error) = result {
            tracing::error!(session.id = %call.session, %error, "a call was refused: not durable");
            let peer = call.flow.peer.ip();
            self.unavailable(peer, transaction, Refusal::Journal);
            return self.end(dialog, Why::Error);
        }
        call.stage = Stage::Live;
        call.answered = Some(now());
        self.shared.counters.count_taken();
        let addresses = call.addresses();
        let body = call.siprec.answer(&addresses);
        let flow = call.flow;
        self.shared.contacts.called(self.who(flow.peer.ip()), now());
        self.accept(transaction, dialog, flow, body);
        if let Some(call) = self.calls.get(&dialog) {
            self.show(call);
        }
        self.show_pair(dialog);
    }

    /// Answers 200 with our Contact and, where there is one, SDP.
    pub(super) fn accept(
        &mut self,
        transaction: TransactionId,
        dialog: DialogId,
        flow: Flow,
        body: Option<Vec<u8>>,
    ) {
        let mut response = Response::new(200, "OK");
        let sips = self.calls.get(&dialog).is_some_and(|call| call.sips);
        response.headers.push("Contact", self.contact(flow, sips));
        if let Some(body) = body {
            response.headers.push("Content-Type", "application/sdp");
            response.body = body;
        }
        let sent = self.endpoint.respond(Instant::now(), transaction, response);
        self.signal(dialog, true, &sent);
    }

    /// OPTIONS outside a dialog: recording clients ask whether calls would be taken.
    pub(super) fn pinged(&mut self, transaction: TransactionId, flow: Flow) {
        if let Some(refusal) = self.admission.refusal(self.dialogs.len()) {
            return self.refuse_for_now(transaction, refusal);
        }
        let mut response = Response::new(200, "OK");
        response.headers.push("Contact", self.contact(flow, false));
        response.headers.push("Accept", ACCEPTED);
        self.endpoint.respond(Instant::now(), transaction, response);
    }

    /// A call that should have been recorded is not: there is no room for it.
    pub(super) fn unavailable(
        &mut self,
        peer: IpAddr,
        transaction: TransactionId,
        refusal: Refusal,
    ) {
        self.shared.counters.count_full(refusal);
        self.shared.contacts.refused(&self.who(peer));
        self.refuse_for_now(transaction, refusal);
    }

    fn refuse_for_now(&mut self, transaction: TransactionId, refusal: Refusal) {
        let told = self.unavailable.entry(refusal).or_default();
        if let Some(requests) = told.again(Instant::now()) {
            tracing::warn!(reason = %refusal, requests, "requests are answered 503");
        }
        self.refuse(
            transaction,
            503,
            "Service Unavailable",
            refusal.retry_after_s(),
        );
    }

    pub(super) fn reject(&mut self, transaction: TransactionId, reject: &siprec::Reject) {
        let mut response = Response::new(reject.status, &reject.reason);
        for (name, value) in &reject.headers {
            response.headers.push(name, value.as_str());
        }
        tracing::warn!(
            status = reject.status,
            reason = reject.reason,
            "a request was refused"
        );
        self.endpoint.respond(Instant::now(), transaction, response);
    }

    fn refuse(
        &mut self,
        transaction: TransactionId,
        status: u16,
        reason: &str,
        retry: Option<u32>,
    ) {
        let mut response = Response::new(status, reason);
        if let Some(seconds) = retry {
            response.headers.push("Retry-After", seconds.to_string());
        }
        self.endpoint.respond(Instant::now(), transaction, response);
    }

    /// Binds a pair for every line to record; all or nothing.
    pub(super) fn bind_all<'p>(
        &self,
        call: &Call,
        plan: &'p Plan,
    ) -> Option<Vec<(&'p Line, Pair)>> {
        let mut pairs = Vec::new();
        for change in call.changes(plan) {
            if let crate::calls::Change::Open(line) = change {
                pairs.push((line, self.bind_line(call.flow, line)?));
            }
        }
        Some(pairs)
    }

    pub(super) fn bind_line(&self, flow: Flow, line: &Line) -> Option<Pair> {
        let like = line.remote.unwrap_or(flow.peer).ip();
        self.ports.bind(self.ports.address_like(like)?)
    }

    /// Hands a bound pair to the sweep.
    pub(super) fn add_stream(&self, call: &mut Call, line: &Line, mut pair: Pair) {
        pair.tell();
        let address = self.media_address(call.flow, pair.address, line.remote);
        let stream = crate::calls::OpenStream {
            address,
            paused: line.paused,
        };
        call.streams.insert(line.index, stream);
        if call.keeping == Keeping::Never {
            call.idle.insert(line.index, pair);
            return;
        }
        let mut permitted = self.options.allow.clone();
        if let Some(index) = call.client {
            permitted.extend(&self.options.clients[index].networks);
        }
        self.order(Order::Add(Box::new(NewStream {
            session: call.session,
            stream: stream_of(call.number, line.index),
            pair,
            terms: line.into(),
            peer: call.flow.peer.ip(),
            accept: self.options.accept,
            permitted: permitted.into(),
            paused_from_ns: line.paused.then(monotonic_ns),
        })));
    }

    /// Writes what begins a call, where it belongs, and has the loop told when it is durable.
    fn journal_opening(
        &self,
        call: &Call,
        asked: &Asked<'_>,
        invite: &[u8],
    ) -> Result<(), journal::Error> {
        let client = asked.client.map(|index| &self.options.clients[index]);
        let caller = client
            .map_or(Caller::Unknown, |client| client.caller.clone())
            .to_string();
        let (local, peer) = (asked.flow.local.to_string(), asked.flow.peer.to_string());
        let transport = asked.flow.transport.to_string();
        let opened = Entry::Opened {
            wall_ns: wall_ns(),
            transport: &transport,
            local: &local,
            peer: &peer,
            node: &self.options.node,
            client: client.map_or("", |client| client.name.as_str()),
            caller: &caller,
        };
        let communication_session = call.communication_session.as_deref().unwrap_or_default();
        let began = Entry::Began {
            recording: call.recording,
            communication_session,
        };
        let signal = Entry::Signal {
            sent: false,
            dialog: 0,
            bytes: invite,
        };
        let chain = call.bridge.as_ref().and_then(|b| b.chain.as_deref());
        let chained = chain.map(|text| Entry::Mark {
            what: Mark::Chained,
            stream: None,
            who: "",
            text,
        });
        let mut entries = vec![opened, verdict_entry(&call.verdict), began, signal];
        let others = call.beside.iter();
        entries.extend(others.map(|(id, recording)| Entry::Began {
            recording: *recording,
            communication_session: id,
        }));
        entries.extend(chained);
        if call.keeping == Keeping::Waiting {
            // It begins when somebody presses Start.
            entries.retain(|entry| !matches!(entry, Entry::Began { .. }));
        }
        let (session, time_ns) = (call.session, monotonic_ns());
        let batch: Vec<Append<'_>> = entries
            .into_iter()
            .map(|entry| Append {
                session,
                time_ns,
                entry,
            })
            .collect();
        let (events, dialog) = (self.events.clone(), asked.dialog);
        let tell = Box::new(move |result| {
            let _ = events.send(Event::Committed { dialog, result });
        });
        if call.keeping == Keeping::Held {
            return self.log.open_apart(&batch, tell);
        }
        let position = self.log.append(&batch)?;
        self.log.on_commit(position, tell);
        Ok(())
    }

    /// Takes a message. Whoever may not call is refused without leaving anything behind, and
    /// named in the log once a minute at most.
    pub(super) fn receive(&mut self, flow: Flow, bytes: &[u8]) {
        let (now, peer) = (Instant::now(), flow.peer.ip());
        if self.may_call(peer) {
            self.contacted(flow, bytes);
            return self.endpoint.receive(now, flow, bytes);
        }
        if !self.endpoint.receive_foreign(now, flow, bytes) {
            return;
        }
        if let Some(requests) = self.foreign.again(now) {
            tracing::warn!(%peer, requests, "requests from outside `sip.allow` are refused");
        }
    }

    pub(super) fn may_call(&self, peer: IpAddr) -> bool {
        self.client_of(peer).is_some() || within(&self.options.allow, peer)
    }

    pub(super) fn client_of(&self, address: IpAddr) -> Option<usize> {
        self.options
            .clients
            .iter()
            .position(|client| within(&client.networks, address))
    }

    fn mint(&self) -> SessionId {
        SessionId::mint(unix_ms(), random())
    }

    pub(super) fn mint_recording(&self) -> RecordingId {
        RecordingId::mint(unix_ms(), random())
    }
}

/// A call as its INVITE makes it.
pub(super) fn new_call(
    session: SessionId,
    asked: &Asked<'_>,
    siprec: siprec::Session,
    plan: &Plan,
) -> Call {
    Call {
        session,
        recording: session.first_recording(),
        keeping: Keeping::Kept,
        verdict: verdict_of(Mode::default()),
        messages: Messages::default(),
        known: Known::default(),
        device: asked.device.clone(),
        invited: now(),
        answered: None,
        began: now(),
        paused_by: None,
        idle: BTreeMap::new(),
        asked: Vec::new(),
        communication_session: plan.communication_session.clone(),
        rests: false,
        beside: BTreeMap::new(),
        siprec,
        number: 0,
        bridge: asked.leg.clone().map(Bridge::new),
        lines: plan.lines.len(),
        keys: BTreeMap::new(),
        client: asked.client,
        flow: asked.flow,
        sips: asked.sips,
        streams: BTreeMap::new(),
        stage: Stage::Opening(asked.transaction),
        heard: Instant::now(),
        life_until: None,
    }
}

/// The phone a Built-in Bridge call comes from, as CUCM names it in From.
pub(super) fn device(request: &Request) -> String {
    const NAME: &str = "x-nearenddevice";
    let from = request.headers.from();
    let named = |from: &sip::NameAddr| {
        let value = from.uri.param(NAME).or_else(|| from.params.get(NAME))?;
        value.map(str::to_owned)
    };
    from.as_ref().and_then(named).unwrap_or_default()
}

/// Whether a dialog's first request asks for `sips:` all the way (RFC 3261 §12.1.1).
pub(super) fn is_sips(request: &Request) -> bool {
    let route = request.headers.tokens("Record-Route");
    let route = route
        .first()
        .and_then(|route| sip::NameAddr::parse(route).ok());
    let next = route.map(|route| route.uri);
    let next = next.or_else(|| request.headers.contact_uri());
    request.uri.scheme() == "sips" || next.is_some_and(|uri| uri.scheme() == "sips")
}

/// What we understand in a body.
pub(super) const ACCEPTED: &str =
    "application/sdp, multipart/mixed, application/rs-metadata+xml, application/rs-metadata";

pub(super) fn append_all<const N: usize>(
    log: &Log,
    session: SessionId,
    entries: [Entry<'_>; N],
) -> Result<Position, journal::Error> {
    let time_ns = monotonic_ns();
    log.append(&entries.map(|entry| Append {
        session,
        time_ns,
        entry,
    }))
}

pub(super) fn unix_ms() -> u64 {
    u64::try_from(wall_ns() / 1_000_000).unwrap_or_default()
}

pub(super) fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

//! One end of SIP signalling: transactions, dialogs and their timers.
//!
//! Owns server transactions, the dialogs they make, and our own requests inside these. Opens no
//! socket and reads no clock: every call gets the time, and everything to do comes out of
//! [`Endpoint::poll`], which must be drained after each call that changes something.

mod inside;
mod output;
mod receive;
mod refresh;
mod request;
mod respond;
mod restore;
mod wake;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

pub use output::{Gone, Options, Output};

use crate::dialog::{DialogId, Dialogs};
use crate::flow::Flow;
use crate::message::{Headers, Response};
use crate::timers::Timers;
use crate::transaction::{Clients, Key, Servers};
use wake::Timer;

/// The methods we answer otherwise than with 405.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO";

/// The option tags we take in Require. Of these `100rel`, `resource-priority` and `histinfo` ask
/// nothing of a side that only answers with final responses and keeps every header.
const REQUIRE_TAKEN: [&str; 5] = ["siprec", "timer", "100rel", "resource-priority", "histinfo"];

/// Fills bytes nobody can guess.
type Random = Box<dyn FnMut(&mut [u8]) + Send>;

/// The signalling end point of a recorder.
pub struct Endpoint {
    options: Options,
    random: Random,
    /// Makes the tags of stateless answers, the same ones for the same request.
    seed: [u8; 16],
    last_id: u64,
    outputs: VecDeque<Output>,
    servers: Servers,
    dialogs: Dialogs,
    clients: Clients,
    timers: Timers<Timer>,
    refused: BTreeMap<u16, u64>,
}

impl Endpoint {
    /// An endpoint without dialogs. `random` fills tags and branches; it must not be guessable.
    pub fn new(options: Options, random: impl FnMut(&mut [u8]) + Send + 'static) -> Self {
        let mut random = Box::new(random);
        let mut seed = [0; 16];
        random(&mut seed);
        Self {
            options,
            random,
            seed,
            last_id: 0,
            outputs: VecDeque::new(),
            servers: Servers::default(),
            dialogs: Dialogs::default(),
            clients: Clients::default(),
            timers: Timers::new(),
            refused: BTreeMap::new(),
        }
    }

    /// The next thing to do or to know.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Endpoint::wake`] has to be called; `None` when nothing is due ever.
    pub fn next_wake(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// How many dialogs there are, those not yet answered among them.
    pub fn dialog_count(&self) -> usize {
        self.dialogs.len()
    }

    /// How many INVITEs outside dialogs were refused without being handed out, by the status of
    /// the answer; repeated ones count again.
    pub fn refused_invites(&self) -> &BTreeMap<u16, u64> {
        &self.refused
    }

    /// Whether nothing is unfinished: no dialog, no transaction, nothing due.
    pub fn is_idle(&self) -> bool {
        self.dialogs.len() == 0
            && self.servers.len() == 0
            && self.clients.is_empty()
            && self.timers.next().is_none()
    }

    fn new_id(&mut self) -> u64 {
        self.last_id = self.last_id.wrapping_add(1);
        self.last_id
    }

    /// 16 hexadecimal digits nobody can guess.
    fn token(&mut self) -> String {
        let mut bytes = [0; 8];
        (self.random)(&mut bytes);
        format!("{:016x}", u64::from_be_bytes(bytes))
    }

    fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.token())
    }

    /// The tag of a stateless answer (RFC 3261 §8.2.7): the same whenever the request comes again.
    fn stateless_tag(&self, key: &Key) -> String {
        let mut hasher = DefaultHasher::new();
        (self.seed, key).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    fn transmit(&mut self, flow: Flow, bytes: Vec<u8>) {
        self.outputs.push_back(Output::Transmit { flow, bytes });
    }

    /// Sends a message the caller did not ask for, and says so.
    fn transmit_own(&mut self, dialog: DialogId, flow: Flow, bytes: Vec<u8>) {
        // For the record first: what has left must not be unknown after a crash.
        let sent = bytes.clone();
        self.outputs.push_back(Output::Sent { dialog, bytes });
        self.transmit(flow, sent);
    }

    /// Adds what an OPTIONS answer says about us (RFC 3261 §11.2).
    fn describe(&self, headers: &mut Headers) {
        add(headers, "Allow", ALLOW);
        add(headers, "Accept", self.options.accept.join(", "));
        add(headers, "Supported", "siprec, timer");
    }

    /// Adds our name to an answer.
    fn sign(&self, mut response: Response) -> Response {
        add(
            &mut response.headers,
            "Server",
            self.options.user_agent.clone(),
        );
        response
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Endpoint")
            .field("dialogs", &self.dialogs.len())
            .field("transactions", &self.servers.len())
            .finish_non_exhaustive()
    }
}

/// Adds a header unless the caller gave its own.
fn add(headers: &mut Headers, name: &str, value: impl Into<Vec<u8>>) {
    if !headers.contains(name) {
        headers.push(name, value);
    }
}

/// A response with one header.
fn response_with(status: u16, reason: &str, name: &str, value: impl Into<Vec<u8>>) -> Response {
    let mut response = Response::new(status, reason);
    response.headers.push(name, value);
    response
}

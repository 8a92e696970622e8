//! Server transactions: requests of others that we answer.

use std::collections::HashMap;
use std::time::Duration;

use super::{Key, TransactionId};
use crate::dialog::DialogId;
use crate::message::{Method, Uri};
use crate::reply::Reply;
use crate::session_timer::Ask;
use crate::timers::T1;

/// How far a server transaction has come (RFC 3261 §17.2, RFC 6026 §7.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// Not finally answered.
    Proceeding,
    /// Finally answered; an INVITE waits for its ACK.
    Completed,
    /// An INVITE answered 2xx; the dialog retransmits the answer.
    Accepted,
    /// The ACK to another final answer has come.
    Confirmed,
}

/// One request and its last answer.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) key: Key,
    pub(crate) reply: Reply,
    pub(crate) state: State,
    /// The last answer, sent again whenever the request comes again.
    pub(crate) last: Option<Vec<u8>>,
    /// Until the next retransmission of a final answer.
    pub(crate) interval: Duration,
    pub(crate) dialog: Option<DialogId>,
    /// Whether it came inside a dialog that existed before.
    pub(crate) inside: bool,
    /// The tag of our answers.
    pub(crate) tag: String,
    /// Where the peer wants further requests, once we answer 2xx.
    pub(crate) target: Option<Uri>,
    /// What the request says about session timers.
    pub(crate) ask: Option<Ask>,
    /// Whether an INVITE came without an offer, so that our answer makes one.
    pub(crate) offerless: bool,
}

impl Server {
    pub(crate) fn new(key: Key, reply: Reply, tag: String) -> Self {
        Self {
            key,
            reply,
            state: State::Proceeding,
            last: None,
            interval: T1,
            dialog: None,
            inside: false,
            tag,
            target: None,
            ask: None,
            offerless: false,
        }
    }

    pub(crate) fn is_invite(&self) -> bool {
        self.key.method == Method::Invite
    }
}

/// All server transactions, found by id, by key, and by what a merged request shares.
#[derive(Debug, Default)]
pub(crate) struct Servers {
    by_id: HashMap<TransactionId, Server>,
    by_key: HashMap<Key, TransactionId>,
    /// Requests outside dialogs that are not refused.
    merged: HashMap<(String, String, u32, Method), TransactionId>,
}

impl Servers {
    pub(crate) fn insert(&mut self, id: TransactionId, server: Server) {
        self.by_key.insert(server.key.clone(), id);
        if !server.inside {
            self.merged.insert(owned(server.key.merge()), id);
        }
        self.by_id.insert(id, server);
    }

    pub(crate) fn find(&self, key: &Key) -> Option<TransactionId> {
        self.by_key.get(key).copied()
    }

    /// A request outside a dialog that is the same as this one, come by another way.
    pub(crate) fn find_merged(&self, key: &Key) -> Option<TransactionId> {
        self.merged.get(&owned(key.merge())).copied()
    }

    pub(crate) fn get(&self, id: TransactionId) -> Option<&Server> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: TransactionId) -> Option<&mut Server> {
        self.by_id.get_mut(&id)
    }

    /// From now on the same request by another way is a new try, not a merged one.
    pub(crate) fn forget_merged(&mut self, id: TransactionId) {
        if let Some(server) = self.by_id.get(&id) {
            let merge = owned(server.key.merge());
            if self.merged.get(&merge) == Some(&id) {
                self.merged.remove(&merge);
            }
        }
    }

    pub(crate) fn remove(&mut self, id: TransactionId) {
        self.forget_merged(id);
        if let Some(server) = self.by_id.remove(&id)
            && self.by_key.get(&server.key) == Some(&id)
        {
            self.by_key.remove(&server.key);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}

fn owned(merge: (&str, &str, u32, &Method)) -> (String, String, u32, Method) {
    let (call_id, from_tag, cseq, method) = merge;
    (
        call_id.to_owned(),
        from_tag.to_owned(),
        cseq,
        method.clone(),
    )
}

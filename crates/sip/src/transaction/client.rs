//! Client transactions: our own requests inside dialogs.

use std::collections::HashMap;
use std::time::Duration;

use crate::dialog::DialogId;
use crate::flow::Flow;
use crate::message::Method;

/// A request of ours that waits for an answer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct ClientId(pub(crate) u64);

/// One request of ours.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) dialog: DialogId,
    pub(crate) method: Method,
    pub(crate) cseq: u32,
    pub(crate) branch: String,
    pub(crate) flow: Flow,
    /// The request as it goes out.
    pub(crate) bytes: Vec<u8>,
    /// Until its next retransmission.
    pub(crate) interval: Duration,
    /// An INVITE's ACK: made beforehand for a refusal, replaced when a 2xx comes.
    pub(crate) ack: Option<Vec<u8>>,
    /// Whether the final answer has come, so that an INVITE only repeats its ACK.
    pub(crate) finished: bool,
    /// Whether it is the endpoint's own session refresh.
    pub(crate) refresh: bool,
}

/// All client transactions, found by id and by branch.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    by_id: HashMap<ClientId, Client>,
    by_branch: HashMap<String, ClientId>,
}

impl Clients {
    pub(crate) fn insert(&mut self, id: ClientId, client: Client) {
        self.by_branch.insert(client.branch.clone(), id);
        self.by_id.insert(id, client);
    }

    /// The transaction an answer belongs to (RFC 3261 §17.1.3).
    pub(crate) fn find(&self, branch: &str, cseq: u32, method: &Method) -> Option<ClientId> {
        let id = *self.by_branch.get(branch)?;
        let client = self.by_id.get(&id)?;
        (client.cseq == cseq && client.method == *method).then_some(id)
    }

    pub(crate) fn get(&self, id: ClientId) -> Option<&Client> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ClientId) -> Option<&mut Client> {
        self.by_id.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: ClientId) -> Option<Client> {
        let client = self.by_id.remove(&id)?;
        self.by_branch.remove(&client.branch);
        Some(client)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

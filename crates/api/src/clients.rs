//! Who sends calls to this node, and a test call into it: the seam between HTTP and the recorder.

use crate::live::LiveAnswer;
use jiff::Timestamp;
use model::RecordingId;
use std::time::Duration;

/// A client of the settings, or somebody else who may call and spoke.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Client {
    /// Its name; of somebody else the address.
    pub name: String,
    /// Where it sends from.
    pub networks: Vec<String>,
    /// Who called where metadata does not say, in the words of the settings.
    pub caller: String,
    /// Only RFC 7866's own marks make a recording session.
    pub strict: bool,
    /// Whether the settings name it.
    pub configured: bool,
    /// When a request came last since the start, whichever it was.
    pub last_contact_at: Option<Timestamp>,
    /// When a call of it was answered last since the start.
    pub last_call_at: Option<Timestamp>,
    /// Calls answered since the start.
    pub calls: u64,
    /// INVITEs refused since the start, repeated ones included.
    pub refused: u64,
    /// Calls being received now.
    pub running: u64,
    /// What it calls itself; empty: it did not say.
    pub user_agent: String,
    /// How its requests came: `udp`, `tcp`, `tls`.
    pub transports: Vec<&'static str>,
}

/// A call to be placed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TestCall {
    /// Number of the recorded party; `None`: the one `test-call` takes.
    pub local: Option<String>,
    /// How long it lasts from its answer on.
    pub duration: Duration,
}

/// What became of a test call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TestCalled {
    /// Whether it was answered.
    pub answered: bool,
    /// The SIP status of the final answer; 408 when there was none.
    pub status: u16,
    /// Its Call-ID.
    pub call_id: String,
    /// What there is to say about it, for people.
    pub detail: String,
    /// Its recording, which may not be archived yet; `None`: it is not recorded.
    pub recording: Option<RecordingId>,
}

/// Why no test call was placed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoTestCall {
    /// Another one is running.
    #[error("another test call is running")]
    Busy,
    /// It could not even begin.
    #[error("{0}")]
    Impossible(String),
}

/// What the recorder knows of those who call it.
pub trait Clients: Send + Sync {
    /// Every client of the settings, and whoever else spoke since the start.
    fn clients(&self) -> Vec<Client>;

    /// Places one call into this node's own first listener; answers when it has ended.
    fn test_call(&self, call: TestCall) -> LiveAnswer<'_, Result<TestCalled, NoTestCall>>;
}

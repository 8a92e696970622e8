//! Recording clients, and test calls.

use super::time;
use crate::clients::{Client, TestCalled};
use serde::{Deserialize, Serialize};

/// Recording clients.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ClientList {
    pub(crate) items: Vec<RecordingClient>,
}

/// A client of the settings, or somebody else who may call and spoke since the start.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordingClient {
    /// Its name; of somebody else the address.
    pub(crate) name: String,
    /// Where it sends from.
    pub(crate) networks: Vec<String>,
    /// Who called where metadata does not say, in the words of the settings.
    pub(crate) caller: String,
    /// Whether only a recording session by RFC 7866's own marks is taken.
    pub(crate) strict: bool,
    /// Whether the settings name it.
    pub(crate) configured: bool,
    /// When a request came last since the start, OPTIONS too; null: none came.
    #[schema(format = DateTime)]
    pub(crate) last_contact_at: Option<String>,
    /// When a call was answered last since the start.
    #[schema(format = DateTime)]
    pub(crate) last_call_at: Option<String>,
    /// Calls answered since the start.
    pub(crate) calls: u64,
    /// INVITEs refused since the start, repeated ones included.
    pub(crate) refused: u64,
    /// Calls being received now, up to a second ago.
    pub(crate) running: u64,
    /// What it calls itself, or empty.
    pub(crate) user_agent: String,
    /// How its requests came: `udp`, `tcp`, `tls`.
    pub(crate) transports: Vec<&'static str>,
}

impl From<Client> for RecordingClient {
    fn from(client: Client) -> Self {
        Self {
            name: client.name,
            networks: client.networks,
            caller: client.caller,
            strict: client.strict,
            configured: client.configured,
            last_contact_at: client.last_contact_at.map(time),
            last_call_at: client.last_call_at.map(time),
            calls: client.calls,
            refused: client.refused,
            running: client.running,
            user_agent: client.user_agent,
            transports: client.transports,
        }
    }
}

/// A call to be placed.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTestCall {
    /// Number of the recorded party; null: 225.
    #[serde(default)]
    pub(crate) local: Option<String>,
    /// How long it lasts, 1 to 10; null: 5.
    #[serde(default)]
    pub(crate) seconds: Option<u64>,
}

/// What became of a test call.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestCallResult {
    pub(crate) answered: bool,
    /// The SIP status of the final answer; 408 when there was none.
    pub(crate) status: u16,
    pub(crate) call_id: String,
    /// What there is to say about it.
    pub(crate) detail: String,
    /// Its recording, which may not be archived yet; null: it is not recorded.
    #[schema(format = "uuid")]
    pub(crate) id: Option<String>,
}

impl From<TestCalled> for TestCallResult {
    fn from(called: TestCalled) -> Self {
        Self {
            answered: called.answered,
            status: called.status,
            call_id: called.call_id,
            detail: called.detail,
            id: called.recording.map(|id| id.to_string()),
        }
    }
}

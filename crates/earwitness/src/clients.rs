//! Who calls this node, and a test call into it, as HTTP sees them.
//!
//! Decides nothing: who may ask was asked before.

use crate::config::Settings;
use crate::test_call::{self, Direction, Outcome, Transport};
use api::{Client, LiveAnswer, NoTestCall, TestCall, TestCalled};
use capture::{Contact, Handle, Who};
use catalogue::{Catalogue, Page};
use model::RecordingId;
use model::access::{Action, scope};
use model::filter::{Filter, Sort};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Mutex;

/// A call that nothing answers is given up after so much more than it was to last.
const PATIENCE: Duration = Duration::from_secs(10);
/// The recording of a call is looked for so often, and so many times.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS_MAX: u32 = 20;

/// The clients of this node.
pub(crate) struct Callers {
    settings: Arc<Settings>,
    handle: Handle,
    catalogue: Catalogue,
    /// The first listener.
    listener: Option<(Transport, SocketAddr)>,
    calling: Arc<Mutex<()>>,
}

impl Callers {
    /// Those that the settings name and the recorder heard; test calls go to `listener`.
    pub(crate) fn new(
        settings: &Arc<Settings>,
        handle: Handle,
        catalogue: &Catalogue,
        listener: Option<(Transport, SocketAddr)>,
    ) -> Self {
        Self {
            settings: Arc::clone(settings),
            handle,
            catalogue: catalogue.clone(),
            listener,
            calling: Arc::default(),
        }
    }

    fn options(&self, call: &TestCall) -> Result<test_call::Options, NoTestCall> {
        let no_listener = || NoTestCall::Impossible("this node has no SIP listener".to_owned());
        let (transport, address) = self.listener.ok_or_else(no_listener)?;
        let tls = test_call::client_of(&self.settings, transport);
        Ok(test_call::Options {
            to: test_call::uri(address),
            transport,
            tls: tls.map_err(NoTestCall::Impossible)?,
            local: call
                .local
                .clone()
                .unwrap_or_else(|| test_call::LOCAL.to_owned()),
            remote: test_call::REMOTE.to_owned(),
            direction: Direction::Out,
            duration: call.duration,
            calls: 1,
            calls_per_second: 1.0,
            codec: test_call::Codec::Pcma,
            srtp: self.settings.rtp.srtp == siprec::Srtp::Required,
            stop: Arc::default(),
        })
    }

    /// The recording of a call that has ended: still in progress, or in the catalogue.
    async fn recording(&self, call_id: &str) -> Option<RecordingId> {
        let everything = scope(&crate::commands::operator(), Action::List).ok()?;
        let filter = Filter {
            pbx_call_id: Some(call_id.to_owned()),
            ..Filter::default()
        };
        for _ in 0..LOOKS_MAX {
            let calls = self.handle.live();
            let of_it = calls
                .iter()
                .find(|call| call.kept && call.pbx_call_id.as_deref() == Some(call_id));
            if let Some(call) = of_it {
                return Some(call.recording);
            }
            let page = Page {
                index: 0,
                size: Some(1),
            };
            let found =
                self.catalogue
                    .recordings_filtered(&everything, &filter, Sort::NEWEST, page);
            if let Ok(found) = found.await
                && let Some(recording) = found.recordings.first()
            {
                return Some(recording.draft.id);
            }
            tokio::time::sleep(LOOK).await;
        }
        None
    }
}

impl api::Clients for Callers {
    fn clients(&self) -> Vec<Client> {
        clients(&self.settings, self.handle.contacts())
    }

    fn test_call(&self, call: TestCall) -> LiveAnswer<'_, Result<TestCalled, NoTestCall>> {
        Box::pin(async move {
            let turn = Arc::clone(&self.calling).try_lock_owned();
            let turn = turn.map_err(|_| NoTestCall::Busy)?;
            let options = self.options(&call)?;
            let stop = Arc::clone(&options.stop);
            let mut placing = tokio::task::spawn_blocking(move || {
                // Whoever asked may have hung up: the call has its turn until it has ended.
                let _turn = turn;
                test_call::place(&options, &mut |_| ())
            });
            let placed = tokio::select! {
                placed = &mut placing => placed,
                () = tokio::time::sleep(call.duration + PATIENCE) => {
                    stop.store(true, Ordering::Relaxed);
                    placing.await
                }
            };
            let fault = |what: String| NoTestCall::Impossible(what);
            let outcomes = placed.map_err(|error| fault(error.to_string()))?;
            let outcomes = outcomes.map_err(|error| fault(format!("{error:#}")))?;
            let none = || fault("the call was not placed".to_owned());
            let outcome = outcomes.into_iter().next().ok_or_else(none)?;
            let recording = match outcome.answered {
                true => self.recording(&outcome.call_id).await,
                false => None,
            };
            Ok(told(outcome, recording))
        })
    }
}

fn told(outcome: Outcome, recording: Option<RecordingId>) -> TestCalled {
    let detail = match (&outcome.problem, outcome.status, recording) {
        (_, 403, _) => "This machine's own address is not among those that may call: add it to \
                        `[sip] allow`."
            .to_owned(),
        (Some(problem), ..) => problem.clone(),
        (None, _, None) if outcome.answered => {
            "It was answered, and no recording of it is kept: see the rules.".to_owned()
        }
        (None, ..) if outcome.answered => {
            let seconds = outcome.duration.as_secs_f64();
            format!("It was answered, lasted {seconds:.1} s and ended.")
        }
        (None, status, _) => format!("It was answered {status}."),
    };
    TestCalled {
        answered: outcome.answered,
        status: outcome.status,
        call_id: outcome.call_id,
        detail,
        recording,
    }
}

/// Those of the settings in their order, then others by address.
fn clients(settings: &Settings, mut heard: BTreeMap<Who, Contact>) -> Vec<Client> {
    let mut clients = Vec::new();
    for client in &settings.clients {
        let contact = heard.remove(&Who::Client(client.name.clone()));
        clients.push(Client {
            networks: client.networks.iter().map(ToString::to_string).collect(),
            caller: client.caller.to_string(),
            strict: client.strict,
            configured: true,
            ..of(client.name.clone(), contact.unwrap_or_default())
        });
    }
    for (who, contact) in heard {
        let name = match who {
            Who::Client(name) => name,
            Who::Address(address) => address.to_string(),
        };
        clients.push(Client {
            networks: vec![name.clone()],
            caller: siprec::Caller::default().to_string(),
            ..of(name, contact)
        });
    }
    clients
}

fn of(name: String, contact: Contact) -> Client {
    Client {
        name,
        last_contact_at: contact.last_contact_at,
        last_call_at: contact.last_call_at,
        calls: contact.calls,
        refused: contact.refused,
        running: contact.running,
        user_agent: contact.user_agent,
        transports: contact.transports,
        ..Client::default()
    }
}

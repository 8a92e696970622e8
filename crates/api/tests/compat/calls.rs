//! A recorder of six calls, each in another state; and what it was asked to do.

use api::{LiveAnswer, LiveCalls};
use jiff::Timestamp;
use model::live::{LiveCall, LiveError, LiveEvent, LiveState, Which};
use model::{Direction, Mode, Pause, RecordingId, SessionId, party};
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;

/// John's, on demand, nobody pressed start.
pub(crate) const WAITING: &str = "0b0f3c1e-6a55-4d0b-9f5e-1f1f6d0a7f11";
/// Jane's, recorded always.
pub(crate) const ALWAYS: &str = "0b0f3c1e-6a55-4d0b-9f5e-1f1f6d0a7f12";
/// The chief's, started.
pub(crate) const STARTED: &str = "0b0f3c1e-6a55-4d0b-9f5e-1f1f6d0a7f13";
/// Nobody's, of a line that is never recorded.
pub(crate) const NEVER: &str = "0b0f3c1e-6a55-4d0b-9f5e-1f1f6d0a7f14";
/// Jane's, over already.
pub(crate) const OVER: &str = "0b0f3c1e-6a55-4d0b-9f5e-1f1f6d0a7f15";
/// Nobody's, on demand.
pub(crate) const UNOWNED: &str = "0b0f3c1e-6a55-4d0b-9f5e-1f1f6d0a7f16";

/// The recorder. Everything fails with `fault` while there is one.
pub(crate) struct Calls {
    calls: Mutex<Vec<LiveCall>>,
    pub(crate) fault: Mutex<Option<LiveError>>,
    events: broadcast::Sender<LiveEvent>,
}

impl Calls {
    pub(crate) fn new() -> Arc<Self> {
        let calls = vec![
            call(WAITING, "225", "SEP225", Mode::OnDemand, 10),
            LiveCall {
                kept: true,
                paused: true,
                remote_number: "+390584943232".to_owned(),
                remote_name: "Anna Maria Verdi".to_owned(),
                ..call(ALWAYS, "226", "SEP226", Mode::Always, 20)
            },
            LiveCall {
                kept: true,
                remote_number: "225".to_owned(),
                ..call(STARTED, "200", "SEP200", Mode::KeepLate, 30)
            },
            call(NEVER, "299", "SEP299", Mode::Never, 40),
            LiveCall {
                kept: true,
                state: LiveState::Processing,
                ..call(OVER, "226", "SEP226", Mode::Always, 50)
            },
            call(UNOWNED, "298", "SEP298", Mode::OnDemand, 60),
        ];
        Arc::new(Self {
            calls: Mutex::new(calls),
            fault: Mutex::new(None),
            events: broadcast::channel(1).0,
        })
    }

    /// Whether a call is being kept.
    pub(crate) fn is_kept(&self, id: &str) -> bool {
        let id = RecordingId::parse(id).unwrap();
        let calls = self.calls.lock().unwrap();
        calls.iter().any(|call| call.recording == id && call.kept)
    }

    fn change(&self, which: &Which, start: bool) -> Result<RecordingId, LiveError> {
        if let Some(fault) = *self.fault.lock().unwrap() {
            return Err(fault);
        }
        let Which::Recording(id) = which else {
            return Err(LiveError::NoCall);
        };
        let mut calls = self.calls.lock().unwrap();
        let call = calls.iter_mut().find(|call| call.recording == *id);
        let call = call.ok_or(LiveError::NoCall)?;
        match (call.mode, call.kept) {
            (Mode::Always, _) => return Err(LiveError::Automatic),
            (_, true) if start => return Err(LiveError::AlreadyRecorded),
            (_, false) if !start => return Err(LiveError::NotLive),
            _ => call.kept = start,
        }
        Ok(*id)
    }
}

fn call(id: &str, number: &str, device: &str, mode: Mode, second: i64) -> LiveCall {
    let recording = RecordingId::parse(id).unwrap();
    let start = Timestamp::from_second(1_548_843_300 + second).unwrap();
    LiveCall {
        session: SessionId::from_bytes(recording.to_bytes()),
        recording,
        mode,
        rule: String::new(),
        undecided: false,
        kept: false,
        pause: Pause::Administrators,
        state: LiveState::Recording,
        started_at: start,
        answered_at: start,
        local_number: number.to_owned(),
        remote_number: String::new(),
        remote_name: String::new(),
        local_keys: party::keys(&format!("sip:{number}@pbx.example.net")),
        direction: Direction::Unknown,
        device_name: device.to_owned(),
        client: String::new(),
        pbx_call_id: None,
        paused: false,
        paused_by: None,
        participants: Vec::new(),
        streams: Vec::new(),
        owner: None,
        group: None,
    }
}

impl LiveCalls for Calls {
    fn live(&self) -> LiveAnswer<'_, Vec<LiveCall>> {
        Box::pin(async { self.calls.lock().unwrap().clone() })
    }

    fn start(&self, which: Which, _who: String) -> LiveAnswer<'_, Result<RecordingId, LiveError>> {
        Box::pin(async move { self.change(&which, true) })
    }

    fn stop(&self, which: Which, _who: String) -> LiveAnswer<'_, Result<RecordingId, LiveError>> {
        Box::pin(async move { self.change(&which, false) })
    }

    fn pause(&self, _: RecordingId, _: String) -> LiveAnswer<'_, Result<(), LiveError>> {
        Box::pin(async { Err(LiveError::NoCall) })
    }

    fn resume(&self, _: RecordingId, _: String) -> LiveAnswer<'_, Result<(), LiveError>> {
        Box::pin(async { Err(LiveError::NoCall) })
    }

    fn mark(&self, _: RecordingId, _: String, _: String) -> LiveAnswer<'_, Result<(), LiveError>> {
        Box::pin(async { Err(LiveError::NoCall) })
    }

    fn subscribe(&self) -> broadcast::Receiver<LiveEvent> {
        self.events.subscribe()
    }
}

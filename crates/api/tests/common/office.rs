//! An office for the tests of `/api/v1`: five users, three recordings, one call in progress, a
//! real catalogue and archive. Every answer is held against the committed description.

use crate::schema;
use api::{LiveAnswer, LiveCalls, Options};
use archive::Archive;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catalogue::{AuditFilter, AuditOrder, Catalogue, NewUser, Stored};
use jiff::Timestamp;
use model::access::Level;
use model::live::{LiveCall, LiveError, LiveEvent, LiveState, Which};
use model::people::UserId;
use model::{
    Details, Direction, Draft, Format, Mode, Pause, RecordingId, SessionId, Sha256, State, party,
};
use serde_json::Value;
use sha2::Digest;
use std::sync::{Arc, LazyLock, Mutex};
use tokio::sync::broadcast;
use tower::ServiceExt;

/// John's, with everything beside it.
pub(crate) const JOHNS: &str = "019338a0-0000-7000-8000-000000000001";
/// The chief's, who is in no group.
pub(crate) const CHIEFS: &str = "019338a0-0000-7000-8000-000000000002";
/// Nobody's.
pub(crate) const ORPHAN: &str = "019338a0-0000-7000-8000-000000000003";
/// John's call in progress.
pub(crate) const CALL: &str = "019338a0-0000-7000-8000-0000000000ca";

/// Everybody's password.
pub(crate) const PASSWORD: &str = "a good password";

pub(crate) const SOUND: &[u8] = b"RIFF and what follows, as good as sound here";

static HASH: LazyLock<String> = LazyLock::new(|| api::passwords::hash(PASSWORD).unwrap());

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(api::openapi()).unwrap());

pub(crate) struct Office {
    pub(crate) catalogue: Catalogue,
    pub(crate) archive: Archive,
    pub(crate) recorder: Arc<Recorder>,
    router: Router,
    _folder: tempfile::TempDir,
}

impl Office {
    pub(crate) async fn new() -> Self {
        Self::with(|options| options).await
    }

    /// With changed options.
    pub(crate) async fn with(change: impl FnOnce(Options) -> Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open("sqlite:catalogue.db", folder.path()).unwrap();
        let archive = Archive::open("file:archive", folder.path()).unwrap();
        let recorder = Arc::new(Recorder::new());
        let ready = Arc::new(Vec::new);
        let mut options = Options::new(catalogue.clone(), archive.clone(), ready);
        options.live = Some(Arc::clone(&recorder) as Arc<dyn LiveCalls>);
        options.node = "recorder-1".to_owned();
        let office = Self {
            router: api::router(change(options)),
            catalogue,
            archive,
            recorder,
            _folder: folder,
        };
        office.people().await;
        office.recordings().await;
        office.recorder.begin(call());
        office
    }

    async fn people(&self) {
        self.catalogue.add_group("Sales").await.unwrap();
        for (username, level, group, numbers) in [
            ("john", Level::BASE, "Sales", &["225"] as &[&str]),
            ("jane", Level::BASE, "", &["226"]),
            ("chief", Level::COMPLETE, "", &["200"]),
            ("recorder", Level::RECORD, "Sales", &["227"]),
            ("outsider", Level::NONE, "", &[]),
        ] {
            let mut user = NewUser::new(username, HASH.as_str());
            user.level = level;
            user.group = Some(group.to_owned());
            user.numbers = numbers.iter().map(|number| (*number).to_owned()).collect();
            if username == "jane" {
                user.supervises = vec!["Sales".to_owned()];
            }
            self.catalogue.add_user(user).await.unwrap();
        }
    }

    async fn recordings(&self) {
        let (john, chief) = (self.user("john").await, self.user("chief").await);
        let mut johns = draft(JOHNS, "2026-11-24T10:15:00Z", Some(john));
        johns.duration_ms = 192_000;
        johns.direction = Direction::Outgoing;
        johns.remote_number = "+390584943232".to_owned();
        johns.pbx_call_id = Some("28349101".to_owned());
        self.store(&johns, SOUND).await;
        for (ending, bytes) in [
            ("quality.json", QUALITY),
            ("signalling.json", SIGNALLING),
            ("peaks", PEAKS),
        ] {
            let key = format!("{JOHNS}.{ending}");
            self.archive.put_bytes(&key, bytes).await.unwrap();
        }
        let mut chiefs = draft(CHIEFS, "2026-11-24T11:00:00Z", Some(chief));
        chiefs.local_number = "200".to_owned();
        self.store(&chiefs, b"chief").await;
        let mut orphan = draft(ORPHAN, "2026-11-24T12:00:00Z", None);
        orphan.local_number = "299".to_owned();
        self.store(&orphan, b"orphan").await;
    }

    pub(crate) async fn user(&self, username: &str) -> UserId {
        let row = self.catalogue.sign_in(username).await.unwrap();
        row.unwrap().principal.id
    }

    /// Archives and registers.
    pub(crate) async fn store(&self, draft: &Draft, bytes: &[u8]) {
        let key = format!("{}.wav", draft.id);
        self.archive.put_bytes(&key, bytes).await.unwrap();
        let stored = Stored {
            size: bytes.len() as u64,
            sha256: Sha256(sha2::Sha256::digest(bytes).into()),
            format: Format::Wav,
            object_key: key,
        };
        self.catalogue.register(draft, stored).await.unwrap();
    }

    /// A request by a user of the office.
    pub(crate) fn ask(&self, username: &str, method: &str, path: &str) -> Asking<'_> {
        self.anonymous(method, path)
            .header("authorization", &basic(username, PASSWORD))
    }

    /// A request by nobody.
    pub(crate) fn anonymous(&self, method: &str, path: &str) -> Asking<'_> {
        Asking {
            office: self,
            method: method.to_uppercase(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Names of what the audit has, oldest first, with outcome and who.
    pub(crate) async fn audited(&self) -> Vec<String> {
        let filter = AuditFilter::default();
        let rows = self
            .catalogue
            .audit_rows(&filter, AuditOrder::Oldest, None, 1000);
        let rows = rows.await.unwrap().into_iter();
        rows.map(|row| {
            let event = row.event;
            let (who, outcome) = (event.who, event.outcome.name());
            format!("{who} {} {outcome}", event.action.name())
        })
        .collect()
    }

    /// Waits until the audit has something, which is at most a second behind.
    pub(crate) async fn audits(&self, wanted: &str) {
        for _ in 0..500 {
            if self.audited().await.iter().any(|line| line == wanted) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{wanted} is not in {:#?}", self.audited().await);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }
}

/// A request being put together.
pub(crate) struct Asking<'a> {
    office: &'a Office,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asking<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        let mut this = self.header("content-type", "application/json");
        this.body = body.to_string().into_bytes();
        this
    }

    pub(crate) fn csv(self, body: &str) -> Self {
        let mut this = self.header("content-type", "text/csv");
        this.body = body.as_bytes().to_vec();
        this
    }

    pub(crate) fn request(self) -> Request<Body> {
        let mut request = Request::builder()
            .method(self.method.as_str())
            .uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(Body::from(self.body)).unwrap()
    }

    /// The answer, held against the description.
    pub(crate) async fn answer(self) -> Answer {
        let (office, method) = (self.office, self.method.to_lowercase());
        let path = self.path.split('?').next().unwrap().to_owned();
        let (parts, body) = office.send(self.request()).await.into_parts();
        let body = axum::body::to_bytes(body, 1 << 24).await.unwrap().to_vec();
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        };
        if method != "head" {
            described(&method, &path, &answer);
        }
        answer
    }

    /// The answer's JSON, which must have this status.
    pub(crate) async fn gives(self, status: u16) -> Value {
        let asked = format!("{} {}", self.method, self.path);
        let answer = self.answer().await;
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, status, "{asked}: {text}");
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    /// The refusal's code, with its status.
    pub(crate) async fn refused(self, status: u16) -> String {
        let problem = self.gives(status).await;
        assert_eq!(problem["status"], status);
        problem["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A response with its body read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Status, type and body are what the description says.
fn described(method: &str, path: &str, answer: &Answer) {
    let template = |template: &str| {
        let (asked, known) = (path.split('/'), template.split('/'));
        let (asked, known): (Vec<_>, Vec<_>) = (asked.collect(), known.collect());
        asked.len() == known.len()
            && asked
                .iter()
                .zip(&known)
                .all(|(asked, known)| asked == known || known.starts_with('{'))
    };
    let mut matching: Vec<_> = schema::operations(&DOCUMENT)
        .into_iter()
        .filter(|(known, verb, _)| *verb == method && template(known))
        .collect();
    matching.sort_by_key(|(known, _, _)| known.matches('{').count());
    let Some((known, _, operation)) = matching.first() else {
        return;
    };
    let status = answer.status.to_string();
    let response = &operation["responses"][&status];
    assert!(
        !response.is_null(),
        "{method} {known}: {status} is not described"
    );
    let response = schema::resolved(&DOCUMENT, response);
    let Some(content) = response["content"].as_object() else {
        assert!(
            answer.body.is_empty(),
            "{method} {known} {status} has a body"
        );
        return;
    };
    let media_type = answer.header("content-type").split(';').next().unwrap();
    let media = &content[media_type];
    if media_type.ends_with("json") {
        let faults = schema::faults(&DOCUMENT, &media["schema"], &answer.json(), "$");
        assert!(faults.is_empty(), "{method} {known} {status}: {faults:?}");
    }
}

pub(crate) fn basic(username: &str, password: &str) -> String {
    let pair = STANDARD.encode(format!("{username}:{password}"));
    format!("Basic {pair}")
}

pub(crate) fn draft(id: &str, start: &str, owner: Option<UserId>) -> Draft {
    let id = RecordingId::parse(id).unwrap();
    let start: Timestamp = start.parse().unwrap();
    Draft {
        id,
        session: SessionId::from_bytes(id.to_bytes()),
        pbx_call_id: None,
        start_time: start,
        duration_ms: 1000,
        direction: Direction::Unknown,
        local_number: "225".to_owned(),
        remote_number: String::new(),
        owner,
        sides_assumed: false,
        state: State::Available,
        reason: String::new(),
        answered_at: start,
        ended_at: start,
        undecoded: Vec::new(),
        oddities: Vec::new(),
        details: Details::default(),
    }
}

/// John's call: kept only if somebody starts it.
pub(crate) fn call() -> LiveCall {
    let id = RecordingId::parse(CALL).unwrap();
    LiveCall {
        session: SessionId::from_bytes(id.to_bytes()),
        recording: id,
        mode: Mode::KeepLate,
        rule: String::new(),
        undecided: false,
        kept: false,
        pause: Pause::Administrators,
        state: LiveState::Recording,
        started_at: "2026-11-24T10:00:00Z".parse().unwrap(),
        answered_at: "2026-11-24T10:00:00Z".parse().unwrap(),
        local_number: "225".to_owned(),
        remote_number: "+390584943232".to_owned(),
        remote_name: String::new(),
        local_keys: party::keys("225"),
        direction: Direction::Incoming,
        device_name: "SEP123456789ABC".to_owned(),
        client: "sbc".to_owned(),
        pbx_call_id: None,
        paused: false,
        paused_by: None,
        participants: Vec::new(),
        streams: Vec::new(),
        owner: None,
        group: None,
    }
}

/// A recorder that only remembers what it was told.
pub(crate) struct Recorder {
    calls: Mutex<Vec<LiveCall>>,
    pub(crate) told: Mutex<Vec<String>>,
    pub(crate) refuses: Mutex<Option<LiveError>>,
    events: broadcast::Sender<LiveEvent>,
}

impl Recorder {
    fn new() -> Self {
        Self {
            calls: Mutex::default(),
            told: Mutex::default(),
            refuses: Mutex::default(),
            events: broadcast::channel(16).0,
        }
    }

    pub(crate) fn begin(&self, call: LiveCall) {
        self.calls.lock().unwrap().push(call.clone());
        let _ = self.events.send(LiveEvent::Began(call));
    }

    pub(crate) fn happens(&self, event: LiveEvent) {
        let _ = self.events.send(event);
    }

    pub(crate) fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    fn tell(&self, what: String) -> Result<(), LiveError> {
        self.told.lock().unwrap().push(what);
        self.refuses.lock().unwrap().map_or(Ok(()), Err)
    }

    fn which(which: &Which) -> RecordingId {
        match which {
            Which::Recording(id) => *id,
            Which::Line { .. } | Which::Keys(_) => panic!("v1 asks by id: {which:?}"),
        }
    }
}

impl LiveCalls for Recorder {
    fn live(&self) -> LiveAnswer<'_, Vec<LiveCall>> {
        Box::pin(async { self.calls.lock().unwrap().clone() })
    }

    fn start(&self, which: Which, who: String) -> LiveAnswer<'_, Result<RecordingId, LiveError>> {
        let id = Self::which(&which);
        let told = self.tell(format!("start {who}"));
        Box::pin(async move { told.map(|()| id) })
    }

    fn stop(&self, which: Which, who: String) -> LiveAnswer<'_, Result<RecordingId, LiveError>> {
        let id = Self::which(&which);
        let told = self.tell(format!("stop {who}"));
        Box::pin(async move { told.map(|()| id) })
    }

    fn pause(&self, _: RecordingId, who: String) -> LiveAnswer<'_, Result<(), LiveError>> {
        let told = self.tell(format!("pause {who}"));
        Box::pin(async move { told })
    }

    fn resume(&self, _: RecordingId, who: String) -> LiveAnswer<'_, Result<(), LiveError>> {
        let told = self.tell(format!("resume {who}"));
        Box::pin(async move { told })
    }

    fn mark(
        &self,
        _: RecordingId,
        who: String,
        text: String,
    ) -> LiveAnswer<'_, Result<(), LiveError>> {
        let told = self.tell(format!("mark {who} {text}"));
        Box::pin(async move { told })
    }

    fn subscribe(&self) -> broadcast::Receiver<LiveEvent> {
        self.events.subscribe()
    }
}

const QUALITY: &[u8] = br#"{"sampleRate":8000,"samples":320,"lostFrames":0,"malformed":0,
"streams":[{"stream":0,"label":"1","channel":"left","packets":2,"lost":0,"duplicates":0,
"reordered":0,"discarded":0,"ssrcChanges":0,"jumps":0,"gaps":0,"driftCorrections":0,
"driftSamples":0,"stray":0,"dropped":0,"encodings":["PCMA"],"undecoded":[]}]}"#;

const SIGNALLING: &[u8] =
    br#"[{"sent":false,"time":"2026-11-24T10:15:00Z","text":"INVITE\r\na=crypto:1 X inline:***"}]"#;

const PEAKS: &[u8] = b"EWPK\x01\x02\0\0\x40\x1f\0\0\xa0\0\0\0\x40\x01\0\0\0\0\0\0\x01\x02\x03\x04";

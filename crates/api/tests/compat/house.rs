//! A small company: six users, five recordings, one clock that stands still.

use api::Options;
use archive::Archive;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catalogue::{AuditFilter, AuditOrder, Catalogue, Edit, NewUser, Stored};
use model::access::Level;
use model::audit::{Actor, AuditAction};
use model::people::UserId;
use model::{Direction, Draft, Format, Recording, RecordingId, SessionId, Sha256, State};
use sha2::Digest;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};
use tower::ServiceExt;

pub(crate) const BASE: &str = "/fw/Apps/Recorder/WebAPI/Recordings";

/// John's; the id of the published page, as printed there.
pub(crate) const JOHNS: &str = "75A90276-E47E-4e9e-B463-E3C743D5FF3A";
/// John's too, with fractions of seconds and nothing known of the call.
pub(crate) const PLAIN: &str = "019338a0-0000-7000-8000-000000000001";
/// Of the chief, who is in no group.
pub(crate) const CHIEFS: &str = "019338a0-0000-7000-8000-000000000002";
/// Nobody's.
pub(crate) const ORPHAN: &str = "019338a0-0000-7000-8000-000000000003";
/// John's, and could not be rendered.
pub(crate) const FAILED: &str = "019338a0-0000-7000-8000-000000000004";

/// Everybody's password, but for `nopass`, who has none.
pub(crate) const PASSWORD: &str = "pass:wörd 1";

/// Sound of a thousand different bytes, near enough.
pub(crate) static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..1000_u32)
        .flat_map(|n| (n as u16).to_le_bytes())
        .collect()
});

static HASH: LazyLock<String> = LazyLock::new(|| api::passwords::hash(PASSWORD).unwrap());

/// Everything a test needs.
pub(crate) struct House {
    pub(crate) catalogue: Catalogue,
    pub(crate) archive: Archive,
    pub(crate) runs: Arc<AtomicU64>,
    pub(crate) router: Router,
    clock: Arc<Mutex<Instant>>,
    folder: tempfile::TempDir,
}

/// A response with its body read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl House {
    /// With users and recordings.
    pub(crate) async fn new() -> Self {
        let house = Self::empty().await;
        house.furnish().await;
        house
    }

    /// Puts users and recordings in.
    pub(crate) async fn furnish(&self) {
        self.people().await;
        self.recordings().await;
    }

    /// With nothing in it but the group and the users.
    pub(crate) async fn of_people() -> Self {
        let house = Self::empty().await;
        house.people().await;
        house
    }

    async fn empty() -> Self {
        Self::with(|options| options).await
    }

    /// Built with changed options, and users.
    pub(crate) async fn with(change: impl FnOnce(Options) -> Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open("sqlite:catalogue.db", folder.path()).unwrap();
        let archive = Archive::open("file:archive", folder.path()).unwrap();
        let clock = Arc::new(Mutex::new(Instant::now()));
        let ready = Arc::new(Vec::new);
        let mut options = Options::new(catalogue.clone(), archive.clone(), ready);
        let hands = Arc::clone(&clock);
        options.clock = Arc::new(move || *hands.lock().unwrap());
        let options = change(options);
        let runs = Arc::clone(&options.argon2_runs);
        let router = api::router(options);
        Self {
            catalogue,
            archive,
            runs,
            router,
            clock,
            folder,
        }
    }

    /// Every file of the archive, staged ones too.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.folder.path().join("archive")];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    /// What the audit says of a recording: who did what, and how it ended.
    pub(crate) async fn audit(&self, action: AuditAction) -> Vec<(String, String)> {
        let filter = AuditFilter {
            action: Some(action),
            ..AuditFilter::default()
        };
        let order = AuditOrder::Oldest;
        let rows = self.catalogue.audit_rows(&filter, order, None, 1000).await;
        let rows = rows.unwrap().into_iter().map(|row| row.event);
        rows.map(|event| (event.who, event.outcome.name().to_owned()))
            .collect()
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, time: Duration) {
        *self.clock.lock().unwrap() += time;
    }

    pub(crate) fn argon2_runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    pub(crate) async fn people(&self) {
        self.catalogue.add_group("Sales").await.unwrap();
        for (username, level, group, numbers) in [
            ("john_doe", Level::BASE, "Sales", &["225"] as &[&str]),
            ("jane_roe", Level::BASE, "", &["226"]),
            ("chief", Level::COMPLETE, "", &["200", "+390584200"]),
            ("recorder", Level::RECORD, "Sales", &[]),
            ("outsider", Level::NONE, "", &[]),
            ("nopass", Level::COMPLETE, "", &[]),
        ] {
            let hash = if username == "nopass" {
                ""
            } else {
                HASH.as_str()
            };
            let mut user = NewUser::new(username, hash);
            user.level = level;
            user.group = Some(group.to_owned());
            user.numbers = numbers.iter().map(|number| (*number).to_owned()).collect();
            if username == "john_doe" {
                user.first_name = "John".to_owned();
                user.last_name = "Doe".to_owned();
                user.department = "EMEA".to_owned();
            }
            if username == "jane_roe" {
                user.supervises = vec!["Sales".to_owned()];
            }
            self.catalogue.add_user(user).await.unwrap();
        }
    }

    async fn recordings(&self) {
        let (john, chief) = (self.user("john_doe").await, self.user("chief").await);
        let mut johns = draft(JOHNS, "2019-01-30T10:15:00Z", Some(john));
        johns.duration_ms = 192_000;
        johns.direction = Direction::Outgoing;
        johns.remote_number = "+390584943232".to_owned();
        johns.pbx_call_id = Some("28349101".to_owned());
        self.store(&johns, &SOUND).await;
        let note = Edit::Note(Some("Customer said \"yes\" – twice".to_owned()));
        for (username, edit) in [("jane_roe", note), ("chief", Edit::Preserve)] {
            let found = self.catalogue.sign_in(username).await.unwrap().unwrap();
            let actor = Actor::user(found.principal, None, "test");
            let edits = vec![edit];
            self.catalogue
                .by(actor)
                .edit(johns.id, edits, None)
                .await
                .unwrap();
        }

        let mut plain = draft(PLAIN, "2024-11-17T08:00:00.250Z", Some(john));
        plain.duration_ms = 90_500;
        self.store(&plain, &SOUND[..10]).await;
        let mut chiefs = draft(CHIEFS, "2024-11-17T09:00:00Z", Some(chief));
        chiefs.local_number = "200".to_owned();
        self.store(&chiefs, b"chief").await;
        let mut orphan = draft(ORPHAN, "2024-11-17T10:00:00Z", None);
        orphan.local_number = "299".to_owned();
        orphan.duration_ms = 0;
        self.store(&orphan, b"").await;
        let mut failed = draft(FAILED, "2024-11-17T11:00:00Z", Some(john));
        failed.state = State::Failed;
        let stored = Stored {
            size: 0,
            sha256: sha256(b""),
            format: Format::Wav,
            object_key: String::new(),
        };
        self.catalogue.register(&failed, stored).await.unwrap();
    }

    pub(crate) async fn user(&self, username: &str) -> UserId {
        self.catalogue
            .sign_in(username)
            .await
            .unwrap()
            .unwrap()
            .principal
            .id
    }

    /// Archives and registers.
    pub(crate) async fn store(&self, draft: &Draft, bytes: &[u8]) -> Recording {
        let key = format!("{}.wav", draft.id);
        self.archive.put_bytes(&key, bytes).await.unwrap();
        let stored = Stored {
            size: bytes.len() as u64,
            sha256: sha256(bytes),
            format: Format::Wav,
            object_key: key,
        };
        self.catalogue.register(draft, stored).await.unwrap()
    }

    /// Asks as a user of the house.
    pub(crate) async fn get(&self, username: &str, path: &str) -> Answer {
        self.send(request("GET", username, path).body(Body::empty()).unwrap())
            .await
    }

    /// The status alone, with the password given.
    pub(crate) async fn sign_in(&self, username: &str, password: &str) -> u16 {
        let request = Request::get(BASE).header("authorization", basic(username, password));
        self.send(request.body(Body::empty()).unwrap())
            .await
            .status
            .as_u16()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        read(self.router.clone().oneshot(request).await.unwrap()).await
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

pub(crate) fn request(method: &str, username: &str, path: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path);
    request.header("authorization", basic(username, PASSWORD))
}

pub(crate) fn basic(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    )
}

pub(crate) fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

pub(crate) fn draft(id: &str, start: &str, owner: Option<UserId>) -> Draft {
    let id = RecordingId::parse(id).unwrap();
    Draft {
        id,
        session: SessionId::from_bytes(id.to_bytes()),
        pbx_call_id: None,
        start_time: start.parse().unwrap(),
        duration_ms: 1000,
        direction: Direction::Unknown,
        local_number: "225".to_owned(),
        remote_number: String::new(),
        owner,
        sides_assumed: false,
        state: State::Available,
        reason: String::new(),
        answered_at: start.parse().unwrap(),
        ended_at: start.parse().unwrap(),
        undecoded: Vec::new(),
        oddities: Vec::new(),
        details: model::Details::default(),
    }
}

async fn read(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 24).await.unwrap().to_vec();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

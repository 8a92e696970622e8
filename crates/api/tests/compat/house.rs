//! A small company: six users, five recordings, one clock that stands still.

use crate::furniture;
pub(crate) use crate::furniture::{
    CHIEFS, FAILED, JOHNS, ORPHAN, PASSWORD, PLAIN, SOUND, draft, sha256,
};
use api::Options;
use archive::Archive;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catalogue::{AuditFilter, AuditOrder, Catalogue};
use model::audit::AuditAction;
use model::people::UserId;
use model::{Draft, Recording};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tower::ServiceExt;

pub(crate) const BASE: &str = "/fw/Apps/Recorder/WebAPI/Recordings";

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
        furniture::recordings(&self.catalogue, &self.archive).await;
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
        furniture::people(&self.catalogue).await;
    }

    pub(crate) async fn user(&self, username: &str) -> UserId {
        furniture::user(&self.catalogue, username).await
    }

    /// Archives and registers.
    pub(crate) async fn store(&self, draft: &Draft, bytes: &[u8]) -> Recording {
        furniture::store(&self.catalogue, &self.archive, draft, bytes).await
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

async fn read(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 24).await.unwrap().to_vec();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

//! A company in which things happen: a real catalogue and archive behind the whole router, and
//! beside them what everybody who works there would know. Whatever the API can do is done
//! through it.

use archive::Archive;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catalogue::{Catalogue, NewUser, Stored};
use model::access::Level;
use model::{Details, Direction, Draft, Format, RecordingId, SessionId, Sha256, State};
use serde_json::{Value, json};
use sha2::Digest;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use tower::ServiceExt;

/// The sound of every recording that has one.
pub(crate) const SOUND: &[u8] = b"as good as sound";

const GROUPS: [&str; 3] = ["Sales", "Support", "Board"];
const PASSWORD: &str = "a good password";

static HASH: LazyLock<String> = LazyLock::new(|| api::passwords::hash(PASSWORD).unwrap());

/// Somebody who works there, or did.
pub(crate) struct Person {
    username: String,
    pub(crate) token: String,
    pub(crate) level: u8,
    /// The group as of now, or of when the person left.
    pub(crate) group: Option<usize>,
    pub(crate) supervises: BTreeSet<usize>,
    gone: bool,
}

/// A recording, or what is left of it.
pub(crate) struct Kept {
    pub(crate) id: String,
    /// A place among the people.
    pub(crate) owner: Option<usize>,
    pub(crate) failed: bool,
    pub(crate) deleted: bool,
}

pub(crate) struct Company {
    pub(crate) people: Vec<Person>,
    pub(crate) kept: Vec<Kept>,
    catalogue: Catalogue,
    archive: Archive,
    router: Router,
    _folder: tempfile::TempDir,
}

impl Company {
    /// With a chief, who sees everything and stays, and two others.
    pub(crate) async fn found() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open("sqlite:catalogue.db", folder.path()).unwrap();
        let archive = Archive::open("file:archive", folder.path()).unwrap();
        let ready = std::sync::Arc::new(Vec::new);
        let options = api::Options::new(catalogue.clone(), archive.clone(), ready);
        let mut company = Self {
            people: Vec::new(),
            kept: Vec::new(),
            catalogue,
            archive,
            router: api::router(options),
            _folder: folder,
        };
        for group in GROUPS {
            company.catalogue.add_group(group).await.unwrap();
        }
        company.hire(10, 3, 0).await;
        company.hire(2, 0, 0).await;
        company.hire(2, 3, 0b11).await;
        company
    }

    /// Places of those who work there.
    pub(crate) fn employed(&self) -> Vec<usize> {
        let people = self.people.iter().enumerate();
        let here = people.filter(|(_, person)| !person.gone);
        here.map(|(place, _)| place).collect()
    }

    /// Names become free when people leave, and are given again.
    pub(crate) async fn hire(&mut self, level: u8, group: usize, groups: u8) {
        let taken = |name: &String| self.people.iter().any(|p| !p.gone && p.username == *name);
        let mut names = (0..).map(|number| format!("person-{number}"));
        let username = names.find(|name| !taken(name)).unwrap();
        let mut user = NewUser::new(&username, HASH.as_str());
        user.level = Level::new(level).unwrap();
        user.group = GROUPS.get(group).map(|name| (*name).to_owned());
        user.supervises = names_of(groups);
        self.catalogue.add_user(user).await.unwrap();
        self.people.push(Person {
            token: self.token(&username).await,
            username,
            level,
            group: Some(group).filter(|group| *group < GROUPS.len()),
            supervises: places(groups),
            gone: false,
        });
    }

    async fn token(&self, username: &str) -> String {
        let chief = STANDARD.encode(format!("person-0:{PASSWORD}"));
        let body = json!({ "name": "test", "username": username });
        let asked = request("POST", "/api/v1/tokens", &format!("Basic {chief}"), &body);
        let (status, body) = self.send(asked).await;
        assert_eq!(status, 201);
        let body: Value = serde_json::from_slice(&body).unwrap();
        body["token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn move_to(&mut self, who: usize, group: usize) {
        let name = GROUPS.get(group).copied().unwrap_or_default();
        self.change(who, json!({ "group": name })).await;
        self.people[who].group = Some(group).filter(|group| *group < GROUPS.len());
    }

    /// The chief stays what the chief is.
    pub(crate) async fn promote(&mut self, who: usize, level: u8) {
        if who != 0 {
            self.change(who, json!({ "level": level })).await;
            self.people[who].level = level;
        }
    }

    pub(crate) async fn charge(&mut self, who: usize, groups: u8) {
        self.change(who, json!({ "supervises": names_of(groups) }))
            .await;
        self.people[who].supervises = places(groups);
    }

    async fn change(&self, who: usize, change: Value) {
        let path = format!("/api/v1/users/{}", self.people[who].username);
        self.chief("PATCH", &path, change, 200).await;
    }

    pub(crate) async fn dismiss(&mut self, who: usize) {
        if who != 0 {
            let path = format!("/api/v1/users/{}", self.people[who].username);
            self.chief("DELETE", &path, Value::Null, 204).await;
            self.people[who].gone = true;
        }
    }

    /// A call is over: it could be rendered or not.
    pub(crate) async fn record(&mut self, owner: Option<usize>, failed: bool) {
        let number = u64::try_from(self.kept.len()).unwrap();
        let id = format!("019338a0-0000-7000-8000-{number:012}");
        let mut draft = draft(&id, number);
        if let Some(owner) = owner {
            let row = self.catalogue.sign_in(&self.people[owner].username);
            draft.owner = Some(row.await.unwrap().unwrap().principal.id);
        }
        let (mut bytes, mut object_key) = (SOUND, format!("{id}.wav"));
        if failed {
            draft.state = State::Failed;
            (bytes, object_key) = (b"", String::new());
        } else {
            self.archive.put_bytes(&object_key, bytes).await.unwrap();
        }
        let stored = Stored {
            size: u64::try_from(bytes.len()).unwrap(),
            sha256: Sha256(sha2::Sha256::digest(bytes).into()),
            format: Format::Wav,
            object_key,
        };
        self.catalogue.register(&draft, stored).await.unwrap();
        self.kept.push(Kept {
            id,
            owner,
            failed,
            deleted: false,
        });
    }

    /// Gives one of the recordings that are left to somebody, or to nobody.
    pub(crate) async fn give(&mut self, pick: impl Fn(usize) -> usize, owner: Option<usize>) {
        let Some(which) = self.one_left(pick) else {
            return;
        };
        let path = format!("/api/v1/recordings/{}", self.kept[which].id);
        let name = owner.map(|owner| &self.people[owner].username);
        self.chief("PATCH", &path, json!({ "owner": name }), 200)
            .await;
        self.kept[which].owner = owner;
    }

    /// Deletes one of the recordings that are left.
    pub(crate) async fn delete(&mut self, pick: impl Fn(usize) -> usize) {
        let Some(which) = self.one_left(pick) else {
            return;
        };
        let path = format!("/api/v1/recordings/{}?reason=test", self.kept[which].id);
        self.chief("DELETE", &path, Value::Null, 204).await;
        self.kept[which].deleted = true;
    }

    fn one_left(&self, pick: impl Fn(usize) -> usize) -> Option<usize> {
        let all = self.kept.iter().enumerate();
        let left: Vec<usize> = all
            .filter(|(_, kept)| !kept.deleted)
            .map(|(place, _)| place)
            .collect();
        (!left.is_empty()).then(|| left[pick(left.len())])
    }

    async fn chief(&self, method: &str, path: &str, body: Value, status: u16) {
        let (answered, body) = self.ask(&self.people[0], method, path, body).await;
        let text = String::from_utf8_lossy(&body);
        assert_eq!(answered, status, "{method} {path}: {text}");
    }

    /// Status and body of what a person is answered.
    pub(crate) async fn ask(
        &self,
        person: &Person,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Vec<u8>) {
        let bearer = format!("Bearer {}", person.token);
        self.send(request(method, path, &bearer, &body)).await
    }

    async fn send(&self, request: Request<Body>) -> (u16, Vec<u8>) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, 1 << 24).await.unwrap();
        (parts.status.as_u16(), body.to_vec())
    }
}

fn request(method: &str, path: &str, authorization: &str, body: &Value) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", authorization);
    if body.is_null() {
        return request.body(Body::empty()).unwrap();
    }
    let request = request.header("content-type", "application/json");
    request.body(Body::from(body.to_string())).unwrap()
}

fn places(groups: u8) -> BTreeSet<usize> {
    (0..GROUPS.len())
        .filter(|place| groups & (1 << place) != 0)
        .collect()
}

fn names_of(groups: u8) -> Vec<String> {
    let names = places(groups).into_iter().map(|place| GROUPS[place]);
    names.map(str::to_owned).collect()
}

fn draft(id: &str, number: u64) -> Draft {
    let id = RecordingId::parse(id).unwrap();
    // Some begin in the same second.
    let second = 1_732_440_000 + i64::try_from(number / 2).unwrap();
    let start = jiff::Timestamp::from_second(second).unwrap();
    Draft {
        id,
        session: SessionId::from_bytes(id.to_bytes()),
        pbx_call_id: None,
        start_time: start,
        duration_ms: 1000,
        direction: Direction::Unknown,
        local_number: "225".to_owned(),
        remote_number: String::new(),
        owner: None,
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

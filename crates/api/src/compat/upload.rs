//! `POST Recordings`: a recording made elsewhere, as a form of two parts.
//!
//! The request is read once, front to back, in bounded memory. It is read to its end before it
//! is refused, because many clients look at no answer earlier; only what is too large is cut
//! off. Whether the parts are what they must be, `crate::upload` says.

use super::refused::Refused;
use crate::app::App;
use crate::auth::Caller;
use crate::gate::permit;
use crate::refusal::Refusal;
use crate::upload::form::{Event, Form, Part};
use crate::upload::{self, FILE_OCTETS_MAX, Intake, Metadata, Reason, Received};
use archive::Archive;
use axum::Json;
use axum::body::{Body, BodyDataStream};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use media::check::Kind;
use model::access::Action;
use serde::Serialize;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

/// Longest `jsondata` in octets.
const JSON_OCTETS_MAX: usize = 64 * 1024;

/// Octets of a request that are read: the largest file, what is around it, and of what is too
/// large as much as a client may have sent before it looks at the answer.
const REQUEST_OCTETS_MAX: u64 = FILE_OCTETS_MAX + 8 * 1024 * 1024;

/// How long to wait for more of what is too large.
const LINGER_MAX: Duration = Duration::from_secs(1);

/// Pieces of a file that wait for the disk.
const PIECES_MAX: usize = 8;

/// Uploads at a time: each may fill the disk with one file.
const UPLOADS_MAX: usize = 8;

static PLACES: Semaphore = Semaphore::const_new(UPLOADS_MAX);

/// The answer.
#[derive(Serialize)]
struct Created {
    id: String,
}

/// `POST Recordings`, with or without a slash at the end.
pub(super) async fn upload(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    permit(&caller, Action::UploadOwn)?;
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let form = content_type.and_then(Form::new).ok_or_else(|| {
        bad(
            Reason::Body,
            "the request is no multipart/form-data with a boundary",
        )
    })?;
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > REQUEST_OCTETS_MAX) {
        return Err(too_large());
    }
    let _place = PLACES.try_acquire().map_err(|_| Refusal::Unavailable)?;
    let mut reading = Reading::new(form, app.archive.clone());
    reading.read(body).await?;
    let (metadata, received) = reading.finish().await?;
    let catalogue = app.catalogue.by(caller.actor());
    let stored = upload::store(&catalogue, &app.archive, metadata, received).await;
    let recording = stored.map_err(refused)?;
    let id = recording.draft.id.to_string();
    Ok((StatusCode::CREATED, Json(Created { id })).into_response())
}

/// The parts of a request that is being read.
struct Reading {
    form: Form,
    archive: Archive,
    size: u64,
    part: Where,
    json: Option<Vec<u8>>,
    file: Option<File>,
    /// The first thing that is wrong, of the lowest published reason.
    wrong: Option<(Reason, String)>,
    too_large: bool,
}

/// The part that is being read.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Where {
    Json,
    File,
    Elsewhere,
}

/// A file on its way to the disk.
struct File {
    pieces: Option<mpsc::Sender<Bytes>>,
    intake: JoinHandle<Result<Received, upload::Error>>,
    size: u64,
}

impl Reading {
    fn new(form: Form, archive: Archive) -> Self {
        Self {
            form,
            archive,
            size: 0,
            part: Where::Elsewhere,
            json: None,
            file: None,
            wrong: None,
            too_large: false,
        }
    }

    async fn read(&mut self, body: Body) -> Result<(), Refused> {
        let mut pieces = body.into_data_stream();
        let mut events = Vec::new();
        while let Some(piece) = self.next(&mut pieces).await {
            // Whoever breaks off reads no answer; what was staged is dropped with `self`.
            let piece = piece.map_err(|_| bad(Reason::Body, "the request ends too early"))?;
            self.size += piece.len() as u64;
            if self.size > REQUEST_OCTETS_MAX {
                return Err(too_large());
            }
            if self.too_large {
                continue;
            }
            if let Err(fault) = self.form.push(&piece, &mut events) {
                return Err(bad(Reason::Body, &fault.to_string()));
            }
            for event in events.drain(..) {
                match event {
                    Event::Begin(part) => self.begin(&part),
                    Event::Data(data) => self.data(data).await,
                    Event::End => self.end(),
                }
            }
        }
        if self.too_large {
            return Err(too_large());
        }
        let ended = self.form.finish();
        ended.map_err(|fault| bad(Reason::Body, &fault.to_string()))
    }

    /// The next piece. Of what is too large already some more is taken, but not waited for.
    async fn next(&self, pieces: &mut BodyDataStream) -> Option<Result<Bytes, axum::Error>> {
        if !self.too_large {
            return pieces.next().await;
        }
        let piece = tokio::time::timeout(LINGER_MAX, pieces.next());
        piece.await.ok().flatten()
    }

    fn begin(&mut self, part: &Part) {
        self.part = match part.name.as_str() {
            "jsondata" => Where::Json,
            "attachment" => Where::File,
            _ => Where::Elsewhere,
        };
        if self.part == Where::Elsewhere {
            return;
        }
        let plain = ["", "7bit", "8bit", "binary"].contains(&part.encoding.as_str());
        if !plain {
            self.wrong(Reason::Body, "a part has a transfer encoding");
        }
        if self.part == Where::Json {
            if self.json.replace(Vec::new()).is_some() {
                self.wrong(Reason::Body, "jsondata is there twice");
            }
            return;
        }
        match upload::kind(&part.media_type) {
            None => self.wrong(Reason::Audio, "the attachment's Content-Type is not taken"),
            Some(_) if self.file.is_some() => {
                self.wrong(Reason::Audio, "the attachment is there twice");
            }
            Some(kind) => {
                self.file = Some(File::new(self.archive.clone(), kind));
                return;
            }
        }
        self.part = Where::Elsewhere;
    }

    async fn data(&mut self, data: Vec<u8>) {
        match (self.part, &mut self.json, &mut self.file) {
            (Where::Json, Some(json), _) if json.len() + data.len() <= JSON_OCTETS_MAX => {
                json.extend(data);
            }
            (Where::Json, _, _) => self.wrong(Reason::Body, "jsondata is too long"),
            (Where::File, _, Some(file)) => {
                file.size += data.len() as u64;
                if file.size > FILE_OCTETS_MAX {
                    self.too_large = true;
                    self.file = None;
                } else {
                    file.take(data.into()).await;
                }
            }
            (Where::File | Where::Elsewhere, _, _) => {}
        }
    }

    fn end(&mut self) {
        if let (Where::File, Some(file)) = (self.part, &mut self.file) {
            file.pieces = None;
        }
        self.part = Where::Elsewhere;
    }

    fn wrong(&mut self, reason: Reason, message: &str) {
        let worse = |(known, _): &(Reason, String)| known.number() > reason.number();
        if self.wrong.as_ref().is_none_or(worse) {
            self.wrong = Some((reason, message.to_owned()));
        }
    }

    /// The two parts, or the first of the published reasons that something is wrong.
    async fn finish(mut self) -> Result<(Metadata, Received), Refused> {
        if self.json.is_none() {
            self.wrong(Reason::Body, "there is no part jsondata");
        }
        let metadata = Metadata::parse(&self.json.take().unwrap_or_default());
        if let Err(refused) = &metadata {
            self.wrong(refused.reason, &refused.message);
        }
        if self.file.is_none() {
            self.wrong(Reason::Audio, "there is no part attachment");
        }
        let received = match self.file.take() {
            Some(file) => Some(file.intake.await.map_err(|fault| Refusal::fault(&fault))?),
            None => None,
        };
        if let Some((reason, message)) = self.wrong {
            return Err(bad(reason, &message));
        }
        match (metadata, received) {
            (Ok(metadata), Some(received)) => Ok((metadata, received.map_err(refused)?)),
            // Both have said above what is wrong.
            (Err(_), _) | (_, None) => Err(bad(Reason::Body, "the request cannot be used")),
        }
    }
}

impl File {
    fn new(archive: Archive, kind: Kind) -> Self {
        let (pieces, mut coming) = mpsc::channel::<Bytes>(PIECES_MAX);
        let intake = tokio::task::spawn_blocking(move || {
            let mut intake = Intake::new(&archive, kind)?;
            while let Some(piece) = coming.blocking_recv() {
                intake.write(&piece)?;
            }
            intake.finish()
        });
        Self {
            pieces: Some(pieces),
            intake,
            size: 0,
        }
    }

    /// Hands a piece on. A file that was refused already takes no more; that it was, its
    /// intake says.
    async fn take(&mut self, piece: Bytes) {
        if let Some(pieces) = &self.pieces
            && pieces.send(piece).await.is_err()
        {
            self.pieces = None;
        }
    }
}

fn bad(reason: Reason, message: &str) -> Refused {
    Refused::Bad(reason.number(), message.to_owned())
}

fn too_large() -> Refused {
    let message = "the file has more than 256 MiB".to_owned();
    Refused::BadAndClose(Reason::Audio.number(), message)
}

fn refused(error: upload::Error) -> Refused {
    match error {
        upload::Error::Refused(refused) => bad(refused.reason, &refused.message),
        upload::Error::TooLarge => too_large(),
        upload::Error::Denied(denied) => crate::gate::refused(denied).into(),
        upload::Error::Archive(error) => error.into(),
        upload::Error::Catalogue(error) => error.into(),
        upload::Error::Disk(error) => {
            tracing::warn!("an upload cannot be taken in: {error}");
            Refusal::Unavailable.into()
        }
        upload::Error::Randomness => Refusal::fault(&"the system has no randomness").into(),
    }
}

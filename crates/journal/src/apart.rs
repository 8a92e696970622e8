//! Sessions apart from the log: held in their call files until they are kept or discarded.
//!
//! What may yet be thrown away is never in the shared log, where it could not be overwritten.
//! Such a session is written to its call file alone, without a promise for a power cut except
//! for what began it. Kept, its file is synced and the log goes on with it; discarded, its file
//! is overwritten with zeros, unlinked, and only a mark in the log remains for a while.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::callfile::{Raw, Tail};
use crate::calls;
use crate::commit::Waiter;
use crate::entry::{Entry, Mark};
use crate::error::Error;
use crate::format::Clocks;
use crate::frames::Frame;
use crate::index::CallFile;
use crate::log::{Append, Log, Position, Shared, lock};
use crate::writer::{Batch, Piece, Writer};
use model::SessionId;

impl Log {
    /// Begins a session in its call file, apart from the log: what may yet be discarded. All
    /// entries are of that session. Calls back when they and the file are durable, or never
    /// will be, together with others that begin then; the callback must be quick.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::TooLarge`]: nothing of it was kept, and `done` is not called.
    pub fn open_apart(&self, batch: &[Append<'_>], done: Waiter) -> Result<(), Error> {
        let mut batch = Batch::encode(batch)?;
        let Some(session) = batch.pieces.first().map(|piece| piece.session) else {
            return Ok(());
        };
        let shared = &self.shared;
        let mut writer = lock(&shared.writer);
        shared.number(&mut batch);
        let pieces = std::mem::take(&mut batch.pieces);
        let mut bytes = Vec::new();
        let mut tail = Tail::begin(writer.clocks(), true, &mut bytes);
        let clocks = writer.clocks();
        for piece in &pieces {
            tail.add(raw(piece, batch.payload_of(piece), clocks), &mut bytes);
        }
        let file = shared.calls.create(session, &bytes)?;
        writer.apart.insert(session, Arc::clone(&file));
        let mut index = lock(&shared.index);
        let known = index.sessions.entry(session).or_default();
        known.file = Some(CallFile {
            bytes: bytes.len() as u64,
            tail,
            next: 0,
            held: true,
        });
        drop(index);
        shared.note_apart(session, &pieces, None);
        shared.together.sync(file, done);
        Ok(())
    }

    /// Calls back when what was appended to a session up to now is durable, or never will be:
    /// `position` is what appending it returned. The callback must be quick.
    pub fn on_durable(&self, session: SessionId, position: Position, done: Waiter) {
        let shared = &self.shared;
        let mut writer = lock(&shared.writer);
        if !shared.is_held(session) {
            drop(writer);
            return self.on_commit(position, done);
        }
        match shared.open_file(&mut writer, session) {
            Ok(file) => shared.together.sync(file, done),
            Err(error) => done(Err(error)),
        }
    }

    /// Keeps a session: from now on it goes to the log. Calls back when everything written
    /// of it so far is durable, or never will be. A session that is not held is marked only.
    ///
    /// # Errors
    /// [`Error::Io`]: it is not kept, and `done` is not called.
    pub fn keep(
        &self,
        session: SessionId,
        time_ns: u64,
        who: &str,
        done: Waiter,
    ) -> Result<(), Error> {
        let entry = Entry::Mark {
            what: Mark::Keep,
            stream: None,
            who,
            text: "",
        };
        let append = [Append {
            session,
            time_ns,
            entry,
        }];
        let shared = &self.shared;
        let mut writer = lock(&shared.writer);
        if !shared.is_held(session) {
            drop(writer);
            let position = self.append(&append)?;
            self.on_commit(position, done);
            return Ok(());
        }
        let mut batch = Batch::encode(&append)?;
        shared.number(&mut batch);
        // Twice, so that no single damaged byte undoes it; the first one counts.
        let mut pieces = std::mem::take(&mut batch.pieces);
        pieces.extend_from_within(..);
        shared.write_to_file(&mut writer, &batch, session, &pieces)?;
        let file = shared.open_file(&mut writer, session)?;
        writer.apart.remove(&session);
        if let Some(file) = lock(&shared.index)
            .sessions
            .get_mut(&session)
            .and_then(|known| known.file.as_mut())
        {
            file.held = false;
        }
        shared.together.sync(file, done);
        Ok(())
    }

    /// Discards a session that is held: afterwards nothing of it is readable on the disk. Waits
    /// for the disk. A session that is not held is left alone.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NotDurable`]: nobody will read it any more, but it may still be
    /// on the disk; [`Log::reclaim`] and the next start try again.
    pub fn discard(&self, session: SessionId, time_ns: u64, who: &str) -> Result<(), Error> {
        let shared = &self.shared;
        let mut writer = lock(&shared.writer);
        if !shared.is_held(session) {
            return Ok(());
        }
        let entry = Entry::Mark {
            what: Mark::Discarded,
            stream: None,
            who,
            text: "",
        };
        let mut batch = Batch::encode(&[Append {
            session,
            time_ns,
            entry: entry.clone(),
        }])?;
        shared.number(&mut batch);
        // From here on nothing more is written of it, whether the mark gets to the disk or not.
        writer.apart.remove(&session);
        let marked = shared.write(&mut writer, &batch);
        if marked.is_err()
            && let Some(known) = lock(&shared.index).sessions.get_mut(&session)
        {
            known.story.see(session, known.next, time_ns, &entry);
        }
        drop(writer);
        let durable = marked.and_then(|position| self.committed(position));
        shared.clear_call_files()?;
        durable
    }

    /// Begins a session that is held anew in the log, without its sound and its recordings, and
    /// destroys its call file: the rules turned out to want nothing before somebody presses
    /// Start. Waits for the disk. A session that is not held is left alone.
    ///
    /// # Errors
    /// [`Error::Io`]: it is held as before; or the file is still there, and [`Log::reclaim`]
    /// and the next start try again.
    pub fn begin_again(&self, session: SessionId) -> Result<(), Error> {
        let shared = &self.shared;
        // Nobody clears the file away before what replaces it is durable.
        let mut unsynced = lock(&shared.reclaim);
        let mut writer = lock(&shared.writer);
        if !shared.is_held(session) {
            return Ok(());
        }
        let frames = self.without_sound(session)?;
        let mut appends = Vec::with_capacity(frames.len());
        for frame in &frames {
            appends.push(Append {
                session,
                time_ns: frame.time_ns,
                entry: frame.entry()?,
            });
        }
        let mut batch = Batch::encode(&appends)?;
        let before = {
            let mut index = lock(&shared.index);
            index.waste.insert(session);
            index.sessions.remove(&session)
        };
        shared.number(&mut batch);
        match shared.write(&mut writer, &batch) {
            Ok(position) => {
                writer.apart.remove(&session);
                drop(writer);
                let durable = self.committed(position);
                shared.clear(&mut unsynced)?;
                durable
            }
            Err(error) => {
                let mut index = lock(&shared.index);
                index.waste.remove(&session);
                index.sessions.extend(before.map(|known| (session, known)));
                Err(error)
            }
        }
    }

    fn without_sound(&self, session: SessionId) -> Result<Vec<Frame>, Error> {
        let journal = self.journal(session);
        let frames = journal.iter().flat_map(|journal| journal.frames());
        let stays = |frame: &Result<Frame, Error>| match frame {
            Ok(frame) => matches!(
                frame.entry(),
                Ok(Entry::Opened { .. }
                    | Entry::Signal { .. }
                    | Entry::Keys { .. }
                    | Entry::Verdict { .. })
            ),
            Err(_) => true,
        };
        frames.filter(stays).collect()
    }

    /// The sessions that are held in their call files, oldest first.
    #[must_use]
    pub fn held(&self) -> Vec<SessionId> {
        let index = lock(&self.shared.index);
        let held = index.sessions.iter().filter(|(_, known)| known.held());
        let mut sessions: Vec<SessionId> = held.map(|(session, _)| *session).collect();
        sessions.sort_unstable();
        sessions
    }
}

impl Shared {
    fn is_held(&self, session: SessionId) -> bool {
        let index = lock(&self.index);
        let known = index.sessions.get(&session);
        known.is_some_and(|known| known.held() && !known.story.settled())
    }

    /// Takes the pieces of held sessions out of a numbered batch and writes them to their call
    /// files.
    pub(crate) fn write_apart(
        &self,
        writer: &mut Writer,
        batch: &mut Batch<'_>,
    ) -> Result<(), Error> {
        let mut apart: BTreeMap<SessionId, Vec<Piece<'_>>> = BTreeMap::new();
        let mut rest = Vec::with_capacity(batch.pieces.len());
        {
            let index = lock(&self.index);
            let held = |session| {
                let known = index.sessions.get(&session);
                known.is_some_and(|known| known.held())
            };
            for piece in std::mem::take(&mut batch.pieces) {
                if held(piece.session) {
                    apart.entry(piece.session).or_default().push(piece);
                } else {
                    rest.push(piece);
                }
            }
        }
        batch.pieces = rest;
        let mut outcome = Ok(());
        for (session, pieces) in apart {
            let written = self.write_to_file(writer, batch, session, &pieces);
            outcome = outcome.and(written);
        }
        outcome
    }

    /// Appends pieces to their session's call file. What fails uses up its numbers; torn bytes
    /// stay where they are, because cutting them off would leave them readable on the device.
    fn write_to_file(
        &self,
        writer: &mut Writer,
        batch: &Batch<'_>,
        session: SessionId,
        pieces: &[Piece<'_>],
    ) -> Result<(), Error> {
        let clocks = writer.clocks();
        let file = self.open_file(writer, session)?;
        let known = lock(&self.index)
            .sessions
            .get(&session)
            .and_then(|k| k.file);
        let Some(mut state) = known else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        for piece in pieces {
            let raw = raw(piece, batch.payload_of(piece), clocks);
            state.tail.add(raw, &mut bytes);
        }
        match calls::append(&*file, &bytes) {
            Ok(()) => {
                state.bytes = state.bytes.saturating_add(bytes.len() as u64);
                self.note_apart(session, pieces, Some(state));
                Ok(())
            }
            Err(source) => {
                let mut index = lock(&self.index);
                if let Some(known) = index.sessions.get_mut(&session) {
                    let last = pieces.last().map_or(0, |piece| piece.sequence);
                    known.next = known.next.max(last.saturating_add(1));
                }
                Err(Error::io(
                    "cannot write to",
                    self.calls.path(session),
                    source,
                ))
            }
        }
    }

    fn open_file(
        &self,
        writer: &mut Writer,
        session: SessionId,
    ) -> Result<Arc<dyn crate::disk::DiskFile>, Error> {
        if let Some(file) = writer.apart.get(&session) {
            return Ok(Arc::clone(file));
        }
        let file = self.calls.reopen(session)?;
        writer.apart.insert(session, Arc::clone(&file));
        Ok(file)
    }

    /// Takes note of what was written to a call file.
    fn note_apart(&self, session: SessionId, pieces: &[Piece<'_>], state: Option<CallFile>) {
        let mut index = lock(&self.index);
        let Some(known) = index.sessions.get_mut(&session) else {
            return;
        };
        known.file = state.or(known.file);
        for piece in pieces {
            if piece.sequence < known.next {
                continue;
            }
            known.next = piece.sequence.saturating_add(1);
            known.last_time_ns = piece.time_ns;
            known
                .story
                .see(session, piece.sequence, piece.time_ns, &piece.entry);
        }
        let next = known.next;
        if let Some(file) = &mut known.file {
            file.next = next;
        }
    }
}

fn raw<'a>(piece: &Piece<'_>, payload: &'a [u8], clocks: Clocks) -> Raw<'a> {
    Raw {
        session: piece.session,
        sequence: piece.sequence,
        time_ns: piece.time_ns,
        clocks,
        kind: piece.entry.kind(),
        payload,
    }
}

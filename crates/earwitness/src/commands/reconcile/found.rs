//! First pass: reads the whole table, asks the catalogue about every call, and gives each
//! recording to one row at most. Keeps some hundreds of octets of a row, and no text of it.

use super::judging::Status;
use super::listed::{Listed, Row};
use super::matching::{Edge, Matching};
use super::wait;
use catalogue::{Catalogue, Counterpart, MatchedBy};
use model::RecordingId;
use model::access::Scope;
use std::collections::HashMap;
use std::time::Duration;

/// Calls that the catalogue is asked about at once.
const BATCH: usize = 512;

/// What is kept of a row: its place in an order that the table has no part in, and by what
/// its recordings were found.
struct Kept {
    order: (i64, u64),
    by: Option<MatchedBy>,
}

/// Rows and what may be theirs, while the table is read.
pub(super) struct Finding<'a> {
    catalogue: &'a Catalogue,
    scope: &'a Scope,
    within: Duration,
    waiting: Vec<(u32, Listed)>,
    rows: Vec<Kept>,
    recordings: Vec<Counterpart>,
    known: HashMap<RecordingId, u32>,
    edges: Vec<(MatchedBy, Edge)>,
}

/// What every row got.
pub(super) struct Found {
    matching: Matching,
    recordings: Vec<Counterpart>,
    rows: Vec<Kept>,
    rank: Vec<u32>,
    /// Rows for which another recording fits too that is nobody's.
    several: Vec<bool>,
}

/// What one row got.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) status: Status,
    pub(super) recording: Option<(Counterpart, MatchedBy)>,
    pub(super) several: bool,
}

impl<'a> Finding<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, scope: &'a Scope, within: Duration) -> Self {
        Self {
            catalogue,
            scope,
            within,
            waiting: Vec::with_capacity(BATCH),
            rows: Vec::new(),
            recordings: Vec::new(),
            known: HashMap::new(),
            edges: Vec::new(),
        }
    }

    /// Takes the next row.
    pub(super) fn add(&mut self, row: Row) -> anyhow::Result<()> {
        let number = u32::try_from(self.rows.len())?;
        let order = match &row {
            Row::Call(call) => call.order(),
            Row::NotAnswered | Row::Unreadable(_) => (0, 0),
        };
        self.rows.push(Kept { order, by: None });
        if let Row::Call(call) = row {
            self.waiting.push((number, call));
        }
        if self.waiting.len() >= BATCH {
            self.ask()?;
        }
        Ok(())
    }

    fn ask(&mut self) -> anyhow::Result<()> {
        let calls = self
            .waiting
            .iter()
            .map(|(_, call)| call.expected(self.within));
        let calls = calls.collect();
        let found = wait(async { Ok(self.catalogue.counterparts(self.scope, calls).await?) })?;
        for ((row, call), counterparts) in self.waiting.drain(..).zip(found) {
            if let Some(kept) = self.rows.get_mut(row as usize) {
                kept.by = (!counterparts.recordings.is_empty()).then_some(counterparts.by);
            }
            for one in counterparts.recordings {
                let recording = match self.known.get(&one.id) {
                    Some(&recording) => recording,
                    None => {
                        let recording = u32::try_from(self.recordings.len())?;
                        self.recordings.push(one);
                        self.known.insert(one.id, recording);
                        recording
                    }
                };
                let bounded = |ms: u64| u32::try_from(ms).unwrap_or(u32::MAX);
                let edge = Edge {
                    row,
                    recording,
                    apart_ms: bounded(call.apart_ms(one.start_time)),
                    longer_ms: bounded(call.longer_ms(one.duration_ms)),
                };
                self.edges.push((counterparts.by, edge));
            }
        }
        Ok(())
    }

    /// The table is read: gives out the recordings, by the strongest evidence first.
    pub(super) fn settle(mut self) -> anyhow::Result<Found> {
        self.ask()?;
        drop(std::mem::take(&mut self.known));
        // Numbers that neither the order of rows nor that of answers has a part in.
        let rank = ranks(&self.rows, |kept| kept.order);
        let place = ranks(&self.recordings, |one| one.id);
        for (_, edge) in &mut self.edges {
            edge.row = rank[edge.row as usize];
            edge.recording = place[edge.recording as usize];
        }
        self.recordings.sort_by_key(|one| one.id);
        let mut matching = Matching::new(self.rows.len(), self.recordings.len());
        for by in [MatchedBy::CallId, MatchedBy::Numbers, MatchedBy::OneNumber] {
            let of_kind = self.edges.iter().filter(|(kind, _)| *kind == by);
            matching.settle(of_kind.map(|(_, edge)| *edge).collect());
        }
        let mut several = vec![false; self.rows.len()];
        for (_, edge) in &self.edges {
            several[edge.row as usize] |= matching.is_free(edge.recording);
        }
        Ok(Found {
            matching,
            recordings: self.recordings,
            rows: self.rows,
            rank,
            several,
        })
    }
}

/// Each thing's place when all are sorted by a key.
fn ranks<T, K: Ord>(things: &[T], key: impl Fn(&T) -> K) -> Vec<u32> {
    let mut order: Vec<usize> = (0..things.len()).collect();
    order.sort_by_key(|&index| key(&things[index]));
    let mut ranks = vec![0; things.len()];
    for (rank, index) in (0..).zip(order) {
        ranks[index] = rank;
    }
    ranks
}

impl Found {
    /// How many rows were read.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// What a row of the table got, counted from 0; before anything is held against it.
    pub(super) fn of(&self, row: usize) -> Outcome {
        let (rank, kept) = (self.rank[row], &self.rows[row]);
        let taken = self.matching.recording_of(rank);
        let recording = taken.map(|place| self.recordings[place as usize]);
        let shared = kept.by == Some(MatchedBy::CallId);
        Outcome {
            status: match recording {
                Some(_) => Status::Recorded,
                None if shared => Status::Review,
                None => Status::Missing,
            },
            recording: recording.zip(kept.by),
            several: self.several[rank as usize],
        }
    }
}

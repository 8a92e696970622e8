//! Which recording is whose: every recording is one call's at most, as many calls as possible
//! get one, and the order in which calls are listed makes no difference.
//!
//! Knows numbers of rows and recordings and how far they are apart, nothing else.

use std::collections::VecDeque;

/// A row may get a recording.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Edge {
    /// The row. Rows are numbered in an order that their list has no part in.
    pub(super) row: u32,
    /// The recording; numbered likewise.
    pub(super) recording: u32,
    /// Milliseconds between their starts.
    pub(super) apart_ms: u32,
    /// Milliseconds by which one is longer than the other.
    pub(super) longer_ms: u32,
}

impl Edge {
    /// The smaller, the better.
    fn rank(&self) -> (u32, u32, u32, u32) {
        (self.apart_ms, self.longer_ms, self.row, self.recording)
    }
}

/// What each row got.
#[derive(Debug)]
pub(super) struct Matching {
    recording_of: Vec<Option<u32>>,
    row_of: Vec<Option<u32>>,
}

impl Matching {
    pub(super) fn new(rows: usize, recordings: usize) -> Self {
        Self {
            recording_of: vec![None; rows],
            row_of: vec![None; recordings],
        }
    }

    /// The recording that a row got.
    pub(super) fn recording_of(&self, row: u32) -> Option<u32> {
        self.recording_of.get(row as usize).copied().flatten()
    }

    /// Whether no row got this recording.
    pub(super) fn is_free(&self, recording: u32) -> bool {
        self.row_of.get(recording as usize) == Some(&None)
    }

    /// Gives recordings that are free to rows that have none: the nearest first, and then
    /// others where that leaves fewer rows without. All edges of a row are settled at once;
    /// what was given before stays given.
    pub(super) fn settle(&mut self, mut edges: Vec<Edge>) {
        edges.sort_unstable_by_key(Edge::rank);
        for edge in &edges {
            if self.recording_of(edge.row).is_none() && self.is_free(edge.recording) {
                self.give(edge.row, edge.recording);
            }
        }
        edges.sort_unstable_by_key(|edge| (edge.row, edge.rank()));
        let mut visited = vec![false; self.row_of.len()];
        let mut reached_from = vec![0; self.row_of.len()];
        let rows: Vec<u32> = edges
            .chunk_by(|a, b| a.row == b.row)
            .map(first_row)
            .collect();
        for row in rows {
            if self.recording_of(row).is_none() {
                self.find_for(row, &edges, &mut visited, &mut reached_from);
            }
        }
    }

    /// Looks for a chain of rows that each take the next one's recording, the last a free one.
    /// Where there is none, what was looked at stays `visited`: nobody can get it later either.
    fn find_for(
        &mut self,
        row: u32,
        edges: &[Edge],
        visited: &mut [bool],
        reached_from: &mut [u32],
    ) {
        let mut seen = Vec::new();
        let mut waiting = VecDeque::from([row]);
        while let Some(taker) = waiting.pop_front() {
            let from = edges.partition_point(|edge| edge.row < taker);
            let of_taker = edges[from..].iter().take_while(|edge| edge.row == taker);
            for &Edge { recording, .. } in of_taker {
                let place = recording as usize;
                if visited[place] {
                    continue;
                }
                visited[place] = true;
                reached_from[place] = taker;
                seen.push(place);
                match self.row_of[place] {
                    Some(owner) => waiting.push_back(owner),
                    None => {
                        self.pass_on(row, recording, reached_from);
                        seen.iter().for_each(|&place| visited[place] = false);
                        return;
                    }
                }
            }
        }
    }

    /// Everybody on the way takes what was reached from there.
    fn pass_on(&mut self, first: u32, mut recording: u32, reached_from: &[u32]) {
        loop {
            let taker = reached_from[recording as usize];
            let had = self.recording_of(taker);
            self.give(taker, recording);
            match had {
                Some(had) if taker != first => recording = had,
                _ => return,
            }
        }
    }

    fn give(&mut self, row: u32, recording: u32) {
        self.recording_of[row as usize] = Some(recording);
        self.row_of[recording as usize] = Some(row);
    }
}

fn first_row(edges: &[Edge]) -> u32 {
    edges.first().map_or(0, |edge| edge.row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROWS: u32 = 7;
    const RECORDINGS: u32 = 7;

    fn edge(row: u32, recording: u32, apart_ms: u32) -> Edge {
        Edge {
            row,
            recording,
            apart_ms,
            longer_ms: 0,
        }
    }

    fn settled(edges: Vec<Edge>) -> Vec<Option<u32>> {
        let mut matching = Matching::new(ROWS as usize, RECORDINGS as usize);
        matching.settle(edges);
        matching.recording_of
    }

    /// The most rows that can get a recording, by trying everything.
    fn most(row: u32, taken: u32, edges: &[Edge]) -> u32 {
        if row == ROWS {
            return 0;
        }
        let without = most(row + 1, taken, edges);
        let own = edges.iter().filter(|edge| edge.row == row);
        let free = own.filter(|edge| taken & (1 << edge.recording) == 0);
        free.map(|edge| 1 + most(row + 1, taken | (1 << edge.recording), edges))
            .max()
            .map_or(without, |with| with.max(without))
    }

    #[test]
    fn the_nearest_is_taken_unless_somebody_is_left_with_nothing() {
        let both = vec![edge(0, 0, 5), edge(0, 1, 1), edge(1, 1, 2), edge(1, 0, 9)];
        assert_eq!(settled(both)[..2], [Some(1), Some(0)]);
        let one = vec![edge(0, 0, 5), edge(0, 1, 1), edge(1, 1, 2)];
        assert_eq!(settled(one)[..2], [Some(0), Some(1)]);
        let chain = vec![
            edge(0, 0, 1),
            edge(0, 1, 2),
            edge(1, 1, 1),
            edge(1, 2, 2),
            edge(2, 0, 3),
        ];
        assert_eq!(settled(chain)[..3], [Some(1), Some(2), Some(0)]);
    }

    #[test]
    fn what_was_given_stays_given() {
        let mut matching = Matching::new(2, 1);
        matching.settle(vec![edge(1, 0, 9)]);
        matching.settle(vec![edge(0, 0, 0)]);
        assert_eq!(matching.recording_of(0), None);
        assert_eq!(matching.recording_of(1), Some(0));
        assert!(!matching.is_free(0));
    }

    proptest! {
        #[test]
        fn as_many_as_possible_get_one_each_and_order_makes_no_difference(
            pairs in prop::collection::vec((0..ROWS, 0..RECORDINGS, 0..4_u32, 0..2_u32), 0..24),
            seed in any::<u64>(),
        ) {
            let mut edges: Vec<Edge> = Vec::new();
            for (row, recording, apart_ms, longer_ms) in pairs {
                let known = |edge: &Edge| (edge.row, edge.recording) == (row, recording);
                if !edges.iter().any(known) {
                    edges.push(Edge { row, recording, apart_ms, longer_ms });
                }
            }
            let found = settled(edges.clone());
            let mut given: Vec<u32> = found.iter().flatten().copied().collect();
            let rows = given.len();
            given.sort_unstable();
            given.dedup();
            prop_assert_eq!(given.len(), rows, "a recording was given twice");
            prop_assert_eq!(u32::try_from(rows).unwrap(), most(0, 0, &edges));
            for (row, recording) in (0..).zip(&found) {
                let asked = |edge: &Edge| (edge.row, Some(edge.recording)) == (row, *recording);
                prop_assert!(recording.is_none() || edges.iter().any(asked));
            }
            edges.sort_by_key(|edge| {
                (u64::from(edge.row * 31 + edge.recording) + 1).wrapping_mul(seed | 1)
            });
            prop_assert_eq!(settled(edges), found);
        }
    }
}

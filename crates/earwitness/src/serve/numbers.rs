//! What the parts count, put together for whoever asks over HTTP.

use crate::probe;
use api::{Counting, Numbers, RefusedCalls};
use capture::{Handle, Refusal};
use jobs::Tally;
use journal::Log;
use std::path::PathBuf;
use std::sync::Arc;

/// Numbers of the recorder, the settler and the journal, and the last probe of this system.
pub(super) fn counting(handle: Handle, log: Log, tally: Arc<Tally>, data: PathBuf) -> Counting {
    Arc::new(move || {
        let settled = tally.read();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let refused = handle.refused().into_iter();
        let refused = refused.map(|((status, reason), requests)| RefusedCalls {
            status,
            reason,
            requests,
        });
        Numbers {
            calls_taken: handle.taken(),
            calls_not_recorded: handle.not_recorded(),
            calls_refused: refused.collect(),
            calls_in_progress: count(handle.calls()),
            refusing: handle.refusal().map(Refusal::word),
            available: settled.available,
            interrupted: settled.interrupted,
            failed: settled.failed,
            without_packets: settled.without_packets,
            one_way: settled.one_way,
            undecoded: settled.undecoded,
            nothing_to_keep: settled.nothing_to_keep,
            settling_failures: settled.failures,
            waiting: count(log.unsettled().len()),
            packets: settled.packets,
            packets_lost: settled.lost,
            packets_stray: settled.stray,
            packets_unauthentic: settled.unauthentic,
            packets_dropped: settled.dropped,
            spool_bytes: log.spool_bytes(),
            probe: probe::read(&data),
        }
    })
}

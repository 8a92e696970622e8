//! The keys of protected media: sealed, and in the journal before the sound they open.
//!
//! Capture opens no sound: that goes to the journal as it came.

use super::Node;
use crate::calls::{Call, Keeping};
use crate::clocks::monotonic_ns;
use journal::{Append, Entry, Log, SEAL_NONCE_OCTETS};
use siprec::{Line, MediaKey, Plan, Session, Srtp, stream_of};
use std::collections::BTreeMap;

/// A session that answers offers of SRTP as the settings say; without a seal no key could be
/// kept, and media are taken in the clear only.
pub(super) fn new_session(log: &Log, srtp: Srtp, strict: bool) -> Session {
    let sealed = log.seal().is_some();
    Session::new(strict).protecting(if sealed { srtp } else { Srtp::Off }, fill)
}

impl Node {
    /// Writes the keys of a plan that are not in the journal yet. A key that cannot be written
    /// costs its stream the sound, and the log says so.
    pub(super) fn journal_keys(&self, call: &mut Call, plan: &Plan) {
        if call.keeping == Keeping::Never {
            return;
        }
        for line in &plan.lines {
            // What they protect their sound with, and what we told them of ours.
            for (ours, keys) in [(false, &line.keys[..]), (true, line.own_key.as_slice())] {
                self.journal_new_keys(call, line.index, ours, keys);
            }
        }
    }

    fn journal_new_keys(&self, call: &mut Call, line: u16, ours: bool, keys: &[MediaKey]) {
        let known = call.keys.entry((line, ours)).or_default();
        let new = keys.iter().filter(|key| !known.contains(key));
        let new: Vec<MediaKey> = new.cloned().collect();
        if new.is_empty() {
            return;
        }
        // What was in use before may be forgotten: used again, it is written again.
        *known = keys.to_vec();
        let stream = stream_of(call.number, line);
        for key in new {
            if let Err(error) = self.journal_key(call, stream, ours, &key) {
                tracing::error!(session.id = %call.session, stream, %error,
                    "a media key was not journalled: the stream will be silent");
                call.keys.remove(&(line, ours));
            }
        }
    }

    fn journal_key(
        &self,
        call: &Call,
        stream: u16,
        ours: bool,
        key: &MediaKey,
    ) -> Result<(), journal::Error> {
        let Some(seal) = self.log.seal() else {
            return Ok(());
        };
        let mut nonce = [0; SEAL_NONCE_OCTETS];
        fill(&mut nonce);
        let sealed = seal.seal(call.session, stream, nonce, &key.master);
        let entry = Entry::Keys {
            stream,
            suite: key.suite,
            mki: key.mki_octets,
            sealed: &sealed,
            ours,
        };
        let append = Append {
            session: call.session,
            time_ns: monotonic_ns(),
            entry,
        };
        self.log.append(&[append]).map(|_position| ())
    }
}

/// The keys that the journal holds already of the lines of a plan.
pub(super) fn journalled(plan: &Plan) -> BTreeMap<(u16, bool), Vec<MediaKey>> {
    let of = |line: &Line| {
        let (theirs, ours) = (line.keys.clone(), line.own_key.iter().cloned().collect());
        [((line.index, false), theirs), ((line.index, true), ours)]
    };
    plan.lines.iter().flat_map(of).collect()
}

fn fill(octets: &mut [u8]) {
    // A key that is not random is worse than no call.
    getrandom::fill(octets).expect("the system gives random bytes");
}

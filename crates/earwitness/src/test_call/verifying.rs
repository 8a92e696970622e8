//! Whether calls that were placed became recordings: looked for in the catalogue of the
//! settings, and read back from its archive.

use super::Outcome;
use super::stream::PACKET_MS;
use crate::commands::{open_catalogue, operator, wait};
use crate::config::Settings;
use archive::Archive;
use catalogue::{Catalogue, Page};
use model::access::{Action, Scope, scope};
use model::filter::{Filter, Sort};
use model::{Recording, State};
use std::time::{Duration, Instant};

/// A recording is awaited for so long after its call has ended.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);
/// How often it is looked for: another process writes it.
const LOOK: Duration = Duration::from_millis(100);
/// The sound may be longer or shorter than what was sent by so much.
const DIFFERENCE_MS_MAX: u64 = 100;

/// Where recordings are looked for.
pub(super) struct Verifier {
    catalogue: Catalogue,
    archive: Archive,
    scope: Scope,
}

/// What was found of a call.
#[derive(Debug)]
pub(super) struct Verified {
    /// Its recording, if there is one.
    pub(super) recording: Option<Recording>,
    /// How long after the end of its call it was there.
    pub(super) after: Duration,
    /// What is wrong with it.
    pub(super) problem: Option<String>,
}

impl Verifier {
    /// # Errors
    /// When catalogue or archive cannot be used.
    pub(super) fn new(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            catalogue: open_catalogue(settings)?,
            archive: Archive::open(&settings.archive_url, &settings.server.data)?,
            scope: scope(&operator(), Action::List)?,
        })
    }

    /// Looks for the recording of a call that ended at an instant.
    ///
    /// # Errors
    /// When catalogue or archive cannot be used.
    pub(super) fn verify(&self, outcome: &Outcome, ended: Instant) -> anyhow::Result<Verified> {
        wait(async {
            let filter = Filter {
                pbx_call_id: Some(outcome.call_id.clone()),
                states: State::ALL.to_vec(),
                ..Filter::default()
            };
            loop {
                let listing = self.catalogue.recordings_filtered(
                    &self.scope,
                    &filter,
                    Sort::NEWEST,
                    Page::default(),
                );
                let mut found = listing.await?.recordings;
                let after = ended.elapsed();
                if let Some(recording) = found.pop() {
                    let problem = match found.is_empty() {
                        true => self.fault(&recording, outcome).await,
                        false => Some("recorded more than once".to_owned()),
                    };
                    return Ok(Verified {
                        recording: Some(recording),
                        after,
                        problem,
                    });
                }
                if after >= SETTLED_WITHIN {
                    let seconds = SETTLED_WITHIN.as_secs();
                    return Ok(Verified {
                        recording: None,
                        after,
                        problem: Some(format!("not recorded within {seconds} s")),
                    });
                }
                tokio::time::sleep(LOOK).await;
            }
        })
    }

    async fn fault(&self, recording: &Recording, outcome: &Outcome) -> Option<String> {
        if recording.draft.state != State::Available {
            return Some(recording.draft.state.name().to_owned());
        }
        let sent = outcome.packets_sent.into_iter().max().unwrap_or_default();
        let sent_ms = sent.saturating_mul(PACKET_MS);
        let recorded_ms = recording.draft.duration_ms;
        if recorded_ms.abs_diff(sent_ms) > DIFFERENCE_MS_MAX {
            return Some(format!("{recorded_ms} ms recorded of {sent_ms} ms sent"));
        }
        match self.archive.verify(&recording.object_key).await {
            Err(error) => Some(format!("it cannot be read back: {error}")),
            Ok(found) if (found.size, found.sha256) != (recording.size, recording.sha256) => {
                Some("what is read back is not what was stored".to_owned())
            }
            Ok(_) => None,
        }
    }
}

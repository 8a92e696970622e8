//! What the handlers share, and how it is put together.

use crate::auth::SignIns;
use archive::Archive;
use catalogue::Catalogue;
use model::network::Network;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

/// Names what is not ready beyond the catalogue, one line each; empty: all is.
pub type Readiness = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// Where the time of sign-ins comes from.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// What [`crate::router`] needs.
#[derive(Clone)]
pub struct Options {
    /// Rows of recordings and users.
    pub catalogue: Catalogue,
    /// Stored sound.
    pub archive: Archive,
    /// Asked by `/readyz`.
    pub readiness: Readiness,
    /// Proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<Network>,
    /// The clock that slow-downs and remembered sign-ins go by.
    pub clock: Clock,
    /// Counts every run of Argon2, of known and unknown users alike.
    pub argon2_runs: Arc<AtomicU64>,
}

impl Options {
    /// Options with no trusted proxies and the real clock.
    #[must_use]
    pub fn new(catalogue: Catalogue, archive: Archive, readiness: Readiness) -> Self {
        Self {
            catalogue,
            archive,
            readiness,
            trusted_proxies: Vec::new(),
            clock: Arc::new(Instant::now),
            argon2_runs: Arc::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("trusted_proxies", &self.trusted_proxies)
            .finish_non_exhaustive()
    }
}

/// What every handler gets.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) catalogue: Catalogue,
    pub(crate) archive: Archive,
    pub(crate) readiness: Readiness,
    pub(crate) sign_ins: Arc<SignIns>,
    pub(crate) trusted_proxies: Arc<[Network]>,
}

impl App {
    pub(crate) fn new(options: Options) -> Self {
        let sign_ins = SignIns::new(
            options.catalogue.clone(),
            options.clock,
            options.argon2_runs,
        );
        Self {
            catalogue: options.catalogue,
            archive: options.archive,
            readiness: options.readiness,
            sign_ins: Arc::new(sign_ins),
            trusted_proxies: options.trusted_proxies.into(),
        }
    }
}

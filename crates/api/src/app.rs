//! What the handlers share, and how it is put together.

use crate::audit::SignedIn;
use crate::auth::SignIns;
use crate::clients::Clients;
use crate::condition::{Condition, Inspecting, Listener};
use crate::ears::Ears;
use crate::live::LiveCalls;
use crate::numbers::{Counting, Numbers};
use crate::rate::{Buckets, RateLimit};
use crate::refusal::Refusal;
use archive::Archive;
use catalogue::Catalogue;
use jiff::Timestamp;
use model::access::Rights;
use model::network::Network;
use model::people::UserId;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Names what is not ready beyond the catalogue, one line each; empty: all is.
pub type Readiness = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// Where the time of sign-ins and limits comes from.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// What [`crate::router`] needs.
#[derive(Clone)]
pub struct Options {
    /// Rows of recordings and users.
    pub catalogue: Catalogue,
    /// Stored sound.
    pub archive: Archive,
    /// Calls in progress; `None`: this node records nothing.
    pub live: Option<Arc<dyn LiveCalls>>,
    /// Asked by `/readyz`.
    pub readiness: Readiness,
    /// What this node counts; `None`: it records nothing.
    pub counting: Option<Counting>,
    /// What is heard of calls in progress; `None`: nobody listens.
    pub ears: Option<Arc<dyn Ears>>,
    /// Who calls this node; `None`: it records nothing.
    pub clients: Option<Arc<dyn Clients>>,
    /// How this node stands; `None`: nobody looks.
    pub condition: Option<Inspecting>,
    /// Where this node listens.
    pub listeners: Vec<Listener>,
    /// The host that recording clients are told; `None`: where their request arrived.
    pub advertised: Option<String>,
    /// What the settings say about rights.
    pub rights: Rights,
    /// This node's name.
    pub node: String,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count.
    pub trusted_proxies: Vec<Network>,
    /// How many requests one address may send; addresses of this machine any number.
    pub rate_per_address: RateLimit,
    /// How many requests one user may send, except from this machine.
    pub rate_per_user: RateLimit,
    /// The clock that slow-downs, limits and remembered sign-ins go by.
    pub clock: Clock,
    /// Counts every run of Argon2, of known and unknown users alike.
    pub argon2_runs: Arc<AtomicU64>,
}

impl Options {
    /// Options with no recorder, no trusted proxies, and the real clocks.
    #[must_use]
    pub fn new(catalogue: Catalogue, archive: Archive, readiness: Readiness) -> Self {
        let rate = RateLimit {
            requests_per_second: 200,
            burst: 1000,
        };
        Self {
            catalogue,
            archive,
            live: None,
            readiness,
            counting: None,
            ears: None,
            clients: None,
            condition: None,
            listeners: Vec::new(),
            advertised: None,
            rights: Rights::default(),
            node: String::new(),
            trusted_proxies: Vec::new(),
            rate_per_address: rate,
            rate_per_user: rate,
            clock: Arc::new(Instant::now),
            argon2_runs: Arc::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("rights", &self.rights)
            .field("trusted_proxies", &self.trusted_proxies)
            .finish_non_exhaustive()
    }
}

/// What every handler gets. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) catalogue: Catalogue,
    pub(crate) archive: Archive,
    live: Option<Arc<dyn LiveCalls>>,
    pub(crate) readiness: Readiness,
    counting: Option<Counting>,
    ears: Option<Arc<dyn Ears>>,
    clients: Option<Arc<dyn Clients>>,
    condition: Option<Inspecting>,
    pub(crate) listeners: Arc<[Listener]>,
    pub(crate) advertised: Option<Arc<str>>,
    pub(crate) rights: Rights,
    pub(crate) node: Arc<str>,
    pub(crate) sign_ins: Arc<SignIns>,
    pub(crate) signed_in: Arc<SignedIn>,
    pub(crate) trusted_proxies: Arc<[Network]>,
    pub(crate) clock: Clock,
    pub(crate) started_at: Timestamp,
    rates: Arc<Rates>,
    heavy: Arc<Semaphore>,
}

/// Most requests at a time that read a whole file or the whole audit.
const HEAVY_MAX: usize = 2;

struct Rates {
    addresses: Mutex<Buckets<IpAddr>>,
    users: Mutex<Buckets<UserId>>,
}

impl App {
    pub(crate) fn new(options: Options) -> Self {
        let clock = Arc::clone(&options.clock);
        let started_at = options.catalogue.now();
        let sign_ins = SignIns::new(
            options.catalogue.clone(),
            options.clock,
            options.argon2_runs,
        );
        Self {
            catalogue: options.catalogue,
            archive: options.archive,
            live: options.live,
            readiness: options.readiness,
            counting: options.counting,
            ears: options.ears,
            clients: options.clients,
            condition: options.condition,
            listeners: options.listeners.into(),
            advertised: options.advertised.map(Arc::from),
            rights: options.rights,
            node: options.node.into(),
            sign_ins: Arc::new(sign_ins),
            signed_in: Arc::default(),
            trusted_proxies: options.trusted_proxies.into(),
            clock,
            started_at,
            rates: Arc::new(Rates {
                addresses: Mutex::new(Buckets::new(options.rate_per_address)),
                users: Mutex::new(Buckets::new(options.rate_per_user)),
            }),
            heavy: Arc::new(Semaphore::new(HEAVY_MAX)),
        }
    }

    /// The time that people read.
    pub(crate) fn now(&self) -> Timestamp {
        self.catalogue.now()
    }

    /// The recorder of this node.
    pub(crate) fn live(&self) -> Result<&dyn LiveCalls, Refusal> {
        self.live.as_deref().ok_or(Refusal::NoRecorder)
    }

    /// What this node has counted, if it records.
    pub(crate) fn numbers(&self) -> Option<Numbers> {
        self.counting.as_ref().map(|counting| counting())
    }

    /// What is heard of calls in progress.
    pub(crate) fn ears(&self) -> Result<&dyn Ears, Refusal> {
        self.ears.as_deref().ok_or(Refusal::NoRecorder)
    }

    /// Who calls this node.
    pub(crate) fn clients(&self) -> Result<&dyn Clients, Refusal> {
        self.clients.as_deref().ok_or(Refusal::NoRecorder)
    }

    /// How this node stands.
    pub(crate) async fn condition(&self) -> Arc<Condition> {
        match &self.condition {
            Some(inspect) => inspect().await,
            None => Arc::default(),
        }
    }

    /// A turn for work that keeps a disk or a core busy; none is free: come back later.
    pub(crate) fn heavy_work(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let turn = Arc::clone(&self.heavy).try_acquire_owned();
        turn.map_err(|_| Refusal::Unavailable)
    }

    /// Counts a request of an address, or says that there are too many.
    pub(crate) fn count_address(&self, address: IpAddr) -> Result<(), Refusal> {
        if address.is_loopback() {
            return Ok(());
        }
        let buckets = self.rates.addresses.lock();
        let mut buckets = buckets.unwrap_or_else(PoisonError::into_inner);
        let taken = buckets.take((self.clock)(), address);
        taken.map_err(Refusal::TooMany)
    }

    /// Counts a request of a user, or says that there are too many.
    pub(crate) fn count_user(&self, user: UserId, address: IpAddr) -> Result<(), Refusal> {
        if address.is_loopback() {
            return Ok(());
        }
        let buckets = self.rates.users.lock();
        let mut buckets = buckets.unwrap_or_else(PoisonError::into_inner);
        let taken = buckets.take((self.clock)(), user);
        taken.map_err(Refusal::TooMany)
    }
}

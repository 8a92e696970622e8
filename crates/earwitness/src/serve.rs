//! The recorder in the foreground: starts every part, says where it listens, and stops in order.
//!
//! Decides nothing itself: it fills each part's options from the settings and connects their
//! ends. On SIGTERM or Ctrl-C new calls are refused, running ones end or are ended and kept,
//! what is written is settled, and only then the process ends.

mod certificates;
mod condition;
mod numbers;
mod settling;
mod upkeep;
mod web;

pub(crate) use certificates::{sip_tls, tls};

use certificates::Secured;
use condition::Inspector;

use crate::clients::Callers;
use crate::config::{self, Settings};
use crate::ears::Ears;
use crate::live::Recorder;
use crate::{WRONG_USAGE, demo, say};
use anyhow::Context as _;
use archive::Archive;
use capture::Running;
use catalogue::Catalogue;
use finalise::Profile;
use jobs::{Again, KeepJournal, Settler};
use journal::{Log, RealDisk};
use model::access::Rights;
use settling::Settling;
use std::fs::{DirBuilder, File};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use web::Web;

/// After the last call has ended, settling may go on for so long before the next start has to.
const SETTLE_AT_END_MAX: Duration = Duration::from_secs(5);
/// After the limit of the drain everything has ended within this.
const STOP_MAX: Duration = Duration::from_secs(9);

/// Everything that runs, in the order it is stopped.
struct Parts {
    node: Option<Running>,
    log: Option<Log>,
    settling: Option<Settling>,
    webs: Vec<Web>,
    upkeep: Vec<tokio::task::JoinHandle<()>>,
    catalogue: Catalogue,
}

/// Runs the recorder until it is told to stop.
///
/// # Errors
/// What keeps it from running, in words that name the setting at fault.
pub(crate) fn run(settings: Settings, with_demo: bool) -> anyhow::Result<ExitCode> {
    let settings = Arc::new(settings);
    let secured = match Secured::load(&settings) {
        Ok(secured) => secured,
        Err(fault) => {
            say::fault(fault);
            return Ok(ExitCode::from(WRONG_USAGE));
        }
    };
    let data = settings.server.data.clone();
    let fresh = !data.join("catalogue.db").exists();
    make_private(&data)?;
    let _lock = lock(&data)?;
    raise_descriptors();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async {
        let mut stop = StopSignals::listen()?;
        secured.renew_when_told(Arc::clone(&settings))?;
        let parts = start(&settings, secured).await?;
        say::result(parts.ready_line());
        if with_demo {
            let http = parts.webs.iter().find(|web| web.key == "http");
            let http = http.map(|web| web.address);
            let public_url = settings.http.public_url.clone();
            let place = demo::Place::new(data.clone(), http, public_url, fresh);
            let udp = parts
                .node
                .as_ref()
                .and_then(|node| node.udp.first().copied());
            tokio::spawn(demo::run(place, parts.catalogue.clone(), udp));
        }
        let broken = tokio::select! {
            () = stop.wait() => false,
            () = parts.broken() => true,
        };
        parts.stop(settings.server.drain, stop).await;
        anyhow::ensure!(
            !broken,
            "a part that records calls has ended; start the recorder again"
        );
        Ok(ExitCode::SUCCESS)
    });
    // What still waits for a disk or a second signal is left to the next start.
    runtime.shutdown_timeout(Duration::from_millis(500));
    ended
}

async fn start(settings: &Arc<Settings>, secured: Secured) -> anyhow::Result<Parts> {
    let data = &settings.server.data;
    let catalogue =
        Catalogue::open(&settings.catalogue_url, data).context("the catalogue cannot be opened")?;
    let archive =
        Archive::open(&settings.archive_url, data).context("the archive cannot be opened")?;
    let sip = &settings.sip;
    let records = [&sip.udp, &sip.tcp, &sip.tls].iter().any(|l| !l.is_empty());
    let spool = data.join("spool");
    // A node that records no more still settles what it recorded.
    let log = (records || spool.exists())
        .then(|| open_log(settings))
        .transpose()?;
    let nudge = Arc::new(Notify::new());
    let node = match log.clone().filter(|_| records) {
        Some(log) => Some(start_node(settings, secured.sip, log, Arc::clone(&nudge))?),
        None => None,
    };
    let mut tally = None;
    let settler = log.clone().map(|log| {
        let options = settle_options(settings);
        let mut settler = Settler::new(log, catalogue.clone(), archive.clone(), options);
        if let Some(node) = &node {
            let handle = node.handle.clone();
            settler = settler.on_settled(Arc::new(move |session, recording| {
                handle.settled(session, recording);
            }));
        }
        tally = Some(settler.tally());
        Settling::start(settler, nudge).context("settling cannot be started")
    });
    let settling = settler.transpose()?;
    let handle = node.as_ref().map(|node| node.handle.clone());
    let rules = match handle.clone() {
        Some(handle) => Some((
            handle.clone(),
            upkeep::hand_over(&catalogue, &handle).await?,
        )),
        None => None,
    };
    let again = Again::new(catalogue.clone(), archive.clone(), profile(settings), data)
        .sealed_by(crate::node_key::existing(data)?);
    let upkeep = upkeep::start(&catalogue, &archive, again, rules);
    let counting = tally.and_then(|tally| {
        let (handle, log) = (handle.clone()?, log.clone()?);
        Some(numbers::counting(handle, log, tally, data.clone()))
    });
    let recorder = node.as_ref().zip(log.as_ref());
    let inspector = Inspector::new(
        settings,
        &catalogue,
        &archive,
        handle.as_ref(),
        log.as_ref(),
    );
    let options = api::Options {
        counting,
        condition: Some(condition::inspecting(inspector)),
        ..api_options(settings, &catalogue, archive, recorder)
    };
    let webs = web::start(settings, secured.https, options).await?;
    Ok(Parts {
        node,
        log,
        settling,
        webs,
        upkeep,
        catalogue,
    })
}

/// The newest segment of the log stays whatever is in it: of a bounded spool it may be a quarter,
/// so that a spool that is full of what has been settled is empty again.
fn segment_bytes(spool_bytes: Option<u64>) -> u64 {
    const LEAST: u64 = 1 << 20;
    let most = journal::Options::default().segment_bytes;
    spool_bytes.map_or(most, |spool| (spool / 4).clamp(LEAST, most))
}

fn open_log(settings: &Settings) -> anyhow::Result<Log> {
    let data = &settings.server.data;
    let spool = data.join("spool");
    make_private(&spool)?;
    let directory = spool.join("log");
    let options = journal::Options {
        segment_bytes: segment_bytes(settings.limits.spool_bytes),
        ..journal::Options::default()
    };
    let seal = crate::node_key::seal(data)?;
    let log = Log::open(&directory, options, Arc::new(RealDisk), capture::clocks())
        .with_context(|| format!("the journal in {} cannot be opened", directory.display()))?;
    Ok(log.sealed_by(seal))
}

fn start_node(
    settings: &Settings,
    tls: Option<capture::Tls>,
    log: Log,
    nudge: Arc<Notify>,
) -> anyhow::Result<Running> {
    let client = |client: &config::Client| capture::Client {
        name: client.name.clone(),
        networks: client.networks.clone(),
        strict: client.strict,
        caller: client.caller.clone(),
    };
    let options = capture::Options {
        node: settings.server.node.clone(),
        udp: settings.sip.udp.clone(),
        tcp: settings.sip.tcp.clone(),
        tls_listen: settings.sip.tls.clone(),
        tls,
        advertise: settings.sip.advertise.clone(),
        allow: settings.sip.allow.clone(),
        clients: settings.clients.iter().map(client).collect(),
        rtp: settings.rtp.listen.clone(),
        ports: capture::PortRange {
            first: *settings.rtp.ports.start(),
            last: *settings.rtp.ports.end(),
        },
        accept: match settings.rtp.accept {
            config::Accept::Any => capture::Accept::Any,
            config::Accept::Sdp => capture::Accept::Sdp,
        },
        srtp: settings.rtp.srtp,
        limits: capture::Limits {
            calls_max: usize::try_from(settings.limits.calls.unwrap_or(0)).unwrap_or(usize::MAX),
            spool_bytes_max: settings.limits.spool_bytes.unwrap_or(0),
            disk_reserve_bytes: settings.limits.disk_reserve_bytes,
        },
        spool: settings.server.data.join("spool"),
        loss_window: settings.recording.loss_window,
        silence_limit: settings.recording.silence_limit,
        resume_window: settings.recording.resume_window,
    };
    Ok(capture::start(
        options,
        log,
        Arc::new(move || nudge.notify_one()),
    )?)
}

fn settle_options(settings: &Settings) -> jobs::Options {
    jobs::Options {
        profile: profile(settings),
        keep_journal: match settings.keep_journal {
            config::KeepJournal::Always => KeepJournal::Always,
            config::KeepJournal::Never => KeepJournal::Never,
            config::KeepJournal::Undecodable => KeepJournal::Undecodable,
        },
        clock_ns: capture::monotonic_ns,
    }
}

/// How recordings are made from journals.
pub(crate) fn profile(settings: &Settings) -> Profile {
    Profile {
        max_sample_rate: settings.recording.max_sample_rate_hz,
        mute_keys: settings.recording.mute_keys,
        ..Profile::default()
    }
}

/// Where the recorder listens.
fn sip_listeners(node: &Running) -> Vec<api::Listener> {
    let all = [
        ("sip-udp", &node.udp),
        ("sip-tcp", &node.tcp),
        ("sip-tls", &node.tls),
    ];
    let of = |(kind, addresses): (&'static str, &Vec<SocketAddr>)| {
        let listener = move |address: &SocketAddr| api::Listener {
            kind,
            address: *address,
        };
        addresses.iter().map(listener).collect::<Vec<_>>()
    };
    all.into_iter().flat_map(of).collect()
}

/// Who calls the recorder; test calls go to its first listener.
fn callers(
    settings: &Arc<Settings>,
    node: &Running,
    catalogue: &Catalogue,
) -> Arc<dyn api::Clients> {
    use sip::Transport::{Tcp, Tls, Udp};
    let all = [(Udp, &node.udp), (Tcp, &node.tcp), (Tls, &node.tls)];
    let mut first = all
        .into_iter()
        .filter_map(|(transport, addresses)| Some((transport, *addresses.first()?)));
    let handle = node.handle.clone();
    Arc::new(Callers::new(settings, handle, catalogue, first.next()))
}

fn api_options(
    settings: &Arc<Settings>,
    catalogue: &Catalogue,
    archive: Archive,
    recorder: Option<(&Running, &Log)>,
) -> api::Options {
    let node = recorder.map(|(node, _)| node);
    let handle = node.map(|node| node.handle.clone());
    let ears = recorder.map(|(_, log)| {
        let ears = Ears::new(log.clone(), catalogue.clone(), profile(settings));
        Arc::new(ears) as Arc<dyn api::Ears>
    });
    let asked = handle.clone();
    let readiness = move || {
        let refusal = asked.as_ref().and_then(capture::Handle::refusal);
        refusal
            .map(|why| format!("new calls are refused: {why}"))
            .into_iter()
            .collect()
    };
    let live = handle.map(|handle| Arc::new(Recorder::new(handle)) as Arc<dyn api::LiveCalls>);
    api::Options {
        live,
        ears,
        clients: node.map(|node| callers(settings, node, catalogue)),
        listeners: node.map_or_else(Vec::new, sip_listeners),
        rights: Rights {
            delete: settings.delete,
        },
        node: settings.server.node.clone(),
        advertised: settings.sip.advertise.clone(),
        trusted_proxies: settings.http.trusted_proxies.clone(),
        ..api::Options::new(catalogue.clone(), archive, Arc::new(readiness))
    }
}

impl Parts {
    /// The one line on stdout: every listener that is bound, with its real port.
    fn ready_line(&self) -> String {
        let mut line = String::from("ready");
        let mut add = |key: &str, address: SocketAddr| line.push_str(&format!(" {key}={address}"));
        self.webs.iter().for_each(|web| add(web.key, web.address));
        let sip = self.node.as_ref().map_or_else(Vec::new, sip_listeners);
        sip.iter().for_each(|sip| add(sip.kind, sip.address));
        line
    }

    /// Waits until a part that records calls has ended by itself, which only a fault can do.
    async fn broken(&self) {
        while !self.node.as_ref().is_some_and(Running::has_ended) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tracing::error!("a part that records calls has ended: no calls are recorded any more");
    }

    /// Stops part by part, so that nothing that was recorded waits for a part that is gone.
    async fn stop(self, drain: Duration, mut again: StopSignals) {
        let deadline = Instant::now() + drain + STOP_MAX;
        let left = || deadline.saturating_duration_since(Instant::now());
        if let Some(node) = self.node {
            node.handle.drain(drain);
            let ended = tokio::task::spawn_blocking(move || node.join());
            tokio::select! {
                _ = ended => {}
                () = tokio::time::sleep(left()) => {
                    tracing::error!("calls could not be ended in time: the next start ends them");
                }
                () = again.wait() => {
                    tracing::warn!("told to stop again: running calls are left as they are");
                }
            }
        }
        let until = Instant::now() + SETTLE_AT_END_MAX.min(left());
        while self
            .log
            .as_ref()
            .is_some_and(|log| !log.unsettled().is_empty())
            && Instant::now() < until
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if let Some(settling) = self.settling {
            settling.stop(left()).await;
        }
        let stopping = self.webs.into_iter().map(|web| web.stop(left()));
        futures_util::future::join_all(stopping).await;
        self.upkeep.iter().for_each(tokio::task::JoinHandle::abort);
        tracing::info!("stopped");
    }
}

/// SIGTERM and Ctrl-C.
struct StopSignals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl StopSignals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Makes a folder that only its owner can read.
fn make_private(folder: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Two servers on one data folder would write over each other: the second one is refused.
fn lock(data: &Path) -> anyhow::Result<File> {
    let path = data.join("server.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)?;
    file.try_lock().with_context(|| {
        format!(
            "another recorder is running on the data folder {}",
            data.display()
        )
    })?;
    Ok(file)
}

/// Every stream needs two sockets: take as many descriptors as the system gives.
fn raise_descriptors() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

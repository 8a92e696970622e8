//! Starting a node: its listeners, its threads, and the end of what a crash left open.

use super::doors::Doors;
use super::recover::judge_held;
use super::resume::{Search, Survivor};
use super::{Event, Node, Options, Running};
use crate::admission::Admission;
use crate::clearing::{self, Clearing};
use crate::clocks::monotonic_ns;
use crate::discards::{self, discarded};
use crate::error::Error;
use crate::handle::{Handle, Shared};
use crate::ports::Ports;
use crate::rules;
use crate::sweep::{Order, Sweep};
use crate::told::Told;
use journal::{Append, Entry, Log, Why};
use model::SessionId;
use model::live::LiveCall;
use model::rules::Snapshot;
use sip::Endpoint;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Binds every listener, goes on with calls that a crash interrupted a moment ago, closes the
/// others and starts the node's threads.
/// `closed` is called whenever a call has ended and its journal is durable.
///
/// # Errors
/// When a listener cannot be bound, a thread not started, or the journal not written.
pub fn start(
    options: Options,
    log: Log,
    closed: Arc<dyn Fn() + Send + Sync>,
) -> Result<Running, Error> {
    let rules = Arc::new(rules::load(&options.spool.join(rules::NAME)));
    let shared = Arc::new(Shared::keeping_in(&options.spool));
    let advertised = options.advertise.as_deref().map(resolve).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(starting("signalling loop"))?;
    let doors = Doors::open(&options, &runtime)?;
    let ports = Ports::new(options.ports, options.rtp.clone());
    let search = Search {
        log: &log,
        options: &options,
        listeners: &doors.addresses.concat(),
        ports: &ports,
    };
    let found = take_stock(&search, &rules, &shared)?;
    let (events, to_react) = unbounded_channel();
    let (orders, to_obey) = std_mpsc::channel();
    let sweeper = start_sweep(&options, log.clone(), events.clone(), to_obey)?;
    let (clearing, clearer) = start_clearing(&log, events.clone(), &shared, found.left)?;
    let handle = Handle {
        events: events.clone(),
        shared: Arc::clone(&shared),
    };
    let mut node = Node {
        advertised,
        endpoint: found.endpoint,
        admission: Admission::new(options.limits.clone(), options.spool.clone()),
        ports,
        log,
        interrupted: found.interrupted,
        calls: HashMap::new(),
        dialogs: HashMap::new(),
        orders,
        clearing,
        rules,
        chains: super::bridge::Chains::default(),
        events,
        udp: doors.udp.into_iter().collect(),
        connections: HashMap::new(),
        dialler: doors.dialler,
        dialled: HashMap::new(),
        shared,
        closed,
        foreign: Told::default(),
        unavailable: HashMap::new(),
        drain_until: None,
        farewell_until: None,
        options,
    };
    let survivors = found.survivors.into_iter();
    survivors.for_each(|survivor| node.take_up(survivor));
    let (heard, listeners) = (doors.heard, doors.listeners);
    let signalling = std::thread::Builder::new().name("signalling".to_owned());
    let signalling = signalling
        .spawn(move || {
            runtime.block_on(node.run(to_react, heard, listeners));
            // A host that is still being looked up is nobody's business any more.
            runtime.shutdown_background();
        })
        .map_err(starting("signalling thread"))?;
    let mut threads = vec![signalling, sweeper, clearer];
    threads.extend(doors.thread);
    let [udp, tcp, tls] = doors.addresses;
    Ok(Running {
        udp,
        tcp,
        tls,
        handle,
        threads,
    })
}

/// What the last process left.
struct Found {
    /// Knows the dialogs of those who survived.
    endpoint: Endpoint,
    survivors: Vec<Survivor>,
    /// Calls still have to be closed.
    interrupted: bool,
    /// Calls to be thrown away.
    left: Vec<LiveCall>,
}

/// Decides about every call that a crash left open: it goes on, or it is over.
fn take_stock(search: &Search<'_>, rules: &Snapshot, shared: &Shared) -> Result<Found, Error> {
    let unwritten = shared.discards.left();
    let thrown_away = discards::sessions(&unwritten);
    for call in unwritten {
        shared.board.to_be_written_down(call);
    }
    let mut endpoint = new_endpoint();
    let mut survivors = search.find(&mut endpoint, &thrown_away);
    let goes_on = |session: &SessionId| survivors.iter().any(|call| call.session() == *session);
    let (later, over) = search.log.held().into_iter().partition(goes_on);
    // What the rules keep is closed with the others.
    let mut left = judge_held(search.log, rules, over, &thrown_away);
    let interrupted = close_interrupted_unless_full(search.log, &survivors)?;
    if interrupted {
        // Without room for what they say, they cannot go on.
        survivors.clear();
        endpoint = new_endpoint();
        left.extend(judge_held(search.log, rules, later, &thrown_away));
    }
    Ok(Found {
        endpoint,
        survivors,
        interrupted,
        left,
    })
}

/// Starts the thread that destroys what nobody wants, beginning with what the last start left.
fn start_clearing(
    log: &Log,
    events: UnboundedSender<Event>,
    shared: &Arc<Shared>,
    left: Vec<LiveCall>,
) -> Result<(std_mpsc::Sender<Clearing>, std::thread::JoinHandle<()>), Error> {
    let cleared = move |done| {
        let _ = events.send(Event::Cleared(done));
    };
    let started = clearing::start(log.clone(), Arc::clone(shared), cleared);
    let (clearing, thread) = started.map_err(starting("clearing thread"))?;
    for call in left {
        let written_down = discarded(&call);
        let _ = clearing.send(Clearing::Discard(call.session, Some(written_down)));
        shared.board.discarded(call);
    }
    Ok((clearing, thread))
}

pub(super) fn starting(what: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Start { what, source }
}

/// Like [`close_interrupted`], but a full disk is no reason not to start: settling what is there
/// makes room. True when calls still have to be closed.
fn close_interrupted_unless_full(log: &Log, go_on: &[Survivor]) -> Result<bool, Error> {
    match close_interrupted(log, go_on) {
        Ok(()) => Ok(false),
        Err(error) if error.is_disk_full() => {
            tracing::error!(%error, "the disk is full: no calls are taken until there is room");
            Ok(true)
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes the end of every call that a crash left open and that does not go on, and of the
/// others that something is missing: everything else is the ordinary way of a call.
pub(super) fn close_interrupted(log: &Log, go_on: &[Survivor]) -> Result<(), journal::Error> {
    let goes_on = |session: &SessionId| go_on.iter().any(|call| call.session() == *session);
    let mut open = log.open_sessions();
    open.retain(|session| !goes_on(session));
    if open.is_empty() && go_on.is_empty() {
        return Ok(());
    }
    let calls = open.len();
    let time_ns = monotonic_ns();
    let gaps = go_on.iter().map(|call| call.gap(time_ns));
    let entry = |session| Append {
        session,
        time_ns,
        entry: Entry::Closed { why: Why::Crash },
    };
    let batch: Vec<Append<'_>> = open.into_iter().map(entry).chain(gaps).collect();
    let position = log.append(&batch)?;
    log.committed(position)?;
    tracing::warn!(
        calls,
        going_on = go_on.len(),
        "calls were interrupted; those that cannot go on are kept and settled now"
    );
    Ok(())
}

fn start_sweep(
    options: &Options,
    log: Log,
    events: UnboundedSender<Event>,
    orders: std_mpsc::Receiver<Order>,
) -> Result<std::thread::JoinHandle<()>, Error> {
    // Two fifths of the loss window: a sweep's interval, its write and a commit fit inside.
    let interval =
        (options.loss_window * 2 / 5).clamp(Duration::from_millis(20), Duration::from_millis(200));
    std::thread::Builder::new()
        .name("sweep".to_owned())
        .spawn(move || {
            let report = move |report| {
                let _ = events.send(Event::Sweep(report));
            };
            Sweep::new(log, interval, report).run(&orders);
        })
        .map_err(|source| Error::Start {
            what: "sweep thread",
            source,
        })
}

fn new_endpoint() -> Endpoint {
    let user_agent = concat!("Earwitness/", env!("CARGO_PKG_VERSION"));
    let options = sip::Options {
        user_agent: user_agent.to_owned(),
        ..sip::Options::default()
    };
    Endpoint::new(options, |bytes| {
        // Without randomness tags and branches would repeat: better no answer than that.
        getrandom::fill(bytes).expect("the system gives random bytes");
    })
}

fn resolve(name: &str) -> Result<IpAddr, Error> {
    use std::net::ToSocketAddrs;
    let failed = |source| Error::Advertise {
        name: name.to_owned(),
        source,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let mut addresses = (bare, 0).to_socket_addrs().map_err(failed)?;
    let none = || failed(std::io::Error::other("no address"));
    addresses
        .next()
        .map(|address| address.ip())
        .ok_or_else(none)
}

//! Faults in one call, made on purpose: no input makes one; and what tests of the sweep share.

use super::{NewStream, Order, Report, Sweep, Terms};
use crate::ports::{PortRange, Ports};
use crate::source::Accept;
use journal::{Entry, Log, RealDisk, Why};
use model::SessionId;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// Where a call panics.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    Reading,
    Writing,
}

/// Panics here, if that is what the test wants.
pub(super) fn fail(wanted: Option<Fault>, here: Fault) {
    assert_ne!(wanted, Some(here), "a fault on purpose");
}

/// A stream of G.711 in the clear.
pub(super) fn terms(offered: Option<SocketAddr>) -> Terms {
    Terms {
        offered,
        rtcp: None,
        mux: false,
        payload_types: vec![0],
        clocks: vec![(0, 8_000)],
        protected: false,
        keys: Vec::new(),
        own_key: None,
    }
}

/// Calls of one stream each, swept by hand.
struct Scene {
    _folder: tempfile::TempDir,
    log: Log,
    ports: Ports,
    sweep: Sweep,
    /// Keeps the orders open.
    _orders: mpsc::Sender<Order>,
    to_obey: mpsc::Receiver<Order>,
    finished: Arc<Mutex<Vec<SessionId>>>,
    sender: UdpSocket,
    calls: Vec<(SessionId, SocketAddr)>,
}

impl Scene {
    fn of(calls: u8, first: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (disk, clocks) = (Arc::new(RealDisk), crate::clocks());
        let log = Log::open(folder.path(), journal::Options::default(), disk, clocks).unwrap();
        let finished = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&finished);
        let report = move |report| {
            if let Report::Finished { session, .. } = report {
                told.lock().unwrap().push(session);
            }
        };
        let (orders, to_obey) = mpsc::channel();
        let range = PortRange {
            first,
            last: first + 2 * u16::from(calls) - 1,
        };
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let mut scene = Self {
            sweep: Sweep::new(log.clone(), Duration::from_millis(20), report),
            ports: Ports::new(range, vec![loopback]),
            log,
            _folder: folder,
            _orders: orders,
            to_obey,
            finished,
            sender: UdpSocket::bind((loopback, 0)).unwrap(),
            calls: Vec::new(),
        };
        (0..calls).for_each(|number| scene.add(number));
        scene
    }

    fn add(&mut self, number: u8) {
        let session = SessionId::mint(1_700_000_000_000, [number; 10]);
        let peer = self.sender.local_addr().unwrap();
        let pair = self.ports.bind(peer.ip()).unwrap();
        self.calls.push((session, pair.address));
        self.sweep.obey(Order::Add(Box::new(NewStream {
            session,
            stream: 0,
            pair,
            terms: terms(Some(peer)),
            peer: peer.ip(),
            accept: Accept::Sdp,
            permitted: Arc::new([]),
            paused_from_ns: None,
        })));
    }

    /// A packet of this number to every call, and a sweep.
    fn round(&mut self, number: u8) {
        let packet = [&[0x80, 0, 0, number], &[number; 168][..]].concat();
        for (_, to) in &self.calls {
            self.sender.send_to(&packet, to).unwrap();
        }
        self.sweep.sweep(&self.to_obey);
    }

    /// What the journal has of a call: the numbers of its packets, and its end.
    fn story(&self, call: usize) -> (Vec<u8>, Option<Why>) {
        let (mut packets, mut end) = (Vec::new(), None);
        let journal = self.log.journal(self.calls[call].0).unwrap();
        for frame in journal.frames() {
            let frame = frame.unwrap();
            let entry = frame.entry().unwrap();
            if let Entry::Packets(found) = entry {
                let sound = found.iter().filter(|packet| !packet.rtcp);
                packets.extend(sound.map(|packet| packet.bytes[3]));
            } else if let Entry::Closed { why } = entry {
                end = Some(why);
            }
        }
        (packets, end)
    }
}

fn one_call_breaks(fault: Fault, first: u16) {
    let mut scene = Scene::of(3, first);
    scene.round(1);
    let broken = scene.calls[1].0;
    scene.sweep.calls.get_mut(&broken).unwrap().fault = Some(fault);
    for number in 2..=4 {
        scene.round(number);
    }
    assert_eq!(*scene.finished.lock().unwrap(), [broken]);
    // It has what was written before, and its end; its ports are free.
    assert_eq!(scene.story(1), (vec![1], Some(Why::Error)));
    let address = scene.calls.remove(1).1;
    assert!(
        scene
            .ports
            .bind_again(address.ip(), address.port())
            .is_some()
    );
    // The others lose nothing, before, beside and after.
    let others: Vec<SessionId> = scene.calls.iter().map(|(session, _)| *session).collect();
    for session in others {
        let why = Why::Bye;
        scene.sweep.obey(Order::Finish { session, why });
    }
    scene.round(5);
    for call in 0..2 {
        assert_eq!(scene.story(call), (vec![1, 2, 3, 4, 5], Some(Why::Bye)));
    }
}

#[test]
fn a_fault_while_reading_costs_one_call() {
    one_call_breaks(Fault::Reading, 41_060);
}

#[test]
fn a_fault_while_writing_costs_one_call() {
    one_call_breaks(Fault::Writing, 41_070);
}

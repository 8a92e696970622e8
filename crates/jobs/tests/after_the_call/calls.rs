//! Calls in a journal, for the tests of this folder.

use journal::{Append, Clocks, Entry, Log, Packet, PacketsBuilder, RealDisk, Why};
use model::access::{Level, Principal};
use model::people::UserId;
use model::{Mode, SessionId};
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::Duration;

pub(crate) const START_NS: u64 = 1_000_000_000_000;

pub(crate) const CLOCKS: Clocks = Clocks {
    boot: [7; 16],
    monotonic_ns: START_NS,
    wall_ns: 1_795_514_400_000_000_000,
};

pub(crate) fn open(data: &Path) -> Log {
    let options = journal::Options {
        segment_bytes: 4_000,
        spill_after: Duration::ZERO,
        ..journal::Options::default()
    };
    Log::open(&data.join("spool/log"), options, Arc::new(RealDisk), CLOCKS).unwrap()
}

pub(crate) fn session(number: u8) -> SessionId {
    SessionId::mint(1_795_514_400_000 + u64::from(number), [number; 10])
}

pub(crate) const INVITE: &str = "INVITE sip:rec@192.0.2.1 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1\r\nFrom: <sip:225@pbx>;tag=1\r\n\
    To: <sip:rec@192.0.2.1>\r\nCall-ID: call-1\r\nCSeq: 1 INVITE\r\n\
    Content-Type: application/sdp\r\nContent-Length: 92\r\n\r\n\
    v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
    m=audio 5000 RTP/AVP 8\r\n";

/// Appends what happens in a call, in its own file when it is `apart`.
pub(crate) fn begin(log: &Log, number: u8, mode: Mode) {
    let session = session(number);
    let opened = Entry::Opened {
        wall_ns: CLOCKS.wall_ns,
        transport: "udp",
        local: "a:1",
        peer: "b:2",
        node: "north",
        client: "sbc",
        caller: "",
    };
    let verdict = Entry::Verdict {
        mode: mode.name(),
        undecided: false,
        rule: "sales",
    };
    let began = Entry::Began {
        recording: session.first_recording(),
        communication_session: "",
    };
    let invite = Entry::Signal {
        sent: false,
        dialog: 0,
        bytes: INVITE.as_bytes(),
    };
    let batch = [opened, verdict, began, invite].map(|entry| item(session, 0, entry));
    if mode == Mode::KeepLate {
        let (told, wait) = mpsc::channel();
        let done = Box::new(move |outcome: Result<(), journal::Error>| told.send(outcome).unwrap());
        log.open_apart(&batch, done).unwrap();
        wait.recv().unwrap().unwrap();
    } else {
        log.append(&batch).unwrap();
    }
}

pub(crate) fn item(session: SessionId, after_ms: u64, entry: Entry<'_>) -> Append<'_> {
    Append {
        session,
        time_ns: START_NS + after_ms * 1_000_000,
        entry,
    }
}

pub(crate) fn speak(log: &Log, number: u8, packets: std::ops::Range<u16>) {
    let mut builder = PacketsBuilder::new();
    let last = u64::from(packets.end) * 20;
    for sequence in packets {
        let mut bytes = vec![0x80, 8];
        bytes.extend(sequence.to_be_bytes());
        bytes.extend((u32::from(sequence) * 160).to_be_bytes());
        bytes.extend(7_u32.to_be_bytes());
        bytes.extend([0x55; 160]);
        builder.push(Packet {
            stream: 0,
            rtcp: false,
            arrival_ns: START_NS + u64::from(sequence) * 20_000_000,
            bytes: &bytes,
        });
    }
    let entry = Entry::Packets(builder.packets());
    log.append(&[item(session(number), last, entry)]).unwrap();
}

pub(crate) fn close(log: &Log, number: u8) {
    let entry = Entry::Closed { why: Why::Bye };
    log.append(&[item(session(number), 9_000, entry)]).unwrap();
}

pub(crate) fn administrator() -> Principal {
    Principal {
        id: UserId(1),
        username: "root".to_owned(),
        level: Level::COMPLETE,
        supervises: std::collections::BTreeSet::new(),
        rights: model::access::Rights::default(),
    }
}

/// Runs work until it has had to wait `steps` times, and then drops it as a crash would: what
/// it had begun may still be done, what comes after is not. `None`: it was broken off.
pub(crate) async fn interrupted<T>(work: impl Future<Output = T>, steps: usize) -> Option<T> {
    let mut work = pin!(work);
    let mut left = steps;
    std::future::poll_fn(move |context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

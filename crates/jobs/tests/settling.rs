//! From a journal to a row: what is kept becomes a recording, whoever decided it and wherever
//! its frames are, and then the journal is empty again.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use archive::Archive;
use catalogue::Catalogue;
use finalise::Profile;
use jobs::{KeepJournal, Settler};
use journal::{Append, Clocks, Entry, Log, Mark, Packet, PacketsBuilder, RealDisk, Why};
use model::access::{Action, Level, Principal};
use model::people::UserId;
use model::{Mode, RecordingId, SessionId};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use tokio::sync::Notify;

const START_NS: u64 = 1_000_000_000_000;

const CLOCKS: Clocks = Clocks {
    boot: [7; 16],
    monotonic_ns: START_NS,
    wall_ns: 1_795_514_400_000_000_000,
};

fn open(data: &Path) -> Log {
    let options = journal::Options {
        segment_bytes: 4_000,
        spill_after: Duration::ZERO,
        ..journal::Options::default()
    };
    Log::open(&data.join("spool/log"), options, Arc::new(RealDisk), CLOCKS).unwrap()
}

fn session(number: u8) -> SessionId {
    SessionId::mint(1_795_514_400_000 + u64::from(number), [number; 10])
}

const INVITE: &str = "INVITE sip:rec@192.0.2.1 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1\r\nFrom: <sip:225@pbx>;tag=1\r\n\
    To: <sip:rec@192.0.2.1>\r\nCall-ID: call-1\r\nCSeq: 1 INVITE\r\n\
    Content-Type: application/sdp\r\nContent-Length: 92\r\n\r\n\
    v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
    m=audio 5000 RTP/AVP 8\r\n";

/// Appends what happens in a call, in its own file when it is `apart`.
fn begin(log: &Log, number: u8, mode: Mode) {
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

fn item(session: SessionId, after_ms: u64, entry: Entry<'_>) -> Append<'_> {
    Append {
        session,
        time_ns: START_NS + after_ms * 1_000_000,
        entry,
    }
}

fn speak(log: &Log, number: u8, packets: std::ops::Range<u16>) {
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

fn close(log: &Log, number: u8) {
    let entry = Entry::Closed { why: Why::Bye };
    log.append(&[item(session(number), 9_000, entry)]).unwrap();
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Three calls: one in the log, one kept late, one that nobody has decided about.
fn calls(log: &Log) {
    begin(log, 1, Mode::Always);
    begin(log, 2, Mode::KeepLate);
    begin(log, 3, Mode::KeepLate);
    for number in 1..=3 {
        speak(log, number, 0..50);
    }
    let (told, wait) = mpsc::channel();
    let done = Box::new(move |outcome: Result<(), journal::Error>| told.send(outcome).unwrap());
    log.keep(session(2), START_NS + 1_000_000_000, "john", done)
        .unwrap();
    wait.recv().unwrap().unwrap();
    let flag = Entry::Mark {
        what: Mark::Flag,
        stream: None,
        who: "jane",
        text: "price",
    };
    log.append(&[item(session(2), 1_500, flag)]).unwrap();
    for number in 1..=3 {
        speak(log, number, 50..100);
        close(log, number);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_becomes_a_row_and_the_journal_empties() {
    let data = tempfile::tempdir().unwrap();
    let log = open(data.path());
    calls(&log);
    let catalogue = Catalogue::open("sqlite:catalogue.db", data.path()).unwrap();
    let archive = Archive::open("file:archive", data.path()).unwrap();
    let options = jobs::Options {
        profile: Profile::default(),
        keep_journal: KeepJournal::Always,
        clock_ns: || START_NS + 1_000_000_000_000,
    };
    let settled: Arc<Mutex<Vec<(SessionId, RecordingId)>>> = Arc::default();
    let nudge = Arc::new(Notify::new());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let tell = Arc::clone(&settled);
    let settler = Settler::new(log.clone(), catalogue.clone(), archive, options).on_settled(
        Arc::new(move |session, recording| {
            tell.lock().unwrap().push((session, recording));
        }),
    );
    let running = tokio::spawn(settler.run(nudge, async move {
        let _ = stopped.await;
    }));
    let (segments, calls) = (
        data.path().join("spool/log"),
        data.path().join("spool/calls"),
    );
    let is_over = || files(&segments) == 1 && files(&calls) == 1;
    let mut looks = 0;
    while !(is_over() && settled.lock().unwrap().len() == 2) {
        looks += 1;
        assert!(looks < 2_000, "{} {}", files(&segments), files(&calls));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop.send(()).unwrap();
    running.await.unwrap();
    let mut told = settled.lock().unwrap().clone();
    told.sort_unstable();
    let ours = [1, 2].map(|number| (session(number), session(number).first_recording()));
    assert_eq!(told, ours);
    assert_eq!(log.held(), [session(3)], "nobody has decided");

    let everything = administrator();
    for (number, trigger) in [(1, Mode::Always), (2, Mode::KeepLate)] {
        let id = session(number).first_recording();
        let row = catalogue.recording(id).await.unwrap().unwrap();
        let row = row.open(&everything, Action::Read).unwrap();
        let details = &row.draft.details;
        assert_eq!((details.trigger, details.rule.as_str()), (trigger, "sales"));
        assert_eq!(
            (details.node.as_str(), details.client.as_str()),
            ("north", "sbc")
        );
        assert_eq!(details.codecs, ["PCMA"]);
        assert_eq!(row.draft.duration_ms, 2_000);
        let marks: Vec<&str> = row.marks.iter().map(|mark| mark.text.as_str()).collect();
        assert_eq!(
            marks,
            if number == 2 {
                vec!["price"]
            } else {
                Vec::new()
            }
        );
    }
    let undecided = session(3).first_recording();
    assert!(catalogue.recording(undecided).await.unwrap().is_none());
}

fn administrator() -> Principal {
    Principal {
        id: UserId(1),
        username: "root".to_owned(),
        level: Level::COMPLETE,
        supervises: std::collections::BTreeSet::new(),
        rights: model::access::Rights::default(),
    }
}

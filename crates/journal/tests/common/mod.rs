//! Calls to put into logs, and what can be read back of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use journal::testing::FaultyDisk;
use journal::{
    Append, Clocks, Entry, Frame, Journal, Log, Options, Packet, PacketsBuilder, Position, Why,
};
use model::SessionId;

pub(crate) const BOOT: Clocks = Clocks {
    boot: [7; 16],
    monotonic_ns: 1_000,
    wall_ns: 1_700_000_000_000_000_000,
};

pub(crate) fn folder() -> PathBuf {
    PathBuf::from("/spool/log")
}

pub(crate) fn segment(number: u32) -> PathBuf {
    folder().join(format!("{number:08}.seg"))
}

pub(crate) fn open(disk: &FaultyDisk) -> Log {
    open_with(disk, 64 * 1024)
}

pub(crate) fn open_with(disk: &FaultyDisk, segment_bytes: u64) -> Log {
    let options = Options {
        segment_bytes,
        ..Options::default()
    };
    Log::open(&folder(), options, Arc::new(disk.clone()), BOOT).unwrap()
}

pub(crate) fn session(number: u8) -> SessionId {
    SessionId::mint(u64::from(number), [number; 10])
}

pub(crate) fn item(number: u8, time_ns: u64, entry: Entry<'_>) -> Append<'_> {
    Append {
        session: session(number),
        time_ns,
        entry,
    }
}

/// What a call begins with: `Opened`, `Began` and the INVITE, in one batch.
pub(crate) fn begin(log: &Log, number: u8) -> Result<Position, journal::Error> {
    let opened = Entry::Opened {
        wall_ns: BOOT.wall_ns,
        transport: "udp",
        local: "a:1",
        peer: "b:2",
        node: "n",
        client: "",
        caller: "",
    };
    let recording = session(number).first_recording();
    let began = Entry::Began {
        recording,
        communication_session: "cs",
    };
    let invite = Entry::Signal {
        sent: false,
        dialog: 0,
        bytes: b"INVITE",
    };
    let time = u64::from(number);
    log.append(&[
        item(number, time, opened),
        item(number, time, began),
        item(number, time, invite),
    ])
}

/// The packets of one call in one sweep: their bytes say whose they are.
pub(crate) fn sweep_of(number: u8, round: u8) -> PacketsBuilder {
    let mut builder = PacketsBuilder::new();
    for stream in 0..2 {
        let bytes = [number, round, 0xEA, b'W', b'F', 1, stream];
        let arrival_ns = u64::from(round) * 20_000_000;
        builder.push(Packet {
            stream: stream.into(),
            rtcp: false,
            arrival_ns,
            bytes: &bytes,
        });
    }
    builder
}

/// One sweep over many calls, in one batch.
pub(crate) fn sweep(log: &Log, numbers: &[u8], round: u8) -> Result<Position, journal::Error> {
    let packets: Vec<PacketsBuilder> = numbers
        .iter()
        .map(|number| sweep_of(*number, round))
        .collect();
    let time = 1_000 + u64::from(round);
    let batch: Vec<Append<'_>> = numbers
        .iter()
        .zip(&packets)
        .map(|(number, builder)| item(*number, time, Entry::Packets(builder.packets())))
        .collect();
    log.append(&batch)
}

pub(crate) fn close(log: &Log, number: u8) -> Result<Position, journal::Error> {
    log.append(&[item(number, 9_000, Entry::Closed { why: Why::Bye })])
}

pub(crate) fn settle(log: &Log, number: u8) -> Result<Position, journal::Error> {
    let recording = session(number).first_recording();
    log.append(&[item(number, 9_999, Entry::Settled { recording })])
}

/// Calls that run at the same time, from INVITE to BYE.
pub(crate) fn calls(log: &Log, numbers: &[u8], rounds: u8) {
    for number in numbers {
        begin(log, *number).unwrap();
    }
    for round in 0..rounds {
        sweep(log, numbers, round).unwrap();
    }
    for number in numbers {
        close(log, *number).unwrap();
    }
}

/// A frame as text, byte for byte: sequence number, time, clocks known or not, entry.
pub(crate) fn texts(journal: &Journal) -> Vec<String> {
    let text = |frame: Result<Frame, journal::Error>| {
        let frame = frame.unwrap();
        let clocks = if frame.clocks == BOOT {
            "now"
        } else {
            "unknown"
        };
        let entry = frame.entry().unwrap();
        let entry = if let Entry::Packets(packets) = entry {
            packets.iter().map(packet_text).collect()
        } else {
            format!("{entry:?}")
        };
        format!("{} {} {clocks} {entry}", frame.sequence, frame.time_ns)
    };
    journal.frames().map(text).collect()
}

fn packet_text(packet: Packet<'_>) -> String {
    let bytes: String = packet.bytes.iter().copied().map(char::from).collect();
    format!(
        "{} {} {} {bytes} ",
        packet.stream, packet.rtcp, packet.arrival_ns
    )
}

/// The texts of a session; nothing when the log does not know it.
pub(crate) fn read(log: &Log, number: u8) -> Vec<String> {
    log.journal(session(number))
        .map(|journal| texts(&journal))
        .unwrap_or_default()
}

pub(crate) fn is_lost(text: &str) -> bool {
    text.contains("Lost {")
}

/// Where the frames of an undamaged segment end, and whose they are, by the law in
/// `docs/journal-format.md`.
pub(crate) fn frames_of(bytes: &[u8]) -> Vec<(usize, SessionId, u64)> {
    let mut frames = Vec::new();
    let mut at = 104;
    while at < bytes.len() {
        assert_eq!(bytes[at..at + 4], [0xEA, b'W', b'F', 1]);
        let number = |from: usize| u32::from_le_bytes(bytes[from..from + 4].try_into().unwrap());
        let owner = SessionId::from_bytes(bytes[at + 24..at + 40].try_into().unwrap());
        let sequence = u64::from_le_bytes(bytes[at + 40..at + 48].try_into().unwrap());
        at += 60 + number(at + 8) as usize;
        frames.push((at, owner, sequence));
    }
    frames
}

/// The disk with one file changed.
pub(crate) fn changed(
    disk: &FaultyDisk,
    path: &Path,
    change: impl FnOnce(&mut Vec<u8>),
) -> FaultyDisk {
    let mut files = disk.files();
    change(files.get_mut(path).unwrap());
    FaultyDisk::with_files(files)
}

/// Begins a call in its own file and waits until that is durable.
pub(crate) fn begin_apart(log: &Log, number: u8) -> Result<(), journal::Error> {
    let opened = Entry::Opened {
        wall_ns: BOOT.wall_ns,
        transport: "udp",
        local: "a:1",
        peer: "b:2",
        node: "n",
        client: "",
        caller: "",
    };
    let began = Entry::Began {
        recording: session(number).first_recording(),
        communication_session: "cs",
    };
    let invite = Entry::Signal {
        sent: false,
        dialog: 0,
        bytes: b"INVITE",
    };
    let batch = [opened, began, invite].map(|entry| item(number, u64::from(number), entry));
    wait(|done| log.open_apart(&batch, done))
}

type Done = Box<dyn FnOnce(Result<(), journal::Error>) + Send>;

/// Waits for what calls back.
pub(crate) fn wait(
    work: impl FnOnce(Done) -> Result<(), journal::Error>,
) -> Result<(), journal::Error> {
    let (sender, receiver) = std::sync::mpsc::channel();
    work(Box::new(move |outcome| sender.send(outcome).unwrap()))?;
    receiver.recv().unwrap()
}

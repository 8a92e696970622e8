//! A node on a real disk and recording clients that say who talks: every packet can be told by
//! its call and number, and the whole spool can be searched for it.

use capture::{Handle, PortRange, Running};
use journal::{Entry, Log, RealDisk};
use model::live::{LiveCall, LiveError, Which};
use model::people::UserId;
use model::rules::{Rule, RuleId, Snapshot, SnapshotRule};
use model::{Mode, RecordingId, SessionId};
use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Longer than any step takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(10);

pub(crate) struct Node {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) running: Option<Running>,
    pub(crate) log: Log,
    runtime: tokio::runtime::Runtime,
}

fn ports() -> PortRange {
    static NEXT: AtomicU16 = AtomicU16::new(43_000);
    let first = NEXT.fetch_add(100, Ordering::Relaxed);
    PortRange {
        first,
        last: first + 99,
    }
}

pub(crate) fn open(folder: &Path) -> Log {
    let options = journal::Options::default();
    let directory = folder.join("spool/log");
    Log::open(&directory, options, Arc::new(RealDisk), capture::clocks()).unwrap()
}

pub(crate) fn start(folder: &Path, log: &Log) -> Running {
    let spool = folder.join("spool");
    let options = crate::node::options(ports(), &spool, Duration::from_millis(100));
    capture::start(options, log.clone(), Arc::new(|| ())).unwrap()
}

impl Node {
    /// A node with one rule for calls of user 1, whose number is 225.
    pub(crate) fn with_mode(mode: Mode) -> Self {
        let node = Self::new();
        node.handle().set_rules(rules(mode)).unwrap();
        node
    }

    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path());
        let running = start(folder.path(), &log);
        Self::of(folder, running, log)
    }

    pub(crate) fn of(folder: tempfile::TempDir, running: Running, log: Log) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        Self {
            folder,
            running: Some(running),
            log,
            runtime,
        }
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.running.as_ref().unwrap().handle
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().udp[0]
    }

    pub(crate) fn start(&self, which: Which) -> Result<RecordingId, LiveError> {
        self.runtime.block_on(self.handle().start(which, "john"))
    }

    pub(crate) fn stop(&self, which: Which) -> Result<RecordingId, LiveError> {
        self.runtime.block_on(self.handle().stop(which, "john"))
    }

    pub(crate) fn pause(&self, recording: RecordingId) -> Result<(), LiveError> {
        self.runtime
            .block_on(self.handle().pause(recording, "jane"))
    }

    pub(crate) fn resume(&self, recording: RecordingId) -> Result<(), LiveError> {
        self.runtime
            .block_on(self.handle().resume(recording, "jane"))
    }

    pub(crate) fn mark(&self, recording: RecordingId, text: &str) -> Result<(), LiveError> {
        self.runtime
            .block_on(self.handle().mark(recording, "jane", text))
    }

    /// The only call there is.
    pub(crate) fn call(&self) -> LiveCall {
        let live = self.handle().live();
        let [call] = &live[..] else {
            panic!("{live:#?}")
        };
        call.clone()
    }

    pub(crate) fn call_of(&self, recording: RecordingId) -> LiveCall {
        let mut live = self.handle().live().into_iter();
        live.find(|call| call.recording == recording).unwrap()
    }

    /// Waits until a packet is in the spool.
    pub(crate) fn wait_for(&self, call: &Caller, number: u16) {
        eventually("a packet is in the spool", || {
            self.spool_has(&call.payload(number))
        });
    }

    /// Whether these bytes are anywhere in the spool.
    pub(crate) fn spool_has(&self, bytes: &[u8]) -> bool {
        let spool = self.folder.path().join("spool");
        files(&spool).iter().any(|file| {
            // A file may go while it is looked for.
            let content = std::fs::read(file).unwrap_or_default();
            content.windows(bytes.len()).any(|window| window == bytes)
        })
    }

    /// Whether any packet of a call with a number in this range is in the spool.
    pub(crate) fn spool_has_any(&self, call: &Caller, numbers: std::ops::Range<u16>) -> bool {
        numbers
            .into_iter()
            .any(|number| self.spool_has(&call.payload(number)))
    }

    pub(crate) fn call_files(&self) -> usize {
        files(&self.folder.path().join("spool/calls")).len()
    }

    /// Ends the node as a drain does, and starts it again on the same folder.
    pub(crate) fn end(&mut self) {
        let running = self.running.take().unwrap();
        running.handle.drain(Duration::ZERO);
        running.join();
    }

    /// Numbers of the packets in a session's journal, with `Began` and `Ended` between.
    pub(crate) fn story(&self, session: SessionId) -> Vec<String> {
        let journal = self.log.journal(session).unwrap();
        let mut story: Vec<String> = Vec::new();
        for frame in journal.frames() {
            let frame = frame.unwrap();
            let entry = frame.entry().unwrap();
            if let Entry::Packets(packets) = entry {
                for packet in packets.iter().filter(|packet| !packet.rtcp) {
                    let number = u16::from_be_bytes([packet.bytes[2], packet.bytes[3]]);
                    story.push(number.to_string());
                }
            } else {
                story.extend(word(&entry));
            }
        }
        story
    }
}

fn word(entry: &Entry<'_>) -> Option<String> {
    if let Entry::Began { .. } = entry {
        return Some("began".to_owned());
    }
    if let Entry::Ended { why, .. } = entry {
        return Some(format!("ended: {}", why.text()));
    }
    if let Entry::Closed { .. } = entry {
        return Some("closed".to_owned());
    }
    if let Entry::Mark {
        what, who, text, ..
    } = entry
    {
        return Some(format!("{what:?} {who}{text}").trim_end().to_owned());
    }
    if let Entry::Verdict {
        mode, undecided, ..
    } = entry
    {
        return Some(format!("{mode}{}", if *undecided { "?" } else { "" }));
    }
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).into_iter().flatten() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

pub(crate) fn eventually(what: &str, mut is: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < until, "never: {what}");
        std::thread::sleep(STEP);
    }
}

/// One rule: calls of user 1 (number 225) have this mode.
pub(crate) fn rules(mode: Mode) -> Snapshot {
    let rule = Rule {
        id: RuleId(1),
        name: "sales".to_owned(),
        position: 1,
        user: Some("john".to_owned()),
        mode,
        ..Rule::default()
    };
    let members = Some(BTreeSet::from([UserId(1)]));
    Snapshot {
        rules: vec![SnapshotRule { rule, members }],
        users: [("225".to_owned(), UserId(1)), ("226".to_owned(), UserId(2))].into(),
    }
}

/// A recording client with one call of one stream.
pub(crate) struct Caller {
    sip: UdpSocket,
    rtp: UdpSocket,
    server: SocketAddr,
    from: String,
    number: usize,
    sequence: std::cell::Cell<u32>,
    to: String,
    pub(crate) answer: String,
    targets: Vec<SocketAddr>,
    sent: std::cell::Cell<u16>,
}

/// Metadata of a call between two numbers; the first one called and sends the stream.
pub(crate) fn metadata(session: &str, local: &str, remote: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><recording xmlns=\"urn:ietf:params:xml:ns:recording:1\">\
         <datamode>complete</datamode><session session_id=\"{session}\"/>\
         <participant participant_id=\"p1\"><nameID aor=\"sip:{local}@pbx\"/></participant>\
         <participant participant_id=\"p2\"><nameID aor=\"sip:{remote}@pbx\"/></participant>\
         <stream stream_id=\"s1\" session_id=\"{session}\"><label>1</label></stream>\
         <participantsessionassoc participant_id=\"p1\" session_id=\"{session}\"/>\
         <participantsessionassoc participant_id=\"p2\" session_id=\"{session}\"/>\
         <participantstreamassoc participant_id=\"p1\"><send>s1</send></participantstreamassoc>\
         </recording>"
    )
}

impl Caller {
    /// Places a call that says who takes part, or nothing of it.
    pub(crate) fn place(server: SocketAddr, number: usize, metadata: Option<&str>) -> Self {
        let from = format!("<sip:src@127.0.0.1;x-nearend;x-nearenddevice=SEP00{number}>");
        Self::place_from(server, number, &from, metadata)
    }

    /// Places a call from this address.
    pub(crate) fn place_from(
        server: SocketAddr,
        number: usize,
        from: &str,
        metadata: Option<&str>,
    ) -> Self {
        let sip = UdpSocket::bind("127.0.0.1:0").unwrap();
        let rtp = UdpSocket::bind("127.0.0.1:0").unwrap();
        sip.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut caller = Self {
            sip,
            rtp,
            server,
            from: from.to_owned(),
            number,
            sequence: std::cell::Cell::new(0),
            to: format!("To: <sip:srs@{server}>"),
            answer: String::new(),
            targets: Vec::new(),
            sent: std::cell::Cell::new(0),
        };
        caller.answer = caller.request("INVITE", metadata);
        assert!(
            caller.answer.starts_with("SIP/2.0 200"),
            "{}",
            caller.answer
        );
        let to = caller.answer.lines().find(|line| line.starts_with("To:"));
        caller.to = to.unwrap().trim().to_owned();
        caller.send("ACK", caller.sequence.get(), None);
        let media = caller
            .answer
            .lines()
            .filter_map(|line| line.strip_prefix("m=audio "));
        let port = |line: &str| line.split(' ').next().unwrap().parse::<u16>().unwrap();
        caller.targets = media
            .map(|line| ([127, 0, 0, 1], port(line)).into())
            .collect();
        caller
    }

    /// Sends a request and returns its final answer.
    pub(crate) fn request(&self, method: &str, metadata: Option<&str>) -> String {
        let sequence = self.sequence.get() + 1;
        self.sequence.set(sequence);
        self.send(method, sequence, metadata);
        loop {
            let mut buffer = [0; 65_536];
            let length = self.sip.recv(&mut buffer).unwrap();
            let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if !text.starts_with("SIP/2.0 1") && text.contains(&format!("CSeq: {sequence} ")) {
                return text;
            }
        }
    }

    fn send(&self, method: &str, sequence: u32, metadata: Option<&str>) {
        let (number, server, from) = (self.number, self.server, &self.from);
        let (own, port) = (
            self.sip.local_addr().unwrap(),
            self.rtp.local_addr().unwrap().port(),
        );
        let sdp = (method == "INVITE").then(|| {
            format!(
                "v=0\r\no=- 1 {sequence} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n\
                 t=0 0\r\nm=audio {port} RTP/AVP 8\r\na=label:1\r\na=sendonly\r\n"
            )
        });
        let part =
            |kind: &str, body: &str| format!("--b\r\nContent-Type: {kind}\r\n\r\n{body}\r\n");
        let mut body = String::new();
        if let Some(sdp) = sdp {
            body += &part("application/sdp", &sdp);
        }
        if let Some(metadata) = metadata {
            body += &part("application/rs-metadata+xml", metadata);
        }
        let mut headers = String::new();
        if !body.is_empty() {
            body += "--b--\r\n";
            headers = "Content-Type: multipart/mixed;boundary=b\r\n".to_owned();
        }
        let text = format!(
            "{method} sip:srs@{server} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {own};branch=z9hG4bK{number}{method}{sequence}\r\n\
             From: {from};tag=a{number}\r\n\
             {}\r\nCall-ID: modes-{number}-{own}\r\nCSeq: {sequence} {method}\r\n\
             Contact: <sip:src@{own}>;+sip.src\r\nMax-Forwards: 70\r\nRequire: siprec\r\n\
             {headers}Content-Length: {}\r\n\r\n{body}",
            self.to,
            body.len()
        );
        self.sip.send_to(text.as_bytes(), server).unwrap();
    }

    /// What a packet carries: found nowhere else.
    pub(crate) fn payload(&self, number: u16) -> Vec<u8> {
        let mut payload = Vec::new();
        for round in 0..20_u32 {
            let mixed = (u32::from(number) << 16 | round).wrapping_mul(2_654_435_761);
            let own = u32::from(self.rtp.local_addr().unwrap().port()).wrapping_mul(40_503);
            payload.extend((mixed ^ own.rotate_left(round)).to_be_bytes());
            payload.extend(number.to_be_bytes());
        }
        payload
    }

    /// Sends so many packets and returns their numbers.
    pub(crate) fn speak(&self, count: u16) -> std::ops::Range<u16> {
        let from = self.sent.get();
        for number in from..from + count {
            let mut bytes = vec![0x80, 8];
            bytes.extend(number.to_be_bytes());
            bytes.extend((u32::from(number) * 160).to_be_bytes());
            bytes.extend(7_u32.to_be_bytes());
            bytes.extend(self.payload(number));
            self.rtp.send_to(&bytes, self.targets[0]).unwrap();
            std::thread::sleep(Duration::from_millis(2));
        }
        self.sent.set(from + count);
        from..from + count
    }

    pub(crate) fn hang_up(&self) {
        assert!(self.request("BYE", None).starts_with("SIP/2.0 200"));
    }

    pub(crate) fn device(&self) -> Which {
        Which::Line {
            device_name: Some(format!("SEP00{}", self.number)),
            directory_number: None,
        }
    }
}

pub(crate) fn line(number: &str) -> Which {
    Which::Line {
        device_name: None,
        directory_number: Some(number.to_owned()),
    }
}

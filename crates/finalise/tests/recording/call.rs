//! A call put together by hand: messages, packets whose every sample can be computed, an end.

use finalise::{Profile, Rendition};
use journal::{Entry, Journal, Mark, Packet, PacketsBuilder, Seal, Sides, Why};
use model::people::UserId;
use model::{Direction, RecordingId, SessionId};

pub(crate) const MS: u64 = 1_000_000;
pub(crate) const SECOND: u64 = 1_000 * MS;
/// Monotonic time of the INVITE.
pub(crate) const OPENED: u64 = 1_000 * SECOND;
/// Wall clock of the INVITE: 2026-11-24T10:00:00.123456789Z.
pub(crate) const WALL_NS: i64 = 1_795_514_400_123_456_789;

/// One datagram: stream, arrival after the INVITE, octets.
pub(crate) type Datagram = (u16, u64, Vec<u8>);

pub(crate) enum Event {
    Signal {
        sent: bool,
        text: String,
    },
    Packets(Vec<Datagram>),
    /// The same, on the port of RTCP.
    Reports(Vec<Datagram>),
    Began(RecordingId),
    Ended(RecordingId, Why),
    Closed(Why),
    Lost(u64, u64),
    /// Stream, suite, and the sealed key.
    Keys(u16, &'static str, Vec<u8>),
    Counted(u16, u64, u64),
    Sides(Sides),
    Verdict(&'static str, &'static str),
    Mark {
        what: Mark,
        stream: Option<u16>,
        who: &'static str,
        text: &'static str,
    },
}

/// What happens in a call, each with its time after the INVITE.
pub(crate) struct Call {
    pub(crate) events: Vec<(u64, Event)>,
    pub(crate) caller: &'static str,
    pub(crate) transport: &'static str,
    pub(crate) seal: Option<Seal>,
}

pub(crate) fn session() -> SessionId {
    SessionId::mint(1_795_514_400_123, [7; 10])
}

pub(crate) fn recording() -> RecordingId {
    session().first_recording()
}

impl Call {
    /// An accepted INVITE with as many PCMA streams as there are labels.
    pub(crate) fn new(labels: &[&str], metadata: &str) -> Self {
        Self::with_formats(labels, "RTP/AVP 8 101", metadata)
    }

    pub(crate) fn with_formats(labels: &[&str], formats: &str, metadata: &str) -> Self {
        Self::with_lines(labels, formats, "", metadata)
    }

    /// The same with further lines in each section of both descriptions.
    pub(crate) fn with_lines(
        labels: &[&str],
        formats: &str,
        further: &str,
        metadata: &str,
    ) -> Self {
        let mut call = Self {
            events: Vec::new(),
            caller: "",
            transport: "UDP",
            seal: None,
        };
        let offered = sdp(labels, formats, &format!("sendonly{further}"));
        let answered = sdp(labels, formats, &format!("recvonly{further}"));
        call.events.push((0, Event::Began(recording())));
        call.signal(0, false, invite(1, &offered, metadata));
        call.signal(10 * MS, true, answer(1, &answered));
        call
    }

    pub(crate) fn signal(&mut self, time: u64, sent: bool, text: String) {
        self.events.push((time, Event::Signal { sent, text }));
    }

    /// Journals packets as sweeps do: one frame every 200 ms.
    pub(crate) fn sweep(&mut self, mut packets: Vec<Datagram>) {
        packets.sort_by_key(|packet| packet.1);
        let mut rest = packets.into_iter().peekable();
        while let Some(next) = rest.peek() {
            let until = (next.1 / (200 * MS) + 1) * 200 * MS;
            let mut now = Vec::new();
            while let Some(packet) = rest.next_if(|packet| packet.1 < until) {
                now.push(packet);
            }
            self.events.push((until, Event::Packets(now)));
        }
    }

    pub(crate) fn close(&mut self, time: u64, why: Why) {
        self.events.push((time, Event::Closed(why)));
    }

    /// Settles the sides as `settle` does, with one user for each candidate.
    pub(crate) fn settle(&mut self, owners: &[Option<UserId>]) -> Sides {
        let parties = finalise::parties(&self.journal(), recording()).unwrap();
        let sides = finalise::sides(&parties, owners);
        self.events
            .push((99_999 * SECOND, Event::Sides(sides.clone())));
        sides
    }

    /// Says which streams are left, whoever sends them.
    pub(crate) fn left(&mut self, left: &[u16]) {
        self.events
            .push((99_999 * SECOND, Event::Sides(sides_of(recording(), left))));
    }

    pub(crate) fn journal(&self) -> Journal {
        let builders: Vec<PacketsBuilder> = self
            .events
            .iter()
            .map(|(_, event)| event.packets())
            .collect();
        let opened = Entry::Opened {
            wall_ns: WALL_NS,
            transport: self.transport,
            local: "192.0.2.1:5060",
            peer: "198.51.100.1:5060",
            node: "one",
            client: "",
            caller: self.caller,
        };
        let mut entries = vec![(OPENED, opened)];
        for ((time, event), builder) in self.events.iter().zip(&builders) {
            entries.push((OPENED + time, event.entry(builder)));
        }
        Journal::in_memory(session(), entries).sealed_by(self.seal.clone())
    }

    pub(crate) fn render(&self) -> Recorded {
        self.render_one(recording())
    }

    pub(crate) fn render_one(&self, recording: RecordingId) -> Recorded {
        let mut file = Vec::new();
        let profile = Profile::default();
        let rendition = finalise::render(&self.journal(), recording, &profile, &mut file).unwrap();
        assert_eq!(rendition.size, file.len() as u64);
        Recorded { rendition, file }
    }
}

pub(crate) fn sides_of(recording: RecordingId, left: &[u16]) -> Sides {
    Sides {
        recording,
        left: left.to_vec(),
        local: "225".to_owned(),
        remote: "5550102".to_owned(),
        owner: Some(UserId(3)),
        assumed: false,
        direction: Direction::Outgoing,
        users: Vec::new(),
    }
}

impl Event {
    fn packets(&self) -> PacketsBuilder {
        let mut builder = PacketsBuilder::new();
        let rtcp = matches!(self, Self::Reports(_));
        if let Self::Packets(packets) | Self::Reports(packets) = self {
            for (stream, arrival, bytes) in packets {
                let arrival_ns = OPENED + arrival;
                builder.push(Packet {
                    stream: *stream,
                    rtcp,
                    arrival_ns,
                    bytes,
                });
            }
        }
        builder
    }

    fn entry<'a>(&'a self, builder: &'a PacketsBuilder) -> Entry<'a> {
        match self {
            Self::Signal { sent, text } => Entry::Signal {
                sent: *sent,
                dialog: 0,
                bytes: text.as_bytes(),
            },
            Self::Packets(_) | Self::Reports(_) => Entry::Packets(builder.packets()),
            Self::Began(recording) => Entry::Began {
                recording: *recording,
                communication_session: "",
            },
            Self::Ended(recording, why) => Entry::Ended {
                recording: *recording,
                why: *why,
            },
            Self::Closed(why) => Entry::Closed { why: *why },
            Self::Lost(from, to) => Entry::Lost {
                from: *from,
                to: *to,
            },
            Self::Counted(stream, stray, dropped) => Entry::Counted {
                stream: *stream,
                stray: *stray,
                dropped: *dropped,
            },
            Self::Keys(stream, suite, sealed) => Entry::Keys {
                stream: *stream,
                suite,
                mki: 0,
                sealed,
                ours: false,
            },
            Self::Sides(sides) => Entry::Sides(sides.clone()),
            Self::Verdict(mode, rule) => Entry::Verdict {
                mode,
                undecided: false,
                rule,
            },
            Self::Mark {
                what,
                stream,
                who,
                text,
            } => Entry::Mark {
                what: *what,
                stream: *stream,
                who,
                text,
            },
        }
    }
}

/// A rendered recording and its file.
#[derive(Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) rendition: Rendition,
    pub(crate) file: Vec<u8>,
}

impl Recorded {
    /// The samples of channel 0, left, or 1, right.
    pub(crate) fn channel(&self, channel: usize) -> Vec<i16> {
        let frames = self.file[44..].chunks(4);
        frames
            .map(|f| i16::from_le_bytes([f[channel * 2], f[channel * 2 + 1]]))
            .collect()
    }
}

/// The packets of a stream, 20 ms each, for samples of its own clock that starts at `start`.
pub(crate) fn talk(stream: u16, start: u64, samples: std::ops::Range<u64>) -> Vec<Datagram> {
    talk_as(stream, 0x5000 + u32::from(stream), 8, start, samples)
}

pub(crate) fn talk_as(
    stream: u16,
    ssrc: u32,
    payload_type: u8,
    start: u64,
    samples: std::ops::Range<u64>,
) -> Vec<Datagram> {
    let packet = |from: u64| {
        let payload: Vec<u8> = (from..from + 160).map(|n| octet(stream, n)).collect();
        let number = (from / 160) as u16;
        let bytes = packet(payload_type, number, from as u32 + 4_000, ssrc, &payload);
        (stream, start + (from + 160) * 125_000, bytes)
    };
    samples.step_by(160).map(packet).collect()
}

pub(crate) fn packet(kind: u8, number: u16, time: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, kind];
    bytes.extend(number.to_be_bytes());
    bytes.extend(time.to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The octet a stream sends as sample `n`; A-law has no silent one.
pub(crate) fn octet(stream: u16, n: u64) -> u8 {
    let mixed = (n + 1 + (u64::from(stream) << 40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)) as u8
}

pub(crate) fn sample(stream: u16, n: u64) -> i16 {
    media::g711::Law::A.table()[usize::from(octet(stream, n))]
}

pub(crate) fn samples(stream: u16, range: std::ops::Range<u64>) -> Vec<i16> {
    range.map(|n| sample(stream, n)).collect()
}

/// Somebody who sends on the stream with this label.
pub(crate) fn person(id: &str, number: &str, label: &str) -> String {
    format!(
        "<participant participant_id='{id}'><nameID aor='sip:{number}@example.org'/></participant>\
         <participantsessionassoc participant_id='{id}' session_id='s1'/>\
         <stream stream_id='s{label}' session_id='s1'><label>{label}</label></stream>\
         <participantstreamassoc participant_id='{id}'><send>s{label}</send>\
         </participantstreamassoc>"
    )
}

pub(crate) fn two_people() -> String {
    person("a", "225", "1") + &person("b", "5550102", "2")
}

pub(crate) fn sdp(labels: &[&str], formats: &str, direction: &str) -> String {
    let mut text = "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\n\
                    t=0 0\r\n"
        .to_owned();
    for (number, label) in labels.iter().enumerate() {
        text += &format!("m=audio {} {formats}\r\n", 5_000 + 2 * number);
        text += "a=rtpmap:101 telephone-event/8000\r\na=rtpmap:97 iLBC/8000\r\n";
        text += &format!("a=label:{label}\r\na={direction}\r\n");
    }
    text
}

pub(crate) fn invite(sequence: u32, sdp: &str, metadata: &str) -> String {
    let body = format!(
        "--x\r\nContent-Type: application/sdp\r\n\r\n{sdp}\r\n--x\r\n\
         Content-Type: application/rs-metadata+xml\r\n\r\n\
         <recording xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>complete</datamode>\
         <session session_id='s1'/>{metadata}</recording>\r\n--x--\r\n"
    );
    format!(
        "INVITE sip:rec@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK{sequence}\r\n\
         From: <sip:src@198.51.100.1>;tag=1\r\nTo: <sip:rec@192.0.2.1>\r\n\
         Call-ID: call-1\r\nCSeq: {sequence} INVITE\r\nContact: <sip:src@198.51.100.1>;+sip.src\r\n\
         Require: siprec\r\nContent-Type: multipart/mixed;boundary=x\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn answer(sequence: u32, sdp: &str) -> String {
    format!(
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK{sequence}\r\n\
         From: <sip:src@198.51.100.1>;tag=1\r\nTo: <sip:rec@192.0.2.1>;tag=2\r\n\
         Call-ID: call-1\r\nCSeq: {sequence} INVITE\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}

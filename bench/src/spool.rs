//! A spool as the recorder leaves it, made without waiting for the calls: as many as wanted, as
//! long as wanted, written with the product's own journal.

use crate::packet;
use journal::{Append, Clocks, Entry, Log, Options, Packet, PacketsBuilder, RealDisk, Why};
use model::SessionId;
use std::path::Path;
use std::sync::Arc;

const MS: u64 = 1_000_000;
/// What one sweep of the recorder gathers.
const SWEEP_MS: u64 = 200;
const PACKET_MS: u64 = 20;

/// A codec, and payloads of it that somebody's encoder made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codec {
    pub(crate) name: &'static str,
    payload_type: u8,
    rtpmap: &'static str,
    /// Ticks of the RTP clock in a packet of 20 ms.
    ticks: u32,
    payloads: Payloads,
}

#[derive(Clone, Copy, Debug)]
enum Payloads {
    /// Any octet is a sample.
    Computed,
    /// Octets of 20 ms each, one after the other.
    Plain(&'static [u8], usize),
    /// Each behind its length in so many octets.
    Framed(&'static [u8], usize),
}

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../crates/media/tests/codecs/data/", $name))
    };
}

/// PCMU, whose every sample differs.
pub(crate) const PCMU: Codec = Codec {
    name: "PCMU",
    payload_type: 0,
    rtpmap: "PCMU/8000",
    ticks: 160,
    payloads: Payloads::Computed,
};

/// All that are measured. Opus and G.729 are speech that libopus and bcg729 encoded.
pub(crate) const CODECS: &[Codec] = &[
    PCMU,
    Codec {
        name: "G.722",
        payload_type: 9,
        rtpmap: "G722/8000",
        ticks: 160,
        payloads: Payloads::Plain(vector!("voice.g722"), 160),
    },
    Codec {
        name: "G.726-32",
        payload_type: 96,
        rtpmap: "G726-32/8000",
        ticks: 160,
        payloads: Payloads::Plain(vector!("voice.g726"), 80),
    },
    Codec {
        name: "G.729",
        payload_type: 18,
        rtpmap: "G729/8000",
        ticks: 160,
        payloads: Payloads::Framed(vector!("pauses.g729"), 1),
    },
    Codec {
        name: "Opus",
        payload_type: 97,
        rtpmap: "opus/48000/2",
        ticks: 960,
        payloads: Payloads::Framed(vector!("silk.opus"), 2),
    },
];

impl Codec {
    /// The payloads in their order; they are repeated as long as a call lasts.
    fn payloads(&self) -> Vec<&'static [u8]> {
        match self.payloads {
            Payloads::Computed => Vec::new(),
            Payloads::Plain(octets, size) => octets.chunks_exact(size).collect(),
            Payloads::Framed(mut rest, head) => {
                let mut payloads = Vec::new();
                while let Some((length, behind)) = rest.split_at_checked(head) {
                    let length = length
                        .iter()
                        .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
                    let Some((payload, behind)) = behind.split_at_checked(length) else {
                        break;
                    };
                    payloads.push(payload);
                    rest = behind;
                }
                payloads.retain(|payload| !payload.is_empty());
                payloads
            }
        }
    }

    fn packet(&self, stream: u32, number: u32, payloads: &[&[u8]], out: &mut Vec<u8>) {
        let mut computed = [0; packet::BYTES];
        packet::write(stream, number, &mut computed);
        out.clear();
        out.extend_from_slice(&computed[..12]);
        out[1] = self.payload_type;
        out[4..8].copy_from_slice(&number.wrapping_mul(self.ticks).to_be_bytes());
        match payloads.get(number as usize % payloads.len().max(1)) {
            Some(payload) => out.extend_from_slice(payload),
            None => out.extend_from_slice(&computed[12..]),
        }
    }
}

/// Calls in a spool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls {
    pub(crate) count: u32,
    pub(crate) seconds: u64,
    pub(crate) codec: Codec,
    /// Whether they have ended; else they are live, and the recorder was killed just now.
    pub(crate) ended: bool,
    /// Calls are numbered from here.
    pub(crate) first: u32,
}

/// Writes calls into the spool of a data folder; returns the bytes of their packets.
pub(crate) fn fill(data: &Path, calls: &Calls) -> anyhow::Result<u64> {
    let folder = data.join("spool").join("log");
    std::fs::create_dir_all(&folder)?;
    let now = clocks(calls);
    let log = Log::open(&folder, Options::default(), Arc::new(RealDisk), now)?;
    let (began, wall_ns) = (now.monotonic_ns, now.wall_ns);
    for call in calls.first..calls.first + calls.count {
        open(&log, call, calls, (began, wall_ns))?;
    }
    let payloads = calls.codec.payloads();
    let mut builders: Vec<PacketsBuilder> = Vec::new();
    builders.resize_with(calls.count as usize, PacketsBuilder::new);
    let (mut bytes, mut buffer) = (0, Vec::new());
    for sweep in 0..calls.seconds * 1_000 / SWEEP_MS {
        let from = began + sweep * SWEEP_MS * MS;
        for (call, builder) in (calls.first..).zip(&mut builders) {
            builder.clear();
            for packet in 0..SWEEP_MS / PACKET_MS {
                for side in 0..2 {
                    let number = u32::try_from(sweep * (SWEEP_MS / PACKET_MS) + packet)?;
                    calls
                        .codec
                        .packet(2 * call + side, number, &payloads, &mut buffer);
                    bytes += buffer.len() as u64;
                    builder.push(Packet {
                        stream: u16::try_from(side)?,
                        rtcp: false,
                        arrival_ns: from + packet * PACKET_MS * MS,
                        bytes: &buffer,
                    });
                }
            }
        }
        let batch: Vec<Append<'_>> = (calls.first..)
            .zip(&builders)
            .map(|(call, builder)| Append {
                session: session(call),
                time_ns: from + SWEEP_MS * MS,
                entry: Entry::Packets(builder.packets()),
            })
            .collect();
        log.append(&batch)?;
    }
    if calls.ended {
        close(&log, calls, began)?;
    }
    Ok(bytes)
}

/// The clocks at the beginning of the calls: so that they end now, or for long ones, in a boot
/// before this one.
fn clocks(calls: &Calls) -> Clocks {
    let now = capture::clocks();
    let back = calls.seconds * 1_000 * MS;
    let wall_ns = now.wall_ns - back as i64;
    match now.monotonic_ns.checked_sub(back) {
        Some(monotonic_ns) => Clocks {
            monotonic_ns,
            wall_ns,
            ..now
        },
        None => Clocks {
            boot: [7; 16],
            monotonic_ns: 1_000_000 * MS,
            wall_ns,
        },
    }
}

fn session(call: u32) -> SessionId {
    let mut random = [7; 10];
    random[..4].copy_from_slice(&call.to_be_bytes());
    SessionId::mint(1_795_514_400_123, random)
}

fn open(log: &Log, call: u32, calls: &Calls, began: (u64, i64)) -> anyhow::Result<()> {
    let session = session(call);
    let (invite, answer) = messages(call, calls.codec);
    let entries = [
        Entry::Opened {
            wall_ns: began.1,
            transport: "udp",
            local: "127.0.0.1:5060",
            peer: "127.0.0.1:5070",
            node: "bench",
            client: "",
            caller: "",
        },
        Entry::Began {
            recording: session.first_recording(),
            communication_session: "",
        },
        signal(false, &invite),
        Entry::Verdict {
            mode: "always",
            undecided: false,
            rule: "",
        },
        signal(true, &answer),
    ];
    let batch = entries.map(|entry| Append {
        session,
        time_ns: began.0,
        entry,
    });
    log.append(&batch)?;
    Ok(())
}

fn signal(sent: bool, text: &str) -> Entry<'_> {
    Entry::Signal {
        sent,
        dialog: 0,
        bytes: text.as_bytes(),
    }
}

fn close(log: &Log, calls: &Calls, began: u64) -> anyhow::Result<()> {
    let time_ns = began + calls.seconds * 1_000 * MS;
    let batch: Vec<Append<'_>> = (calls.first..calls.first + calls.count)
        .map(|call| Append {
            session: session(call),
            time_ns,
            entry: Entry::Closed { why: Why::Bye },
        })
        .collect();
    let position = log.append(&batch)?;
    log.committed(position)?;
    Ok(())
}

/// The INVITE of a call and its answer.
fn messages(call: u32, codec: Codec) -> (String, String) {
    let sdp = |direction: &str| {
        let mut text =
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n".to_owned();
        for label in 1..=2 {
            let (kind, map) = (codec.payload_type, codec.rtpmap);
            text += &format!(
                "m=audio {} RTP/AVP {kind}\r\n",
                12_000 + 8 * call % 16_000 + 4 * label
            );
            text += &format!("a=rtpmap:{kind} {map}\r\na=label:{label}\r\na={direction}\r\n");
        }
        text
    };
    let metadata = e2e::sip::metadata(&format!("S{call:0>21}=="), "225", &format!("39{call:0>10}"));
    let body = format!(
        "--b\r\nContent-Type: application/sdp\r\n\r\n{}\r\n--b\r\n\
         Content-Type: application/rs-metadata+xml\r\n\
         Content-Disposition: recording-session\r\n\r\n{metadata}\r\n--b--\r\n",
        sdp("sendonly")
    );
    let head = format!(
        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-{call}\r\n\
         From: <sip:src@127.0.0.1:5070>;tag=f\r\nCall-ID: {call}@bench\r\nCSeq: 1 INVITE\r\n"
    );
    let invite = format!(
        "INVITE sip:recorder@127.0.0.1:5060 SIP/2.0\r\n{head}To: <sip:recorder@127.0.0.1:5060>\r\n\
         Max-Forwards: 70\r\nContact: <sip:src@127.0.0.1:5070>;+sip.src\r\nRequire: siprec\r\n\
         Content-Type: multipart/mixed;boundary=b\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let sdp = sdp("recvonly");
    let answer = format!(
        "SIP/2.0 200 OK\r\n{head}To: <sip:recorder@127.0.0.1:5060>;tag=t{call}\r\n\
         Contact: <sip:recorder@127.0.0.1:5060>;+sip.srs\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    (invite, answer)
}

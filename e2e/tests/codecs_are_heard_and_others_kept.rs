//! Codecs on the real binary: from one to another in one call, Opus with loss, and one that this
//! version cannot decode, whose journal is kept. What is compared with was decoded by ffmpeg and
//! libopus.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::time::Duration;

use e2e::{Dialog, Invite, Server, System, Wire};
use serde_json::Value;

const G722: &[u8] = include_bytes!("../../crates/media/tests/codecs/data/voice.g722");
const G722_DECODED: &[u8] = include_bytes!("../../crates/media/tests/codecs/data/voice.g722.pcm");
const OPUS: &[u8] = include_bytes!("../../crates/media/tests/codecs/data/silk.opus");
const OPUS_LOSSY: &str = include_str!("../../crates/media/tests/codecs/data/lossy.opus.sums");

/// Packets behind two octets of their lengths.
fn speech() -> Vec<Vec<u8>> {
    let (mut rest, mut packets) = (OPUS, Vec::new());
    while let [high, low, behind @ ..] = rest {
        let (packet, behind) = behind.split_at(u16::from_be_bytes([*high, *low]).into());
        packets.push(packet.to_vec());
        rest = behind;
    }
    packets
}

/// The local party's packets, 20 ms apart: payload type, units of its clock, payload. What has
/// no payload is lost.
struct Speaker {
    dialog: Dialog,
    /// The first description, to be changed.
    sdp: String,
    version: u32,
    number: u16,
    timestamp: u32,
}

impl Speaker {
    fn call(server: &Server, formats: &str, maps: &[&str]) -> Self {
        let mut invite = Invite::new();
        let sdp = invite.sdp.take().unwrap();
        invite.sdp = Some(described(&sdp, 1, formats, maps));
        Self {
            dialog: Dialog::establish(Wire::udp(server.address("sip-udp")), &invite),
            sdp,
            version: 1,
            number: 65_500,
            timestamp: 4_000_000_000,
        }
    }

    /// Other formats from now on.
    fn offers(&mut self, formats: &str, maps: &[&str]) {
        self.version += 1;
        let sdp = described(&self.sdp, self.version, formats, maps);
        let kind = ["Content-Type: application/sdp".to_owned()];
        let answer = self.dialog.ask("INVITE", &kind, sdp.as_bytes());
        self.dialog.send("ACK", &[], b"");
        assert_eq!(answer.status(), 200, "{answer:?}");
        for lines in answer.media() {
            assert!(
                lines[0].ends_with(&format!(" RTP/AVP {formats}")),
                "{lines:?}"
            );
        }
    }

    fn says(&mut self, kind: u8, units: u32, payloads: &[Option<Vec<u8>>]) {
        for payload in payloads {
            if let Some(payload) = payload {
                let packet = packet(self.number, self.timestamp, kind, payload);
                self.dialog.media(0, &packet);
            }
            self.number = self.number.wrapping_add(1);
            self.timestamp = self.timestamp.wrapping_add(units);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn described(sdp: &str, version: u32, formats: &str, maps: &[&str]) -> String {
    let maps: String = maps
        .iter()
        .map(|map| format!("a=rtpmap:{map}\r\n"))
        .collect();
    sdp.replace("1 1 IN", &format!("1 {version} IN"))
        .replace("RTP/AVP 0", &format!("RTP/AVP {formats}"))
        .replace("a=sendonly\r\n", &format!("{maps}a=sendonly\r\n"))
}

fn all(payloads: impl IntoIterator<Item = Vec<u8>>) -> Vec<Option<Vec<u8>>> {
    payloads.into_iter().map(Some).collect()
}

fn packet(number: u16, timestamp: u32, kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, kind];
    bytes.extend(number.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(7_u32.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The v1 form of the only recording, its quality report, and its left channel.
fn recorded(server: &Server) -> (Value, Value, Vec<i16>) {
    let detail = &server.recordings("boss", 1)[0];
    let path = format!("/api/v1/recordings/{}", detail["id"].as_str().unwrap());
    let row = server.get_as("boss", &path).json();
    let quality = server.quality("boss", detail);
    let media = server.media("boss", detail);
    let left = media[44..].chunks(4);
    let left = left.map(|frame| i16::from_le_bytes([frame[0], frame[1]]));
    (row, quality, left.collect())
}

fn decoded(pcm: &[u8]) -> Vec<i16> {
    let pairs = pcm.chunks(2);
    pairs
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect()
}

#[test]
fn from_g711_to_g722_to_opus_is_one_recording() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut speaker = Speaker::call(&server, "0 9 96", &["96 opus/48000/2"]);
    speaker.says(0, 160, &all(vec![vec![0x20; 160]; 25]));
    speaker.says(9, 160, &all(G722.chunks_exact(160).map(<[u8]>::to_vec)));
    // The same source with another clock.
    speaker.says(96, 960, &all(speech()));
    speaker.dialog.bye();

    let (row, quality, left) = recorded(&server);
    assert_eq!(row["codecs"], serde_json::json!(["PCMU", "G722", "OPUS"]));
    assert_eq!(row["undecoded"], serde_json::json!([]));
    let stream = &quality["streams"][0];
    assert_eq!(
        (&stream["expected"], &stream["lost"]),
        (&87.into(), &0.into()),
        "{quality}"
    );
    assert_eq!(quality["sampleRate"], 16_000);
    // 25 packets of 20 ms, 12 in the other codec, and 50 that lie where they arrived.
    let end = left.len();
    assert!(end.abs_diff(87 * 320) <= 320 * 3, "{end}");
    // Each codec in its stretch: a constant, what ffmpeg decodes to the sample, and speech.
    let flat = &left[100..7_900];
    assert!(
        flat.iter()
            .all(|sample| sample.abs_diff(flat[0]) <= 2 && *sample != 0)
    );
    let wide = decoded(G722_DECODED);
    assert!(left[8_100..11_700] == wide[100..3_700]);
    let loud = |part: &[i16]| part.iter().map(|sample| sample.unsigned_abs()).max();
    for second in left[end - 15_000..].chunks(1_600) {
        assert!(loud(second) > Some(1_000));
    }
}

#[test]
fn siprec_44_opus_with_loss_is_what_libopus_makes_of_it() {
    let system = System::with(&[("recording", "max_sample_rate", "48000")]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut speaker = Speaker::call(&server, "96", &["96 opus/48000/2"]);
    let is_lost = |number: usize| number % 7 == 6;
    let packets = speech().into_iter().enumerate();
    let packets = packets.map(|(number, packet)| Some(packet).filter(|_| !is_lost(number)));
    speaker.says(96, 960, &packets.collect::<Vec<_>>());
    speaker.dialog.bye();

    let (_, quality, left) = recorded(&server);
    let stream = &quality["streams"][0];
    assert_eq!(
        (&stream["lost"], &stream["concealed"]),
        (&7.into(), &7.into()),
        "{quality}"
    );
    let sum = |samples: &[i16]| {
        let octets = samples.iter().flat_map(|sample| sample.to_le_bytes());
        let sum = octets.fold(0x811c_9dc5_u32, |sum, octet| {
            (sum ^ u32::from(octet)).wrapping_mul(0x0100_0193)
        });
        format!("{sum:08x}")
    };
    let found: Vec<String> = left.chunks(960).map(sum).collect();
    assert_eq!(found, OPUS_LOSSY.lines().collect::<Vec<_>>());
}

#[test]
fn what_cannot_be_decoded_is_silence_and_its_journal_is_kept() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut speaker = Speaker::call(&server, "0", &[]);
    speaker.says(0, 160, &all(vec![vec![0x20; 160]; 25]));
    // Nothing else is offered: it is recorded as packets.
    speaker.offers("97", &["97 speex/8000"]);
    speaker.says(97, 160, &all(vec![vec![0x1d; 38]; 50]));
    speaker.offers("0", &[]);
    speaker.says(0, 160, &all(vec![vec![0x30; 160]; 25]));
    speaker.dialog.bye();

    let (row, _, left) = recorded(&server);
    assert_eq!(row["undecoded"], serde_json::json!(["SPEEX"]));
    assert_eq!(row["state"], "available");
    assert_eq!(left.len(), 16_000);
    assert!(
        left[..4_000]
            .iter()
            .all(|sample| *sample == left[0] && *sample != 0)
    );
    assert!(left[4_000..12_000].iter().all(|sample| *sample == 0));
    assert!(
        left[12_000..]
            .iter()
            .all(|sample| *sample == left[12_000] && *sample != 0)
    );

    // The journal gives the same bytes again; nothing better can be made of it today.
    let id = row["id"].as_str().unwrap();
    let again = system.folder().join("again.wav");
    system.command(&["render", id, "--out", again.to_str().unwrap()], "");
    let detail = server.detail("boss", id);
    let sha256 = e2e::sha256_hex(&std::fs::read(again).unwrap());
    assert_eq!(detail["hash"]["SHA256"], sha256.as_str());
    let better = system.run(&["render", id], "");
    assert_eq!(better.status.code(), Some(1));
    let said = String::from_utf8_lossy(&better.stderr);
    assert!(said.contains("can decode no more"), "{said}");
}

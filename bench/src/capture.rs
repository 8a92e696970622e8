//! Calls being received: what a packet costs, whether one is lost, what a call takes of memory.
//!
//! The recorder, or what stands in for it, has one core; the sender has the other. Loopback
//! hands a packet over in the sender's time, so that what is measured is reading and keeping.
//! Afterwards every packet that was sent has to be in a recording, and the sound of some calls
//! is compared sample by sample: a figure of packets that were lost is no figure.

use crate::child::Driven;
use crate::process::{self, Used};
use crate::settling::total;
use crate::table::Row;
use crate::{Size, packet, rtpengine, say};
use anyhow::{Context as _, ensure};
use e2e::{Server, System, files_below, wait_for};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The core of who receives, and the sender's.
pub(crate) const RECEIVER: usize = 0;
pub(crate) const SENDER: usize = 1;
/// New calls a second while the load is built up.
const RATE: u32 = 200;
/// Recordings whose every sample is compared.
const COMPARED: usize = 5;
/// All recordings of a load have to be there by then.
const SETTLED: Duration = Duration::from_secs(240);

/// Fewer calls take less memory than an idle recorder keeps back from what it did before, so that
/// growth says nothing of them.
const MEMORY_CALLS_MIN: u32 = 500;

/// What receiving cost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) calls: u32,
    /// Packets sent in the time that was measured, and its length.
    pub(crate) packets: u64,
    pub(crate) seconds: f64,
    /// What the receiver used in it.
    pub(crate) used: Used,
    /// Packets sent from beginning to end and not found at the receiver.
    pub(crate) lost: i64,
    /// The latest packet of the sender.
    pub(crate) latest_ms: f64,
    /// Bytes of memory for each call.
    pub(crate) memory: f64,
    /// Milliseconds from INVITE to 200.
    pub(crate) answer_ms: (f64, f64),
}

impl Cost {
    /// Microseconds of processor for each packet.
    pub(crate) fn micros(&self) -> f64 {
        self.used.total() as f64 / 1e3 / self.packets as f64
    }
}

/// All loads, each beside its floor.
pub(crate) fn run(size: &Size) -> anyhow::Result<Vec<Row>> {
    let (loads, seconds): (&[u32], u64) = if size.quick {
        (&[100], 3)
    } else {
        (&[100, 200, 500, 1_000, 1_500, 2_000], 10)
    };
    let loads = if size.calls.is_empty() {
        loads
    } else {
        &size.calls
    };
    let mut rows = Vec::new();
    for calls in loads {
        let calls = *calls;
        say::progress(format_args!("{calls} calls"));
        let window = Duration::from_secs(seconds);
        let floor = sink(calls, window)?;
        let ours = recorder(calls, window)?;
        rows.extend(compared(&ours, &floor));
        if rtpengine::is_installed() {
            say::progress(format_args!("{calls} calls: rtpengine"));
            rows.extend(match rtpengine::measure(calls, window) {
                Ok(peer) => beside(&peer, &ours),
                Err(error) => vec![Row::new(
                    format!("{calls} calls: rtpengine could not be measured: {error}"),
                    f64::NAN,
                    "",
                )],
            });
        }
    }
    Ok(rows)
}

fn compared(ours: &Cost, floor: &Cost) -> Vec<Row> {
    let calls = ours.calls;
    let row =
        |what: &str, value: f64, unit| Row::new(format!("{calls} calls: {what}"), value, unit);
    let per_packet = |name: &str| {
        let spent = ours.used.by_thread.get(name).copied().unwrap_or_default();
        spent as f64 / 1e3 / ours.packets as f64
    };
    let stream_bytes = ours.packets * packet::BYTES as u64;
    let hours = f64::from(calls) * ours.seconds / 3_600.0;
    vec![
        row(
            "processor, beside the bare sink",
            ours.micros() / floor.micros(),
            "×",
        )
        .at_most(1.5),
        row("processor for a packet", ours.micros(), "µs").at_most(2.0),
        row("of it the sweep", per_packet("sweep"), "µs"),
        row("bare sink, processor for a packet", floor.micros(), "µs"),
        row("packets lost", ours.lost as f64, "").at_most(0.0),
        row("bare sink, packets lost", floor.lost as f64, ""),
        row("sent", ours.packets as f64 / ours.seconds, "packets/s"),
        row("the sender's latest packet", ours.latest_ms, "ms late"),
        row(
            "one core busy",
            ours.used.total() as f64 / ours.seconds / 1e7,
            "%",
        ),
        row(
            "processor for an hour of call",
            ours.used.total() as f64 / 1e9 / hours,
            "s",
        ),
        memory(ours),
        row(
            "written for each byte received",
            ours.used.written as f64 / stream_bytes as f64,
            "×",
        ),
        row("INVITE to 200, median", ours.answer_ms.0, "ms"),
        row("INVITE to 200, 99 of 100", ours.answer_ms.1, "ms"),
    ]
}

fn memory(ours: &Cost) -> Row {
    let (calls, few) = (ours.calls, ours.calls < MEMORY_CALLS_MIN);
    let why = if few {
        " (hidden in what an idle recorder keeps)"
    } else {
        ""
    };
    let bytes = if few { f64::NAN } else { ours.memory };
    let what = format!("{calls} calls: memory for a call{why}");
    Row::new(what, bytes / 1e3, "kB").at_most(40.0)
}

fn beside(peer: &Cost, ours: &Cost) -> Vec<Row> {
    let row = |what: &str, value: f64, unit| {
        Row::new(format!("{} calls: {what}", peer.calls), value, unit)
    };
    vec![
        row(
            "rtpengine with pcap, beside ours",
            peer.micros() / ours.micros(),
            "×",
        ),
        row("rtpengine, processor for a packet", peer.micros(), "µs"),
        row("rtpengine, packets lost", peer.lost as f64, ""),
    ]
}

/// What a load of the sender looked like at one instant.
pub(crate) struct Instants {
    counts: Value,
    used: Used,
    at: Instant,
}

impl Instants {
    pub(crate) fn read(sender: &mut Driven, receiver: u32) -> anyhow::Result<Self> {
        Ok(Self {
            counts: sender.ask("counts")?,
            used: Used::of(receiver)?,
            at: Instant::now(),
        })
    }

    pub(crate) fn cost(&self, after: &Self, calls: u32) -> Cost {
        let sent = |counts: &Value| counts["sent"].as_u64().unwrap_or_default();
        Cost {
            calls,
            packets: sent(&after.counts) - sent(&self.counts),
            seconds: (after.at - self.at).as_secs_f64(),
            used: after.used.since(&self.used),
            latest_ms: after.counts["latestMs"].as_f64().unwrap_or(f64::NAN),
            ..Cost::default()
        }
    }
}

/// The floor under a load: sockets, and nobody who looks at what they bring.
pub(crate) fn sink(calls: u32, window: Duration) -> anyhow::Result<Cost> {
    let mut sink = Driven::start("sink", &[(2 * calls).to_string()], RECEIVER)?;
    let mut ports = String::new();
    loop {
        let line = sink.line()?;
        if line == "ready" {
            break;
        }
        ports.push_str(&line);
        ports.push('\n');
    }
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), ports)?;
    let file = file.path().display().to_string();
    let mut sender = Driven::start("sender", &["--ports".into(), file], SENDER)?;
    std::thread::sleep(Duration::from_secs(1));
    let before = Instants::read(&mut sender, sink.id())?;
    std::thread::sleep(window);
    let after = Instants::read(&mut sender, sink.id())?;
    let mut cost = before.cost(&after, calls);
    // Still running: what is on its way counts as taken by the next question.
    let sent = sender.ask("halt")?["sent"].as_i64().context("sent")?;
    sender.finish();
    std::thread::sleep(Duration::from_millis(600));
    let taken = sink.ask("counts")?;
    ensure!(
        taken["odd"] == false,
        "the sink took something else than packets"
    );
    cost.lost = sent - taken["packets"].as_i64().context("packets")?;
    sink.finish();
    Ok(cost)
}

/// A recorder on one core, with room for so many calls.
pub(crate) fn system() -> System {
    let changes = [
        ("rtp", "ports", "\"12000-31999\""),
        ("limits", "disk_reserve", "\"256MiB\""),
    ];
    System::with_ports(2, &changes, "")
}

/// The recorder under a load.
pub(crate) fn recorder(calls: u32, window: Duration) -> anyhow::Result<Cost> {
    let system = system();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    process::pin(server.id(), RECEIVER)?;
    let idle = process::memory(server.id())?;
    let to = server.address("sip-udp").to_string();
    let mut sender = Driven::start(
        "sender",
        &[
            "--to",
            &to,
            "--calls",
            &calls.to_string(),
            "--rate",
            &RATE.to_string(),
        ]
        .map(ToOwned::to_owned),
        SENDER,
    )?;
    until_talking(&mut sender, calls)?;
    std::thread::sleep(Duration::from_secs(2));
    let before = Instants::read(&mut sender, server.id())?;
    std::thread::sleep(window);
    let after = Instants::read(&mut sender, server.id())?;
    let mut cost = before.cost(&after, calls);
    let grown = process::memory(server.id())?.saturating_sub(idle);
    cost.memory = grown as f64 / f64::from(calls);
    let waits = &after.counts["answerMs"];
    let wait = |name: &str| waits[name].as_f64().unwrap_or(f64::NAN);
    cost.answer_ms = (wait("p50"), wait("p99"));
    let end = sender.ask("end")?;
    sender.finish();
    ensure!(end["callsRefused"] == 0, "calls were refused: {end}");
    let sent = end["sent"].as_i64().context("sent")?;
    // What comes over a second late is placed anew, after silence: not a fault of the recorder.
    let late = || format!("the sender was up to {} ms late", end["latestMs"]);
    cost.lost = sent - kept(&system, &server, calls as usize).with_context(late)?;
    Ok(cost)
}

/// Waits until so many calls are answered.
pub(crate) fn until_talking(sender: &mut Driven, calls: u32) -> anyhow::Result<()> {
    let patience = Duration::from_secs(30) + Duration::from_secs(1) * calls / RATE;
    let began = Instant::now();
    while sender.ask("counts")?["talking"].as_u64() != Some(u64::from(calls)) {
        ensure!(began.elapsed() < patience, "{}", sender.ask("counts")?);
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Waits for all recordings; packets in them. The sound of some is compared.
pub(crate) fn kept(system: &System, server: &Server, calls: usize) -> anyhow::Result<i64> {
    let total = || total(server);
    wait_for("all recordings", SETTLED, || {
        std::thread::sleep(Duration::from_millis(200));
        total().filter(|total| *total >= calls as u64)
    });
    ensure!(
        total() == Some(calls as u64),
        "{:?} recordings of {calls} calls",
        total()
    );
    let (reports, packets) = kept_packets(system)?;
    ensure!(
        reports == calls,
        "{reports} quality reports of {calls} calls"
    );
    for row in server.list("boss").iter().take(COMPARED) {
        let id = row["id"].as_str().context("id")?;
        compare(server, &server.detail("boss", id))?;
    }
    Ok(packets)
}

/// How many recordings there are in the archive, and packets in all of them.
pub(crate) fn kept_packets(system: &System) -> anyhow::Result<(usize, i64)> {
    let (mut reports, mut packets) = (0, 0);
    for path in files_below(&system.data().join("archive")) {
        if path.to_string_lossy().ends_with(".quality.json") {
            let report: Value = serde_json::from_slice(&std::fs::read(path)?)?;
            for stream in report["streams"].as_array().context("streams")? {
                packets += stream["packets"].as_i64().context("packets")?;
            }
            reports += 1;
        }
    }
    Ok((reports, packets))
}

/// Every sample of a recording is one that was sent, at its place.
fn compare(server: &Server, detail: &Value) -> anyhow::Result<()> {
    let remote = detail["remotePartyNumber"]
        .as_str()
        .context("remotePartyNumber")?;
    let call: u32 = remote[2..].trim_start_matches('0').parse().unwrap_or(0);
    let wav = server.media("boss", detail);
    let data = wav
        .windows(4)
        .position(|four| four == b"data")
        .context("no data")?
        + 8;
    let samples: Vec<[i16; 2]> = wav[data..]
        .chunks_exact(4)
        .map(|four| [[four[0], four[1]], [four[2], four[3]]].map(i16::from_le_bytes))
        .collect();
    for side in 0..2 {
        let sent: Vec<i16> = (0..samples.len() as u32 / packet::SAMPLES as u32 + 1)
            .flat_map(|number| packet::samples(2 * call + side, number))
            .collect();
        let heard: Vec<i16> = samples.iter().map(|both| both[side as usize]).collect();
        // One side may begin or end a little later than the other: there is silence then.
        let begin = heard
            .iter()
            .position(|sample| *sample != 0)
            .context("silence")?;
        let first = sent
            .iter()
            .position(|sample| *sample != 0)
            .context("silence")?;
        let begin = begin - first.min(begin);
        let length = heard[begin..]
            .iter()
            .rposition(|sample| *sample != 0)
            .unwrap_or(0);
        let differs = (0..length).find(|at| heard[begin + at] != sent[*at]);
        ensure!(
            differs.is_none(),
            "call {call}, side {side}: the sound is not what was sent, from sample {} of {length} \
             on, {begin} samples after the other side",
            differs.unwrap_or_default()
        );
    }
    Ok(())
}

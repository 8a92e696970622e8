//! A peer: Debian's rtpengine in user space, recording every call as pcap.
//!
//! It is asked over its `ng` protocol (a cookie and a bencoded dictionary in a datagram). It is
//! a relay that records, not a recorder: forwarding is switched off for each call, so that what
//! is measured is receiving and keeping, as far as it lets one separate them.

use crate::capture::{Cost, Instants, RECEIVER, SENDER};
use crate::child::Driven;
use crate::process;
use anyhow::{Context as _, bail, ensure};
use std::fmt::Write as _;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// All calls have to be deleted by then, at most one question later.
const DELETED: Duration = Duration::from_secs(20);

/// A running rtpengine; it ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Whether it is installed: without it the table has no such row.
pub(crate) fn is_installed() -> bool {
    let found = Command::new("rtpengine").arg("--version").output();
    found.is_ok()
}

/// rtpengine under a load of so many calls.
pub(crate) fn measure(calls: u32, window: Duration) -> anyhow::Result<Cost> {
    let folder = tempfile::tempdir()?;
    let control = UdpSocket::bind("127.0.0.1:0")?;
    let port = {
        let free = UdpSocket::bind("127.0.0.1:0")?;
        free.local_addr()?.port()
    };
    let running = start(folder.path(), port)?;
    process::pin(running.0.id(), RECEIVER)?;
    control.connect(("127.0.0.1", port))?;
    control.set_read_timeout(Some(Duration::from_secs(1)))?;
    wait_until_it_answers(&control)?;
    let mut ports = String::new();
    for call in 0..calls {
        for port in place(&control, call)? {
            writeln!(ports, "{port}")?;
        }
    }
    let list = folder.path().join("ports");
    std::fs::write(&list, ports)?;
    let arguments = ["--ports".to_owned(), list.display().to_string()];
    let mut sender = Driven::start("sender", &arguments, SENDER)?;
    std::thread::sleep(Duration::from_secs(1));
    let before = Instants::read(&mut sender, running.0.id())?;
    std::thread::sleep(window);
    let after = Instants::read(&mut sender, running.0.id())?;
    let mut cost = before.cost(&after, calls);
    let sent = sender.ask("halt")?["sent"].as_i64().context("sent")?;
    sender.finish();
    std::thread::sleep(Duration::from_secs(1));
    // At once, so that the last packets leave its buffers for the files.
    let at_once = format!("{}i0e", text("delete delay"));
    let deadline = Instant::now() + DELETED;
    for call in 0..calls {
        let id = text(&name(call));
        let question = format!("d7:call-id{id}7:command6:delete{at_once}e");
        // What one that is overloaded does not write in time shows as lost.
        if ask(&control, &question).is_err() && Instant::now() >= deadline {
            break;
        }
    }
    std::thread::sleep(Duration::from_secs(1));
    cost.lost = sent - packets(folder.path())?;
    Ok(cost)
}

fn start(folder: &Path, port: u16) -> anyhow::Result<Running> {
    let recordings = folder.join("recordings");
    std::fs::create_dir(&recordings)?;
    let child = Command::new("rtpengine")
        .args([
            "--foreground",
            "--log-stderr",
            "--log-level=2",
            "--table=-1",
        ])
        .args([
            "--config-file=none",
            "--interface=127.0.0.1",
            "--num-threads=1",
        ])
        .args(["--port-min=12000", "--port-max=31999"])
        .args(["--recording-method=pcap", "--recording-format=eth"])
        .arg(format!("--listen-ng=127.0.0.1:{port}"))
        .arg(format!("--recording-dir={}", recordings.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(Running(child))
}

fn wait_until_it_answers(control: &UdpSocket) -> anyhow::Result<()> {
    let began = Instant::now();
    while ask(control, "d7:command4:pinge").is_err() {
        ensure!(
            began.elapsed() < Duration::from_secs(20),
            "rtpengine does not answer"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn name(call: u32) -> String {
    format!("{call}@bench")
}

/// A text as it is bencoded.
fn text(words: &str) -> String {
    format!("{}:{words}", words.len())
}

/// Each question has a cookie of its own: one that was seen before gets its old answer again.
fn ask(control: &UdpSocket, question: &str) -> anyhow::Result<String> {
    static COOKIE: AtomicU64 = AtomicU64::new(1);
    let cookie = format!("{} ", COOKIE.fetch_add(1, Ordering::Relaxed));
    control.send(format!("{cookie}{question}").as_bytes())?;
    let mut buffer = [0; 8192];
    let answer = loop {
        let length = control.recv(&mut buffer)?;
        let answer = String::from_utf8_lossy(&buffer[..length]);
        if let Some(answer) = answer.strip_prefix(&cookie) {
            break answer.to_owned();
        }
    };
    ensure!(!answer.contains("5:error"), "rtpengine: {answer}");
    Ok(answer)
}

/// Sets up a call that is recorded and not forwarded: the ports of its two sides.
fn place(control: &UdpSocket, call: u32) -> anyhow::Result<[u16; 2]> {
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
               m=audio 9 RTP/AVP 0\r\n";
    let (id, sdp) = (text(&name(call)), text(sdp));
    let record = format!("{}3:yes", text("record call"));
    let offered = ask(
        control,
        &format!("d7:call-id{id}7:command5:offer8:from-tag1:a{record}3:sdp{sdp}e"),
    )?;
    let answered = ask(
        control,
        &format!("d7:call-id{id}7:command6:answer8:from-tag1:a{record}3:sdp{sdp}6:to-tag1:be"),
    )?;
    ask(
        control,
        &format!("d3:all3:all7:call-id{id}7:command11:block mediae"),
    )?;
    Ok([port(&offered)?, port(&answered)?])
}

fn port(answer: &str) -> anyhow::Result<u16> {
    let Some((_, rest)) = answer.split_once("m=audio ") else {
        bail!("rtpengine answered without a port: {answer}");
    };
    Ok(rest.split(' ').next().unwrap_or_default().parse()?)
}

/// Packets in all pcap files.
fn packets(folder: &Path) -> anyhow::Result<i64> {
    let mut packets = 0;
    for path in e2e::files_below(folder) {
        if path.extension().is_none_or(|kind| kind != "pcap") {
            continue;
        }
        let bytes = std::fs::read(&path)?;
        // A header of 24 bytes, then for each packet one of 16 whose third word is its length.
        let mut at = 24;
        while let Some(word) = bytes.get(at + 8..at + 12) {
            let length = u32::from_le_bytes(word.try_into()?) as usize;
            at += 16 + length;
            packets += 1;
        }
    }
    Ok(packets)
}

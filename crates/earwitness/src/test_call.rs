//! `test-call`: a recording client of our own (RFC 7866), for trying a recorder out.
//!
//! It places ordinary calls with audible sound and reports what became of them. It uses nothing
//! of the recorder but message syntax: what it hears is what any client would hear. Hostile
//! clients are test code and not here.

mod call;
mod codec;
mod g711;
mod g722;
mod messages;
mod metadata;
mod placing;
mod rtcp;
mod sdp;
mod stream;
mod tls;
mod verifying;
mod voice;
mod wire;

use crate::cli;
use crate::config::Settings;
use crate::{FAILED, WRONG_USAGE, probe, say};
use jiff::Timestamp;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use verifying::{Verified, Verifier};

pub(crate) use codec::Codec;
pub(crate) use placing::place;
pub(crate) use sip::Transport;

/// The numbers of both parties where nobody says others.
pub(crate) const LOCAL: &str = "225";
pub(crate) const REMOTE: &str = "+390584943232";

/// How often a watch that waits looks whether it has been told to stop.
const STOP_LOOK: Duration = Duration::from_millis(100);

/// Which calls to place.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The recorder.
    pub(crate) to: sip::Uri,
    /// How SIP travels.
    pub(crate) transport: Transport,
    /// What TLS is spoken with.
    pub(crate) tls: Option<tls::Client>,
    /// Number or address of the recorded party, who sends the stream labelled 1.
    pub(crate) local: String,
    /// Number or address of the other party, who sends the stream labelled 2.
    pub(crate) remote: String,
    /// Who called.
    pub(crate) direction: Direction,
    /// How long each call lasts from its answer on.
    pub(crate) duration: Duration,
    /// How many calls.
    pub(crate) calls: u32,
    /// How many calls begin in a second.
    pub(crate) calls_per_second: f64,
    /// How sound travels.
    pub(crate) codec: Codec,
    /// Whether sound is protected with SRTP.
    pub(crate) srtp: bool,
    /// Set while calls run: they end at once, and no more begin.
    pub(crate) stop: Arc<AtomicBool>,
}

/// Who called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Direction {
    /// The remote party.
    In,
    /// The local party.
    Out,
}

/// What became of one call.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// The Call-ID, which is also the call's id in the metadata.
    pub(crate) call_id: String,
    /// Status of the final answer to the INVITE; 408 when there was none.
    pub(crate) status: u16,
    /// Whether the call was answered.
    pub(crate) answered: bool,
    /// Whether the call's end was acknowledged, or the recorder ended it.
    pub(crate) ended: bool,
    /// What went wrong, for people.
    pub(crate) problem: Option<String>,
    /// When it was answered; if it was not, when it began.
    pub(crate) started_at: Timestamp,
    /// From the answer to the end.
    pub(crate) duration: Duration,
    /// RTP packets that left, of the local and of the remote party.
    pub(crate) packets_sent: [u64; 2],
}

/// Places the calls that the command line asks for.
///
/// # Errors
/// What keeps all of them from being placed.
pub(crate) fn run(settings: &Settings, command: &cli::TestCall) -> anyhow::Result<ExitCode> {
    let options = match options(settings, command) {
        Ok(options) => options,
        Err(problem) => {
            say::fault(problem);
            return Ok(ExitCode::from(WRONG_USAGE));
        }
    };
    stop_when_told(&options.stop)?;
    let rounds = Rounds {
        options: &options,
        json: command.json,
        verifier: command
            .verify
            .then(|| Verifier::new(settings))
            .transpose()?,
        data: &settings.server.data,
    };
    let all_good = match command.every {
        None => rounds.one()? == options.calls,
        Some(period) => rounds.many(period),
    };
    Ok(if all_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILED)
    })
}

/// Rounds of the calls that the command line asks for.
struct Rounds<'a> {
    options: &'a Options,
    json: bool,
    /// Where recordings are looked for, if they are.
    verifier: Option<Verifier>,
    data: &'a Path,
}

impl Rounds<'_> {
    /// Places all calls once; how many were answered and ended, and recorded where they are
    /// looked for.
    fn one(&self) -> anyhow::Result<u32> {
        let mut good = 0;
        let mut ended = Vec::new();
        let placed = place(self.options, &mut |outcome| match &self.verifier {
            Some(_) => ended.push((outcome.clone(), Instant::now())),
            None => good += u32::from(self.said(outcome, None)),
        });
        if let Some(verifier) = &self.verifier {
            let mut looked_for = Ok(());
            for (outcome, at) in &ended {
                let wanted = outcome.answered && outcome.ended;
                let verified = match wanted.then(|| verifier.verify(outcome, *at)).transpose() {
                    Ok(verified) => verified,
                    Err(error) => {
                        looked_for = Err(error);
                        break;
                    }
                };
                good += u32::from(self.said(outcome, verified.as_ref()));
            }
            self.write_down(good);
            looked_for?;
        }
        placed?;
        let what = match &self.verifier {
            Some(_) => "were answered, ended, recorded and read back",
            None => "were answered and ended",
        };
        say::note(format_args!(
            "{good} of {} calls {what}",
            self.options.calls
        ));
        Ok(good)
    }

    /// The result, where the server finds it. A round that somebody broke off is none.
    fn write_down(&self, good: u32) {
        if self.options.stop.load(Ordering::Relaxed) {
            return;
        }
        let written = probe::write(self.data, self.options.calls.into(), good.into());
        if let Err(error) = written {
            say::fault(format_args!("{error:#}"));
        }
    }

    /// Prints what became of a call; whether all of it is good.
    fn said(&self, outcome: &Outcome, verified: Option<&Verified>) -> bool {
        let found = verified.is_some_and(|verified| verified.problem.is_none());
        match self.json {
            true => say::result(self.object(outcome, verified)),
            false => say::result(sentence(outcome, verified)),
        }
        outcome.answered && outcome.ended && (found || self.verifier.is_none())
    }

    fn object(&self, outcome: &Outcome, verified: Option<&Verified>) -> serde_json::Value {
        let mut object = object(outcome, self.options);
        if self.verifier.is_some() {
            let recording = verified.and_then(|verified| {
                let recording = verified.recording.as_ref()?;
                Some(json!({
                    "id": recording.draft.id.to_string(),
                    "sha256": recording.sha256.to_string(),
                    "seconds": recording.draft.duration_ms as f64 / 1_000.0,
                    "afterSeconds": rounded(verified.after),
                }))
            });
            object["recording"] = recording.unwrap_or_default();
            object["problem"] = verified
                .and_then(|verified| verified.problem.clone())
                .or_else(|| outcome.problem.clone())
                .into();
        }
        object
    }

    /// Places all calls once in a period until told to stop; a round that fails is reported and
    /// does not end the watch. Whether all calls of all whole rounds were good.
    fn many(&self, period: Duration) -> bool {
        let began = Instant::now();
        let mut all_good = true;
        for number in 1_u32.. {
            let good = self.one().unwrap_or_else(|error| {
                say::fault(format_args!("{error:#}"));
                0
            });
            let stopped = || self.options.stop.load(Ordering::Relaxed);
            all_good &= good == self.options.calls || stopped();
            let next = began + period.saturating_mul(number);
            while Instant::now() < next && !stopped() {
                std::thread::sleep(STOP_LOOK.min(next.saturating_duration_since(Instant::now())));
            }
            if stopped() {
                break;
            }
        }
        all_good
    }
}

fn options(settings: &Settings, command: &cli::TestCall) -> Result<Options, String> {
    let transport = match command.transport {
        cli::Transport::Udp => Transport::Udp,
        cli::Transport::Tcp => Transport::Tcp,
        cli::Transport::Tls => Transport::Tls,
    };
    let to = match &command.to {
        Some(text) => recorder(text)?,
        None => own_listener(settings, transport)?,
    };
    let tls = client_of(settings, transport)?;
    Ok(Options {
        to,
        transport,
        tls,
        local: command.local.clone(),
        remote: command.remote.clone(),
        direction: match command.direction {
            cli::Direction::In => Direction::In,
            cli::Direction::Out => Direction::Out,
        },
        duration: Duration::from_secs_f64(command.seconds),
        calls: command.calls,
        calls_per_second: command.rate,
        codec: command.codec,
        srtp: command.srtp,
        stop: Arc::default(),
    })
}

/// What TLS is spoken with, where it is.
///
/// # Errors
/// What keeps the certificate of the settings from being used.
pub(crate) fn client_of(
    settings: &Settings,
    transport: Transport,
) -> Result<Option<tls::Client>, String> {
    let client = || tls::Client::new(settings.sip.certificates.as_ref());
    (transport == Transport::Tls).then(client).transpose()
}

fn recorder(text: &str) -> Result<sip::Uri, String> {
    let wrong = || format!("--to {text}: accepted: sip:HOST:PORT");
    let text = if ["sip:", "sips:"].iter().any(|scheme| text.contains(scheme)) {
        text.to_owned()
    } else {
        format!("sip:{text}")
    };
    let uri = sip::Uri::parse(&text).map_err(|_| wrong())?;
    if ["sip", "sips"].contains(&uri.scheme()) {
        Ok(uri)
    } else {
        Err(wrong())
    }
}

/// The first listener of the settings.
fn own_listener(settings: &Settings, transport: Transport) -> Result<sip::Uri, String> {
    let listeners = match transport {
        Transport::Udp => &settings.sip.udp,
        Transport::Tcp => &settings.sip.tcp,
        Transport::Tls => &settings.sip.tls,
    };
    let first = listeners.iter().find(|address| address.port() != 0);
    first.map(|address| uri(*address)).ok_or_else(|| {
        "the settings name no such listener with a port: give --to sip:HOST:PORT".to_owned()
    })
}

/// A listener, as seen from this machine.
pub(crate) fn uri(mut listener: SocketAddr) -> sip::Uri {
    if listener.ip().is_unspecified() {
        listener.set_ip(match listener {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    sip::Uri::parse(&format!("sip:{listener}")).expect("an address and a port are a host part")
}

/// Ctrl-C and SIGTERM end the running calls as they should be ended.
fn stop_when_told(stop: &Arc<AtomicBool>) -> anyhow::Result<()> {
    use nix::sys::signal::{SigSet, Signal};
    let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM].into_iter().collect();
    signals.thread_block()?;
    let stop = Arc::clone(stop);
    std::thread::spawn(move || {
        if signals.wait().is_ok() {
            stop.store(true, Ordering::Relaxed);
        }
    });
    Ok(())
}

fn object(outcome: &Outcome, options: &Options) -> serde_json::Value {
    json!({
        "callId": outcome.call_id,
        "status": outcome.status,
        "answered": outcome.answered,
        "local": options.local,
        "remote": options.remote,
        "direction": match options.direction { Direction::In => "in", Direction::Out => "out" },
        "startedAt": format!("{:.3}", outcome.started_at),
        "seconds": rounded(outcome.duration),
        "packetsSent": outcome.packets_sent,
    })
}

/// Seconds to the millisecond.
fn rounded(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000.0).round() / 1_000.0
}

fn sentence(outcome: &Outcome, verified: Option<&Verified>) -> String {
    let Outcome {
        call_id,
        status,
        duration,
        packets_sent: [local, remote],
        ..
    } = outcome;
    let end = match (&outcome.problem, outcome.answered) {
        (Some(problem), _) => problem.clone(),
        (None, true) => "answered and ended".to_owned(),
        (None, false) => "not answered".to_owned(),
    };
    let found = verified.map_or_else(String::new, |verified| match &verified.problem {
        Some(problem) => format!(", {problem}"),
        None => format!(", recorded after {:.1} s", verified.after.as_secs_f64()),
    });
    let seconds = duration.as_secs_f64();
    format!("{call_id}  {status}  {end}{found}  {seconds:.1} s  {local} + {remote} packets")
}

#[cfg(test)]
mod tests;

//! What the settings mean: typed values, ready to use.

use super::Network;
use super::fault::{Fault, Faults};
use super::layers::{Line, Source};
use model::access::DeleteBy;
use siprec::{Caller, Srtp};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// The settings in force.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `[server]`.
    pub(crate) server: Server,
    /// `[http]`.
    pub(crate) http: Http,
    /// `[sip]`.
    pub(crate) sip: Sip,
    /// `[rtp]`.
    pub(crate) rtp: Rtp,
    /// `[recording]`.
    pub(crate) recording: Recording,
    /// `[limits]`.
    pub(crate) limits: Limits,
    /// Every `[[client]]`.
    pub(crate) clients: Vec<Client>,
    /// `[rights] delete`.
    pub(crate) delete: DeleteBy,
    /// `[catalogue] url`, a `sqlite:` address.
    pub(crate) catalogue_url: String,
    /// `[archive] url`, a `file:` address.
    pub(crate) archive_url: String,
    /// `[archive] keep_journal`.
    pub(crate) keep_journal: KeepJournal,
    /// Every setting as it stands, for people.
    pub(crate) lines: Vec<Line>,
    /// Where the clients came from, in their order.
    pub(crate) client_sources: Vec<Source>,
}

impl Settings {
    /// A fault of a setting that only its use has shown.
    pub(crate) fn fault(&self, section: &str, key: &str, problem: String) -> Faults {
        let line = self.lines.iter().find(|line| line.is(section, key));
        let source = line.map_or(Source::Default, |line| line.source.clone());
        Fault::other(source, &format!("{section}.{key}"), problem).into()
    }
}

/// `[server]`.
#[derive(Debug)]
pub(crate) struct Server {
    /// The data folder, absolute.
    pub(crate) data: PathBuf,
    /// This recorder's name.
    pub(crate) node: String,
    /// How long running calls may go on after SIGTERM.
    pub(crate) drain: Duration,
}

/// `[http]`.
#[derive(Debug)]
pub(crate) struct Http {
    /// Where to listen; `None`: no plain HTTP on this node.
    pub(crate) listen: Option<SocketAddr>,
    /// Where to listen for HTTPS, and with what.
    pub(crate) https: Option<Https>,
    /// Where people reach this server, when that is not where it listens; without a `/` at the
    /// end.
    pub(crate) public_url: Option<String>,
    /// Whose `X-Forwarded-For` counts.
    pub(crate) trusted_proxies: Vec<Network>,
}

/// `https_listen` and what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Https {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// PEM file of the certificate and those above it.
    pub(crate) certificate: PathBuf,
    /// PEM file of its private key.
    pub(crate) key: PathBuf,
}

/// `[sip]`.
#[derive(Debug)]
pub(crate) struct Sip {
    /// UDP listeners.
    pub(crate) udp: Vec<SocketAddr>,
    /// TCP listeners.
    pub(crate) tcp: Vec<SocketAddr>,
    /// TLS listeners.
    pub(crate) tls: Vec<SocketAddr>,
    /// What TLS is spoken with; always there where there are TLS listeners.
    pub(crate) certificates: Option<Certificates>,
    /// Host or address for Contact and SDP; `None`: where the request arrived.
    pub(crate) advertise: Option<String>,
    /// Who may send calls, besides the clients.
    pub(crate) allow: Vec<Network>,
}

/// `tls_certificate` and what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Certificates {
    /// PEM file of our certificate and those above it.
    pub(crate) certificate: PathBuf,
    /// PEM file of its private key.
    pub(crate) key: PathBuf,
    /// PEM file of the authorities whose certificates clients must show; `None`: they show none.
    pub(crate) client_ca: Option<PathBuf>,
}

/// `[rtp]`.
#[derive(Debug)]
pub(crate) struct Rtp {
    /// One address for each family.
    pub(crate) listen: Vec<IpAddr>,
    /// Ports to take pairs from.
    pub(crate) ports: RangeInclusive<u16>,
    /// Which source addresses a stream may have.
    pub(crate) accept: Accept,
    /// Whether media may, must or must not be protected.
    pub(crate) srtp: Srtp,
}

/// Which source addresses a stream may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Accept {
    /// The one in the SDP, or the first that sends fitting packets.
    Any,
    /// The one in the SDP only.
    Sdp,
}

/// `[recording]`.
#[derive(Debug)]
pub(crate) struct Recording {
    /// Highest sampling rate of recordings, in Hz.
    pub(crate) max_sample_rate_hz: u32,
    /// At most so much sound is lost in a power cut.
    pub(crate) loss_window: Duration,
    /// Whether streams are silent while their keys are pressed, and the keys are not named.
    pub(crate) mute_keys: bool,
    /// No packet and no message for so long: the call is closed.
    pub(crate) silence_limit: Duration,
    /// After a crash, calls younger than this go on.
    pub(crate) resume_window: Duration,
}

/// `[limits]`.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Most calls at once; `None`: as many as ports and memory allow.
    pub(crate) calls: Option<u64>,
    /// Most bytes in the spool; `None`: up to the disk reserve.
    pub(crate) spool_bytes: Option<u64>,
    /// With less free space than this, new calls are refused.
    pub(crate) disk_reserve_bytes: u64,
}

/// A recording client.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Its name.
    pub(crate) name: String,
    /// Where it sends from.
    pub(crate) networks: Vec<Network>,
    /// Only RFC 7866's own marks make a recording session.
    pub(crate) strict: bool,
    /// Who called, where metadata does not say.
    pub(crate) caller: Caller,
}

/// `[archive] keep_journal`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeepJournal {
    /// Of every call.
    Always,
    /// Of none.
    Never,
    /// Of calls with sound that this build cannot decode.
    Undecodable,
}

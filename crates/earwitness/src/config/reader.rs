//! From the layers' values to typed settings; collects everything that is wrong on the way.

use super::fault::{Fault, Faults};
use super::layers::{ClientTable, Layers, Line, Source, defaults};
use super::settings::{
    Accept, Certificates, Client, Http, Https, KeepJournal, Limits, Recording, Rtp, Server,
    Settings, Sip,
};
use super::{Network, Surroundings, units};
use model::access::DeleteBy;
use siprec::{Caller, Srtp};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use toml::Value;

const ADDRESS: &str = "an address and port like \"127.0.0.1:8080\", or \"\" for none";
const ADDRESSES: &str = "a list of addresses and ports like [\"0.0.0.0:5060\", \"[::]:5060\"]";
const NETWORKS: &str = "a list of networks like [\"10.0.0.0/24\", \"::1/128\"]";
const HOST: &str = "a host name or an address, without a port, or \"\"";
const PORTS: &str = "first and last port like \"16384-32767\", with room for at least one pair";
const LISTEN: &str = "an address, or a list with at most one address for each family";
const RATES: &str = "8000, 16000, 24000, 32000 or 48000";
const LOSS: &str = "a duration from \"50ms\" to \"10s\"";
const COUNT: &str = "a whole number, 0 for no limit";
const URL: &str = "an address like \"https://recorder.example.com\", or \"\"";
const TEXT: &str = "a text in quotes";
const CALLERS: &str = "unknown, first-participant, label:L or from";

/// Takes values out of the layers; a value that is not taken becomes a fault, and its default
/// stands in so that reading can go on to the next fault.
struct Reader {
    lines: Vec<Line>,
    defaults: Vec<Line>,
    faults: Faults,
}

/// The typed settings.
///
/// # Errors
/// Every fault found.
pub(super) fn settings(layers: Layers, surroundings: &Surroundings) -> Result<Settings, Faults> {
    let Layers {
        lines,
        clients,
        directory,
    } = layers;
    let mut reader = Reader {
        lines,
        defaults: defaults(),
        faults: Faults::default(),
    };
    reader.refuse_what_is_not_built();
    reader.check_what_has_no_effect_yet();
    let client_sources = clients.iter().map(|client| client.source.clone()).collect();
    let clients = clients_of(clients, &mut reader.faults);
    let settings = Settings {
        server: reader.server(&directory, &surroundings.host),
        http: reader.http(&directory),
        sip: reader.sip(&directory),
        rtp: reader.rtp(),
        recording: reader.recording(),
        limits: reader.limits(),
        clients,
        delete: reader.choice(
            "rights",
            "delete",
            &[
                ("complete", DeleteBy::Complete),
                ("supervisor", DeleteBy::Supervisor),
                ("owner", DeleteBy::Owner),
            ],
        ),
        catalogue_url: reader.text("catalogue", "url"),
        archive_url: reader.text("archive", "url"),
        keep_journal: reader.choice(
            "archive",
            "keep_journal",
            &[
                ("undecodable", KeepJournal::Undecodable),
                ("always", KeepJournal::Always),
                ("never", KeepJournal::Never),
            ],
        ),
        lines: reader.lines,
        client_sources,
    };
    reader.faults.none().map(|()| settings)
}

impl Reader {
    fn server(&mut self, directory: &Path, host: &str) -> Server {
        let data = self.text("server", "data");
        let node = self.optional("server", "node", TEXT, |text| Some(text.to_owned()));
        Server {
            data: directory.join(data),
            node: node.unwrap_or_else(|| host.to_owned()),
            drain: self.duration("server", "drain"),
        }
    }

    fn http(&mut self, directory: &Path) -> Http {
        Http {
            listen: self.optional("http", "listen", ADDRESS, |text| text.parse().ok()),
            https: self.https(directory),
            public_url: self.optional("http", "public_url", URL, public_url),
            trusted_proxies: self.list("http", "trusted_proxies", NETWORKS),
        }
    }

    fn https(&mut self, directory: &Path) -> Option<Https> {
        let listen = self.optional("http", "https_listen", ADDRESS, |text| text.parse().ok());
        let why = listen.map(|_| "`http.https_listen` is set");
        let certificate = self.pem("http", "tls_certificate", directory, why);
        let key = self.pem("http", "tls_key", directory, why);
        Some(Https {
            listen: listen?,
            certificate: certificate?,
            key: key?,
        })
    }

    /// The path of a PEM file, which must be given when there is a reason.
    fn pem(
        &mut self,
        section: &str,
        key: &str,
        directory: &Path,
        needed: Option<&str>,
    ) -> Option<PathBuf> {
        let path = self.text(section, key);
        if let Some(why) = needed.filter(|_| path.is_empty()) {
            let line = self.line(section, key);
            let accepted = format!("the path of a PEM file, because {why}");
            let fault = Fault::value(line.source.clone(), &line.name(), "\"\"", &accepted);
            self.faults.push(fault);
        }
        (!path.is_empty()).then(|| directory.join(path))
    }

    fn certificates(&mut self, directory: &Path, listens: bool) -> Option<Certificates> {
        let why = listens.then_some("`sip.tls` is set");
        let certificate = self.pem("sip", "tls_certificate", directory, why);
        let key = self.pem("sip", "tls_key", directory, why);
        let client_ca = self.pem("sip", "tls_client_ca", directory, None);
        Some(Certificates {
            certificate: certificate?,
            key: key?,
            client_ca,
        })
    }

    fn sip(&mut self, directory: &Path) -> Sip {
        let tls: Vec<SocketAddr> = self.list("sip", "tls", ADDRESSES);
        Sip {
            udp: self.list("sip", "udp", ADDRESSES),
            tcp: self.list("sip", "tcp", ADDRESSES),
            certificates: self.certificates(directory, !tls.is_empty()),
            tls,
            advertise: self.optional("sip", "advertise", HOST, host),
            allow: self.list("sip", "allow", NETWORKS),
        }
    }

    fn rtp(&mut self) -> Rtp {
        Rtp {
            listen: self.take("rtp", "listen", LISTEN, one_of_each_family),
            ports: self.take("rtp", "ports", PORTS, |value| ports(value.as_str()?)),
            accept: self.choice(
                "rtp",
                "accept",
                &[("any", Accept::Any), ("sdp", Accept::Sdp)],
            ),
            srtp: self.choice(
                "rtp",
                "srtp",
                &[
                    ("optional", Srtp::Optional),
                    ("required", Srtp::Required),
                    ("off", Srtp::Off),
                ],
            ),
        }
    }

    fn recording(&mut self) -> Recording {
        let rate = |value: &Value| {
            let rate = u32::try_from(value.as_integer()?).ok()?;
            [8_000, 16_000, 24_000, 32_000, 48_000]
                .contains(&rate)
                .then_some(rate)
        };
        let loss = |value: &Value| {
            let window = units::duration(value.as_str()?)?;
            let bounds = Duration::from_millis(50)..=Duration::from_secs(10);
            bounds.contains(&window).then_some(window)
        };
        Recording {
            max_sample_rate_hz: self.take("recording", "max_sample_rate", RATES, rate),
            loss_window: self.take("recording", "loss_window", LOSS, loss),
            mute_keys: self.choice(
                "recording",
                "keypad_tones",
                &[("keep", false), ("mute", true)],
            ),
            silence_limit: self.duration("recording", "silence_limit"),
            resume_window: self.duration("recording", "resume_window"),
        }
    }

    fn limits(&mut self) -> Limits {
        let count = |value: &Value| u64::try_from(value.as_integer()?).ok();
        let no_zero = |number| (number > 0).then_some(number);
        Limits {
            calls: no_zero(self.take("limits", "calls", COUNT, count)),
            spool_bytes: no_zero(self.size("limits", "spool")),
            disk_reserve_bytes: self.size("limits", "disk_reserve"),
        }
    }

    /// Settings whose other values this build has not the code for.
    fn refuse_what_is_not_built(&mut self) {
        self.require("recording", "format", "wav: what this build has", |text| {
            text == "wav"
        });
        let sqlite = "sqlite:PATH: this build has no other catalogue";
        self.require("catalogue", "url", sqlite, |text| has_path(text, "sqlite:"));
        let file = "file:PATH: this build has no other archive";
        self.require("archive", "url", file, |text| has_path(text, "file:"));
    }

    /// Settings of parts still to come: their form is checked so that a settings file written
    /// now stays right.
    fn check_what_has_no_effect_yet(&mut self) {
        for (section, keys) in [(
            "archive",
            &["endpoint", "region", "access_key_id", "secret_access_key"][..],
        )] {
            for key in keys {
                self.text(section, key);
            }
        }
    }

    fn require(&mut self, section: &str, key: &str, accepted: &str, good: fn(&str) -> bool) {
        self.take(section, key, accepted, |value| {
            value.as_str().filter(|t| good(t)).map(|_| ())
        });
    }

    fn text(&mut self, section: &str, key: &str) -> String {
        self.take(section, key, TEXT, |value| {
            value.as_str().map(str::to_owned)
        })
    }

    fn optional<T>(
        &mut self,
        section: &str,
        key: &str,
        accepted: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.take(section, key, accepted, |value| match value.as_str()? {
            "" => Some(None),
            text => parse(text).map(Some),
        })
    }

    fn list<T: FromStr>(&mut self, section: &str, key: &str, accepted: &str) -> Vec<T> {
        self.take(section, key, accepted, |value| {
            texts(value)?
                .into_iter()
                .map(|text| text.parse().ok())
                .collect()
        })
    }

    fn duration(&mut self, section: &str, key: &str) -> Duration {
        self.take(section, key, units::DURATIONS, |value| {
            units::duration(value.as_str()?)
        })
    }

    fn size(&mut self, section: &str, key: &str) -> u64 {
        self.take(section, key, units::SIZES, |value| {
            match value.as_integer() {
                Some(number) => u64::try_from(number).ok(),
                None => units::size(value.as_str()?),
            }
        })
    }

    fn choice<T: Copy>(&mut self, section: &str, key: &str, choices: &[(&str, T)]) -> T {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        self.take(section, key, &names.join(", "), |value| {
            let text = value.as_str()?;
            choices
                .iter()
                .find(|(name, _)| *name == text)
                .map(|(_, choice)| *choice)
        })
    }

    fn take<T>(
        &mut self,
        section: &str,
        key: &str,
        accepted: &str,
        parse: impl Fn(&Value) -> Option<T>,
    ) -> T {
        let line = self.line(section, key);
        if let Some(taken) = parse(&line.value) {
            return taken;
        }
        let source = line.source.clone();
        self.faults
            .push(Fault::value(source, &line.name(), &line.shown(), accepted));
        let default = self
            .defaults
            .iter()
            .find(|line| line.is(section, key))
            .and_then(|line| parse(&line.value));
        default.expect("every default is accepted: a test reads them all")
    }

    fn line(&self, section: &str, key: &str) -> &Line {
        let line = self.lines.iter().find(|line| line.is(section, key));
        line.expect("the defaults name every setting read")
    }
}

/// A list of texts; one text is a list of one, and the empty text a list of none.
fn texts(value: &Value) -> Option<Vec<&str>> {
    match value.as_str() {
        Some("") => Some(Vec::new()),
        Some(text) => Some(vec![text]),
        None => value.as_array()?.iter().map(Value::as_str).collect(),
    }
}

fn has_path(url: &str, scheme: &str) -> bool {
    url.strip_prefix(scheme)
        .is_some_and(|path| !path.is_empty())
}

/// A scheme, a host and perhaps a path: links are made by adding to it.
fn public_url(text: &str) -> Option<String> {
    let rest = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme))?;
    let plain = |c: char| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c);
    (rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && rest.chars().all(plain))
        .then(|| text.trim_end_matches('/').to_owned())
}

fn host(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    let named = text.bytes().all(plain);
    (named || text.parse::<IpAddr>().is_ok()).then(|| text.to_owned())
}

fn one_of_each_family(value: &Value) -> Option<Vec<IpAddr>> {
    let addresses: Vec<IpAddr> = texts(value)?
        .into_iter()
        .map(|text| text.parse().ok())
        .collect::<Option<_>>()?;
    let v4 = addresses.iter().filter(|address| address.is_ipv4()).count();
    (!addresses.is_empty() && v4 <= 1 && addresses.len() - v4 <= 1).then_some(addresses)
}

fn ports(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-')?;
    let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    // RTP takes an even port and RTCP the next one (RFC 3550 §11).
    let even = first.checked_add(first % 2)?;
    (first > 0 && even < last).then_some(first..=last)
}

fn clients_of(tables: Vec<ClientTable>, faults: &mut Faults) -> Vec<Client> {
    let mut clients: Vec<Client> = Vec::new();
    for (index, ClientTable { table, source }) in tables.into_iter().enumerate() {
        let place = format!("client[{index}]");
        let mut client = Client {
            name: String::new(),
            networks: Vec::new(),
            strict: false,
            caller: Caller::Unknown,
        };
        for (key, value) in &table {
            if let Err(fault) = client.set(key, value, &place, &source) {
                faults.push(fault);
            }
        }
        for needed in ["name", "address"] {
            if !table.contains_key(needed) {
                let problem = "needed in each [[client]]".to_owned();
                faults.push(Fault::other(
                    source.clone(),
                    &format!("{place}.{needed}"),
                    problem,
                ));
            }
        }
        if clients.iter().any(|other| other.name == client.name) {
            let shown = format!("{:?}", client.name);
            let accepted = "a name that no other client has";
            faults.push(Fault::value(
                source,
                &format!("{place}.name"),
                &shown,
                accepted,
            ));
        }
        clients.push(client);
    }
    clients
}

impl Client {
    fn set(&mut self, key: &str, value: &Value, place: &str, source: &Source) -> Result<(), Fault> {
        let name = format!("{place}.{key}");
        let (taken, accepted) = match key {
            "name" => {
                let text = value.as_str().filter(|text| !text.is_empty());
                (
                    text.map(|text| text.clone_into(&mut self.name)),
                    "a text that is not empty",
                )
            }
            "address" => {
                let networks = texts(value)
                    .filter(|texts| !texts.is_empty())
                    .and_then(|texts| {
                        texts
                            .into_iter()
                            .map(|text| text.parse::<Network>().ok())
                            .collect()
                    });
                (networks.map(|networks| self.networks = networks), NETWORKS)
            }
            "strict" => (
                value.as_bool().map(|strict| self.strict = strict),
                "true or false",
            ),
            "caller" => {
                let caller = value.as_str().and_then(|text| text.parse().ok());
                (caller.map(|caller| self.caller = caller), CALLERS)
            }
            _ => {
                let known = ["name", "address", "strict", "caller"].into_iter();
                return Err(Fault::unknown(source.clone(), &name, key, known));
            }
        };
        taken.ok_or_else(|| Fault::value(source.clone(), &name, &value.to_string(), accepted))
    }
}

//! The sources of a recording's sound: who was mixed into them (RFC 3550 §5.1), and what RTCP
//! says of them (§6), their names, that they leave, and which of them read one wall clock.
//! Never here: where their sound lies.

use media::Scan;
use rtp::rtcp::{self, Report};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Sources of one stream that are told apart.
const SOURCES_MAX: usize = 64;
/// Contributing sources of one source that are remembered.
const CONTRIBUTING_MAX: usize = 64;
/// Names of sources that are remembered.
const NAMES_MAX: usize = 256;
/// Packets that were under way when their source said that it leaves come within this time.
const UNDER_WAY_NS: i64 = 1_000_000_000;

/// One source of a stream, as far as is known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SourceReport {
    /// Its SSRC.
    pub ssrc: u32,
    /// The name that stays when the SSRC changes (SDES CNAME).
    pub cname: Option<String>,
    /// Whether it is the source before it that began anew, by its name, or another one; `None`
    /// for the first source, and where names are missing.
    pub restart: Option<bool>,
    /// When its first packet came, in milliseconds of the sound.
    pub from_ms: u64,
    /// When it said that it leaves, likewise.
    pub left_ms: Option<u64>,
    /// Sources that were mixed into it, in order of appearance.
    pub contributing: Vec<u32>,
}

/// The sources of all streams.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    streams: BTreeMap<u16, Vec<Source>>,
    /// Which of the names each source of a stream has.
    named: BTreeMap<(u16, u32), usize>,
    names: Vec<Name>,
    /// Sender reports by stream.
    reports: BTreeMap<u16, u64>,
}

#[derive(Debug)]
struct Name {
    cname: String,
    /// Names the wall clock.
    clock: u32,
}

#[derive(Debug)]
struct Source {
    ssrc: u32,
    packets: u64,
    from_ns: i64,
    left_ns: Option<i64>,
    contributing: Vec<u32>,
}

impl Sources {
    /// Takes the next packet of a stream.
    pub(crate) fn packet(&mut self, stream: u16, arrival_ns: i64, packet: &rtp::Packet<'_>) {
        let sources = self.streams.entry(stream).or_default();
        // The one that speaks is the last one, nearly always.
        let known = |source: &Source| source.ssrc == packet.ssrc;
        let number = match sources.iter().rposition(known) {
            Some(number) => number,
            None if sources.len() < SOURCES_MAX => {
                sources.push(Source {
                    ssrc: packet.ssrc,
                    packets: 0,
                    from_ns: arrival_ns,
                    left_ns: None,
                    contributing: Vec::new(),
                });
                sources.len() - 1
            }
            None => return,
        };
        let Some(source) = sources.get_mut(number) else {
            return;
        };
        source.packets += 1;
        let left_ns = source.left_ns;
        source.left_ns =
            left_ns.filter(|left_ns| arrival_ns.saturating_sub(*left_ns) <= UNDER_WAY_NS);
        for csrc in packet.csrcs() {
            let contributing = &mut source.contributing;
            if contributing.len() < CONTRIBUTING_MAX && !contributing.contains(&csrc) {
                contributing.push(csrc);
            }
        }
    }

    /// Takes the next RTCP datagram of a stream, compound or not, and tells the scan what it
    /// says of the time line.
    pub(crate) fn report(&mut self, stream: u16, arrival_ns: i64, bytes: &[u8], scan: &mut Scan) {
        let reports = rtcp::parse(bytes);
        // The name of whoever reports stands behind its report.
        for report in &reports {
            if let Report::Name { ssrc, cname } = report {
                self.name(stream, *ssrc, cname);
            }
        }
        for report in &reports {
            match report {
                Report::Sender {
                    ssrc,
                    ntp,
                    timestamp,
                    ..
                } => {
                    *self.reports.entry(stream).or_default() += 1;
                    if let Some(name) = self.name_of(stream, *ssrc) {
                        scan.report(arrival_ns, *ssrc, *ntp, *timestamp, name.clock);
                    }
                }
                Report::Bye { ssrcs } => {
                    let sources = self.streams.entry(stream).or_default();
                    for source in sources.iter_mut().filter(|s| ssrcs.contains(&s.ssrc)) {
                        source.left_ns = source.left_ns.or(Some(arrival_ns));
                    }
                }
                Report::Receiver { .. } | Report::Name { .. } => {}
            }
        }
    }

    /// How many sender reports came.
    pub(crate) fn reports(&self, stream: u16) -> u64 {
        self.reports.get(&stream).copied().unwrap_or_default()
    }

    /// What is known of the sources of a stream; `ms` brings arrivals to the sound. A packet
    /// alone among others came from nowhere.
    pub(crate) fn told(&self, stream: u16, ms: impl Fn(i64) -> u64) -> Vec<SourceReport> {
        let sources = self.streams.get(&stream).map_or(&[][..], Vec::as_slice);
        let alone = sources.len() == 1;
        let mut told: Vec<SourceReport> = Vec::new();
        for source in sources.iter().filter(|s| s.packets > 1 || alone) {
            let cname = self.name_of(stream, source.ssrc);
            let cname = cname.map(|name| name.cname.clone());
            let before = told.last().and_then(|before| before.cname.as_ref());
            told.push(SourceReport {
                ssrc: source.ssrc,
                restart: before.zip(cname.as_ref()).map(|(one, two)| one == two),
                cname,
                from_ms: ms(source.from_ns),
                left_ms: source.left_ns.map(&ms),
                contributing: source.contributing.clone(),
            });
        }
        told
    }

    fn name_of(&self, stream: u16, ssrc: u32) -> Option<&Name> {
        self.names.get(*self.named.get(&(stream, ssrc))?)
    }

    fn name(&mut self, stream: u16, ssrc: u32, cname: &str) {
        if cname.is_empty() {
            return;
        }
        let known = self.names.iter().position(|name| name.cname == cname);
        let number = known.or_else(|| {
            let same =
                |name: &&Name| host(&name.cname).is_some() && host(&name.cname) == host(cname);
            let clock = self.names.iter().find(same).map(|name| name.clock);
            let number = self.names.len();
            let room = number < NAMES_MAX;
            room.then(|| {
                self.names.push(Name {
                    cname: cname.to_owned(),
                    clock: clock.unwrap_or(number as u32),
                });
                number
            })
        });
        let room = self.named.len() < NAMES_MAX || self.named.contains_key(&(stream, ssrc));
        if let Some(number) = number.filter(|_| room) {
            self.named.insert((stream, ssrc), number);
        }
    }
}

/// The host whose clock a source reads, where its name says so: `user@host` or `host`, the host
/// by its full name or its address (RFC 3550 §6.5.1). Names that many hosts give themselves say
/// nothing.
fn host(cname: &str) -> Option<&str> {
    let host = cname.rsplit_once('@').map_or(cname, |(_user, host)| host);
    if let Ok(address) = host.parse::<IpAddr>() {
        let one = !address.is_loopback() && !address.is_unspecified();
        return one.then_some(host);
    }
    let (_, domain) = host.split_once('.')?;
    let named = domain.contains(|letter: char| letter.is_ascii_alphabetic());
    (named && domain != "localdomain").then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_one_that_no_other_is() {
        for (cname, expected) in [
            ("225@192.0.2.7", Some("192.0.2.7")),
            ("192.0.2.7", Some("192.0.2.7")),
            ("sip:225@sbc.example.org", Some("sbc.example.org")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("user@127.0.0.1", None),
            ("unknown@0.0.0.0", None),
            ("user@localhost", None),
            ("user@localhost.localdomain", None),
            ("9f86d081884c7d65", None),
            ("0.7361", None),
            ("", None),
        ] {
            assert_eq!(host(cname), expected, "{cname}");
        }
    }
}

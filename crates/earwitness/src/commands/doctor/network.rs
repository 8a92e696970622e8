//! Listeners and the ports for sound.

use super::Finding;
use crate::config::Settings;
use crate::serve::{sip_tls, tls};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::ops::RangeInclusive;
use std::path::Path;

/// Two streams with an RTP and an RTCP port each.
const PORTS_PER_CALL: u64 = 4;

/// Whether every listener can be bound, or is bound by a running server of ours.
pub(super) fn listeners(settings: &Settings) -> Vec<Finding> {
    let running = is_running(&settings.server.data);
    let http = settings
        .http
        .listen
        .iter()
        .map(|address| ("http", *address, bind_tcp(*address)));
    let https = settings
        .http
        .https
        .iter()
        .map(|https| ("https", https.listen, bind_tcp(https.listen)));
    let udp = settings
        .sip
        .udp
        .iter()
        .map(|address| ("sip-udp", *address, bind_udp(*address)));
    let tcp = settings
        .sip
        .tcp
        .iter()
        .map(|address| ("sip-tcp", *address, bind_tcp(*address)));
    let secure = settings
        .sip
        .tls
        .iter()
        .map(|address| ("sip-tls", *address, bind_tcp(*address)));
    http.chain(https)
        .chain(udp)
        .chain(tcp)
        .chain(secure)
        .map(|(check, address, bound)| listener(check, address, bound, running))
        .chain(certificate(settings))
        .chain(sip_certificate(settings))
        .collect()
}

/// Whether SIP over TLS has what it needs.
fn sip_certificate(settings: &Settings) -> Option<Finding> {
    Some(match sip_tls(settings) {
        Ok(None) => return None,
        Ok(Some(_)) => Finding::good("sip-tls", "certificate and key belong together"),
        Err(fault) => Finding::fault(
            "sip-tls",
            fault.to_string(),
            "set `[sip] tls_certificate`, `tls_key` and, where clients must show a certificate, \
             `tls_client_ca` to PEM files that the recorder may read",
        ),
    })
}

/// Whether HTTPS has what it needs.
fn certificate(settings: &Settings) -> Option<Finding> {
    Some(match tls(settings) {
        Ok(None) => return None,
        Ok(Some(_)) => Finding::good("https", "certificate and key belong together"),
        Err(fault) => Finding::fault(
            "https",
            fault.to_string(),
            "set `[http] tls_certificate` and `tls_key` to PEM files that belong together and that \
             the recorder may read",
        ),
    })
}

fn listener(
    check: &'static str,
    address: SocketAddr,
    bound: std::io::Result<()>,
    running: bool,
) -> Finding {
    let Err(error) = bound else {
        return Finding::good(check, format!("{address} is free"));
    };
    let (host, port) = (address.ip(), address.port());
    let kind = error.kind();
    if kind == ErrorKind::AddrInUse && running {
        return Finding::good(
            check,
            format!("{address} is in use by the running recorder"),
        );
    }
    let advice = if kind == ErrorKind::AddrInUse {
        format!(
            "end the program that holds port {port} (`ss -lntup` shows it), or set another port"
        )
    } else if kind == ErrorKind::AddrNotAvailable {
        format!("this machine has no address {host}: set one that `ip address` shows")
    } else if kind == ErrorKind::PermissionDenied {
        format!(
            "port {port} needs a right: give the program CAP_NET_BIND_SERVICE, or set a port from \
             1024 on"
        )
    } else {
        format!("set another address than {address}")
    };
    Finding::fault(check, format!("{address} cannot be bound: {error}"), advice)
}

fn bind_tcp(address: SocketAddr) -> std::io::Result<()> {
    TcpListener::bind(address).map(drop)
}

fn bind_udp(address: SocketAddr) -> std::io::Result<()> {
    UdpSocket::bind(address).map(drop)
}

/// Whether a recorder runs on the data folder: it holds a lock there, and then the ports of the
/// settings are its own.
fn is_running(data: &Path) -> bool {
    let lock = File::open(data.join("server.lock"));
    lock.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Whether there are ports for sound, enough of them, and nobody else takes them.
pub(super) fn sound_ports(settings: &Settings) -> Vec<Finding> {
    let ports = &settings.rtp.ports;
    let mut findings: Vec<Finding> = settings
        .rtp
        .listen
        .iter()
        .map(|address| bindable(*address, ports))
        .collect();
    let room = u64::from(ports.end() - ports.start() + 1) / PORTS_PER_CALL;
    findings.push(match settings.limits.calls {
        Some(calls) if calls > room => Finding::fault(
            "rtp",
            format!("{calls} calls are allowed, the ports are enough for {room}"),
            "widen `[rtp] ports`, or lower `[limits] calls`",
        ),
        _ => Finding::good("rtp", format!("ports for {room} calls of two streams")),
    });
    let proc = |name: &str| {
        std::fs::read_to_string(format!("/proc/sys/net/ipv4/{name}")).unwrap_or_default()
    };
    findings.extend(overlap(
        ports,
        &proc("ip_local_port_range"),
        &proc("ip_local_reserved_ports"),
    ));
    findings
}

fn bindable(address: IpAddr, ports: &RangeInclusive<u16>) -> Finding {
    let even = ports.clone().filter(|port| port % 2 == 0);
    // A running recorder holds some: one free pair says that the address is ours to bind.
    let mut last = None;
    for port in even {
        match bind_udp(SocketAddr::new(address, port)) {
            Ok(()) => return Finding::good("rtp", format!("{address} port {port} is free")),
            Err(error) if error.kind() == ErrorKind::AddrInUse => last = Some(error),
            Err(error) => {
                return Finding::fault(
                    "rtp",
                    format!("{address} port {port} cannot be bound: {error}"),
                    "set `[rtp] listen` to an address that `ip address` shows, and `[rtp] ports` \
                     from 1024 on",
                );
            }
        }
    }
    let why = last.map(|error| error.to_string()).unwrap_or_default();
    let found = format!("no port of `[rtp] ports` is free on {address}: {why}");
    Finding::fault("rtp", found, "widen `[rtp] ports`")
}

/// The kernel gives ports of its ephemeral range to any program that asks for none in
/// particular: a call could then miss its port. `range` and `reserved` are the kernel's texts.
fn overlap(ports: &RangeInclusive<u16>, range: &str, reserved: &str) -> Option<Finding> {
    let mut bounds = range
        .split_whitespace()
        .map(|text| text.parse::<u16>().ok());
    let (low, high) = (bounds.next()??, bounds.next()??);
    let reserved: Vec<RangeInclusive<u16>> = reserved
        .trim()
        .split(',')
        .filter_map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some(first.parse().ok()?..=last.parse().ok()?)
        })
        .collect();
    let taken = |port: &u16| {
        (low..=high).contains(port) && !reserved.iter().any(|range| range.contains(port))
    };
    let (start, end) = (ports.start(), ports.end());
    Some(match ports.clone().filter(taken).count() {
        0 => Finding::good(
            "rtp",
            format!("no port is in the ephemeral range {low}-{high}"),
        ),
        count => Finding::fault(
            "rtp",
            format!("{count} ports are in the ephemeral range {low}-{high}, others may take them"),
            format!(
                "`sysctl -w net.ipv4.ip_local_reserved_ports={start}-{end}`, or move the ports"
            ),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faulty(ports: RangeInclusive<u16>, range: &str, reserved: &str) -> Option<bool> {
        overlap(&ports, range, reserved).map(|finding| finding.advice.is_some())
    }

    #[test]
    fn the_ephemeral_range_must_not_reach_into_the_sound_ports() {
        assert_eq!(faulty(16384..=32767, "32768\t60999\n", "\n"), Some(false));
        assert_eq!(faulty(16384..=32768, "32768\t60999\n", "\n"), Some(true));
        assert_eq!(
            faulty(16384..=32768, "32768\t60999\n", "80,32768-32770\n"),
            Some(false)
        );
        assert_eq!(faulty(16384..=32768, "", ""), None);
    }

    #[test]
    fn a_port_in_use_is_no_fault_when_the_recorder_runs() {
        let address = SocketAddr::from(([127, 0, 0, 1], 5060));
        let in_use = || Err(std::io::Error::from(ErrorKind::AddrInUse));
        assert!(
            listener("sip-udp", address, in_use(), true)
                .advice
                .is_none()
        );
        assert!(
            listener("sip-udp", address, in_use(), false)
                .advice
                .is_some()
        );
    }
}

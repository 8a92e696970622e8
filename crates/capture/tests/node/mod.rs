//! What the nodes of these tests have in common.

use capture::{Accept, Limits, Options, PortRange};
use std::path::Path;
use std::time::Duration;

/// A node on loopback that takes calls over UDP; each test has media ports of its own.
pub(crate) fn options(ports: PortRange, spool: &Path, loss_window: Duration) -> Options {
    Options {
        node: "test".to_owned(),
        udp: vec!["127.0.0.1:0".parse().unwrap()],
        tcp: Vec::new(),
        tls_listen: Vec::new(),
        tls: None,
        advertise: None,
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        clients: Vec::new(),
        rtp: vec!["127.0.0.1".parse().unwrap()],
        ports,
        srtp: siprec::Srtp::Off,
        accept: Accept::Any,
        limits: Limits::default(),
        spool: spool.to_owned(),
        loss_window,
        silence_limit: Duration::from_secs(3_600),
        resume_window: Duration::from_secs(60),
    }
}

//! Two hundred calls at once, by the program's own `test-call`: every packet that was sent is in
//! a recording, and every recording answers on the API.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::{System, files_below};
use serde_json::Value;

const CALLS: usize = 200;
/// An hour and forty minutes of sound, perhaps by a build without optimisation.
const RENDERING: Duration = Duration::from_secs(240);

/// Datagrams the kernel dropped because a socket's buffer was full, on the whole machine.
fn kernel_drops() -> u64 {
    let text = std::fs::read_to_string("/proc/net/snmp").unwrap();
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
    let at = names
        .split(' ')
        .position(|name| name == "RcvbufErrors")
        .unwrap();
    values.split(' ').nth(at).unwrap().parse().unwrap()
}

#[test]
fn every_packet_of_two_hundred_calls_is_kept() {
    let system = System::with_ports(1000, &[], "");
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let before = kernel_drops();
    let to = format!("sip:{}", server.address("sip-udp"));
    let calls = CALLS.to_string();
    let said = system.command(
        &[
            "test-call",
            "--to",
            &to,
            "--calls",
            &calls,
            "--rate",
            &calls,
            "--seconds",
            "30",
            "--json",
        ],
        "",
    );
    let sent = sent_packets(&said);
    assert_eq!(sent.len(), CALLS, "calls with an id of their own");

    let details = server.recordings_within(RENDERING, "boss", CALLS);
    let wholly = details
        .iter()
        .filter(|d| d["duration"].as_str().unwrap().starts_with("PT30"));
    assert!(
        wholly.count() >= CALLS / 2,
        "most recordings last thirty seconds"
    );
    let quality: Vec<Value> = files_below(&system.data().join("archive"))
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".quality.json"))
        .map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        .collect();
    assert_eq!(quality.len(), CALLS, "quality reports");
    let of = |report: &Value, key: &str| -> u64 {
        let streams = report["streams"]
            .as_array()
            .unwrap_or_else(|| panic!("{report}"));
        streams
            .iter()
            .map(|stream| stream[key].as_u64().unwrap())
            .sum()
    };
    let total = |key: &str| -> u64 { quality.iter().map(|report| of(report, key)).sum() };
    let drops = kernel_drops() - before;
    assert_eq!(
        total("packets"),
        sent.values().sum::<u64>(),
        "packets kept; the kernel dropped {drops} on the whole machine"
    );
    assert_eq!(
        (total("dropped"), total("lost"), total("discarded")),
        (0, 0, 0)
    );
    for path in files_below(&system.data().join("archive")) {
        assert!(
            !path.to_string_lossy().contains(".part"),
            "{} is left over",
            path.display()
        );
    }
}

/// Packets sent by call, from what `test-call` prints.
fn sent_packets(said: &str) -> BTreeMap<String, u64> {
    let mut sent: BTreeMap<String, u64> = BTreeMap::new();
    for line in said.lines().filter(|line| !line.trim().is_empty()) {
        let call: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert_eq!(
            (&call["status"], &call["answered"]),
            (&200.into(), &true.into()),
            "{call}"
        );
        let packets = call["packetsSent"].as_array().unwrap();
        let packets: Vec<u64> = packets
            .iter()
            .map(|count| count.as_u64().unwrap())
            .collect();
        assert!(
            packets.len() == 2 && packets.iter().all(|count| *count >= 1_400),
            "{call}"
        );
        sent.insert(
            call["callId"].as_str().unwrap().to_owned(),
            packets.iter().sum(),
        );
    }
    sent
}

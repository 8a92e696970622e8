use proptest::prelude::*;

use super::*;
use crate::packets::{Packet, PacketsBuilder};

fn recording_id() -> impl Strategy<Value = RecordingId> {
    any::<[u8; 16]>().prop_map(RecordingId::from_bytes)
}

fn sides() -> impl Strategy<Value = Sides> {
    let flags = (any::<bool>(), 0..3i64, proptest::option::of(any::<i64>()));
    (
        recording_id(),
        proptest::collection::vec(any::<u16>(), 0..5),
        ".*",
        ".*",
        flags,
    )
        .prop_map(
            |(recording, left, local, remote, (assumed, direction, owner))| Sides {
                recording,
                left,
                local,
                remote,
                owner: owner.map(UserId),
                assumed,
                direction: Direction::from_number(direction).unwrap(),
                users: owner
                    .map(|id| ("225".to_owned(), UserId(id)))
                    .into_iter()
                    .collect(),
            },
        )
}

/// Every kind made from the same few ingredients.
fn check_all(number: u64, stream: u16, code: u8, text: &str, bytes: &[u8], sides: Sides) {
    let recording = sides.recording;
    let mut builder = PacketsBuilder::new();
    for rtcp in [false, true] {
        builder.push(Packet {
            stream,
            rtcp,
            arrival_ns: number,
            bytes,
        });
    }
    let entries = [
        Entry::Opened {
            wall_ns: number.cast_signed(),
            transport: text,
            local: "",
            peer: text,
            node: "",
            client: text,
            caller: "",
        },
        Entry::Began {
            recording,
            communication_session: text,
        },
        Entry::Signal {
            sent: code > 5,
            dialog: code,
            bytes,
        },
        Entry::Keys {
            stream,
            suite: text,
            mki: code,
            sealed: bytes,
            ours: code > 7,
        },
        Entry::Packets(builder.packets()),
        Entry::Mark {
            what: Mark::from_code(code),
            stream: Some(stream).filter(|stream| *stream != NO_STREAM),
            who: text,
            text: "later",
        },
        Entry::Verdict {
            mode: "keep-late",
            undecided: code > 3,
            rule: text,
        },
        Entry::Counted {
            stream,
            stray: number,
            dropped: !number,
        },
        Entry::Sides(sides),
        Entry::Ended {
            recording,
            why: Why::from_code(code),
        },
        Entry::Closed {
            why: Why::from_code(code),
        },
        Entry::Settled { recording },
        Entry::Lost {
            from: number,
            to: !number,
        },
    ];
    entries.into_iter().for_each(check);
}

fn check(entry: Entry<'_>) {
    let mut payload = Vec::new();
    entry.encode(&mut payload);
    assert_eq!(Entry::decode(entry.kind(), &payload).as_ref(), Some(&entry));
    for cut in 0..payload.len() {
        let part = Entry::decode(entry.kind(), &payload[..cut]);
        // Older marks ended before their text, older sides before their users, older keys before
        // whose they are.
        let shorter = matches!(
            entry,
            Entry::Packets(_) | Entry::Mark { .. } | Entry::Sides(_) | Entry::Keys { .. }
        );
        assert!(part.is_none() || shorter);
    }
    if entry.kind() != KIND_PACKETS {
        payload.extend_from_slice(b"what a later version says");
        assert_eq!(Entry::decode(entry.kind(), &payload), Some(entry));
    }
}

proptest! {
    #[test]
    fn entries_come_back_and_cut_ones_do_not(
        (number, stream, code) in any::<(u64, u16, u8)>(),
        text in ".{0,20}",
        bytes in proptest::collection::vec(any::<u8>(), 0..40),
        sides in sides(),
    ) {
        check_all(number, stream, code, &text, &bytes, sides);
    }

    #[test]
    fn arbitrary_payloads_never_panic(
        kind in 0u8..15,
        payload in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let entry = Entry::decode(kind, &payload);
        prop_assert!(known(kind) || entry.is_none());
        if let Some(Entry::Packets(packets)) = entry {
            let taken: usize = packets.iter().map(|p| p.bytes.len() + 13).sum();
            prop_assert_eq!(taken, payload.len());
        }
    }

    #[test]
    fn split_packets_are_the_same_packets(
        sizes in proptest::collection::vec(0usize..50, 0..20),
        bytes_max in 0usize..200,
    ) {
        let mut builder = PacketsBuilder::new();
        for (arrival_ns, size) in (0u64..).zip(&sizes) {
            let bytes = vec![0; *size];
            builder.push(Packet { stream: 1, rtcp: false, arrival_ns, bytes: &bytes });
        }
        let (whole, mut rest) = (builder.packets(), builder.packets());
        let mut parts = Vec::new();
        while !rest.encoded().is_empty() {
            let front = rest.split_front(bytes_max);
            prop_assert!(front.encoded().len() <= bytes_max || front.iter().count() == 1);
            parts.extend(front);
        }
        prop_assert_eq!(parts, whole.iter().collect::<Vec<_>>());
    }
}

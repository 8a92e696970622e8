//! RTCP that came: what it says of the sources, and where it puts their sound.

use crate::call::{
    Call, Datagram, Event, MS, Recorded, SECOND, packet, sample, samples, session, talk, talk_as,
    two_people,
};
use journal::{Seal, Why};
use rtp::srtp::{Protect, Suite};

/// One compound datagram: a sender report, the sender's name, and perhaps BYE.
fn compound(ssrc: u32, ntp: u64, timestamp: u32, cname: &str, bye: bool) -> Vec<u8> {
    let mut bytes = vec![0x80, 200, 0, 6];
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(ntp.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend([0; 8]);
    let mut chunk = ssrc.to_be_bytes().to_vec();
    chunk.extend([1, cname.len() as u8]);
    chunk.extend(cname.as_bytes());
    chunk.resize((chunk.len() + 1).next_multiple_of(4), 0);
    bytes.extend([0x81, 202, 0, (chunk.len() / 4) as u8]);
    bytes.extend(chunk);
    if bye {
        bytes.extend([0x81, 203, 0, 1]);
        bytes.extend(ssrc.to_be_bytes());
    }
    bytes
}

/// What the sender's wall clock shows after so many nanoseconds of the call.
fn wall(after_ns: u64) -> u64 {
    let ns = u128::from(after_ns) + 3_900_000_000 * u128::from(SECOND);
    ((ns << 32) / u128::from(SECOND)) as u64
}

/// Reports every 2 s of a stream of [`talk`] that is `late` on its way, its clock `off`.
fn reports(stream: u16, cname: &str, late: u64, off: u64) -> Vec<Datagram> {
    let report = |number: u64| {
        let at = 700 * MS + number * 2 * SECOND + u64::from(stream) * 90 * MS;
        let timestamp = (at / 125_000) as u32 + 4_000;
        let ssrc = 0x5000 + u32::from(stream);
        let bytes = compound(ssrc, wall(at + off), timestamp, cname, false);
        (stream, at + late, bytes)
    };
    (0..5).map(report).collect()
}

/// Two people who talk for ten seconds; the second stream is 150 ms longer on its way.
fn delayed(names: [&str; 2], off: u64) -> (Call, Vec<Datagram>) {
    let formats = "RTP/AVP 8 102\r\na=rtpmap:102 telephone-event/48000";
    let mut call = Call::with_formats(&["1", "2"], formats, &two_people());
    let mut packets = talk(0, 0, 0..80_000);
    packets.extend(talk(1, 150 * MS, 0..80_000));
    call.sweep(packets);
    call.close(12 * SECOND, Why::Bye);
    call.left(&[0]);
    let mut told = reports(0, names[0], 0, 0);
    told.extend(reports(1, names[1], 150 * MS, off));
    (call, told)
}

/// Puts reports in front of the end, on their own port or on that of the sound.
fn told(mut call: Call, reports: Vec<Datagram>, own_port: bool) -> Call {
    let last = call.events.len() - 2;
    for report in reports {
        let at = report.1.next_multiple_of(SECOND);
        let datagrams = vec![report];
        let event = if own_port {
            Event::Reports(datagrams)
        } else {
            Event::Packets(datagrams)
        };
        call.events.insert(last, (at, event));
    }
    call.events.sort_by_key(|(at, _)| *at);
    call
}

/// Where the second stream begins on the right channel.
fn begins(recorded: &Recorded) -> usize {
    let right = recorded.channel(1);
    let wanted = samples(1, 0..400);
    right
        .windows(400)
        .position(|found| found == wanted)
        .unwrap()
}

#[test]
fn siprec_40_streams_with_one_wall_clock_are_placed_by_it() {
    for names in [["one@sbc", "one@sbc"], ["a@192.0.2.7", "b@192.0.2.7"]] {
        for own_port in [true, false] {
            let (call, reports) = delayed(names, 0);
            let recorded = told(call, reports, own_port).render();
            assert_eq!(begins(&recorded), 0, "{names:?} {own_port}");
            assert_eq!(recorded.channel(0), samples(0, 0..80_000));
            assert_eq!(recorded.channel(1), samples(1, 0..80_000));
            let report = &recorded.rendition.report;
            assert_eq!(report.streams[0].aligned_ms, 0);
            assert_eq!(report.streams[1].aligned_ms, -150);
            assert_eq!(report.streams[1].sender_reports, 5);
            assert_eq!(report.malformed, 0);
            assert_eq!(recorded.rendition.draft.oddities, [""; 0]);
            assert_eq!(recorded.rendition.draft.duration_ms, 10_000);
        }
    }
}

/// Also those that lie by arrival: whoever hears them hears them with what was said.
#[test]
fn siprec_40_keys_are_moved_with_the_sound() {
    let (mut call, reports) = delayed(["one@sbc", "one@sbc"], 0);
    let mut pressed = Vec::new();
    for (number, lasted) in [960_u16, 1_920, 2_880, 3_840, 4_800]
        .into_iter()
        .enumerate()
    {
        let [high, low] = lasted.to_be_bytes();
        // 102 is `telephone-event/48000`, its timestamps have nothing to do with the sound's.
        let payload = [5, 10, high, low];
        let bytes = packet(102, 7 + number as u16, 123_456_789, 0x5001, &payload);
        let at = 5 * SECOND + 150 * MS + (number as u64 + 1) * 20 * MS;
        pressed.push((1, at, bytes));
    }
    call.sweep(pressed);
    call.events.sort_by_key(|(at, _)| *at);
    let recorded = told(call, reports, true).render();
    let keys = &recorded.rendition.draft.details.keys;
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].span.from_ms, keys[0].span.to_ms), (5_000, 5_100));
}

#[test]
fn siprec_40_other_clocks_and_what_cannot_be_read_change_no_sample() {
    let (blind, _) = delayed(["", ""], 0);
    let blind = blind.render();
    assert_eq!(begins(&blind), 1_200);
    // Who has no name, another one, one that every host has: whose clock it is nobody knows.
    for names in [
        ["", ""],
        ["one@sbc", "two@sbc"],
        ["a@127.0.0.1", "b@127.0.0.1"],
    ] {
        let (call, reports) = delayed(names, 0);
        let recorded = told(call, reports, true).render();
        assert_eq!(recorded.file, blind.file, "{names:?}");
    }
    for cut in [0, 1, 7, 12, 20, 27] {
        let (call, mut reports) = delayed(["one@sbc", "one@sbc"], 0);
        for (_, _, bytes) in &mut reports {
            bytes.truncate(cut);
        }
        let recorded = told(call, reports, true).render();
        assert_eq!(recorded.file, blind.file, "{cut}");
    }
}

#[test]
fn siprec_40_a_clock_too_far_off_is_an_oddity_and_ignored() {
    let (call, reports) = delayed(["one@sbc", "one@sbc"], 3 * SECOND);
    let recorded = told(call, reports, true).render();
    assert_eq!(begins(&recorded), 1_200);
    assert_eq!(
        recorded.rendition.draft.oddities,
        [
            "The sender reports of streams 0 and 1 are more than a second from where the sound \
          arrived, and were ignored."
        ]
    );
}

#[test]
fn siprec_42_a_restart_is_told_from_another_source_by_its_name() {
    let mut call = Call::new(&["1", "2"], &two_people());
    let mut packets = Vec::new();
    let mut said = Vec::new();
    for (number, (ssrc, cname)) in [(11, "john"), (12, "john"), (13, "jane"), (14, "")]
        .into_iter()
        .enumerate()
    {
        let from = number as u64 * 16_000;
        packets.extend(talk_as(0, ssrc, 8, 0, from..from + 16_000));
        let at = from * 125_000 + SECOND;
        // The last report of each but the last says that it leaves, a bit before its sound ends.
        let bye = |at: u64| !at.is_multiple_of(SECOND) && ssrc != 14;
        for at in [at, at + 950 * MS] {
            said.push((0, at, compound(ssrc, 0, 0, cname, bye(at))));
        }
    }
    // A packet from nowhere is no source.
    let stray = talk_as(0, 99, 8, 3 * SECOND, 800..960);
    packets.extend(stray);
    call.sweep(packets);
    call.close(12 * SECOND, Why::Bye);
    call.left(&[0]);
    let recorded = told(call, said, true).render();
    assert_eq!(recorded.channel(0), samples(0, 0..64_000));
    let sources = &recorded.rendition.report.streams[0].sources;
    let found: Vec<_> = sources
        .iter()
        .map(|s| (s.ssrc, s.cname.as_deref(), s.restart, s.from_ms, s.left_ms))
        .collect();
    let expected = [
        (11, Some("john"), None, 20, Some(1_950)),
        (12, Some("john"), Some(true), 2_020, Some(3_950)),
        (13, Some("jane"), Some(false), 4_020, Some(5_950)),
        (14, None, None, 6_020, None),
    ];
    assert_eq!(
        found,
        expected.map(|(ssrc, cname, restart, from, left)| {
            // Arrival is counted from where the first packet lies.
            (ssrc, cname, restart, from - 20, left.map(|ms: u64| ms - 20))
        })
    );
}

#[test]
fn siprec_42_who_goes_on_after_bye_has_not_left() {
    let mut call = Call::new(&["1", "2"], &two_people());
    call.sweep(talk(0, 0, 0..40_000));
    call.close(12 * SECOND, Why::Bye);
    call.left(&[0]);
    let said = vec![(0, SECOND, compound(0x5000, 0, 0, "john", true))];
    let recorded = told(call, said, true).render();
    assert_eq!(
        recorded.rendition.report.streams[0].sources[0].left_ms,
        None
    );
}

#[test]
fn siprec_43_who_was_mixed_in_is_kept() {
    let mut call = Call::new(&["1", "2"], &two_people());
    let mut packets = talk(0, 0, 0..80_000);
    for (number, (_, _, bytes)) in packets.iter_mut().enumerate() {
        let sources: &[u32] = match number {
            0..100 => &[],
            100..200 => &[7],
            200..300 => &[7, 0xffff_fff0],
            _ => &[9, 7],
        };
        bytes[0] |= sources.len() as u8;
        let octets: Vec<u8> = sources.iter().flat_map(|ssrc| ssrc.to_be_bytes()).collect();
        bytes.splice(12..12, octets);
    }
    call.sweep(packets);
    call.left(&[0]);
    let recorded = call.render();
    assert_eq!(recorded.channel(0), samples(0, 0..80_000));
    let sources = &recorded.rendition.report.streams[0].sources;
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].contributing, [7, 0xffff_fff0, 9]);
}

/// A mixer that names another source in each packet is told as far as there is room.
#[test]
fn siprec_43_what_is_remembered_of_sources_is_bounded() {
    let mut call = Call::new(&["1", "2"], &two_people());
    let mut packets = talk(0, 0, 0..80_000);
    for (number, (_, _, bytes)) in packets.iter_mut().enumerate() {
        bytes[0] |= 15;
        let octets = (0..15).flat_map(|n| (number as u32 * 15 + n).to_be_bytes());
        bytes.splice(12..12, octets.collect::<Vec<u8>>());
        if number >= 250 {
            bytes[8..12].copy_from_slice(&(number as u32 / 2).to_be_bytes());
        }
    }
    call.sweep(packets);
    call.left(&[0]);
    let said = (0..2_000).map(|n| (0, SECOND, compound(n, 1, 1, &format!("{n}@sbc"), true)));
    let recorded = told(call, said.collect(), true).render();
    let sources = &recorded.rendition.report.streams[0].sources;
    assert_eq!(sources.len(), 64);
    assert!(sources.iter().all(|source| source.contributing.len() <= 64));
    assert_eq!(sources[0].contributing.len(), 64);
}

#[test]
fn siprec_40_protected_reports_are_opened_and_forged_ones_dropped() {
    let suite = Suite::AesCm128Sha1Tag32;
    let crypto = "\r\na=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:****";
    let protected = |forge: bool| {
        let seal = Seal::new(&[0x5e; 32]);
        let mut call = Call::with_lines(&["1", "2"], "RTP/SAVP 8 101", crypto, &two_people());
        call.seal = Some(seal.clone());
        let mut packets = Vec::new();
        let mut said = Vec::new();
        for stream in 0..2_u16 {
            let master = vec![stream as u8 + 1; suite.master_octets()];
            let sealed = seal.seal(session(), stream, [stream as u8; 12], &master);
            call.events
                .push((5 * MS, Event::Keys(stream, suite.name(), sealed)));
            let mut key = Protect::new(suite, &master).unwrap();
            let late = u64::from(stream) * 150 * MS;
            for (_, at, plain) in talk(stream, late, 0..80_000) {
                let mut bytes = Vec::new();
                key.rtp(&plain, &mut bytes).unwrap();
                packets.push((stream, at, bytes));
            }
            for (_, at, plain) in reports(stream, "one@sbc", late, 0) {
                let mut bytes = Vec::new();
                key.rtcp(&plain, &mut bytes).unwrap();
                // Again, in the clear, and changed.
                said.push((stream, at + MS, bytes.clone()));
                said.push((stream, at + MS, plain));
                let mut changed = bytes.clone();
                changed[9] ^= 1;
                said.push((stream, at, changed.clone()));
                said.push((stream, at, if forge { changed } else { bytes }));
            }
        }
        call.sweep(packets);
        call.close(12 * SECOND, Why::Bye);
        call.left(&[0]);
        told(call, said, false).render()
    };
    let recorded = protected(false);
    assert_eq!(begins(&recorded), 0);
    for stream in &recorded.rendition.report.streams {
        assert_eq!((stream.sender_reports, stream.reports_refused), (5, 15));
        assert_eq!(
            (stream.packets, stream.unauthentic, stream.replayed),
            (500, 0, 0)
        );
        assert_eq!(stream.sources[0].cname.as_deref(), Some("one@sbc"));
    }
    // One that came once is as good as two: only the changed ones are of no use.
    assert_eq!(begins(&protected(true)), 0);
}

#[test]
fn siprec_44_loss_is_counted_once_whatever_clock_a_source_has() {
    // PCMA, L16 at 16,000, PCMA, with one counter and one SSRC; one packet lost in each.
    let formats = "RTP/AVP 8 99 101\r\na=rtpmap:99 L16/16000";
    let mut call = Call::with_formats(&["1"], formats, "");
    let mut packets = talk(0, 0, 0..48_000);
    for (number, (_, _, bytes)) in packets.iter_mut().enumerate() {
        if (100..200).contains(&number) {
            bytes[1] = 99;
            bytes[4..8].copy_from_slice(&(number as u32 * 320 + 77).to_be_bytes());
            let sound = samples(0, number as u64 * 320..number as u64 * 320 + 320);
            bytes.truncate(12);
            bytes.extend(sound.iter().flat_map(|sample| sample.to_be_bytes()));
        }
    }
    for lost in [250, 150, 50] {
        packets.remove(lost);
    }
    call.sweep(packets);
    call.left(&[0]);
    let recorded = call.render();
    let stream = &recorded.rendition.report.streams[0];
    assert_eq!(
        (stream.packets, stream.lost, stream.expected),
        (297, 3, 300)
    );
    assert_eq!((stream.late, stream.discarded), (0, 0));
    assert_eq!(recorded.rendition.draft.duration_ms, 6_000);
    let heard = recorded.channel(0);
    // At the seams the other clock's sound is still heard a little.
    assert!(heard[32_100..47_900] == samples(0, 32_100..47_900));
    assert_eq!(heard[48_000..48_320], [0; 320]);
    assert_ne!(sample(0, 48_000), 0);
}

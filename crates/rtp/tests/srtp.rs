//! What is opened is what was protected; everything else is refused and changes nothing.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use proptest::prelude::*;
use rtp::srtp::{Error, Protect, Suite, Unprotect};

const SSRC: u32 = 0xcafe_babe;

fn master(suite: Suite) -> Vec<u8> {
    (1..).take(suite.master_octets()).collect()
}

fn pair(suite: Suite) -> (Protect, Unprotect) {
    let master = master(suite);
    let protect = Protect::new(suite, &master).unwrap();
    (protect, Unprotect::new(suite, &master, 0).unwrap())
}

/// A packet whose payload says its number.
fn packet(sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend(SSRC.to_be_bytes());
    packet.extend((0..160_u8).map(|number| number ^ sequence as u8));
    packet
}

fn sealed(protect: &Protect, rollover: u32, sequence: u16) -> Vec<u8> {
    let mut out = Vec::new();
    protect
        .rtp_at(&packet(sequence), rollover, &mut out)
        .unwrap();
    out
}

/// Opens an RTP packet; what comes out must be what went in.
fn open(unprotect: &mut Unprotect, sealed: &[u8]) -> Result<u64, Error> {
    open_after(unprotect, sealed, None)
}

fn open_after(
    unprotect: &mut Unprotect,
    sealed: &[u8],
    running: Option<u64>,
) -> Result<u64, Error> {
    let mut out = Vec::new();
    unprotect.rtp(sealed, running, &mut out)?;
    let sequence = u16::from_be_bytes([sealed[2], sealed[3]]);
    assert_eq!(out, packet(sequence));
    Ok(unprotect.newest(SSRC).unwrap())
}

fn at(rollover: u64, sequence: u16) -> u64 {
    (rollover << 16) | u64::from(sequence)
}

fn hex(text: &str) -> Vec<u8> {
    let octet = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(octet).collect()
}

/// `data/libsrtp.py` writes the file.
#[test]
fn packets_are_those_of_libsrtp_in_both_directions() {
    let lines = include_str!("data/libsrtp.txt");
    let mut streams: Vec<(Suite, Protect, Unprotect)> = Vec::new();
    for line in lines.lines() {
        let [suite, key, kind, plain, protected] =
            line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (suite, key) = (Suite::from_name(suite).unwrap(), hex(key));
        if streams.last().is_none_or(|(known, ..)| *known != suite) {
            let protect = Protect::new(suite, &key).unwrap();
            streams.push((suite, protect, Unprotect::new(suite, &key, 0).unwrap()));
        }
        let (_, protect, unprotect) = streams.last_mut().unwrap();
        let (plain, protected) = (hex(plain), hex(protected));
        let (mut made, mut opened) = (Vec::new(), Vec::new());
        if kind == "rtp" {
            protect.rtp(&plain, &mut made).unwrap();
            unprotect.rtp(&protected, None, &mut opened).unwrap();
        } else {
            protect.rtcp(&plain, &mut made).unwrap();
            unprotect.rtcp(&protected, &mut opened).unwrap();
        }
        assert_eq!(made, protected, "{suite:?} {kind}");
        assert_eq!(opened, plain, "{suite:?} {kind}");
    }
    assert_eq!(streams.len(), Suite::ALL.len());
}

#[test]
fn the_rollover_counter_counts_on_over_many_wraps() {
    for suite in Suite::ALL {
        let (mut protect, mut unprotect) = pair(suite);
        let mut out = Vec::new();
        let mut rollover = 0;
        // Every 1,000th packet of more than three rounds.
        for number in (65_000_u64..65_536 * 4).step_by(1_000) {
            protect.rtp(&packet(number as u16), &mut out).unwrap();
            let newest = open(&mut unprotect, &out).unwrap();
            assert_eq!(newest, number, "{suite:?}");
            rollover = newest >> 16;
        }
        assert_eq!(rollover, 3);
    }
}

#[test]
fn a_wrap_may_come_reordered() {
    let (protect, mut unprotect) = pair(Suite::AesCm128Sha1Tag80);
    let order = [(0, 65_534), (1, 0), (0, 65_535), (1, 1)];
    for (rollover, sequence) in order {
        open(&mut unprotect, &sealed(&protect, rollover, sequence)).unwrap();
    }
    assert_eq!(unprotect.newest(SSRC), Some(at(1, 1)));
}

#[test]
fn a_recorder_that_joins_late_finds_the_rollover_counter() {
    for suite in Suite::ALL {
        for rollover in [0, 1, 2, 70, 4_000] {
            let (protect, mut unprotect) = pair(suite);
            for sequence in [40_000, 40_001] {
                let newest = open(&mut unprotect, &sealed(&protect, rollover, sequence));
                assert_eq!(newest, Ok(at(rollover.into(), sequence)), "{suite:?}");
            }
        }
    }
}

#[test]
fn a_stream_is_found_again_after_any_gap() {
    let (protect, mut unprotect) = pair(Suite::AesCm128Sha1Tag32);
    let order = [
        (0, 10),
        (0, 50_000),
        (1, 40_000),
        (2, 39_000),
        (7, 1),
        (7, 2),
        (9, 65_535),
    ];
    for (rollover, sequence) in order {
        let newest = open(&mut unprotect, &sealed(&protect, rollover, sequence));
        assert_eq!(newest, Ok(at(rollover.into(), sequence)));
    }
}

#[test]
fn a_flood_of_forgeries_neither_moves_the_state_nor_ends_the_search_for_ever() {
    let (protect, mut unprotect) = pair(Suite::AesGcm128);
    open(&mut unprotect, &sealed(&protect, 3, 100)).unwrap();
    let forger = Protect::new(Suite::AesGcm128, &[9; 28]).unwrap();
    for number in 0..1_000_u16 {
        let forged = sealed(&forger, 9, number.wrapping_mul(77));
        assert_eq!(open(&mut unprotect, &forged), Err(Error::NotAuthentic));
    }
    assert_eq!(unprotect.newest(SSRC), Some(at(3, 100)));
    open(&mut unprotect, &sealed(&protect, 3, 101)).unwrap();
    // Far away: needs a search, and one is allowed again after some packets.
    let found = (0..600).any(|_| open(&mut unprotect, &sealed(&protect, 20, 5)).is_ok());
    assert!(found);
}

#[test]
fn what_came_before_is_refused() {
    let (protect, mut unprotect) = pair(Suite::AesCm256Sha1Tag80);
    let first = sealed(&protect, 0, 1);
    open(&mut unprotect, &first).unwrap();
    assert_eq!(open(&mut unprotect, &first), Err(Error::Replayed));
    for sequence in (2..300).rev().step_by(2) {
        let verdict = open(&mut unprotect, &sealed(&protect, 0, sequence));
        // At least 64 packets behind the newest are still taken (RFC 3711 section 3.3.2).
        if sequence > 299 - 64 {
            assert!(verdict.is_ok(), "{sequence}");
        }
    }
    let odd = sealed(&protect, 0, 298);
    open(&mut unprotect, &odd).unwrap();
    assert_eq!(open(&mut unprotect, &odd), Err(Error::Replayed));
    assert_eq!(open(&mut unprotect, &first), Err(Error::Replayed));
}

#[test]
fn a_new_key_goes_on_counting_or_begins_again() {
    let (protect, mut old) = pair(Suite::AesCm128Sha1Tag80);
    // Further than any search: only who counts on finds it.
    let far = sealed(&protect, 5_000, 65_530);
    open_after(&mut old, &far, Some(at(5_000, 65_000))).unwrap();
    let running = old.newest(SSRC);
    assert_eq!(running, Some(at(5_000, 65_530)));
    let rekeyed = Protect::new(Suite::AesCm128Sha1Tag80, &[3; 30]).unwrap();
    // On: also when the sequence number wraps just then. Again: at 0.
    for (rollover, sequence) in [(5_000, 65_531), (5_001, 3), (0, 65_531)] {
        let mut new = Unprotect::new(Suite::AesCm128Sha1Tag80, &[3; 30], 0).unwrap();
        let sealed = sealed(&rekeyed, rollover, sequence);
        let newest = open_after(&mut new, &sealed, running);
        assert_eq!(newest, Ok(at(rollover.into(), sequence)));
    }
}

#[test]
fn master_key_identifiers_are_passed_over() {
    for suite in Suite::ALL {
        let (mut protect, _) = pair(suite);
        let mut unprotect = Unprotect::new(suite, &master(suite), 4).unwrap();
        let mut sealed = sealed(&protect, 0, 7);
        let tag = match suite {
            Suite::AesGcm128 | Suite::AesGcm256 => 0,
            Suite::AesCm128Sha1Tag32 | Suite::AesCm256Sha1Tag32 => 4,
            Suite::AesCm128Sha1Tag80 | Suite::AesCm256Sha1Tag80 => 10,
        };
        // In front of the tag; GCM has its tag in front of the identifier.
        let place = sealed.len() - tag;
        sealed.splice(place..place, [0, 0, 0, 1]);
        open(&mut unprotect, &sealed).unwrap();

        let report = [0x80, 201, 0, 1, 0xca, 0xfe, 0xba, 0xbe];
        let (mut sealed, mut out) = (Vec::new(), Vec::new());
        protect.rtcp(&report, &mut sealed).unwrap();
        let place = sealed.len() - if tag == 0 { 0 } else { 10 };
        sealed.splice(place..place, [0, 0, 0, 1]);
        unprotect.rtcp(&sealed, &mut out).unwrap();
        assert_eq!(out, report);
        assert_eq!(unprotect.rtcp(&sealed, &mut out), Err(Error::Replayed));
    }
}

#[test]
fn keys_are_not_printed() {
    let (protect, unprotect) = pair(Suite::AesGcm256);
    let text = format!("{protect:?} {unprotect:?}");
    assert_eq!(
        text,
        "Protect { suite: AesGcm256, .. } Unprotect { suite: AesGcm256, .. }"
    );
}

fn suite() -> impl Strategy<Value = Suite> {
    proptest::sample::select(Suite::ALL.to_vec())
}

/// A packet with any header and any contents.
fn any_packet() -> impl Strategy<Value = Vec<u8>> {
    let extension = proptest::option::of(proptest::collection::vec(any::<u32>(), 0..6));
    let payload = proptest::collection::vec(any::<u8>(), 0..300);
    (0_usize..16, extension, any::<[u8; 11]>(), payload).prop_map(
        |(sources, extension, fixed, payload)| {
            let first = 0x80 | sources as u8 | if extension.is_some() { 0x10 } else { 0 };
            let mut packet = vec![first];
            packet.extend(fixed);
            packet.extend(vec![7; sources * 4]);
            if let Some(words) = extension {
                packet.extend([0xbe, 0xde, 0, words.len() as u8]);
                packet.extend(words.iter().flat_map(|word| word.to_be_bytes()));
            }
            packet.extend(payload);
            packet
        },
    )
}

proptest! {
    #[test]
    fn any_packet_comes_back_as_it_was(
        suite in suite(),
        packet in any_packet(),
        rollover in 0_u32..4_000,
    ) {
        let (protect, mut unprotect) = pair(suite);
        let (mut sealed, mut out) = (Vec::new(), Vec::new());
        protect.rtp_at(&packet, rollover, &mut sealed).unwrap();
        unprotect.rtp(&sealed, None, &mut out).unwrap();
        prop_assert_eq!(out, packet);
    }

}

proptest! {
    // Each refused packet costs a search.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Never a panic, never other bytes with `Ok`, never a state moved by what was refused.
    #[test]
    fn a_changed_packet_is_refused(
        suite in suite(),
        packet in any_packet(),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
        cut in proptest::option::of(any::<prop::sample::Index>()),
        mki in 0_usize..3,
    ) {
        let master = master(suite);
        let (mut protect, _) = pair(suite);
        let mut unprotect = Unprotect::new(suite, &master, mki).unwrap();
        let (mut sealed, mut out) = (Vec::new(), Vec::new());
        protect.rtp(&packet, &mut sealed).unwrap();
        let mut changed = sealed.clone();
        match cut {
            Some(cut) => changed.truncate(cut.index(sealed.len())),
            None => changed[at.index(sealed.len())] ^= flip,
        }
        prop_assert!(unprotect.rtp(&changed, None, &mut out).is_err());
        prop_assert!(unprotect.rtcp(&changed, &mut out).is_err());
        let ssrc = u32::from_be_bytes(packet[8..12].try_into().unwrap());
        prop_assert_eq!(unprotect.newest(ssrc), None);
        prop_assert_eq!(unprotect.rtp(&sealed, None, &mut out).is_ok(), mki == 0);
    }

    #[test]
    fn a_changed_report_is_refused(
        suite in suite(),
        body in proptest::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let (mut protect, mut unprotect) = pair(suite);
        let mut report = vec![0x80, 200, 0, 0, 1, 2, 3, 4];
        report.extend(body);
        let (mut sealed, mut out) = (Vec::new(), Vec::new());
        protect.rtcp(&report, &mut sealed).unwrap();
        let mut changed = sealed.clone();
        changed[at.index(sealed.len())] ^= flip;
        prop_assert!(unprotect.rtcp(&changed, &mut out).is_err());
        unprotect.rtcp(&sealed, &mut out).unwrap();
        prop_assert_eq!(out, report);
    }

    #[test]
    fn rubbish_never_panics(
        suite in suite(),
        mki in 0_usize..300,
        bytes in proptest::collection::vec(any::<u8>(), 0..120),
    ) {
        let mut unprotect = Unprotect::new(suite, &master(suite), mki).unwrap();
        let (mut protect, _) = pair(suite);
        let mut out = Vec::new();
        prop_assert!(unprotect.rtp(&bytes, Some(u64::MAX), &mut out).is_err());
        prop_assert!(unprotect.rtcp(&bytes, &mut out).is_err());
        let _ = protect.rtp(&bytes, &mut out);
        let _ = protect.rtcp(&bytes, &mut out);
    }
}

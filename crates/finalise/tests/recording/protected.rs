//! What came as SRTP is heard where it opens, and is silence where it does not.

use crate::call::{Call, Datagram, Event, MS, SECOND, samples, session, talk, talk_as, two_people};
use journal::{Seal, Why};
use model::people::UserId;
use rtp::srtp::{Protect, Suite};

/// A call of two seconds with a key for each of its two lines.
pub(crate) fn whole(suite: Suite) -> Call {
    let mut call = protected_call();
    for stream in 0..2 {
        keys(&mut call, 5 * MS, suite, stream, 0);
    }
    let mut packets = talk(0, 100 * MS, 0..16_000);
    packets.extend(talk(1, 100 * MS, 0..16_000));
    // The recorder joined late: the sequence number has wrapped before.
    call.sweep(protect(suite, 0, 3, packets));
    call
}

const OURS: Option<UserId> = Some(UserId(3));
/// How the lines of a protected call look once their keys are cut out.
const CUT: &str = "\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****|2^20";

fn seal() -> Seal {
    Seal::new(&[0x5e; 32])
}

/// The key of a stream; `number` counts its keys.
fn master(suite: Suite, stream: u16, number: u8) -> Vec<u8> {
    let first = number.wrapping_mul(40).wrapping_add(stream as u8);
    (first..=255)
        .chain(0..)
        .take(suite.master_octets())
        .collect()
}

fn keys(call: &mut Call, at: u64, suite: Suite, stream: u16, number: u8) {
    let secret = master(suite, stream, number);
    let sealed = seal().seal(session(), stream, [number; 12], &secret);
    call.events
        .push((at, Event::Keys(stream, suite.name(), sealed)));
}

fn protected_call() -> Call {
    let mut call = Call::with_lines(&["1", "2"], "RTP/SAVP 8 101", CUT, &two_people());
    call.seal = Some(seal());
    call
}

/// Protects datagrams with the key `number` of their stream, from a rollover counter on.
fn protect(suite: Suite, number: u8, rollover: u32, datagrams: Vec<Datagram>) -> Vec<Datagram> {
    let protect = |(stream, at, plain): Datagram| {
        let key = Protect::new(suite, &master(suite, stream, number)).unwrap();
        let mut bytes = Vec::new();
        key.rtp_at(&plain, rollover, &mut bytes).unwrap();
        (stream, at, bytes)
    };
    datagrams.into_iter().map(protect).collect()
}

fn finish(call: &mut Call) {
    call.close(12 * SECOND, Why::Bye);
    call.settle(&[OURS, None]);
}

#[test]
fn promise_13_every_suite_comes_out_sample_exact() {
    for suite in Suite::ALL {
        let mut call = whole(suite);
        finish(&mut call);
        let recorded = call.render();
        assert_eq!(recorded.channel(0), samples(0, 0..16_000), "{suite:?}");
        assert_eq!(recorded.channel(1), samples(1, 0..16_000), "{suite:?}");
        let report = &recorded.rendition.report;
        assert_eq!(report.streams[0].packets, 100);
        assert_eq!(report.streams[0].unauthentic, 0);
        assert_eq!(recorded.rendition.draft.undecoded, [""; 0]);
        // The same journal gives the same bytes.
        assert_eq!(call.render(), recorded);
    }
}

#[test]
fn promise_13_forged_and_replayed_packets_are_dropped_and_counted() {
    let suite = Suite::AesCm128Sha1Tag32;
    let mut call = protected_call();
    for stream in 0..2 {
        keys(&mut call, 5 * MS, suite, stream, 0);
    }
    let mut packets = protect(suite, 0, 0, talk(0, 0, 0..16_000));
    let mut extra = Vec::new();
    for (stream, at, bytes) in packets.iter().take(30) {
        // Changed on the way, made with another key, in the clear, and sent again.
        let mut changed = bytes.clone();
        changed[20] ^= 1;
        extra.push((*stream, at + 400 * MS, changed));
        extra.push((*stream, at + 401 * MS, bytes.clone()));
    }
    extra.extend(protect(suite, 9, 0, talk_as(0, 77, 8, 0, 0..16_000)));
    extra.extend(talk_as(0, 78, 8, 0, 0..1_600));
    packets.extend(extra);
    packets.extend(protect(suite, 0, 0, talk(1, 0, 0..16_000)));
    call.sweep(packets);
    finish(&mut call);
    let recorded = call.render();
    assert_eq!(recorded.channel(0), samples(0, 0..16_000));
    assert_eq!(recorded.channel(1), samples(1, 0..16_000));
    let stream = &recorded.rendition.report.streams[0];
    assert_eq!((stream.packets, stream.ssrc_changes), (100, 0));
    assert_eq!((stream.unauthentic, stream.replayed), (30 + 100 + 10, 30));
}

#[test]
fn siprec_50_a_new_key_goes_on_counting_or_begins_again() {
    let suite = Suite::AesGcm128;
    for rollover in [4_500, 0] {
        let mut call = protected_call();
        for stream in 0..2 {
            keys(&mut call, 5 * MS, suite, stream, 0);
        }
        // So far that no search finds it: the key before it has to have found the way there.
        call.sweep(protect(suite, 0, 4_000, talk(0, 0, 0..8_000)));
        let long_after = protect(suite, 0, 4_500, talk(0, 0, 8_000..12_000));
        call.sweep(long_after);
        for stream in 0..2 {
            keys(&mut call, 1_500 * MS, suite, stream, 1);
        }
        // The sweep brings a packet of the old key after the new one was agreed on.
        call.sweep(protect(suite, 0, 4_500, talk(0, 0, 12_000..13_600)));
        call.sweep(protect(suite, 1, rollover, talk(0, 0, 13_600..16_000)));
        call.sweep(protect(suite, 1, rollover, talk(1, 0, 13_600..16_000)));
        finish(&mut call);
        let recorded = call.render();
        assert_eq!(recorded.channel(0), samples(0, 0..16_000), "{rollover}");
        assert_eq!(recorded.rendition.report.streams[0].unauthentic, 0);
    }
}

#[test]
fn a_packet_may_come_before_the_message_with_its_key() {
    let suite = Suite::AesCm256Sha1Tag80;
    let mut call = protected_call();
    call.sweep(protect(suite, 0, 0, talk(0, 0, 0..8_000)));
    for stream in 0..2 {
        keys(&mut call, 2 * SECOND, suite, stream, 0);
    }
    finish(&mut call);
    assert_eq!(call.render().channel(0), samples(0, 0..8_000));
}

#[test]
fn without_its_key_sound_is_silence_and_never_noise() {
    let suite = Suite::AesCm128Sha1Tag80;
    let render = |seal: Option<Seal>, with_keys: bool| {
        let mut call = protected_call();
        call.seal = seal;
        if with_keys {
            keys(&mut call, 5 * MS, suite, 0, 0);
        }
        let mut packets = protect(suite, 0, 0, talk(0, 0, 0..8_000));
        // Plain packets where protected ones were agreed on are somebody else's.
        packets.extend(talk(1, 0, 0..8_000));
        call.sweep(packets);
        finish(&mut call);
        call.render()
    };
    for (seal, with_keys) in [
        (None, true),
        (Some(Seal::new(&[1; 32])), true),
        (Some(seal()), false),
    ] {
        let recorded = render(seal, with_keys);
        assert!(recorded.channel(0).iter().all(|sample| *sample == 0));
        assert!(recorded.channel(1).iter().all(|sample| *sample == 0));
        assert_eq!(recorded.rendition.report.streams[0].unauthentic, 50);
        assert_eq!(recorded.rendition.report.streams[1].unauthentic, 50);
        // So that the journal is kept.
        assert_eq!(recorded.rendition.draft.undecoded, ["SRTP"]);
    }
}

#[test]
fn a_call_that_drops_its_keys_is_heard_on() {
    let suite = Suite::AesGcm256;
    let mut call = protected_call();
    for stream in 0..2 {
        keys(&mut call, 5 * MS, suite, stream, 0);
    }
    call.sweep(protect(suite, 0, 0, talk(0, 0, 0..8_000)));
    let plain = |direction| crate::call::sdp(&["1", "2"], "RTP/AVP 8 101", direction);
    call.signal(
        1_050 * MS,
        false,
        crate::call::invite(2, &plain("sendonly"), ""),
    );
    call.signal(1_060 * MS, true, crate::call::answer(2, &plain("recvonly")));
    call.sweep(talk(0, 100 * MS, 8_000..16_000));
    finish(&mut call);
    let recorded = call.render();
    assert_eq!(recorded.channel(0)[..8_000], samples(0, 0..8_000));
    let heard = recorded.channel(0);
    assert_eq!(heard[heard.len() - 8_000..], samples(0, 8_000..16_000));
}

#[test]
fn siprec_51_keys_over_open_signalling_are_taken_and_said() {
    let told = |transport: &'static str, with_keys: bool| {
        let mut call = protected_call();
        call.transport = transport;
        if with_keys {
            keys(&mut call, 5 * MS, Suite::AesGcm128, 0, 0);
        }
        finish(&mut call);
        call.render().rendition.draft.oddities
    };
    let oddity = "The keys of the sound came over a connection without TLS.";
    for transport in ["UDP", "TCP"] {
        assert!(told(transport, true).iter().any(|said| said == oddity));
    }
    assert!(told("TLS", true).iter().all(|said| said != oddity));
    assert!(told("UDP", false).iter().all(|said| said != oddity));
}

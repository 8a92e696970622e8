//! SRTP with keys in the signalling (RFC 4568): what is answered, and which keys are taken.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod common;

use common::{addresses, request};
use proptest::prelude::*;
use sip::Method;
use siprec::{Plan, Session, Signal, Srtp, facts};
use std::sync::atomic::{AtomicU8, Ordering};

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0";
const OTHER: &str = "dHNycXBvbm1sa2ppaGdmZWRjYmE5ODc2NTQzMjEw";

/// Other octets at each call, so that two keys are never alike.
fn fill(octets: &mut [u8]) {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    octets.fill(NEXT.fetch_add(1, Ordering::Relaxed));
}

fn session(srtp: Srtp) -> Session {
    Session::new(false).protecting(srtp, fill)
}

fn offer(sequence: u32, media: &str) -> sip::Request {
    let description = format!("v=0\r\nc=IN IP4 198.51.100.2\r\n{media}");
    request(
        Method::Invite,
        sequence,
        "application/sdp",
        description.as_bytes(),
    )
}

fn line(profile: &str, crypto: &[String]) -> String {
    let crypto: String = crypto
        .iter()
        .map(|value| format!("a=crypto:{value}\r\n"))
        .collect();
    format!("m=audio 5000 {profile} 0\r\na=sendonly\r\na=label:1\r\n{crypto}")
}

fn aes(tag: u32, key: &str) -> String {
    format!("{tag} AES_CM_128_HMAC_SHA1_80 inline:{key}")
}

fn answered(session: &mut Session, request: &sip::Request) -> (Plan, String) {
    let plan = session.request(request).unwrap();
    let lines = u16::try_from(plan.lines.len()).unwrap();
    let answer = session.answer(&addresses(lines)).unwrap();
    (plan, String::from_utf8(answer).unwrap())
}

fn crypto_in(answer: &str) -> Vec<&str> {
    let lines = answer.lines();
    lines
        .filter_map(|line| line.strip_prefix("a=crypto:"))
        .collect()
}

fn status(session: &mut Session, media: &str) -> u16 {
    session
        .request(&offer(1, media))
        .map_or_else(|reject| reject.status, |_plan| 200)
}

#[test]
fn siprec_50_savp_and_savpf_are_answered_with_the_tag_and_a_key_of_our_own() {
    for profile in ["RTP/SAVP", "RTP/SAVPF"] {
        let offer = offer(1, &line(profile, &[aes(7, KEY)]));
        let (plan, answer) = answered(&mut session(Srtp::Optional), &offer);
        assert!(
            answer.contains(&format!("m=audio 40000 {profile} 0\r\n")),
            "{answer}"
        );
        let [ours] = crypto_in(&answer)[..] else {
            panic!("one line of keys: {answer}")
        };
        let key = ours
            .strip_prefix("7 AES_CM_128_HMAC_SHA1_80 inline:")
            .unwrap();
        assert_eq!(key.len(), KEY.len());
        assert_ne!(key, KEY);
        let line = &plan.lines[0];
        assert!(line.record && line.protected);
        assert_eq!(line.keys[0].master, b"0123456789abcdefghijklmnopqrst");
        assert_ne!(line.own_key.as_ref().unwrap().master, line.keys[0].master);
    }
}

#[test]
fn keys_under_the_plain_profile_are_answered_in_kind() {
    let offer = offer(1, &line("RTP/AVP", &[aes(1, KEY)]));
    let (plan, answer) = answered(&mut session(Srtp::Optional), &offer);
    assert!(answer.contains("m=audio 40000 RTP/AVP 0\r\n"));
    assert_eq!(crypto_in(&answer).len(), 1);
    assert!(plan.lines[0].protected);
    let (plan, answer) = answered(&mut session(Srtp::Off), &offer);
    assert!(crypto_in(&answer).is_empty() && plan.lines[0].record);
    assert!(!plan.lines[0].protected && plan.lines[0].keys.is_empty());
}

#[test]
fn the_first_line_that_is_understood_is_taken() {
    let lines = [
        "1 F8_128_HMAC_SHA1_80 inline:".to_owned() + KEY,
        aes(2, "c2hvcnQ="),
        aes(3, KEY) + " UNENCRYPTED_SRTP",
        aes(4, KEY) + "|2^220|1:4 WSH=128",
        aes(5, OTHER),
    ];
    let offer = offer(1, &line("RTP/SAVP", &lines));
    let (plan, answer) = answered(&mut session(Srtp::Optional), &offer);
    assert!(crypto_in(&answer)[0].starts_with("4 AES_CM_128_HMAC_SHA1_80 inline:"));
    assert_eq!(crypto_in(&answer).len(), 1);
    let [key] = &plan.lines[0].keys[..] else {
        panic!("one key")
    };
    assert_eq!(key.mki_octets, 4);
}

#[test]
fn what_cannot_be_opened_is_refused_where_it_must_be_protected() {
    let unusable = [aes(1, KEY) + " UNENCRYPTED_SRTP"];
    let savp = line("RTP/SAVP", &unusable);
    let avp = line("RTP/AVP", &unusable);
    let dtls = line("UDP/TLS/RTP/SAVPF", &[]);
    assert_eq!(status(&mut session(Srtp::Optional), &savp), 488);
    assert_eq!(
        status(&mut session(Srtp::Optional), &line("RTP/SAVP", &[])),
        488
    );
    assert_eq!(status(&mut session(Srtp::Optional), &dtls), 488);
    let good = line("RTP/SAVP", &[aes(1, KEY)]);
    assert_eq!(status(&mut session(Srtp::Off), &good), 488);
    // Under the plain profile the sender may go on without keys.
    let (plan, answer) = answered(&mut session(Srtp::Optional), &offer(1, &avp));
    assert!(plan.lines[0].record && !plan.lines[0].protected);
    assert!(crypto_in(&answer).is_empty());
    assert_eq!(status(&mut session(Srtp::Required), &avp), 488);
    assert_eq!(status(&mut session(Srtp::Required), &good), 200);
    // One line of two is enough for a session; the other has port 0.
    let both = format!("{dtls}{good}");
    let (plan, answer) = answered(&mut session(Srtp::Optional), &offer(1, &both));
    assert!(!plan.lines[0].record && plan.lines[1].protected);
    assert!(answer.contains("m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n"));
}

#[test]
fn a_new_offer_may_change_the_key_or_drop_it() {
    let mut session = session(Srtp::Optional);
    let of = |sequence, key| offer(sequence, &line("RTP/SAVP", &[aes(1, key)]));
    let (first, answer) = answered(&mut session, &of(1, KEY));
    let (again, same_answer) = answered(&mut session, &of(2, KEY));
    assert_eq!(first.lines, again.lines);
    assert_eq!(answer, same_answer, "nothing changed, so nothing changes");
    let (rekeyed, _) = answered(&mut session, &of(3, OTHER));
    assert_ne!(rekeyed.lines[0].keys, first.lines[0].keys);
    assert_eq!(rekeyed.lines[0].own_key, first.lines[0].own_key);
    let (plain, answer) = answered(&mut session, &offer(4, &line("RTP/AVP", &[])));
    assert!(!plain.lines[0].protected && crypto_in(&answer).is_empty());
}

#[test]
fn we_offer_every_suite_where_media_must_be_protected() {
    let mut session = session(Srtp::Required);
    let (plan, offer) = answered(&mut session, &request(Method::Invite, 1, "", b""));
    assert!(offer.contains(" RTP/SAVP "), "{offer}");
    assert!(plan.lines[0].own_key.is_none() && plan.lines[0].keys.is_empty());
    let lines = crypto_in(&offer);
    assert_eq!(lines.len(), 6);
    let tag = 1 + lines
        .iter()
        .position(|line| line.contains("CM_128_HMAC_SHA1_80"))
        .unwrap();
    let ack = |crypto: &str| {
        let body = format!(
            "v=0\r\nc=IN IP4 198.51.100.2\r\n{}",
            line("RTP/SAVP", &[crypto.into()])
        );
        request(Method::Ack, 1, "application/sdp", body.as_bytes())
    };
    let mut other = session.clone();
    let plan = session.acked(&ack(&aes(u32::try_from(tag).unwrap(), KEY)));
    assert_eq!(plan.lines[0].keys[0].master.len(), 30);
    assert_eq!(
        plan.lines[0].own_key.as_ref().unwrap().suite,
        "AES_CM_128_HMAC_SHA1_80"
    );
    // A tag that we gave to another suite answers nothing.
    let plan = other.acked(&ack(&aes(1, KEY)));
    assert!(!plan.lines[0].record && plan.lines[0].keys.is_empty());
    let mut optional = Session::new(false).protecting(Srtp::Optional, fill);
    let (_, offer) = answered(&mut optional, &request(Method::Invite, 1, "", b""));
    assert!(offer.contains(" RTP/AVP ") && crypto_in(&offer).is_empty());
}

/// The messages as the journal has them, without keys, still say what was protected.
#[test]
fn facts_of_cut_messages_know_what_was_protected() {
    let mut session = session(Srtp::Optional);
    let mut kept: Vec<(bool, Vec<u8>)> = Vec::new();
    for (sequence, profile, crypto) in [
        (1, "RTP/SAVP", vec![aes(1, KEY) + "|2^20"]),
        (2, "RTP/AVP", vec![]),
        (3, "RTP/AVP", vec![aes(1, OTHER)]),
    ] {
        let offer = offer(sequence, &line(profile, &crypto));
        let (_, answer) = answered(&mut session, &offer);
        let head =
            format!("Call-ID: a\r\nCSeq: {sequence} INVITE\r\nContent-Type: application/sdp");
        let ok = format!("SIP/2.0 200 OK\r\n{head}\r\n\r\n{answer}");
        kept.push((false, offer.to_bytes()));
        kept.push((true, ok.into_bytes()));
    }
    let cut: Vec<Vec<u8>> = kept
        .iter()
        .map(|(_, bytes)| sip::redact::redacted(bytes))
        .collect();
    let text: String = cut
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes))
        .collect();
    assert!(!text.contains(KEY) && !text.contains(OTHER) && text.contains("inline:****"));
    let signals = |answers: bool| {
        let cut = kept.iter().zip(&cut).zip(0..);
        let wanted = cut.filter(move |((kept, _), _)| answers || !kept.0);
        wanted.map(|((kept, cut), time_ns)| Signal {
            sent: kept.0,
            dialog: 0,
            time_ns,
            bytes: cut,
        })
    };
    // Also where our answers were lost in a crash.
    for answers in [true, false] {
        let facts = facts(signals(answers), &siprec::Caller::Unknown);
        let epochs = &facts.streams[0].formats;
        let protected: Vec<bool> = epochs.iter().map(|epoch| epoch.protected).collect();
        assert_eq!(protected, [true, false, true], "answers: {answers}");
    }
}

proptest! {
    /// Whatever the lines hold, the answer has at most one, of the offer's tags, and no key that
    /// was offered.
    #[test]
    fn any_lines_are_answered_with_at_most_one(
        values in proptest::collection::vec(
            prop_oneof![
                "[0-9]{1,3} (AES_CM_128_HMAC_SHA1_80|AEAD_AES_128_GCM|X) inline:[A-Za-z0-9+/=*]{0,60}(\\|2\\^[0-9]{1,4})?(\\|1:[0-9]{1,4})?( WSH=64| KDR=1)?",
                Just(aes(1, KEY)),
                Just(aes(2, OTHER)),
                ".{0,40}",
            ],
            0..6,
        ),
        profile in proptest::sample::select(vec!["RTP/AVP", "RTP/SAVP", "RTP/SAVPF"]),
        required: bool,
    ) {
        let srtp = if required { Srtp::Required } else { Srtp::Optional };
        let mut session = session(srtp);
        let offer = offer(1, &line(profile, &values));
        let Ok(plan) = session.request(&offer) else {
            return Ok(());
        };
        let answer = String::from_utf8(session.answer(&addresses(1)).unwrap()).unwrap();
        let ours = crypto_in(&answer);
        prop_assert_eq!(ours.len(), usize::from(plan.lines[0].protected));
        prop_assert!(!answer.contains(KEY) && !answer.contains(OTHER));
        prop_assert!(plan.lines[0].protected || (!required && profile == "RTP/AVP"));
        if let [ours] = ours[..] {
            let tag = ours.split(' ').next().unwrap();
            let named = |value: &String| value.split_ascii_whitespace().next() == Some(tag);
            prop_assert!(values.iter().any(named));
        }
    }
}

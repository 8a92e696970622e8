//! Keys of SRTP in a session description (RFC 4568): which `a=crypto` line we take, and ours.
//!
//! The first line of a known suite whose keys and parameters we understand is answered with its
//! own tag. Parameters that would leave something unprotected are refused with their line.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::parse::Media;

/// Most keys taken of one line.
const KEYS_MAX: usize = 8;
/// Longest master key identifier, in octets (RFC 4568 section 6.1).
const MKI_OCTETS_MAX: u8 = 128;

/// Whether media may, must or must not be protected with SRTP.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Srtp {
    /// RTP/SAVP is no usable transport, and `a=crypto` says nothing.
    #[default]
    Off,
    /// As offered.
    Optional,
    /// RTP without keys is no usable transport.
    Required,
}

/// A master key with its salt, as signalling carried it.
#[derive(Clone, Eq, PartialEq)]
pub struct MediaKey {
    /// The suite's name, as RFC 4568, RFC 6188 or RFC 7714 has it.
    pub suite: &'static str,
    /// Master key and master salt behind it.
    pub master: Vec<u8>,
    /// Octets of the master key identifier in each packet.
    pub mki_octets: u8,
}

impl MediaKey {
    /// A key as somebody kept it; `None`: of no suite we know, or of another length.
    pub fn kept(name: &str, master: Vec<u8>, mki_octets: u8) -> Option<Self> {
        let (suite, octets) = suite(name)?;
        (master.len() == octets).then_some(Self {
            suite,
            master,
            mki_octets,
        })
    }
}

impl fmt::Debug for MediaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A key is never printed.
        write!(f, "MediaKey({})", self.suite)
    }
}

/// Suites with octets of master key and salt, those we would rather have first.
const SUITES: [(&str, usize); 6] = [
    ("AEAD_AES_256_GCM", 44),
    ("AEAD_AES_128_GCM", 28),
    ("AES_256_CM_HMAC_SHA1_80", 46),
    ("AES_CM_128_HMAC_SHA1_80", 30),
    ("AES_256_CM_HMAC_SHA1_32", 46),
    ("AES_CM_128_HMAC_SHA1_32", 30),
];

/// Names that some equipment uses instead (libsrtp's own among them).
const ALIASES: [(&str, &str); 2] = [
    ("AES_CM_256_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_80"),
    ("AES_CM_256_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_32"),
];

/// A line that can be taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Crypto {
    tag: String,
    /// The suite's name as it was written, so that the answer can repeat it.
    name: String,
    suite: (&'static str, usize),
    /// Their keys; none where redaction has cut them out.
    pub(crate) keys: Vec<MediaKey>,
}

/// A line of ours.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Ours {
    tag: String,
    name: String,
    pub(crate) key: MediaKey,
}

/// The line of an offer to be answered: the first one that we can.
pub(crate) fn chosen(media: &Media) -> Option<Crypto> {
    media.attributes("crypto").find_map(Crypto::parse)
}

/// A suite by any of its names, with its octets of master key and salt.
pub(super) fn suite(name: &str) -> Option<(&'static str, usize)> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    let canonical = alias.map_or(name, |(_, name)| name);
    SUITES
        .iter()
        .find(|(known, _)| *known == canonical)
        .copied()
}

impl Crypto {
    /// `tag suite key-params [session-params]`.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let (tag, name, keys) = (words.next()?, words.next()?, words.next()?);
        let digits = tag.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || tag.len() > 9 || !words.all(is_harmless) {
            return None;
        }
        let suite = suite(name)?;
        let keys: Option<Vec<Option<MediaKey>>> = keys
            .split(';')
            .take(KEYS_MAX)
            .map(|key| key_of(key, suite))
            .collect();
        Some(Self {
            tag: tag.to_owned(),
            name: name.to_owned(),
            suite,
            keys: keys?.into_iter().flatten().collect(),
        })
    }

    /// Our line of the answer. A key of ours that is in use already stays in use.
    pub(crate) fn answer(&self, known: &[Ours], fill: fn(&mut [u8])) -> Ours {
        let in_use = known.iter().find(|ours| ours.key.suite == self.suite.0);
        Ours {
            tag: self.tag.clone(),
            name: self.name.clone(),
            key: in_use.map_or_else(|| fresh(self.suite, fill), |ours| ours.key.clone()),
        }
    }
}

impl Ours {
    /// What we offer: every suite, each with a key of its own.
    pub(crate) fn offer(fill: fn(&mut [u8])) -> Vec<Self> {
        let line = |(tag, suite): (u32, &(&'static str, usize))| Self {
            tag: tag.to_string(),
            name: suite.0.to_owned(),
            key: fresh(*suite, fill),
        };
        (1..).zip(&SUITES).map(line).collect()
    }

    /// Whether a line of theirs answers this one of ours.
    pub(crate) fn is_answered_by(&self, theirs: &Crypto) -> bool {
        self.tag == theirs.tag && self.key.suite == theirs.suite.0
    }

    /// The value of `a=crypto`.
    pub(crate) fn value(&self) -> String {
        let key = BASE64.encode(&self.key.master);
        format!("{} {} inline:{key}", self.tag, self.name)
    }
}

fn fresh(suite: (&'static str, usize), fill: fn(&mut [u8])) -> MediaKey {
    let mut master = vec![0; suite.1];
    fill(&mut master);
    MediaKey {
        suite: suite.0,
        master,
        mki_octets: 0,
    }
}

/// Session parameters (RFC 4568 section 6.3) that change nothing of how packets are read: no
/// re-derivation, a hint for the window, and extensions that say that they may be ignored.
fn is_harmless(parameter: &str) -> bool {
    let hint = parameter.strip_prefix("WSH=");
    parameter == "KDR=0"
        || parameter.starts_with('-')
        || hint.is_some_and(|size| !size.is_empty() && size.bytes().all(|b| b.is_ascii_digit()))
}

/// `inline:key[|lifetime][|MKI:octets]`. `None`: the line is not ours to take;
/// `Some(None)`: the key was cut out before this was journalled.
fn key_of(text: &str, suite: (&'static str, usize)) -> Option<Option<MediaKey>> {
    let (method, text) = text.split_once(':')?;
    if !method.eq_ignore_ascii_case("inline") {
        return None;
    }
    let mut parts = text.split('|');
    let key = parts.next()?;
    let mut mki_octets = 0;
    for part in parts {
        match part.split_once(':') {
            Some((_, octets)) => {
                let octets = octets.parse().ok();
                mki_octets = octets.filter(|octets| (1..=MKI_OCTETS_MAX).contains(octets))?;
            }
            // How long a key may be used is the sender's concern; it is a number or 2^n.
            None => {
                let number = part.strip_prefix("2^").unwrap_or(part);
                if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
            }
        }
    }
    if !key.is_empty() && key.bytes().all(|byte| byte == b'*') {
        return Some(None);
    }
    let master = BASE64.decode(key).ok()?;
    (master.len() == suite.1).then_some(Some(MediaKey {
        suite: suite.0,
        master,
        mki_octets,
    }))
}

/// Some equipment leaves the padding out, or has bits behind the last octet.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0";

    fn taken(value: &str) -> Option<Crypto> {
        Crypto::parse(value)
    }

    fn line(parameters: &str) -> String {
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}{parameters}")
    }

    #[test]
    fn a_line_says_its_suite_and_its_keys() {
        let crypto = taken(&line("|2^20|1:4")).unwrap();
        assert_eq!(crypto.tag, "1");
        let [key] = &crypto.keys[..] else {
            panic!("one key")
        };
        assert_eq!(key.suite, "AES_CM_128_HMAC_SHA1_80");
        assert_eq!(key.master, b"0123456789abcdefghijklmnopqrst");
        assert_eq!(key.mki_octets, 4);
        assert_eq!(format!("{key:?}"), "MediaKey(AES_CM_128_HMAC_SHA1_80)");
        let two = format!("|1:1;inline:{KEY}|2^31|2:1");
        assert_eq!(taken(&line(&two)).unwrap().keys.len(), 2);
    }

    #[test]
    fn siprec_50_lifetimes_of_any_size_are_taken() {
        for lifetime in ["|2^48", "|2^220", "|1048576", "|99999999999999999999999999"] {
            assert!(taken(&line(lifetime)).is_some(), "{lifetime}");
        }
        for lifetime in ["|", "|2^", "|forever", "|-1"] {
            assert!(taken(&line(lifetime)).is_none(), "{lifetime}");
        }
        for identifier in ["|1:0", "|1:129", "|1:", "|1:x", "|1:256"] {
            assert!(taken(&line(identifier)).is_none(), "{identifier}");
        }
    }

    #[test]
    fn siprec_50_parameters_that_unprotect_are_refused() {
        for harmless in [" KDR=0", " WSH=64", " -X-VENDOR=1", " WSH=1024 KDR=0"] {
            assert!(taken(&line(harmless)).is_some(), "{harmless}");
        }
        for parameter in [
            "UNENCRYPTED_SRTP",
            "UNENCRYPTED_SRTCP",
            "UNAUTHENTICATED_SRTP",
            "KDR=1",
            "FEC_ORDER=FEC_SRTP",
            "FEC_KEY=inline:x",
            "WSH=x",
            "UNKNOWN",
        ] {
            let parameters = format!(" WSH=64 {parameter}");
            assert!(taken(&line(&parameters)).is_none(), "{parameter}");
        }
    }

    #[test]
    fn names_lengths_and_padding_are_what_equipment_sends() {
        let alias = "7 AES_CM_256_HMAC_SHA1_80 inline:";
        let long = BASE64.encode([7; 46]);
        let crypto = taken(&format!("{alias}{long}")).unwrap();
        assert_eq!(crypto.keys[0].suite, "AES_256_CM_HMAC_SHA1_80");
        let ours = crypto.answer(&[], |octets| octets.fill(1));
        assert!(ours.value().starts_with(alias), "named as they name it");
        let unpadded = long.trim_end_matches('=');
        assert_ne!(unpadded, long);
        assert!(taken(&format!("{alias}{unpadded}")).is_some());
        for wrong in [
            "F8_128_HMAC_SHA1_80 inline:MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0",
            "AES_CM_128_HMAC_SHA1_80 inline:MDEy",
            "AES_CM_128_HMAC_SHA1_80 inline:",
            "AES_CM_128_HMAC_SHA1_80 uri:x",
            "AES_CM_128_HMAC_SHA1_80",
        ] {
            assert!(taken(&format!("1 {wrong}")).is_none(), "{wrong}");
        }
        assert!(taken(&format!("x AES_CM_128_HMAC_SHA1_80 inline:{KEY}")).is_none());
    }

    #[test]
    fn a_key_that_was_cut_out_is_no_key_but_a_line() {
        let cut = taken("1 AES_CM_128_HMAC_SHA1_80 inline:****|2^20").unwrap();
        assert!(cut.keys.is_empty());
    }
}

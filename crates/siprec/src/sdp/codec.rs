//! Formats of an m-line: what a payload type stands for, and which of them we take.

use super::parse::Media;
use crate::Format;

/// A format and its `a=rtpmap` as it was written, so that the answer can repeat it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Codec {
    pub(crate) format: Format,
    pub(crate) rtpmap: Option<String>,
}

/// Payload types with a fixed meaning (RFC 3551 section 6; 19 is comfort noise before that).
const STATIC: [(u8, &str, u32, u8); 21] = [
    (0, "PCMU", 8_000, 1),
    // Reserved by now, but RFC 1890 gave it this name, and equipment uses it.
    (2, "G721", 8_000, 1),
    (3, "GSM", 8_000, 1),
    (4, "G723", 8_000, 1),
    (5, "DVI4", 8_000, 1),
    (6, "DVI4", 16_000, 1),
    (7, "LPC", 8_000, 1),
    (8, "PCMA", 8_000, 1),
    (9, "G722", 8_000, 1),
    (10, "L16", 44_100, 2),
    (11, "L16", 44_100, 1),
    (12, "QCELP", 8_000, 1),
    (13, "CN", 8_000, 1),
    (14, "MPA", 90_000, 1),
    (15, "G728", 8_000, 1),
    (16, "DVI4", 11_025, 1),
    (17, "DVI4", 22_050, 1),
    (18, "G729", 8_000, 1),
    (19, "CN", 8_000, 1),
    (26, "JPEG", 90_000, 1),
    (31, "H261", 90_000, 1),
];

/// The RTP formats of an m-line in order, each payload type once.
pub(crate) fn codecs(media: &Media) -> Vec<Codec> {
    let mut codecs: Vec<Codec> = Vec::new();
    for word in &media.formats {
        let Ok(payload_type @ 0..=127) = word.parse::<u8>() else {
            continue;
        };
        if codecs
            .iter()
            .all(|codec| codec.format.payload_type != payload_type)
        {
            codecs.push(codec(media, payload_type));
        }
    }
    codecs
}

/// What our answer takes of an offered line: every speech format we can decode, with telephone
/// events and comfort noise as offered; without any such format, all as offered, because a
/// call we cannot decode yet is recorded all the same.
pub(crate) fn accepted(media: &Media) -> Vec<Codec> {
    let mut codecs = codecs(media);
    if codecs.iter().any(|codec| is_decodable(&codec.format)) {
        codecs.retain(|codec| is_decodable(&codec.format) || is_companion(&codec.format));
    }
    codecs
}

/// What we offer when asked to (RFC 3264 section 5): everything we can decode that has a name of
/// its own, best first for a recording of a telephone, and telephone events (RFC 4733).
pub(crate) fn offered_by_us() -> Vec<Codec> {
    let dynamic = [
        (96, "opus", 48_000, 2, ""),
        (97, "G726-32", 8_000, 1, ""),
        (98, "L16", 16_000, 1, ""),
        (99, "L16", 8_000, 1, ""),
        (101, "telephone-event", 8_000, 1, "0-16"),
        (102, "telephone-event", 48_000, 1, "0-16"),
    ];
    let fixed = [0, 8, 9, 18, 13].map(|payload_type| Codec {
        format: fixed(payload_type),
        rtpmap: None,
    });
    let named = dynamic.map(|(payload_type, name, clock_rate, channels, fmtp)| {
        let format = Format {
            payload_type,
            encoding: name.to_ascii_uppercase(),
            clock_rate,
            channels,
            fmtp: fmtp.into(),
        };
        let plain = format!("{name}/{clock_rate}");
        let rtpmap = match channels {
            1 => plain,
            many => format!("{plain}/{many}"),
        };
        Codec {
            format,
            rtpmap: Some(rtpmap),
        }
    });
    fixed.into_iter().chain(named).collect()
}

impl Codec {
    /// The text of its `a=rtpmap`, as offered or as RFC 3551 has it; `None` when unknown.
    pub(crate) fn rtpmap(&self) -> Option<String> {
        let format = &self.format;
        self.rtpmap.clone().or_else(|| {
            let known = !format.encoding.is_empty();
            known.then(|| match format.channels {
                0 | 1 => format!("{}/{}", format.encoding, format.clock_rate),
                many => format!("{}/{}/{many}", format.encoding, format.clock_rate),
            })
        })
    }
}

/// Rates of linear samples (RFC 3551 section 4.5.11).
const LINEAR_RATES: [u32; 8] = [
    8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
];

/// Whether finalising turns it into sound: the same formats as `media::Sort` knows, which a test
/// of `finalise` compares.
fn is_decodable(format: &Format) -> bool {
    match (format.encoding.as_str(), format.clock_rate, format.channels) {
        (
            "PCMU" | "PCMA" | "G722" | "G721" | "G726-32" | "AAL2-G726-32" | "G729" | "G729A"
            | "G729B" | "G729AB",
            8_000,
            1,
        )
        | ("OPUS", 48_000, 1 | 2) => true,
        ("L16", rate, 1 | 2) => LINEAR_RATES.contains(&rate),
        _ => false,
    }
}

/// Formats that go along with speech: DTMF (RFC 4733) and comfort noise (RFC 3389).
fn is_companion(format: &Format) -> bool {
    matches!(format.encoding.as_str(), "CN" | "TELEPHONE-EVENT")
}

fn codec(media: &Media, payload_type: u8) -> Codec {
    let mut format = fixed(payload_type);
    let rtpmap = attribute(media, "rtpmap", payload_type);
    if let Some(text) = rtpmap {
        let mut parts = text.split('/').map(str::trim);
        let encoding = parts.next().unwrap_or_default().to_ascii_uppercase();
        if encoding != format.encoding {
            format.clock_rate = 0;
        }
        format.encoding = encoding;
        if let Some(clock) = parts.next().and_then(|clock| clock.parse().ok()) {
            format.clock_rate = clock;
        }
        format.channels = parts
            .next()
            .and_then(|many| many.parse().ok())
            .unwrap_or(1)
            .max(1);
    }
    format.fmtp = attribute(media, "fmtp", payload_type)
        .unwrap_or_default()
        .to_owned();
    Codec {
        format,
        rtpmap: rtpmap.map(str::to_owned),
    }
}

/// The value of `a=name:PT value` for one payload type.
fn attribute<'a>(media: &'a Media, name: &'a str, payload_type: u8) -> Option<&'a str> {
    media.attributes(name).find_map(|value| {
        let (number, rest) = value.split_once(|c: char| c.is_ascii_whitespace())?;
        (number.parse() == Ok(payload_type)).then(|| rest.trim())
    })
}

fn fixed(payload_type: u8) -> Format {
    let found = STATIC.iter().find(|row| row.0 == payload_type);
    let (_, encoding, clock_rate, channels) = found.copied().unwrap_or((0, "", 0, 1));
    Format {
        payload_type,
        encoding: encoding.into(),
        clock_rate,
        channels,
        fmtp: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn taken(section: &str) -> Vec<(u8, String, u32)> {
        let description = parse(format!("v=0\r\n{section}").as_bytes()).unwrap();
        let codecs = accepted(&description.media[0]);
        codecs
            .into_iter()
            .map(|codec| codec.format)
            .map(|format| (format.payload_type, format.encoding, format.clock_rate))
            .collect()
    }

    #[test]
    fn keeps_every_decodable_codec_with_its_companions() {
        let section = "m=audio 9 RTP/AVP 18 8 96 97 98 99 0 9 2 3 101 102 13\r\n\
            a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 iLBC/8000\r\na=rtpmap:98 L16/16000/2\r\n\
            a=rtpmap:99 AAL2-G726-32/8000\r\n\
            a=rtpmap:101 telephone-event/8000\r\na=rtpmap:102 telephone-event/16000\r\n";
        assert_eq!(
            taken(section),
            [
                (18, "G729".into(), 8_000),
                (8, "PCMA".into(), 8_000),
                (96, "OPUS".into(), 48_000),
                (98, "L16".into(), 16_000),
                (99, "AAL2-G726-32".into(), 8_000),
                (0, "PCMU".into(), 8_000),
                (9, "G722".into(), 8_000),
                (2, "G721".into(), 8_000),
                (101, "TELEPHONE-EVENT".into(), 8_000),
                (102, "TELEPHONE-EVENT".into(), 16_000),
                (13, "CN".into(), 8_000),
            ]
        );
    }

    #[test]
    fn without_a_decodable_codec_takes_all_as_offered() {
        let section = "m=audio 9 RTP/AVP 4 97 101\r\na=rtpmap:101 telephone-event/8000\r\n";
        let taken = taken(section);
        assert_eq!(taken.len(), 3);
        assert_eq!(taken[1], (97, String::new(), 0));
    }

    #[test]
    fn what_we_offer_is_what_we_take() {
        for codec in offered_by_us() {
            let format = &codec.format;
            assert!(is_decodable(format) || is_companion(format), "{format:?}");
        }
    }

    #[test]
    fn sixteen_kilohertz_g711_is_not_what_we_decode() {
        let section = "m=audio 9 RTP/AVP 97 0\r\na=rtpmap:97 PCMU/16000\r\n";
        assert_eq!(taken(section), [(0, "PCMU".into(), 8_000)]);
        let stereo = "m=audio 9 RTP/AVP 97 8\r\na=rtpmap:97 PCMA/8000/2\r\n";
        assert_eq!(taken(stereo), [(8, "PCMA".into(), 8_000)]);
    }
}

//! The vectors of the RFCs, whose keys are those of a session.

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(octet).collect()
}

fn counter(key: &str, salt: &str) -> Counter {
    Counter {
        aes: Aes::new(&hex(key)).unwrap(),
        salt: hex(salt).try_into().unwrap(),
    }
}

/// The first blocks of a key stream, and those at block 0xfeff.
fn check_stream(key: &str, first: &str, later: &str) {
    let cipher = counter(key, "f0f1f2f3f4f5f6f7f8f9fafbfcfd");
    let initial = cipher.initial(Place { ssrc: 0, index: 0 });
    for (block, expected) in [(0, first), (0xfeff, later)] {
        let mut stream = vec![0; 48];
        cipher.apply(initial + block, &mut stream);
        assert_eq!(stream, hex(expected));
    }
}

#[test]
fn rfc_3711_b_2_key_stream_of_aes_128() {
    check_stream(
        "2b7e151628aed2a6abf7158809cf4f3c",
        "e03ead0935c95e80e166b16dd92b4eb4 d23513162b02d0f72a43a2fe4a5f97ab
         41e95b3bb0a2e8dd477901e4fca894c0",
        "ec8cdf7398607cb0f2d21675ea9ea1e4 362b7c3c6773516318a077d7fc5073ae
         6a2cc3787889374fbeb4c81b17ba6c44",
    );
}

#[test]
fn rfc_6188_7_1_key_stream_of_aes_256() {
    check_stream(
        "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
        "92bdd28a93c3f52511c677d08b5515a4 9da71b2378a854f67050756ded165bac
         63c4868b7096d88421b563b8c94c9a31",
        "cea518c90fd91ced9cbb18c078a54711 3dbc4814f4da5f00a08772b63c6a046d
         6eb246913062a16891433e97dd01a57f",
    );
}

/// The session keys of RTP, and the beginning of a long authentication key.
fn check_keys(master: &str, salt: &str, cipher: &str, salting: &str, authentication: &str) {
    let derivation = counter(master, salt);
    let octets = master.len() / 2;
    assert_eq!(derivation.derived(0, octets), hex(cipher));
    assert_eq!(derivation.derived(2, SALT_OCTETS), hex(salting));
    let authentication = hex(authentication);
    assert_eq!(derivation.derived(1, authentication.len()), authentication);
}

#[test]
fn rfc_3711_b_3_keys_of_a_session() {
    check_keys(
        "e1f97a0d3e018be0d64fa32c06de4139",
        "0ec675ad498afeebb6960b3aabe6",
        "c61e7a93744f39ee10734afe3ff7a087",
        "30cbbc08863d8c85d49db34a9ae1",
        "cebe321f6ff7716b6fd4ab49af256a15 6d38baa48f0a0acf3c34e2359e6cdbce
         e049646c43d9327ad175578ef7227098 6371c10c9a369ac2f94a8c5fbcdddc25
         6d6e919a48b610ef17c2041e47403576 6b68642c59bbfc2f34db60dbdfb2",
    );
}

#[test]
fn rfc_6188_7_2_keys_of_a_session() {
    check_keys(
        "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
        "3b04803de51ee7c96423ab5b78d2",
        "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
        "fa31791685ca444a9e07c6c64e93",
        "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
    );
}

const SALT: &str = "51756964 2070726f 2071756f";
const KEYS: [&str; 2] = [
    "000102030405060708090a0b0c0d0e0f",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
];
const RTP: &str = "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
    69736120 696e2070 61727465 73207472 6573";
const RTCP: &str = "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
    deadbeef deadbeef deadbeef deadbeef deadbeef";

fn gcm(suite: Suite, kind: Kind) -> Transform {
    let key = KEYS[usize::from(suite == Suite::AesGcm256)];
    let session = Session {
        key: &hex(key),
        salt: &hex(SALT),
        authentication: &[],
    };
    Transform::new(suite, kind, &session).unwrap()
}

fn check_gcm(suite: Suite, kind: Kind, place: Place, trailer: &str, expected: &str) {
    let (plain, header) = match kind {
        Kind::Rtp => (hex(RTP), 12),
        Kind::Rtcp => (hex(RTCP), 8),
    };
    let (transform, trailer) = (gcm(suite, kind), hex(trailer));
    let rtcp = kind == Kind::Rtcp;
    let mut sealed = plain.clone();
    let nonce = NonceOf {
        rtcp,
        trailer: &trailer,
    };
    transform.seal(header, place, nonce, &mut sealed);
    assert_eq!(sealed[header..], hex(expected), "{suite:?} {kind:?}");
    let parts = Parts {
        header: &sealed[..header],
        sealed: &sealed[header..],
        tag: &[],
        context: None,
        index_field: &trailer,
        rtcp,
        encrypted: true,
    };
    let mut opened = Vec::new();
    assert!(transform.open(&parts, place, &trailer, &mut opened));
    assert_eq!(opened, plain);
}

#[test]
fn rfc_7714_16_rtp_of_gcm() {
    let place = Place {
        ssrc: 0x5501_a0b2,
        index: 0xf17b,
    };
    check_gcm(
        Suite::AesGcm128,
        Kind::Rtp,
        place,
        "",
        "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf
         8833899d 7f27beb1 6a9152cf 765ee439 0cce",
    );
    check_gcm(
        Suite::AesGcm256,
        Kind::Rtp,
        place,
        "",
        "32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799
         b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
    );
}

#[test]
fn rfc_7714_17_rtcp_of_gcm() {
    let place = Place {
        ssrc: 0x4d61_7273,
        index: 0x5d4,
    };
    check_gcm(
        Suite::AesGcm128,
        Kind::Rtcp,
        place,
        "800005d4",
        "63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46
         86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade",
    );
    check_gcm(
        Suite::AesGcm256,
        Kind::Rtcp,
        place,
        "800005d4",
        "d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658
         c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be",
    );
}

#[test]
fn a_master_key_of_another_length_is_refused() {
    for suite in Suite::ALL {
        let octets = suite.master_octets();
        for wrong in [0, 1, octets - 1, octets + 1] {
            let master = vec![7; wrong];
            assert!(Transform::derive(suite, &master, Kind::Rtp).is_err());
        }
        assert!(Transform::derive(suite, &vec![7; octets], Kind::Rtcp).is_ok());
        assert_eq!(Suite::from_name(suite.name()), Some(suite));
    }
    assert_eq!(Suite::from_name("F8_128_HMAC_SHA1_80"), None);
}

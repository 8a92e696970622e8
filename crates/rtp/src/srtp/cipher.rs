//! Session keys and the two ways of encrypting: AES in counter mode with HMAC-SHA1 beside it,
//! and AES-GCM.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256, Block};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;

use super::{KeyLength, Kind, Suite};

/// Octets of a session salt as counter mode has it; GCM's is two shorter.
const SALT_OCTETS: usize = 14;
/// Octets of the authentication key (RFC 3711 section 8.2).
const AUTHENTICATION_KEY_OCTETS: usize = 20;
/// Octets of a tag of GCM (RFC 7714 section 13).
const GCM_TAG_OCTETS: usize = 16;
/// Blocks of key stream made at once.
const BLOCKS: usize = 8;

/// Where a packet stands in its stream: what makes its key stream unlike any other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) ssrc: u32,
    /// RTP: rollover counter and sequence number, 48 bits. RTCP: the index, 31 bits.
    pub(super) index: u64,
}

/// Session keys for RTP or for RTCP.
pub(super) enum Transform {
    Counter {
        cipher: Box<Counter>,
        authentication: hmac::Key,
        tag_octets: usize,
    },
    Gcm(Box<(LessSafeKey, [u8; SALT_OCTETS])>),
}

/// AES in counter mode (RFC 3711 section 4.1.1, RFC 6188).
pub(super) struct Counter {
    aes: Aes,
    salt: [u8; SALT_OCTETS],
}

enum Aes {
    Short(Aes128),
    Long(Aes256),
}

/// The keys of one kind of packet; GCM has no use for the last.
struct Session<'a> {
    key: &'a [u8],
    salt: &'a [u8],
    authentication: &'a [u8],
}

impl Transform {
    /// Derives the session keys of one kind (RFC 3711 section 4.3).
    pub(super) fn derive(suite: Suite, master: &[u8], kind: Kind) -> Result<Self, KeyLength> {
        let (key, salt) = master
            .split_at_checked(suite.key_octets())
            .filter(|(_, salt)| salt.len() == suite.salt_octets())
            .ok_or(KeyLength)?;
        let mut padded = [0; SALT_OCTETS];
        // GCM's shorter salt is filled up with zeros (RFC 7714 section 11).
        for (octet, salt) in padded.iter_mut().zip(salt) {
            *octet = *salt;
        }
        let derivation = Counter {
            aes: Aes::new(key)?,
            salt: padded,
        };
        // The labels of RFC 3711 section 4.3.2.
        let (encryption, authentication, salting) = match kind {
            Kind::Rtp => (0, 1, 2),
            Kind::Rtcp => (3, 4, 5),
        };
        let session = Session {
            key: &derivation.derived(encryption, suite.key_octets()),
            salt: &derivation.derived(salting, suite.salt_octets()),
            authentication: &derivation.derived(authentication, AUTHENTICATION_KEY_OCTETS),
        };
        Self::new(suite, kind, &session)
    }

    /// From the session keys themselves.
    fn new(suite: Suite, kind: Kind, session: &Session<'_>) -> Result<Self, KeyLength> {
        let mut salt = [0; SALT_OCTETS];
        for (octet, known) in salt.iter_mut().zip(session.salt) {
            *octet = *known;
        }
        if suite.is_gcm() {
            let algorithm = if session.key.len() == 16 {
                &AES_128_GCM
            } else {
                &AES_256_GCM
            };
            let key = UnboundKey::new(algorithm, session.key).map_err(|_length| KeyLength)?;
            return Ok(Self::Gcm(Box::new((LessSafeKey::new(key), salt))));
        }
        let algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
        Ok(Self::Counter {
            cipher: Box::new(Counter {
                aes: Aes::new(session.key)?,
                salt,
            }),
            authentication: hmac::Key::new(algorithm, session.authentication),
            tag_octets: suite.tag_octets(kind),
        })
    }

    /// The tag of what was authenticated, up to what differs between guesses.
    pub(super) fn begin(&self, authenticated: &[u8]) -> Option<hmac::Context> {
        match self {
            Self::Counter { authentication, .. } => {
                let mut context = hmac::Context::with_key(authentication);
                context.update(authenticated);
                Some(context)
            }
            Self::Gcm(_) => None,
        }
    }

    /// Opens `sealed` behind `header` into `out`; false when it is not authentic. `trailer` is
    /// what is authenticated behind the packet: the rollover counter or the RTCP index.
    pub(super) fn open(
        &self,
        parts: &Parts<'_>,
        place: Place,
        trailer: &[u8],
        out: &mut Vec<u8>,
    ) -> bool {
        match self {
            Self::Counter {
                cipher, tag_octets, ..
            } => {
                let Some(mut context) = parts.context.clone() else {
                    return false;
                };
                context.update(trailer);
                if !same(context.sign().as_ref().get(..*tag_octets), parts.tag) {
                    return false;
                }
                parts.copy(out);
                if parts.encrypted
                    && let Some(body) = out.get_mut(parts.header.len()..)
                {
                    cipher.apply(cipher.initial(place), body);
                }
                true
            }
            Self::Gcm(inner) => open_gcm(&inner.0, gcm_nonce(&inner.1, place, parts), parts, out),
        }
    }

    /// Encrypts what stands in `out` behind `header` octets, and appends GCM's tag.
    pub(super) fn seal(&self, header: usize, place: Place, nonce: NonceOf<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Counter { cipher, .. } => {
                if let Some(body) = out.get_mut(header..) {
                    cipher.apply(cipher.initial(place), body);
                }
            }
            Self::Gcm(inner) => {
                let header = header.min(out.len());
                let (clear, body) = out.split_at_mut(header);
                let mut aad = clear.to_vec();
                aad.extend_from_slice(nonce.trailer);
                let nonce = nonce_octets(&inner.1, place, nonce.rtcp);
                let nonce = Nonce::assume_unique_for_key(nonce);
                let tag = inner
                    .0
                    .seal_in_place_separate_tag(nonce, Aad::from(aad), body);
                // Fails only beyond 64 GiB, which is no packet.
                if let Ok(tag) = tag {
                    out.extend_from_slice(tag.as_ref());
                }
            }
        }
    }

    /// Appends the tag over all of `out` and `trailer`; nothing in GCM.
    pub(super) fn sign(&self, trailer: &[u8], out: &mut Vec<u8>) {
        let Self::Counter { tag_octets, .. } = self else {
            return;
        };
        if let Some(mut context) = self.begin(out) {
            context.update(trailer);
            let tag = context.sign();
            out.extend_from_slice(tag.as_ref().get(..*tag_octets).unwrap_or_default());
        }
    }
}

/// What a nonce of GCM and its authenticated data take besides the place.
#[derive(Clone, Copy)]
pub(super) struct NonceOf<'a> {
    pub(super) rtcp: bool,
    /// Authenticated behind the header: nothing, or the RTCP index.
    pub(super) trailer: &'a [u8],
}

/// A protected packet taken apart.
pub(super) struct Parts<'a> {
    pub(super) header: &'a [u8],
    /// The ciphertext; in GCM with its tag.
    pub(super) sealed: &'a [u8],
    /// Counter mode's tag.
    pub(super) tag: &'a [u8],
    /// Counter mode's tag in the making.
    pub(super) context: Option<hmac::Context>,
    /// Authenticated in GCM behind the header: nothing, or the RTCP index.
    pub(super) index_field: &'a [u8],
    pub(super) rtcp: bool,
    pub(super) encrypted: bool,
}

impl Parts<'_> {
    fn copy(&self, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(self.header);
        out.extend_from_slice(self.sealed);
    }
}

fn gcm_nonce(salt: &[u8; SALT_OCTETS], place: Place, parts: &Parts<'_>) -> Nonce {
    Nonce::assume_unique_for_key(nonce_octets(salt, place, parts.rtcp))
}

fn open_gcm(key: &LessSafeKey, nonce: Nonce, parts: &Parts<'_>, out: &mut Vec<u8>) -> bool {
    parts.copy(out);
    if !parts.encrypted {
        // All but the tag is authenticated and nothing encrypted (RFC 7714 section 9.3).
        let Some(clear) = out.len().checked_sub(GCM_TAG_OCTETS) else {
            return false;
        };
        let mut tag = out.split_off(clear);
        let mut aad = out.clone();
        aad.extend_from_slice(parts.index_field);
        return key.open_in_place(nonce, Aad::from(aad), &mut tag).is_ok();
    }
    let mut aad = parts.header.to_vec();
    aad.extend_from_slice(parts.index_field);
    let header = parts.header.len();
    let Some(body) = out.get_mut(header..) else {
        return false;
    };
    let Ok(plain) = key.open_in_place(nonce, Aad::from(aad), body) else {
        return false;
    };
    let octets = header.saturating_add(plain.len());
    out.truncate(octets);
    true
}

/// RFC 7714 section 8.1 and 9.1: two zeros, the source, the index on the right.
fn nonce_octets(salt: &[u8; SALT_OCTETS], place: Place, rtcp: bool) -> [u8; 12] {
    let [s0, s1, s2, s3] = place.ssrc.to_be_bytes();
    let [_, _, i0, i1, i2, i3, i4, i5] = place.index.to_be_bytes();
    let mut nonce = [0, 0, s0, s1, s2, s3, i0, i1, i2, i3, i4, i5];
    if rtcp {
        // 31 bits, in the last four octets: the two before them are zero already.
        debug_assert_eq!((i0, i1), (0, 0));
    }
    for (octet, salt) in nonce.iter_mut().zip(salt) {
        *octet ^= salt;
    }
    nonce
}

impl Aes {
    fn new(key: &[u8]) -> Result<Self, KeyLength> {
        match key.len() {
            16 => Aes128::new_from_slice(key).map(Self::Short),
            _ => Aes256::new_from_slice(key).map(Self::Long),
        }
        .map_err(|_length| KeyLength)
    }

    fn encrypt(&self, blocks: &mut [Block]) {
        match self {
            Self::Short(aes) => aes.encrypt_blocks(blocks),
            Self::Long(aes) => aes.encrypt_blocks(blocks),
        }
    }
}

impl Counter {
    /// Key material for one label (RFC 3711 section 4.3.1 with a derivation rate of 0).
    fn derived(&self, label: u8, octets: usize) -> Vec<u8> {
        let mut initial = [0; 16];
        for (octet, salt) in initial.iter_mut().zip(self.salt) {
            *octet = salt;
        }
        initial[7] ^= label;
        let mut material = vec![0; octets];
        self.apply(u128::from_be_bytes(initial), &mut material);
        material
    }

    /// The counter of a packet's first block (RFC 3711 section 4.1.1).
    fn initial(&self, place: Place) -> u128 {
        let mut salt = [0; 16];
        for (octet, known) in salt.iter_mut().zip(self.salt) {
            *octet = known;
        }
        let ssrc = u128::from(place.ssrc) << 64;
        u128::from_be_bytes(salt) ^ ssrc ^ (u128::from(place.index) << 16)
    }

    /// Lays the key stream over `octets`.
    fn apply(&self, initial: u128, octets: &mut [u8]) {
        let mut counter = initial;
        for octets in octets.chunks_mut(16 * BLOCKS) {
            let mut stream = [Block::default(); BLOCKS];
            let needed = octets.len().div_ceil(16);
            for block in stream.iter_mut().take(needed) {
                *block = counter.to_be_bytes().into();
                counter = counter.wrapping_add(1);
            }
            self.aes
                .encrypt(stream.get_mut(..needed).unwrap_or_default());
            let stream = stream.iter().flatten();
            for (octet, mask) in octets.iter_mut().zip(stream) {
                *octet ^= mask;
            }
        }
    }
}

/// Compares in a time that depends on the lengths alone.
fn same(ours: Option<&[u8]>, theirs: &[u8]) -> bool {
    let Some(ours) = ours.filter(|ours| ours.len() == theirs.len() && !ours.is_empty()) else {
        return false;
    };
    let pairs = ours.iter().zip(theirs);
    pairs.fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

#[cfg(test)]
mod tests;

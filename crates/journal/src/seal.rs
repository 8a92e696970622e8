//! The seal on media keys: nothing that is written to a disk holds one in the clear.
//!
//! AES-256-GCM with the node's key. What is sealed opens only for the session and the stream it
//! was sealed for. The node's key itself is the binary's to keep; it is never printed.

use std::fmt;
use std::sync::Arc;

use model::SessionId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// Octets of the node's key.
pub const SEAL_KEY_OCTETS: usize = 32;
/// Octets of a nonce, which must never be used twice: they are drawn at random.
pub const SEAL_NONCE_OCTETS: usize = 12;

/// The node's key, ready to seal and to open. Cheap to clone.
#[derive(Clone)]
pub struct Seal(Arc<LessSafeKey>);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// The seal of a node's key.
    ///
    /// # Panics
    /// Never: the length of the key is that of the cipher.
    #[must_use]
    pub fn new(key: &[u8; SEAL_KEY_OCTETS]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("the key has the cipher's length");
        Self(Arc::new(LessSafeKey::new(key)))
    }

    /// Seals a stream's secret; `nonce` are random octets, used once.
    #[must_use]
    pub fn seal(
        &self,
        session: SessionId,
        stream: u16,
        nonce: [u8; SEAL_NONCE_OCTETS],
        secret: &[u8],
    ) -> Vec<u8> {
        let mut sealed = nonce.to_vec();
        let mut body = secret.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let about = Aad::from(about(session, stream));
        // Fails only beyond 64 GiB; what does not open later is a key that is missing.
        if let Ok(tag) = self.0.seal_in_place_separate_tag(nonce, about, &mut body) {
            sealed.extend_from_slice(&body);
            sealed.extend_from_slice(tag.as_ref());
        }
        sealed
    }

    /// The secret again; `None` when it was sealed with another key, for another session or
    /// stream, or is damaged.
    #[must_use]
    pub fn open(&self, session: SessionId, stream: u16, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.split_first_chunk::<SEAL_NONCE_OCTETS>()?;
        let mut body = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let about = Aad::from(about(session, stream));
        let secret = self.0.open_in_place(nonce, about, &mut body).ok()?;
        Some(secret.to_vec())
    }
}

/// What a sealed secret belongs to.
fn about(session: SessionId, stream: u16) -> Vec<u8> {
    let mut about = session.to_bytes().to_vec();
    about.extend_from_slice(&stream.to_le_bytes());
    about
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_where_it_belongs() {
        let (seal, other) = (Seal::new(&[1; 32]), Seal::new(&[2; 32]));
        let session = SessionId::mint(1, [1; 10]);
        let stranger = SessionId::mint(1, [2; 10]);
        let secret = b"sixteen octets and a salt";
        let sealed = seal.seal(session, 3, [9; 12], secret);
        assert!(!sealed.windows(8).any(|part| part == &secret[..8]));
        assert_eq!(seal.open(session, 3, &sealed).as_deref(), Some(&secret[..]));
        assert_eq!(seal.open(session, 4, &sealed), None);
        assert_eq!(seal.open(stranger, 3, &sealed), None);
        assert_eq!(other.open(session, 3, &sealed), None);
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(seal.open(session, 3, &damaged), None);
            assert_eq!(seal.open(session, 3, &sealed[..at]), None);
        }
        assert_eq!(format!("{seal:?}"), "Seal");
    }
}

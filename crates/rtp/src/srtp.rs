//! SRTP and SRTCP (RFC 3711, RFC 6188, RFC 7714) with keys that signalling carried (RFC 4568).
//!
//! [`Unprotect`] opens what one sender protected with one master key: whatever is not its work,
//! or came before, is an [`Error`]; what it returns as plain is what the sender encrypted. Its
//! state moves only after a packet has proved genuine. [`Protect`] is the other direction.
//! Never here: where keys come from, and what to do about a packet that does not open.

mod cipher;
mod protect;
mod unprotect;

pub use protect::Protect;
pub use unprotect::Unprotect;

use cipher::Transform;

/// How packets are encrypted and authenticated, by its name in RFC 4568, RFC 6188 or RFC 7714.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80`
    AesCm128Sha1Tag80,
    /// `AES_CM_128_HMAC_SHA1_32`; SRTCP has tags of 80 bits all the same.
    AesCm128Sha1Tag32,
    /// `AES_256_CM_HMAC_SHA1_80`
    AesCm256Sha1Tag80,
    /// `AES_256_CM_HMAC_SHA1_32`; SRTCP has tags of 80 bits all the same.
    AesCm256Sha1Tag32,
    /// `AEAD_AES_128_GCM`
    AesGcm128,
    /// `AEAD_AES_256_GCM`
    AesGcm256,
}

impl Suite {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::AesCm128Sha1Tag80,
        Self::AesCm128Sha1Tag32,
        Self::AesCm256Sha1Tag80,
        Self::AesCm256Sha1Tag32,
        Self::AesGcm128,
        Self::AesGcm256,
    ];

    /// The name in an `a=crypto` line.
    pub fn name(self) -> &'static str {
        match self {
            Self::AesCm128Sha1Tag80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128Sha1Tag32 => "AES_CM_128_HMAC_SHA1_32",
            Self::AesCm256Sha1Tag80 => "AES_256_CM_HMAC_SHA1_80",
            Self::AesCm256Sha1Tag32 => "AES_256_CM_HMAC_SHA1_32",
            Self::AesGcm128 => "AEAD_AES_128_GCM",
            Self::AesGcm256 => "AEAD_AES_256_GCM",
        }
    }

    /// The suite of a name as [`Suite::name`] writes it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }

    /// Octets of the master key.
    pub fn key_octets(self) -> usize {
        match self {
            Self::AesCm128Sha1Tag80 | Self::AesCm128Sha1Tag32 | Self::AesGcm128 => 16,
            Self::AesCm256Sha1Tag80 | Self::AesCm256Sha1Tag32 | Self::AesGcm256 => 32,
        }
    }

    /// Octets of the master salt, which follows the key.
    pub fn salt_octets(self) -> usize {
        if self.is_gcm() { 12 } else { 14 }
    }

    /// Octets of master key and master salt together.
    pub fn master_octets(self) -> usize {
        self.key_octets().saturating_add(self.salt_octets())
    }

    fn is_gcm(self) -> bool {
        matches!(self, Self::AesGcm128 | Self::AesGcm256)
    }

    /// Octets of the tag behind a packet; GCM has its tag inside the ciphertext.
    fn tag_octets(self, kind: Kind) -> usize {
        match (self, kind) {
            (Self::AesGcm128 | Self::AesGcm256, _) => 0,
            (Self::AesCm128Sha1Tag32 | Self::AesCm256Sha1Tag32, Kind::Rtp) => 4,
            _ => 10,
        }
    }
}

/// The two keep keys of their own (RFC 3711 section 4.3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Rtp,
    Rtcp,
}

/// Why a packet was not opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// Too short, or its header goes past its end, or it is of another version.
    #[error("no SRTP packet")]
    Malformed,
    /// Not made with this key, or changed on its way.
    #[error("not authentic")]
    NotAuthentic,
    /// It came before, or is too old to tell.
    #[error("replayed")]
    Replayed,
}

/// The master key has another length than its suite wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the master key has a wrong length")]
pub struct KeyLength;

/// Octets of an RTP packet's header with its list of sources and its extension, which are not
/// encrypted (RFC 3711 section 3.1), its sequence number and its source.
fn rtp_header(packet: &[u8]) -> Result<(usize, u16, u32), Error> {
    let (&[first, _, s0, s1, _, _, _, _, c0, c1, c2, c3], rest) =
        packet.split_first_chunk::<12>().ok_or(Error::Malformed)?;
    if first >> 6 != 2 {
        return Err(Error::Malformed);
    }
    let sources = usize::from(first & 0x0f).saturating_mul(4);
    let mut octets = sources.saturating_add(12);
    if first & 0x10 != 0 {
        let extension = rest.get(sources..).and_then(<[u8]>::first_chunk::<4>);
        let &[_, _, high, low] = extension.ok_or(Error::Malformed)?;
        let words = usize::from(u16::from_be_bytes([high, low]));
        octets = octets
            .saturating_add(4)
            .saturating_add(words.saturating_mul(4));
    }
    if octets > packet.len() {
        return Err(Error::Malformed);
    }
    let sequence = u16::from_be_bytes([s0, s1]);
    Ok((octets, sequence, u32::from_be_bytes([c0, c1, c2, c3])))
}

/// The source of an RTCP packet; its first eight octets are not encrypted.
fn rtcp_source(packet: &[u8]) -> Result<u32, Error> {
    let &[first, _, _, _, c0, c1, c2, c3] = packet.first_chunk::<8>().ok_or(Error::Malformed)?;
    if first >> 6 != 2 {
        return Err(Error::Malformed);
    }
    Ok(u32::from_be_bytes([c0, c1, c2, c3]))
}

fn transforms(suite: Suite, master: &[u8]) -> Result<(Transform, Transform), KeyLength> {
    let rtp = Transform::derive(suite, master, Kind::Rtp)?;
    let rtcp = Transform::derive(suite, master, Kind::Rtcp)?;
    Ok((rtp, rtcp))
}

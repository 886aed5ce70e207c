//! Secured RTP (RFC 3711): keys by agreement in SDP (RFC 4568), ciphers by the crate `webrtc-srtp`.
//!
//! [`Secured`] is one session's pair of directions. What arrives passes a gate of ours first
//! (`gate.rs`): the crate keeps state for every source before it has checked a tag, so that forged
//! packets would fill memory; it believes repeated packets unless it is told not to; and it takes RTCP
//! that says of itself that it is not enciphered without looking at the tag.

mod gate;
mod secured;
mod window;

use std::fmt;

use webrtc_srtp::protection_profile::ProtectionProfile;

pub use secured::Secured;

/// How packets are enciphered and signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suite {
    /// AES with a key of 256 bits in Galois/counter mode (RFC 7714): what browsers like best. Keys in SDP
    /// are not offered for it.
    AeadAes256Gcm,
    /// AES in Galois/counter mode with a tag of 16 bytes (RFC 7714).
    AeadAes128Gcm,
    /// AES in counter mode, HMAC-SHA1 with a tag of 10 bytes (RFC 4568 §6.2.1): what everybody has.
    AesCm128HmacSha1_80,
    /// The same with a tag of 4 bytes on RTP (RFC 4568 §6.2.2).
    AesCm128HmacSha1_32,
}

impl Suite {
    /// Those that SDP carries keys for, best first.
    pub const ALL: [Self; 3] = [
        Self::AeadAes128Gcm,
        Self::AesCm128HmacSha1_80,
        Self::AesCm128HmacSha1_32,
    ];

    /// Its name in `a=crypto` (RFC 4568 §6.2, RFC 7714 §14.2).
    pub const fn name(self) -> &'static str {
        match self {
            Self::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// The suite of that name; `None` for those we do not speak. Case matters (RFC 4568 §9.1).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }

    /// Bytes of master key and master salt together.
    pub const fn key_length(self) -> usize {
        match self {
            Self::AeadAes256Gcm | Self::AeadAes128Gcm => self.cipher_key_length() + 12,
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 => self.cipher_key_length() + 14,
        }
    }

    /// Bytes of the master key alone.
    pub const fn cipher_key_length(self) -> usize {
        match self {
            Self::AeadAes256Gcm => 32,
            Self::AeadAes128Gcm | Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 => 16,
        }
    }

    /// Bytes a protected RTP packet is longer than a plain one.
    pub const fn overhead(self) -> usize {
        match self {
            Self::AeadAes256Gcm | Self::AeadAes128Gcm => 16,
            Self::AesCm128HmacSha1_80 => 10,
            Self::AesCm128HmacSha1_32 => 4,
        }
    }

    /// Bytes a protected RTCP packet is longer: the tag and the index (RFC 3711 §3.4).
    const fn control_overhead(self) -> usize {
        match self {
            Self::AeadAes256Gcm | Self::AeadAes128Gcm => 16 + 4,
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 => 10 + 4,
        }
    }

    const fn profile(self) -> ProtectionProfile {
        match self {
            Self::AeadAes256Gcm => ProtectionProfile::AeadAes256Gcm,
            Self::AeadAes128Gcm => ProtectionProfile::AeadAes128Gcm,
            Self::AesCm128HmacSha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
            Self::AesCm128HmacSha1_32 => ProtectionProfile::Aes128CmHmacSha1_32,
        }
    }
}

/// Master key and master salt of one direction. It never prints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey {
    bytes: [u8; LONGEST_KEY],
    length: u8,
    /// Of it, the key alone.
    key: u8,
}

impl MasterKey {
    /// The key of `suite` out of as many bytes of `material` as it takes.
    ///
    /// # Panics
    /// When there are fewer than [`Suite::key_length`]: [`MAX_KEY`] are enough for all that SDP carries.
    pub fn new(suite: Suite, material: &[u8]) -> Self {
        let length = suite.key_length();
        let mut bytes = [0; LONGEST_KEY];
        bytes[..length].copy_from_slice(&material[..length]);
        Self {
            bytes,
            length: length as u8,
            key: suite.cipher_key_length() as u8,
        }
    }

    /// Key and salt as `a=crypto` carries them, one after the other.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    fn key(&self) -> &[u8] {
        &self.bytes()[..usize::from(self.key)]
    }

    fn salt(&self) -> &[u8] {
        &self.bytes()[usize::from(self.key)..]
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// What both sides agreed for the packets of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The same for both directions.
    pub suite: Suite,
    /// Of the packets we send.
    pub ours: MasterKey,
    /// Of the packets we receive.
    pub theirs: MasterKey,
}

/// Most bytes of master key and master salt together, in SDP.
pub const MAX_KEY: usize = 30;

/// Likewise of any suite.
const LONGEST_KEY: usize = 44;

/// Most bytes by which a protected packet, RTP or RTCP, is longer than a plain one.
pub const MAX_OVERHEAD: usize = 20;

#[cfg(test)]
mod tests;

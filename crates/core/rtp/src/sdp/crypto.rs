//! Keys in SDP: the attribute `crypto` (RFC 4568).

use data_encoding::BASE64;

use crate::srtp::{MAX_KEY, MasterKey, Suite};

/// One `a=crypto` line: a suite, a key of who wrote it, and the number that an answer repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crypto {
    /// 1–9 digits; an answer names the line of the offer it takes by it.
    pub(super) tag: u32,
    pub(super) suite: Suite,
    pub(super) key: MasterKey,
}

impl Crypto {
    /// Reads the value of one attribute; `None` for what we do not speak: other suites, several
    /// keys, keys with an identifier in every packet (MKI), and streams that would leave something
    /// in the clear.
    pub(super) fn read(value: &str) -> Option<Self> {
        let mut fields = value.split_ascii_whitespace();
        let tag = fields.next().filter(|tag| tag.len() <= MAX_TAG_DIGITS)?;
        let tag = tag.parse().ok()?;
        let suite = Suite::from_name(fields.next()?)?;
        let key = key(fields.next()?, suite)?;
        // Session parameters change what the packets look like (RFC 4568 §6.3); a hint about the
        // window for repetitions does not.
        let plain = fields.all(|parameter| parameter.starts_with("WSH="));
        plain.then_some(Self { tag, suite, key })
    }

    /// The value of the attribute.
    pub(super) fn write(&self) -> String {
        let key = BASE64.encode(self.key.bytes());
        format!("{} {} inline:{key}", self.tag, self.suite.name())
    }
}

/// `inline:` key and salt. How many packets the peer means to send under it (its lifetime) may stand behind
/// them; nobody counts here: whoever wants another key makes a new offer. We state none for ours, which
/// means the longest there is, 2^48 packets (RFC 3711 §9.2), and renew it only when the leg moves.
fn key(parameter: &str, suite: Suite) -> Option<MasterKey> {
    let inline = parameter.strip_prefix("inline:")?;
    if inline.contains(';') {
        return None;
    }
    let mut parts = inline.split('|');
    let coded = parts.next()?;
    // The last part is an identifier when it has a colon (RFC 4568 §6.1).
    if parts.any(|part| part.contains(':')) {
        return None;
    }
    let mut material = [0; MAX_KEY + 3];
    let room = BASE64.decode_len(coded.len()).ok()?;
    let length = BASE64
        .decode_mut(coded.as_bytes(), material.get_mut(..room)?)
        .ok()?;
    (length == suite.key_length()).then(|| MasterKey::new(suite, &material))
}

/// RFC 4568 §9.1.
const MAX_TAG_DIGITS: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";

    #[test]
    fn the_example_of_the_rfc_is_read_and_written() {
        // RFC 4568 §9.1.3 and §6.1.
        let value = format!("1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^20");
        let crypto = Crypto::read(&value).unwrap();
        assert_eq!((crypto.tag, crypto.suite), (1, Suite::AesCm128HmacSha1_32));
        assert_eq!(crypto.key.bytes().len(), 30);
        assert_eq!(
            crypto.write(),
            format!("1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}")
        );
        assert_eq!(Crypto::read(&crypto.write()), Some(crypto));
    }

    #[test]
    fn what_we_do_not_speak_is_passed_over() {
        for value in [
            String::new(),
            "1".into(),
            format!("1 F8_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 aes_cm_128_hmac_sha1_80 inline:{KEY}"),
            format!("x AES_CM_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("1234567890 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY};inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} KDR=1"),
            format!("1 AES_CM_128_HMAC_SHA1_80 key:{KEY}"),
            "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA".into(),
            "1 AES_CM_128_HMAC_SHA1_80 inline:????".into(),
            format!("1 AEAD_AES_128_GCM inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{}", KEY.repeat(40)),
        ] {
            assert_eq!(Crypto::read(&value), None, "{value}");
        }
        let hint = format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} WSH=128");
        assert!(Crypto::read(&hint).is_some());
    }
}

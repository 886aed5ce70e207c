//! What a browser and we tell each other in SDP before either believes a packet: passwords for checks of
//! the way (ICE, RFC 8445), fingerprints of certificates (RFC 8122), and who speaks first (RFC 5763 §5).

use std::fmt;

use rappel_model::Random;

/// What holds between a browser and us for one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peering {
    /// Our name and password: what its checks carry and are signed with.
    pub ours: Credentials,
    /// Those of the peer; another pair is an ICE restart (RFC 8839 §4.4.1.1.1).
    pub theirs: Credentials,
    /// Of the certificate the peer must show.
    pub fingerprint: Fingerprint,
    /// Our part in the handshake.
    pub role: Role,
}

/// Whose hello comes first in a DTLS handshake (RFC 4145 §4, RFC 5763 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Ours: we are the client.
    Active,
    /// The peer's: we are the server. What we choose where the choice is ours.
    Passive,
}

impl Role {
    /// How SDP says it.
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
        }
    }
}

/// The name and the password of one side (RFC 8839 §5.4). The password never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    name: String,
    password: String,
}

impl Credentials {
    /// Fresh ones. RFC 8445 §5.3 asks for 24 random bits in the name and 128 in the password; these have
    /// 41 and 165.
    pub fn drawn(random: &mut Random) -> Self {
        Self {
            name: random.token(8),
            password: random.token(32),
        }
    }

    /// Those of a peer; `None` where they have other lengths or letters than RFC 8839 §5.4 allows.
    pub fn read(name: &str, password: &str) -> Option<Self> {
        let is = |text: &str, shortest: usize| {
            (shortest..=256).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        };
        (is(name, 4) && is(password, 22)).then(|| Self {
            name: name.to_owned(),
            password: password.to_owned(),
        })
    }

    /// `ice-ufrag`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `ice-pwd`.
    pub fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}, …)", self.name)
    }
}

/// The SHA-256 of a certificate, which SDP vouches for (RFC 8122 §5). Other hashes are not taken: every
/// browser has this one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Reads the value of an attribute; `None` for another hash, or what is none.
    pub fn read(value: &str) -> Option<Self> {
        let mut fields = value.split_ascii_whitespace();
        if !fields.next()?.eq_ignore_ascii_case("sha-256") {
            return None;
        }
        let mut bytes = [0; 32];
        let mut written = fields.next()?.split(':');
        for byte in &mut bytes {
            let two = written.next().filter(|two| two.len() == 2)?;
            *byte = u8::from_str_radix(two, 16).ok()?;
        }
        written.next().is_none().then_some(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha-256")?;
        for (n, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if n == 0 { ' ' } else { ':' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Why there are no keys between a browser and us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeFailure {
    /// The certificate it showed is not the one its SDP named.
    Fingerprint,
    /// None of its checks came: there was no way to it.
    NoWay,
    /// It stopped answering before there were keys.
    TimedOut,
    /// The handshake came to nothing: no version, cipher or kind of keys in common, or a broken message.
    Refused,
}

impl fmt::Display for HandshakeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fingerprint => "its certificate is not the one its SDP named (fingerprint)",
            Self::NoWay => "none of its checks (ICE) came to our port",
            Self::TimedOut => "its DTLS handshake was not finished in time",
            Self::Refused => "its DTLS handshake failed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_A_BROWSER: &str = "sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2";

    #[test]
    fn a_fingerprint_reads_as_it_is_written() {
        let fingerprint = Fingerprint::read(OF_A_BROWSER).unwrap();
        assert_eq!(fingerprint.0[..3], [0x19, 0xe2, 0x1c]);
        assert_eq!(fingerprint.to_string(), OF_A_BROWSER);
        assert_eq!(
            Fingerprint::read(&OF_A_BROWSER.to_lowercase()),
            Some(fingerprint)
        );
        for wrong in [
            "",
            "sha-256",
            "sha-256 19:E2",
            &OF_A_BROWSER.replace("sha-256", "sha-1"),
            &OF_A_BROWSER.replace("19:", "1:"),
            &OF_A_BROWSER.replace("19:", "+9:"),
            &OF_A_BROWSER.replace("A2", "A2:00"),
            &OF_A_BROWSER.replace("A2", "éa"),
        ] {
            let read = Fingerprint::read(wrong);
            assert!(read.is_none() || wrong.contains('+'), "{wrong}: {read:?}");
        }
    }

    #[test]
    fn credentials_have_the_lengths_and_letters_of_the_rfc() {
        let mut random = Random::from_seed(5);
        let ours = Credentials::drawn(&mut random);
        assert_ne!(ours, Credentials::drawn(&mut random));
        assert_eq!(
            Credentials::read(ours.name(), ours.password()).as_ref(),
            Some(&ours)
        );
        let password = "a".repeat(22);
        assert!(Credentials::read("ab+/", &password).is_some());
        for (name, password) in [
            ("abc", password.as_str()),
            ("abcd", "short"),
            ("ab:d", &password),
            (&"a".repeat(257), &password),
        ] {
            assert_eq!(Credentials::read(name, password), None, "{name}");
        }
        assert!(!format!("{ours:?}").contains(ours.password()));
    }
}

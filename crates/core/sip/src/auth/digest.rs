//! The hash of digest authentication (RFC 7616 §3.4).

use std::fmt;

use md5::Md5;
use rappel_model::Secret;
use sha2::{Digest, Sha256, Sha512_256};

use crate::message::Method;

/// A hash algorithm of digest authentication, ordered strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-512 cut to 256 bits (RFC 7616, RFC 8760 §2.1).
    Sha512_256,
    /// SHA-256 (RFC 7616).
    Sha256,
    /// MD5 (RFC 2617), for phones that know nothing else.
    Md5,
}

impl Algorithm {
    /// Every algorithm, strongest first.
    pub const ALL: [Self; 3] = [Self::Sha512_256, Self::Sha256, Self::Md5];

    /// What a user is offered unless its operator says otherwise: SHA-256, and MD5 for the many
    /// phones that know nothing else.
    pub const USUAL: [Self; 2] = [Self::Sha256, Self::Md5];

    /// Reads the name in an `algorithm` parameter, regardless of case. `None` for what this build
    /// does not compute, the `-sess` variants among them.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(text))
    }

    /// Its registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha512_256 => "SHA-512-256",
            Self::Sha256 => "SHA-256",
            Self::Md5 => "MD5",
        }
    }

    /// The length of its hash in hexadecimal digits.
    pub const fn digits(self) -> usize {
        match self {
            Self::Sha512_256 | Self::Sha256 => 64,
            Self::Md5 => 32,
        }
    }

    /// The hash of `parts` with colons between them, in lower-case hexadecimal.
    pub(super) fn hash(self, parts: &[&str]) -> String {
        match self {
            Self::Sha512_256 => joined::<Sha512_256>(parts),
            Self::Sha256 => joined::<Sha256>(parts),
            Self::Md5 => joined::<Md5>(parts),
        }
    }
}

impl Algorithm {
    /// The hash of a body (RFC 7616 §3.4.3).
    fn hash_bytes(self, bytes: &[u8]) -> String {
        match self {
            Self::Sha512_256 => hex(&Sha512_256::digest(bytes)),
            Self::Sha256 => hex(&Sha256::digest(bytes)),
            Self::Md5 => hex(&Md5::digest(bytes)),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// H(username:realm:password), what a server keeps instead of a password (RFC 7616 §3.4.2).
pub fn ha1(algorithm: Algorithm, username: &str, realm: &str, password: &Secret) -> Secret {
    Secret::new(algorithm.hash(&[username, realm, password.reveal()]))
}

/// Quality of protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop<'a> {
    /// `auth`: the client adds a nonce of its own and counts.
    Auth {
        /// How many requests used the server's nonce, this one included.
        count: u32,
        /// The client's nonce.
        cnonce: &'a str,
    },
    /// `auth-int`: the same, and the body is part of the proof.
    Integrity {
        /// How many requests used the server's nonce, this one included.
        count: u32,
        /// The client's nonce.
        cnonce: &'a str,
        /// The body of the message.
        body: &'a [u8],
    },
    /// None: a client of RFC 2069.
    None,
}

/// What a proof is computed from (RFC 7616 §3.4.1).
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// With which hash.
    pub algorithm: Algorithm,
    /// H(username:realm:password) of that algorithm.
    pub ha1: &'a Secret,
    /// The server's nonce.
    pub nonce: &'a str,
    /// Quality of protection.
    pub qop: Qop<'a>,
    /// The request's method.
    pub method: &'a Method,
    /// The `uri` parameter, letter by letter.
    pub uri: &'a str,
}

impl Proof<'_> {
    /// The `response` parameter, in lower-case hexadecimal.
    pub fn compute(&self) -> String {
        let method = self.method.as_str();
        let ha2 = match self.qop {
            Qop::Integrity { body, .. } => {
                let body = self.algorithm.hash_bytes(body);
                self.algorithm.hash(&[method, self.uri, &body])
            }
            Qop::Auth { .. } | Qop::None => self.algorithm.hash(&[method, self.uri]),
        };
        let ha1 = self.ha1.reveal();
        let counted = |count: u32, cnonce: &str, qop: &str| {
            let count = format!("{count:08x}");
            let parts = [ha1, self.nonce, &count, cnonce, qop, &ha2];
            self.algorithm.hash(&parts)
        };
        match self.qop {
            Qop::None => self.algorithm.hash(&[ha1, self.nonce, &ha2]),
            Qop::Auth { count, cnonce } => counted(count, cnonce, "auth"),
            Qop::Integrity { count, cnonce, .. } => counted(count, cnonce, "auth-int"),
        }
    }

    /// Whether `response` is the right one, regardless of the case of its digits, in a time that
    /// does not tell how much of it was right.
    pub fn matches(&self, response: &str) -> bool {
        Secret::new(self.compute()) == Secret::new(response.to_ascii_lowercase())
    }
}

fn joined<D: Digest>(parts: &[&str]) -> String {
    #[cfg(test)]
    tests::WORK.with(|work| {
        let (hashes, bytes) = work.get();
        let more: usize = parts.iter().map(|part| part.len() + 1).sum();
        work.set((hashes + 1, bytes + more));
    });
    let mut hash = D::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            hash.update(b":");
        }
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).expect("a nibble is below 16");
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// Hashes computed by this test, and the bytes that went into them.
        pub(in crate::auth) static WORK: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    }

    /// The example of RFC 7616 §3.9.2, whose response was corrected by its erratum 4897.
    #[test]
    fn the_published_example_of_sha_512_256() {
        let name = "J\u{e4}s\u{f8}n Doe";
        let password = Secret::new("Secret, or not?");
        let ha1 = ha1(Algorithm::Sha512_256, name, "api@example.org", &password);
        let proof = Proof {
            algorithm: Algorithm::Sha512_256,
            ha1: &ha1,
            nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
            qop: Qop::Auth {
                count: 1,
                cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
            },
            method: &Method::Other("GET".into()),
            uri: "/doe.json",
        };
        assert_eq!(
            proof.compute(),
            "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
        );
    }

    #[test]
    fn the_body_is_part_of_the_proof_when_the_client_says_so() {
        let ha1 = Secret::new("00");
        let with = |body: &'static [u8]| {
            let proof = Proof {
                algorithm: Algorithm::Md5,
                ha1: &ha1,
                nonce: "n",
                qop: Qop::Integrity {
                    count: 1,
                    cnonce: "c",
                    body,
                },
                method: &Method::Invite,
                uri: "sip:a",
            };
            proof.compute()
        };
        assert_ne!(with(b"v=0"), with(b"v=1"));
        assert_eq!(with(b"").len(), Algorithm::Md5.digits());
    }

    /// The example of RFC 7616 §3.9.1, both algorithms.
    #[test]
    fn published_examples() {
        let expected = [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (
                Algorithm::Sha256,
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ];
        for (algorithm, response) in expected {
            let password = Secret::new("Circle of Life");
            let ha1 = ha1(algorithm, "Mufasa", "http-auth@example.org", &password);
            let proof = Proof {
                algorithm,
                ha1: &ha1,
                nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                qop: Qop::Auth {
                    count: 1,
                    cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
                },
                method: &Method::Other("GET".into()),
                uri: "/dir/index.html",
            };
            assert_eq!(proof.compute(), response);
            assert!(proof.matches(&response.to_ascii_uppercase()));
            assert!(!proof.matches(&response[1..]));
        }
    }

    /// The example of RFC 2617 §3.5, computed without qop as RFC 2069 does.
    #[test]
    fn a_client_without_qop() {
        let password = Secret::new("Circle Of Life");
        let ha1 = ha1(Algorithm::Md5, "Mufasa", "testrealm@host.com", &password);
        assert_eq!(ha1.reveal(), "939e7578ed9e3c518a452acee763bce9");
        let proof = Proof {
            algorithm: Algorithm::Md5,
            ha1: &ha1,
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            qop: Qop::None,
            method: &Method::Other("GET".into()),
            uri: "/dir/index.html",
        };
        assert_eq!(proof.compute(), "670fd8c2df070c60b045671b8b24ff02");
    }

    #[test]
    fn names_are_read_regardless_of_case_and_session_variants_are_not_ours() {
        assert_eq!(Algorithm::read("md5"), Some(Algorithm::Md5));
        assert_eq!(Algorithm::read("SHA-256"), Some(Algorithm::Sha256));
        assert_eq!(Algorithm::read("MD5-sess"), None);
        assert!(Algorithm::Sha256 < Algorithm::Md5);
    }
}

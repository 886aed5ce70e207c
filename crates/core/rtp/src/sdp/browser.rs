//! What browsers say beside formats, and what we say to them: names and candidates of ICE (RFC 8839),
//! fingerprints (RFC 8122), who speaks first (RFC 5763 §5), names of lines that share a port (RFC 8843).

use std::net::SocketAddr;

use rappel_model::Random;
use sdp_types::Attribute;

use super::Refused;
use super::read::{Line, has, value_of};
use crate::peering::{Credentials, Fingerprint, Peering, Role};
use crate::stream::Security;

/// What a line of the peer says. Nothing of it must be there: most lines have none of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    credentials: Option<Credentials>,
    fingerprint: Option<Fingerprint>,
    setup: Option<String>,
    /// It answers checks and makes none.
    is_lite: bool,
    /// The name of the line.
    pub(super) mid: Option<String>,
    /// The line is one of those that share a port.
    is_bundled: bool,
}

/// Our part of a line for a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OurPart {
    credentials: Credentials,
    fingerprint: Fingerprint,
    setup: &'static str,
    mid: Option<String>,
    is_bundled: bool,
}

/// Who we are to browsers in one session.
#[derive(Clone, Debug)]
pub(super) struct Presence {
    fingerprint: Fingerprint,
    credentials: Credentials,
    random: Random,
    /// Whether our own offers are for a browser.
    pub(super) offers: bool,
}

impl Said {
    /// Reads the attributes of a line; what the session says holds where the line says nothing
    /// (RFC 8839 §4, RFC 8122 §5).
    pub(super) fn of(line: &[Attribute], session: &[Attribute]) -> Self {
        let either = |name: &str| value_of(line, name).or_else(|| value_of(session, name));
        let fingerprint_of = |attributes: &[Attribute]| {
            attributes
                .iter()
                .filter(|a| a.attribute.eq_ignore_ascii_case("fingerprint"))
                .take(MAX_FINGERPRINTS)
                .find_map(|a| Fingerprint::read(a.value.as_deref()?))
        };
        let mid = value_of(line, "mid").filter(|mid| is_token(mid));
        let group = value_of(session, "group").unwrap_or_default();
        let mut group = group.split_ascii_whitespace();
        let is_bundle = group.next() == Some("BUNDLE");
        Self {
            credentials: either("ice-ufrag")
                .zip(either("ice-pwd"))
                .and_then(|(name, password)| Credentials::read(&name, &password)),
            fingerprint: fingerprint_of(line).or_else(|| fingerprint_of(session)),
            setup: either("setup"),
            is_lite: has(session, "ice-lite"),
            is_bundled: is_bundle && group.any(|name| Some(name) == mid.as_deref()),
            mid,
        }
    }
}

/// What the two sides of a line are to each other, but for our name and role.
fn theirs(line: &Line) -> Result<(&Credentials, Fingerprint), Refused> {
    let said = &line.browser;
    let credentials = said.credentials.as_ref();
    let credentials = credentials.ok_or(Refused::Browser("without ice-ufrag and ice-pwd"))?;
    let fingerprint = said.fingerprint;
    let fingerprint = fingerprint.ok_or(Refused::Browser("without a fingerprint of sha-256"))?;
    if !line.shares_port {
        return Err(Refused::Browser("without rtcp-mux"));
    }
    if said.is_lite {
        return Err(Refused::Browser("it is ICE-lite, as we are"));
    }
    Ok((credentials, fingerprint))
}

impl Presence {
    pub(super) fn new(fingerprint: Fingerprint, mut random: Random, offers: bool) -> Self {
        Self {
            fingerprint,
            credentials: Credentials::drawn(&mut random),
            random,
            offers,
        }
    }

    /// What is agreed with an offered line, our part of it, and who we are once that is said. Where the
    /// peer has other names than before, so have we (RFC 8839 §4.4.1.1.1). `agreed` is what held before.
    pub(super) fn answer(
        &self,
        line: &Line,
        agreed: Option<&Security>,
    ) -> Result<(Peering, OurPart, Self), Refused> {
        let (theirs, fingerprint) = theirs(line)?;
        let before = match agreed {
            Some(Security::Dtls(peering)) => Some(&**peering),
            _ => None,
        };
        let role = match line.browser.setup.as_deref() {
            // The part in a handshake that is over stays what it was (RFC 8842 §5.3).
            None | Some("actpass") => before
                .filter(|before| before.fingerprint == fingerprint)
                .map_or(Role::Passive, |before| before.role),
            Some("active") => Role::Passive,
            Some("passive") => Role::Active,
            Some(_) => {
                return Err(Refused::Browser(
                    "setup is none of active, passive, actpass",
                ));
            }
        };
        let mut presence = self.clone();
        if before.is_some_and(|before| before.theirs != *theirs) {
            presence.credentials = Credentials::drawn(&mut presence.random);
        }
        let peering = Peering {
            ours: presence.credentials.clone(),
            theirs: theirs.clone(),
            fingerprint,
            role,
        };
        let part = OurPart {
            credentials: presence.credentials.clone(),
            fingerprint: presence.fingerprint,
            setup: role.attribute(),
            mid: line.browser.mid.clone(),
            is_bundled: line.browser.is_bundled,
        };
        Ok((peering, part, presence))
    }

    /// Our part of an offer; the line keeps the name it had `before`.
    pub(super) fn offer(&self, before: Option<&OurPart>) -> OurPart {
        OurPart {
            credentials: self.credentials.clone(),
            fingerprint: self.fingerprint,
            setup: "actpass",
            mid: before.map_or_else(|| Some(MID.to_owned()), |before| before.mid.clone()),
            is_bundled: before.is_none_or(|before| before.is_bundled),
        }
    }
}

impl OurPart {
    /// What is agreed when this part of an offer was answered by `line`.
    pub(super) fn answered(&self, line: &Line) -> Result<Peering, Refused> {
        let (theirs, fingerprint) = theirs(line)?;
        let role = match line.browser.setup.as_deref() {
            // Without a word it is active (RFC 4145 §4).
            None | Some("active") => Role::Passive,
            Some("passive") => Role::Active,
            Some(_) => return Err(Refused::Browser("setup is neither active nor passive")),
        };
        Ok(Peering {
            ours: self.credentials.clone(),
            theirs: theirs.clone(),
            fingerprint,
            role,
        })
    }

    /// What the session says for this line.
    pub(super) fn session_attributes(&self) -> Vec<Attribute> {
        let mut attributes = vec![Attribute::new("ice-lite")];
        if let Some(mid) = self.mid.as_ref().filter(|_| self.is_bundled) {
            attributes.push(Attribute::with_value("group", format!("BUNDLE {mid}")));
        }
        attributes
    }

    /// What the line says: one candidate, the address we receive at (RFC 8839 §5.1), and no more to come.
    pub(super) fn attributes(&self, local: SocketAddr) -> Vec<Attribute> {
        let (ip, port) = (local.ip(), local.port());
        let mut attributes = vec![
            Attribute::with_value("ice-ufrag", self.credentials.name()),
            Attribute::with_value("ice-pwd", self.credentials.password()),
            Attribute::with_value("fingerprint", self.fingerprint),
            Attribute::with_value("setup", self.setup),
            Attribute::with_value(
                "candidate",
                format!("1 1 udp {PRIORITY} {ip} {port} typ host"),
            ),
            Attribute::new("end-of-candidates"),
            Attribute::with_value("msid", "rappel voice"),
        ];
        let mid = self.mid.iter().map(|mid| Attribute::with_value("mid", mid));
        attributes.extend(mid);
        attributes
    }
}

/// RFC 8866 §9, in the length a browser would use.
fn is_token(text: &str) -> bool {
    let rest = b"!#$%&'*+-.^_`{|}~";
    let is = |b: u8| b.is_ascii_alphanumeric() || rest.contains(&b);
    (1..=64).contains(&text.len()) && text.bytes().all(is)
}

/// Fingerprints that are looked at in one place.
const MAX_FINGERPRINTS: usize = 8;

/// The priority of the only candidate: a host, the first way, RTP (RFC 8445 §5.1.2.1).
const PRIORITY: u32 = (126 << 24) + (65_535 << 8) + 255;

/// What we call our only line.
const MID: &str = "0";

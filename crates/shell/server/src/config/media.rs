//! `[media]` of `rappel.toml`: where voice is sent and received, in which encodings, and what is heard.

use std::net::IpAddr;
use std::sync::Arc;

use rappel_ivr::words;
use rappel_model::{Network, Secrecy};
use rappel_rtp::{Encoding, Preference};
use rappel_sip::Transport;
use serde::Deserialize;

use super::fault::{DOUBT, Fault};
use super::guard::Written;
use super::sip::Sip;

/// `[media]`: where voice is sent and received.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Media {
    /// First and last UDP port for voice: `"16384-17407"`. Two are needed for each leg.
    pub(crate) ports: String,
    /// Pacing threads; one is enough for some hundreds of calls.
    pub(crate) threads: usize,
    /// Seconds without a packet after which a call is taken for dead.
    pub(crate) dead_after: u16,
    /// Seconds for which a caller who talks with nobody hears nothing, before a soft tone says that the
    /// call stands; 0 for never.
    pub(crate) quiet: u16,
    /// What a party hears whom the other has put on hold: `tone`, `theirs` (whatever the holder
    /// sends) or `silence`.
    pub(crate) hold: Hold,
    /// Whether callers hear what a phone or a network says before it answers.
    pub(crate) early: bool,
    /// The encodings that are offered and taken, best first.
    pub(crate) codecs: Vec<Codec>,
    /// Whether voice is encrypted where neither a line nor a trunk says otherwise.
    pub(crate) srtp: Srtp,
    /// Addresses and networks that voice is never sent to, nor taken from.
    pub(crate) blocked: Vec<Written>,
}

/// An encoding by the name it has in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Codec {
    /// Opus.
    Opus,
    /// G.722: wide sound on many desk phones.
    G722,
    /// G.711 A-law: the telephone network of most countries.
    Pcma,
    /// G.711 µ-law: that of North America and Japan.
    Pcmu,
}

/// Whether voice is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Srtp {
    /// Plain RTP alone.
    Off,
    /// When the other side can.
    Offered,
    /// Encrypted, or there is no call.
    Required,
}

impl Media {
    /// Where voice neither goes to nor comes from.
    pub(crate) fn blocked(&self) -> Arc<[Network]> {
        self.blocked.iter().map(|written| written.0).collect()
    }

    /// The encodings in their order.
    ///
    /// # Errors
    /// When there is none, or one that this build does not have.
    pub(crate) fn codecs(&self) -> Result<Preference, Fault> {
        let encodings: Vec<Encoding> = self.codecs.iter().map(|codec| codec.encoding()).collect();
        let path = ["media", "codecs"];
        if encodings.contains(&Encoding::Opus) && !rappel_audio::Codec::Opus.is_built() {
            let why = words!(
                "this rappel was built without Opus; leave \"opus\" out",
                "ce rappel a été construit sans Opus ; retirez \"opus\""
            );
            return Err(Fault::value(path, why));
        }
        Preference::new(&encodings).ok_or_else(|| {
            let why = words!(
                "name at least one of opus, g722, pcma, pcmu",
                "nommez au moins un de : opus, g722, pcma, pcmu"
            );
            Fault::value(path, why)
        })
    }
}

impl Codec {
    const fn encoding(self) -> Encoding {
        match self {
            Self::Opus => Encoding::Opus,
            Self::G722 => Encoding::G722,
            Self::Pcma => Encoding::Pcma,
            Self::Pcmu => Encoding::Pcmu,
        }
    }
}

impl From<Srtp> for Secrecy {
    fn from(srtp: Srtp) -> Self {
        match srtp {
            Srtp::Off => Self::Off,
            Srtp::Offered => Self::Offered,
            Srtp::Required => Self::Required,
        }
    }
}

/// What a party hears whom the other has put on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hold {
    /// The company's music, or ours.
    Music,
    /// A soft tone of ours.
    Tone,
    /// Whatever the holder sends; music while that is nothing.
    Theirs,
    /// Nothing.
    Silence,
}

impl Default for Media {
    fn default() -> Self {
        Self {
            ports: "16384-17407".into(),
            threads: 1,
            dead_after: 30,
            quiet: 2,
            hold: Hold::Music,
            early: true,
            codecs: usual_codecs(),
            srtp: Srtp::Offered,
            blocked: Vec::new(),
        }
    }
}

/// All that this build has, wide sound first.
fn usual_codecs() -> Vec<Codec> {
    let all = [Codec::Opus, Codec::G722, Codec::Pcma, Codec::Pcmu];
    let is_built = |codec: &Codec| *codec != Codec::Opus || rappel_audio::Codec::Opus.is_built();
    all.into_iter().filter(is_built).collect()
}

impl Media {
    /// First and last port.
    pub(crate) fn ports(&self) -> Result<(u16, u16), Fault> {
        let text = &self.ports;
        let wrong = || {
            let why = words!(
                "two numbers like \"16384-17407\", from 1024 on, the first below the last, not `{text}`",
                "deux nombres comme \"16384-17407\", à partir de 1024, le premier au-dessous du second, \
                 pas « {text} »"
            );
            Fault::value(["media", "ports"], why)
        };
        let (first, last) = text.split_once('-').ok_or_else(wrong)?;
        let (first, last): (u16, u16) = (
            first.trim().parse().map_err(|_| wrong())?,
            last.trim().parse().map_err(|_| wrong())?,
        );
        if first < 1024 || last <= first {
            return Err(wrong());
        }
        Ok((first, last))
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut found: Vec<Fault> = self.codecs().err().into_iter().collect();
        let threads = self.threads;
        let fits = (1..=MAX_THREADS).contains(&threads);
        if !fits {
            let why = words!(
                "1 to {MAX_THREADS}, not {threads}",
                "de 1 à {MAX_THREADS}, pas {threads}"
            );
            found.push(Fault::bounds(["media", "threads"], why));
        }
        match self.ports() {
            Err(fault) => found.push(fault),
            Ok(ports) if fits => found.extend(self.too_few(ports)),
            Ok(_) => {}
        }
        if !(5..=600).contains(&self.dead_after) {
            let seconds = self.dead_after;
            let why = words!(
                "5 to 600 seconds, not {seconds}",
                "de 5 à 600 secondes, pas {seconds}"
            );
            found.push(Fault::bounds(["media", "dead_after"], why));
        }
        let blocked = self.blocked.len();
        if blocked > MAX_BLOCKED {
            let why = words!(
                "{MAX_BLOCKED} networks at most, not {blocked}",
                "{MAX_BLOCKED} réseaux au plus, pas {blocked}"
            );
            found.push(Fault::bounds(["media", "blocked"], why));
        }
        let quiet = self.quiet;
        if quiet > MAX_QUIET {
            let why = words!(
                "0 to {MAX_QUIET} seconds, not {quiet}",
                "de 0 à {MAX_QUIET} secondes, pas {quiet}"
            );
            found.push(Fault::bounds(["media", "quiet"], why));
        }
        found
    }

    /// What works otherwise than whoever wrote it may think.
    pub(super) fn warnings(&self, sip: &Sip) -> Vec<Fault> {
        let mut found: Vec<Fault> = self.shut_out().collect();
        found.extend(self.named_twice());
        found.extend(self.ports_of_sip(sip));
        found
    }

    /// Networks whose blocking leaves nobody to talk with.
    fn shut_out(&self) -> impl Iterator<Item = Fault> {
        let wide = self.blocked.iter().zip(1..);
        let wide =
            wide.filter(|(Written(network), _)| network.is_too_wide() && begins_public(network));
        wide.map(|(written, place)| {
            let network = written.0;
            let why = words!(
                "{network} is so wide that calls of phones and carriers in it are refused (488): block the networks \
                 that voice must not reach, like \"10.0.0.0/8\"",
                "{network} est si large que les appels des téléphones et opérateurs qui s'y trouvent sont refusés \
                 (488) : bloquez les réseaux que la voix ne doit pas atteindre, comme « 10.0.0.0/8 »"
            );
            Fault::new(DOUBT, ["media", "blocked", &place.to_string()], why)
        })
    }

    fn named_twice(&self) -> Option<Fault> {
        let mut each = self.codecs.iter().enumerate();
        let (before, again) = each.find(|(at, codec)| {
            let mut before = self.codecs.iter().take(*at);
            before.any(|other| other == *codec)
        })?;
        let name = again.encoding().name().to_lowercase();
        let why = words!(
            "{name} is named before: it counts there, leave it out here",
            "{name} est nommé plus haut : c'est là qu'il compte, retirez-le d'ici"
        );
        Some(Fault::new(
            DOUBT,
            ["media", "codecs", &(before + 1).to_string()],
            why,
        ))
    }

    /// A port of SIP among those for voice: one of both finds it taken.
    fn ports_of_sip(&self, sip: &Sip) -> Option<Fault> {
        let (first, last) = self.ports().ok()?;
        let places = sip.places().into_iter().map(|place| place.listen);
        let over_udp = places.filter(|listen| listen.transports.contains(&Transport::Udp));
        let among = over_udp.map(|listen| listen.address.port());
        let among = among.filter(|port| (first..=last).contains(port));
        let among: Vec<_> = among.map(|port| port.to_string()).collect();
        if among.is_empty() {
            return None;
        }
        let ports = among.join(", ");
        let why = words!(
            "SIP listens at {ports}: set a range without that, or voice has fewer legs",
            "le SIP écoute sur {ports} : réglez une plage sans cela, sinon la voix a moins de branches"
        );
        Some(Fault::new(DOUBT, ["media", "ports"], why))
    }

    /// Packets have the even port of each pair, RTCP the odd one above it.
    fn too_few(&self, (first, last): (u16, u16)) -> Option<Fault> {
        let pairs = (usize::from(last) + 1 - usize::from(first + first % 2)) / 2;
        let (threads, least) = (self.threads, self.threads * LEGS * 2);
        if pairs >= threads * LEGS {
            return None;
        }
        let ports = &self.ports;
        let why = words!(
            "\"{ports}\" has room for {pairs} legs; a call has {LEGS}, and each of the {threads} threads \
             needs room for one: {least} ports at least, an even one first",
            "« {ports} » a de la place pour {pairs} branches ; un appel en a {LEGS}, et chacun des \
             {threads} fils d'exécution a besoin de place pour un : {least} ports au moins, un pair d'abord"
        );
        Some(Fault::bounds(["media", "ports"], why))
    }
}

/// Whether a network does not begin with multicast and addresses nobody is reached at from elsewhere (RFC 1112 §4, RFC
/// 4193 §3.1, RFC 4291 §2.7): those end the space of both families.
fn begins_public(network: &Network) -> bool {
    match network.address() {
        IpAddr::V4(ip) => ip.octets()[0] < 224,
        IpAddr::V6(ip) => ip.segments()[0] < 0xfc00,
    }
}

/// Legs of the smallest conversation.
const LEGS: usize = 2;

/// Networks that may be blocked: each packet of voice is held against all of them.
const MAX_BLOCKED: usize = 64;

/// The longest silence that a caller may be left in, in seconds: nobody waits longer without a sign.
const MAX_QUIET: u16 = 60;

/// More threads than any machine we know of would profit from.
const MAX_THREADS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_ranges_are_two_numbers_in_order() {
        let media = |ports: &str| Media {
            ports: ports.into(),
            ..Media::default()
        };
        assert_eq!(media("2000-3000").ports(), Ok((2000, 3000)));
        for wrong in ["", "2000", "3000-2000", "10-20", "a-b", "2000-99999"] {
            assert!(media(wrong).ports().is_err(), "{wrong}");
        }
    }
}

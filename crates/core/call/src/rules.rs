//! What a call must know of the engine's settings, and what it is lent while it handles something.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rappel_ivr::Surroundings;
use rappel_model::office::Forwards;
use rappel_model::{Instant, Network, Secrecy, UserName};
use rappel_rtp::Preference;
use rappel_sip::Endpoint;

use crate::ledger::Ledger;
use crate::outside::Outside;

/// The engine's settings as far as they concern a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Silence on the wire after which a peer is lost.
    pub dead_after: Duration,
    /// How long somebody who waits is sent nothing that can be heard; zero means any time.
    pub quiet_after: Duration,
    /// Longest call.
    pub max_call: Duration,
    /// Most legs of one call in its whole life.
    pub max_legs: usize,
    /// What a party hears whom the other has put on hold.
    pub on_hold: OnHold,
    /// Whether a caller hears what a phone or a network says before it answers (RFC 3960); without,
    /// the caller hears ringing.
    pub early_media: bool,
    /// The encodings that are offered and taken.
    pub codecs: Preference,
    /// Whether voice is encrypted where nothing nearer says otherwise: a line, a trunk.
    pub secrecy: Secrecy,
    /// The engine is stopping: nobody is rung any more.
    pub closing: bool,
    /// The call is one for help: ports that are kept for such calls are lent to it.
    pub is_for_help: bool,
}

/// What a party hears whom the other has put on hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnHold {
    /// The company's music, or ours, whatever the holder sends.
    #[default]
    Music,
    /// A soft tone of ours every two seconds, whatever the holder sends.
    Tone,
    /// What the holder sends: some phones play music of their own. Ours where they say that they send
    /// nothing, and while nothing can be heard of it.
    Theirs,
    /// Nothing.
    Silence,
}

/// What the switchboard lends to one call for the length of one step. A call acts on signalling
/// directly, because `invite` must answer with the dialog it made; everything else it wants leaves
/// by [`Call::poll_output`](crate::Call::poll_output).
#[derive(Debug)]
pub struct House<'a> {
    /// Signalling.
    pub sip: &'a mut Endpoint,
    /// Ports, leg numbers, and whose dialog is whose.
    pub ledger: &'a mut Ledger,
    /// The newest version of the call's tenant: people, calendars, mailboxes.
    pub around: &'a Surroundings,
    /// When each user of the tenant last talked, for teams that ring whoever has been idle longest.
    pub talked: &'a mut BTreeMap<UserName, Instant>,
    /// Where the tenant's people have their calls forwarded.
    pub forwards: &'a Forwards,
    /// What leads outside.
    pub outside: &'a mut dyn Outside,
    /// Where voice is never sent, whoever asks for it.
    pub blocked: &'a Arc<[Network]>,
    /// The engine's settings.
    pub rules: Rules,
}

/// The address SDP names for the media port `local`: the one that signalling shows this peer (`shown`),
/// so that each network hears of an address it can reach, in the family of addresses it speaks; the
/// port's own where the peer's way is not known yet. Ports are bound for both families when signalling
/// listens in both, and a peer is shown no address but of a listener.
pub(crate) fn advertised(local: SocketAddr, shown: Option<IpAddr>) -> SocketAddr {
    SocketAddr::new(shown.unwrap_or_else(|| local.ip()), local.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sdp_names_what_signalling_shows_in_either_family() {
        let local: SocketAddr = "192.0.2.1:20000".parse().unwrap();
        let told = |shown: Option<&str>| advertised(local, shown.map(|ip| ip.parse().unwrap()));
        assert_eq!(told(Some("10.0.0.1")).to_string(), "10.0.0.1:20000");
        assert_eq!(told(Some("2001:db8::1")).to_string(), "[2001:db8::1]:20000");
        assert_eq!(told(None), local);
    }
}

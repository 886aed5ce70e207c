//! What an operator decides about the engine as a whole; tenants have their own files.

use std::sync::Arc;
use std::time::Duration;

use rappel_call::{OnHold, Rules};
use rappel_model::{Network, Secrecy};
use rappel_rtp::Preference;

use crate::limits::Limits;

/// Engine settings, immutable behind an `Arc`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Signalling: product name, realm, expiries and bounds.
    pub sip: rappel_sip::Settings,
    /// Carriers and PBXs.
    pub trunks: Vec<rappel_trunk::Settings>,
    /// What companies may call outside, and what it may cost.
    pub policies: rappel_trunk::Policies,
    /// Silence on the wire after which a peer is lost and its call ends.
    pub dead_after: Duration,
    /// How long a caller who talks with nobody is sent nothing that can be heard, before a soft tone says
    /// that the call stands; zero means any time.
    pub quiet_after: Duration,
    /// Longest call; FLOWS §8 says four hours.
    pub max_call: Duration,
    /// How long calls in progress may go on after `Input::Drain`.
    pub drain_limit: Duration,
    /// What a party hears whom the other has put on hold.
    pub on_hold: OnHold,
    /// Whether callers hear what a phone or a network says before it answers.
    pub early_media: bool,
    /// The encodings that are offered and taken, best first.
    pub codecs: Preference,
    /// Whether voice is encrypted where neither a line nor a trunk says otherwise.
    pub secrecy: Secrecy,
    /// Networks that voice is never sent to; peers that want it there are refused.
    pub blocked: Arc<[Network]>,
    /// Every bound of the room.
    pub limits: Limits,
}

impl Settings {
    /// What a call must know of these settings.
    pub(crate) fn rules(&self, closing: bool, is_for_help: bool) -> Rules {
        Rules {
            dead_after: self.dead_after,
            quiet_after: self.quiet_after,
            max_call: self.max_call,
            max_legs: self.limits.legs_per_call,
            on_hold: self.on_hold,
            early_media: self.early_media,
            codecs: self.codecs,
            secrecy: self.secrecy,
            closing,
            is_for_help,
        }
    }
}

impl Default for Settings {
    /// No trunk, 30 s of silence from a peer, 2 s towards a caller, 4 hours, 30 s for calls in progress, a tone on hold, early
    /// media, encryption where the other side can.
    fn default() -> Self {
        Self {
            sip: rappel_sip::Settings::default(),
            trunks: Vec::new(),
            policies: rappel_trunk::Policies::default(),
            dead_after: Duration::from_secs(30),
            quiet_after: Duration::from_secs(2),
            max_call: Duration::from_secs(4 * 3600),
            drain_limit: Duration::from_secs(30),
            on_hold: OnHold::default(),
            early_media: true,
            codecs: Preference::default(),
            secrecy: Secrecy::default(),
            blocked: Arc::default(),
            limits: Limits::default(),
        }
    }
}

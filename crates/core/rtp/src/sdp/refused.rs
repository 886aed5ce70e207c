//! Why a body cannot be agreed with.

use std::fmt;
use std::net::IpAddr;

use super::{MAX_BODY, MAX_LINES};

/// Why an offer or an answer was not taken. Whatever was agreed before still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Longer than [`MAX_BODY`].
    TooLong,
    /// More m-lines than [`MAX_LINES`].
    TooManyLines,
    /// Not SDP; the text says where.
    Malformed(String),
    /// No audio line we could take: none at all, none over plain RTP, or all of them disabled.
    NoAudio,
    /// Audio over secured transports only, which the policy of this session does not allow.
    Secured,
    /// Audio over plain RTP, where the policy of this session wants keys.
    Unsecured,
    /// Secured audio, but no key we can use: none at all, other suites, other parameters.
    NoCommonKey,
    /// Audio with keys by DTLS only (RFC 5763), as browsers have it, where we have no certificate.
    BrowserOnly,
    /// Audio with keys by DTLS that lacks something; the text says what.
    Browser(&'static str),
    /// Audio, but in no encoding we have.
    NoCommonEncoding,
    /// Audio in encodings that can only be passed on, where they would have to be heard or spoken.
    OnlyPassedOn,
    /// An address we cannot send to: another network, multicast, what is no address; a host name where
    /// nobody told where the body came from.
    Address(String),
    /// An address that the operator wants nothing sent to.
    Blocked(IpAddr),
    /// An answer while nothing was offered, or one that does not fit what was offered
    /// (RFC 3264 §6): another number of m-lines, an encoding that was not in the offer.
    Mismatched(&'static str),
    /// An offer while our own is unanswered (RFC 3264 §4).
    Glare,
}

impl Refused {
    /// The status that tells an offerer: 400 for what cannot be read, 413 for what is too long, 491
    /// for crossing offers (RFC 3261 §14.2), 488 for what can be read and not be agreed with
    /// (§21.4.26). An answer cannot be refused by a status: its dialog is ended instead.
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLong => 413,
            Self::Malformed(_) => 400,
            Self::Glare => 491,
            Self::TooManyLines
            | Self::NoAudio
            | Self::Secured
            | Self::Unsecured
            | Self::NoCommonKey
            | Self::BrowserOnly
            | Self::Browser(_)
            | Self::NoCommonEncoding
            | Self::OnlyPassedOn
            | Self::Address(_)
            | Self::Blocked(_)
            | Self::Mismatched(_) => 488,
        }
    }
}

impl Refused {
    /// The code of the Warning that tells an offerer why (RFC 3261 §20.43): 301 for an address, 302 for
    /// the transport (plain or secured), 304 without audio, 305 for encodings, 399 for all else that
    /// is refused with 488; `None` where the status says it all.
    pub const fn warning(&self) -> Option<u16> {
        match self {
            Self::Address(_) | Self::Blocked(_) => Some(301),
            Self::Secured | Self::Unsecured | Self::BrowserOnly => Some(302),
            Self::NoAudio => Some(304),
            Self::NoCommonEncoding | Self::OnlyPassedOn => Some(305),
            Self::NoCommonKey | Self::Browser(_) | Self::TooManyLines | Self::Mismatched(_) => {
                Some(399)
            }
            Self::TooLong | Self::Malformed(_) | Self::Glare => None,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the SDP body is longer than {MAX_BODY} bytes"),
            Self::TooManyLines => write!(f, "the SDP body has more than {MAX_LINES} m-lines"),
            Self::Malformed(what) => write!(f, "the body is not SDP: {what}"),
            Self::NoAudio => f.write_str("no audio over RTP is offered"),
            Self::Secured => {
                f.write_str("only secured audio is offered (RTP/SAVP), SRTP is off here")
            }
            Self::Unsecured => f.write_str("only plain RTP is offered, SRTP is required here"),
            Self::NoCommonKey => f.write_str("secured audio without a key we can use (a=crypto)"),
            Self::BrowserOnly => f.write_str("only audio with keys by DTLS is offered (a browser)"),
            Self::Browser(what) => write!(f, "audio with keys by DTLS, but {what}"),
            Self::NoCommonEncoding => f.write_str("no encoding in common"),
            Self::OnlyPassedOn => f.write_str(
                "no encoding in common: what is offered can only be passed on to a phone that has it",
            ),
            Self::Address(what) => write!(f, "cannot send to the address {what}"),
            Self::Blocked(ip) => write!(f, "voice is not sent to {ip} from here"),
            Self::Mismatched(what) => write!(f, "the answer does not fit the offer: {what}"),
            Self::Glare => f.write_str("an offer of ours is still unanswered"),
        }
    }
}

impl std::error::Error for Refused {}

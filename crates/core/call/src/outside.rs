//! What leads outside, as the switchboard lends it to a call: which trunks take a number, in which
//! order, and whether it may be called at all. The rules are the trunk room's.

use std::fmt::Debug;

use rappel_ivr::need::Shown;
use rappel_model::office::Owner;
use rappel_model::{LegId, Now, PhoneNumber, Secrecy, TenantId, TrunkName};
use rappel_sip::auth::Account;
use rappel_sip::header::NameAddr;
use rappel_sip::uri::Uri;
use rappel_sip::{Flow, Patience, Way};

use crate::arrival::CallerId;
use crate::cause::Cause;

/// A number outside that somebody wants called.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Whose call it is.
    pub tenant: &'a TenantId,
    /// What was dialled, or declared.
    pub number: &'a PhoneNumber,
    /// For whom.
    pub caller: &'a CallerId,
    /// Which number it is to see.
    pub shown: Shown,
    /// The number of the line that was called, when the call came to one.
    pub line: Option<&'a str>,
    /// Whose forward it follows, or the first of those whose it follows.
    pub forwarded_by: Option<&'a Owner>,
    /// The way the call came, when it came from a trunk.
    pub came_by: Option<Flow>,
    /// How often the call has been handed on: before it came here, by forwards of ours, and by whoever
    /// hands it over now.
    pub diversions: u32,
    /// Why it is called.
    pub why: Errand,
}

/// Why a number outside is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// A flow or a person hands a call over.
    Transfer,
    /// One of our own phones has dialled it.
    Dialled,
    /// A person's calls are forwarded there.
    Forward,
}

/// One way to a number outside. Ways are tried in the order given.
#[derive(Clone, Debug)]
pub struct Route {
    /// The trunk.
    pub trunk: TrunkName,
    /// The number as the trunk wants it, as Request-URI.
    pub target: Uri,
    /// The way there.
    pub way: Way,
    /// Who calls, as the trunk may see it.
    pub from: NameAddr,
    /// Who is called.
    pub to: NameAddr,
    /// More headers: P-Asserted-Identity, Privacy, Diversion …
    pub headers: Vec<(String, String)>,
    /// Who we are to the trunk.
    pub account: Option<Account>,
    /// How long it may stay without a response before the next way is tried.
    pub patience: Option<Patience>,
    /// Whether voice is encrypted on this way.
    pub secrecy: Secrecy,
}

/// Leave to send one INVITE along one route, asked for where it is built and used up there.
#[derive(Debug)]
pub struct Permit(());

impl Permit {
    /// Leave is given; the one who gives it has counted the call.
    pub fn granted() -> Self {
        Self(())
    }
}

/// Why a number outside is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// No trunk leads there, or none that the company may use.
    NoTrunk,
    /// Trunks lead there, and all that are in use do not answer.
    Down,
    /// Trunks lead there, and every one was taken out of use.
    Drained,
    /// The company does not allow this destination.
    Destination,
    /// What the company allows for a day is used up.
    Spent,
    /// The trunk carries as many calls as it may, or takes no more in this second.
    Full,
    /// The company has as many calls outside as it may have at a time.
    CompanyFull,
}

/// The trunk room, as a call sees it.
pub trait Outside: Debug {
    /// The ways to a number, best first.
    ///
    /// # Errors
    /// It is not called.
    fn routes(&mut self, now: Now, wanted: &Wanted<'_>) -> Result<Vec<Route>, Barred>;

    /// Whether somebody calls for help: then every way is tried, whatever the ones before it said, and
    /// operators are told when none of them leads there.
    fn is_for_help(&self, wanted: &Wanted<'_>) -> bool;

    /// Asks leave to send the INVITE of `leg` along `route`.
    ///
    /// # Errors
    /// It is not sent; the next route may do.
    fn admit(
        &mut self,
        now: Now,
        wanted: &Wanted<'_>,
        leg: LegId,
        route: &Route,
    ) -> Result<Permit, Barred>;

    /// The leg was answered.
    fn answered(&mut self, now: Now, leg: LegId);

    /// The leg was refused. Whether the next route may do: the refusal is about the trunk, not about
    /// whoever was called. 408 stands for silence, 503 for a trunk that cannot be reached.
    fn moves_on(&mut self, now: Now, leg: LegId, status: u16, q850: Option<u8>) -> bool;

    /// The leg is over; with the final status when it was not answered (408 for silence, 503 for a
    /// trunk that cannot be reached).
    fn ended(&mut self, now: Now, leg: LegId, status: Option<u16>);
}

impl Barred {
    /// One word or two, for traces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoTrunk => "no trunk leads there",
            Self::Down => "trunks down",
            Self::Drained => "trunks taken out of use",
            Self::Destination => "destination not allowed",
            Self::Spent => "allowance of the day used up",
            Self::Full => "trunk full",
            Self::CompanyFull => "company has as many calls outside as it may",
        }
    }

    /// What a caller is refused with when `number` is not called. Who dialled a short number that no
    /// trunk takes dialled nobody's: it might as well have been a wrong extension. Who called somebody
    /// whose forward leads nowhere called a number that exists, and did nothing that is forbidden.
    pub fn cause(self, number: &PhoneNumber, why: Errand) -> Cause {
        match self {
            _ if why == Errand::Forward => Cause::Unreachable,
            Self::NoTrunk | Self::Destination if !number.is_e164() => Cause::NotFound,
            Self::Destination => Cause::NotAllowed,
            Self::Spent => Cause::AllowanceSpent,
            Self::NoTrunk => Cause::NoTrunk,
            Self::Down => Cause::TrunksDown,
            Self::Drained => Cause::TrunksDrained,
            Self::Full => Cause::TrunksFull,
            Self::CompanyFull => Cause::CompanyFull,
        }
    }
}

impl Errand {
    /// A few words for traces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Transfer => "transfer outside",
            Self::Dialled => "dialled outside",
            Self::Forward => "forward outside",
        }
    }
}

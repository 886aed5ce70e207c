//! Our own registration at somebody else's registrar (RFC 3261 §10.2), as a trunk wants it: what to
//! register, how it stands, and the machine that asks, refreshes, retries and leaves.
//!
//! The machine knows no messages: the endpoint sends what it asks for and tells it what came back.

use std::net::SocketAddr;
use std::time::Duration;

use rappel_model::{Deadline, Instant, Now, Random, Timestamp};

use crate::auth::{Account, Prover};
use crate::header::NameAddr;
use crate::input::{Flow, Transport};
use crate::uri::Uri;
use crate::way::Way;

/// One registration of ours, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationId(pub u64);

/// A registration to keep up.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Request-URI: the domain of the registrar, without a user (RFC 3261 §10.2).
    pub registrar: Uri,
    /// The way to it: an outbound proxy, or the registrar's own host ([`Way::to`]).
    pub way: Way,
    /// Whom calls are for: To and From (RFC 3261 §10.2); the endpoint adds the tag.
    pub aor: NameAddr,
    /// Who we are to a registrar that challenges.
    pub account: Option<Account>,
    /// The user part of our Contact: what the peer dials to reach us.
    pub contact_user: String,
    /// Seconds asked for. The registrar grants what it likes, and 423 raises the wish
    /// (RFC 3261 §10.2.8).
    pub expires: u32,
    /// How long one address of the registrar may stay silent before the next is tried; without,
    /// 64·T1.
    pub patience: Option<Duration>,
}

/// How a registration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationState {
    /// REGISTER is on its way, and nothing holds until it is answered.
    Registering,
    /// It holds.
    Registered {
        /// When it ends, should no refresh come through.
        until: Timestamp,
        /// What the registrar granted.
        granted: Duration,
        /// The way it was made; calls from the registrar come back by its connection.
        flow: Flow,
    },
    /// The registrar refuses; asked again at `retry`.
    Refused {
        /// Its status, such as 403.
        status: u16,
        /// Its reason phrase.
        reason: String,
        /// When it is asked again.
        retry: Timestamp,
    },
    /// Nobody answers, or no connection can be made, or the registrar is out of order (5xx).
    Unreachable {
        /// What it answered; `None` for silence.
        status: Option<u16>,
        /// When it is tried again.
        retry: Timestamp,
    },
    /// It was given up by `unregister`; nothing follows.
    Left,
}

/// What came of a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// 2xx.
    Granted {
        /// Seconds, of our Contact, of Expires, or as asked.
        seconds: u32,
        /// The way it came.
        flow: Flow,
        /// Our address as the registrar sees it (RFC 3581 §4), where it says.
        seen: Option<SocketAddr>,
    },
    /// 423 with the least seconds.
    TooBrief(u32),
    /// A refusal that asking again will hardly change.
    Refused {
        status: u16,
        reason: String,
        retry_after: Option<u32>,
    },
    /// Silence, no connection, or 5xx.
    Unreachable {
        status: Option<u16>,
        retry_after: Option<u32>,
    },
}

/// What the machine wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RegisteringAct {
    /// Nothing.
    Nothing,
    /// Send a REGISTER that asks for these seconds; 0 leaves.
    Register { seconds: u32 },
    /// Send the keep-alive of a NAT binding (RFC 5626 §3.5.1) on this flow.
    KeepAlive(Flow),
    /// Nothing follows: forget the registration.
    Forget,
}

/// One registration as it is kept up.
#[derive(Debug)]
pub(crate) struct Registering {
    pub(crate) wish: Registration,
    /// The same for all its requests (RFC 3261 §10.2).
    pub(crate) call_id: String,
    pub(crate) tag: String,
    /// Of the last request.
    pub(crate) cseq: u32,
    /// Our address in Contact where the registrar sees another than we do.
    pub(crate) seen: Option<SocketAddr>,
    /// The Contact address that `seen` took the place of, until the registrar forgot it.
    pub(crate) outdated: Option<SocketAddr>,
    /// Who we are to the registrar, and what it asked.
    pub(crate) prover: Option<Prover>,
    phase: Phase,
    seconds: u32,
    /// Failures in a row.
    failures: u32,
    /// The way the registration was made.
    flow: Option<Flow>,
    keep_alive: Option<Instant>,
    /// Before when another change of address does not hurry a refresh.
    calm_until: Instant,
    brief: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// REGISTER is on its way; `again` when the next must follow at once.
    Asking { again: bool },
    /// The next is due then.
    Resting { at: Instant },
    /// REGISTER with Expires 0 is on its way, or follows the one that is.
    Leaving { sent: bool, until: Instant },
    /// Over.
    Left,
}

impl Registering {
    /// A registration nobody asked for yet: `begin` does.
    pub(crate) fn new(wish: Registration, call_id: String, tag: String, cseq: u32) -> Self {
        let seconds = wish.expires.clamp(MIN_ASKED, MAX_ASKED);
        Self {
            prover: wish.account.clone().map(Prover::new),
            wish,
            call_id,
            tag,
            cseq,
            seen: None,
            outdated: None,
            phase: Phase::Asking { again: false },
            seconds,
            failures: 0,
            flow: None,
            keep_alive: None,
            calm_until: Instant::ZERO,
            brief: 0,
        }
    }

    /// The first REGISTER.
    pub(crate) fn begin(&self) -> RegisteringAct {
        RegisteringAct::Register {
            seconds: self.seconds,
        }
    }

    /// A REGISTER was answered, or not.
    pub(crate) fn handle_heard(
        &mut self,
        now: Now,
        heard: Heard,
        random: &mut Random,
    ) -> (Option<RegistrationState>, RegisteringAct) {
        match self.phase {
            Phase::Leaving { sent: false, until } => {
                self.phase = Phase::Leaving { sent: true, until };
                return (None, RegisteringAct::Register { seconds: 0 });
            }
            Phase::Leaving { sent: true, .. } => return self.leave(),
            Phase::Asking { .. } => {}
            Phase::Resting { .. } | Phase::Left => return (None, RegisteringAct::Nothing),
        }
        match heard {
            Heard::Granted {
                seconds,
                flow,
                seen,
            } if seconds > 0 => self.granted(now, seconds, flow, seen, random),
            Heard::TooBrief(least) if self.brief < MAX_BRIEF && least > self.seconds => {
                self.brief += 1;
                self.seconds = least.min(MAX_ASKED);
                (None, self.begin())
            }
            Heard::TooBrief(_) => self.refused(now, 423, "Interval Too Brief", None, random),
            Heard::Refused {
                status,
                reason,
                retry_after,
            } => self.refused(now, status, &reason, retry_after, random),
            // A grant of nothing leaves us as unreachable as silence does.
            Heard::Granted { .. } => self.unreachable(now, None, None, random),
            Heard::Unreachable {
                status,
                retry_after,
            } => self.unreachable(now, status, retry_after, random),
        }
    }

    /// The seconds that are asked for.
    pub(crate) fn asked(&self) -> u32 {
        self.seconds
    }

    /// A deadline passed.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Now,
    ) -> (Option<RegistrationState>, RegisteringAct) {
        match self.phase {
            Phase::Resting { at } if at <= now.instant => (self.told_trying(), self.ask()),
            Phase::Leaving { until, .. } if until <= now.instant => self.leave(),
            _ => match (self.keep_alive, self.flow) {
                (Some(at), Some(flow)) if at <= now.instant => {
                    self.keep_alive = Some(now.instant + KEEP_ALIVE);
                    (None, RegisteringAct::KeepAlive(flow))
                }
                _ => (None, RegisteringAct::Nothing),
            },
        }
    }

    /// When to wake it.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let phase = match self.phase {
            Phase::Resting { at } => Some(Deadline::new(at, "register again")),
            Phase::Leaving { until, .. } => Some(Deadline::new(until, "leave a registrar")),
            Phase::Asking { .. } | Phase::Left => None,
        };
        let alive = self
            .keep_alive
            .map(|at| Deadline::new(at, "keep a NAT binding"));
        Deadline::earliest(phase, alive)
    }

    /// Our address or the way changed: what the registrar knows is outdated, so it is told at once.
    pub(crate) fn renew(&mut self) -> RegisteringAct {
        match &mut self.phase {
            Phase::Resting { .. } => self.ask(),
            Phase::Asking { again } => {
                *again = true;
                RegisteringAct::Nothing
            }
            Phase::Leaving { .. } | Phase::Left => RegisteringAct::Nothing,
        }
    }

    /// A flow broke. When the registration was made by it, it is made again at once
    /// (RFC 5626 §4.4).
    pub(crate) fn flow_closed(&mut self, on: impl Fn(Flow) -> bool) -> RegisteringAct {
        if !self.flow.is_some_and(on) {
            return RegisteringAct::Nothing;
        }
        self.forget_flow();
        // A REGISTER on its way by the same flow fails by itself, and is tried again then.
        match self.phase {
            Phase::Resting { .. } => self.ask(),
            _ => RegisteringAct::Nothing,
        }
    }

    /// We leave (RFC 3261 §10.2.2): nothing is left to tell where nothing was granted.
    pub(crate) fn unregister(&mut self, now: Now) -> RegisteringAct {
        let until = now.instant + FAREWELL;
        match self.phase {
            Phase::Resting { .. } if self.flow.is_some() => {
                self.keep_alive = None;
                self.phase = Phase::Leaving { sent: true, until };
                RegisteringAct::Register { seconds: 0 }
            }
            Phase::Asking { .. } => {
                self.keep_alive = None;
                self.phase = Phase::Leaving { sent: false, until };
                RegisteringAct::Nothing
            }
            Phase::Resting { .. } => {
                self.phase = Phase::Left;
                RegisteringAct::Forget
            }
            Phase::Leaving { .. } | Phase::Left => RegisteringAct::Nothing,
        }
    }

    /// The way the registration was made, while it holds.
    pub(crate) fn flow(&self) -> Option<Flow> {
        self.flow
    }

    fn granted(
        &mut self,
        now: Now,
        seconds: u32,
        flow: Flow,
        seen: Option<SocketAddr>,
        random: &mut Random,
    ) -> (Option<RegistrationState>, RegisteringAct) {
        let again = matches!(self.phase, Phase::Asking { again: true });
        self.failures = 0;
        self.brief = 0;
        self.flow = Some(flow);
        self.outdated = None;
        let is_datagram = flow.transport == Transport::Udp;
        self.keep_alive = is_datagram.then(|| now.instant + KEEP_ALIVE);
        let granted = Duration::from_secs(u64::from(seconds));
        let at = now.instant + refresh_after(granted, random);
        self.phase = Phase::Resting { at };
        let state = RegistrationState::Registered {
            until: now.after(granted).wall,
            granted,
            flow,
        };
        // Behind a NAT: the address it gives us is the one to be called at (RFC 3581 §4).
        let moved = is_datagram && seen.is_some_and(|seen| seen != self.seen.unwrap_or(flow.local));
        if moved && self.calm_until <= now.instant {
            self.calm_until = now.instant + CALM;
            self.outdated = Some(self.seen.unwrap_or(flow.local));
            self.seen = seen;
            return (Some(state), self.ask());
        }
        let act = if again {
            self.ask()
        } else {
            RegisteringAct::Nothing
        };
        (Some(state), act)
    }

    fn refused(
        &mut self,
        now: Now,
        status: u16,
        reason: &str,
        retry_after: Option<u32>,
        random: &mut Random,
    ) -> (Option<RegistrationState>, RegisteringAct) {
        let pause = self.pause(REFUSED_BASE, REFUSED_MOST, retry_after, random);
        self.rest(now, pause);
        let state = RegistrationState::Refused {
            status,
            reason: reason.chars().take(MAX_REASON).collect(),
            retry: now.after(pause).wall,
        };
        (Some(state), RegisteringAct::Nothing)
    }

    fn unreachable(
        &mut self,
        now: Now,
        status: Option<u16>,
        retry_after: Option<u32>,
        random: &mut Random,
    ) -> (Option<RegistrationState>, RegisteringAct) {
        let pause = self.pause(DOWN_BASE, DOWN_MOST, retry_after, random);
        self.rest(now, pause);
        let retry = now.after(pause).wall;
        let state = RegistrationState::Unreachable { status, retry };
        (Some(state), RegisteringAct::Nothing)
    }

    fn rest(&mut self, now: Now, pause: Duration) {
        self.forget_flow();
        self.phase = Phase::Resting {
            at: now.instant + pause,
        };
    }

    /// RFC 5626 §4.5: the longest wait doubles with each failure, and the wait is drawn between
    /// half of it and all of it, so that a thousand engines do not come back in the same second.
    fn pause(
        &mut self,
        base: Duration,
        most: Duration,
        retry_after: Option<u32>,
        random: &mut Random,
    ) -> Duration {
        let doubled = base.saturating_mul(1 << self.failures.min(10));
        self.failures = self.failures.saturating_add(1);
        self.brief = 0;
        let longest = doubled.min(most);
        let share = 50 + random.below(51);
        let pause = longest * u32::try_from(share).unwrap_or(100) / 100;
        let asked = Duration::from_secs(u64::from(retry_after.unwrap_or(0))).min(MAX_RETRY_AFTER);
        pause.max(asked)
    }

    fn ask(&mut self) -> RegisteringAct {
        self.phase = Phase::Asking { again: false };
        self.begin()
    }

    /// What is told when asking begins anew: nothing while the registration still holds.
    fn told_trying(&self) -> Option<RegistrationState> {
        self.flow
            .is_none()
            .then_some(RegistrationState::Registering)
    }

    fn leave(&mut self) -> (Option<RegistrationState>, RegisteringAct) {
        self.phase = Phase::Left;
        self.forget_flow();
        (Some(RegistrationState::Left), RegisteringAct::Forget)
    }

    fn forget_flow(&mut self) {
        self.flow = None;
        self.keep_alive = None;
    }
}

/// When to refresh what was granted: after 80 to 90 % of it, and after half of it where that leaves
/// less than ten seconds for a second try. Never more often than every five seconds.
fn refresh_after(granted: Duration, random: &mut Random) -> Duration {
    let share = 80 + u32::try_from(random.below(11)).unwrap_or(0);
    let at = if granted < SHORT {
        granted / 2
    } else {
        granted * share / 100
    };
    at.max(MIN_REFRESH)
}

/// Fewest seconds that are asked for.
const MIN_ASKED: u32 = 10;
/// Most seconds that are asked for, whatever a 423 wants: a day.
const MAX_ASKED: u32 = 86_400;
/// What is granted for less than this is refreshed at its half.
const SHORT: Duration = Duration::from_secs(100);
/// Shortest pause before a refresh, whatever little was granted.
const MIN_REFRESH: Duration = Duration::from_secs(5);
/// How often a NAT binding of UDP is kept (RFC 5626 §4.4.1 draws 24 to 29 s).
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// The first pause while a registrar is out of reach.
const DOWN_BASE: Duration = Duration::from_secs(4);
/// The longest pause while a registrar is out of reach: half a minute after it is back, so are we.
const DOWN_MOST: Duration = Duration::from_secs(30);
/// The first pause after a refusal (RFC 5626 §4.5, base-time).
const REFUSED_BASE: Duration = Duration::from_secs(30);
/// The longest pause after refusals: a wrong password must not look like an attack.
const REFUSED_MOST: Duration = Duration::from_secs(600);
/// The longest Retry-After that is obeyed.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);
/// How long a farewell is waited for.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long after a hurried refresh no other is made: a NAT that gives every datagram another port
/// must not make a storm.
const CALM: Duration = Duration::from_secs(30);
/// How often a 423 raises the wish in a row.
const MAX_BRIEF: u8 = 3;
/// Longest reason phrase that is told, in characters.
const MAX_REASON: usize = 120;

#[cfg(test)]
mod tests;

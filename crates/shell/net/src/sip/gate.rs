//! The guard, shared: listeners ask it before they read, the control thread tells it what it knows,
//! operators see its bans and change them.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rappel_model::{Random, Timestamp};
use rappel_sip::Overload;
use rappel_sip::guard::{Admission, Ban, Guard, Network, Offence, Report, Settings, Unbannable};

use crate::clock::Clock;

/// One guard in several hands. No hand holds it longer than a look-up takes.
#[derive(Clone, Debug)]
pub struct Gate {
    guard: Arc<Mutex<Guard>>,
    overload: Arc<Mutex<Overload>>,
    clock: Clock,
}

/// A ban as an operator sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Banned {
    /// Whose messages are dropped: one address, or a network.
    pub source: Network,
    /// Until when.
    pub until: Timestamp,
    /// How many bans it has had in a row, this one included.
    pub strikes: u32,
    /// Why.
    pub why: Offence,
}

impl Gate {
    /// A guard of these settings. `random` makes its tables differ from those of other engines.
    pub fn new(settings: Settings, random: &mut Random, clock: Clock) -> Self {
        Self {
            guard: Arc::new(Mutex::new(Guard::new(settings, random))),
            overload: Arc::new(Mutex::new(Overload::new(random))),
            clock,
        }
    }

    /// Tells no call to these numbers to try elsewhere, however busy the engine is.
    pub fn spare(&self, numbers: impl IntoIterator<Item = String>) {
        self.overload().spare(numbers);
    }

    /// Notes what the signalling room knows of a source.
    pub fn report(&self, report: Report) {
        let banned = self.lock().report(self.clock.now(), report);
        if let (true, Report::WrongPassword(source)) = (banned, report) {
            tracing::warn!(%source, why = Offence::WrongPasswords.as_str(), "banned");
        }
    }

    /// Never bans these networks from now on, and only these; bans of them end.
    pub fn trust(&self, trusted: Vec<Network>) {
        self.lock().trust(self.clock.now(), trusted);
    }

    /// The bans in force, the one that ends first first.
    pub fn bans(&self) -> Vec<Banned> {
        let now = self.clock.now();
        let shown = |ban: Ban| {
            let left = ban.until.since(now.instant);
            Banned {
                source: ban.source,
                until: now.after(left).wall,
                strikes: ban.strikes,
                why: ban.why,
            }
        };
        self.lock().bans(now).into_iter().map(shown).collect()
    }

    /// Bans a source, or a whole network, as an operator wishes.
    ///
    /// # Errors
    /// See [`Guard::ban`].
    pub fn ban(&self, source: impl Into<Network>, length: Duration) -> Result<(), Unbannable> {
        self.lock().ban(self.clock.now(), source, length)
    }

    /// Ends a ban; false when there was none of just this source or network.
    pub fn lift(&self, source: impl Into<Network>) -> bool {
        self.lock().lift(self.clock.now(), source)
    }

    /// Puts a ban back that was in force before a restart; one that is over is left out.
    pub fn restore(&self, banned: Banned) {
        let now = self.clock.now();
        let left = banned.until.as_micros() - now.wall.as_micros();
        if let Ok(left @ 1..) = u64::try_from(left) {
            let ban = Ban {
                source: banned.source,
                until: now.instant + Duration::from_micros(left),
                strikes: banned.strikes,
                why: banned.why,
            };
            self.lock().restore(now, ban);
        }
    }

    /// How often the bans have changed.
    pub fn changes(&self) -> u64 {
        self.lock().changes()
    }

    /// Judges one message.
    pub(super) fn admit(&self, source: IpAddr, message: &[u8]) -> Admission {
        self.lock().admit(self.clock.now(), source, message)
    }

    /// Whether nothing of a source is heard.
    pub(super) fn is_banned(&self, source: IpAddr) -> bool {
        self.lock().is_banned(self.clock.now(), source)
    }

    /// Whether a source is trusted, or a phone is registered there.
    pub(super) fn is_friend(&self, source: IpAddr) -> bool {
        self.lock().is_friend(source)
    }

    /// Notes what a source did on a connection that it opened.
    pub(super) fn offend(&self, source: IpAddr, why: Offence) {
        if self.lock().offend(self.clock.now(), source, why) {
            tracing::warn!(%source, why = why.as_str(), "banned");
        }
    }

    /// Who was let in lately, and what others are told when there is no room.
    pub(super) fn overload(&self) -> MutexGuard<'_, Overload> {
        // Every change of it is whole before anything can panic.
        self.overload.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Guard> {
        // Every change of the guard is whole before anything can panic.
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

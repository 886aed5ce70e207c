//! What calls outside use up: places in trunks, calls and money of a company's day.
//!
//! Every call is counted before its INVITE is sent and until it is over. Money is reserved a minute
//! ahead: the first when the call is let through, each further one when it begins. So no cap is ever
//! exceeded, and a call that the day can no longer pay for is ended at the full minute.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rappel_model::{CallUid, Deadline, Instant, LegId, Now, TenantId, Timestamp, TrunkName};

use crate::barred::Barred;
use crate::policy::{Cost, Policy};
use crate::settings::Caps;

/// Everything that is used at this moment and was today.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    legs: BTreeMap<LegId, Counted>,
    /// When each leg is looked at next.
    due: BTreeSet<(Instant, LegId)>,
    trunks: BTreeMap<TrunkName, Load>,
    companies: BTreeMap<TenantId, Account>,
    /// Calls that came by a trunk, for its channels.
    arrived: BTreeMap<CallUid, TrunkName>,
}

/// A call outside that asks for leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    /// Its leg.
    pub(crate) leg: LegId,
    /// The call it is of.
    pub(crate) call: CallUid,
    /// Whose.
    pub(crate) tenant: &'a TenantId,
    /// Where the company's day begins.
    pub(crate) zone: &'a TimeZone,
    /// What it may.
    pub(crate) policy: &'a Policy,
    /// What a minute costs.
    pub(crate) price: Cost,
    /// By which trunk.
    pub(crate) trunk: &'a TrunkName,
    /// What that may carry.
    pub(crate) caps: Caps,
}

/// One leg that was let through.
#[derive(Debug)]
struct Counted {
    call: CallUid,
    tenant: TenantId,
    trunk: TrunkName,
    price: Cost,
    zone: TimeZone,
    /// What the company may spend a day.
    budget: Cost,
    longest: Duration,
    /// When it was answered.
    since: Option<Instant>,
    /// The entry in `due`.
    due: Option<Instant>,
}

/// What one trunk carries.
#[derive(Debug, Default)]
struct Load {
    out: u32,
    inward: u32,
    /// Millionths of new calls that are left of this moment's share.
    tokens: u64,
    filled: Option<Instant>,
}

/// What one company uses.
#[derive(Debug)]
struct Account {
    day: Date,
    /// Spent today, whole minutes of answered calls.
    spent: Cost,
    /// Answered today.
    calls: u32,
    /// First minutes of calls that are not answered yet.
    reserved: Cost,
    /// Calls that are not answered yet.
    ringing: u32,
    /// Calls in progress, answered or not.
    live: u32,
}

/// What a company has used today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Calls outside at this moment.
    pub now: u32,
    /// Answered today.
    pub calls: u32,
    /// What they cost.
    pub spent: Cost,
}

impl Allowance {
    /// Lets a leg through and counts it.
    ///
    /// # Errors
    /// A cap of the trunk ([`Barred::Full`]) or of the company ([`Barred::Spent`], [`Barred::CompanyFull`])
    /// would be exceeded; nothing is counted then.
    pub(crate) fn begin(&mut self, now: Now, claim: Claim<'_>) -> Result<(), Barred> {
        let Claim { policy, price, .. } = claim;
        let today = day(now.wall, claim.zone);
        let account = self.companies.entry(claim.tenant.clone());
        let account = account.or_insert_with(|| Account::new(today));
        account.turn(today);
        if account.live >= policy.calls {
            return Err(Barred::CompanyFull);
        }
        let calls = account.calls.saturating_add(account.ringing);
        let cost = Cost(account.spent.0 + account.reserved.0 + price.0);
        if calls >= policy.calls_per_day || (price.0 > 0 && cost > policy.cost_per_day) {
            return Err(Barred::Spent);
        }
        let load = self.trunks.entry(claim.trunk.clone()).or_default();
        load.take(now, claim.caps)?;
        account.live += 1;
        account.ringing += 1;
        account.reserved.0 += price.0;
        let counted = Counted {
            call: claim.call,
            tenant: claim.tenant.clone(),
            trunk: claim.trunk.clone(),
            price,
            zone: claim.zone.clone(),
            budget: policy.cost_per_day,
            longest: policy.longest,
            since: None,
            due: None,
        };
        self.legs.insert(claim.leg, counted);
        Ok(())
    }

    /// A leg was answered: its first minute is spent.
    pub(crate) fn answered(&mut self, now: Now, leg: LegId) {
        let Some(counted) = self.legs.get_mut(&leg).filter(|c| c.since.is_none()) else {
            return;
        };
        counted.since = Some(now.instant);
        if let Some(account) = self.companies.get_mut(&counted.tenant) {
            account.turn(day(now.wall, &counted.zone));
            account.ringing -= 1;
            account.reserved.0 -= counted.price.0;
            account.calls = account.calls.saturating_add(1);
            account.spent.0 += counted.price.0;
        }
        let next = counted.next(now.instant);
        self.look_at(leg, Some(next));
    }

    /// A leg is over; harmless for one that was never counted.
    pub(crate) fn ended(&mut self, leg: LegId) {
        self.look_at(leg, None);
        let Some(counted) = self.legs.remove(&leg) else {
            return;
        };
        if let Some(load) = self.trunks.get_mut(&counted.trunk) {
            load.out -= 1;
        }
        if let Some(account) = self.companies.get_mut(&counted.tenant) {
            account.live -= 1;
            if counted.since.is_none() {
                account.ringing -= 1;
                account.reserved.0 -= counted.price.0;
            }
        }
    }

    /// Whether every channel of a trunk carries a call: it takes none more, whichever way.
    pub(crate) fn is_full(&self, trunk: &TrunkName, caps: Caps) -> bool {
        let load = self.trunks.get(trunk);
        let both = load.map_or(0, Load::both);
        caps.channels.is_some_and(|most| both >= most)
    }

    /// A call came by a trunk: it takes a channel.
    pub(crate) fn arrived(&mut self, trunk: &TrunkName, call: CallUid) {
        if self.arrived.insert(call, trunk.clone()).is_none() {
            self.trunks.entry(trunk.clone()).or_default().inward += 1;
        }
    }

    /// A call is over; harmless for one that came by no trunk.
    pub(crate) fn left(&mut self, call: CallUid) {
        let trunk = self.arrived.remove(&call);
        if let Some(load) = trunk.and_then(|trunk| self.trunks.get_mut(&trunk)) {
            load.inward -= 1;
        }
    }

    /// Charges the minutes that have begun. What is returned is to be ended: the day cannot pay for
    /// its next minute, or it has lasted as long as calls may. Each is told once.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> Vec<(LegId, CallUid)> {
        let mut over = Vec::new();
        while let Some(&(at, leg)) = self.due.first().filter(|(at, _)| *at <= now.instant) {
            let Some(counted) = self.legs.get(&leg) else {
                self.due.remove(&(at, leg));
                continue;
            };
            let since = counted.since.unwrap_or(at);
            let lasted = at.since(since) >= counted.longest;
            let paid = !lasted && self.charge(now, leg);
            match self.legs.get(&leg) {
                Some(counted) if paid => {
                    let next = counted.next(at);
                    self.look_at(leg, Some(next));
                }
                Some(counted) => {
                    over.push((leg, counted.call));
                    self.look_at(leg, None);
                }
                None => {}
            }
        }
        over
    }

    /// When the next minute of any call begins.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let (at, _) = self.due.first()?;
        Some(Deadline::new(*at, "next minute of a call outside"))
    }

    /// Takes a call of before the start into the day's counts. Its minutes are counted as begun.
    pub(crate) fn restore(
        &mut self,
        now: Now,
        tenant: &TenantId,
        zone: &TimeZone,
        (answered, ended, price): (Timestamp, Timestamp, Cost),
    ) {
        let today = day(now.wall, zone);
        if day(answered, zone) != today {
            return;
        }
        let account = self.companies.entry(tenant.clone());
        let account = account.or_insert_with(|| Account::new(today));
        account.turn(today);
        account.calls = account.calls.saturating_add(1);
        let minutes = 1 + ended.since(answered).as_secs() / 60;
        let cost = price.0.saturating_mul(minutes);
        account.spent.0 = account.spent.0.saturating_add(cost);
    }

    /// What a company uses.
    pub(crate) fn used(&self, now: Now, tenant: &TenantId, zone: &TimeZone) -> Used {
        let Some(account) = self.companies.get(tenant) else {
            return Used::default();
        };
        let today = account.day == day(now.wall, zone);
        Used {
            now: account.live,
            calls: if today { account.calls } else { 0 },
            spent: if today { account.spent } else { Cost(0) },
        }
    }

    /// Calls from a trunk at this moment.
    pub(crate) fn inward(&self, trunk: &TrunkName) -> u32 {
        self.trunks.get(trunk).map_or(0, |load| load.inward)
    }

    /// Legs and calls that are counted: for tests that nothing is left behind.
    pub(crate) fn len(&self) -> usize {
        self.legs.len() + self.arrived.len() + self.due.len()
    }

    /// Whether nothing is counted at this moment.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn charge(&mut self, now: Now, leg: LegId) -> bool {
        let Some(counted) = self.legs.get(&leg) else {
            return false;
        };
        let Some(account) = self.companies.get_mut(&counted.tenant) else {
            return false;
        };
        account.turn(day(now.wall, &counted.zone));
        let cost = account.spent.0 + account.reserved.0 + counted.price.0;
        if counted.price.0 > 0 && cost > counted.budget.0 {
            return false;
        }
        account.spent.0 += counted.price.0;
        true
    }

    fn look_at(&mut self, leg: LegId, at: Option<Instant>) {
        if let Some(counted) = self.legs.get_mut(&leg) {
            if let Some(old) = std::mem::replace(&mut counted.due, at) {
                self.due.remove(&(old, leg));
            }
            if let Some(at) = at {
                self.due.insert((at, leg));
            }
        }
    }
}

impl Counted {
    /// When it is looked at after `at`: at its next minute, or when it has lasted long enough.
    fn next(&self, at: Instant) -> Instant {
        let end = self.since.unwrap_or(at) + self.longest;
        match self.price {
            // Nothing to charge: only its length counts.
            Cost(0) => end,
            _ => (at + MINUTE).min(end),
        }
    }
}

impl Load {
    /// Calls in both directions.
    fn both(&self) -> u32 {
        self.out.saturating_add(self.inward)
    }

    /// One more call through this trunk.
    fn take(&mut self, now: Now, caps: Caps) -> Result<(), Barred> {
        let full = caps.calls.is_some_and(|most| self.out >= most)
            || caps.channels.is_some_and(|most| self.both() >= most);
        if full {
            return Err(Barred::Full);
        }
        if let Some(rate) = caps.per_second {
            let most = u64::from(rate) * TOKEN;
            let grown = self.filled.map_or(most, |then| {
                let micros = now.instant.since(then).as_micros() as u64;
                self.tokens
                    .saturating_add(micros.saturating_mul(u64::from(rate)))
            });
            self.tokens = grown.min(most);
            self.filled = Some(now.instant);
            if self.tokens < TOKEN {
                return Err(Barred::Full);
            }
            self.tokens -= TOKEN;
        }
        self.out += 1;
        Ok(())
    }
}

impl Account {
    fn new(day: Date) -> Self {
        Self {
            day,
            spent: Cost(0),
            calls: 0,
            reserved: Cost(0),
            ringing: 0,
            live: 0,
        }
    }

    /// Another day begins with nothing spent; what is in progress stays in progress.
    fn turn(&mut self, today: Date) {
        if today != self.day {
            (self.day, self.spent, self.calls) = (today, Cost(0), 0);
        }
    }
}

fn day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_jiff().to_zoned(zone.clone()).date()
}

/// What is charged at once.
const MINUTE: Duration = Duration::from_secs(60);

/// One new call, in millionths: a microsecond brings a millionth of the calls per second.
const TOKEN: u64 = 1_000_000;

#[cfg(test)]
mod tests;

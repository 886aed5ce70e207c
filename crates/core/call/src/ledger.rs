//! The ledger: what the engine lends to its calls. Ports by pacing thread, leg numbers, and which
//! dialog and which session belong to whom. The switchboard owns it and lends it to one call at a
//! time, so that an answer never names a port that another call holds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use rappel_model::{CallUid, LegId, TenantId, UserName};
use rappel_rtp::Fingerprint;
use rappel_sip::DialogId;

/// Ports, legs and dialogs of the whole engine.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Bound by the pacing threads and lent to nobody, by thread.
    free: Vec<BTreeSet<SocketAddr>>,
    /// How many free ports of each thread are lent to calls for help alone.
    kept: Vec<usize>,
    /// Lent until media says `Closed`.
    lent: BTreeMap<LegId, Loan>,
    /// Ports of sessions that are closing while their leg has another already: the thread of each.
    leaving: BTreeMap<SocketAddr, usize>,
    dialogs: BTreeMap<DialogId, Owner>,
    /// Users who talk, with their legs.
    talking: BTreeMap<(TenantId, UserName), BTreeSet<LegId>>,
    /// What each pacing thread shows to browsers, by thread.
    identities: Vec<Fingerprint>,
    last_leg: u64,
}

/// A port on loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loan {
    /// The address that was lent.
    pub local: SocketAddr,
    /// The pacing thread that bound it.
    pub thread: usize,
    /// The call it was lent to.
    pub call: CallUid,
}

/// Whose a dialog is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The call.
    pub call: CallUid,
    /// Its leg.
    pub leg: LegId,
}

impl Ledger {
    /// Puts the ports that the pacing threads have bound into the ledger. Ports already on loan stay
    /// so; a thread without ports serves no calls. A small part is kept for calls for help.
    pub fn stock(&mut self, ports: Vec<Vec<SocketAddr>>) {
        let kept = |thread: &Vec<SocketAddr>| (thread.len() / KEPT_OF).min(MOST_KEPT);
        self.kept = ports.iter().map(kept).collect();
        let lent: BTreeSet<SocketAddr> = self.lent.values().map(|loan| loan.local).collect();
        self.free = ports
            .into_iter()
            .map(|thread| thread.into_iter().filter(|p| !lent.contains(p)).collect())
            .collect();
    }

    /// Notes the certificates that pacing threads show to browsers, by thread.
    pub fn identify(&mut self, identities: Vec<Fingerprint>) {
        self.identities = identities;
    }

    /// What `thread` shows to browsers; `None` where they are not served.
    pub fn identity(&self, thread: usize) -> Option<Fingerprint> {
        self.identities.get(thread).copied()
    }

    /// The pacing thread with most free ports: where the next call should live. 0 when there is none.
    pub fn roomiest_thread(&self) -> usize {
        let most = |&(thread, free): &(usize, &BTreeSet<SocketAddr>)| {
            (free.len(), std::cmp::Reverse(thread))
        };
        self.free
            .iter()
            .enumerate()
            .max_by_key(most)
            .map_or(0, |(thread, _)| thread)
    }

    /// A number no leg has had.
    pub fn next_leg(&mut self) -> LegId {
        self.last_leg += 1;
        LegId(self.last_leg)
    }

    /// Lends a port of `thread` to `leg`; `None` when all are on loan, but for those that are kept for
    /// calls for help.
    pub fn lend(&mut self, thread: usize, call: CallUid, leg: LegId) -> Option<SocketAddr> {
        let kept = self.kept.get(thread).copied().unwrap_or(0);
        let free = self.free.get(thread)?.len();
        (free > kept).then(|| self.lend_any(thread, call, leg))?
    }

    /// The same for a call for help: `None` when all are on loan.
    pub fn lend_any(&mut self, thread: usize, call: CallUid, leg: LegId) -> Option<SocketAddr> {
        let local = self.free.get_mut(thread)?.pop_first()?;
        let loan = Loan {
            local,
            thread,
            call,
        };
        self.lent.insert(leg, loan);
        Some(local)
    }

    /// The loan of `leg`, while it lasts.
    pub fn loan(&self, leg: LegId) -> Option<Loan> {
        self.lent.get(&leg).copied()
    }

    /// Lends a port of `thread` to a leg that has one on another thread, which media is about to
    /// close; `None` when all are on loan.
    pub fn lend_again(&mut self, thread: usize, call: CallUid, leg: LegId) -> Option<SocketAddr> {
        let before = self.loan(leg);
        let local = self.lend(thread, call, leg)?;
        if let Some(before) = before {
            self.leaving.insert(before.local, before.thread);
        }
        Some(local)
    }

    /// The port of a leg goes to another thread with its session, and stays there.
    pub fn carry(&mut self, leg: LegId, thread: usize) {
        if let Some(loan) = self.lent.get_mut(&leg) {
            loan.thread = thread;
        }
    }

    /// A leg belongs to another call from here on.
    pub fn transfer(&mut self, leg: LegId, call: CallUid) {
        if let Some(loan) = self.lent.get_mut(&leg) {
            loan.call = call;
        }
    }

    /// Media has closed the session of a leg at `local`: the port is free again. What was lent, if
    /// anything was; nothing when the leg has a session elsewhere by now.
    pub fn give_back(&mut self, leg: LegId, local: SocketAddr) -> Option<Loan> {
        let thread = self.leaving.remove(&local);
        let loan = match thread {
            Some(_) => None,
            None => self.lent.remove(&leg),
        };
        let thread = thread.or_else(|| loan.map(|loan| loan.thread))?;
        if let Some(free) = self.free.get_mut(thread) {
            free.insert(loan.map_or(local, |loan| loan.local));
        }
        loan
    }

    /// A user's leg was answered.
    pub fn engage(&mut self, tenant: &TenantId, user: &UserName, leg: LegId) {
        let key = (tenant.clone(), user.clone());
        self.talking.entry(key).or_default().insert(leg);
    }

    /// A user's leg is over.
    pub fn release(&mut self, tenant: &TenantId, user: &UserName, leg: LegId) {
        let key = (tenant.clone(), user.clone());
        if let Some(legs) = self.talking.get_mut(&key) {
            legs.remove(&leg);
            if legs.is_empty() {
                self.talking.remove(&key);
            }
        }
    }

    /// The pacing thread of a call that a user is in already, so that another of theirs can be joined
    /// to it without a word to anybody; `None` when there is none, or no room there.
    pub fn thread_of(&self, tenant: &TenantId, user: &UserName) -> Option<usize> {
        let legs = self.talking.get(&(tenant.clone(), user.clone()))?;
        let loan = legs.iter().find_map(|leg| self.loan(*leg))?;
        let room = self.free.get(loan.thread).map_or(0, BTreeSet::len);
        (room >= ROOM).then_some(loan.thread)
    }

    /// Notes whose a dialog is.
    pub fn own(&mut self, dialog: DialogId, call: CallUid, leg: LegId) {
        self.dialogs.insert(dialog, Owner { call, leg });
    }

    /// Whose a dialog is; `None` once the call has let go of it.
    pub fn owner(&self, dialog: DialogId) -> Option<Owner> {
        self.dialogs.get(&dialog).copied()
    }

    /// The call has let go of a dialog: its further news concerns nobody.
    pub fn disown(&mut self, dialog: DialogId) {
        self.dialogs.remove(&dialog);
    }

    /// How much is in use.
    pub fn in_use(&self) -> InUse {
        InUse {
            ports: self.lent.len() + self.leaving.len(),
            free: self.free.iter().map(BTreeSet::len).sum(),
            dialogs: self.dialogs.len(),
        }
    }
}

/// One port of so many is kept for calls for help …
const KEPT_OF: usize = 16;

/// … and at most these many of a thread: the legs of eight calls.
const MOST_KEPT: usize = 16;

/// Free ports that a thread should have for one more call: the caller's leg and some devices.
const ROOM: usize = 4;

/// What the ledger has given out; for metrics and leak tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse {
    /// Ports on loan.
    pub ports: usize,
    /// Ports nobody has.
    pub free: usize,
    /// Dialogs that belong to a call.
    pub dialogs: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(n: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], n))
    }

    #[test]
    fn a_port_is_lent_once_and_comes_back() {
        let mut ledger = Ledger::default();
        ledger.stock(vec![vec![port(4000)], vec![port(5000), port(5002)]]);
        assert_eq!(ledger.roomiest_thread(), 1);
        let (a, b) = (ledger.next_leg(), ledger.next_leg());
        assert_eq!(ledger.lend(0, CallUid(1), a), Some(port(4000)));
        assert_eq!(ledger.lend(0, CallUid(1), b), None, "thread 0 has only one");
        assert_eq!(ledger.in_use().ports, 1);
        assert_eq!(
            ledger.give_back(a, port(4000)).map(|l| l.local),
            Some(port(4000))
        );
        assert_eq!(ledger.give_back(a, port(4000)), None, "twice is once");
        assert_eq!(ledger.lend(0, CallUid(1), b), Some(port(4000)));
    }

    #[test]
    fn the_last_ports_are_for_calls_for_help() {
        let mut ledger = Ledger::default();
        ledger.stock(vec![(0..40).map(|n| port(4000 + 2 * n)).collect()]);
        let mut lent = 0;
        while ledger.lend(0, CallUid(1), LegId(lent)).is_some() {
            lent += 1;
        }
        assert_eq!(lent, 38);
        for leg in [38, 39] {
            assert!(ledger.lend_any(0, CallUid(2), LegId(leg)).is_some());
        }
        assert_eq!(ledger.lend_any(0, CallUid(2), LegId(40)), None);
        ledger.stock(vec![(0..4_000).map(|n| port(4000 + 2 * n)).collect()]);
        assert_eq!(ledger.kept, [MOST_KEPT]);
    }

    #[test]
    fn a_new_stock_does_not_lend_what_is_on_loan() {
        let mut ledger = Ledger::default();
        ledger.stock(vec![vec![port(4000)]]);
        let leg = ledger.next_leg();
        ledger.lend(0, CallUid(1), leg);
        ledger.stock(vec![vec![port(4000), port(4002)]]);
        let other = ledger.next_leg();
        assert_eq!(ledger.lend(0, CallUid(2), other), Some(port(4002)));
    }

    #[test]
    fn a_leg_that_moves_gives_back_both_ports() {
        let mut ledger = Ledger::default();
        ledger.stock(vec![vec![port(4000)], vec![port(5000)]]);
        let leg = ledger.next_leg();
        ledger.lend(0, CallUid(1), leg);
        assert_eq!(ledger.lend_again(1, CallUid(2), leg), Some(port(5000)));
        assert_eq!((ledger.in_use().ports, ledger.in_use().free), (2, 0));
        assert_eq!(ledger.give_back(leg, port(4000)), None, "the leg lives on");
        assert_eq!(ledger.loan(leg).map(|loan| loan.call), Some(CallUid(2)));
        assert!(ledger.give_back(leg, port(5000)).is_some());
        assert_eq!((ledger.in_use().ports, ledger.in_use().free), (0, 2));
    }

    #[test]
    fn a_port_that_goes_to_another_thread_is_free_there_afterwards() {
        let mut ledger = Ledger::default();
        ledger.stock(vec![vec![port(4000)], vec![]]);
        let leg = ledger.next_leg();
        ledger.lend(0, CallUid(1), leg);
        ledger.carry(leg, 1);
        ledger.give_back(leg, port(4000));
        let next = ledger.next_leg();
        assert_eq!(ledger.lend(0, CallUid(1), next), None);
        assert_eq!(ledger.lend(1, CallUid(1), next), Some(port(4000)));
    }

    #[test]
    fn a_user_who_talks_is_found_with_the_thread_while_there_is_room() {
        let mut ledger = Ledger::default();
        ledger.stock(vec![(0..6).map(|n| port(4000 + n)).collect()]);
        let (tenant, user) = ("acme".into(), "ana".into());
        let leg = ledger.next_leg();
        ledger.lend(0, CallUid(1), leg);
        assert_eq!(ledger.thread_of(&tenant, &user), None);
        ledger.engage(&tenant, &user, leg);
        assert_eq!(ledger.thread_of(&tenant, &user), Some(0));
        for _ in 0..2 {
            let other = ledger.next_leg();
            ledger.lend(0, CallUid(2), other);
        }
        assert_eq!(ledger.thread_of(&tenant, &user), None, "no room");
        ledger.release(&tenant, &user, leg);
        assert!(ledger.talking.is_empty());
    }
}

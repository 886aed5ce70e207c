//! The trunk room's machine: what is known of every trunk, who may call where, and what is used up.
//!
//! It is told what probes and registrations brought, puts out what is to be asked ([`Output`]), and
//! answers two questions of a call: which ways lead to a number ([`Carriers::routes`]), and whether
//! one INVITE may be sent along one of them ([`Carriers::admit`]).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use jiff::tz::TimeZone;
use rappel_model::{
    CallUid, Country, Deadline, LegId, Now, PhoneNumber, Random, TenantId, Timestamp, TrunkName,
};

use crate::allowance::{Allowance, Claim, Used};
use crate::arrival::Trunks;
use crate::barred::Barred;
use crate::destination::{Destination, Kind};
use crate::health::{Health, Probe, Reach, Turn};
use crate::policy::{Policies, Policy};
use crate::route::{self, Candidate, Standing, Verdict};
use crate::settings::{Caps, Settings};

/// All trunks, as they are used.
#[derive(Debug)]
pub struct Carriers {
    trunks: Trunks,
    policies: Policies,
    known: BTreeMap<TrunkName, Known>,
    allowance: Allowance,
    /// By which trunk each leg goes, those of calls for help among them.
    ways: BTreeMap<LegId, TrunkName>,
    random: Random,
    outputs: VecDeque<Output>,
}

/// What is known of one trunk.
#[derive(Debug)]
struct Known {
    health: Health,
    /// The user part of our Contact there: nobody else can know it, so an INVITE to it is the trunk's.
    contact: String,
    registration: Registration,
    /// The addresses its registrar answered from.
    registrar: BTreeSet<IpAddr>,
    /// Whether an operator took it out of use.
    drained: bool,
}

/// How a trunk's registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// It is not registered with.
    None,
    /// The first answer is awaited.
    Trying,
    /// It is registered, for so long as the registrar granted.
    Registered {
        /// When it ends unless it is refreshed.
        until: Timestamp,
    },
    /// It was refused, or nobody answered.
    Failed {
        /// The status; `None` for silence.
        status: Option<u16>,
        /// Since when.
        since: Timestamp,
    },
}

/// What this room wants, and what operators must hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask this trunk whether it is there; [`Carriers::handle_probe_result`] takes the answer.
    Probe(TrunkName),
    /// Register there, and keep it so; [`Carriers::handle_registration`] is told how it stands.
    Register(TrunkName),
    /// Register there again at once, as before: its registrar was away and may have forgotten us.
    Renew(TrunkName),
    /// Give a registration up: the trunk is gone from the settings, or registers no more.
    Unregister(TrunkName),
    /// A trunk does not answer any more.
    Lost(TrunkName),
    /// A trunk answers again, after so long.
    Back(TrunkName, Duration),
    /// A trunk refuses to register us, or does not answer; told once until it does.
    NotRegistered(TrunkName, Option<u16>),
    /// A trunk has registered us, at first or again.
    Registered(TrunkName),
    /// An operator took a trunk out of use (`true`), or put it back.
    Drained(TrunkName, bool),
    /// A leg may go on no longer: the day cannot pay for it, or it lasted as long as calls may. With the
    /// call that it began in.
    Over(LegId, CallUid),
}

/// Who wants a number outside called.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Whose call it is.
    pub tenant: &'a TenantId,
    /// Where the company is.
    pub home: Country,
    /// Where its day begins.
    pub zone: &'a TimeZone,
    /// What was dialled, or declared.
    pub number: &'a PhoneNumber,
    /// The trunk that the call came by.
    pub came_by: Option<&'a TrunkName>,
}

/// How a trunk stands, for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkState {
    /// Which.
    pub name: TrunkName,
    /// Who has it take no new call, if anybody does.
    pub drained: Option<DrainedBy>,
    /// Whether calls are tried there.
    pub standing: Standing,
    /// Whether it answers when asked.
    pub reach: Reach,
    /// The last time it was asked.
    pub probe: Option<Probe>,
    /// How its registration stands.
    pub registration: Registration,
    /// Calls through it at this moment.
    pub out: u32,
    /// Calls from it at this moment.
    pub inward: u32,
    /// What it may carry.
    pub caps: Caps,
}

/// Who has a trunk take no new call. Where both do, its settings are named: they would have to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrainedBy {
    /// Its settings say so.
    Settings,
    /// An operator asked for it ([`Carriers::drain`]).
    Operator,
}

impl Carriers {
    /// No trunk at all.
    pub fn new(random: Random) -> Self {
        Self {
            trunks: Trunks::default(),
            policies: Policies::default(),
            known: BTreeMap::new(),
            allowance: Allowance::default(),
            ways: BTreeMap::new(),
            random,
            outputs: VecDeque::new(),
        }
    }

    /// Takes other settings. What is known of trunks that stay is kept, and what is counted.
    pub fn configure(&mut self, now: Now, trunks: Vec<Settings>, policies: Policies) {
        let gone = |name: &TrunkName| !trunks.iter().any(|trunk| &trunk.name == name);
        let dropped: Vec<TrunkName> = self.known.keys().filter(|n| gone(n)).cloned().collect();
        for name in dropped {
            let known = self.known.remove(&name);
            if known.is_some_and(|known| known.registration != Registration::None) {
                self.outputs.push_back(Output::Unregister(name));
            }
        }
        for trunk in &trunks {
            let random = &mut self.random;
            let known = self
                .known
                .entry(trunk.name.clone())
                .or_insert_with(|| Known {
                    health: Health::new(now, probed(trunk), random),
                    contact: random.token(CONTACT_LENGTH),
                    registration: Registration::None,
                    registrar: BTreeSet::new(),
                    drained: false,
                });
            let before = self.trunks.named(&trunk.name);
            if before.is_some_and(|before| before.host != trunk.host) {
                // Another peer by the same name: nothing is known of it.
                known.health = Health::new(now, probed(trunk), random);
                known.registrar.clear();
            }
            known.health.set_interval(now, probed(trunk));
            if before == Some(trunk) {
                continue;
            }
            match (&trunk.register, known.registration) {
                (Some(_), _) => {
                    // Asked for again after any change of it: the account may be another one.
                    if known.registration != Registration::None {
                        // The farewell to the old one must not undo the new one (RFC 3261 §10.3).
                        known.contact = random.token(CONTACT_LENGTH);
                    }
                    known.registration = Registration::Trying;
                    self.outputs.push_back(Output::Register(trunk.name.clone()));
                }
                (None, Registration::None) => {}
                (None, _) => {
                    known.registration = Registration::None;
                    self.outputs
                        .push_back(Output::Unregister(trunk.name.clone()));
                }
            }
        }
        self.trunks = Trunks::new(trunks);
        self.policies = policies;
    }

    /// An operator takes a trunk out of use: calls outside that begin go by others, those it carries go
    /// on, calls for help and whoever calls by it are served as before. With `drained` false it is put
    /// back. It stays so when settings change, as long as a trunk has that name; what the settings
    /// themselves say of it holds all the same. Nothing happens where no trunk has that name.
    pub fn drain(&mut self, name: &TrunkName, drained: bool) {
        let Some(known) = self.known.get_mut(name) else {
            return;
        };
        if known.drained != drained {
            known.drained = drained;
            let told = Output::Drained(name.clone(), drained);
            self.outputs.push_back(told);
        }
    }

    /// What came of asking a trunk: a status, or `None` for silence.
    pub fn handle_probe_result(&mut self, now: Now, name: &TrunkName, status: Option<u16>) {
        let Some(known) = self.known.get_mut(name) else {
            return;
        };
        match known.health.handle_probe_result(now, status) {
            None => {}
            Some(Turn::Lost) => self.outputs.push_back(Output::Lost(name.clone())),
            Some(Turn::Back(after)) => {
                self.outputs.push_back(Output::Back(name.clone(), after));
                if known.registration != Registration::None {
                    self.outputs.push_back(Output::Renew(name.clone()));
                }
            }
        }
    }

    /// A registration was granted for so long (`Ok`), refused with a status, or met silence.
    pub fn handle_registration(
        &mut self,
        now: Now,
        name: &TrunkName,
        came: Result<Duration, Option<u16>>,
        by: Option<IpAddr>,
    ) {
        let Some(known) = self.known.get_mut(name) else {
            return;
        };
        let before = known.registration;
        match came {
            Ok(granted) => {
                let until = now.wall + granted;
                known.registration = Registration::Registered { until };
                known.registrar.extend(by);
                while known.registrar.len() > MAX_REGISTRAR_ADDRESSES {
                    known.registrar.pop_first();
                }
                if !matches!(before, Registration::Registered { .. }) {
                    self.outputs.push_back(Output::Registered(name.clone()));
                }
            }
            Err(status) => {
                let since = match before {
                    Registration::Failed { since, .. } => since,
                    _ => now.wall,
                };
                known.registration = Registration::Failed { status, since };
                if !matches!(before, Registration::Failed { status: told, .. } if told == status) {
                    let told = Output::NotRegistered(name.clone(), status);
                    self.outputs.push_back(told);
                }
            }
        }
    }

    /// We have left a trunk's registrar, as we do when we stop: it is registered with no more.
    pub fn unregistered(&mut self, name: &TrunkName) {
        if let Some(known) = self.known.get_mut(name) {
            known.registration = Registration::None;
        }
    }

    /// A deadline passed; harmless if none did.
    pub fn handle_timeout(&mut self, now: Now) {
        for (name, known) in &mut self.known {
            if known.health.handle_timeout(now) {
                self.outputs.push_back(Output::Probe(name.clone()));
            }
        }
        let over = self.allowance.handle_timeout(now);
        self.outputs
            .extend(over.into_iter().map(|(leg, call)| Output::Over(leg, call)));
    }

    /// The next thing this room wants, until `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to wake it, and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        let probes = self.known.values().map(|known| known.health.poll_timeout());
        probes.fold(self.allowance.poll_timeout(), Deadline::earliest)
    }

    /// The settings of all trunks.
    pub fn trunks(&self) -> &Trunks {
        &self.trunks
    }

    /// The rules of a company.
    pub fn policy(&self, tenant: &TenantId) -> &Policy {
        self.policies.of(tenant)
    }

    /// The user part of our Contact at a trunk that is registered with.
    pub fn contact(&self, name: &TrunkName) -> Option<&str> {
        self.known.get(name).map(|known| known.contact.as_str())
    }

    /// The trunk that an INVITE comes from: the one whose address it is; else the one that registered
    /// the Contact it is addressed to (`user`), which nobody else was told; else the one whose
    /// registrar answers from there.
    pub fn arrival(&self, peer: std::net::SocketAddr, user: &str) -> Option<&Settings> {
        let registered = |name: &TrunkName| {
            let trunk = self.trunks.named(name)?;
            trunk.register.as_ref().map(|_| trunk)
        };
        self.trunks
            .arrival(peer)
            .or_else(|| self.addressed(user))
            .or_else(|| {
                let ip = peer.ip().to_canonical();
                let mut all = self.known.iter();
                let (name, _) = all.find(|(_, known)| known.registrar.contains(&ip))?;
                registered(name)
            })
    }

    /// The trunk whose Contact of ours has this user part.
    pub fn addressed(&self, user: &str) -> Option<&Settings> {
        let mut all = self.known.iter();
        let (name, _) = all.find(|(_, known)| known.contact == user)?;
        let trunk = self.trunks.named(name)?;
        trunk.register.as_ref().map(|_| trunk)
    }

    /// The trunks that a number may be tried at, best first, and what it is.
    ///
    /// # Errors
    /// It may not be called, or no trunk takes it, with the reason.
    pub fn routes(
        &mut self,
        now: Now,
        asker: &Asker<'_>,
    ) -> Result<(Destination, Vec<TrunkName>), Barred> {
        let destination = Destination::read(asker.number, asker.home).ok_or(Barred::Destination)?;
        if !self.policies.of(asker.tenant).allows(&destination) {
            return Err(Barred::Destination);
        }
        let reachable = self.trunks.iter().filter(|trunk| {
            // Without a host a call can only go back where one came from.
            trunk.host.is_some() || asker.came_by == Some(&trunk.name)
        });
        let candidate = |trunk| self.candidate(now, trunk);
        let all: Vec<Candidate<'_>> = reachable.map(candidate).collect();
        let order = route::order(all, asker.tenant, &destination, &mut self.random)?;
        let names = order.into_iter().map(|t| t.name.clone()).collect();
        Ok((destination, names))
    }

    /// Lets the INVITE of `leg` be sent by a trunk, and counts it until [`Carriers::ended`]. A call for
    /// help is let through whatever is used up, and uses nothing up itself.
    ///
    /// # Errors
    /// The number may not be called, or a cap would be exceeded; the next trunk may do.
    pub fn admit(
        &mut self,
        now: Now,
        asker: &Asker<'_>,
        (leg, call): (LegId, CallUid),
        name: &TrunkName,
    ) -> Result<(), Barred> {
        let destination = Destination::read(asker.number, asker.home).ok_or(Barred::Destination)?;
        if destination.kind == Kind::Emergency {
            self.ways.insert(leg, name.clone());
            return Ok(());
        }
        let policy = self.policies.of(asker.tenant);
        let trunk = self.trunks.named(name).ok_or(Barred::NoTrunk)?;
        if !policy.allows(&destination) {
            return Err(Barred::Destination);
        }
        if !trunk.may_reach(asker.tenant) {
            return Err(Barred::NoTrunk);
        }
        if self.drained_by(trunk).is_some() {
            return Err(Barred::Drained);
        }
        let claim = Claim {
            leg,
            call,
            tenant: asker.tenant,
            zone: asker.zone,
            policy,
            price: policy.prices.per_minute(&destination.number),
            trunk: name,
            caps: trunk.caps,
        };
        self.allowance.begin(now, claim)?;
        self.ways.insert(leg, name.clone());
        Ok(())
    }

    /// A leg was answered.
    pub fn answered(&mut self, now: Now, leg: LegId) {
        self.allowance.answered(now, leg);
        if let Some(known) = self.way(leg) {
            known.health.fine();
        }
    }

    /// A leg was refused with a final status, and the cause of a Reason header where there was one;
    /// 408 stands for silence. What it says: whether another trunk may do.
    pub fn refused(&mut self, now: Now, leg: LegId, status: u16, q850: Option<u8>) -> Verdict {
        let verdict = route::verdict(status, q850);
        if let Some(known) = self.way(leg) {
            match verdict {
                Verdict::Trouble => known.health.trouble(now),
                // 487 answers our own CANCEL: it says nothing of the trunk.
                Verdict::Theirs if status != 487 => known.health.fine(),
                Verdict::Theirs | Verdict::MovesOn => {}
            }
        }
        verdict
    }

    /// A leg is over, or its leave was not used.
    pub fn ended(&mut self, leg: LegId) {
        self.allowance.ended(leg);
        self.ways.remove(&leg);
    }

    /// Whether a trunk carries as many calls in both directions as it may (`channels`).
    pub fn is_full(&self, name: &TrunkName) -> bool {
        let trunk = self.trunks.named(name);
        trunk.is_some_and(|trunk| self.allowance.is_full(name, trunk.caps))
    }

    /// A call came by a trunk.
    pub fn arrived(&mut self, name: &TrunkName, call: CallUid) {
        self.allowance.arrived(name, call);
    }

    /// A call is over, whichever way it came.
    pub fn left(&mut self, call: CallUid) {
        self.allowance.left(call);
    }

    /// Takes a call outside of before the start into the counts of its day.
    pub fn restore(
        &mut self,
        now: Now,
        asker: &Asker<'_>,
        (answered, ended): (Timestamp, Timestamp),
    ) {
        let Some(destination) = Destination::read(asker.number, asker.home) else {
            return;
        };
        if destination.kind == Kind::Emergency {
            return;
        }
        let policy = self.policies.of(asker.tenant);
        let price = policy.prices.per_minute(&destination.number);
        let told = (answered, ended, price);
        self.allowance.restore(now, asker.tenant, asker.zone, told);
    }

    /// How every trunk stands, by name.
    pub fn states(&self, now: Now) -> Vec<TrunkState> {
        let state = |(name, known): (&TrunkName, &Known)| {
            let out = self.ways.values().filter(|way| *way == name).count();
            let trunk = self.trunks.named(name);
            TrunkState {
                name: name.clone(),
                drained: trunk.and_then(|trunk| self.drained_by(trunk)),
                standing: known.standing(now),
                reach: known.health.reach(),
                probe: known.health.last(),
                registration: known.registration,
                out: u32::try_from(out).unwrap_or(u32::MAX),
                inward: self.allowance.inward(name),
                caps: trunk.map_or_else(Caps::default, |trunk| trunk.caps),
            }
        };
        self.known.iter().map(state).collect()
    }

    /// What a company uses today.
    pub fn used(&self, now: Now, tenant: &TenantId, zone: &TimeZone) -> Used {
        self.allowance.used(now, tenant, zone)
    }

    /// What is counted at this moment: for tests that nothing is left behind.
    pub fn counted(&self) -> usize {
        self.allowance.len() + self.ways.len()
    }

    fn candidate<'a>(&self, now: Now, trunk: &'a Settings) -> Candidate<'a> {
        let known = self.known.get(&trunk.name);
        Candidate {
            trunk,
            standing: known.map_or(Standing::Well, |known| known.standing(now)),
            drained: self.drained_by(trunk).is_some(),
        }
    }

    fn drained_by(&self, trunk: &Settings) -> Option<DrainedBy> {
        if trunk.drained {
            return Some(DrainedBy::Settings);
        }
        let drained = self.known.get(&trunk.name)?.drained;
        drained.then_some(DrainedBy::Operator)
    }

    fn way(&mut self, leg: LegId) -> Option<&mut Known> {
        let name = self.ways.get(&leg)?;
        self.known.get_mut(name)
    }
}

impl Known {
    /// A trunk that did not register us may take our calls all the same, but others come first.
    fn standing(&self, now: Now) -> Standing {
        let registered = match self.registration {
            Registration::Failed { .. } => Standing::Strained,
            _ => Standing::Well,
        };
        self.health.standing(now).max(registered)
    }
}

/// How often a trunk is asked: not one that has no host to ask at.
fn probed(trunk: &Settings) -> Option<Duration> {
    trunk.probe.filter(|_| trunk.host.is_some())
}

/// Characters of a Contact's user part: some 100 bits of chance.
const CONTACT_LENGTH: usize = 20;

/// Most addresses of a registrar that are remembered.
const MAX_REGISTRAR_ADDRESSES: usize = 16;

#[cfg(test)]
mod tests;

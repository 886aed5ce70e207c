//! The machine that joins the rooms.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use rappel_call::{Call, Cause, House, Input as CallInput, Ledger};
use rappel_ivr::Surroundings;
use rappel_model::office::Forwards;
use rappel_model::{
    CallUid, Deadline, DirectoryName, Event, Fact, Instant, Now, Random, Table, TenantId, UserName,
};
use rappel_sip::{Endpoint, UserId};
use rappel_tenant::Version;
use rappel_trunk::Carriers;
use rappel_voicemail::Voicemail;

use crate::alarms::Alarms;
use crate::callers::Callers;
use crate::drain::Drain;
use crate::input::Input;
use crate::join::outside::Lent;
use crate::join::trunk::Asked;
use crate::live::Live;
use crate::output::Output;
use crate::questions::Questions;
use crate::settings::Settings;

/// The core of the engine, owned by one thread. The same seed and the same inputs at the same
/// instants give the same outputs, byte for byte.
#[derive(Debug)]
pub struct Switchboard {
    pub(crate) random: Random,
    pub(crate) settings: Arc<Settings>,
    pub(crate) sip: Endpoint,
    pub(crate) carriers: Carriers,
    /// What signalling does for trunks.
    pub(crate) asked: Asked,
    pub(crate) voicemail: Voicemail,
    pub(crate) tenants: BTreeMap<TenantId, Arc<Version>>,
    /// Tenants served no more whose last calls go on.
    pub(crate) leaving: BTreeMap<TenantId, Arc<Version>>,
    /// The rows of the tenants' directories.
    pub(crate) directories: BTreeMap<TenantId, BTreeMap<DirectoryName, Arc<Table>>>,
    pub(crate) callers: Callers,
    /// Where people have their calls forwarded.
    pub(crate) forwards: BTreeMap<TenantId, Forwards>,
    pub(crate) users: BTreeSet<UserId>,
    pub(crate) calls: BTreeMap<CallUid, Box<Call>>,
    pub(crate) ledger: Ledger,
    pub(crate) questions: Questions,
    /// When each user last talked, for teams that ring whoever has been idle longest.
    talked: BTreeMap<TenantId, BTreeMap<UserName, Instant>>,
    alarms: Alarms,
    /// Calls that may have outputs.
    stirred: BTreeSet<CallUid>,
    outputs: VecDeque<Output>,
    pub(crate) drain: Drain,
}

impl Switchboard {
    /// A switchboard that knows nothing yet. Give it `Input::Settings` first, then ports, users,
    /// tenants and messages in any order.
    pub fn new(random: Random) -> Self {
        let settings = Settings::default();
        Self {
            sip: Endpoint::new(settings.sip.clone(), random.fork("sip")),
            carriers: Carriers::new(random.fork("trunks")),
            asked: Asked::default(),
            random,
            settings: Arc::new(settings),
            voicemail: Voicemail::default(),
            tenants: BTreeMap::new(),
            leaving: BTreeMap::new(),
            directories: BTreeMap::new(),
            callers: Callers::default(),
            forwards: BTreeMap::new(),
            users: BTreeSet::new(),
            calls: BTreeMap::new(),
            ledger: Ledger::default(),
            questions: Questions::default(),
            talked: BTreeMap::new(),
            alarms: Alarms::default(),
            stirred: BTreeSet::new(),
            outputs: VecDeque::new(),
            drain: Drain::Serving,
        }
    }

    /// Something happened.
    pub fn handle_input(&mut self, now: Now, input: Input) {
        match input {
            Input::Sip(input) => self.sip.handle_input(now, input),
            Input::Media(event) => self.join_media(now, event),
            Input::Answer { question, answer } => self.join_answer(now, question, answer),
            Input::Settings(settings) => self.configure(now, settings),
            Input::Carriers(trunks, policies) => {
                let mut settings = Settings::clone(&self.settings);
                (settings.trunks, settings.policies) = (trunks, policies);
                self.exchange(now, Arc::new(settings));
            }
            Input::Tenant(tenant, version) => self.swap(now, tenant, version),
            Input::Withdraw(tenant) => self.withdraw(now, tenant),
            Input::Users(users) => {
                self.users = users.iter().map(|user| user.id.clone()).collect();
                self.sip.set_users(users);
                self.tell_everybody(now);
            }
            Input::Ports(ports) => self.ledger.stock(ports),
            Input::Identities(identities) => self.ledger.identify(identities),
            Input::Messages(messages) => self.restore(now, messages),
            Input::Callers(calls, languages) => self.recall(calls, languages),
            Input::Outside(calls) => self.recount(now, calls),
            Input::Registrations(kept) => self.readmit(now, kept),
            Input::Trunks(number) => self.report_trunks(now, number),
            Input::DrainTrunk(number, trunk, drained) => {
                self.carriers.drain(&trunk, drained);
                self.report_trunks(now, number);
            }
            Input::Forwards(forwards) => self.restore_forwards(forwards),
            Input::Directory(tenant, name, table) => self.shelve(tenant, name, table),
            Input::Drain => {
                self.drain.begin(now, self.settings.drain_limit);
                self.send_elsewhere(now);
            }
            Input::Stop => {
                if self.drain.hurry(now) {
                    self.send_elsewhere(now);
                    self.let_all_go(now, &CallInput::Stop);
                }
            }
        }
        self.settle(now);
    }

    /// A deadline passed; harmless if none did.
    pub fn handle_timeout(&mut self, now: Now) {
        self.sip.handle_timeout(now);
        self.carriers.handle_timeout(now);
        for uid in self.alarms.due(now.instant) {
            self.with_call(uid, |call, house| call.handle_timeout(now, house));
        }
        self.settle(now);
    }

    /// The next thing to be done by the shell, until `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to wake the switchboard, and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        let calls = Deadline::earliest(self.alarms.first(), self.drain.poll_timeout());
        let outside = Deadline::earliest(self.carriers.poll_timeout(), calls);
        Deadline::earliest(self.sip.poll_timeout(), outside)
    }

    /// How much is going on: for metrics, and for tests that nothing is left behind.
    pub fn live(&self) -> Live {
        Live {
            calls: self.calls.len(),
            leaving: self.leaving.len(),
            alarms: self.alarms.len(),
            questions: self.questions.len(),
            ledger: self.ledger.in_use(),
            outside: self.carriers.counted(),
            sip: self.sip.live(),
        }
    }

    /// Trunks and bounds may change at any time; signalling's own settings only while nothing is
    /// going on there.
    fn configure(&mut self, now: Now, settings: Arc<Settings>) {
        if self.sip.live() == rappel_sip::Live::default() {
            self.sip = Endpoint::new(settings.sip.clone(), self.random.fork("sip"));
        }
        self.exchange(now, settings);
    }

    /// Takes other settings, those of signalling left out.
    fn exchange(&mut self, now: Now, settings: Arc<Settings>) {
        let (trunks, policies) = (settings.trunks.clone(), settings.policies.clone());
        self.carriers.configure(now, trunks, policies);
        self.settings = settings;
    }

    /// Carries outputs of rooms to other rooms until all are quiet.
    fn settle(&mut self, now: Now) {
        let mut rounds = 0;
        loop {
            self.drain_calls(now);
            self.join_trunks(now);
            while let Some(output) = self.sip.poll_output() {
                self.join_sip(now, output);
            }
            let wanted = self.join_trunks(now);
            let stirred = std::mem::take(&mut self.stirred);
            if stirred.is_empty() && !wanted {
                break;
            }
            for uid in stirred {
                while let Some(output) =
                    self.calls.get_mut(&uid).and_then(|call| call.poll_output())
                {
                    self.join_call(now, uid, output);
                }
            }
            rounds += 1;
            if rounds >= self.settings.limits.rounds {
                // What is left waits for the next input: a slow engine, not a spinning one.
                debug_assert!(false, "two rooms answer each other for ever");
                break;
            }
        }
    }

    /// Follows `Input::Drain`: patience, then farewells, then the last word.
    fn drain_calls(&mut self, now: Now) {
        let quiet = self.calls.is_empty();
        let silent = || {
            let live = self.sip.live();
            live.dialogs == 0 && live.registrations == 0
        };
        match self.drain {
            Drain::Serving | Drain::Done => {}
            Drain::Grace { until } => {
                if !quiet && now.instant < until {
                    return;
                }
                self.drain.close(now);
                self.let_all_go(now, &CallInput::HangUp(Cause::Draining));
                if quiet {
                    self.drain_calls(now);
                }
            }
            Drain::Closing { .. } if quiet => {
                self.drain.leave(now);
                self.drain_calls(now);
            }
            Drain::Closing { until } => self.drained(now.instant >= until),
            Drain::Leaving { until } => self.drained(silent() || now.instant >= until),
        }
    }

    fn drained(&mut self, all: bool) {
        if all {
            self.drain = Drain::Done;
            self.put(Output::Drained);
        }
    }

    /// Peers and carriers are to send their calls elsewhere.
    fn send_elsewhere(&mut self, now: Now) {
        self.sip.close();
        self.sip.unregister_all(now);
    }

    /// Tells every call to end.
    fn let_all_go(&mut self, now: Now, how: &CallInput) {
        let calls: Vec<CallUid> = self.calls.keys().copied().collect();
        for uid in calls {
            self.with_call(uid, |call, house| {
                call.handle_input(now, house, how.clone());
            });
        }
    }

    /// Lends the house to one call; nothing happens when the call is over.
    pub(crate) fn with_call(&mut self, uid: CallUid, act: impl FnOnce(&mut Call, &mut House<'_>)) {
        let Some(mut call) = self.calls.remove(&uid) else {
            return;
        };
        let tenant = call.tenant().cloned();
        let whose = (uid, call.is_for_help());
        self.lend(tenant.as_ref(), whose, |house| act(&mut call, house));
        self.admit(uid, call);
    }

    /// Makes the house that calls of `tenant` are lent; one for help is lent more of it.
    pub(crate) fn lend<T>(
        &mut self,
        tenant: Option<&TenantId>,
        (call, is_for_help): (CallUid, bool),
        act: impl FnOnce(&mut House<'_>) -> T,
    ) -> T {
        // A call to nobody's number sees nobody.
        let tenant = tenant.cloned().unwrap_or_else(|| TenantId::from(""));
        let version = self.version(&tenant).cloned();
        let around: Arc<Surroundings> = version.as_ref().map_or_else(
            || Arc::new(Surroundings::bare(tenant.clone())),
            |version| Arc::clone(&version.surroundings),
        );
        let mut outside = Lent {
            carriers: &mut self.carriers,
            company: version.as_deref(),
            call,
        };
        let none = Forwards::default();
        let is_stopping = match is_for_help {
            true => self.drain.is_ending(),
            false => self.drain.is_stopping(),
        };
        let mut house = House {
            forwards: self.forwards.get(&tenant).unwrap_or(&none),
            outside: &mut outside,
            sip: &mut self.sip,
            ledger: &mut self.ledger,
            around: &around,
            talked: self.talked.entry(tenant).or_default(),
            blocked: &self.settings.blocked,
            rules: self.settings.rules(is_stopping, is_for_help),
        };
        act(&mut house)
    }

    /// Takes a call that was just handled (back) among those in progress.
    pub(crate) fn admit(&mut self, uid: CallUid, call: Box<Call>) {
        self.alarms.set(uid, call.poll_timeout());
        self.calls.insert(uid, call);
        self.stirred.insert(uid);
    }

    /// A call is over.
    pub(crate) fn dismiss(&mut self, uid: CallUid) {
        let call = self.calls.remove(&uid);
        self.carriers.left(uid);
        self.alarms.set(uid, None);
        if let Some(tenant) = call.as_ref().and_then(|call| call.tenant()) {
            self.let_go(tenant);
        }
    }

    /// Writes an entry of the diary.
    pub(crate) fn diary(
        &mut self,
        now: Now,
        tenant: Option<TenantId>,
        call: Option<CallUid>,
        fact: Fact,
    ) {
        self.put(Output::Diary(Event {
            at: now.wall,
            tenant,
            call,
            fact,
        }));
    }

    pub(crate) fn put(&mut self, output: Output) {
        self.outputs.push_back(output);
    }
}

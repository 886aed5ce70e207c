//! The trunk room and signalling: probes and registrations out and back, news into the diary; whose
//! call an INVITE of a trunk is, and who it says calls.

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_call::{CallerId, Cause, Input};
use rappel_model::{Fact, Now, PhoneNumber, TrunkName, TrunkNews};
use rappel_sip::header::{Headers, Name, NameAddr};
use rappel_sip::uri::{HostPort, SipUri, Uri};
use rappel_sip::{
    Incoming, Probe, ProbeId, ProbeOutcome, Registration, RegistrationId, RegistrationState,
};
use rappel_trunk::{Called, Output, Settings};

use super::outside::{account_of, shown, way};
use crate::output::{Output as CoreOutput, TrunkReport};
use crate::switchboard::Switchboard;

/// What signalling does for trunks at this moment.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    probes: BTreeMap<ProbeId, TrunkName>,
    registrations: BTreeMap<RegistrationId, TrunkName>,
}

impl Switchboard {
    /// Carries what the trunk room wants to where it belongs. Whether there was anything.
    pub(crate) fn join_trunks(&mut self, now: Now) -> bool {
        let mut any = false;
        while let Some(output) = self.carriers.poll_output() {
            any = true;
            match output {
                Output::Probe(trunk) => self.probe(now, trunk),
                Output::Register(trunk) => {
                    self.unregister(now, &trunk);
                    self.register(now, trunk);
                }
                Output::Renew(trunk) => self.renew(now, &trunk),
                Output::Unregister(trunk) => self.unregister(now, &trunk),
                Output::Lost(trunk) => self.trunk_news(now, trunk, TrunkNews::Lost),
                Output::Back(trunk, after) => self.trunk_news(now, trunk, TrunkNews::Back(after)),
                Output::Registered(trunk) => self.trunk_news(now, trunk, TrunkNews::Registered),
                Output::NotRegistered(trunk, status) => {
                    self.trunk_news(now, trunk, TrunkNews::NotRegistered(status));
                }
                Output::Drained(trunk, true) => self.trunk_news(now, trunk, TrunkNews::Drained),
                Output::Drained(trunk, false) => self.trunk_news(now, trunk, TrunkNews::Undrained),
                Output::Over(leg, call) => {
                    // A leg may have gone over to another call since.
                    let call = self.ledger.loan(leg).map_or(call, |loan| loan.call);
                    self.with_call(call, |call, house| {
                        call.handle_input(now, house, Input::HangUp(Cause::Normal));
                    });
                }
            }
        }
        any
    }

    /// News of a registration of ours.
    pub(crate) fn registration_news(
        &mut self,
        now: Now,
        registration: RegistrationId,
        state: RegistrationState,
    ) {
        let Some(trunk) = self.asked.registrations.get(&registration).cloned() else {
            return;
        };
        let (came, by) = match state {
            RegistrationState::Registering => return,
            RegistrationState::Registered { granted, flow, .. } => {
                (Ok(granted), Some(flow.remote.ip().to_canonical()))
            }
            RegistrationState::Refused { status, .. } => (Err(Some(status)), None),
            RegistrationState::Unreachable { status, .. } => (Err(status), None),
            RegistrationState::Left => {
                self.asked.registrations.remove(&registration);
                // Where another registration has taken its place, that one counts.
                let mut others = self.asked.registrations.values();
                if others.all(|other| *other != trunk) {
                    self.carriers.unregistered(&trunk);
                }
                return;
            }
        };
        self.carriers.handle_registration(now, &trunk, came, by);
    }

    /// A probe is over.
    pub(crate) fn probed(&mut self, now: Now, probe: ProbeId, outcome: ProbeOutcome) {
        let Some(trunk) = self.asked.probes.remove(&probe) else {
            return;
        };
        let status = match outcome {
            ProbeOutcome::Answered { status, .. } => Some(status),
            ProbeOutcome::Silent | ProbeOutcome::Unreachable => None,
        };
        self.carriers.handle_probe_result(now, &trunk, status);
    }

    /// How the trunks stand, for whoever asked.
    pub(crate) fn report_trunks(&mut self, now: Now, number: u64) {
        let companies = self.tenants.iter().map(|(tenant, version)| {
            let zone = &version.surroundings.timezone;
            (tenant.clone(), self.carriers.used(now, tenant, zone))
        });
        let report = TrunkReport {
            companies: companies.collect(),
            trunks: self.carriers.states(now),
        };
        self.put(CoreOutput::Trunks(number, Box::new(report)));
    }

    /// What a trunk's INVITE calls.
    pub(crate) fn called_by_trunk(&self, trunk: &Settings, incoming: &Incoming) -> String {
        let of = |uri: &Uri| uri.user().unwrap_or_default();
        let requested = of(&incoming.uri);
        let party = || {
            let text = incoming.headers.text(&name("P-Called-Party-ID"))?;
            NameAddr::read(&text)
                .ok()
                .and_then(|party| party.uri.user())
        };
        match trunk.called {
            Called::RequestUri => requested,
            Called::To => of(&incoming.to.uri),
            Called::CalledParty => party().unwrap_or(requested),
            Called::Auto if self.carriers.addressed(&requested).is_some() => {
                party().unwrap_or_else(|| of(&incoming.to.uri))
            }
            Called::Auto => requested,
        }
    }

    fn probe(&mut self, now: Now, trunk: TrunkName) {
        let Some(settings) = self.carriers.trunks().named(&trunk) else {
            return;
        };
        let Some((host, ours)) = settings.host.as_ref().and_then(|host| {
            let there = HostPort::read(&shown(host)).ok()?;
            let ours = settings.domain.as_deref().unwrap_or_default();
            Some((host, HostPort::read(ours).unwrap_or(there)))
        }) else {
            return;
        };
        let Ok(target) = Uri::read(&format!("sip:{}", shown(host))) else {
            return;
        };
        let user = settings.login.as_ref().map_or(NOBODY, |login| &login.user);
        let probe = Probe {
            target,
            way: way(host).into(),
            from: NameAddr::new(SipUri::new(user, ours).into()),
            account: settings.login.as_ref().map(account_of),
            patience: PROBE_PATIENCE,
        };
        let id = self.sip.probe(now, probe);
        self.asked.probes.insert(id, trunk);
    }

    fn register(&mut self, now: Now, trunk: TrunkName) {
        let Some(settings) = self.carriers.trunks().named(&trunk) else {
            return;
        };
        let contact_user = self.carriers.contact(&trunk).map(str::to_owned);
        let wish = registration(settings, contact_user);
        if let Some(wish) = wish {
            let id = self.sip.register_at(now, wish);
            self.asked.registrations.insert(id, trunk);
        }
    }

    /// The registrations at a trunk: one, but for the moment in which another takes its place.
    fn registrations_at(&self, trunk: &TrunkName) -> Vec<RegistrationId> {
        let all = self.asked.registrations.iter();
        let theirs = all.filter(|(_, name)| *name == trunk);
        theirs.map(|(id, _)| *id).collect()
    }

    fn renew(&mut self, now: Now, trunk: &TrunkName) {
        for id in self.registrations_at(trunk) {
            self.sip.register_again(now, id);
        }
    }

    fn unregister(&mut self, now: Now, trunk: &TrunkName) {
        for id in self.registrations_at(trunk) {
            // Whatever it still tells is not about the trunk as it is now.
            self.asked.registrations.remove(&id);
            self.sip.unregister(now, id);
        }
    }

    fn trunk_news(&mut self, now: Now, trunk: TrunkName, news: TrunkNews) {
        self.diary(now, None, None, Fact::Trunk { trunk, news });
    }
}

/// The registration a trunk wants; `None` for one that wants none, or has no host or account.
fn registration(settings: &Settings, contact_user: Option<String>) -> Option<Registration> {
    let register = settings.register.as_ref()?;
    let host = settings.host.as_ref()?;
    let login = settings.login.as_ref()?;
    let domain = match (&settings.domain, &register.registrar) {
        (Some(domain), _) => domain.clone(),
        (None, Some(registrar)) => shown(registrar),
        (None, None) => shown(host),
    };
    let at = HostPort::read(&domain).ok()?;
    Some(Registration {
        registrar: Uri::read(&format!("sip:{domain}")).ok()?,
        way: way(register.registrar.as_ref().unwrap_or(host)).into(),
        aor: NameAddr::new(SipUri::new(&login.user, at).into()),
        account: Some(account_of(login)),
        contact_user: contact_user?,
        expires: u32::try_from(register.expires.as_secs()).unwrap_or(u32::MAX),
        patience: Some(settings.patience * REGISTER_PATIENCE),
    })
}

/// Who calls, by what a trunk says. P-Asserted-Identity counts where the trunk is trusted (RFC 3325
/// §5); whoever asks for privacy (RFC 3323 §4.2) is shown to nobody.
pub(crate) fn caller_of_trunk(trunk: &Settings, incoming: &Incoming) -> CallerId {
    let asserted = || {
        let text = incoming.headers.text(&name("P-Asserted-Identity"))?;
        // The first one counts; a second is the same caller as a telephone number.
        NameAddr::read(&text)
            .or_else(|_| NameAddr::read(text.split(',').next().unwrap_or_default()))
            .ok()
    };
    let asserted = asserted().filter(|_| trunk.identity.trusted);
    let address = asserted.as_ref().unwrap_or(&incoming.from);
    if wants_privacy(&incoming.headers) {
        return CallerId::default();
    }
    let user = address.uri.user().unwrap_or_default();
    let number = trunk.to_e164(&user).or_else(|| PhoneNumber::parse(&user));
    let display = address
        .display
        .as_deref()
        .or(incoming.from.display.as_deref());
    let display = display.map(str::trim).unwrap_or_default();
    CallerId {
        // A hidden number hides the name too (RFC 3323 §4.1).
        name: (!display.is_empty() && number.is_some())
            .then(|| display.chars().take(MAX_NAME).collect()),
        number,
        user: None,
        is_hidden: false,
    }
}

/// Whether a caller asks that nobody be told who calls (RFC 3323 §4.2, RFC 3325 §9.3).
pub(crate) fn wants_privacy(headers: &Headers) -> bool {
    let text = headers.text(&name("Privacy")).unwrap_or_default();
    let mut values = text.split(';').map(str::trim);
    values.any(|value| {
        ["id", "user", "header", "full"]
            .iter()
            .any(|hides| value.eq_ignore_ascii_case(hides))
    })
}

/// A header by its name.
pub(crate) fn name(text: &str) -> Name {
    Name::read(text).expect("the name of a header is a token")
}

/// Longest name of a caller that is kept, in characters.
const MAX_NAME: usize = 80;

/// Who asks a trunk that knows us by our address.
const NOBODY: &str = "rappel";

/// How long a probe is waited for: three of them tell a trunk from a lossy way.
const PROBE_PATIENCE: Duration = Duration::from_secs(4);

/// How many times a trunk's patience for calls its registrar has.
const REGISTER_PATIENCE: u32 = 2;

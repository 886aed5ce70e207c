//! The trunk room as a call sees it: ways to numbers outside, and leave to take them.

use rappel_call::{Barred, CallerId, Errand, Outside, Permit, Route, Wanted};
use rappel_ivr::need::Shown;
use rappel_model::office::Owner;
use rappel_model::{CallUid, LegId, Now, PhoneNumber, Secrecy, TrunkName};
use rappel_sip::auth::Account;
use rappel_sip::header::NameAddr;
use rappel_sip::uri::{HostPort, SipUri, Uri};
use rappel_sip::{Flow, Host, Patience, Transport, Way};
use rappel_tenant::{Leads, Version};
use rappel_trunk::{Asker, Carriers, Destination, FromUser, Kind, Settings, Showing, Verdict};

/// What a call is lent of the trunk room.
#[derive(Debug)]
pub(crate) struct Lent<'a> {
    pub(crate) carriers: &'a mut Carriers,
    /// The files of the company whose call it is.
    pub(crate) company: Option<&'a Version>,
    pub(crate) call: CallUid,
}

impl Outside for Lent<'_> {
    fn routes(&mut self, now: Now, wanted: &Wanted<'_>) -> Result<Vec<Route>, Barred> {
        let company = self.company.ok_or(Barred::NoTrunk)?;
        if wanted.why == Errand::Forward && !may_be_forwarded_to(company, wanted.number) {
            return Err(Barred::Destination);
        }
        let came_by = wanted.came_by.and_then(|flow| self.came_by(flow));
        let asker = asker(company, wanted, came_by.as_ref());
        let (destination, names) = self.carriers.routes(now, &asker).map_err(barred)?;
        let last = names.len().saturating_sub(1);
        let routes = names.iter().enumerate().filter_map(|(place, name)| {
            let trunk = self.carriers.trunks().named(name)?;
            let flow = wanted.came_by.filter(|_| came_by.as_ref() == Some(name));
            let mut patience = Patience::from(trunk.patience);
            // With nobody left to try, silence is borne longer; but a call for help is tried again.
            if place == last && destination.kind != Kind::Emergency {
                patience.last = trunk.patience * LAST_PATIENCE;
            }
            self.route(company, trunk, &destination, wanted, flow, patience)
        });
        Ok(routes.collect())
    }

    fn is_for_help(&self, wanted: &Wanted<'_>) -> bool {
        let home = self
            .company
            .map(|version| version.settings.outbound.country);
        let destination = home.and_then(|home| Destination::read(wanted.number, home));
        destination.is_some_and(|to| to.kind == Kind::Emergency)
    }

    fn admit(
        &mut self,
        now: Now,
        wanted: &Wanted<'_>,
        leg: LegId,
        route: &Route,
    ) -> Result<Permit, Barred> {
        let company = self.company.ok_or(Barred::NoTrunk)?;
        let asker = asker(company, wanted, None);
        self.carriers
            .admit(now, &asker, (leg, self.call), &route.trunk)
            .map_err(barred)?;
        Ok(Permit::granted())
    }

    fn answered(&mut self, now: Now, leg: LegId) {
        self.carriers.answered(now, leg);
    }

    fn moves_on(&mut self, now: Now, leg: LegId, status: u16, q850: Option<u8>) -> bool {
        self.carriers.refused(now, leg, status, q850) != Verdict::Theirs
    }

    fn ended(&mut self, _now: Now, leg: LegId, _status: Option<u16>) {
        self.carriers.ended(leg);
    }
}

impl Lent<'_> {
    /// The trunk at the other end of the way a call came.
    fn came_by(&self, flow: Flow) -> Option<TrunkName> {
        let trunk = self.carriers.arrival(flow.remote, "")?;
        Some(trunk.name.clone())
    }

    /// One way: to the trunk's host, or without one back along the way the call came.
    fn route(
        &self,
        company: &Version,
        trunk: &Settings,
        destination: &Destination,
        wanted: &Wanted<'_>,
        flow: Option<Flow>,
        patience: Patience,
    ) -> Option<Route> {
        let (way, there, here): (Way, HostPort, HostPort) = match (&trunk.host, flow) {
            (Some(host), _) => {
                let there = HostPort::read(&shown(host)).ok()?;
                let domain = match &trunk.domain {
                    Some(domain) => HostPort::read(domain).ok()?,
                    None => there.clone(),
                };
                (way(host).into(), there, domain)
            }
            (None, Some(flow)) => (flow.into(), flow.remote.into(), flow.local.into()),
            (None, None) => return None,
        };
        let to: Uri = SipUri::new(&trunk.written(&destination.number), there).into();
        let identity = self.identity(company, trunk, destination, wanted);
        let headers = trunk.identity_headers(&identity, &here.to_string(), &to.to_string());
        let account = trunk.login.as_ref();
        let user = match (trunk.identity.from, account) {
            (FromUser::Account, Some(login)) => Some(login.user.clone()),
            _ => identity.number.as_ref().map(|number| trunk.written(number)),
        };
        let from = match user {
            Some(user) => NameAddr::new(SipUri::new(&user, here).into()),
            None => CallerId::default().shown_to(ANY),
        };
        Some(Route {
            trunk: trunk.name.clone(),
            target: to.clone(),
            way,
            from,
            to: NameAddr::new(to),
            headers,
            account: account.map(account_of),
            patience: Some(patience),
            // Carriers are particular: nothing is offered them that nobody has asked for.
            secrecy: trunk.secrecy.unwrap_or(Secrecy::Off),
        })
    }

    /// Which numbers a trunk is shown for this call.
    fn identity(
        &self,
        company: &Version,
        trunk: &Settings,
        destination: &Destination,
        wanted: &Wanted<'_>,
    ) -> rappel_trunk::Shown {
        let policy = self.carriers.policy(&company.tenant);
        let main = company.settings.number.as_ref();
        let main = main.or_else(|| company.lines.first().map(|line| &line.number));
        if destination.kind == Kind::Emergency {
            // Whoever is to come must find the place: nothing is hidden, and it is the number of it.
            let number = policy.location.as_ref().or(main);
            return rappel_trunk::Shown {
                number: number.cloned(),
                ours: number.cloned(),
                first: None,
                diversions: 0,
            };
        }
        let line = wanted.line.and_then(PhoneNumber::parse);
        let first = match wanted.why {
            Errand::Dialled => None,
            Errand::Transfer => line.as_ref(),
            // Who dialled an extension called nobody whom anyone outside knows by it.
            Errand::Forward => {
                let forwarder = wanted
                    .forwarded_by
                    .and_then(|owner| line_of(company, owner));
                line.as_ref().or(forwarder).or(main)
            }
        };
        let caller = wanted.caller;
        let is_foreign = caller.user.is_none();
        let own = own_line(company, caller);
        let shown = match (wanted.shown, &line) {
            // The carrier is still told which number of ours pays, the callee is not.
            _ if caller.is_hidden => None,
            (Shown::Line, Some(line)) => Some(line),
            _ if is_foreign => caller.number.as_ref(),
            _ => own.or(main),
        };
        let showing = Showing {
            wanted: shown,
            is_foreign,
            main: own.filter(|_| caller.is_hidden).or(main),
            first,
            diversions: wanted.diversions,
        };
        let owns = |number: &PhoneNumber| {
            company.line_by_number(number).is_some()
                || main == Some(number)
                || policy.owned.contains(number)
        };
        trunk.shown(showing, owns)
    }
}

/// Whether forwards may lead to `number`: not to those who save lives, who would get everybody's calls
/// for somebody, nor to short numbers, which are services and nobody's phone.
fn may_be_forwarded_to(company: &Version, number: &PhoneNumber) -> bool {
    let destination = Destination::read(number, company.settings.outbound.country);
    !destination.is_some_and(|to| matches!(to.kind, Kind::Emergency | Kind::Short))
}

/// The line that leads to a person of ours: the number they are called back at.
fn own_line<'a>(company: &'a Version, caller: &CallerId) -> Option<&'a PhoneNumber> {
    let user = caller.user.as_ref()?;
    line_of(company, &rappel_call::owner_of(&company.surroundings, user))
}

/// The line that leads to somebody.
fn line_of<'a>(company: &'a Version, owner: &Owner) -> Option<&'a PhoneNumber> {
    let Owner::Person(name) = owner else {
        return None;
    };
    let leads = |leads: &Leads| matches!(leads, Leads::Person(person) if person == name);
    let line = company.lines.iter().find(|line| leads(&line.leads))?;
    Some(&line.number)
}

fn asker<'a>(
    company: &'a Version,
    wanted: &Wanted<'a>,
    came_by: Option<&'a TrunkName>,
) -> Asker<'a> {
    Asker {
        tenant: &company.tenant,
        home: company.settings.outbound.country,
        zone: &company.surroundings.timezone,
        number: wanted.number,
        came_by,
    }
}

/// A host as signalling wants it.
pub(crate) fn way(host: &rappel_trunk::Host) -> Host {
    Host {
        name: host.name.clone(),
        port: host.port,
        transport: host.transport.map(|transport| match transport {
            rappel_trunk::Transport::Udp => Transport::Udp,
            rappel_trunk::Transport::Tcp => Transport::Tcp,
            rappel_trunk::Transport::Tls => Transport::Tls,
        }),
    }
}

/// A host as it stands in a URI.
pub(crate) fn shown(host: &rappel_trunk::Host) -> String {
    let name = match host.name.contains(':') {
        true => format!("[{}]", host.name),
        false => host.name.clone(),
    };
    match host.port {
        Some(port) => format!("{name}:{port}"),
        None => name,
    }
}

/// Who we are at a trunk, as signalling wants it.
pub(crate) fn account_of(login: &rappel_trunk::Login) -> Account {
    Account {
        username: login.username.clone(),
        password: login.password.clone(),
    }
}

fn barred(why: rappel_trunk::Barred) -> Barred {
    match why {
        rappel_trunk::Barred::NoTrunk => Barred::NoTrunk,
        rappel_trunk::Barred::Destination => Barred::Destination,
        rappel_trunk::Barred::Spent => Barred::Spent,
        rappel_trunk::Barred::Down => Barred::Down,
        rappel_trunk::Barred::Drained => Barred::Drained,
        rappel_trunk::Barred::Full => Barred::Full,
        rappel_trunk::Barred::CompanyFull => Barred::CompanyFull,
    }
}

/// How many times its patience the last address of the last way is waited for.
const LAST_PATIENCE: u32 = 4;

/// Who shows nothing has no address of ours either.
const ANY: std::net::SocketAddr =
    std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

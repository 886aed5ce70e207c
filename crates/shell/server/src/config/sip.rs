//! `[sip]`: where signalling is listened for, by which transports, and with which certificates.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use rappel_net::dns;
use rappel_net::sip::Listen;
use rappel_net::sip::tls::{Certificate, TlsFiles};
use rappel_sip::{Network, Transport};
use serde::Deserialize;

/// `[sip]`: the first listener, and what all listeners share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sip {
    /// `"auto"` (the address this machine uses to reach others) or an address of this machine.
    pub(crate) address: Address,
    /// One port for all transports of this listener.
    pub(crate) port: u16,
    /// The address peers see, when a router stands between; default: `address`.
    pub(crate) advertise: Option<IpAddr>,
    /// What is spoken there.
    pub(crate) transports: Vec<Spoken>,
    /// Peers in these networks are shown this listener; default: those that no other is for.
    #[serde(rename = "for")]
    pub(crate) networks: Vec<Net>,
    /// `[[sip.listener]]`: further ones.
    pub(crate) listener: Vec<Listener>,
    /// `[sip.tls]`: whom secure connections believe.
    pub(crate) tls: Tls,
    /// `[[sip.certificate]]`: who we are on secure connections.
    pub(crate) certificate: Vec<Pair>,
    /// `[sip.dns]`: who knows where names are.
    pub(crate) dns: Dns,
    /// Seconds after which a call that nobody refreshed is over (RFC 4028): the most that is granted,
    /// and what is asked for; 0 asks for nothing.
    pub(crate) session_expires: u32,
    /// The shortest such life in seconds that a peer may ask for. RFC 4028 §5 wants 90 at least; less
    /// is for tests that cannot wait.
    pub(crate) min_session_expires: u32,
}

/// `[[sip.listener]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listener {
    /// What is spoken there: `udp` and one of `tcp`, `tls`, `ws`, `wss`.
    pub(crate) transports: Vec<Spoken>,
    /// Default: that of `[sip]`.
    pub(crate) address: Option<Address>,
    /// Default: the transport's usual one, where all have the same.
    pub(crate) port: Option<u16>,
    /// Default: that of `[sip]` when the address is, else `address`.
    pub(crate) advertise: Option<IpAddr>,
    /// Peers in these networks are shown this listener; default: those that no other is for.
    #[serde(rename = "for", default)]
    pub(crate) networks: Vec<Net>,
    /// Who may connect.
    #[serde(default)]
    pub(crate) clients: Clients,
}

/// Who may connect to a secure listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Clients {
    /// Everybody: phones prove who they are by their password.
    #[default]
    Any,
    /// Only who shows a certificate signed by `[sip.tls] authorities`.
    Certified,
}

/// `[sip.tls]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tls {
    /// A PEM file of authorities that are believed, beside `rappel.toml`.
    pub(crate) authorities: Option<PathBuf>,
    /// Whether the authorities that this machine trusts are believed, too.
    pub(crate) public: bool,
}

/// `[[sip.certificate]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    /// A PEM file: the certificate, then those that lead to its authority.
    pub(crate) chain: PathBuf,
    /// A PEM file: its private key, without a password.
    pub(crate) key: PathBuf,
}

/// `[sip.dns]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Dns {
    /// Name servers; empty means those of this machine (`/etc/resolv.conf`).
    pub(crate) servers: Vec<NameServer>,
}

/// A name server: an address, with a port if it is not 53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct NameServer(SocketAddr);

/// A transport as operators write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Spoken(Transport);

/// A network as operators write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Net(Network);

/// An address of this machine, or `"auto"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Address {
    /// The one this machine uses to reach others.
    Auto,
    /// This one.
    Fixed(IpAddr),
}

/// One listener, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// What the transports bind.
    pub(crate) listen: Listen,
    /// The peers it is for.
    pub(crate) networks: Vec<Network>,
}

impl Sip {
    /// All listeners: that of `[sip]` first, unless it speaks nothing.
    pub(crate) fn places(&self) -> Vec<Place> {
        let own = Listener {
            transports: self.transports.clone(),
            address: None,
            port: Some(self.port),
            advertise: None,
            networks: self.networks.clone(),
            clients: Clients::Any,
        };
        let all = [&own].into_iter().chain(&self.listener);
        all.filter(|listener| !listener.transports.is_empty())
            .map(|listener| self.place(listener))
            .collect()
    }

    fn place(&self, listener: &Listener) -> Place {
        let address = listener.address.unwrap_or(self.address);
        let shared = self.advertise.filter(|_| listener.address.is_none());
        let transports = listener.transports.iter().map(|t| t.0).collect();
        let port = listener.port.or_else(|| usual(&listener.transports));
        Place {
            listen: Listen {
                transports,
                address: SocketAddr::new(address.resolve(), port.unwrap_or(self.port)),
                advertised: listener.advertise.or(shared),
                closed: listener.clients == Clients::Certified,
            },
            networks: listener.networks.iter().map(|net| net.0).collect(),
        }
    }

    /// The files of certificates; relative ones lie beside `rappel.toml` in `config`.
    pub(crate) fn tls_files(&self, config: &Path) -> TlsFiles {
        TlsFiles {
            certificates: self
                .certificate
                .iter()
                .map(|pair| Certificate {
                    chain: config.join(&pair.chain),
                    key: config.join(&pair.key),
                })
                .collect(),
            authorities: self.tls.authorities.as_ref().map(|path| config.join(path)),
            public: self.tls.public,
        }
    }

    /// Who is asked for names.
    pub(crate) fn dns(&self) -> dns::Settings {
        dns::Settings {
            servers: self.dns.servers.iter().map(|server| server.0).collect(),
            ..dns::Settings::default()
        }
    }

    /// What serde cannot see.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.port == 0 {
            return Err("[sip] port: 1 to 65535, not 0; 5060 is the usual one".into());
        }
        if self.min_session_expires < SHORTEST_SESSION {
            return Err(format!(
                "[sip] min_session_expires: {SHORTEST_SESSION} seconds at least; 90 is the usual"
            ));
        }
        if (1..self.min_session_expires).contains(&self.session_expires) {
            return Err(
                "[sip] session_expires: no less than min_session_expires, or 0 to ask for nothing"
                    .into(),
            );
        }
        for (number, listener) in (1..).zip(&self.listener) {
            self.check_listener(listener)
                .map_err(|why| format!("[[sip.listener]] {number}, {why}"))?;
        }
        let is_secure = |spoken: &Spoken| spoken.0.is_secure();
        if self.transports.iter().any(is_secure) && self.certificate.is_empty() {
            return Err(format!("[sip] transports: {NO_CERTIFICATE}"));
        }
        if self.places().is_empty() {
            return Err(
                "[sip] transports: empty, and there is no [[sip.listener]]; write \
                        transports = [\"udp\", \"tcp\"]"
                    .into(),
            );
        }
        if self.places().len() > MAX_LISTENERS {
            return Err(format!("[[sip.listener]]: at most {MAX_LISTENERS}"));
        }
        self.check_places()
    }

    /// What no start could bind: an address that nobody could answer to, and one port for two.
    fn check_places(&self) -> Result<(), String> {
        let places: Vec<Listen> = self
            .places()
            .into_iter()
            .map(|place| place.listen)
            .collect();
        let nowhere =
            |listen: &&Listen| listen.address.ip().is_unspecified() && listen.advertised.is_none();
        if let Some(listen) = places.iter().find(nowhere) {
            return Err(format!(
                "[sip] address: {} is every address of this machine, and peers must be told one to \
                 answer to: set [sip] advertise (for a [[sip.listener]] its own), or an address that \
                 this machine has, or \"auto\"",
                listen.address.ip()
            ));
        }
        let sockets = places.iter().flat_map(|listen| {
            let each = listen.transports.iter();
            each.map(|transport| (listen.address, transport.is_reliable()))
        });
        let mut taken: Vec<(SocketAddr, bool)> = Vec::new();
        for (address, is_stream) in sockets {
            let meets = |known: &&(SocketAddr, bool)| {
                known.1 == is_stream
                    && known.0.port() == address.port()
                    && overlap(known.0, address)
            };
            if taken.iter().any(|known| meets(&known)) {
                return Err(format!(
                    "port {} at {} is listened at twice: tcp, tls, ws and wss need a port each, and \
                     so do two listeners at one address; change [sip] port or [[sip.listener]] port",
                    address.port(),
                    address.ip()
                ));
            }
            taken.push((address, is_stream));
        }
        Ok(())
    }

    fn check_listener(&self, listener: &Listener) -> Result<(), String> {
        let transports = &listener.transports;
        let is_secure = |spoken: &Spoken| spoken.0.is_secure();
        if transports.is_empty() {
            return Err("transports: name at least one of udp, tcp, tls, ws, wss".into());
        }
        let streams = transports.iter().filter(|t| t.0.is_reliable()).count();
        if streams > 1 {
            return Err(
                "transports: tcp, tls, ws and wss need a port each; write a [[sip.listener]] for \
                 each of them"
                    .into(),
            );
        }
        if listener.port == Some(0) {
            return Err("port: 1 to 65535, not 0".into());
        }
        if listener.port.is_none() && usual(transports).is_none() {
            return Err("port: name one, these transports have different usual ones".into());
        }
        if transports.iter().any(is_secure) && self.certificate.is_empty() {
            return Err(format!("transports: {NO_CERTIFICATE}"));
        }
        if listener.clients == Clients::Certified {
            if !transports.iter().all(is_secure) {
                return Err("clients = \"certified\" needs transports tls or wss alone".into());
            }
            if self.tls.authorities.is_none() {
                return Err(
                    "clients = \"certified\" needs a file of those who sign their certificates: \
                     [sip.tls] authorities"
                        .into(),
                );
            }
        }
        Ok(())
    }
}

/// Whether one of the two takes packets of the other: the same address, or every one of its family.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let every = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.ip() == other.ip() || (every && one.is_ipv4() == other.is_ipv4())
}

/// The port that all these transports use when nothing is said.
fn usual(transports: &[Spoken]) -> Option<u16> {
    let mut ports = transports.iter().map(|spoken| spoken.0.default_port());
    let first = ports.next()?;
    ports.all(|port| port == first).then_some(first)
}

impl TryFrom<String> for Spoken {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = Transport::ALL.into_iter();
        let mut named = known.filter(|t| t.via_name().eq_ignore_ascii_case(&text));
        named
            .next()
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no transport: udp, tcp, tls, ws or wss"))
    }
}

impl TryFrom<String> for Net {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|why| format!("`{text}` is {why}"))
    }
}

impl TryFrom<String> for NameServer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let address = text.parse::<IpAddr>();
        address
            .map(|ip| SocketAddr::new(ip, DNS_PORT))
            .or_else(|_| text.parse())
            .map(Self)
            .map_err(|_| format!("`{text}` is no name server: write 192.0.2.53 or 192.0.2.53:5353"))
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "auto" => Ok(Self::Auto),
            other => other
                .parse()
                .map(Self::Fixed)
                .map_err(|_| format!("`{text}` is neither \"auto\" nor an IP address")),
        }
    }
}

impl Address {
    /// The address itself; asks the routing table for `Auto`, without sending anything.
    pub(crate) fn resolve(self) -> IpAddr {
        match self {
            Self::Fixed(address) => address,
            Self::Auto => primary().unwrap_or(LOOPBACK),
        }
    }
}

/// The address the kernel would send from. Connecting a UDP socket only looks up a route.
fn primary() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(SocketAddr::from(([192, 0, 2, 1], 9))).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

impl Default for Sip {
    fn default() -> Self {
        Self {
            address: Address::Auto,
            port: 5060,
            advertise: None,
            transports: vec![Spoken(Transport::Udp), Spoken(Transport::Tcp)],
            networks: Vec::new(),
            listener: Vec::new(),
            tls: Tls::default(),
            certificate: Vec::new(),
            dns: Dns::default(),
            session_expires: 1800,
            min_session_expires: 90,
        }
    }
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            authorities: None,
            public: true,
        }
    }
}

/// What is left when the machine has no network at all.
const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// What a secure listener lacks.
const NO_CERTIFICATE: &str = "tls and wss need a certificate: write [[sip.certificate]] with chain \
                              and key, the paths of PEM files";

/// More listeners than any machine we know of would need.
const MAX_LISTENERS: usize = 32;

/// No refresh crosses a bad network in less, in seconds.
const SHORTEST_SESSION: u32 = 5;

/// RFC 1035 §4.2.
const DNS_PORT: u16 = 53;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Sip, String> {
        let sip: Sip = toml::from_str(text).map_err(|e| e.to_string())?;
        sip.check()?;
        Ok(sip)
    }

    #[test]
    fn what_no_start_could_bind_is_refused_with_its_key() {
        for (text, told) in [
            ("address = \"0.0.0.0\"", "set [sip] advertise"),
            ("address = \"::\"", "set [sip] advertise"),
            (
                "address = \"10.0.0.1\"\n[[listener]]\ntransports = [\"udp\"]\nport = 5060",
                "port 5060 at 10.0.0.1 is listened at twice",
            ),
            (
                "address = \"10.0.0.1\"\n[[listener]]\ntransports = [\"ws\"]\n\
                 address = \"0.0.0.0\"\nadvertise = \"192.0.2.1\"\nport = 5060",
                "[[sip.listener]] port",
            ),
            (
                "address = \"10.0.0.1\"\ntransports = [\"tcp\", \"ws\"]",
                "need a port each",
            ),
        ] {
            let why = read(text).expect_err(text);
            assert!(why.contains(told), "{why}");
        }
        for good in [
            "address = \"0.0.0.0\"\nadvertise = \"192.0.2.1\"",
            "address = \"10.0.0.1\"\n[[listener]]\ntransports = [\"udp\"]\nport = 5062",
            "address = \"10.0.0.1\"\n[[listener]]\ntransports = [\"udp\"]\n\
             address = \"10.0.0.2\"\nport = 5060",
            "address = \"10.0.0.1\"\ntransports = [\"udp\"]\n[[listener]]\n\
             transports = [\"tcp\"]\nport = 5060",
        ] {
            read(good).expect(good);
        }
    }

    #[test]
    fn nothing_written_is_udp_and_tcp_on_5060() {
        let places = read("address = \"10.0.0.1\"").unwrap().places();
        let usual = Listen::usual("10.0.0.1:5060".parse().unwrap());
        assert_eq!(places.len(), 1);
        assert_eq!(places[0].listen, usual);
    }

    #[test]
    fn listeners_take_what_they_do_not_say_from_sip_and_from_their_transport() {
        let sip = read(
            "address = \"10.0.0.1\"\nadvertise = \"203.0.113.5\"\nport = 5080\n\
             certificate = [{ chain = \"c.pem\", key = \"k.pem\" }]\n\
             [[listener]]\ntransports = [\"tls\"]\n\
             [[listener]]\ntransports = [\"udp\", \"tcp\"]\naddress = \"192.168.1.1\"\n\
             for = [\"192.168.0.0/16\"]\n\
             [[listener]]\ntransports = [\"WSS\"]\naddress = \"::1\"\nport = 8443\n",
        );
        let places = sip.unwrap().places();
        let told: Vec<_> = places
            .iter()
            .map(|p| (p.listen.address.to_string(), p.listen.advertised.is_some()))
            .collect();
        let expected = [
            ("10.0.0.1:5080", true),
            ("10.0.0.1:5061", true),
            ("192.168.1.1:5060", false),
            ("[::1]:8443", false),
        ];
        assert_eq!(
            told,
            expected.map(|(address, shown)| (address.to_owned(), shown))
        );
        assert_eq!(places[2].networks, ["192.168.0.0/16".parse().unwrap()]);
        assert_eq!(places[3].listen.transports, [Transport::Wss]);
    }

    #[test]
    fn what_no_start_could_use_is_refused_with_its_key_and_remedy() {
        for (text, told) in [
            ("port = 0", "[sip] port: 1 to 65535"),
            ("min_session_expires = 4", "[sip] min_session_expires: 5"),
            ("session_expires = 89", "or 0 to ask for nothing"),
            ("transports = []", "there is no [[sip.listener]]"),
            ("transports = [\"sctp\"]", "`sctp` is no transport"),
            ("transports = [\"tls\"]", "write [[sip.certificate]]"),
            ("for = [\"office\"]", "not a network: write 10.0.0.0/8"),
            ("dns.servers = [\"dns.example\"]", "no name server"),
            (
                "listener = [{ transports = [\"wss\"] }]",
                "[[sip.listener]] 1, transports: tls and wss need",
            ),
            (
                "listener = [{ transports = [\"tcp\", \"ws\"] }]",
                "need a port each",
            ),
            (
                "listener = [{ transports = [\"udp\", \"ws\"] }]",
                "port: name one",
            ),
            (
                "listener = [{ transports = [\"tcp\"], clients = \"certified\" }]",
                "tls or wss alone",
            ),
            (
                "certificate = [{ chain = \"c\", key = \"k\" }]\n\
                 listener = [{ transports = [\"tls\"], clients = \"certified\" }]",
                "[sip.tls] authorities",
            ),
        ] {
            let why = read(text).expect_err(text);
            assert!(why.contains(told), "{text}: {why}");
        }
    }
}

//! `[sip]`: where signalling is listened for, by which transports, and with which certificates.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_net::dns;
use rappel_net::sip::Listen;
use rappel_net::sip::tls::{Certificate, TlsFiles};
use rappel_sip::{Network, Transport};
use serde::Deserialize;

use super::fault::Fault;
use super::reading::Said;

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

    /// The path of the key that names a file of certificates, as [`Self::tls_files`] tells it.
    pub(crate) fn names_file(&self, config: &Path, file: &Path) -> Option<Vec<String>> {
        let pairs = (1..).zip(&self.certificate).flat_map(|(number, pair)| {
            let path = |key: &str| {
                let number: usize = number;
                vec![
                    "sip".into(),
                    "certificate".into(),
                    number.to_string(),
                    key.into(),
                ]
            };
            [(path("chain"), &pair.chain), (path("key"), &pair.key)]
        });
        let authorities = self.tls.authorities.iter().map(|named| {
            let path = ["sip", "tls", "authorities"].map(str::to_owned);
            (path.to_vec(), named)
        });
        let mut all = pairs.chain(authorities);
        let (path, _) = all.find(|(_, named)| config.join(named) == file)?;
        Some(path)
    }

    /// Who is asked for names.
    pub(crate) fn dns(&self) -> dns::Settings {
        dns::Settings {
            servers: self.dns.servers.iter().map(|server| server.0).collect(),
            ..dns::Settings::default()
        }
    }

    /// What reading cannot see.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        if self.port == 0 {
            let why = words!(
                "1 to 65535, not 0; 5060 is the usual one",
                "de 1 à 65535, pas 0 ; 5060 d'ordinaire"
            );
            found.push(Fault::bounds(["sip", "port"], why));
        }
        if self.min_session_expires < SHORTEST_SESSION {
            let why = words!(
                "{SHORTEST_SESSION} seconds at least; 90 is the usual",
                "{SHORTEST_SESSION} secondes au moins ; 90 d'ordinaire"
            );
            found.push(Fault::bounds(["sip", "min_session_expires"], why));
        }
        if (1..self.min_session_expires).contains(&self.session_expires) {
            let why = words!(
                "no less than min_session_expires, or 0 to ask for nothing",
                "pas moins que min_session_expires, ou 0 pour ne rien demander"
            );
            found.push(Fault::bounds(["sip", "session_expires"], why));
        }
        for (number, listener) in (1..).zip(&self.listener) {
            self.judge(number, listener, &mut found);
        }
        if self.transports.iter().any(Spoken::is_secure) && self.certificate.is_empty() {
            found.push(Fault::value(["sip", "transports"], no_certificate()));
        }
        if self.places().is_empty() {
            let why = words!(
                "empty, and there is no [[sip.listener]]; write transports = [\"udp\", \"tcp\"]",
                "vide, et il n'y a pas de [[sip.listener]] ; écrivez transports = [\"udp\", \"tcp\"]"
            );
            found.push(Fault::value(["sip", "transports"], why));
        }
        if self.places().len() > MAX_LISTENERS {
            let why = words!("at most {MAX_LISTENERS}", "{MAX_LISTENERS} au plus");
            found.push(Fault::bounds(["sip", "listener"], why));
        }
        // What is listened at is only known where each listener is in order.
        if found.is_empty() {
            found.extend(self.unbindable());
        }
        found
    }

    /// What no start could bind: an address that nobody could answer to, and one port for two.
    fn unbindable(&self) -> Vec<Fault> {
        let places: Vec<Listen> = self
            .places()
            .into_iter()
            .map(|place| place.listen)
            .collect();
        let nowhere =
            |listen: &&Listen| listen.address.ip().is_unspecified() && listen.advertised.is_none();
        let mut found: Vec<Fault> = places
            .iter()
            .find(nowhere)
            .map(|listen| {
                let ip = listen.address.ip();
                let why = words!(
                    "{ip} is every address of this machine, and peers must be told one to answer to: set \
                     [sip] advertise (for a [[sip.listener]] its own), or an address that this machine \
                     has, or \"auto\"",
                    "{ip} est toute adresse de cette machine, et il faut en dire une à laquelle répondre : \
                     donnez [sip] advertise (à un [[sip.listener]] le sien), ou une adresse de cette \
                     machine, ou \"auto\""
                );
                Fault::value(["sip", "address"], why)
            })
            .into_iter()
            .collect();
        let sockets = places.iter().flat_map(|listen| {
            let each = listen.transports.iter();
            each.map(|transport| (listen.address, transport.is_reliable()))
        });
        let mut taken: Vec<(SocketAddr, bool)> = Vec::new();
        for (address, is_stream) in sockets {
            let meets = |known: &(SocketAddr, bool)| {
                known.1 == is_stream
                    && known.0.port() == address.port()
                    && overlap(known.0, address)
            };
            if taken.iter().any(meets) {
                let (port, ip) = (address.port(), address.ip());
                let why = words!(
                    "port {port} at {ip} is listened at twice: tcp, tls, ws and wss need a port each, and \
                     so do two listeners at one address; change [sip] port or [[sip.listener]] port",
                    "on écoute deux fois au port {port} de {ip} : tcp, tls, ws et wss veulent chacun un \
                     port, et deux points d'écoute à une même adresse aussi ; changez [sip] port ou \
                     [[sip.listener]] port"
                );
                found.push(Fault::value(["sip", "port"], why));
            }
            taken.push((address, is_stream));
        }
        found
    }

    /// What is wrong with the listener of that number.
    fn judge(&self, number: usize, listener: &Listener, found: &mut Vec<Fault>) {
        let number = number.to_string();
        let mut tell =
            |key: &str, why| found.push(Fault::value(["sip", "listener", &number, key], why));
        let transports = &listener.transports;
        if transports.is_empty() {
            let why = words!(
                "name at least one of udp, tcp, tls, ws, wss",
                "nommez au moins un de : udp, tcp, tls, ws, wss"
            );
            tell("transports", why);
        }
        if transports.iter().filter(|t| t.0.is_reliable()).count() > 1 {
            let why = words!(
                "tcp, tls, ws and wss need a port each; write a [[sip.listener]] for each of them",
                "tcp, tls, ws et wss veulent chacun un port ; écrivez un [[sip.listener]] pour chacun"
            );
            tell("transports", why);
        } else if listener.port.is_none() && !transports.is_empty() && usual(transports).is_none() {
            let why = words!(
                "name one, these transports have different usual ones",
                "donnez-en un, ces transports en ont d'ordinaire de différents"
            );
            tell("port", why);
        }
        if listener.port == Some(0) {
            tell("port", words!("1 to 65535, not 0", "de 1 à 65535, pas 0"));
        }
        if transports.iter().any(Spoken::is_secure) && self.certificate.is_empty() {
            tell("transports", no_certificate());
        }
        if listener.clients != Clients::Certified {
            return;
        }
        if !transports.iter().all(Spoken::is_secure) {
            let why = words!(
                "\"certified\" needs transports tls or wss alone",
                "\"certified\" veut les transports tls ou wss seuls"
            );
            tell("clients", why);
        }
        if self.tls.authorities.is_none() {
            let why = words!(
                "\"certified\" needs a file of those who sign their certificates: [sip.tls] authorities",
                "\"certified\" veut un fichier de ceux qui signent leurs certificats : [sip.tls] authorities"
            );
            tell("clients", why);
        }
    }
}

impl Spoken {
    fn is_secure(&self) -> bool {
        self.0.is_secure()
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
    type Error = Said;

    fn try_from(text: String) -> Result<Self, Said> {
        let known = Transport::ALL.into_iter();
        let mut named = known.filter(|t| t.via_name().eq_ignore_ascii_case(&text));
        named.next().map(Self).ok_or_else(|| {
            Said(words!(
                "`{text}` is no transport: udp, tcp, tls, ws or wss",
                "« {text} » n'est pas un transport : udp, tcp, tls, ws ou wss"
            ))
        })
    }
}

impl TryFrom<String> for Net {
    type Error = Said;

    fn try_from(text: String) -> Result<Self, Said> {
        text.parse().map(Self).map_err(|_| {
            Said(words!(
                "`{text}` is not a network: write 10.0.0.0/8 or 2001:db8::/32",
                "« {text} » n'est pas un réseau : écrivez 10.0.0.0/8 ou 2001:db8::/32"
            ))
        })
    }
}

impl TryFrom<String> for NameServer {
    type Error = Said;

    fn try_from(text: String) -> Result<Self, Said> {
        let address = text.parse::<IpAddr>();
        address
            .map(|ip| SocketAddr::new(ip, DNS_PORT))
            .or_else(|_| text.parse())
            .map(Self)
            .map_err(|_| {
                Said(words!(
                    "`{text}` is no name server: write 192.0.2.53 or 192.0.2.53:5353",
                    "« {text} » n'est pas un serveur de noms : écrivez 192.0.2.53 ou 192.0.2.53:5353"
                ))
            })
    }
}

impl TryFrom<String> for Address {
    type Error = Said;

    fn try_from(text: String) -> Result<Self, Said> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        text.parse().map(Self::Fixed).map_err(|_| {
            Said(words!(
                "`{text}` is neither \"auto\" nor an IP address",
                "« {text} » n'est ni \"auto\" ni une adresse IP"
            ))
        })
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
fn no_certificate() -> Words {
    words!(
        "tls and wss need a certificate: write [[sip.certificate]] with chain and key, the paths of PEM files",
        "tls et wss veulent un certificat : écrivez [[sip.certificate]] avec chain et key, les chemins de \
         fichiers PEM"
    )
}

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
        let first = sip.faults().into_iter().next();
        first.map_or(Ok(sip), |fault| Err(fault.to_string()))
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

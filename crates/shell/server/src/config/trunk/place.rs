//! Where a trunk is, and how it is spoken to.

use rappel_ivr::words;
use rappel_model::Secrecy;
use rappel_trunk::{Settings, Transport};

use super::Trunk;
use super::host::host;
use super::problems::Problems;

impl Trunk {
    /// Where it is, and how it is spoken to.
    pub(super) fn read_place(&self, settings: &mut Settings, problems: &mut Problems<'_>) {
        let transport = problems.word("transport", self.transport.as_deref(), &TRANSPORTS);
        let host = |text: &str, port: Option<u16>| host(text, port, transport);
        if self.address.is_empty() && self.host.is_none() && !self.register {
            problems.tell(
                "address",
                words!(
                    "name at least one address, or a host, or register = true; without, its \
                     calls are nobody's",
                    "donnez au moins une adresse, ou un host, ou register = true ; sinon ses \
                     appels ne sont à personne"
                ),
            );
        }
        if self.port == Some(0) {
            problems.tell(
                "port",
                words!(
                    "1 to 65535, not 0; leave it out for the usual one",
                    "de 1 à 65535, pas 0 ; ne l'écrivez pas pour le port habituel"
                ),
            );
        }
        if let Some(text) = &self.host {
            settings.host = host(text, self.port);
            if settings.host.is_none() {
                problems.not_a_host("host", text);
            }
        }
        if let Some(text) = &self.proxy {
            match (host(text, None), &self.host) {
                (Some(proxy), Some(domain)) => {
                    settings.host = Some(proxy);
                    settings.domain = Some(domain.clone());
                }
                (Some(proxy), None) => settings.host = Some(proxy),
                (None, _) => problems.not_a_host("proxy", text),
            }
        }
        if let Some(domain) = &self.domain {
            match super::host::host(domain, None, None) {
                Some(_) => settings.domain = Some(domain.clone()),
                None => problems.not_a_host("domain", domain),
            }
        }
        if let Some(word) = &self.srtp {
            settings.secrecy = Secrecy::from_word(word);
            if settings.secrecy.is_none() {
                problems.none_of("srtp", word, "off, offered, required".to_owned());
            }
        }
    }
}

const TRANSPORTS: [(&str, Transport); 3] = [
    ("udp", Transport::Udp),
    ("tcp", Transport::Tcp),
    ("tls", Transport::Tls),
];

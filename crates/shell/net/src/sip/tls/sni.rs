//! Which certificate a peer is shown: the one for the host it names (RFC 6066 §3).

use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// Our certificates, in the order of the settings; never empty.
#[derive(Debug)]
pub(super) struct Resolver(Vec<Arc<CertifiedKey>>);

impl Resolver {
    /// `None` without certificates.
    pub(super) fn new(keys: Vec<Arc<CertifiedKey>>) -> Option<Self> {
        (!keys.is_empty()).then_some(Self(keys))
    }

    fn choose(&self, host: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let named = host
            .and_then(|host| ServerName::try_from(host).ok())
            .and_then(|name| self.0.iter().find(|key| is_for(key, &name)));
        named.or_else(|| self.0.first()).cloned()
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.choose(hello.server_name())
    }
}

fn is_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    key.end_entity_cert()
        .and_then(ParsedCertificate::try_from)
        .is_ok_and(|certificate| verify_server_name(&certificate, name).is_ok())
}

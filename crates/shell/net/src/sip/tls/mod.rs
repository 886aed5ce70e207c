//! Who we are and whom we believe on secure connections (RFC 3261 §26.3, RFC 5922): certificates
//! and authorities read from files, and read again when they change, while calls go on.

mod fault;
mod files;
mod judge;
mod sni;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, ServerConfig};

pub use fault::{Fault, Why};
pub(super) use judge::fault_of;

/// Where certificates and authorities are kept, all in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificates. Peers that name no host, or one that none of them is for, are shown the
    /// first; carriers that ask who we are are shown the first, too.
    pub certificates: Vec<Certificate>,
    /// A file of authorities that are believed beside the public ones.
    pub authorities: Option<PathBuf>,
    /// Whether the authorities that this machine's system trusts are believed.
    pub public: bool,
}

/// One certificate of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate, then those that lead to its authority.
    pub chain: PathBuf,
    /// Its private key: PKCS #8, SEC 1 or PKCS #1, without a password.
    pub key: PathBuf,
}

/// The keys of an engine, as its connections use them. Connections that are open keep what they were
/// opened with.
#[derive(Debug)]
pub struct Keys {
    files: TlsFiles,
    current: RwLock<Arc<Material>>,
    /// What the files looked like when they were read last, for good or ill.
    seen: Mutex<Vec<Option<Look>>>,
}

/// Size and time of a file: what tells that it has changed.
type Look = (u64, SystemTime);

/// What a handshake needs.
#[derive(Debug)]
pub(super) struct Material {
    /// For listeners that ask nobody who they are; `None` without a certificate.
    pub(super) open: Option<Arc<ServerConfig>>,
    /// For listeners that take only peers whose certificate the operator's own authorities have
    /// signed; `None` without a certificate or without such authorities.
    pub(super) closed: Option<Arc<ServerConfig>>,
    /// For connections of ours.
    pub(super) client: Arc<ClientConfig>,
}

impl Keys {
    /// Reads the files. Certificates that are only out of date are used, and told: an engine whose
    /// certificate ran out overnight still serves its phones over UDP.
    ///
    /// # Errors
    /// Everything that is wrong, when any of it leaves nothing to serve with.
    pub fn open(files: TlsFiles) -> Result<(Self, Vec<Fault>), Vec<Fault>> {
        let seen = Mutex::new(files::looks(&files));
        let (material, faults) = Material::read(&files)?;
        let keys = Self {
            files,
            current: RwLock::new(Arc::new(material)),
            seen,
        };
        Ok((keys, faults))
    }

    /// What is wrong with the files, without using them.
    pub fn check(files: &TlsFiles) -> Vec<Fault> {
        match Material::read(files) {
            Ok((_, faults)) | Err(faults) => faults,
        }
    }

    /// Reads the files again if they changed since the last time; true when new ones are in use from
    /// here on.
    ///
    /// # Errors
    /// What is wrong with the new files; the old ones stay in use, and the same files are not judged
    /// again until they change.
    pub fn reload(&self) -> Result<bool, Vec<Fault>> {
        let looks = files::looks(&self.files);
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == looks {
                return Ok(false);
            }
            *seen = looks;
        }
        match Material::read(&self.files)? {
            (material, faults) if faults.is_empty() => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = Arc::new(material);
                Ok(true)
            }
            (_, faults) => Err(faults),
        }
    }

    /// Looks at the files every so often for as long as the runtime lives.
    pub(super) async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let keys = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || keys.reload()).await {
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => tracing::info!("new certificates are in use"),
                Ok(Err(faults)) => {
                    for fault in faults {
                        tracing::error!(%fault, "the certificates in use stay");
                    }
                }
                Err(error) => tracing::error!(%error, "looking at certificates failed"),
            }
        }
    }

    pub(super) fn current(&self) -> Arc<Material> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }
}

impl Material {
    fn read(files: &TlsFiles) -> Result<(Self, Vec<Fault>), Vec<Fault>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let read = files::read(files, &provider);
        if read.faults.iter().any(Fault::is_fatal) {
            return Err(read.faults);
        }
        let builder = || {
            ServerConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
                .expect("ring has the cipher suites of TLS 1.2 and 1.3")
        };
        let resolver = sni::Resolver::new(read.keys.clone()).map(Arc::new);
        let open = resolver.clone().map(|resolver| {
            let config = builder().with_no_client_auth();
            Arc::new(config.with_cert_resolver(resolver))
        });
        let closed = resolver.zip(read.verifier).map(|(resolver, verifier)| {
            let config = builder().with_client_cert_verifier(verifier);
            Arc::new(config.with_cert_resolver(resolver))
        });
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("ring has the cipher suites of TLS 1.2 and 1.3")
            .with_root_certificates(read.roots);
        let client = match read.keys.first() {
            Some(key) => {
                client.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(key))))
            }
            None => client.with_no_client_auth(),
        };
        let client = Arc::new(client);
        let material = Self {
            open,
            closed,
            client,
        };
        Ok((material, read.faults))
    }
}

/// How often the files are looked at: a certificate is renewed days before the old one runs out.
const LOOK_EVERY: Duration = Duration::from_secs(30);

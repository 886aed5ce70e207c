//! Certificates, keys and authorities, read from files and judged.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, Error, InconsistentKeys, RootCertStore};

use super::{Certificate, Fault, Look, TlsFiles, Why};

/// All that was in the files.
pub(super) struct Contents {
    /// Our certificates with their keys, in the order of the settings.
    pub(super) keys: Vec<Arc<CertifiedKey>>,
    /// Whom we believe about servers.
    pub(super) roots: RootCertStore,
    /// Who judges peers that open connections; `None` without authorities of the operator's own.
    pub(super) verifier: Option<Arc<dyn ClientCertVerifier>>,
    /// What is wrong.
    pub(super) faults: Vec<Fault>,
}

/// Reads everything; what is wrong is left out and told.
pub(super) fn read(files: &TlsFiles, provider: &Arc<CryptoProvider>) -> Contents {
    let mut faults = Vec::new();
    let mut keys = Vec::new();
    for certificate in &files.certificates {
        match pair(certificate, provider) {
            Ok((key, dated)) => {
                keys.push(Arc::new(key));
                faults.extend(dated);
            }
            Err(wrong) => faults.extend(wrong),
        }
    }
    let mut roots = RootCertStore::empty();
    if files.public {
        // A machine without authorities, or with some that cannot be read, still knows the others.
        let system = rustls_native_certs::load_native_certs();
        for error in system.errors {
            tracing::debug!(%error, "an authority of the system cannot be read");
        }
        roots.add_parsable_certificates(system.certs);
    }
    let mut own = RootCertStore::empty();
    if let Some(path) = &files.authorities {
        match chain(path) {
            Ok(authorities) => {
                for authority in authorities {
                    if let Err(error) = own.add(authority) {
                        faults.push(fault(path, Why::Broken(error.to_string())));
                    }
                }
            }
            Err(wrong) => faults.push(wrong),
        }
    }
    roots.extend(own.roots.iter().cloned());
    // The public authorities vouch for names, not for whom an operator lets in.
    let verifier = (!own.is_empty()).then(|| {
        WebPkiClientVerifier::builder_with_provider(Arc::new(own), Arc::clone(provider)).build()
    });
    Contents {
        keys,
        roots,
        verifier: verifier.and_then(Result::ok),
        faults,
    }
}

/// Size and time of every file, in a fixed order.
pub(super) fn looks(files: &TlsFiles) -> Vec<Option<Look>> {
    let pairs = files.certificates.iter().flat_map(|c| [&c.chain, &c.key]);
    let look = |path: &std::path::PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    };
    pairs.chain(&files.authorities).map(look).collect()
}

/// One certificate with its key; a date that is wrong is told beside it.
fn pair(
    files: &Certificate,
    provider: &Arc<CryptoProvider>,
) -> Result<(CertifiedKey, Option<Fault>), Vec<Fault>> {
    let (chain, key) = match (chain(&files.chain), key(&files.key)) {
        (Ok(chain), Ok(key)) => (chain, key),
        (chain, key) => return Err(chain.err().into_iter().chain(key.err()).collect()),
    };
    let dated = date(&chain, provider).map(|why| fault(&files.chain, why));
    match CertifiedKey::from_der(chain, key, provider) {
        Ok(pair) => Ok((pair, dated)),
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            let chain = files.chain.clone();
            Err(vec![fault(&files.key, Why::Mismatched { chain })])
        }
        // The certificate is at fault when it cannot even be read; else the key's kind is unknown.
        Err(Error::InvalidCertificate(error)) => {
            Err(vec![fault(&files.chain, Why::Broken(format!("{error:?}")))])
        }
        Err(error) => Err(vec![fault(&files.key, Why::Broken(error.to_string()))]),
    }
}

/// What is wrong with the dates of a certificate. The verifier looks at dates before anything else,
/// so that it does not matter whom it believes: it is given the certificate itself.
fn date(chain: &[CertificateDer<'static>], provider: &Arc<CryptoProvider>) -> Option<Why> {
    let (end, rest) = chain.split_first()?;
    let mut roots = RootCertStore::empty();
    roots.add(end.clone()).ok()?;
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let name = ServerName::try_from("date.invalid").ok()?;
    let judged = verifier
        .build()
        .ok()?
        .verify_server_cert(end, rest, &name, &[], UnixTime::now());
    match judged {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            let since = not_after.as_secs();
            Some(Why::Expired { since })
        }
        Err(Error::InvalidCertificate(CertificateError::NotValidYetContext {
            not_before, ..
        })) => {
            let from = not_before.as_secs();
            Some(Why::NotYetValid { from })
        }
        // Nobody vouches for it, it is for another name: none of that is a date.
        _ => None,
    }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let text = text(path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(fault(path, Why::NoCertificate)),
        Ok(chain) => Ok(chain),
        Err(error) => Err(fault(path, Why::Broken(error.to_string()))),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, Fault> {
    let text = text(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => fault(path, Why::NoKey),
        other => fault(path, Why::Broken(other.to_string())),
    })
}

fn text(path: &Path) -> Result<Vec<u8>, Fault> {
    let mut text = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut text));
    match read {
        Ok(length) if length as u64 > MAX_FILE => Err(fault(path, Why::TooLarge)),
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(fault(path, Why::Missing)),
        Err(error) => Err(fault(path, Why::Unreadable(error.to_string()))),
    }
}

fn fault(path: &Path, why: Why) -> Fault {
    Fault {
        file: path.to_path_buf(),
        why,
    }
}

/// Most bytes of one file: all public authorities together are some 250 KiB.
const MAX_FILE: u64 = 4 * 1024 * 1024;

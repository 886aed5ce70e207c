//! The certificate a pacing thread shows to browsers: made when it starts, known to nobody before. Browsers
//! believe it because SDP names its fingerprint (RFC 5763 §5), not because somebody has signed it.

use std::io;
use std::sync::Arc;

use rappel_rtp::Identity;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};

use crate::clock::Clock;

/// A fresh certificate with its key.
///
/// # Errors
/// When the system gives no randomness, or the ciphers cannot be set up.
pub(super) fn fresh(clock: Clock) -> io::Result<Arc<Identity>> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(io::Error::other)?;
    let mut wanted = CertificateParams::default();
    wanted.distinguished_name = DistinguishedName::new();
    // It goes to whoever calls: it says nothing of the machine.
    wanted.distinguished_name.push(DnType::CommonName, "rappel");
    let certificate = wanted.self_signed(&key).map_err(io::Error::other)?;
    let identity = Identity::new(
        certificate.der().to_vec(),
        key.serialize_der(),
        clock.epoch(),
    );
    Ok(Arc::new(identity.map_err(io::Error::other)?))
}

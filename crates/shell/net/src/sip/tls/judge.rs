//! What a handshake that failed says, in the words of diagnoses.

use std::io;

use rappel_model::trouble::SecureFault;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

/// Reads the error of a handshake.
pub(in crate::sip) fn fault_of(error: &io::Error) -> SecureFault {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::InvalidCertificate(why)) => of_certificate(why),
        Some(Error::AlertReceived(alert)) => of_alert(*alert),
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => SecureFault::Plain,
        _ => SecureFault::Other,
    }
}

fn of_certificate(why: &CertificateError) -> SecureFault {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => SecureFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            SecureFault::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            SecureFault::OtherName
        }
        CertificateError::UnknownIssuer => SecureFault::UnknownAuthority,
        _ => SecureFault::Other,
    }
}

/// What a peer says of our certificate (RFC 8446 §6.2). Libraries that find another name in it than the
/// one they called have no closer word than bad_certificate.
fn of_alert(alert: AlertDescription) -> SecureFault {
    match alert {
        AlertDescription::CertificateExpired => SecureFault::Expired,
        AlertDescription::UnknownCA => SecureFault::UnknownAuthority,
        AlertDescription::BadCertificate | AlertDescription::CertificateUnknown => {
            SecureFault::OtherName
        }
        _ => SecureFault::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart() {
        for (error, fault) in [
            (
                Error::InvalidCertificate(CertificateError::Expired),
                SecureFault::Expired,
            ),
            (
                Error::InvalidCertificate(CertificateError::NotValidForName),
                SecureFault::OtherName,
            ),
            (
                Error::InvalidCertificate(CertificateError::UnknownIssuer),
                SecureFault::UnknownAuthority,
            ),
            (
                Error::AlertReceived(AlertDescription::UnknownCA),
                SecureFault::UnknownAuthority,
            ),
            (
                Error::AlertReceived(AlertDescription::CertificateExpired),
                SecureFault::Expired,
            ),
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                SecureFault::Plain,
            ),
            (Error::HandshakeNotComplete, SecureFault::Other),
        ] {
            assert_eq!(fault_of(&io::Error::other(error)), fault);
        }
        assert_eq!(fault_of(&io::Error::other("gone")), SecureFault::Other);
    }
}

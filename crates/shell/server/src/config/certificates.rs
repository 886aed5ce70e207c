//! What is wrong with files of certificates and keys, in the words of who has to mend it.

use rappel_ivr::{Words, words};
use rappel_model::Timestamp;
use rappel_net::sip::tls::{Fault, Why};

/// One fault with its remedy.
pub(crate) fn told(fault: &Fault) -> Words {
    let file = fault.file.display();
    match &fault.why {
        Why::Missing => words!(
            "{file}: there is no such file; [[sip.certificate]] and [sip.tls] in rappel.toml name the \
             files of certificates, beside rappel.toml unless they begin with /",
            "{file} : ce fichier n'existe pas ; [[sip.certificate]] et [sip.tls] dans rappel.toml \
             nomment les fichiers de certificats, à côté de rappel.toml s'ils ne commencent pas par /"
        ),
        Why::Unreadable(why) => words!(
            "{file}: cannot be read ({why}); let the user that runs the engine read it: chgrp, then \
             chmod 640",
            "{file} : ne peut être lu ({why}) ; laissez l'utilisateur du moteur le lire : chgrp, puis \
             chmod 640"
        ),
        Why::TooLarge => words!(
            "{file}: too large for certificates or keys; is it the right file?",
            "{file} : trop grand pour des certificats ou des clés ; est-ce le bon fichier ?"
        ),
        Why::NoCertificate => words!(
            "{file}: holds no certificate; it must be PEM, with a line \"-----BEGIN CERTIFICATE-----\" \
             (from DER: openssl x509 -inform der -in FILE -out FILE.pem)",
            "{file} : ne contient aucun certificat ; il faut du PEM, avec une ligne \
             « -----BEGIN CERTIFICATE----- » (depuis DER : openssl x509 -inform der -in FICHIER -out \
             FICHIER.pem)"
        ),
        Why::NoKey => words!(
            "{file}: holds no private key without a password; it must be PEM, with a line \
             \"-----BEGIN PRIVATE KEY-----\" (to take the password off: openssl pkey -in FILE -out \
             FILE.pem)",
            "{file} : ne contient aucune clé privée sans mot de passe ; il faut du PEM, avec une ligne \
             « -----BEGIN PRIVATE KEY----- » (pour enlever le mot de passe : openssl pkey -in FICHIER \
             -out FICHIER.pem)"
        ),
        Why::Broken(why) => words!(
            "{file}: cannot be used ({why}); have it made again",
            "{file} : inutilisable ({why}) ; faites-le refaire"
        ),
        Why::Mismatched { chain } => {
            let chain = chain.display();
            words!(
                "{file}: is not the key of the certificate in {chain}; name the pair that was made \
                 together, the host's own certificate first in its file",
                "{file} : n'est pas la clé du certificat de {chain} ; nommez la paire faite ensemble, \
                 le certificat de l'hôte en premier dans son fichier"
            )
        }
        Why::Expired { since } => {
            let date = date(*since);
            words!(
                "{file}: the certificate ran out on {date}; phones and carriers refuse it: renew it, \
                 the engine takes the new files by itself",
                "{file} : le certificat a expiré le {date} ; téléphones et opérateurs le refusent : \
                 renouvelez-le, le moteur prendra les nouveaux fichiers de lui-même"
            )
        }
        Why::NotYetValid { from } => {
            let date = date(*from);
            words!(
                "{file}: the certificate is not valid before {date}; is this machine's clock right?",
                "{file} : le certificat n'est pas valable avant le {date} ; l'horloge de cette machine \
                 est-elle juste ?"
            )
        }
    }
}

/// The day of a second since 1970, in UTC.
fn date(seconds: u64) -> String {
    let micros = i64::try_from(seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(1_000_000);
    let text = Timestamp::from_micros(micros).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_and_even_the_last_second_has_one() {
        assert_eq!(date(1_767_225_599), "2025-12-31");
        assert!(!date(u64::MAX).is_empty());
    }

    #[test]
    fn every_fault_is_told_with_its_file_and_a_remedy() {
        let chain = "tls/cert.pem".into();
        for (why, told_en) in [
            (Why::Missing, "[[sip.certificate]]"),
            (Why::Unreadable("Permission denied".into()), "chmod 640"),
            (Why::NoCertificate, "BEGIN CERTIFICATE"),
            (Why::NoKey, "openssl pkey"),
            (Why::Mismatched { chain }, "certificate in tls/cert.pem"),
            (Why::Expired { since: 0 }, "1970-01-01"),
        ] {
            let fault = Fault {
                file: "tls/x.pem".into(),
                why,
            };
            let text = told(&fault).in_lang(rappel_ivr::Lang::En).to_owned();
            assert!(
                text.starts_with("tls/x.pem") && text.contains(told_en),
                "{text}"
            );
        }
    }
}

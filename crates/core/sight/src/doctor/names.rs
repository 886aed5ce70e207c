//! Names that lead nowhere, or only after a while.

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::Timestamp;
use rappel_model::trouble::NameFault;

use super::Finding;
use crate::known::Known;

/// What one look-up says.
pub(super) fn finding(known: &Known, at: Timestamp, name: &str, fault: NameFault) -> Finding {
    let owner = owner(known, name);
    let (code, what, remedy) = match fault {
        NameFault::Missing if owner.is_some() => (
            "dns-name",
            words!(
                "The name \"{name}\" has no address: nothing can be sent there.",
                "Le nom « {name} » n'a pas d'adresse : rien ne peut y être envoyé."
            ),
            words!(
                "Correct `host` of the trunk in rappel.toml, as the carrier writes it; `host {name}` asks the same on this machine.",
                "Corrigez `host` de l'opérateur dans rappel.toml, tel que l'opérateur l'écrit ; `host {name}` pose la même question sur cette machine."
            ),
        ),
        NameFault::Missing => (
            "dns-target",
            words!(
                "Something leads to \"{name}\", an SRV record of a carrier or what a phone calls itself, and that name has no address.",
                "Quelque chose mène à « {name} », un enregistrement SRV d'un opérateur ou le nom que se donne un téléphone, et ce nom n'a pas d'adresse."
            ),
            words!(
                "Tell whoever keeps the carrier's names, or see which phone names itself like that: its address belongs there.",
                "Dites-le à qui tient les noms de l'opérateur, ou cherchez le téléphone qui se nomme ainsi : il doit donner son adresse."
            ),
        ),
        NameFault::NotOffered => (
            "dns-not-offered",
            words!(
                "\"{name}\" says that the service is not offered (SRV with the target \".\").",
                "« {name} » dit que le service n'est pas offert (SRV avec la cible « . »)."
            ),
            words!(
                "Ask the carrier by which transport it is reached and write it as `transport` of the trunk in rappel.toml, or leave that out so that its records say.",
                "Demandez à l'opérateur par quel transport on le joint et écrivez-le comme `transport` de l'opérateur dans rappel.toml, ou retirez cette clé : ses enregistrements le diront."
            ),
        ),
        NameFault::Unanswered => (
            "dns-unanswered",
            words!(
                "No name server says what \"{name}\" is.",
                "Aucun serveur de noms ne dit ce qu'est « {name} »."
            ),
            words!(
                "See that the name servers can be reached and are the right ones: /etc/resolv.conf of this machine, or `[sip.dns] servers` in rappel.toml.",
                "Vérifiez que les serveurs de noms sont joignables et sont les bons : /etc/resolv.conf de cette machine, ou `[sip.dns] servers` dans rappel.toml."
            ),
        ),
        NameFault::Slow(took) => {
            let seconds = format!("{:.1}", took.as_secs_f64());
            let en = seconds.clone();
            let fr = seconds.replace('.', ",");
            (
                "dns-slow",
                Words {
                    en: format!("Looking up \"{name}\" took {en} s: callers wait as much longer."),
                    fr: format!(
                        "Chercher « {name} » a pris {fr} s : les appelants attendent d'autant."
                    ),
                },
                words!(
                    "Use a name server that is near: `[sip.dns] servers` in rappel.toml, or /etc/resolv.conf of this machine; the first that is named there may be dead.",
                    "Prenez un serveur de noms proche : `[sip.dns] servers` dans rappel.toml, ou /etc/resolv.conf de cette machine ; le premier qui y est nommé est peut-être mort."
                ),
            )
        }
    };
    let what = match owner {
        Some(trunk) => words!(
            [what] "{what} It is that of the trunk \"{trunk}\".",
            "{what} C'est celui de l'opérateur « {trunk} »."
        ),
        None => what,
    };
    Finding::below(code, at, what, remedy)
}

/// The trunk whose host this is, or whose service an SRV name is.
fn owner<'a>(known: &'a Known, name: &str) -> Option<&'a str> {
    let service = |part: &&str| part.starts_with('_');
    let plain: Vec<&str> = name.split('.').skip_while(service).collect();
    let plain = plain.join(".");
    let is_it = |host: &str| host.trim_end_matches('.').eq_ignore_ascii_case(&plain);
    let mut trunks = known.trunks.iter();
    let trunk = trunks.find(|trunk| trunk.host.as_ref().is_some_and(|host| is_it(&host.name)))?;
    Some(trunk.name.as_str())
}

#[cfg(test)]
mod tests {
    use rappel_trunk::{Host, Settings};

    use super::*;

    #[test]
    fn a_name_is_told_with_the_trunk_it_belongs_to() {
        let mut trunk = Settings::new("carrier".into());
        trunk.host = Some(Host {
            name: "sip.example".to_owned(),
            port: None,
            transport: None,
        });
        let known = Known {
            trunks: vec![trunk],
            ..Known::default()
        };
        let at = Timestamp::from_micros(0);
        let code = |name, fault| finding(&known, at, name, fault).code;
        assert_eq!(code("sip.example", NameFault::Missing), "dns-name");
        assert_eq!(code("gone.example", NameFault::Missing), "dns-target");
        let srv = finding(&known, at, "_sips._tcp.SIP.example", NameFault::NotOffered);
        assert!(srv.what.en.contains("\"carrier\""), "{}", srv.what.en);
        assert!(srv.what.fr.contains("« carrier »"), "{}", srv.what.fr);
    }
}

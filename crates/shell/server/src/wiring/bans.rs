//! Bans: told to operators, and kept over a restart in a small file of the data folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rappel_ivr::{Lang, Words, words};
use rappel_model::Timestamp;
use rappel_net::sip::{Banned, Gate};
use rappel_sip::guard::{Network, Offence, Unbannable};

use crate::cli::seconds_of;
use crate::loading::Told;

/// The bans in force, a line each.
pub(crate) fn list(gate: &Gate, lang: Lang) -> Told {
    let bans = gate.bans();
    if bans.is_empty() {
        let text = words!("nobody is banned\n", "personne n'est banni\n");
        return good(text.in_lang(lang));
    }
    let line = |ban: &Banned| {
        let (until, times) = (seconds_of(ban.until), ban.strikes);
        let why = why(ban.why).in_lang(lang).to_owned();
        let source = ban.source;
        words!(
            "{source}  until {until} UTC  {why}, ban number {times}\n",
            "{source}  jusqu'au {until} UTC  {why}, bannissement numéro {times}\n"
        )
        .in_lang(lang)
        .to_owned()
    };
    good(&bans.iter().map(line).collect::<String>())
}

/// Bans an address or a network.
pub(crate) fn add(gate: &Gate, network: Network, seconds: u32, lang: Lang) -> Told {
    match gate.ban(network, Duration::from_secs(seconds.into())) {
        Ok(()) => {
            let text = words!(
                "{network} is banned for {seconds} seconds\n",
                "{network} est banni pour {seconds} secondes\n"
            );
            good(text.in_lang(lang))
        }
        Err(why) => bad(refused(network, why).in_lang(lang)),
    }
}

/// Why a network is not banned.
fn refused(network: Network, why: Unbannable) -> Words {
    match why {
        Unbannable::Trusted(part) if part == network => words!(
            "{network} is a trunk or a trusted network ([guard] trusted): it is never banned\n",
            "{network} est un trunk ou un réseau de confiance ([guard] trusted) : jamais banni\n"
        ),
        Unbannable::Trusted(part) => words!(
            "{network} shares addresses with {part}, a trunk or a trusted network ([guard] trusted): it is never banned\n",
            "{network} a des adresses en commun avec {part}, trunk ou réseau de confiance ([guard] trusted) : jamais banni\n"
        ),
        Unbannable::Registered(phone) => words!(
            "a phone is registered at {phone}: {network} is not banned; remove its user first\n",
            "un téléphone est enregistré à {phone} : {network} n'est pas banni ; retirez d'abord son utilisateur\n"
        ),
        Unbannable::TooWide => words!(
            "{network} is too large: at most a /8 of IPv4, or a /16 of IPv6\n",
            "{network} est trop grand : au plus un /8 d'IPv4, ou un /16 d'IPv6\n"
        ),
        Unbannable::TooMany => words!(
            "{network} is not banned: no more networks can be; lift one, or ban a larger one in their place\n",
            "{network} n'est pas banni : il y a déjà trop de réseaux bannis ; levez-en un, ou bannissez-en un plus grand\n"
        ),
    }
}

/// Ends a ban.
pub(crate) fn lift(gate: &Gate, network: Network, lang: Lang) -> Told {
    if gate.lift(network) {
        let text = words!(
            "{network} is heard again\n",
            "{network} est entendu à nouveau\n"
        );
        return good(text.in_lang(lang));
    }
    let around = gate.bans().into_iter().map(|ban| ban.source);
    let around = around
        .into_iter()
        .find(|ban| ban.contains(network.address()));
    bad(match around {
        Some(banned) => words!(
            "{network} is banned with {banned}: lift that\n",
            "{network} est banni avec {banned} : levez celui-ci\n"
        ),
        None => words!("{network} is not banned\n", "{network} n'est pas banni\n"),
    }
    .in_lang(lang))
}

fn why(offence: Offence) -> Words {
    match offence {
        Offence::WrongPasswords => words!("wrong passwords", "mots de passe faux"),
        Offence::Garbage => words!("garbage", "messages illisibles"),
        Offence::Scanner => words!("a scanner", "un scanner"),
        Offence::Operator => words!("by an operator", "par un opérateur"),
    }
}

fn good(text: &str) -> Told {
    Told {
        text: text.to_owned(),
        good: true,
    }
}

fn bad(text: &str) -> Told {
    Told {
        text: text.to_owned(),
        good: false,
    }
}

/// Puts back the bans of the last run, then keeps the file current for as long as the engine runs.
pub(super) async fn keep(gate: Gate, folder: PathBuf) {
    let path = folder.join(FILE);
    read(&gate, &path);
    let mut written = gate.changes();
    loop {
        tokio::time::sleep(EVERY).await;
        let changes = gate.changes();
        if changes != written {
            match write(&gate, &path) {
                Ok(()) => written = changes,
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "bans are not kept");
                }
            }
        }
    }
}

fn read(gate: &Gate, path: &Path) {
    // No file: nobody was banned. What cannot be read of it is left out; it is written anew.
    let text = fs::read_to_string(path).unwrap_or_default();
    for line in text.lines().take(MAX_LINES) {
        if let Some(banned) = parse(line) {
            gate.restore(banned);
        }
    }
}

fn parse(line: &str) -> Option<Banned> {
    let mut words = line.split(' ');
    Some(Banned {
        source: words.next()?.parse().ok()?,
        until: Timestamp::from_micros(words.next()?.parse().ok()?),
        strikes: words.next()?.parse().ok()?,
        why: Offence::read(words.next()?)?,
    })
}

fn write(gate: &Gate, path: &Path) -> io::Result<()> {
    let line = |ban: &Banned| {
        let (until, why) = (ban.until.as_micros(), ban.why.as_str());
        format!("{} {until} {} {why}\n", ban.source, ban.strikes)
    };
    let text: String = gate.bans().iter().map(line).collect();
    let beside = path.with_extension("new");
    fs::write(&beside, text)?;
    fs::rename(beside, path)
}

/// The file, in the data folder: address, end in microseconds since 1970, count, reason.
const FILE: &str = "bans";

/// Most lines that are read: as many bans as there can be.
const MAX_LINES: usize = 10_000;

/// How often it is looked whether bans changed.
const EVERY: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use rappel_model::Random;
    use rappel_net::Clock;
    use rappel_sip::guard::Settings;

    use super::*;

    fn gate() -> Gate {
        let settings = Settings {
            trusted: vec!["192.0.2.0/24".parse().expect("a network")],
            ..Settings::default()
        };
        Gate::new(settings, &mut Random::from_seed(1), Clock::start())
    }

    #[test]
    fn bans_are_the_same_after_a_restart() {
        let folder = std::env::temp_dir().join(format!("rappel-bans-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder of the test");
        let path = folder.join(FILE);
        let before = gate();
        for source in ["203.0.113.7", "198.51.100.0/24"] {
            let source = source.parse().expect("a network");
            assert!(add(&before, source, 3600, Lang::En).good);
        }
        write(&before, &path).expect("it is written");
        let after = gate();
        read(&after, &path);
        fs::remove_dir_all(&folder).expect("the folder of the test");
        let (was, is) = (before.bans(), after.bans());
        assert_eq!((was.len(), is.len()), (2, 2));
        for (was, is) in was.iter().zip(&is) {
            assert_eq!((was.source, was.why), (is.source, is.why));
            let apart = was.until.as_micros() - is.until.as_micros();
            assert!(apart.abs() < 1_000_000, "{apart}");
        }
        for broken in ["", "x", "203.0.113.7 5", "203.0.113.7 5 1 reason"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn operators_are_told_in_their_language() {
        let gate = gate();
        let address = "203.0.113.7".parse().expect("an address");
        assert_eq!(list(&gate, Lang::Fr).text, "personne n'est banni\n");
        assert!(
            add(&gate, address, 60, Lang::En)
                .text
                .contains("60 seconds")
        );
        let shown = list(&gate, Lang::En).text;
        assert!(shown.starts_with("203.0.113.7  until ") && shown.contains("by an operator"));
        assert!(lift(&gate, address, Lang::Fr).good);
        assert!(!lift(&gate, address, Lang::Fr).good);
        let trunk = "192.0.2.9".parse().expect("an address");
        let refused = add(&gate, trunk, 60, Lang::En);
        assert!(!refused.good && refused.text.contains("never banned"));
        let around = "192.0.0.0/16".parse().expect("a network");
        let refused = add(&gate, around, 60, Lang::Fr);
        assert!(!refused.good && refused.text.contains("en commun avec 192.0.2.0/24"));
        let network = "198.51.100.0/24".parse().expect("a network");
        assert!(add(&gate, network, 60, Lang::En).good);
        assert!(
            list(&gate, Lang::En)
                .text
                .starts_with("198.51.100.0/24  until ")
        );
        let one = "198.51.100.7".parse().expect("an address");
        let told = lift(&gate, one, Lang::En);
        assert!(!told.good && told.text.contains("with 198.51.100.0/24: lift that"));
        assert!(lift(&gate, network, Lang::En).good);
    }
}

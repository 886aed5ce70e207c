//! Who is not heard at all: whose phone that is, and how to hear it again.

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::Timestamp;
use rappel_sip::guard::Offence;
use rappel_sip::header::UserAgent;

use super::Finding;
use crate::case::Case;
use crate::known::KnownBan;

/// What one ban says. Those that an operator made are known to whoever asks.
pub(super) fn finding(cases: &[Case<'_>], ban: &KnownBan, until: Timestamp) -> Option<Finding> {
    if ban.until <= until || ban.why == Offence::Operator {
        return None;
    }
    let KnownBan { source, until, .. } = ban;
    let until = until.to_string();
    let until = until.get(..19).unwrap_or(&until).replace('T', " ");
    let (at, who) = last_words(cases, ban);
    let why = match ban.why {
        Offence::WrongPasswords => words!("wrong passwords", "mots de passe faux"),
        Offence::Garbage => words!("messages nobody can read", "messages illisibles"),
        Offence::Scanner => words!(
            "the name of a tool that attacks",
            "nom d'un outil d'attaque"
        ),
        Offence::Operator => words!("an operator", "un opérateur"),
    };
    let what = words!(
        [why, who] "Whatever {source} sends is dropped unread until {until} UTC: it is banned ({why}).{who}",
        "Tout ce qu'envoie {source} est jeté sans être lu jusqu'au {until} UTC : banni ({why}).{who}"
    );
    let remedy = match (ban.why, who.en.is_empty()) {
        (Offence::WrongPasswords, false) => words!(
            "If that phone is yours, correct its password first, then hear it again: `rappel bans lift {source}`. An office behind one address can be spared: `[guard] trusted` in rappel.toml.",
            "Si ce téléphone est à vous, corrigez d'abord son mot de passe, puis levez le bannissement : `rappel bans lift {source}`. Un bureau derrière une seule adresse peut être épargné : `[guard] trusted` dans rappel.toml."
        ),
        _ => words!(
            "If it is a device of yours, mend what it sends, then hear it again: `rappel bans lift {source}`. Else leave it: the ban ends by itself.",
            "Si c'est un appareil à vous, réparez ce qu'il envoie, puis levez le bannissement : `rappel bans lift {source}`. Sinon laissez : le bannissement finit de lui-même."
        ),
    };
    Some(Finding::below(
        "banned",
        at.unwrap_or_default(),
        what,
        remedy,
    ))
}

/// When it was heard last, and whom it said it is.
fn last_words(cases: &[Case<'_>], ban: &KnownBan) -> (Option<Timestamp>, Words) {
    let messages = cases.iter().flat_map(|case| &case.messages);
    let of_it = messages.filter(|seen| ban.source.contains(seen.source().ip()));
    let requests = of_it.filter_map(|seen| Some((seen.captured.at, seen.request()?)));
    let Some((at, request)) = requests.max_by_key(|(at, _)| *at) else {
        return (None, Words::default());
    };
    let user = request.from().uri.user().unwrap_or_default();
    let agent = request.typed::<UserAgent>();
    let agent = agent.map_or_else(String::new, |agent| format!(" ({})", agent.0));
    let who = words!(
        " Its last words were those of \"{user}\"{agent}.",
        " Ses derniers mots étaient ceux de « {user} »{agent}."
    );
    (Some(at), who)
}

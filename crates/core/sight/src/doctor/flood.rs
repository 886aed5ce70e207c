//! Who sends so fast that the guard drops messages unread.

use rappel_ivr::words;
use rappel_model::{Timestamp, Trouble};

use super::Finding;
use crate::known::Known;

/// What was dropped, of all sources together: a flood from everywhere is one finding.
pub(super) fn finding(known: &Known, troubles: &[(Timestamp, Trouble)]) -> Option<Finding> {
    let floods = troubles.iter().filter_map(|(at, trouble)| match trouble {
        Trouble::Flood { source } => Some((*at, *source)),
        _ => None,
    });
    let floods: Vec<_> = floods.collect();
    let at = floods.iter().map(|(at, _)| *at).max()?;
    let told = floods.iter().rev().take(SHOWN);
    let mut told: Vec<String> = told.map(|(_, source)| source.to_string()).collect();
    if floods.len() > SHOWN {
        told.push("…".to_owned());
    }
    let (count, who) = (floods.len(), told.join(", "));
    let is_trunk = |source| {
        known.trunks.iter().any(|trunk| {
            trunk
                .addresses
                .iter()
                .any(|from| from.contains(std::net::SocketAddr::new(source, 5060)))
        })
    };
    let remedy = match floods.iter().any(|(_, source)| is_trunk(*source)) {
        true => words!(
            "A trunk is among them: raise `[guard] rate` and `burst` in rappel.toml; trunks may send ten times as much.",
            "Un opérateur est du nombre : augmentez `[guard] rate` et `burst` dans rappel.toml ; les opérateurs ont droit à dix fois plus."
        ),
        false => words!(
            "If that is an office of yours behind one address, raise `[guard] rate` and `burst` in rappel.toml, or name its network in `[guard] trusted`. If nobody of yours is there, leave it: this is what the guard is for.",
            "Si c'est un bureau à vous derrière une seule adresse, augmentez `[guard] rate` et `burst` dans rappel.toml, ou nommez son réseau dans `[guard] trusted`. Si personne de chez vous n'y est, laissez : la garde est là pour cela."
        ),
    };
    Some(Finding::below(
        "too-fast",
        at,
        words!(
            "Messages were dropped unread because they came faster than `[guard] rate` allows, from {count} address(es): {who}. Phones there seem to lose calls and registrations.",
            "Des messages ont été jetés sans être lus car ils arrivaient plus vite que `[guard] rate` ne le permet, de {count} adresse(s) : {who}. Les téléphones de là-bas semblent perdre appels et inscriptions."
        ),
        remedy,
    ))
}

/// Most addresses that are named.
const SHOWN: usize = 3;

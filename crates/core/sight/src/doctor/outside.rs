//! Calls outside that the engine did not let through: not allowed, or no trunk to carry them, each
//! reason by the Q.850 cause that the engine gives it (`call::Cause`).

use std::net::SocketAddr;

use rappel_ivr::words;
use rappel_ivr::words::Words;

/// A fault's name, what happened, and what to do.
pub(super) type Told = (&'static str, Words, Words);

/// What a refusal with this status and Q.850 cause says of a call outside, if it was one.
pub(super) fn barred(
    status: u16,
    cause: Option<u8>,
    from: SocketAddr,
    dialled: &str,
) -> Option<Told> {
    Some(match (status, cause?) {
        (403, NOT_ALLOWED | REJECTED) => not_allowed(from, dialled),
        (404, NO_ROUTE) => (
            "no-trunk",
            words!(
                "{from} called \"sip:{dialled}\", and no trunk leads there for its company.",
                "{from} a appelé \"sip:{dialled}\", et aucun opérateur n'y mène pour son entreprise."
            ),
            words!(
                "Give a `[trunk.NAME]` of rappel.toml a `host`, and see that its `to`, what it takes, and its `tenants`, whom it serves, let this call through; both empty take all.",
                "Donnez un `host` à un `[trunk.NOM]` de rappel.toml, et vérifiez que son `to`, ce qu'il prend, et ses `tenants`, qui il sert, laissent passer cet appel ; vides, ils acceptent tout."
            ),
        ),
        (503, OUT_OF_ORDER) => (
            "trunks-down",
            words!(
                "No trunk could take the call of {from} to \"sip:{dialled}\": those that lead there do not answer when they are asked.",
                "Aucun opérateur n'a pu prendre l'appel de {from} vers \"sip:{dialled}\" : ceux qui y mènent ne répondent pas quand on les sonde."
            ),
            words!(
                "`rappel trunks` shows which are down and since when: ask the carrier, and look at `host`, `port` and `transport` of `[trunk.NAME]` in rappel.toml. A carrier that never answers OPTIONS wants `probe = \"off\"`. A second trunk to the same numbers takes over by itself.",
                "`rappel trunks` montre lesquels sont en panne et depuis quand : demandez à l'opérateur, et regardez `host`, `port` et `transport` de `[trunk.NOM]` dans rappel.toml. Un opérateur qui ne répond jamais à OPTIONS veut `probe = \"off\"`. Un second opérateur vers les mêmes numéros prend le relais de lui-même."
            ),
        ),
        (503, OUT_OF_USE) => (
            "trunks-drained",
            words!(
                "No trunk could take the call of {from} to \"sip:{dialled}\": every one that leads there was taken out of use.",
                "Aucun opérateur n'a pu prendre l'appel de {from} vers \"sip:{dialled}\" : tous ceux qui y mènent ont été retirés du service."
            ),
            words!(
                "Put one back: `rappel trunks undrain NAME`, or remove `drained = true` from its `[trunk.NAME]` in rappel.toml and `rappel reload`.",
                "Remettez-en un : `rappel trunks undrain NOM`, ou retirez `drained = true` de son `[trunk.NOM]` dans rappel.toml, puis `rappel reload`."
            ),
        ),
        (503, NO_CIRCUIT) => (
            "trunks-full",
            words!(
                "No trunk could take the call of {from} to \"sip:{dialled}\": those that lead there carry as many calls as they may.",
                "Aucun opérateur n'a pu prendre l'appel de {from} vers \"sip:{dialled}\" : ceux qui y mènent ont autant d'appels qu'ils peuvent en avoir."
            ),
            words!(
                "If the carrier sells you more, raise `calls`, `channels` or `calls_per_second` of its `[trunk.NAME]` in rappel.toml; `rappel trunks` shows what each carries.",
                "Si l'opérateur vous en vend davantage, augmentez `calls`, `channels` ou `calls_per_second` de son `[trunk.NOM]` dans rappel.toml ; `rappel trunks` montre ce que chacun porte."
            ),
        ),
        (503, COMPANY_FULL) => (
            "company-full",
            words!(
                "The engine did not call \"sip:{dialled}\" for {from}: its company has as many calls outside as it may have at a time.",
                "Le moteur n'a pas appelé \"sip:{dialled}\" pour {from} : son entreprise a autant d'appels à l'extérieur qu'elle peut en avoir à la fois."
            ),
            words!(
                "If so many calls are wanted, raise `calls` of `[outside]`, or of `[outside.company.NAME]`, in rappel.toml. If nobody of yours makes them, somebody uses your phones: leave the guard as it is.",
                "Si tant d'appels sont voulus, augmentez `calls` de `[outside]`, ou de `[outside.company.NOM]`, dans rappel.toml. Si personne de chez vous ne les fait, quelqu'un se sert de vos téléphones : laissez la garde en place."
            ),
        ),
        (503, NO_CHANNEL) => (
            "channels-taken",
            words!(
                "The engine refused a call that the trunk at {from} brought: it carries as many calls, in both directions, as it may.",
                "Le moteur a refusé un appel apporté par l'opérateur en {from} : il a autant d'appels, dans les deux sens, qu'il peut en avoir."
            ),
            words!(
                "Raise `channels` of its `[trunk.NAME]` in rappel.toml, or remove it, if the carrier sells you more; `rappel trunks` shows what it carries.",
                "Augmentez `channels` de son `[trunk.NOM]` dans rappel.toml, ou retirez-le, si l'opérateur vous en vend davantage ; `rappel trunks` montre ce qu'il porte."
            ),
        ),
        _ => return None,
    })
}

fn not_allowed(from: SocketAddr, dialled: &str) -> Told {
    (
        "outside-not-allowed",
        words!(
            "The engine did not let {from} call \"sip:{dialled}\" outside: the destination is not allowed, or the day's allowance of the company is used up. The password has nothing to do with it.",
            "Le moteur n'a pas laissé {from} appeler \"sip:{dialled}\" à l'extérieur : la destination n'est pas permise, ou l'entreprise a épuisé ce qu'elle peut appeler par jour. Le mot de passe n'y est pour rien."
        ),
        words!(
            "If the call is wanted, look at `allow`, `calls_per_day` and `cost_per_day` of `[outside]`, or of `[outside.company.NAME]`, in rappel.toml, and at who may call outside in the tenant.toml. If nobody of yours dialled it, somebody uses that phone: leave the guard as it is.",
            "Si l'appel est voulu, regardez `allow`, `calls_per_day` et `cost_per_day` de `[outside]`, ou de `[outside.company.NOM]`, dans rappel.toml, et qui peut appeler à l'extérieur dans le tenant.toml. Si personne de chez vous ne l'a composé, quelqu'un se sert de ce téléphone : laissez la garde en place."
        ),
    )
}

/// Bearer capability not authorized: whoever calls may not call there.
const NOT_ALLOWED: u8 = 57;
/// Call rejected.
const REJECTED: u8 = 21;
/// No route to destination: no trunk leads there.
pub(super) const NO_ROUTE: u8 = 3;
/// Network out of order: the trunks are down.
const OUT_OF_ORDER: u8 = 38;
/// Service or option not available: the trunks were taken out of use.
const OUT_OF_USE: u8 = 63;
/// No circuit or channel available: the trunks are full.
const NO_CIRCUIT: u8 = 34;
/// Resource unavailable: the company has all the calls it may have.
const COMPANY_FULL: u8 = 47;
/// Requested circuit or channel not available: the trunk that a call came by is full.
const NO_CHANNEL: u8 = 44;

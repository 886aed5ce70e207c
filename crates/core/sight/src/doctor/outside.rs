//! Calls outside that the engine did not let through: not allowed, or no trunk to carry them, each
//! reason by the Q.850 cause that the engine gives it (`call::Cause`).

use std::net::SocketAddr;

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::TrunkName;

use super::leading::Leading;

/// A fault's name, what happened, and what to do.
pub(super) type Told = (&'static str, Words, Words);

/// A call that the engine refused.
pub(super) struct Refused<'a> {
    /// Who called.
    pub(super) from: SocketAddr,
    /// The trunk that is there, if it is one.
    pub(super) trunk: Option<&'a TrunkName>,
    /// What was dialled.
    pub(super) dialled: &'a str,
    /// What the configuration says of such a call.
    pub(super) leading: Leading,
}

impl Refused<'_> {
    /// What a refusal with this status and Q.850 cause says of a call outside, if it was one.
    pub(super) fn barred(&self, status: u16, cause: Option<u8>) -> Option<Told> {
        Some(match (status, cause?) {
            (403, NOT_ALLOWED | REJECTED) => self.not_allowed(),
            (403, SPENT) => self.spent(),
            (404, NO_ROUTE) => self.no_trunk(),
            (503, OUT_OF_ORDER) => self.trunks_down(),
            (503, OUT_OF_USE) => self.trunks_drained(),
            (503, NO_CIRCUIT) => self.trunks_full(),
            (503, COMPANY_FULL) => self.company_full(),
            (503, NO_CHANNEL) => self.channels_taken(),
            _ => return None,
        })
    }

    fn not_allowed(&self) -> Told {
        let (from, dialled, own) = (self.from, self.dialled, self.leading.company());
        (
            "outside-not-allowed",
            words!(
                "The engine did not let {from} call \"sip:{dialled}\" outside: the destination is not allowed, or whoever calls may not call outside. The password has nothing to do with it.",
                "Le moteur n'a pas laissé {from} appeler \"sip:{dialled}\" à l'extérieur : la destination n'est pas permise, ou l'appelant n'a pas le droit d'appeler à l'extérieur. Le mot de passe n'y est pour rien."
            ),
            words!(
                [own] "If the call is wanted, look at `allow` and `deny` of `[outside]`, or of `{own}`, in rappel.toml, and at who may call outside in the tenant.toml. If nobody of yours dialled it, somebody uses that phone: leave the guard as it is.",
                "Si l'appel est voulu, regardez `allow` et `deny` de `[outside]`, ou de `{own}`, dans rappel.toml, et qui peut appeler à l'extérieur dans le tenant.toml. Si personne de chez vous ne l'a composé, quelqu'un se sert de ce téléphone : laissez la garde en place."
            ),
        )
    }

    fn spent(&self) -> Told {
        let (from, dialled, own) = (self.from, self.dialled, self.leading.company());
        (
            "allowance-spent",
            words!(
                "The engine did not call \"sip:{dialled}\" for {from}: its company has used up what it may call, or pay, in a day. The destination is allowed.",
                "Le moteur n'a pas appelé \"sip:{dialled}\" pour {from} : son entreprise a épuisé ce qu'elle peut appeler, ou dépenser, par jour. La destination est permise."
            ),
            words!(
                [own] "`rappel trunks` shows what was used today; the next day begins at midnight where the company is. If more is wanted, raise `calls_per_day` or `cost_per_day` of `[outside]`, or of `{own}`, in rappel.toml. If nobody of yours made these calls, somebody uses your phones: leave the guard as it is.",
                "`rappel trunks` montre ce qui a été utilisé aujourd'hui ; un nouveau jour commence à minuit, heure de l'entreprise. S'il en faut davantage, augmentez `calls_per_day` ou `cost_per_day` de `[outside]`, ou de `{own}`, dans rappel.toml. Si personne de chez vous n'a passé ces appels, quelqu'un se sert de vos téléphones : laissez la garde en place."
            ),
        )
    }

    fn no_trunk(&self) -> Told {
        let (from, dialled) = (self.from, self.dialled);
        (
            "no-trunk",
            words!(
                "{from} called \"sip:{dialled}\", and no trunk leads there for its company.",
                "{from} a appelé \"sip:{dialled}\", et aucun opérateur n'y mène pour son entreprise."
            ),
            words!(
                "Give a `[trunk.NAME]` of rappel.toml a `host`, and see that its `to`, what it takes, and its `tenants`, whom it serves, let this call through; both empty take all.",
                "Donnez un `host` à un `[trunk.NOM]` de rappel.toml, et vérifiez que son `to`, ce qu'il prend, et ses `tenants`, qui il sert, laissent passer cet appel ; vides, ils acceptent tout."
            ),
        )
    }

    fn trunks_down(&self) -> Told {
        let (from, dialled) = (self.from, self.dialled);
        let (names, tables) = (self.leading.names(), self.leading.tables());
        (
            "trunks-down",
            words!(
                [names] "No trunk could take the call of {from} to \"sip:{dialled}\": of those that lead there{names} none in use answers when it is asked.",
                "Aucun opérateur n'a pu prendre l'appel de {from} vers \"sip:{dialled}\" : de ceux qui y mènent{names}, aucun en service ne répond quand on le sonde."
            ),
            words!(
                [tables] "`rappel trunks` shows which are down and since when: ask the carrier, and look at `host`, `port` and `transport` of {tables} in rappel.toml. A carrier that never answers OPTIONS wants `probe = \"off\"`. A second trunk to the same numbers takes over by itself.",
                "`rappel trunks` montre lesquels sont en panne et depuis quand : demandez à l'opérateur, et regardez `host`, `port` et `transport` de {tables} dans rappel.toml. Un opérateur qui ne répond jamais à OPTIONS veut `probe = \"off\"`. Un second opérateur vers les mêmes numéros prend le relais de lui-même."
            ),
        )
    }

    fn trunks_drained(&self) -> Told {
        let (from, dialled) = (self.from, self.dialled);
        let (names, tables) = (self.leading.names(), self.leading.tables());
        let one = self.leading.one();
        (
            "trunks-drained",
            words!(
                [names] "No trunk could take the call of {from} to \"sip:{dialled}\": every one that leads there{names} was taken out of use.",
                "Aucun opérateur n'a pu prendre l'appel de {from} vers \"sip:{dialled}\" : tous ceux qui y mènent{names} ont été retirés du service."
            ),
            words!(
                [tables, one] "Put one back: `rappel trunks undrain {one}`, or remove `drained = true` from {tables} in rappel.toml and `rappel reload`.",
                "Remettez-en un : `rappel trunks undrain {one}`, ou retirez `drained = true` de {tables} dans rappel.toml, puis `rappel reload`."
            ),
        )
    }

    fn trunks_full(&self) -> Told {
        let (from, dialled) = (self.from, self.dialled);
        let (names, tables) = (self.leading.names(), self.leading.tables());
        (
            "trunks-full",
            words!(
                [names] "No trunk could take the call of {from} to \"sip:{dialled}\": of those that lead there{names} none in use may carry one more.",
                "Aucun opérateur n'a pu prendre l'appel de {from} vers \"sip:{dialled}\" : de ceux qui y mènent{names}, aucun en service ne peut en porter un de plus."
            ),
            words!(
                [tables] "If the carrier sells you more, raise `calls`, `channels` or `calls_per_second` of {tables} in rappel.toml; `rappel trunks` shows what each carries.",
                "Si l'opérateur vous en vend davantage, augmentez `calls`, `channels` ou `calls_per_second` de {tables} dans rappel.toml ; `rappel trunks` montre ce que chacun porte."
            ),
        )
    }

    fn company_full(&self) -> Told {
        let (from, dialled, own) = (self.from, self.dialled, self.leading.company());
        (
            "company-full",
            words!(
                "The engine did not call \"sip:{dialled}\" for {from}: its company has as many calls outside as it may have at a time.",
                "Le moteur n'a pas appelé \"sip:{dialled}\" pour {from} : son entreprise a autant d'appels à l'extérieur qu'elle peut en avoir à la fois."
            ),
            words!(
                [own] "If so many calls are wanted, raise `calls` of `[outside]`, or of `{own}`, in rappel.toml. If nobody of yours makes them, somebody uses your phones: leave the guard as it is.",
                "Si tant d'appels sont voulus, augmentez `calls` de `[outside]`, ou de `{own}`, dans rappel.toml. Si personne de chez vous ne les fait, quelqu'un se sert de vos téléphones : laissez la garde en place."
            ),
        )
    }

    fn channels_taken(&self) -> Told {
        let from = self.from;
        let (who, table) = match self.trunk {
            Some(name) => (
                words!(
                    "the trunk \"{name}\", at {from},",
                    "l'opérateur « {name} », en {from}"
                ),
                Words::same(format!("`[trunk.{name}]`")),
            ),
            None => (
                words!("the trunk at {from}", "l'opérateur en {from}"),
                words!("its `[trunk.NAME]`", "son `[trunk.NOM]`"),
            ),
        };
        (
            "channels-taken",
            words!(
                [who] "The engine refused a call that {who} brought: it carries as many calls, in both directions, as it may.",
                "Le moteur a refusé un appel apporté par {who} : il a autant d'appels, dans les deux sens, qu'il peut en avoir."
            ),
            words!(
                [table] "Raise `channels` of {table} in rappel.toml, or remove it, if the carrier sells you more; `rappel trunks` shows what it carries.",
                "Augmentez `channels` de {table} dans rappel.toml, ou retirez-le, si l'opérateur vous en vend davantage ; `rappel trunks` montre ce qu'il porte."
            ),
        )
    }
}

/// Bearer capability not authorized: whoever calls may not call there.
const NOT_ALLOWED: u8 = 57;
/// Bearer capability not presently available: the company has used up its day.
const SPENT: u8 = 58;
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

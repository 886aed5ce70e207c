//! Why an INVITE matched no line and no trunk.

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_sip::header::{Authorization, TypedHeader};
use rappel_sip::message::Method;
use rappel_trunk::Settings as Trunk;

use super::{Finding, PATIENCE, View, outside, refusals, registration};
use crate::captured::Passage;
use crate::case::Transaction;

/// Looks at the INVITEs that the engine refused.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    let case = view.case;
    let Some(last) = case
        .of(Method::Invite)
        .filter(|t| case.answer(t).is_some())
        .last()
    else {
        return;
    };
    let Some((place, response)) = case.answer(last) else {
        return;
    };
    if !view.came_to_us(last) {
        return;
    }
    // A proof that still waits for its answer, because the call rings, is one too.
    let mut invites = case.of(Method::Invite);
    let proves = invites.any(|t| case.request(t).headers().has(&Authorization::NAME));
    match response.status().code() {
        401 if !proves => {
            let waited = view.until.since(case.messages[place].captured.at) >= PATIENCE;
            if waited || case.of(Method::Ack).next().is_some() {
                found.push(unknown_source(view, last, place));
            }
        }
        404 => {
            let cause = refusals::cause(response);
            found.extend(unknown_number(view, last, place, cause));
        }
        _ => {}
    }
}

impl View<'_> {
    /// Whether the call has this leg alone, as far as the diary told: what the engine answers its
    /// caller is else what a further leg was answered.
    pub(super) fn is_alone(&self) -> bool {
        let legs = &self.trace.legs;
        let own = legs.iter().find(|(_, _, id)| *id == self.case.call_id);
        own.is_none_or(|(call, ..)| legs.iter().filter(|(other, ..)| other == call).count() == 1)
    }

    /// Whether the engine is asked by this request, as far as is known.
    pub(super) fn came_to_us(&self, transaction: &Transaction) -> bool {
        let sent = self.case.sent(transaction);
        match sent.passage {
            Passage::In => true,
            Passage::Out => false,
            Passage::Across if self.known.addresses.is_empty() => true,
            Passage::Across => {
                self.known.is_ours(sent.destination) || !self.known.is_ours(sent.source)
            }
        }
    }
}

/// Challenged, and no phone of ours.
fn unknown_source(view: View<'_>, last: &Transaction, place: usize) -> Finding {
    let source = view.case.sent(last).source;
    let places = [last.requests[0], place];
    let ip = source.ip();
    if !view.known.is_there {
        return view.finding(
            "unknown-source",
            &places,
            words!(
                "{source} calls and was asked to prove who it is: it is no trunk's address, and it gave no password.",
                "{source} appelle et s'est vu demander qui il est : ce n'est l'adresse d'aucun opérateur, et il n'a donné aucun mot de passe."
            ),
            view.as_known(words!(
                "If it is your carrier, write {ip} into `[trunk.NAME] address` of rappel.toml.",
                "Si c'est votre opérateur, écrivez {ip} dans `[trunk.NOM] address` de rappel.toml."
            )),
        );
    }
    if let Some(found) = registration::unproved_call(view, last, place) {
        return found;
    }
    if let Some((trunk, written)) = view.known.trunk_near(source) {
        let name = &trunk.name;
        return view.finding(
            "unknown-source",
            &places,
            words!(
                "{source} calls and is no trunk; \"{name}\" has nearly that address: {written}.",
                "{source} appelle et n'est pas un opérateur connu ; « {name} » a presque cette adresse : {written}."
            ),
            words!(
                "If it is the same carrier, add \"{ip}\", this very address, to `[trunk.{name}] address` of rappel.toml. Who stands there calls without a password: write a network only when the carrier names it as its own.",
                "Si c'est le même opérateur, ajoutez « {ip} », cette adresse précise, à `[trunk.{name}] address` de rappel.toml. Qui s'y trouve appelle sans mot de passe : n'écrivez un réseau que si l'opérateur le donne comme sien."
            ),
        );
    }
    let count = view.known.trunks.len();
    view.finding(
        "unknown-source",
        &places,
        words!(
            "{source} calls and is no trunk ({count} declared), nor did it prove to be a phone of ours.",
            "{source} appelle et n'est aucun opérateur ({count} déclarés), ni un téléphone de la maison qui l'ait prouvé."
        ),
        words!(
            "If it is your carrier, write `address = [\"{ip}\"]` into a `[trunk.NAME]` of rappel.toml. If it is a phone, give it a user and a password (`rappel user add`). If it is neither, nothing: it was refused.",
            "Si c'est votre opérateur, écrivez `address = [\"{ip}\"]` dans un `[trunk.NOM]` de rappel.toml. Si c'est un téléphone, donnez-lui un utilisateur et un mot de passe (`rappel user add`). Sinon, rien : il a été refusé."
        ),
    )
}

/// 404: a number nobody has.
fn unknown_number(
    view: View<'_>,
    last: &Transaction,
    place: usize,
    cause: Option<u8>,
) -> Option<Finding> {
    let dialled = view.case.request(last).uri().user().unwrap_or_default();
    let dialled: String = dialled.chars().take(MAX_DIALLED).collect();
    let source = view.case.sent(last).source;
    let places = [last.requests[0], place];
    let trunk = view.trunk_at(source);
    let meant = trunk.as_ref().and_then(|trunk| trunk.to_e164(&dialled));
    let number = meant
        .as_ref()
        .map_or(dialled.as_str(), |number| number.as_str());
    let caller = view.case.request(last).from().uri.user();
    let is_there = match &trunk {
        // Trunks reach lines by their numbers alone.
        Some(_) => view.known.lines.iter().any(|line| line.number == number),
        None => {
            let caller = caller.unwrap_or_default();
            view.known.has_number(&caller, &dialled)
        }
    };
    // What another leg was answered is told there.
    if !view.is_alone() || view.was_passed_on(last, place) {
        return is_there.then(|| led_nowhere(view, &places, &dialled));
    }
    if cause == Some(outside::NO_ROUTE) {
        // It means something, and was told of as a call outside.
        return None;
    }
    if let Some(trunk) = &trunk
        && let Some(found) = from_trunk(view, &places, trunk, &dialled, number)
    {
        return Some(found);
    }
    if is_there {
        return Some(led_nowhere(view, &places, &dialled));
    }
    let there = there(view, number);
    Some(view.finding(
        "unknown-number",
        &places,
        words!(
            [there] "{source} calls \"sip:{dialled}\", and no line, person or user has it.{there}",
            "{source} appelle \"sip:{dialled}\", et aucune ligne, personne ou utilisateur ne l'a.{there}"
        ),
        view.as_known(words!(
            "If the number is the company's, declare it: `[line.NAME] number = \"…\"` in its tenant.toml, then `rappel reload`.",
            "Si le numéro est à l'entreprise, déclarez-le : `[line.NOM] number = \"…\"` dans son tenant.toml, puis `rappel reload`."
        )),
    ))
}

/// 404 to a trunk, for a number that there is in another form, or for others.
fn from_trunk(
    view: View<'_>,
    places: &[usize],
    trunk: &Trunk,
    dialled: &str,
    number: &str,
) -> Option<Finding> {
    let name = &trunk.name;
    let line = view.known.lines.iter().find(|line| line.number == number);
    if let Some(line) = line.filter(|line| !trunk.may_reach(&line.tenant)) {
        let tenant = &line.tenant;
        return Some(view.finding(
            "tenant-not-allowed",
            places,
            words!(
                "The trunk \"{name}\" brought a call to \"sip:{number}\" of {tenant}, which it may not reach.",
                "L'opérateur « {name} » a apporté un appel pour \"sip:{number}\" de {tenant}, qu'il n'a pas le droit d'atteindre."
            ),
            words!(
                "Add \"{tenant}\" to `[trunk.{name}] tenants` of rappel.toml, or remove that key to allow all.",
                "Ajoutez « {tenant} » à `[trunk.{name}] tenants` de rappel.toml, ou retirez cette clé pour tout permettre."
            ),
        ));
    }
    if dialled.starts_with('*') || view.known.has_number("", dialled) {
        return Some(view.finding(
            "extension-from-trunk",
            places,
            words!(
                "The trunk \"{name}\" calls \"sip:{dialled}\", which phones of the house may dial and trunks may not: they reach whole numbers of lines only.",
                "L'opérateur « {name} » appelle \"sip:{dialled}\", que les téléphones de la maison peuvent composer, mais pas un opérateur : il n'atteint que les numéros entiers des lignes."
            ),
            words!(
                "Let the carrier send the whole number of a line. If a phone or a phone system of yours stands there, give it a user and a password (`rappel user add`) instead of `[trunk.{name}]` in rappel.toml.",
                "Faites envoyer par l'opérateur le numéro entier d'une ligne. Si c'est un téléphone ou un standard à vous, donnez-lui un utilisateur et un mot de passe (`rappel user add`) au lieu de `[trunk.{name}]` dans rappel.toml."
            ),
        ));
    }
    let line = view.known.line_in_another_form(number)?;
    let (wanted, tenant) = (&line.number, &line.tenant);
    Some(view.finding(
        "number-form",
        places,
        words!(
            "The trunk \"{name}\" writes \"sip:{dialled}\", which is read as \"sip:{number}\"; {tenant} has \"sip:{wanted}\", the same number in another form.",
            "L'opérateur « {name} » écrit \"sip:{dialled}\", lu comme \"sip:{number}\" ; {tenant} a \"sip:{wanted}\", le même numéro sous une autre forme."
        ),
        words!(
            "Set `country`, `national` and `international` of `[trunk.{name}]` in rappel.toml to how this carrier writes numbers.",
            "Réglez `country`, `national` et `international` de `[trunk.{name}]` dans rappel.toml selon l'écriture de cet opérateur."
        ),
    ))
}

/// 404 to a number that somebody has: it led on to one that nobody has.
fn led_nowhere(view: View<'_>, places: &[usize], dialled: &str) -> Finding {
    let source = view.case.messages[places[0]].source();
    view.finding(
        "led-nowhere",
        places,
        words!(
            "{source} calls \"sip:{dialled}\", which there is, but where it leads nobody could be found (404): a forward to a number that no trunk carries, or a phone that does not know its own name.",
            "{source} appelle \"sip:{dialled}\", qui existe, mais là où il mène personne n'a été trouvé (404) : un renvoi vers un numéro qu'aucun opérateur ne porte, ou un téléphone qui ne connaît pas son propre nom."
        ),
        words!(
            "Look at the forwards of \"sip:{dialled}\" (`rappel calls` tells what was tried), and whether a `[trunk.NAME]` of rappel.toml leads outside.",
            "Regardez les renvois de \"sip:{dialled}\" (`rappel calls` dit ce qui a été tenté), et si un `[trunk.NOM]` de rappel.toml mène à l'extérieur."
        ),
    )
}

/// Which numbers there are.
fn there(view: View<'_>, number: &str) -> Words {
    let known = view.known;
    if let Some(near) = known.line_near(number) {
        let (near, tenant) = (&near.number, &near.tenant);
        return words!(
            " The nearest is \"sip:{near}\" of {tenant}.",
            " Le plus proche est \"sip:{near}\" de {tenant}."
        );
    }
    if known.lines.is_empty() {
        return Words::default();
    }
    let count = known.lines.len();
    let some: Vec<String> = known
        .lines
        .iter()
        .take(SHOWN)
        .map(|line| format!("\"sip:{}\"", line.number))
        .collect();
    let some = some.join(", ");
    words!(
        " There are {count} numbers: {some} …",
        " Il y a {count} numéros : {some} …"
    )
}

/// Longest dialled text that is told, in characters.
const MAX_DIALLED: usize = 40;
/// Numbers that are told as examples.
const SHOWN: usize = 3;

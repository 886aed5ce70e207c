//! Why a registration, or a call that must prove its sender, is refused.

use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_sip::header::{
    Authorization, Contact, DigestChallenge, DigestCredentials, WwwAuthenticate,
};
use rappel_sip::message::{Method, Request, Response};
use rappel_sip::uri::Uri;

use super::{Finding, PATIENCE, View, refusals};
use crate::case::Transaction;

/// Looks at the REGISTERs of a case, and at INVITEs that carried credentials.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    let case = view.case;
    stale(view, found);
    for method in [Method::Register, Method::Invite] {
        let answered = case.of(method.clone()).filter(|t| case.answer(t).is_some());
        let Some(last) = answered.last() else {
            continue;
        };
        let Some((place, response)) = case.answer(last) else {
            continue;
        };
        let request = case.request(last);
        let proof = credentials(request);
        let finding = match (response.status().code(), proof) {
            (401, None) if method == Method::Register => unanswered(view, last, place, response),
            (401, Some(proof)) => wrong_realm(view, last, place, response, &proof),
            (403, Some(proof)) if judged_the_proof(view, last, response) => {
                forbidden(view, last, place, request, &proof)
            }
            (423, _) => Some(too_brief(view, last, place, response)),
            (500, Some(_)) if method == Method::Register => Some(out_of_order(view, last, place)),
            _ => None,
        };
        found.extend(finding);
    }
}

fn credentials(request: &Request) -> Option<DigestCredentials> {
    let all = request.headers().all::<Authorization>();
    all.iter().find_map(|header| header.0.as_digest().cloned())
}

fn challenges(response: &Response) -> Vec<DigestChallenge> {
    let all = response.headers().all::<WwwAuthenticate>();
    all.iter()
        .filter_map(|header| header.0.as_digest().cloned())
        .collect()
}

/// A 401 after which no Authorization came.
fn unanswered(
    view: View<'_>,
    last: &Transaction,
    place: usize,
    response: &Response,
) -> Option<Finding> {
    let case = view.case;
    if case
        .of(Method::Register)
        .any(|t| credentials(case.request(t)).is_some())
    {
        return None;
    }
    let tries = case.of(Method::Register).count();
    let waited = view.until.since(case.messages[place].captured.at) >= PATIENCE;
    if !waited && tries < 2 {
        return None;
    }
    let user = case.request(last).to().uri.user().unwrap_or_default();
    if view.known.is_there && !view.known.users.iter().any(|known| known.name == user) {
        return Some(unknown_user(view, &[last.requests[0], place], &user));
    }
    Some(unproved(view, last, place, response, &user))
}

/// A call in the name of a user of ours, of which nobody proved anything: that phone, most likely, and
/// no carrier.
pub(super) fn unproved_call(view: View<'_>, last: &Transaction, place: usize) -> Option<Finding> {
    let request = view.case.request(last);
    let response = view.case.messages[place].response()?;
    let contact = request.typed::<Contact>();
    let contact = contact.and_then(|contact| contact.address()?.uri.user());
    let claimed = request.from().uri.user().into_iter().chain(contact);
    let mut users = claimed.filter(|name| view.known.users.iter().any(|user| user.name == *name));
    let user = users.next()?;
    Some(unproved(view, last, place, response, &user))
}

/// A phone that was asked for its password and gave none.
fn unproved(
    view: View<'_>,
    last: &Transaction,
    place: usize,
    response: &Response,
    user: &str,
) -> Finding {
    let agent = agent(view.case.request(last));
    let source = view.case.sent(last).source;
    let offered: Vec<String> = challenges(response)
        .iter()
        .map(|challenge| challenge.algorithm.clone().unwrap_or_else(|| "MD5".into()))
        .collect();
    let only_md5 = offered.iter().all(|name| name.eq_ignore_ascii_case("MD5"));
    let offered = offered.join(", ");
    let places = [last.requests[0], place];
    match only_md5 {
        false => view.finding(
            "old-phone",
            &places,
            words!(
                "The phone of \"{user}\" at {source}{agent} was asked for its password ({offered}) and never answered: phones that know MD5 only give up when anything else is offered.",
                "Le téléphone de « {user} » à {source}{agent} s'est vu demander son mot de passe ({offered}) et n'a jamais répondu : les téléphones qui ne connaissent que MD5 renoncent quand autre chose est proposé."
            ),
            words!(
                "Offer this user MD5 only: `rappel user set {user} --algorithms md5`; the password stays. If the phone is new, check that a password is set in it.",
                "Ne proposez que MD5 à cet utilisateur : `rappel user set {user} --algorithms md5` ; le mot de passe reste. Si le téléphone est récent, vérifiez qu'un mot de passe y est saisi."
            ),
        ),
        true => view.finding(
            "no-password",
            &places,
            words!(
                "The phone of \"{user}\" at {source}{agent} was asked for its password ({offered}) and never answered.",
                "Le téléphone de « {user} » à {source}{agent} s'est vu demander son mot de passe ({offered}) et n'a jamais répondu."
            ),
            words!(
                "Enter the password in the phone, and as its authentication name \"{user}\" or nothing.",
                "Saisissez le mot de passe dans le téléphone, avec « {user} » ou rien comme nom d'authentification."
            ),
        ),
    }
}

fn agent(request: &Request) -> String {
    let agent = request.typed::<rappel_sip::header::UserAgent>();
    agent.map_or_else(String::new, |agent| format!(" ({})", agent.0))
}

fn unknown_user(view: View<'_>, places: &[usize], user: &str) -> Finding {
    let near = match view.known.user_near(user) {
        Some(near) => {
            let name = &near.name;
            words!(
                " The nearest there is: \"{name}\".",
                " Le plus proche : « {name} »."
            )
        }
        None => Words::default(),
    };
    let source = view.case.messages[places[0]].source();
    view.finding(
        "unknown-user",
        places,
        words!(
            [near] "{source} wants to be \"{user}\", and no user has that name.{near}",
            "{source} se présente comme « {user} », et aucun utilisateur ne s'appelle ainsi.{near}"
        ),
        words!(
            "Correct the name in the phone (`rappel user list` shows all), or add it: `rappel user add {user} --tenant …`.",
            "Corrigez le nom dans le téléphone (`rappel user list` les montre tous), ou créez-le : `rappel user add {user} --tenant …`."
        ),
    )
}

/// Credentials were given and challenged anew: they are for somebody else.
fn wrong_realm(
    view: View<'_>,
    last: &Transaction,
    place: usize,
    response: &Response,
    proof: &DigestCredentials,
) -> Option<Finding> {
    let challenges = challenges(response);
    let asked = challenges.first()?;
    if challenges.iter().any(|c| c.stale || c.realm == proof.realm) {
        return None;
    }
    let (given, wanted, user) = (&proof.realm, &asked.realm, &proof.username);
    let known = view.as_known(words!(
        "Remove the realm \"{given}\" from the phone, or leave the field empty so that it takes the one it is asked for. The engine's own is `[engine] realm` in rappel.toml; changing it makes every password void.",
        "Retirez le domaine d'authentification « {given} » du téléphone, ou laissez le champ vide pour qu'il prenne celui qui est demandé. Celui du moteur est `[engine] realm` dans rappel.toml ; le changer annule tous les mots de passe."
    ));
    Some(view.finding(
        "wrong-realm",
        &[last.requests[0], place],
        words!(
            "\"{user}\" proved its password for the realm \"{given}\", but \"{wanted}\" asks for it.",
            "« {user} » a prouvé son mot de passe pour le domaine « {given} », alors que « {wanted} » le demande."
        ),
        known,
    ))
}

/// Whether a 403 to credentials was about them: it came at once, and from the engine, which gives a
/// Reason for whatever it refuses to somebody it knows.
fn judged_the_proof(view: View<'_>, last: &Transaction, response: &Response) -> bool {
    let progress = last.responses.iter().any(|&place| {
        let response = view.case.messages[place].response();
        response.is_some_and(|response| (101..200).contains(&response.status().code()))
    });
    !progress && refusals::cause(response).is_none() && view.came_to_us(last)
}

/// The proof is for another address than the request: RFC 7616 §3.4.6 has them name the same.
fn wrong_uri(view: View<'_>, places: &[usize], proof: &DigestCredentials) -> Option<Finding> {
    let request = view.case.messages[places[0]].request()?;
    let proved = Uri::read(&proof.uri).ok()?;
    let (given, asked) = (proved.as_sip()?, request.uri().as_sip()?);
    if given.user() == asked.user() && given.host.same(&asked.host) {
        return None;
    }
    let source = view.case.messages[places[0]].source();
    let (user, given, asked) = (&proof.username, given.to_string(), asked.to_string());
    Some(view.finding(
        "wrong-digest-uri",
        places,
        words!(
            "\"{user}\" at {source} proved its password for \"{given}\" but sent its request to \"{asked}\": the proof cannot be checked, whatever the password.",
            "« {user} » à {source} a prouvé son mot de passe pour « {given} » mais a envoyé sa demande à « {asked} » : la preuve ne peut être vérifiée, quel que soit le mot de passe."
        ),
        words!(
            "Write the same server into the phone as domain and as proxy, update it, and switch off SIP ALG in the routers on the way: some rewrite the address of a request.",
            "Écrivez dans le téléphone le même serveur comme domaine et comme proxy, mettez-le à jour, et désactivez SIP ALG dans les routeurs du chemin : certains réécrivent l'adresse d'une demande."
        ),
    ))
}

/// 403 to credentials: the password, the name, or another user's address.
fn forbidden(
    view: View<'_>,
    last: &Transaction,
    place: usize,
    request: &Request,
    proof: &DigestCredentials,
) -> Option<Finding> {
    let user = &proof.username;
    let places = [last.requests[0], place];
    let claimed = request.to().uri.user().unwrap_or_default();
    if *request.method() == Method::Register && claimed != *user {
        return Some(view.finding(
            "other-address",
            &places,
            words!(
                "\"{user}\" logged in, but wants to register the address of \"{claimed}\".",
                "« {user} » s'est identifié, mais veut enregistrer l'adresse de « {claimed} »."
            ),
            words!(
                "Write the same name into the phone as user name and as authentication name.",
                "Écrivez dans le téléphone le même nom comme utilisateur et comme nom d'authentification."
            ),
        ));
    }
    if view.known.is_there && !view.known.users.iter().any(|known| known.name == *user) {
        return Some(unknown_user(view, &places, user));
    }
    if let Some(elsewhere) = wrong_uri(view, &places, proof) {
        return Some(elsewhere);
    }
    let source = view.case.sent(last).source;
    let remedy = view.as_known(words!(
        "Enter the password of \"{user}\" again in the phone. If it is surely right, the phone may know MD5 only: `rappel user set {user} --algorithms md5`.",
        "Saisissez de nouveau le mot de passe de « {user} » dans le téléphone. S'il est sûrement juste, le téléphone ne connaît peut-être que MD5 : `rappel user set {user} --algorithms md5`."
    ));
    Some(match view.known.is_there {
        true => view.finding(
            "wrong-password",
            &places,
            words!(
                "\"{user}\" at {source} gave a wrong password.",
                "« {user} » à {source} a donné un mauvais mot de passe."
            ),
            remedy,
        ),
        false => view.finding(
            "wrong-password",
            &places,
            words!(
                "\"{user}\" at {source} was refused: the password is wrong, or nobody has that name.",
                "« {user} » à {source} a été refusé : le mot de passe est faux, ou personne ne s'appelle ainsi."
            ),
            remedy,
        ),
    })
}

fn too_brief(view: View<'_>, last: &Transaction, place: usize, response: &Response) -> Finding {
    let least = response.typed::<rappel_sip::header::MinExpires>();
    let least = least.map_or_else(|| "?".to_owned(), |least| least.0.to_string());
    let source = view.case.sent(last).source;
    view.finding(
        "interval-too-brief",
        &[last.requests[0], place],
        words!(
            "{source} wants to register for less than {least} s and does not try again with more.",
            "{source} veut s'enregistrer pour moins de {least} s et n'essaie pas plus longtemps."
        ),
        words!(
            "Set the registration interval of the phone to {least} s or more; 3600 is usual.",
            "Réglez la durée d'enregistrement du téléphone à {least} s ou plus ; 3600 est l'usage."
        ),
    )
}

fn out_of_order(view: View<'_>, last: &Transaction, place: usize) -> Finding {
    let source = view.case.sent(last).source;
    view.finding(
        "register-order",
        &[last.requests[0], place],
        words!(
            "{source} registers under a Call-ID that was used before with a CSeq that is not higher.",
            "{source} s'enregistre sous un Call-ID déjà vu, avec un CSeq qui n'est pas plus grand."
        ),
        words!(
            "Restart the phone; two phones with copied settings do this, too: give each its own.",
            "Redémarrez le téléphone ; deux téléphones aux réglages copiés font de même : donnez à chacun les siens."
        ),
    )
}

/// The proof is right each time, and the nonce too old each time.
fn stale(view: View<'_>, found: &mut Vec<Finding>) {
    let case = view.case;
    let mut in_a_row = Vec::new();
    for transaction in &case.transactions {
        let Some((place, response)) = case.answer(transaction) else {
            continue;
        };
        if challenges(response).iter().any(|challenge| challenge.stale) {
            in_a_row.push(place);
        } else {
            in_a_row.clear();
        }
    }
    if in_a_row.len() < MAX_STALE {
        return;
    }
    let times = in_a_row.len();
    found.push(view.finding(
        "stale-nonce",
        &in_a_row,
        words!(
            "A phone answers with a nonce that is too old, {times} times in a row: it repeats an old answer instead of making a new one.",
            "Un téléphone répond avec un nonce trop vieux, {times} fois de suite : il répète une ancienne réponse au lieu d'en calculer une nouvelle."
        ),
        words!(
            "Restart the phone and update its firmware. If a router answers in its place (SIP ALG), switch that off.",
            "Redémarrez le téléphone et mettez-le à jour. Si un routeur répond à sa place (SIP ALG), désactivez cela."
        ),
    ));
}

/// A fresh challenge may cross an old answer once or twice.
const MAX_STALE: usize = 3;

//! Calls that ring nowhere because a phone let its registration run out.

use std::time::Duration;

use rappel_ivr::words;
use rappel_model::Timestamp;
use rappel_sip::header::{Contact, Expires};
use rappel_sip::message::{Method, Request, Response};

use super::{Finding, View};
use crate::captured::Passage;
use crate::case::{Case, cases};

/// A registration that was granted.
struct Granted {
    /// Until when.
    until: Timestamp,
    /// From where, and which device.
    place: String,
}

/// Looks at calls to our own people that nobody was rung for.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    let case = view.case;
    let Some(invite) = case.of(Method::Invite).last() else {
        return;
    };
    let sent = case.sent(invite);
    let rings = view.trace.legs.iter().find(|(.., id)| *id == case.call_id);
    let alone = rings.is_some_and(|(call, ..)| {
        let legs = view.trace.legs.iter().filter(|(other, ..)| other == call);
        legs.count() == 1
    });
    if sent.passage != Passage::In || !alone || case.answer(invite).is_none() {
        return;
    }
    let dialled = case.request(invite).uri().user().unwrap_or_default();
    let phones = view.known.phones.iter();
    let phones = phones.filter(|(number, user)| *number == *dialled || *user == *dialled);
    let mut users: Vec<&str> = phones.map(|(_, user)| user.as_str()).collect();
    users.dedup();
    let all = cases(view.trace);
    let lapsed = users.iter().find_map(|user| {
        let granted = last_granted(&all, user, sent.at)?;
        (granted.until <= sent.at).then_some((user, granted))
    });
    let Some((user, granted)) = lapsed else {
        return;
    };
    let (place, until) = (granted.place, granted.until.to_string());
    let until = until.get(..19).unwrap_or(&until).replace('T', " ");
    let ago = sent.at.since(granted.until).as_secs();
    found.push(view.finding(
        "registration-lapsed",
        &[invite.requests[0]],
        words!(
            "\"{dialled}\" was called, and no phone rang: the registration of \"{user}\" at {place} ended {ago} s before, on {until} UTC, and was not renewed.",
            "« {dialled} » a été appelé et aucun téléphone n'a sonné : l'enregistrement de « {user} » à {place} avait pris fin {ago} s plus tôt, le {until} UTC, sans être renouvelé."
        ),
        words!(
            "See whether the phone has power and network. If it shows itself as registered, its router forgets the way: set the phone's keep-alive (or registration interval) to a minute, or let it use TCP or TLS.",
            "Voyez si le téléphone a le courant et le réseau. S'il se dit enregistré, son routeur oublie le chemin : réglez le maintien (ou l'intervalle d'enregistrement) du téléphone à une minute, ou faites-le passer en TCP ou TLS."
        ),
    ));
}

/// The newest registration of a user before this moment; nothing when the phone has taken it back, or
/// never had one.
fn last_granted(all: &[Case<'_>], user: &str, before: Timestamp) -> Option<Granted> {
    let granted = all.iter().flat_map(|case| {
        let registers = case.of(Method::Register).filter(move |register| {
            let to = &case.request(register).to().uri;
            to.user().is_some_and(|name| name == *user)
        });
        registers.filter_map(move |register| {
            let (place, response) = case.answer(register)?;
            let at = case.messages[place].captured.at;
            let request = case.request(register);
            let took = response.status().is_success() && at <= before;
            took.then(|| (at, case.sent(register).source, length(request, response)))
        })
    });
    let (at, source, length) = granted.max_by_key(|(at, ..)| *at)?;
    let length = length?;
    Some(Granted {
        until: at + length,
        place: source.to_string(),
    })
}

/// How long a registration was granted; `None` for one that was taken back. The longest of all
/// Contacts: while one device is there, the user is.
fn length(request: &Request, response: &Response) -> Option<Duration> {
    let contacts = response.headers().all::<Contact>();
    let all = response
        .typed::<Expires>()
        .or_else(|| request.typed::<Expires>());
    let of_contact =
        |contact: &Contact| contact.expires().or_else(|| all.as_ref().map(|all| all.0));
    let longest = contacts.iter().filter_map(of_contact).max()?;
    (longest > 0).then(|| Duration::from_secs(longest.into()))
}

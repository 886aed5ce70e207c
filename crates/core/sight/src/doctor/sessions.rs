//! Calls that end by the clock: session timers (RFC 4028) and limits of others.

use std::time::Duration;

use rappel_ivr::words;
use rappel_sip::header::Name;
use rappel_sip::message::{Message, Method};

use super::{Finding, View};
use crate::case::Transaction;

/// Looks at refused intervals and at when calls ended.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    found.extend(too_small(view));
    found.extend(ended_by_the_clock(view));
}

fn too_small(view: View<'_>) -> Option<Finding> {
    let case = view.case;
    let last = case.of(Method::Invite).last()?;
    let (place, response) = case.answer(last)?;
    if response.status().code() != 422 {
        return None;
    }
    let least = response.headers().text(&Name::MinSe).unwrap_or_default();
    let sent = case.sent(last);
    let (from, to) = (sent.source, sent.destination);
    Some(view.finding(
        "session-interval",
        &[last.requests[0], place],
        words!(
            "{from} wants a session timer shorter than {to} allows (422, Min-SE {least}) and does not try again.",
            "{from} veut un minuteur de session plus court que ne le permet {to} (422, Min-SE {least}) et n'essaie plus."
        ),
        words!(
            "Set the session timer of {from} to 1800 s, or switch it off.",
            "Réglez le minuteur de session de {from} à 1800 s, ou désactivez-le."
        ),
    ))
}

fn ended_by_the_clock(view: View<'_>) -> Option<Finding> {
    let case = view.case;
    let (invite, answer) = case.answered()?;
    let bye = case.of(Method::Bye).next()?;
    let length = case.between(answer, bye.requests[0]);
    let refreshes = |t: &&Transaction| {
        let again = case.request(t).to().tag().is_some();
        let place = t.requests[0];
        again && place > answer && case.status(t).is_some_and(|status| status < 300)
    };
    let methods = [Method::Invite, Method::Update];
    let refreshed = methods
        .into_iter()
        .flat_map(|m| case.of(m))
        .filter(refreshes)
        .count();
    let who = case.sent(bye).source;
    let places = [invite.requests[0], answer, bye.requests[0]];
    let seconds = length.as_secs();
    if let Some(interval) = interval(case.messages[answer].sip.as_ref().ok()?) {
        // RFC 4028 §10: whoever misses the refresh hangs up a little before the interval is over.
        let limit = Duration::from_secs(interval);
        let early = limit.saturating_sub((limit / 3).min(Duration::from_secs(32)));
        let by_timer =
            refreshed == 0 && length + ROUNDING >= early && length <= limit + ROUNDING * 3;
        return by_timer.then(|| {
            view.finding(
                "session-timer",
                &places,
                words!(
                    "The call was ended by {who} after {seconds} s: a session timer of {interval} s was agreed and never refreshed.",
                    "L'appel a été coupé par {who} après {seconds} s : un minuteur de session de {interval} s était convenu et n'a jamais été rafraîchi."
                ),
                words!(
                    "Switch session timers off in the device that should refresh and does not (refresher in the Session-Expires header of the 200), or update it.",
                    "Désactivez les minuteurs de session dans l'appareil qui devrait rafraîchir et ne le fait pas (refresher dans Session-Expires du 200), ou mettez-le à jour."
                ),
            )
        });
    }
    let by_clock = [15 * 60, 30 * 60, 60 * 60].into_iter().find(|limit| {
        let limit = Duration::from_secs(*limit);
        length + ROUNDING >= limit && length <= limit + ROUNDING
    });
    let minutes = by_clock? / 60;
    Some(view.finding(
        "cut-by-the-clock",
        &places,
        words!(
            "The call ended after {minutes} minutes to the second, by {who}: a limit or a timer of that side.",
            "L'appel s'est terminé après {minutes} minutes à la seconde près, par {who} : une limite ou un minuteur de ce côté."
        ),
        words!(
            "Look for a longest call or a session timer in {who}, and for a timeout of connections in the firewall between.",
            "Cherchez une durée maximale ou un minuteur de session dans {who}, et un délai de connexions dans le pare-feu."
        ),
    ))
}

/// The interval of Session-Expires, in seconds.
fn interval(message: &Message) -> Option<u64> {
    let value = message.headers().text(&Name::SessionExpires)?;
    value.split(';').next()?.trim().parse().ok()
}

/// How far clocks and networks are off.
const ROUNDING: Duration = Duration::from_secs(2);

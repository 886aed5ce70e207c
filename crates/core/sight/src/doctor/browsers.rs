//! Browsers whose call the engine has ended because there were no keys for the voice: its way by UDP never
//! opened, or the handshake over it failed. The BYE says so by the cause of its Reason header (RFC 3326).

use rappel_ivr::words;
use rappel_sip::header::Reason;
use rappel_sip::message::Method;

use super::{Finding, View};

/// Looks at the BYEs of the engine to browsers.
pub(super) fn look(view: View<'_>, found: &mut Vec<Finding>) {
    let Some(agreed) = view.case.agreed() else {
        return;
    };
    if !agreed.iter().all(|(_, session)| session.is_of_browser()) {
        return;
    }
    let ended = view.case.of(Method::Bye).find(|bye| {
        let reasons = view.case.request(bye).headers().all::<Reason>();
        let cause = reasons.iter().find_map(Reason::q850_cause);
        cause == Some(INCOMPATIBLE) && view.known.sends(view.case.sent(bye))
    });
    let Some(bye) = ended else {
        return;
    };
    let to = view.named(view.case.sent(bye).destination);
    let [(offered, _), (answered, _)] = &agreed;
    found.push(view.finding(
        "browser-without-keys",
        &[*offered, *answered, bye.requests[0]],
        words!(
            "The engine ended the call of the browser at {to}: both came to no keys for the voice. None of its checks (ICE) reached the engine, or its DTLS handshake failed, or it showed another certificate than its SDP had named.",
            "Le moteur a mis fin à l'appel du navigateur en {to} : aucune clé convenue pour la voix. Aucune de ses sondes (ICE) n'est arrivée, ou sa négociation DTLS a échoué, ou il a montré un autre certificat que celui annoncé dans son SDP."
        ),
        words!(
            "The call's record says which of these (`rappel calls`). When no check came, let UDP pass to `[media] ports` at the address of the `a=candidate` line that the engine sent (`[sip] advertise`). A certificate that differs means that something between changes the SDP or the voice.",
            "La fiche de l'appel dit laquelle (`rappel calls`). Si aucune sonde n'est venue, laissez passer l'UDP vers `[media] ports` à l'adresse de la ligne `a=candidate` envoyée par le moteur (`[sip] advertise`). Un certificat différent signifie qu'un intermédiaire modifie le SDP ou la voix."
        ),
    ));
}

/// Q.850: the other side cannot do what was agreed.
const INCOMPATIBLE: u8 = 88;

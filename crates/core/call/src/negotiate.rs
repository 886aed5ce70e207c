//! Offer and answer for one leg (RFC 3264), and the orders that wait until they agree.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rappel_media::{Command, Open};
use rappel_model::{CallUid, LegId, Now, Random, Secrecy, Sound};
use rappel_rtp::sdp::{Carried, Material, Negotiation, Refused};
use rappel_rtp::{Direction, Encoding, Foreign, Format, Preference, Security, Stream};
use rappel_sip::{DialogId, Incoming, Transport};

use crate::call::Call;
use crate::rules::{House, advertised};

/// One leg's media session, from the port lent to it until media has closed it.
#[derive(Debug)]
pub(crate) struct Session {
    negotiation: Negotiation,
    stage: Stage,
    /// The answer to their first offer once it has gone out early: the 2xx says the same.
    early: Option<Bytes>,
    /// Orders given before anything was agreed, in order.
    waiting: Vec<Command<Sound>>,
    /// As in [`Terms::waits`].
    waits: bool,
}

/// On which terms a session begins.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// How the peer it is for speaks.
    pub(crate) spoken: Spoken,
    /// Whether voice is encrypted.
    pub(crate) secrecy: Secrecy,
    /// Our address as the peer's network is shown it; `None` names the port's own.
    pub(crate) shown: Option<IpAddr>,
    /// How the peer is spoken to; by WebSocket it is a browser (RFC 7118), and what we offer is for one.
    pub(crate) transport: Option<Transport>,
    /// Who it is waits for somebody, and is not left in silence.
    pub(crate) waits: bool,
}

/// What a peer would like to be spoken to whom it is joined with.
#[derive(Clone, Debug)]
pub(crate) enum Spoken {
    /// What we speak: this before the others, since it needs no conversion.
    Ours(Option<Encoding>),
    /// One of these, and nothing else: nobody here could convert it.
    Carried(Vec<Carried>),
}

/// In which codecs somebody can be joined to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formats {
    /// In any that is converted here, or none is known yet.
    Converted,
    /// In one of these, and nothing else: nobody here could convert it.
    PassedOn(Vec<Foreign>),
}

impl Formats {
    /// Whether those two would hear each other.
    pub fn meet(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Converted, Self::Converted) => true,
            (Self::PassedOn(these), Self::PassedOn(those)) => {
                these.iter().any(|format| those.contains(format))
            }
            _ => false,
        }
    }
}

/// How far offer and answer have come.
#[derive(Debug)]
enum Stage {
    /// Nothing was offered yet, or our offer is unanswered.
    Open,
    /// Their first offer holds nothing we speak: it waits for a peer who does.
    Foreign { offer: Bytes, formats: Vec<Carried> },
    /// Their first offer is taken; the answer goes with our 2xx.
    Prepared { answer: Bytes, stream: Stream },
    /// Agreed.
    Agreed(Stream),
}

impl Session {
    /// Borrows a port for `leg` and opens a media session on it, at the address that its peer is
    /// `shown`. The order to media comes with it; `None` when no port is free.
    pub(crate) fn open(
        house: &mut House<'_>,
        random: &mut Random,
        (call, leg, thread): (CallUid, LegId, usize),
        terms: Terms,
    ) -> Option<(Self, Command<Sound>)> {
        let local = match house.rules.is_for_help {
            true => house.ledger.lend_any(thread, call, leg)?,
            false => house.ledger.lend(thread, call, leg)?,
        };
        // o= wants a number that fits 63 bits everywhere (RFC 3264 §5).
        let session_id = random.next_u64() >> 1;
        let open = fresh(house, random, (leg, local), terms.waits);
        let advertised = advertised(local, terms.shown);
        let (first, carried) = match terms.spoken {
            Spoken::Ours(first) => (first, Vec::new()),
            Spoken::Carried(formats) => (None, formats),
        };
        let encodings = encodings(house.rules.codecs, first);
        let mut negotiation = Negotiation::new(advertised, session_id, encodings)
            .avoiding(Arc::clone(house.blocked))
            .protected(terms.secrecy, material(random));
        negotiation.carry(carried);
        if let Some(identity) = house.ledger.identity(thread) {
            negotiation.welcome_browsers(identity, fork(random));
        }
        if terms.transport.is_some_and(Transport::is_websocket) {
            negotiation.address_browser();
        }
        let session = Self {
            negotiation,
            stage: Stage::Open,
            early: None,
            waiting: Vec::new(),
            waits: terms.waits,
        };
        Some((session, open))
    }

    /// Whether media can take the session to another thread as it is. A browser's is bound to the
    /// certificate of its thread, and of what nobody here understands whoever waits there may be none.
    pub(crate) fn is_portable(&self) -> bool {
        let stream = self.agreed();
        let bound = |stream: &Stream| matches!(stream.security, Security::Dtls(_));
        self.is_understood() && stream.is_some_and(|stream| !bound(stream))
    }

    /// Borrows a port of another thread for a leg that is up: our offer that names it, and the order
    /// that opens a session there; `None` when no port is free. Nothing is agreed until the peer has
    /// answered.
    pub(crate) fn relocate(
        &mut self,
        house: &mut House<'_>,
        random: &mut Random,
        (call, leg, thread): (CallUid, LegId, usize),
    ) -> Option<(Bytes, Command<Sound>)> {
        let local = house.ledger.lend_again(thread, call, leg)?;
        let open = fresh(house, random, (leg, local), self.waits);
        let shown = self.negotiation.local().ip();
        self.negotiation.relocate(advertised(local, Some(shown)));
        // Another source under the same key would be allowed; another key is safer still.
        self.negotiation.renew_keys(material(random));
        // Whoever it is joined to there speaks what it speaks: see `Formats::meet`.
        if !self.is_passed_on() {
            self.negotiation.carry(Vec::new());
        }
        if let Some(identity) = house.ledger.identity(thread) {
            // Another certificate, so that a browser begins another handshake.
            self.negotiation.welcome_browsers(identity, fork(random));
        }
        self.stage = Stage::Open;
        self.waiting.clear();
        Some((self.offer(), open))
    }

    /// The bodies in their dialog come in messages from this address: where a body names a host instead of
    /// an address, its voice is sent there, and behind an address translator their voice comes from there.
    pub(crate) fn hear_from(&mut self, source: IpAddr) {
        self.negotiation.hear_from(source);
    }

    /// Our offer.
    pub(crate) fn offer(&mut self) -> Bytes {
        self.negotiation.offer(Direction::SendRecv)
    }

    /// Takes the offer of their INVITE; the answer is kept for our 2xx. An empty one leaves the offer
    /// to us (RFC 3261 §13.2.1).
    ///
    /// # Errors
    /// Why the INVITE is refused; see [`Call::explain`].
    pub(crate) fn take_first_offer(&mut self, incoming: &Incoming) -> Result<(), Refused> {
        self.hear_from(incoming.flow.remote.ip());
        if incoming.body.is_empty() {
            return Ok(());
        }
        let taken = self
            .negotiation
            .receive_offer(&incoming.body, Direction::SendRecv);
        let (answer, stream) = taken?;
        self.stage = Stage::Prepared { answer, stream };
        Ok(())
    }

    /// Likewise of the caller's INVITE, which begins a call: when it holds nothing we speak, it waits
    /// for [`Self::adopt`].
    ///
    /// # Errors
    /// As above.
    pub(crate) fn take_callers_offer(&mut self, incoming: &Incoming) -> Result<(), Refused> {
        let taken = self.take_first_offer(incoming);
        if taken != Err(Refused::NoCommonEncoding) {
            return taken;
        }
        let formats = Carried::of(&incoming.body)?;
        if formats.is_empty() {
            return taken;
        }
        let offer = incoming.body.clone();
        self.stage = Stage::Foreign { offer, formats };
        Ok(())
    }

    /// Takes the offer that waits, now that a peer speaks one of its formats.
    pub(crate) fn adopt(&mut self, formats: &[Carried]) {
        let Stage::Foreign { offer, .. } = &self.stage else {
            return;
        };
        self.negotiation.carry(formats.to_vec());
        let taken = self.negotiation.receive_offer(offer, Direction::SendRecv);
        // What cannot be taken goes on waiting, and is refused when it has to be answered.
        if let Ok((answer, stream)) = taken {
            self.stage = Stage::Prepared { answer, stream };
        }
    }

    /// The formats that are passed on here.
    pub(crate) fn carried(&self) -> &[Carried] {
        self.negotiation.carried()
    }

    /// Why their first offer cannot be answered, if it cannot.
    pub(crate) fn unanswerable(&self) -> Option<Refused> {
        let waits = matches!(self.stage, Stage::Foreign { .. });
        waits.then_some(Refused::OnlyPassedOn)
    }

    /// Our answer for a provisional response, and what is agreed with it; `None` when they made no
    /// offer, or have its answer.
    pub(crate) fn answer_early(&mut self) -> Option<(Bytes, Stream)> {
        let Stage::Prepared { answer, stream } = &self.stage else {
            return None;
        };
        let (answer, stream) = (answer.clone(), stream.clone());
        self.early = Some(answer.clone());
        Some((answer, stream))
    }

    /// The body of our 2xx, and what is agreed with it; nothing yet when it is an offer of ours, and
    /// nothing new when the answer went out early (RFC 3261 §13.2.1: it is the same).
    pub(crate) fn body_of_2xx(&mut self) -> (Bytes, Option<Stream>) {
        if let Some(answer) = self.early.take() {
            return (answer, None);
        }
        match std::mem::replace(&mut self.stage, Stage::Open) {
            Stage::Prepared { answer, stream } => (answer, Some(stream)),
            _ => (self.offer(), None),
        }
    }

    /// Takes their answer to our offer.
    ///
    /// # Errors
    /// Why it cannot be agreed with.
    pub(crate) fn take_answer(&mut self, body: &[u8]) -> Result<Stream, Refused> {
        self.negotiation.receive_answer(body)
    }

    /// Takes the offer of a re-INVITE.
    ///
    /// # Errors
    /// Why it is refused; the session goes on as it was (RFC 3261 §14.2).
    pub(crate) fn take_offer(&mut self, body: &[u8]) -> Result<(Bytes, Stream), Refused> {
        self.negotiation.receive_offer(body, Direction::SendRecv)
    }

    /// Our offer was refused: what was agreed before still holds.
    pub(crate) fn withdraw(&mut self) {
        self.negotiation.withdraw();
    }

    /// Notes what was agreed. Returns what was agreed before, and the orders that waited for this.
    pub(crate) fn agree(&mut self, stream: Stream) -> (Option<Stream>, Vec<Command<Sound>>) {
        let before = match std::mem::replace(&mut self.stage, Stage::Agreed(stream)) {
            Stage::Agreed(before) => Some(before),
            Stage::Open | Stage::Foreign { .. } | Stage::Prepared { .. } => None,
        };
        (before, std::mem::take(&mut self.waiting))
    }

    /// The peer this session was to be joined to is gone before that could happen.
    pub(crate) fn forget_bridge(&mut self) {
        self.waiting
            .retain(|order| !matches!(order, Command::Bridge { .. }));
    }

    /// What is agreed now.
    pub(crate) fn agreed(&self) -> Option<&Stream> {
        match &self.stage {
            Stage::Agreed(stream) => Some(stream),
            _ => None,
        }
    }

    /// How whoever is joined to this peer should speak, as far as that is known.
    pub(crate) fn spoken(&self) -> Spoken {
        let stream = match &self.stage {
            Stage::Open => return Spoken::Ours(None),
            Stage::Foreign { formats, .. } => return Spoken::Carried(formats.clone()),
            Stage::Prepared { stream, .. } | Stage::Agreed(stream) => stream,
        };
        match stream.format {
            Format::Ours(encoding) => Spoken::Ours(Some(encoding)),
            Format::Foreign(_) => Spoken::Carried(self.carried().to_vec()),
        }
    }

    /// Whether what the peer says can be heard here, and spoken.
    pub(crate) fn is_understood(&self) -> bool {
        self.agreed()
            .is_some_and(|stream| stream.format.ours().is_some())
    }

    /// Whether it is agreed that the peer is only passed on.
    pub(crate) fn is_passed_on(&self) -> bool {
        self.agreed()
            .is_some_and(|stream| stream.format.ours().is_none())
    }

    /// In which codecs the peer, or those who are rung for it, can be joined to another.
    pub(crate) fn formats(&self) -> Formats {
        let stream = match &self.stage {
            Stage::Open => return Formats::Converted,
            Stage::Foreign { formats, .. } => {
                return Formats::PassedOn(formats.iter().map(|c| c.format).collect());
            }
            Stage::Prepared { stream, .. } | Stage::Agreed(stream) => stream,
        };
        match stream.format {
            Format::Ours(_) => Formats::Converted,
            Format::Foreign(format) => Formats::PassedOn(vec![format]),
        }
    }

    /// Returns the order when it can be carried out now, else keeps it until something is agreed.
    pub(crate) fn order(&mut self, command: Command<Sound>) -> Option<Command<Sound>> {
        if matches!(self.stage, Stage::Agreed(_)) {
            return Some(command);
        }
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push(command);
        }
        None
    }
}

/// What the keys of a session are made of.
fn material(random: &mut Random) -> Material {
    let mut material = Material::EMPTY;
    random.fill(&mut material.0);
    material
}

/// A stream of chance of its own: what the names of a browser's checks are drawn from.
fn fork(random: &mut Random) -> Random {
    let mut seed = [0; 32];
    random.fill(&mut seed);
    Random::from_bytes(seed)
}

/// A session that begins on a port.
fn fresh(
    house: &House<'_>,
    random: &mut Random,
    (leg, local): (LegId, std::net::SocketAddr),
    waits: bool,
) -> Command<Sound> {
    Command::Open(Open {
        leg,
        local,
        ssrc: random.next_u32(),
        // A high first number is legal and rolls over early; RFC 3711 §3.3.1 advises the lower half.
        sequence: (random.next_u32() & 0x7fff) as u16,
        timestamp: random.next_u32(),
        dead_after: house.rules.dead_after,
        quiet_after: match waits {
            true => house.rules.quiet_after,
            false => Duration::ZERO,
        },
    })
}

/// Whether the peer has put us on hold: it no longer wants to hear us (RFC 3264 §8.4).
pub(crate) fn is_held(stream: &Stream) -> bool {
    matches!(stream.direction, Direction::RecvOnly | Direction::Inactive)
}

/// The encodings offered, `first` before the others so that joined legs need no conversion.
pub(crate) fn encodings(codecs: Preference, first: Option<Encoding>) -> Vec<Encoding> {
    let mut all = codecs.encodings();
    if let Some(first) = first {
        all.sort_by_key(|&encoding| encoding != first);
    }
    all
}

/// Most orders kept for a peer that has not agreed to anything: an ACK is one round trip away.
const MAX_WAITING: usize = 16;

impl Call {
    /// Has the refusal that follows (RFC 3261 §20.43) and the record say why a body cannot be agreed with; gives
    /// the status.
    pub(crate) fn explain(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        dialog: DialogId,
        refused: &Refused,
    ) -> u16 {
        self.draft.voice_refused(now, refused);
        if let Some(code) = refused.warning() {
            house.sip.warn(dialog, code, &refused.to_string());
        }
        refused.status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let local = "192.0.2.1:20000".parse().unwrap();
        Session {
            negotiation: Negotiation::new(local, 1, encodings(Preference::default(), None)),
            stage: Stage::Open,
            early: None,
            waiting: Vec::new(),
            waits: true,
        }
    }

    #[test]
    fn orders_wait_for_agreement_and_are_bounded() {
        let mut session = session();
        let leg = LegId(1);
        for _ in 0..=MAX_WAITING {
            assert_eq!(session.order(Command::Close { leg }), None);
        }
        assert_eq!(session.waiting.len(), MAX_WAITING);
        let stream = Stream::plain("198.51.100.7:40000".parse().unwrap(), Encoding::Pcma);
        assert_eq!(session.agree(stream).1.len(), MAX_WAITING);
        assert!(session.order(Command::Close { leg }).is_some());
    }

    #[test]
    fn a_peer_that_wants_to_hear_nothing_holds() {
        let held = |direction| {
            is_held(&Stream {
                direction,
                ..Stream::plain("198.51.100.7:40000".parse().unwrap(), Encoding::Pcma)
            })
        };
        assert!(held(Direction::RecvOnly) && held(Direction::Inactive));
        assert!(!held(Direction::SendRecv) && !held(Direction::SendOnly));
    }

    #[test]
    fn the_callers_encoding_is_offered_first() {
        let first = |encoding| encodings(Preference::default(), Some(encoding))[0];
        assert_eq!(first(Encoding::Pcmu), Encoding::Pcmu);
        assert_eq!(first(Encoding::Pcma), Encoding::Pcma);
    }
}

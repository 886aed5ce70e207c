//! Three and more who talk with each other: a person of the company holds one call, makes another, holds
//! that too and dials a code; a phone that has a conference of its own needs nothing of this. The phone's
//! new leg takes the place of the one that held; whoever is held in other calls comes to this one.
//!
//! Two parties of the call are its conversation, as in any call, the others its guests. Who leaves is
//! replaced in the conversation by a guest, so that when two are left they are joined by relay again.
//!
//! ```text
//! Talking(a, b)   Talking(a, c)        INVITE *3 of a
//!   held            held        ─────────────────────► Talking(a, b) with guest c: all in a room
//!                                     b leaves         Talking(a, c) by relay
//! ```

use rappel_media::{Command, Part};
use rappel_model::{Fact, LegId, Now, PlayId, RoomId, Sound, Tone, UserName};
use rappel_sip::Incoming;

use crate::arrival::CallerId;
use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::leg::Leg;
use crate::negotiate::Session;
use crate::pickup::Admission;
use crate::rules::House;
use crate::traveller::Traveller;

/// Those who take part beside the two of the conversation.
#[derive(Debug)]
pub(crate) struct Conference {
    room: RoomId,
    /// Who began it.
    host: LegId,
    /// In the order in which they came; never empty.
    guests: Vec<LegId>,
}

impl Call {
    /// Whether more than two take part.
    pub fn is_conference(&self) -> bool {
        self.conference.is_some()
    }

    /// The leg of a user that takes part here and holds the others.
    pub fn held_by(&self, user: &UserName) -> Option<LegId> {
        let holds = |leg: &Leg| leg.is_up() && leg.holds.is_some() && leg.role.user() == Some(user);
        let mut parties = self.parties().into_iter();
        parties.find(|id| self.legs.get(id).is_some_and(holds))
    }

    /// Whether one more may come.
    pub fn may_grow(&self, house: &House<'_>) -> bool {
        let parties = self.parties().len();
        (2..MAX_PARTIES).contains(&parties) && self.legs.len() < house.rules.max_legs
    }

    /// Whether one of those who talk here is only passed on, and so cannot be mixed with others.
    pub fn cannot_be_mixed(&self) -> bool {
        self.parties().into_iter().any(|leg| self.is_passed_on(leg))
    }

    /// A phone of ours takes the place of its own leg that holds, and has its conversation back; the
    /// new leg. `None`, and nothing has happened, when the phone holds nobody here who could be mixed
    /// with others, or there is no room for it.
    pub fn convene(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        incoming: &Incoming,
        caller: &CallerId,
    ) -> Option<LegId> {
        let user = caller.user.clone()?;
        let before = self.held_by(&user)?;
        if self.referral.is_some() || !self.is_understood() {
            return None;
        }
        let role = self.legs.get(&before)?.role.clone();
        let Admission::Answered(id, stream) = self.admit_phone(now, house, incoming, (role, &user))
        else {
            return None;
        };
        if let Some(stream) = stream {
            self.agree(now, id, stream);
        }
        self.engage(house, id);
        self.change_leg(now, house, before, id);
        self.end_leg(now, house, before, Cause::Normal, Farewell::Ours);
        self.proceed(now, house);
        Some(id)
    }

    /// Gives up whoever a user holds here, for a conference elsewhere; the user's leg is ended. `None`,
    /// and nothing has happened, when they cannot be mixed with others.
    pub fn release(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        user: &UserName,
    ) -> Option<Box<Traveller>> {
        let leg = self.held_by(user)?;
        if !self.is_understood() {
            return None;
        }
        self.give_up(now, house, leg, user)
    }

    /// Somebody comes to the conversation of `host`, which is a conference from here on at the latest.
    pub fn grow(&mut self, now: Now, house: &mut House<'_>, host: LegId, guest: Traveller) {
        let Some(id) = self.seat_traveller(now, house, guest) else {
            return;
        };
        let present = self.parties();
        let room = match &mut self.conference {
            Some(conference) => {
                conference.guests.push(id);
                conference.room
            }
            None => {
                // Legs are numbered once: no other room has this number.
                let room = RoomId(id.0);
                self.conference = Some(Conference {
                    room,
                    host,
                    guests: vec![id],
                });
                self.mix_conversation(now, house, room);
                room
            }
        };
        let part = Part::Full;
        self.order(
            id,
            Command::Mix {
                leg: id,
                room,
                part,
            },
        );
        for leg in present {
            self.order(leg, joined_beep(leg));
        }
        self.tell_conference(now, id, true);
        self.proceed(now, house);
    }

    /// A party of a conference is gone, or has to go: the others go on, by relay when two are left.
    /// False, and nothing has happened to it, when there is no conference (any more).
    pub(crate) fn leave_conference(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        (cause, farewell): (Cause, Farewell),
    ) -> bool {
        let takes_part = self.parties().contains(&leg);
        let (Charge::Talking { callee }, Some(conference)) = (&self.charge, &mut self.conference)
        else {
            return false;
        };
        if !takes_part {
            return false;
        }
        if leg == conference.host && house.around.office.conference_ends_with_host {
            self.end_conference(now, house);
            return false;
        }
        let callee = *callee;
        if let Some(place) = conference.guests.iter().position(|guest| *guest == leg) {
            conference.guests.remove(place);
        } else {
            let heir = conference.guests.remove(0);
            if leg == self.caller {
                self.caller = callee;
            }
            self.charge = Charge::Talking { callee: heir };
        }
        let is_over = conference.guests.is_empty();
        self.tell_conference(now, leg, false);
        self.end_leg(now, house, leg, cause, farewell);
        if is_over {
            self.conference = None;
            self.converse();
        }
        self.proceed(now, house);
        true
    }

    /// The guests are let go; the two of the conversation hear nobody.
    pub(crate) fn end_conference(&mut self, now: Now, house: &mut House<'_>) {
        let parties = self.parties();
        let Some(conference) = self.conference.take() else {
            return;
        };
        self.draft.stage(now, "conference ended");
        for guest in conference.guests {
            self.end_leg(now, house, guest, Cause::Normal, Farewell::Ours);
        }
        for leg in parties {
            // Not `order`: as for `Part`.
            self.media(Command::Unmix { leg });
        }
    }

    /// There was no place for a leg in a room: a guest has to go.
    pub(crate) fn guest_without_place(&mut self, now: Now, house: &mut House<'_>, leg: LegId) {
        let conference = self.conference.as_ref();
        if conference.is_some_and(|conference| conference.guests.contains(&leg)) {
            let end = (Cause::Congestion, Farewell::Ours);
            self.leave_conference(now, house, leg, end);
        }
    }

    /// All who talk here with each other; nobody while nobody does.
    pub(crate) fn parties(&self) -> Vec<LegId> {
        let Charge::Talking { callee } = self.charge else {
            return Vec::new();
        };
        let mut parties = vec![self.caller, callee];
        if let Some(conference) = &self.conference {
            parties.extend(&conference.guests);
        }
        parties
    }

    /// Whether all who talk here can be mixed.
    fn is_understood(&self) -> bool {
        self.parties().iter().all(|leg| {
            let session = self.legs.get(leg).and_then(|leg| leg.session.as_ref());
            session.is_some_and(Session::is_understood)
        })
    }

    /// One leg takes the place of another in what is talked here.
    fn change_leg(&mut self, now: Now, house: &mut House<'_>, before: LegId, after: LegId) {
        let Charge::Talking { callee } = self.charge else {
            return;
        };
        if self.patron == before {
            self.patron = after;
        }
        if self.conference.is_none() {
            self.part(now, house, callee);
        }
        let change = |leg: LegId| if leg == before { after } else { leg };
        self.caller = change(self.caller);
        let callee = change(callee);
        match &mut self.conference {
            None => self.join(now, callee),
            Some(conference) => {
                self.charge = Charge::Talking { callee };
                conference.host = change(conference.host);
                for guest in &mut conference.guests {
                    *guest = change(*guest);
                }
                let (leg, room, part) = (after, conference.room, Part::Full);
                self.order(leg, Command::Mix { leg, room, part });
            }
        }
    }

    /// The two of the conversation are heard in a room from here on.
    fn mix_conversation(&mut self, now: Now, house: &mut House<'_>, room: RoomId) {
        let Charge::Talking { callee } = self.charge else {
            return;
        };
        self.end_supervision(now, house, callee);
        for leg in [self.caller, callee] {
            self.forget_hold(leg);
            let part = Part::Full;
            self.order(leg, Command::Mix { leg, room, part });
        }
    }

    /// The two who are left hear each other by relay again.
    fn converse(&mut self) {
        let Charge::Talking { callee } = self.charge else {
            return;
        };
        let caller = self.caller;
        let (a, b) = (caller, callee);
        self.order(caller, Command::Bridge { a, b });
        self.fact(Fact::Bridged(a, b));
        self.hear_hold(a, b);
        self.hear_hold(b, a);
    }

    /// Tells in the diary and in the call's record who came or left.
    fn tell_conference(&mut self, now: Now, leg: LegId, joined: bool) {
        let parties = self.parties().len();
        let who = self.legs.get(&leg).and_then(|leg| leg.role.user());
        let who = who.map_or_else(|| "somebody outside".to_owned(), ToString::to_string);
        let does = if joined { "joins" } else { "leaves" };
        let stage = format!("conference: {who} {does}, {parties} parties");
        self.draft.stage(now, stage);
        let parties = u32::try_from(parties).unwrap_or(u32::MAX);
        self.fact(Fact::Conference {
            leg,
            joined,
            parties,
        });
    }
}

/// Those who are there hear that somebody comes.
fn joined_beep(leg: LegId) -> Command<Sound> {
    Command::Play {
        leg,
        play: JOINED,
        sounds: vec![Sound::Tone(Tone::Beep)],
        stop_on_key: false,
        forever: false,
    }
}

/// Most parties of one conference.
pub const MAX_PARTIES: usize = 12;

/// The play order that tells that somebody comes; flows number theirs from zero upwards.
pub(crate) const JOINED: PlayId = PlayId(u64::MAX - 11);

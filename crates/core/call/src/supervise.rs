//! A supervisor in a conversation: a phone of the company whose INVITE becomes a third leg, mixed with
//! the two. It listens, whispers to the colleague or joins in, and changes by a key; the other party
//! hears it only when it joins in. It leaves without a trace in what is heard, and with the
//! conversation at the latest: a call that is handed over is nobody's to listen to.

use rappel_media::{Command, Part};
use rappel_model::{Fact, LegId, Now, Oversight, PlayId, RoomId, Sound, Tone, UserName};
use rappel_sip::Incoming;

use crate::arrival::CallerId;
use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::ending::Farewell;
use crate::leg::Role;
use crate::pickup::Admission;
use crate::rules::House;

/// Who listens, and to whom.
#[derive(Debug)]
pub(crate) struct Supervision {
    /// The supervisor's leg.
    leg: LegId,
    /// The colleague's.
    over: LegId,
    room: RoomId,
}

impl Call {
    /// The leg of a user whom `wanted` names, when they talk here, nobody supervises them yet, and
    /// `caller` is neither of the two.
    pub fn colleague(
        &self,
        wanted: impl Fn(&UserName) -> bool,
        caller: &CallerId,
    ) -> Option<LegId> {
        let Charge::Talking { callee } = self.charge else {
            return None;
        };
        let user = |leg: &LegId| self.legs.get(leg).and_then(|leg| leg.role.user());
        let both = [callee, self.caller];
        let takes_part = both.iter().any(|leg| user(leg) == caller.user.as_ref());
        if takes_part || self.supervision.is_some() || self.is_conference() {
            return None;
        }
        both.into_iter().find(|leg| user(leg).is_some_and(&wanted))
    }

    /// A phone of ours listens to the conversation of `over` from now on. False, and nothing has
    /// happened, when there is no room for it.
    pub fn supervise(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        (incoming, caller): (&Incoming, &CallerId),
        over: LegId,
    ) -> bool {
        let (Charge::Talking { callee }, Some(user)) = (&self.charge, &caller.user) else {
            return false;
        };
        let (both, user) = ([self.caller, *callee], user.clone());
        if both.iter().any(|leg| self.is_passed_on(*leg)) {
            self.refuse_passed_on(now, house, incoming);
            return true;
        }
        let heard = |leg: LegId| self.session(leg).is_some_and(|s| s.is_understood());
        if !both.map(heard).into_iter().all(|heard| heard) {
            return false;
        }
        let role = Role::Supervisor(user.clone());
        let (leg, stream) = match self.admit_phone(now, house, incoming, (role, &user)) {
            Admission::Full => return false,
            Admission::Refused => return true,
            Admission::Answered(leg, stream) => (leg, stream),
        };
        // Legs are numbered once: no other room has this number.
        let room = RoomId(leg.0);
        for leg in both {
            let part = Part::Full;
            self.order(leg, Command::Mix { leg, room, part });
        }
        self.supervision = Some(Supervision { leg, over, room });
        if let Some(stream) = stream {
            self.agree(now, leg, stream);
        }
        self.engage(house, leg);
        self.oversee(now, Oversight::Listens);
        self.proceed(now, house);
        true
    }

    /// Whether this is the leg of whoever listens.
    pub(crate) fn is_supervisor(&self, leg: LegId) -> bool {
        self.supervision.as_ref().is_some_and(|s| s.leg == leg)
    }

    /// A key of the supervisor: 4 listens, 5 whispers, 6 joins in.
    pub(crate) fn supervisor_presses(&mut self, now: Now, digit: char) {
        let how = match digit {
            '4' => Oversight::Listens,
            '5' => Oversight::Whispers,
            '6' => Oversight::Joins,
            _ => return,
        };
        self.oversee(now, how);
        if let Some(Supervision { leg, .. }) = self.supervision {
            self.order(
                leg,
                Command::Play {
                    leg,
                    play: CHANGED,
                    sounds: vec![Sound::Tone(Tone::Beep)],
                    stop_on_key: false,
                    forever: false,
                },
            );
        }
    }

    /// The supervisor is gone, or has to go: the two are joined as before.
    pub(crate) fn supervisor_gone(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        cause: Cause,
        farewell: Farewell,
    ) {
        let Charge::Talking { callee } = self.charge else {
            return;
        };
        if self.let_supervisor_go(now, house, cause, farewell) {
            let caller = self.caller;
            self.order(
                caller,
                Command::Bridge {
                    a: caller,
                    b: callee,
                },
            );
        }
    }

    /// The conversation ends: nobody listens any more.
    pub(crate) fn end_supervision(&mut self, now: Now, house: &mut House<'_>, callee: LegId) {
        if self.let_supervisor_go(now, house, Cause::Normal, Farewell::Ours) {
            // Not `order`: as for `Part`.
            for leg in [self.caller, callee] {
                self.media(Command::Unmix { leg });
            }
        }
    }

    fn let_supervisor_go(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        cause: Cause,
        farewell: Farewell,
    ) -> bool {
        if self.supervision.is_none() {
            return false;
        }
        self.oversee(now, Oversight::Left);
        if let Some(Supervision { leg, .. }) = self.supervision.take() {
            self.end_leg(now, house, leg, cause, farewell);
        }
        true
    }

    /// Gives the supervisor their part, and tells it in the diary and in the call's record.
    fn oversee(&mut self, now: Now, how: Oversight) {
        let Some(Supervision { leg, over, room }) = self.supervision else {
            return;
        };
        let (part, does) = match how {
            Oversight::Listens => (Some(Part::Listen), "listens"),
            Oversight::Whispers => (Some(Part::Whisper { to: over }), "whispers"),
            Oversight::Joins => (Some(Part::Full), "joins in"),
            Oversight::Left => (None, "has left"),
        };
        if let Some(part) = part {
            self.order(leg, Command::Mix { leg, room, part });
        }
        let user = self.legs.get(&leg).and_then(|leg| leg.role.user());
        let who = user.map(ToString::to_string).unwrap_or_default();
        self.draft.stage(now, format!("supervisor {who} {does}"));
        self.fact(Fact::Supervised { leg, over, how });
    }
}

/// The play order that tells a supervisor that a key was taken; flows number theirs from zero upwards.
const CHANGED: PlayId = PlayId(u64::MAX - 10);

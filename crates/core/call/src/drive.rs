//! What a flow asks becomes what legs do; what happens to legs becomes the flow's news.

use std::time::Duration;

use rappel_ivr::need::Pending;
use rappel_ivr::{Ask, Caller, Event, FlowRun, Reached, Refused};
use rappel_media::{Command, RecordLimits, Subject};
use rappel_model::record::{EndedBy, MessageRecord, MessageState, RecordingBegan};
use rappel_model::{
    Fact, KeyWay, LegId, LineName, MailboxName, MessageId, Now, PlayId, QuestionId, RecordingId,
    Sound,
};

use crate::arrival::Service;
use crate::call::{Call, Charge};
use crate::cause::Cause;
use crate::digits::Source;
use crate::ending::Farewell;
use crate::hand::Purpose;
use crate::leg::Leg;
use crate::output::{Output, Wish};
use crate::rules::House;

impl Call {
    /// Starts the flow that serves the call.
    pub(crate) fn start_flow(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        service: Service,
        line: Option<LineName>,
    ) {
        let Service::Flow {
            flows,
            flow,
            called,
            language,
            known,
            ..
        } = service
        else {
            return;
        };
        let Some(tenant) = self.about.tenant.clone() else {
            return;
        };
        let caller = Caller {
            tenant,
            number: self.about.caller.number.clone(),
            name: self.about.caller.name.clone(),
            user: self.about.caller.user.clone(),
            called,
            line,
            language,
            call: self.about.uid,
            answered: self.caller_is_up(),
            known,
        };
        let random = self.random.fork("flow");
        self.flow = Some(FlowRun::start(
            now,
            house.around,
            flows,
            &flow,
            caller,
            random,
        ));
    }

    /// Lets the flow take its turn: asks are obeyed before it hears more news.
    pub(crate) fn drive(&mut self, now: Now, house: &mut House<'_>) {
        if matches!(self.charge, Charge::Farewell { .. }) {
            return;
        }
        for _ in 0..MAX_ASKS {
            let Some(flow) = &mut self.flow else {
                self.news.clear();
                return;
            };
            if let Some(ask) = flow.poll_output() {
                self.obey(now, house, ask);
            } else if flow.is_over() {
                self.flow = None;
                self.let_go(now, house, Cause::Normal);
            } else if let Some(event) = self.news.pop_front() {
                flow.handle_event(now, house.around, event);
            } else {
                self.news.shrink_to_fit();
                return;
            }
        }
        // Flow and call answer each other for ever: a fault of ours, and the caller must not hang.
        self.draft.failed();
        self.draft.stage(now, "flow out of bounds");
        self.flow = None;
        self.end_caller(now, house, Cause::Failure, EndedBy::Engine, Farewell::Ours);
    }

    fn obey(&mut self, now: Now, house: &mut House<'_>, ask: Ask) {
        match ask {
            Ask::Answer => {
                self.answer_caller(now, house);
            }
            Ask::Ring => self.ring_caller(now, house),
            Ask::Reject(refusal) => {
                if self.obstacle == Some(Cause::MediaRefused) && self.refuse_unheard(now, house) {
                    return;
                }
                let wish = Cause::of_wish(refusal);
                // A flow only knows that nobody was reached; the caller is told why.
                let why = self.obstacle.filter(|_| wish == Cause::Unreachable);
                self.turn_away(now, house, why.unwrap_or(wish));
            }
            Ask::Hangup { reason } => self.bow_out(now, house, Cause::Normal, reason),
            Ask::Play {
                play,
                sounds,
                stop_on_key,
                forever,
            } => self.play(now, house, (play, sounds), stop_on_key, forever),
            Ask::Stop(play) => {
                let leg = self.caller;
                self.order(leg, Command::Stop { leg, play });
            }
            Ask::Reach(reach) => self.ring_for(now, house, Purpose::Reach, &reach, true),
            Ask::Queue(wanted) => self.queue(now, house, &wanted),
            Ask::LeaveQueue { question, .. } => self.leave_queue(now, house, question),
            Ask::Estimate(asked) => self.estimate(now, house, &asked),
            // Nothing that could be open exists yet.
            Ask::Pending { question, .. } => self.news.push_back(Event::Pending {
                question,
                found: Pending::default(),
            }),
            Ask::Transfer(wanted) => self.transfer(now, house, &wanted),
            Ask::Record {
                recording,
                mailbox,
                max,
                silence,
            } => self.record(now, house, (recording, mailbox), max, silence),
            Ask::StopRecording(recording) => {
                let leg = self.caller;
                self.order(leg, Command::StopRecording { leg, recording });
            }
            Ask::Keep {
                question,
                recording,
                mailbox,
                length,
                urgent,
            } => self.keep(now, (question, recording, mailbox), length, urgent),
            Ask::Discard(recording) => self.wish(Wish::Discard(recording)),
            Ask::RecordCall(wanted) => self.record_call(now, house, wanted),
            Ask::Discreet(discreet) => self.be_discreet(discreet),
            Ask::CheckPin {
                question,
                user,
                pin,
            } => self.wish(Wish::CheckPin {
                question,
                user,
                pin,
            }),
            Ask::ListMessages { question, user } => {
                self.wish(Wish::ListMessages { question, user });
            }
            Ask::MarkHeard(message) => self.wish(Wish::MarkHeard(message)),
            Ask::Delete { question, message } => self.wish(Wish::Delete { question, message }),
            Ask::SelfTest(wanted) => self.self_test(wanted),
            Ask::Count(name) => {
                self.fact(Fact::Counted(name.clone()));
                self.wish(Wish::Count(name));
            }
            ask => self.write_down(now, ask),
        }
    }

    /// Asks that change nothing but the diary, the trace and the record.
    fn write_down(&mut self, now: Now, ask: Ask) {
        match ask {
            Ask::Tag { name, value } => self.draft.tag(name, value),
            Ask::Speak(language) => self.draft.stage(now, format!("language {language}")),
            Ask::Entered { flow, step, verb } => {
                self.draft.step_begun(now, flow);
                self.draft.stage(now, format!("step {step} ({verb})"));
                self.fact(Fact::Step { step, verb });
            }
            Ask::Left { step, way, .. } => {
                self.draft.stage(now, format!("left {step}: {way}"));
                self.fact(Fact::Exit { step, way });
            }
            Ask::Heard(key) => {
                self.draft.key(now, key);
                self.fact(Fact::Key(key));
            }
            // A verb that is not served yet is no failure of the call: `rappel check` told of it.
            Ask::Trouble(what) if what.ends_with(":not_available") => {
                self.draft.stage(now, format!("trouble {what}"));
            }
            Ask::Trouble(what) => {
                self.draft.stage(now, format!("trouble {what}"));
                self.draft.failed();
                self.fact(Fact::Trouble(what));
            }
            // Answers are kept with the call's own record.
            Ask::Survey(survey) => {
                for answer in survey.answers {
                    let (prompt, key) = (answer.prompt, answer.key);
                    self.draft.stage(now, format!("answer {prompt}: {key}"));
                    self.draft.tag(format!("survey.{prompt}"), key.to_string());
                }
                let (question, stored) = (survey.question, true);
                self.news.push_back(Event::Done { question, stored });
            }
            ask => self.wish(Wish::Errand(Box::new(ask))),
        }
    }

    /// The flow is over and wants the caller gone.
    pub(crate) fn bow_out(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        cause: Cause,
        reason: Option<String>,
    ) {
        let what = if self.caller_is_gone() {
            "end"
        } else {
            "hang up"
        };
        match reason {
            Some(reason) => {
                self.draft.stage(now, format!("{what}: {reason}"));
                self.draft.tag("reason".to_owned(), reason);
            }
            None => self.draft.stage(now, format!("{what}: {}", cause.word())),
        }
        self.flow = None;
        self.let_go(now, house, cause);
    }

    /// The flow has done with its caller; two others who were handed to each other talk on.
    fn let_go(&mut self, now: Now, house: &mut House<'_>, cause: Cause) {
        if self.patron == self.caller {
            self.end_caller(now, house, cause, EndedBy::Engine, Farewell::Ours);
        }
    }

    /// Answers the caller if that has not happened. False when it cannot be: the caller is gone, or
    /// the line is never answered, in which case the call ends.
    pub(crate) fn answer_caller(&mut self, now: Now, house: &mut House<'_>) -> bool {
        let may_answer = self.about.may_answer;
        let Some(leg) = self.legs.get_mut(&self.caller) else {
            return false;
        };
        if leg.is_ended() {
            return false;
        }
        if leg.is_up() {
            // Whoever came from another call is answered in this one no sooner.
            self.draft.answered(now);
            return true;
        }
        if !may_answer {
            self.draft.stage(now, "this line is never answered");
            self.end_caller(
                now,
                house,
                Cause::Unreachable,
                EndedBy::Engine,
                Farewell::Ours,
            );
            return false;
        }
        let Some(session) = leg.session.as_mut() else {
            return false;
        };
        if session.unanswerable().is_some() {
            self.refuse_unheard(now, house);
            return false;
        }
        let (body, stream) = session.body_of_2xx();
        house.sip.accept(now, leg.dialog, body);
        leg.answers(now);
        self.engage(house, self.caller);
        self.draft.answered(now);
        self.draft.stage(now, "answered");
        self.fact(Fact::Answered(self.caller));
        if let Some(stream) = stream {
            self.agree(now, self.caller, stream);
        }
        true
    }

    /// Lets the caller hear the network's ringing.
    pub(crate) fn ring_caller(&mut self, now: Now, house: &mut House<'_>) {
        let Some(leg) = self.legs.get_mut(&self.caller) else {
            return;
        };
        if leg.is_up() || leg.is_ended() {
            return;
        }
        if self.draft.ringing(now) {
            leg.rings(now, bytes::Bytes::new());
            house.sip.ring(now, leg.dialog, 180, bytes::Bytes::new());
            self.draft.stage(now, "ringing");
            self.fact(Fact::Ringing);
        }
    }

    fn play(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        (play, sounds): (PlayId, Vec<Sound>),
        stop_on_key: bool,
        forever: bool,
    ) {
        // What a flow says without having answered is for before the answer.
        let may_be_early = house.rules.early_media && !self.caller_is_gone();
        let early = may_be_early && !self.caller_is_up() && self.open_early(now, house);
        if !early && !self.answer_caller(now, house) {
            self.news.push_back(Event::PlayEnded(play));
            return;
        }
        if self.end_unspoken(now, house) {
            self.news.push_back(Event::PlayEnded(play));
            return;
        }
        let first = sounds.iter().find_map(|sound| match sound {
            Sound::Clip { key, .. } => Some(key.clone()),
            Sound::Recording(recording) => Some(format!("recording/{recording}")),
            Sound::Speech { .. } | Sound::Tone(_) | Sound::Pause(_) => None,
        });
        if let Some(key) = first {
            self.fact(Fact::Playing(key));
        }
        let leg = self.caller;
        self.sounding = Some(play);
        self.order(
            leg,
            Command::Play {
                leg,
                play,
                sounds,
                stop_on_key,
                forever,
            },
        );
    }

    fn record(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        (recording, mailbox): (RecordingId, MailboxName),
        max: Duration,
        silence: Duration,
    ) {
        self.draft.recorded();
        if !self.answer_caller(now, house) {
            self.recording_ended(now, recording, Duration::ZERO, Duration::ZERO, false);
            return;
        }
        self.recording = Some(recording);
        self.draft.stage(now, "recording");
        self.fact(Fact::Recording(recording));
        self.tell_began(now, recording, mailbox);
        let leg = self.caller;
        let limits = RecordLimits {
            max,
            silence,
            // The flow knows which key ends a recording, and stops it.
            stop_on_key: false,
        };
        self.order(
            leg,
            Command::Record {
                leg,
                recording,
                subject: Subject::Message,
                limits,
            },
        );
    }

    /// Tells the flow that a recording is over.
    pub(crate) fn recording_ended(
        &mut self,
        now: Now,
        recording: RecordingId,
        length: Duration,
        speech: Duration,
        complete: bool,
    ) {
        if self.recording == Some(recording) {
            self.recording = None;
        }
        let spoken = format!("recorded {:.1} s", length.as_secs_f64());
        self.draft.stage(now, spoken);
        self.news.push_back(Event::RecordingEnded {
            recording,
            length,
            speech,
            complete,
        });
    }

    /// Told before the first frame, so that a crash leaves a message and not a nameless file.
    fn tell_began(&mut self, now: Now, recording: RecordingId, mailbox: MailboxName) {
        let Some(tenant) = self.about.tenant.clone() else {
            return;
        };
        let began = RecordingBegan {
            recording,
            tenant,
            mailbox,
            call: self.about.uid,
            caller: self.about.caller.shown(),
            began: now.wall,
        };
        self.wish(Wish::Began(Box::new(began)));
    }

    fn keep(
        &mut self,
        now: Now,
        (question, recording, mailbox): (QuestionId, RecordingId, MailboxName),
        length: Duration,
        urgent: bool,
    ) {
        let Some(tenant) = self.about.tenant.clone() else {
            return;
        };
        let message = MessageRecord {
            id: MessageId::draw(now.wall, &mut self.random),
            tenant,
            mailbox,
            call: self.about.uid,
            recording,
            caller: self.about.caller.shown(),
            left: now.wall,
            length,
            urgent,
            state: MessageState::New,
        };
        let message = Box::new(message);
        self.wish(Wish::Keep { question, message });
    }

    fn wish(&mut self, wish: Wish) {
        self.put(Output::Wish(wish));
    }

    /// The house answered a wish: written down, then told to the flow.
    pub(crate) fn handle_granted(&mut self, now: Now, event: Event) {
        match &event {
            Event::Kept { result: Ok(id), .. } => {
                self.draft.kept(*id);
                self.draft.stage(now, "message kept");
            }
            Event::Kept {
                result: Err(refused),
                ..
            } => {
                // A full mailbox is nobody's fault: a missed call.
                if *refused == Refused::NotStored {
                    self.draft.failed();
                }
                self.draft
                    .stage(now, format!("message not kept: {refused:?}"));
            }
            _ => {}
        }
        self.news.push_back(event);
    }

    /// A digit came by one of several ways; a press counts once. It belongs to the flow, but in a
    /// conversation to the person: as RTP it went there on arrival, as INFO it is sent as RTP.
    pub(crate) fn digit(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        from: LegId,
        digit: char,
        way: KeyWay,
    ) {
        let source = Source::from(way);
        let Some(leg) = self.legs.get_mut(&from).filter(|leg| leg.is_up()) else {
            return;
        };
        if !leg.digits.take(now.instant, digit, source) {
            return;
        }
        if self.is_supervisor(from) {
            self.supervisor_presses(now, digit);
        } else if matches!(self.charge, Charge::Talking { .. }) {
            // A room keeps keys to itself.
            let is_mixed = self.supervision.is_some() || self.is_conference();
            if source == Source::Info || is_mixed {
                self.pass_digit(from, digit);
            }
        } else if matches!(self.charge, Charge::Asking { callee, .. } if callee == from) {
            self.replies(now, house, from, digit);
        } else if from == self.caller {
            self.news.push_back(Event::Key(digit, way));
        }
    }

    /// A key of one party goes to all others.
    fn pass_digit(&mut self, from: LegId, digit: char) {
        let mut others = self.parties();
        others.retain(|leg| *leg != from);
        for leg in others {
            let held = HELD;
            self.order(leg, Command::SendDigit { leg, digit, held });
        }
    }

    /// Notes that a user of ours talks.
    pub(crate) fn engage(&self, house: &mut House<'_>, leg: LegId) {
        let user = self.legs.get(&leg).and_then(|leg| leg.role.user());
        if let (Some(tenant), Some(user)) = (&self.about.tenant, user) {
            house.ledger.engage(tenant, user, leg);
        }
    }

    /// Tells whoever wanted somebody rung how that ended: the flow, or the person who hands over a
    /// call.
    pub(crate) fn reached(&mut self, now: Now, house: &mut House<'_>, reached: Reached) {
        self.charge = Charge::Flow;
        // The flow of a call for help tries again before anybody comes back.
        let tries_on = self.about.is_for_help && self.flow.is_some();
        if let Some(referral) = self.referral.take_if(|_| !tries_on) {
            self.bring_back(now, house, referral, reached);
            return;
        }
        let purpose = std::mem::take(&mut self.purpose);
        self.news.push_back(purpose.ended(reached));
    }

    /// Whether the caller's leg is answered and alive.
    pub(crate) fn caller_is_up(&self) -> bool {
        self.legs.get(&self.caller).is_some_and(Leg::is_up)
    }
}

/// Most asks and news of a flow in one step; a flow of ours has at most 200 steps without a key.
const MAX_ASKS: usize = 5_000;

/// How long a digit that came as INFO is held when it is sent on as RTP.
const HELD: Duration = Duration::from_millis(120);

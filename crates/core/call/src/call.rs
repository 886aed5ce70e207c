//! The legs of one call, and who is in charge of them.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use rappel_ivr::FlowRun;
use rappel_ivr::need::TransferKind;
use rappel_media::Command;
use rappel_model::record::{EndedBy, LegRecord, StreamReport};
use rappel_model::{
    CallUid, Deadline, Fact, Instant, KeyWay, Language, LegId, Now, PhoneNumber, PlayId,
    QuestionId, Random, RecordingId, Redacted, Secrecy, Sound, TenantId, UserName,
};
use rappel_sip::{DialogEnd, DialogId, DialogNews, Incoming};

use crate::arrival::{Arrival, CallerId, Came, Service};
use crate::cause::Cause;
use crate::conference::{Conference, JOINED};
use crate::dial::Dial;
use crate::digits;
use crate::ending::Farewell;
use crate::farewell::FAREWELL;
use crate::forward::Following;
use crate::hand::Purpose;
use crate::input::Input;
use crate::leg::{Leg, Role};
use crate::legs::Legs;
use crate::negotiate::{Session, Spoken, Terms};
use crate::output::Output;
use crate::park::{MUSIC, PLACE, Parked};
use crate::pass;
use crate::recall::Returned;
use crate::record::Draft;
use crate::refer::Referral;
use crate::remind::Reminder;
use crate::rules::{House, OnHold};
use crate::supervise::Supervision;
use crate::taping::Taping;

/// One call: the house's four-verb machine, but that each step is lent a [`House`]. It begins with
/// [`Call::arrive`] and is over when it has put out [`Output::Ended`], exactly once.
#[derive(Debug)]
pub struct Call {
    pub(crate) about: About,
    pub(crate) random: Random,
    pub(crate) legs: Legs,
    /// The leg that is served: that of whoever rang us, until a hand-over has put the other party in
    /// its place.
    pub(crate) caller: LegId,
    /// The leg that the flow knows as its caller; it has done with the call when this one is gone.
    pub(crate) patron: LegId,
    pub(crate) charge: Charge,
    /// Why somebody is rung, or talks, now.
    pub(crate) purpose: Purpose,
    /// The flow's last play order.
    pub(crate) sounding: Option<PlayId>,
    /// Where this call can be fetched: while it is parked, and until somebody has it.
    pub(crate) slot: Option<u32>,
    /// The forwards followed while somebody is rung.
    pub(crate) following: Following,
    /// What kept the last ones rung from being reached, where it is more than their absence.
    pub(crate) obstacle: Option<Cause>,
    /// The flow's question what the caller's sound is like.
    pub(crate) measuring: Option<QuestionId>,
    /// A hand-over that is under way.
    pub(crate) referral: Option<Referral>,
    /// One that has failed a moment ago.
    pub(crate) returned: Option<Returned>,
    /// Who listens to the conversation.
    pub(crate) supervision: Option<Supervision>,
    /// Who takes part beside the two that talk.
    pub(crate) conference: Option<Conference>,
    /// How the flow hands the call over.
    pub(crate) manner: TransferKind,
    /// How often another flow took over.
    pub(crate) takeovers: u8,
    /// What became of legs that went to another call.
    pub(crate) departed: Vec<LegRecord>,
    /// The cause that a peer gave when it ended its leg: passed on to those that end with it.
    pub(crate) said: Option<u8>,
    /// The running flow; `None` once it has asked for the end.
    pub(crate) flow: Option<FlowRun>,
    /// What the flow has not been told yet.
    pub(crate) news: VecDeque<rappel_ivr::Event>,
    /// What is being recorded from the caller.
    pub(crate) recording: Option<RecordingId>,
    /// The recording of the call itself.
    pub(crate) taping: Taping,
    /// Whether somebody is reminded of whom they hold.
    pub(crate) reminder: Reminder,
    pub(crate) draft: Draft,
    /// The longest call, then how long a flow may go on after its caller has gone.
    pub(crate) limit: Deadline,
    outputs: VecDeque<Output>,
    over: bool,
}

/// What does not change while a call lasts.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) uid: CallUid,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) caller: CallerId,
    pub(crate) thread: usize,
    /// The number of the tenant's version: whose prompts are played.
    pub(crate) version: u32,
    pub(crate) may_answer: bool,
    pub(crate) is_for_help: bool,
    /// The number that was called, when it is a line's.
    pub(crate) line: Option<String>,
    /// How the call came.
    pub(crate) came: Came,
    /// What a party hears whom the other has put on hold.
    pub(crate) on_hold: OnHold,
    /// How long a holder may send nothing that can be heard before music takes its place; zero means any
    /// time.
    pub(crate) quiet_after: Duration,
    /// How long a caller may be forgotten on hold.
    pub(crate) hold_return: Duration,
    /// Headers of the caller's INVITE that whoever is rung for it sees.
    pub(crate) passed: Vec<(String, String)>,
    /// Whether the caller's voice is encrypted.
    pub(crate) secrecy: Secrecy,
    /// The language that the caller is spoken to in, as far as the call itself speaks.
    pub(crate) language: Language,
}

impl About {
    /// What is known of a call from its first message on, and the thread its voice is on.
    fn of(house: &House<'_>, arrival: &Arrival) -> Self {
        let Arrival {
            tenant,
            caller,
            incoming,
            ..
        } = arrival;
        // A consultation goes where the conversation is that it may be joined to.
        let near = tenant.as_ref().zip(caller.user.as_ref());
        let near = near.and_then(|(tenant, user)| house.ledger.thread_of(tenant, user));
        let (line, may_answer, language) = match &arrival.service {
            Service::Flow {
                called,
                may_answer,
                language,
                ..
            } => (Some(called.clone()), *may_answer, language.clone()),
            Service::Refuse(_) => (None, false, Language::from("fr")),
        };
        Self {
            uid: arrival.uid,
            tenant: tenant.clone(),
            caller: caller.clone(),
            thread: near.unwrap_or_else(|| house.ledger.roomiest_thread()),
            version: arrival.version.as_ref().map_or(0, |version| version.number),
            may_answer,
            is_for_help: arrival.is_for_help,
            line: line.filter(|_| arrival.line.is_some()),
            came: arrival.came(),
            on_hold: house.rules.on_hold,
            quiet_after: house.rules.quiet_after,
            hold_return: house.around.office.hold_return,
            passed: pass::chosen(&incoming.headers, incoming.user.is_some()),
            secrecy: arrival.secrecy,
            language,
        }
    }
}

/// Who decides what the caller hears.
#[derive(Debug)]
pub(crate) enum Charge {
    /// The flow.
    Flow,
    /// Devices are ringing for the caller.
    Dialling(Dial),
    /// Whoever answered is asked whether they take the call.
    Asking {
        /// Their leg.
        callee: LegId,
        /// When they have said nothing for too long.
        until: Instant,
    },
    /// Nobody any more: the caller hears last words.
    Farewell {
        /// When they have taken too long.
        until: Instant,
        /// Why the call ends.
        cause: Cause,
    },
    /// Nobody: the caller waits at a place where they can be fetched.
    Parked(Parked),
    /// A person: the caller's leg and this one are joined.
    Talking {
        /// The person's leg.
        callee: LegId,
    },
}

impl Call {
    /// A call begins: its flow runs, or it is refused at once. Either way a record follows.
    pub fn arrive(now: Now, house: &mut House<'_>, arrival: Arrival, random: Random) -> Self {
        let caller = house.ledger.next_leg();
        let mut draft = Draft::new(now, &arrival);
        if let Some(first) = arrival.first_called() {
            draft.stage(now, format!("forwarded, first called {first}"));
        }
        house
            .ledger
            .own(arrival.incoming.dialog, arrival.uid, caller);
        let shown = arrival.caller.shown();
        let about = About::of(house, &arrival);
        let called_device = arrival.device();
        let Arrival {
            incoming,
            line,
            called,
            service,
            ..
        } = arrival;
        let mut call = Self {
            about,
            random,
            legs: Legs::default(),
            caller,
            patron: caller,
            charge: Charge::Flow,
            purpose: Purpose::Reach,
            sounding: None,
            slot: None,
            following: Following::of(called_device),
            obstacle: None,
            measuring: None,
            referral: None,
            returned: None,
            supervision: None,
            conference: None,
            manner: TransferKind::Blind,
            takeovers: 0,
            departed: Vec::new(),
            said: None,
            flow: None,
            news: VecDeque::new(),
            recording: None,
            taping: Taping::default(),
            reminder: Reminder::default(),
            draft,
            limit: Deadline::new(now.instant + house.rules.max_call, "longest call"),
            outputs: VecDeque::new(),
            over: false,
        };
        call.fact(Fact::Arrived {
            caller: shown.clone(),
            called: Redacted::new(called),
            line: line.clone(),
        });
        let opened = call.open_caller(now, house, &incoming, shown, &service);
        match (service, opened) {
            (Service::Refuse(cause), _) => call.refuse(now, house, cause, cause.status()),
            (_, Err((cause, status))) => call.refuse(now, house, cause, status),
            (service, Ok(())) => call.start_flow(now, house, service, line),
        }
        call.proceed(now, house);
        call
    }

    /// Something happened to this call.
    pub fn handle_input(&mut self, now: Now, house: &mut House<'_>, input: Input) {
        match input {
            Input::Dialog { leg, news, from } => self.handle_dialog(now, house, (leg, from), news),
            Input::Media(event) => self.handle_media(now, house, event),
            Input::Granted(event) => self.handle_granted(now, event),
            Input::Found {
                search,
                destination,
            } => self.found(now, house, search, destination),
            Input::HangUp(cause) => self.bid_farewell(now, house, cause),
            Input::Stop => {
                let (cause, by) = (Cause::Draining, EndedBy::Engine);
                self.end_caller(now, house, cause, by, Farewell::Ours);
            }
        }
        self.proceed(now, house);
    }

    /// A deadline passed; harmless if none did.
    pub fn handle_timeout(&mut self, now: Now, house: &mut House<'_>) {
        if let Some(flow) = &mut self.flow
            && !matches!(self.charge, Charge::Farewell { .. })
        {
            flow.handle_timeout(now, house.around);
        }
        self.dial_timeout(now, house);
        if self
            .asking_until()
            .is_some_and(|until| now.instant >= until)
        {
            self.declines(now, house, rappel_ivr::Reached::NoAnswer);
        }
        if self
            .farewell_until()
            .is_some_and(|until| now.instant >= until)
        {
            self.farewell_is_over(now, house);
        }
        self.remind_timeout(now, house);
        self.hold_timeout(now, house);
        self.park_timeout(now);
        if now.instant >= self.limit.at {
            if self.caller_is_gone() {
                self.flow = None;
            } else {
                self.draft.stage(now, "longest call");
                self.end_caller(now, house, Cause::Normal, EndedBy::Engine, Farewell::Ours);
            }
        }
        self.proceed(now, house);
    }

    /// The next thing this call wants, until `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() {
            // A call mostly waits, and thousands do: room is made again when there is something.
            self.outputs.shrink_to_fit();
        }
        output
    }

    /// When to wake this call, and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        if self.over {
            return None;
        }
        let flow = self.flow.as_ref().and_then(FlowRun::poll_timeout);
        let dial = match &self.charge {
            Charge::Dialling(dial) => Some(dial.poll_timeout()),
            Charge::Asking { until, .. } => Some(Deadline::new(*until, "no word of the callee")),
            Charge::Farewell { until, .. } => {
                return Deadline::earliest(
                    Some(Deadline::new(*until, "last words")),
                    Some(self.limit),
                );
            }
            Charge::Parked(parked) => Some(parked.poll_timeout()),
            Charge::Talking { .. } => Deadline::earliest(self.forgotten(), self.reminding()),
            Charge::Flow => None,
        };
        Deadline::earliest(Deadline::earliest(flow, dial), Some(self.limit))
    }

    /// Whose line or user was called.
    pub fn tenant(&self) -> Option<&TenantId> {
        self.about.tenant.as_ref()
    }

    /// Whether a number that saves lives was dialled.
    pub fn is_for_help(&self) -> bool {
        self.about.is_for_help
    }

    /// The user who calls, when it is one of ours.
    pub fn calling_user(&self) -> Option<&UserName> {
        self.about.caller.user.as_ref()
    }

    /// The number the caller shows.
    pub fn number(&self) -> Option<&PhoneNumber> {
        self.about.caller.number.as_ref()
    }

    /// The one word that stands for the caller in records.
    pub fn shown(&self) -> Option<Redacted<String>> {
        self.about.caller.shown()
    }

    /// The caller's leg with its media session, or why it cannot have one.
    fn open_caller(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        incoming: &Incoming,
        shown: Option<Redacted<String>>,
        service: &Service,
    ) -> Result<(), (Cause, u16)> {
        let peer = shown.map_or_else(
            || incoming.flow.remote.to_string(),
            |shown| shown.reveal().clone(),
        );
        let role = Role::Caller(self.about.caller.user.clone());
        let mut leg = Leg::new(now, self.caller, incoming.dialog, role, peer, None);
        let outcome = match service {
            Service::Refuse(_) => Ok(()),
            Service::Flow { .. } => {
                let terms = Terms {
                    spoken: Spoken::Ours(None),
                    secrecy: self.about.secrecy,
                    shown: Some(incoming.flow.local.ip()),
                    transport: Some(incoming.flow.transport),
                    waits: true,
                };
                self.open_session(house, self.caller, terms).map_or(
                    Err((Cause::Congestion, Cause::Congestion.status())),
                    |mut session| {
                        let taken = session.take_callers_offer(incoming);
                        leg.session = Some(session);
                        taken.map_err(|refused| {
                            let status = self.explain(now, house, incoming.dialog, &refused);
                            (Cause::MediaRefused, status)
                        })
                    },
                )
            }
        };
        self.legs.insert(self.caller, leg);
        self.tell_leg(house, self.caller, incoming.dialog);
        outcome
    }

    /// A media session on a port of this call's thread, if one is free.
    pub(crate) fn open_session(
        &mut self,
        house: &mut House<'_>,
        leg: LegId,
        terms: Terms,
    ) -> Option<Session> {
        let place = (self.about.uid, leg, self.about.thread);
        let (session, open) = Session::open(house, &mut self.random, place, terms)?;
        self.media(open);
        Some(session)
    }

    /// Refuses the caller's INVITE.
    pub(crate) fn refuse(&mut self, now: Now, house: &mut House<'_>, cause: Cause, status: u16) {
        self.draft
            .stage(now, format!("refused {status}: {}", cause.word()));
        if let Some(leg) = self.legs.get(&self.caller) {
            house
                .sip
                .reject(now, leg.dialog, status, Some(cause.q850()));
        }
        let farewell = Farewell::Theirs(Some(status));
        self.end_caller(now, house, cause, EndedBy::Engine, farewell);
    }

    fn handle_dialog(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        (leg, from): (LegId, Option<IpAddr>),
        news: DialogNews,
    ) {
        if let (Some(host), Some(session)) = (from, self.session(leg)) {
            session.hear_from(host);
        }
        match news {
            DialogNews::Progress { status, body } => {
                self.device_rings(now, house, leg, status, body)
            }
            DialogNews::Answered { body } => self.device_answers(now, house, leg, &body),
            DialogNews::Failed {
                status,
                q850,
                contacts,
            } => self.device_fails(now, house, leg, (status, q850), &contacts),
            DialogNews::Cancelled => {
                let farewell = Farewell::Theirs(Some(487));
                self.end_caller(now, house, Cause::Cancelled, EndedBy::Caller, farewell);
            }
            DialogNews::Acknowledged { body } | DialogNews::OfferAnswered { body } => {
                self.take_answer(now, house, leg, &body);
            }
            DialogNews::Offer { body } => self.take_offer(now, house, leg, &body),
            DialogNews::OfferRefused { .. } => self.offer_refused(now, house, leg),
            DialogNews::Refer(refer) => self.referred(now, house, leg, &refer),
            DialogNews::Info { content_type, body } => {
                if let Some(digit) = digits::read_info(&content_type, &body) {
                    self.digit(now, house, leg, digit, KeyWay::Info);
                }
            }
            DialogNews::Ended { why, q850 } => {
                self.said = q850;
                let (cause, lost) = match why {
                    DialogEnd::Bye | DialogEnd::ByeSent => (Cause::Normal, false),
                    DialogEnd::Expired
                    | DialogEnd::NoAck
                    | DialogEnd::Gone
                    | DialogEnd::Transport => (Cause::SignallingLost, true),
                };
                self.peer_gone(now, house, leg, cause, lost, Farewell::Theirs(None));
            }
        }
    }

    fn handle_media(&mut self, now: Now, house: &mut House<'_>, event: rappel_media::Event) {
        use rappel_media::Event as Media;
        match event {
            Media::Started { leg } => self.device_is_heard(now, leg),
            Media::PlayStarted { leg, .. } => {
                if leg == self.caller {
                    self.draft.first_sound(now);
                }
            }
            Media::PlayEnded { leg, play, why: _ } => self.play_ended(now, house, leg, play),
            Media::LeftOut { leg, .. } => {
                if leg == self.caller {
                    self.draft.stage(now, "words left out: no voice in time");
                    self.draft.tag("left_out".to_owned(), "voice".to_owned());
                }
            }
            Media::Digit { leg, digit, way } => self.digit(now, house, leg, digit, way),
            Media::Measured { leg, report } => self.measured(leg, &report),
            Media::RecordingEnded {
                leg: _,
                recording,
                why,
                length,
                speech,
            } => {
                if self.recording == Some(recording) {
                    let complete = why != rappel_media::RecordEnd::WriterFailed;
                    self.recording_ended(now, recording, length, speech, complete);
                } else {
                    self.taping_ended(now, recording, why, length);
                }
            }
            Media::RoomFull { leg, .. } => {
                self.supervisor_gone(now, house, Cause::Congestion, Farewell::Ours);
                self.guest_without_place(now, house, leg);
            }
            Media::NoKeys { leg, why } => {
                self.draft
                    .stage(now, format!("no keys with leg {leg}: {why}"));
                let farewell = Farewell::Ours;
                self.peer_gone(now, house, leg, Cause::MediaRefused, true, farewell);
            }
            Media::Quiet { leg } => {
                if leg == self.caller {
                    self.draft
                        .stage(now, "nothing to hear: a tone says that the call stands");
                }
            }
            Media::Lost { leg } => {
                self.peer_gone(now, house, leg, Cause::MediaLost, true, Farewell::Ours);
            }
            Media::Closed { leg, report, .. } => self.session_closed(now, house, leg, report),
        }
    }

    fn play_ended(&mut self, now: Now, house: &mut House<'_>, leg: LegId, play: PlayId) {
        if play == FAREWELL {
            self.farewell_is_over(now, house);
        }
        let ours = [
            crate::dial::RINGING,
            crate::hold::HOLD,
            FAREWELL,
            MUSIC,
            PLACE,
            JOINED,
        ];
        self.parked_play_ended(now, house, leg, play);
        if leg == self.caller && !ours.contains(&play) {
            self.news.push_back(rappel_ivr::Event::PlayEnded(play));
        }
    }

    /// Media has closed a session, and says what it was like.
    fn session_closed(
        &mut self,
        now: Now,
        house: &mut House<'_>,
        leg: LegId,
        report: StreamReport,
    ) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.session = None;
            leg.record.media = Some(report);
        }
        if leg == self.caller
            && let Some(recording) = self.recording
        {
            // Media tells the end of a recording before it closes; one that never began
            // has no end to tell.
            self.recording_ended(now, recording, Duration::ZERO, Duration::ZERO, false);
        }
        if leg == self.caller {
            self.end_taping(now);
        }
        // A session we did not close: the pacing thread could not take it.
        self.peer_gone(now, house, leg, Cause::Congestion, true, Farewell::Ours);
    }

    /// Lets the flow take its turn, then sees whether anything is left of the call.
    pub(crate) fn proceed(&mut self, now: Now, house: &mut House<'_>) {
        self.drive(now, house);
        let alone = self.flow.is_none() || self.patron != self.caller;
        if alone && matches!(self.charge, Charge::Flow) {
            // Whoever is left has nobody to talk with and no flow: the other party hung up.
            self.end_caller(now, house, Cause::Normal, EndedBy::Callee, Farewell::Ours);
            self.drive(now, house);
        }
        self.said = None;
        let quiet = self.flow.is_none() && self.legs.values().all(Leg::is_gone);
        let late = self.caller_is_gone() && now.instant >= self.limit.at;
        if self.over || !(quiet || late) {
            return;
        }
        self.over = true;
        let mut legs = std::mem::take(&mut self.departed);
        legs.extend(self.legs.values().map(|leg| leg.record.clone()));
        legs.sort_by_key(|leg| leg.leg);
        let record = self.draft.finish(now, legs);
        self.fact(Fact::Ended {
            outcome: record.outcome,
            cause: record.cause,
        });
        self.outputs.push_back(Output::Ended(Box::new(record)));
    }

    pub(crate) fn caller_is_gone(&self) -> bool {
        self.legs.get(&self.caller).is_none_or(Leg::is_ended)
    }

    /// The media session of a leg whose dialog lives.
    pub(crate) fn session(&mut self, leg: LegId) -> Option<&mut Session> {
        let leg = self.legs.get_mut(&leg).filter(|leg| !leg.is_ended())?;
        leg.session.as_mut()
    }

    /// Gives an order to a leg's session, now or as soon as the peer has agreed to one.
    pub(crate) fn order(&mut self, leg: LegId, command: Command<Sound>) {
        if let Some(command) = self.session(leg).and_then(|session| session.order(command)) {
            self.media(command);
        }
    }

    pub(crate) fn media(&mut self, command: Command<Sound>) {
        let About {
            thread, version, ..
        } = self.about;
        self.put(Output::Media {
            thread,
            version,
            command,
        });
    }

    /// Tells which messages are this leg's.
    pub(crate) fn tell_leg(&mut self, house: &House<'_>, leg: LegId, dialog: DialogId) {
        if let Some(call_id) = house.sip.call_id(dialog) {
            let call_id = call_id.to_owned();
            self.fact(Fact::Leg { leg, call_id });
        }
    }

    pub(crate) fn fact(&mut self, fact: Fact) {
        self.put(Output::Fact(fact));
    }

    pub(crate) fn put(&mut self, output: Output) {
        self.outputs.push_back(output);
    }
}

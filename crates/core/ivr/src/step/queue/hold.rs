//! One caller who waits in a queue.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::calendar::State;
use rappel_model::queue::{Queue, Strategy, VoiceQueue};
use rappel_model::{PlayId, QuestionId};

use super::Line;
use super::speech::Speech;
use crate::ask::{Ask, Order, Reach, Whom};
use crate::engine::Desk;
use crate::event::{Event, Reached};
use crate::need::{Place, QueueNews, Queueing};
use crate::step::asking::LONGEST_SOUND;
use crate::step::background::Background;
use crate::step::known::set_place;
use crate::step::{Turn, Work};

/// One run of `queue`.
#[derive(Debug)]
pub(super) struct Holding {
    step: Arc<Line>,
    phase: Phase,
    background: Background,
    /// The announcement being heard.
    saying: Option<PlayId>,
    quiet_key: Option<char>,
}

#[derive(Debug)]
enum Phase {
    New,
    /// In the queue; the place once it was told.
    Waiting {
        question: QuestionId,
        speech: Speech,
        place: Option<Place>,
        /// The caller was told that it takes a moment.
        admitted: bool,
    },
    /// An agent and the caller talk.
    Talking(QuestionId),
    /// There are no queues here yet: the team rings once. A key pressed meanwhile is taken when
    /// nobody answers.
    Ringing(Option<char>),
}

impl Holding {
    pub(super) fn new(step: Arc<Line>) -> Self {
        Self {
            step,
            phase: Phase::New,
            background: Background::default(),
            saying: None,
            quiet_key: None,
        }
    }

    /// Says what is due, else lets the music be heard; then sleeps until more is due.
    fn speak(&mut self, desk: &mut Desk<'_>) {
        let Phase::Waiting { speech, place, .. } = &mut self.phase else {
            return;
        };
        if self.saying.is_some() {
            return;
        }
        if speech.is_due(desk.instant()) {
            let sounds = speech.say(desk, place.as_ref());
            if let Some(play) = desk.play(sounds, false, false) {
                self.background.replaced();
                self.saying = Some(play);
                desk.wake_in(LONGEST_SOUND, "announcement");
                return;
            }
        }
        let rest = speech.next().since(desk.instant());
        self.background.start(desk);
        desk.wake_in(rest, "next announcement");
    }

    fn silence(&mut self, desk: &mut Desk<'_>) {
        self.background.stop(desk);
        if let Some(play) = self.saying.take() {
            desk.stop(play);
        }
    }

    fn leave(&mut self, desk: &mut Desk<'_>, way: &'static str) -> Turn {
        self.silence(desk);
        Turn::leave(way)
    }

    fn news(&mut self, desk: &mut Desk<'_>, question: QuestionId, news: QueueNews) -> Turn {
        match news {
            QueueNews::Place(now) => {
                set_place(desk, &now);
                match &mut self.phase {
                    Phase::Waiting { place, speech, .. } => {
                        if place.replace(now).is_none() {
                            speech.place_known(desk.instant());
                        }
                    }
                    // The agent is gone and the caller waits again.
                    _ => self.phase = Self::waiting(desk, question, &self.step, Some(now)),
                }
                self.speak(desk);
                Turn::Stay
            }
            QueueNews::Joined => {
                self.silence(desk);
                desk.state.deadline = None;
                desk.state.patience = 0;
                self.phase = Phase::Talking(question);
                Turn::Stay
            }
            QueueNews::Answered => {
                // Whoever has talked has been heard: the engine's patience starts anew.
                desk.state.patience = 0;
                self.leave(desk, "on.answered")
            }
            QueueNews::Timeout => self.leave(desk, "on.timeout"),
            QueueNews::NoAgents => self.leave(desk, "on.no_agents"),
            QueueNews::Closed => self.leave(desk, "on.closed"),
            QueueNews::Full => self.leave(desk, "on.full"),
        }
    }

    fn waiting(desk: &Desk<'_>, question: QuestionId, step: &Line, place: Option<Place>) -> Phase {
        let voice = desk.around.queues.get(&step.queue).and_then(Queue::voice);
        let plan = voice.map(|voice| &voice.announce);
        let plan = step.announce.over(&plan.cloned().unwrap_or_default());
        Phase::Waiting {
            question,
            speech: Speech::new(plan, desk.instant()),
            place,
            admitted: false,
        }
    }

    fn key(&mut self, desk: &mut Desk<'_>, key: char) -> Turn {
        match &mut self.phase {
            Phase::Waiting { question, .. } => {
                let question = *question;
                desk.heard(key, false);
                if self.step.press.contains(&key) {
                    let keep = self.step.keep_place;
                    desk.ask(Ask::LeaveQueue {
                        question,
                        keep_place: (!keep.is_zero()).then_some(keep),
                    });
                    self.silence(desk);
                    return Turn::press(key);
                }
                if self.quiet_key == Some(key) {
                    self.background.hush(desk);
                }
            }
            Phase::Ringing(pressed) => {
                desk.heard(key, false);
                if self.step.press.contains(&key) {
                    pressed.get_or_insert(key);
                }
            }
            Phase::New | Phase::Talking(_) => {}
        }
        Turn::Stay
    }

    /// Hanging up while waiting keeps the place: who calls again soon has not lost it.
    fn caller_gone(&mut self, desk: &mut Desk<'_>) -> Turn {
        let Phase::Waiting { question, .. } = self.phase else {
            return Turn::Abandon;
        };
        desk.ask(Ask::LeaveQueue {
            question,
            keep_place: Some(KEPT_AFTER_HANGUP),
        });
        if self.step.on_hangup {
            Turn::leave("on.hangup")
        } else {
            Turn::Abandon
        }
    }

    /// Without queues the team of this one rings once, everybody or one after the other as the queue
    /// says.
    fn ring_team(&mut self, desk: &mut Desk<'_>) -> Turn {
        let around = desk.around;
        let Some(queue) = around.queues.get(&self.step.queue) else {
            return self.leave(desk, "on.no_agents");
        };
        let calendar = queue.calendar.as_ref();
        let calendar = calendar.and_then(|name| around.calendars.get(name));
        if calendar.is_some_and(|c| c.state_at(desk.now.wall) != State::Open) {
            return self.leave(desk, "on.closed");
        }
        let members = around.people.teams.get(&queue.team);
        let members = members.map_or(0, |team| team.members.len());
        let (Some(voice), 1..) = (queue.voice(), members) else {
            return self.leave(desk, "on.no_agents");
        };
        let plan = self.step.announce.over(&voice.announce);
        let sounds = desk.say(plan.first.as_slice());
        self.saying = desk.play(sounds, false, false);
        self.background.replaced();
        if self.saying.is_none() {
            self.background.start(desk);
        }
        desk.state.deadline = None;
        desk.ask(Ask::Reach(Reach {
            who: Whom::Team(queue.team.clone()),
            ring: ring_once(voice, members, self.step.max_wait),
            order: order(voice.strategy),
            screen: false,
            context: None,
        }));
        self.phase = Phase::Ringing(None);
        Turn::Stay
    }

    fn reached(&mut self, desk: &mut Desk<'_>, reached: Reached) -> Turn {
        let Phase::Ringing(pressed) = &self.phase else {
            return Turn::Stay;
        };
        let pressed = *pressed;
        if reached == Reached::Answered {
            desk.state.patience = 0;
            return self.leave(desk, "on.answered");
        }
        self.silence(desk);
        pressed.map_or(Turn::leave("on.no_agents"), Turn::press)
    }
}

/// How long the team rings in all: everybody together, or each in turn.
fn ring_once(voice: &VoiceQueue, members: usize, max_wait: Option<Duration>) -> Duration {
    let turns = match order(voice.strategy) {
        Order::Together => 1,
        Order::InTurn | Order::LongestIdle => u32::try_from(members).unwrap_or(u32::MAX),
    };
    let ring = voice.ring.saturating_mul(turns);
    ring.min(max_wait.unwrap_or(voice.max_wait))
        .min(LONGEST_RING)
}

fn order(strategy: Strategy) -> Order {
    match strategy {
        Strategy::Together => Order::Together,
        Strategy::InTurn => Order::InTurn,
        Strategy::LongestIdle | Strategy::LeastCalls | Strategy::Skills => Order::LongestIdle,
    }
}

impl Work for Holding {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let around = desk.around;
        let queue = around.queues.get(&self.step.queue);
        let Some(voice) = queue.and_then(Queue::voice) else {
            return Turn::Fail("no_queue");
        };
        self.background = Background::of(&voice.music);
        self.quiet_key = voice.quiet_key;
        let question = desk.question();
        let step = &self.step;
        desk.ask(Ask::Queue(Queueing {
            question,
            queue: step.queue.clone(),
            priority: step.priority,
            skills: step.skills.clone(),
            max_wait: step.max_wait.unwrap_or(voice.max_wait),
            keep_place: step.keep_place,
            whisper: step.whisper.clone(),
        }));
        self.phase = Self::waiting(desk, question, step, None);
        // The place is told at once; a room that takes its time is covered by the welcome.
        desk.wake_in(FIRST_NEWS, "first news");
        Turn::Stay
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match event {
            Event::CallerGone => return self.caller_gone(desk),
            Event::Key(key, _) => return self.key(desk, *key),
            Event::Reached(reached) => return self.reached(desk, *reached),
            _ => {}
        }
        self.background.on_event(desk, event);
        match (&self.phase, event) {
            (_, Event::PlayEnded(play)) if self.saying == Some(*play) => {
                self.saying = None;
                match self.phase {
                    Phase::Ringing(_) => self.background.start(desk),
                    _ => self.speak(desk),
                }
                Turn::Stay
            }
            (
                Phase::Waiting { question, .. } | Phase::Talking(question),
                Event::Queued {
                    question: asked,
                    news,
                },
            ) if question == asked => self.news(desk, *asked, *news),
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        let Phase::Waiting {
            question,
            place,
            admitted,
            ..
        } = &mut self.phase
        else {
            return Turn::Stay;
        };
        if place.is_none() && *admitted && self.saying.is_none() {
            let question = *question;
            desk.ask(Ask::LeaveQueue {
                question,
                keep_place: None,
            });
            self.silence(desk);
            return Turn::Fail("no_answer");
        }
        if place.is_none() {
            *admitted = true;
        }
        // An announcement whose end was never told is taken as said.
        if let Some(play) = self.saying.take() {
            desk.stop(play);
        }
        self.speak(desk);
        Turn::Stay
    }

    fn on_refused(&mut self, desk: &mut Desk<'_>) -> Turn {
        match self.phase {
            Phase::Waiting { .. } if !desk.state.gone => self.ring_team(desk),
            _ => Turn::Fail("not_available"),
        }
    }
}

/// The place in the queue is told within this; else the caller hears the first announcement.
const FIRST_NEWS: Duration = Duration::from_secs(1);
/// A place is kept for who hangs up while waiting: as long as `pending` may ask back.
const KEPT_AFTER_HANGUP: Duration = Duration::from_secs(3600);
/// The longest that a team rings once.
const LONGEST_RING: Duration = Duration::from_secs(120);

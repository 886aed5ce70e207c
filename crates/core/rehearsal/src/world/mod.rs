//! The world around one call on paper.

mod arrival;
mod books;
mod clock;
mod keeping;
mod outside;
mod people;
mod promises;
mod queue;
mod sounding;
mod systems;
mod transcript;
mod writing;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rappel_ivr::{Ask, Caller, Event, FlowRun, Surroundings, Verb, verb};
use rappel_model::{FlowName, Instant, KeyWay, Now, Random, StepName};
use rappel_tenant::Version;

pub use arrival::caller;
pub use books::{Books, Owed};
use clock::Agenda;
use keeping::Recording;
pub use keeping::SPOKEN;
use people::Rung;
use queue::Queued;
use sounding::Sounding;

use crate::cover::Way;
use crate::given::Given;
use crate::lengths::Lengths;
use crate::scene::{Heard, Scene};

/// One call on paper. Time stands still until it is told to go on.
pub struct World {
    version: Arc<Version>,
    /// What the flow finds around it: the tenant's, as the test wants it.
    around: Surroundings,
    given: Given,
    lengths: Box<dyn Lengths>,
    random: Random,
    now: Now,
    began: Instant,
    run: Option<FlowRun>,
    caller: Option<Caller>,
    coming: Agenda,
    sounding: Sounding,
    place: Option<Visit>,
    ringing: Option<Rung>,
    queued: Option<Queued>,
    talking: bool,
    recording: Option<Recording>,
    answered: Option<Instant>,
    over: bool,
    gone: bool,
    books: Books,
    scenes: Vec<(Instant, Scene)>,
    taken: BTreeSet<Way>,
}

/// A step that was entered.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Its flow.
    pub flow: FlowName,
    /// Its name.
    pub step: StepName,
    /// Its verb.
    pub verb: &'static Verb,
}

/// What the call waits for, when only a person can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// What does the caller press?
    Keys,
    /// Who answers?
    Ringing,
    /// How long does the caller speak?
    Recording,
    /// Does an agent of the queue answer, or does the caller press a key?
    Queue,
}

impl World {
    /// A world at `now` in which nobody calls yet.
    pub fn new(
        version: Arc<Version>,
        now: Now,
        random: Random,
        given: Given,
        lengths: Box<dyn Lengths>,
    ) -> Self {
        let books = Books::default();
        let around = Surroundings {
            on_paper: !given.as_served,
            ..Surroundings::clone(&version.surroundings)
        };
        Self {
            around,
            version,
            given,
            lengths,
            random,
            now,
            began: now.instant,
            run: None,
            caller: None,
            coming: Agenda::default(),
            sounding: Sounding::default(),
            place: None,
            ringing: None,
            queued: None,
            talking: false,
            recording: None,
            answered: None,
            over: false,
            gone: false,
            books,
            scenes: Vec::new(),
            taken: BTreeSet::new(),
        }
    }

    /// The call arrives.
    pub fn begin(&mut self, flow: &FlowName, caller: Caller) {
        self.caller = Some(caller.clone());
        self.open_promises();
        let flows = Arc::clone(&self.version.flows);
        let random = self.random.fork("flow");
        let run = FlowRun::start(self.now, &self.around, flows, flow, caller, random);
        self.run = Some(run);
        self.settle();
    }

    /// Now.
    pub fn now(&self) -> Now {
        self.now
    }

    /// How long the call has lasted.
    pub fn length(&self) -> Duration {
        self.now.instant.since(self.began)
    }

    /// When the call was answered, counted from its beginning.
    pub fn answered(&self) -> Option<Duration> {
        self.answered.map(|at| at.since(self.began))
    }

    /// Whether nothing more can happen.
    pub fn is_over(&self) -> bool {
        self.over || (self.gone && self.next_moment().is_none())
    }

    /// What was written down: messages, promises, texts, tasks, tags, counters.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// The step the call is in or ended in.
    pub fn place(&self) -> Option<&Visit> {
        self.place.as_ref()
    }

    /// The value of a variable of the flow that runs or ran last, as written.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.run
            .as_ref()?
            .variable(name)
            .map(|value| value.to_string())
    }

    /// What happened so far, with the moment.
    pub fn scenes(&self) -> &[(Instant, Scene)] {
        &self.scenes
    }

    /// What the caller heard, in order.
    pub fn heard(&self) -> &[Heard] {
        self.sounding.heard()
    }

    /// The longest time in which nothing was to be heard while nobody waited for the caller.
    pub fn longest_silence(&self) -> Duration {
        self.sounding.longest_silence()
    }

    /// The ways out that were taken.
    pub fn taken(&self) -> impl Iterator<Item = Way> {
        self.taken.iter().cloned()
    }

    /// What only a person can decide now; `None` while things happen by themselves.
    pub fn wait(&self) -> Option<Wait> {
        if self.gone || self.over {
            return None;
        }
        if self.ringing.is_some() {
            return Some(Wait::Ringing);
        }
        if self.queued.is_some() && !self.coming.has_end_of_play() {
            return Some(Wait::Queue);
        }
        // What is being said or done comes to its end first: keys are asked for when it listens.
        if !self.coming.is_empty() {
            return None;
        }
        if self.recording.is_some() {
            return Some(Wait::Recording);
        }
        self.listens().then_some(Wait::Keys)
    }

    /// Whether a key would be taken by the step, even while it speaks.
    pub fn listens(&self) -> bool {
        // A consent waits only where it asks; where it informs, it is over with its sentence.
        let waits = |visit: &Visit| visit.verb.waits || visit.verb.name == "consent";
        let listens = self.place.as_ref().is_some_and(waits);
        listens && self.is_free() && self.queued.is_none()
    }

    /// Lets the next thing happen that happens by itself; false when there is none.
    pub fn step_on(&mut self) -> bool {
        if self.over {
            return false;
        }
        match self.next_moment() {
            Some(moment) => {
                self.advance_to(moment);
                true
            }
            None => false,
        }
    }

    /// Whether a key that is pressed now would be taken.
    pub fn takes_key(&self) -> bool {
        self.listens() || (self.queued.is_some() && self.is_free())
    }

    /// Whether the caller talks to nobody.
    fn is_free(&self) -> bool {
        !self.gone && !self.over && !self.talking && self.ringing.is_none()
    }

    /// As [`World::step_on`], but not beyond `until`: the clock stops there at the latest.
    pub fn step_towards(&mut self, until: Instant) -> bool {
        let next = self.next_moment().map_or(until, |next| next.min(until));
        self.advance_to(next);
        !self.over
    }

    /// Lets `length` pass, and everything happen that is due.
    pub fn pass(&mut self, length: Duration) {
        self.advance_to(self.now.instant + length);
    }

    /// The caller presses a key.
    pub fn press(&mut self, key: char) {
        self.speak_before_keys();
        self.pass(KEY_LENGTH);
        if !self.over && !self.gone {
            self.news(Event::Key(key, KeyWay::Event));
        }
    }

    /// The caller hangs up.
    pub fn hang_up(&mut self) {
        if self.gone || self.over {
            return;
        }
        self.scene(Scene::CallerHungUp);
        self.gone = true;
        self.ringing = None;
        self.queued = None;
        self.talking = false;
        self.coming.clear();
        self.sounding.stop_all(self.now.instant);
        self.news(Event::CallerGone);
        self.end_recording();
    }

    /// The earliest moment at which something happens by itself.
    fn next_moment(&self) -> Option<Instant> {
        let deadline = self.run.as_ref().and_then(FlowRun::poll_timeout);
        let deadline = deadline.map(|deadline| deadline.at);
        match (self.coming.next(), deadline) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Lets everything happen that is due until `moment`, and leaves the clock there.
    fn advance_to(&mut self, moment: Instant) {
        for _ in 0..MAX_ROUNDS {
            let next = self.next_moment();
            let Some(next) = next.filter(|next| *next <= moment && !self.over) else {
                break;
            };
            self.set_clock(next);
            match self.coming.take_until(next) {
                Some(event) => self.news(event),
                None => {
                    if let Some(run) = &mut self.run {
                        run.handle_timeout(self.now, &self.around);
                    }
                    self.settle();
                }
            }
        }
        if !self.over {
            self.set_clock(moment);
        }
    }

    fn set_clock(&mut self, moment: Instant) {
        self.now = self.now.after(moment.since(self.now.instant));
    }

    /// Tells the flow, then does all it wishes.
    fn news(&mut self, event: Event) {
        match &event {
            Event::PlayEnded(play) => self.sounding.ended(*play, self.now.instant),
            Event::Reached(_) | Event::Transferred { .. } => self.talking = false,
            Event::Queued { news, .. } => self.queue_news(*news),
            _ => {}
        }
        if let Some(run) = &mut self.run {
            run.handle_event(self.now, &self.around, event);
        }
        self.settle();
    }

    /// Does everything the flow wishes now.
    fn settle(&mut self) {
        while let Some(ask) = self.run.as_mut().and_then(FlowRun::poll_output) {
            self.perform(ask);
        }
        let waits = self.listens() || self.ringing.is_some() || self.talking;
        let waits = waits || self.recording.is_some() || self.answered.is_none() || self.gone;
        self.sounding
            .judge_silence(self.now.instant, waits || self.over);
    }

    fn perform(&mut self, ask: Ask) {
        match ask {
            Ask::Answer => {
                if self.answered.is_none() && !self.gone {
                    self.answered = Some(self.now.instant);
                    self.scene(Scene::Answered);
                }
            }
            Ask::Ring => self.scene(Scene::Ringing),
            Ask::Reject(refusal) => {
                self.over = true;
                self.scene(Scene::Refused(refusal));
            }
            Ask::Hangup { reason } => {
                self.over = true;
                if !self.gone {
                    self.scene(Scene::HungUp(reason));
                }
            }
            Ask::Play {
                play,
                sounds,
                forever,
                ..
            } => self.play(play, sounds, forever),
            Ask::Stop(play) => self.stop(play),
            Ask::Speak(language) => self.scene(Scene::Speaks(language)),
            Ask::Tag { name, value } => {
                self.books.tag(name.clone(), value.clone());
                self.scene(Scene::Tag { name, value });
            }
            Ask::Count(name) => {
                self.books.count(name.clone());
                self.scene(Scene::Count(name));
            }
            Ask::Trouble(cause) => {
                self.books.trouble(cause.clone());
                self.scene(Scene::Trouble(cause));
            }
            Ask::Entered { flow, step, verb } => self.entered(flow, step, verb),
            Ask::Left { flow, step, way } => {
                self.taken.insert((flow.clone(), step.clone(), way.clone()));
                self.scene(Scene::Left { flow, step, way });
            }
            Ask::Heard(key) => self.scene(Scene::Key(key)),
            Ask::Reach(reach) => self.reach(&reach),
            ask => self.keep(ask),
        }
    }

    fn entered(&mut self, flow: FlowName, step: StepName, word: &'static str) {
        if let Some(verb) = verb(word) {
            self.place = Some(Visit {
                flow: flow.clone(),
                step: step.clone(),
                verb,
            });
        }
        self.books.visited(flow.clone(), step.clone());
        let verb = word;
        self.scene(Scene::Entered { flow, step, verb });
    }

    /// Something will happen after `length`.
    fn later(&mut self, length: Duration, event: Event) {
        self.coming.add(self.now.instant + length, event);
    }

    fn scene(&mut self, scene: Scene) {
        if self.scenes.len() < MAX_SCENES {
            self.scenes.push((self.now.instant, scene));
        }
    }
}

/// From one key to the next.
const KEY_LENGTH: Duration = Duration::from_millis(300);
/// Most things that may happen in one stretch of time: far more than a flow may do.
const MAX_ROUNDS: usize = 100_000;
/// Most scenes of one call that are kept.
const MAX_SCENES: usize = 100_000;

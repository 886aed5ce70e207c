//! Queues of a call on paper: who waits and serves is given; an agent answers when the test says so.

use std::time::Duration;

use rappel_ivr::need::{Estimate, Estimated, Place, QueueNews, Queueing};
use rappel_ivr::{Event, words};
use rappel_model::calendar::State;
use rappel_model::{Instant, QuestionId, QueueName};

use super::World;
use crate::given::Crowd;
use crate::scene::Scene;

/// The caller waits in a queue.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) question: QuestionId,
    pub(super) queue: QueueName,
    pub(super) since: Instant,
}

impl World {
    /// The caller asks for a place.
    pub(super) fn queue(&mut self, wish: &Queueing) {
        let (question, queue) = (wish.question, wish.queue.clone());
        let news = match self.turned_away(&queue) {
            Some(end) => end,
            None => {
                let (place, since) = (self.place_in(&queue, Duration::ZERO), self.now.instant);
                let timeout = QueueNews::Timeout;
                self.later(
                    wish.max_wait,
                    Event::Queued {
                        question,
                        news: timeout,
                    },
                );
                let waiting = place.waiting;
                self.scene(Scene::World(words!(
                    "(waits in the queue \"{queue}\": {waiting} waiting)",
                    "(attend dans la file « {queue} » : {waiting} en attente)"
                )));
                self.queued = Some(Queued {
                    question,
                    queue,
                    since,
                });
                QueueNews::Place(place)
            }
        };
        self.later(Duration::ZERO, Event::Queued { question, news });
    }

    /// The caller leaves the queue by a key, or is gone.
    pub(super) fn leave_queue(&mut self, question: QuestionId, kept: Option<Duration>) {
        self.queued = None;
        self.coming
            .forget(|event| matches!(event, Event::Queued { question: q, .. } if *q == question));
        if kept.is_some() {
            self.scene(Scene::World(words!(
                "(the place is kept)",
                "(la place est gardée)"
            )));
        }
    }

    /// Somebody asks how long it would take.
    pub(super) fn estimate(&mut self, wish: &Estimate) {
        let estimate = match self.turned_away(&wish.queue) {
            Some(QueueNews::Closed) => Estimated::Closed,
            Some(QueueNews::Full) => Estimated::Full,
            _ => Estimated::Place(self.place_in(&wish.queue, Duration::ZERO)),
        };
        let question = wish.question;
        self.later(Duration::ZERO, Event::Estimated { question, estimate });
    }

    /// The agent of the queue the caller waits in answers, and talks for `talk`.
    pub(super) fn agent_answers(&mut self, talk: Duration) -> bool {
        let served = self
            .queued
            .as_ref()
            .map(|q| self.crowd(&q.queue).agents > 0);
        if served != Some(true) || self.given.nobody {
            return false;
        }
        self.pass(PICKS_UP_AFTER);
        let Some(queued) = self.queued.take() else {
            return false;
        };
        let question = queued.question;
        self.leave_queue(question, None);
        self.talk(talk);
        self.news(Event::Queued {
            question,
            news: QueueNews::Joined,
        });
        let news = QueueNews::Answered;
        self.later(talk, Event::Queued { question, news });
        true
    }

    /// The clock has moved: the next announcement finds the wait as it is by then.
    pub(super) fn queue_news(&mut self, news: QueueNews) {
        match news {
            QueueNews::Place(_) => {
                if let Some(queued) = &self.queued
                    && self.crowd(&queued.queue).wait.is_some()
                {
                    let waited = self.now.instant.since(queued.since);
                    let place = self.place_in(&queued.queue, waited + NEWS_EVERY);
                    let (question, news) = (queued.question, QueueNews::Place(place));
                    self.later(NEWS_EVERY, Event::Queued { question, news });
                }
            }
            QueueNews::Joined => {}
            QueueNews::Answered => self.talking = false,
            _ => {
                if let Some(queued) = self.queued.take() {
                    self.leave_queue(queued.question, None);
                }
            }
        }
    }

    /// Why the queue takes nobody now.
    fn turned_away(&self, queue: &QueueName) -> Option<QueueNews> {
        let settings = self.around.queues.get(queue);
        let calendar = settings.and_then(|settings| settings.calendar.as_ref());
        let calendar = calendar.and_then(|name| self.around.calendars.get(name));
        if calendar.is_some_and(|c| c.state_at(self.now.wall) != State::Open) {
            return Some(QueueNews::Closed);
        }
        let crowd = self.crowd(queue);
        let room = settings
            .and_then(|settings| settings.voice())
            .map(|voice| voice.max_size);
        if crowd.full || room.is_some_and(|room| crowd.waiting >= room) {
            return Some(QueueNews::Full);
        }
        (crowd.agents == 0 || self.given.nobody).then_some(QueueNews::NoAgents)
    }

    fn place_in(&self, queue: &QueueName, waited: Duration) -> Place {
        let crowd = self.crowd(queue);
        let less = |length: Duration| length.saturating_sub(waited);
        Place {
            position: crowd.waiting + 1,
            waiting: crowd.waiting + 1,
            agents: crowd.agents,
            free: crowd.waiting == 0 && crowd.wait.is_none(),
            wait: crowd.wait.map(|(low, high)| (less(low), less(high))),
            ready: crowd.wait.is_some(),
        }
    }

    fn crowd(&self, queue: &QueueName) -> Crowd {
        let crowd = self.given.queues.get(queue.as_str());
        crowd.cloned().unwrap_or_default()
    }

    /// The wait of a queue as it is given.
    pub(super) fn wait_of(&self, queue: &QueueName) -> Option<(Duration, Duration)> {
        self.crowd(queue).wait
    }
}

/// How long an agent who is told of a caller takes to answer.
const PICKS_UP_AFTER: Duration = Duration::from_secs(4);
/// How often a caller's wait is reckoned again.
const NEWS_EVERY: Duration = Duration::from_secs(30);

//! The caller is handed to somebody: a queue's team, a person, a number outside. Who asked for the
//! ringing is told how it ended; whatever fails brings the caller back to the flow.

use std::time::Duration;

use rappel_ivr::need::{
    Estimate, Estimated, Place, QueueNews, Queueing, Transfer, TransferTo, Transferred,
};
use rappel_ivr::{Event, Order, Reach, Reached, Whom};
use rappel_model::calendar::State;
use rappel_model::person::Availability;
use rappel_model::queue::{Queue, Strategy};
use rappel_model::{Now, QuestionId, UserName};
use rappel_sip::UserId;

use crate::call::{Call, Charge};
use crate::output::Output;
use crate::outside::Errand;
use crate::refer::{Search, Sought};
use crate::rules::House;

/// Why somebody is rung for the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The step `reach`.
    #[default]
    Reach,
    /// A queue is served.
    Queue(QuestionId),
    /// The call is handed over.
    Transfer(QuestionId),
}

impl Purpose {
    /// What the flow is told once it is over.
    pub(crate) fn ended(self, reached: Reached) -> Event {
        match self {
            Self::Reach => Event::Reached(reached),
            Self::Queue(question) => Event::Queued {
                question,
                news: match reached {
                    Reached::Answered => QueueNews::Answered,
                    _ => QueueNews::NoAgents,
                },
            },
            Self::Transfer(question) => Event::Transferred {
                question,
                outcome: match reached {
                    Reached::Answered => Transferred::Done,
                    Reached::Busy | Reached::Declined => Transferred::Busy,
                    Reached::NoAnswer => Transferred::NoAnswer,
                    Reached::Unreachable => Transferred::Failed,
                },
            },
        }
    }
}

impl Call {
    /// Serves a queue as well as can be without a room for those who wait: its team is rung, each
    /// member once; whoever cannot be served then leaves the queue, as when nobody serves it.
    pub(crate) fn queue(&mut self, now: Now, house: &mut House<'_>, wanted: &Queueing) {
        let question = wanted.question;
        let Some(queue) = house.around.queues.get(&wanted.queue).cloned() else {
            self.news.push_back(Event::NotAvailable { question });
            return;
        };
        let Some(voice) = queue.voice() else {
            self.news.push_back(Event::NotAvailable { question });
            return;
        };
        let tell = |news| Event::Queued { question, news };
        if is_closed(now, house, &queue) {
            self.news.push_back(tell(QueueNews::Closed));
            return;
        }
        let place = self.place(now, house, &queue);
        self.draft.stage(now, format!("queue {}", queue.name));
        self.news.push_back(tell(QueueNews::Place(place)));
        let (order, turns) = match voice.strategy {
            Strategy::Together => (Order::Together, 1),
            Strategy::InTurn => (Order::InTurn, place.agents),
            Strategy::LongestIdle | Strategy::LeastCalls | Strategy::Skills => {
                (Order::LongestIdle, place.agents)
            }
        };
        let reach = Reach {
            who: Whom::Team(queue.team.clone()),
            ring: (voice.ring * turns.max(1)).min(wanted.max_wait.max(SHORTEST_RING)),
            order,
            screen: false,
            context: None,
        };
        // The step plays what is heard while waiting: no ringing tone beside it.
        self.ring_for(now, house, Purpose::Queue(question), &reach, false);
    }

    /// Leaves a queue; who is rung for it is let go.
    pub(crate) fn leave_queue(&mut self, now: Now, house: &mut House<'_>, question: QuestionId) {
        if self.purpose != Purpose::Queue(question) || !matches!(self.charge, Charge::Dialling(_)) {
            return;
        }
        self.purpose = Purpose::Reach;
        if let Charge::Dialling(dial) = std::mem::replace(&mut self.charge, Charge::Flow) {
            self.draft.stage(now, "queue left");
            self.cancel_devices(now, house, dial);
        }
    }

    /// What somebody would find who came to a queue now. Nothing is known of waits yet, so none is
    /// ready to be announced.
    pub(crate) fn estimate(&mut self, now: Now, house: &mut House<'_>, asked: &Estimate) {
        let question = asked.question;
        let Some(queue) = house.around.queues.get(&asked.queue).cloned() else {
            self.news.push_back(Event::NotAvailable { question });
            return;
        };
        let estimate = match is_closed(now, house, &queue) {
            true => Estimated::Closed,
            false => Estimated::Place(self.place(now, house, &queue)),
        };
        self.news.push_back(Event::Estimated { question, estimate });
    }

    /// The caller's place: the next one, since nobody waits for long.
    fn place(&self, now: Now, house: &mut House<'_>, queue: &Queue) -> Place {
        let people = &house.around.people;
        let members = people.teams.get(&queue.team).map(|team| &team.members);
        let present = members.into_iter().flatten().filter(|name| {
            let person = people.persons.get(*name);
            person.is_some_and(|person| {
                let here = house.around.availability(person, now.wall);
                here == Availability::Available
                    && person.phones.iter().any(|user| {
                        let known = self.user(user);
                        known.is_some_and(|id| !house.sip.bindings(now, &id).is_empty())
                    })
            })
        });
        let agents = u32::try_from(present.count()).unwrap_or(u32::MAX);
        Place {
            position: 1,
            waiting: 1,
            agents,
            free: agents > 0,
            wait: None,
            ready: false,
        }
    }

    /// Hands the call over. A person or a team is rung as by `reach`; a number outside is reached
    /// through the trunk that the call came by, and by no other.
    pub(crate) fn transfer(&mut self, now: Now, house: &mut House<'_>, wanted: &Transfer) {
        let purpose = Purpose::Transfer(wanted.question);
        let who = match &wanted.to {
            TransferTo::Person(person) => Whom::Person(person.clone()),
            TransferTo::Team(team) => Whom::Team(team.clone()),
            TransferTo::Destination(name) => {
                let destination = house.around.destinations.get(name);
                match destination.map(|destination| destination.number.clone()) {
                    Some(number) => {
                        let whom = (&number, wanted.show, Errand::Transfer);
                        self.ring_outside(now, house, purpose, whom, wanted.ring);
                        // Nobody answers within the step that rings them.
                        self.manner = wanted.kind;
                    }
                    None => self.news.push_back(purpose.ended(Reached::Unreachable)),
                }
                return;
            }
            TransferTo::Line(line) => {
                // What answers a line is a flow: it takes this one's place.
                self.draft.stage(now, format!("hand over to line {line}"));
                self.put(Output::Find {
                    search: Search::Flow(wanted.question),
                    sought: Sought::Line(line.clone()),
                });
                return;
            }
        };
        let reach = Reach {
            who,
            ring: wanted.ring,
            order: Order::Together,
            screen: false,
            context: None,
        };
        self.ring_for(now, house, purpose, &reach, true);
        self.manner = wanted.kind;
    }

    fn user(&self, user: &UserName) -> Option<UserId> {
        Some(UserId {
            tenant: self.about.tenant.clone()?,
            user: user.clone(),
        })
    }
}

fn is_closed(now: Now, house: &House<'_>, queue: &Queue) -> bool {
    let calendar = queue.calendar.as_ref();
    let calendar = calendar.and_then(|name| house.around.calendars.get(name));
    calendar.is_some_and(|calendar| !matches!(calendar.state_at(now.wall), State::Open))
}

/// A phone that rings shorter rings for nobody.
const SHORTEST_RING: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asked_is_told_in_their_words() {
        let question = QuestionId(7);
        let queue = Purpose::Queue(question);
        let news = |news| Event::Queued { question, news };
        assert_eq!(queue.ended(Reached::Answered), news(QueueNews::Answered));
        assert_eq!(queue.ended(Reached::Busy), news(QueueNews::NoAgents));
        let transfer = Purpose::Transfer(question);
        let outcome = |outcome| Event::Transferred { question, outcome };
        for (reached, told) in [
            (Reached::Answered, Transferred::Done),
            (Reached::Declined, Transferred::Busy),
            (Reached::NoAnswer, Transferred::NoAnswer),
            (Reached::Unreachable, Transferred::Failed),
        ] {
            assert_eq!(transfer.ended(reached), outcome(told));
            assert_eq!(Purpose::Reach.ended(reached), Event::Reached(reached));
        }
    }
}

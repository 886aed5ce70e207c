//! `transfer`: hand the call to somebody else; whatever fails brings the caller back.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::person::Availability;
use rappel_model::{PlayId, QuestionId, Sound, Tone};

use super::{
    Answers, Facts, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Turn, Verb,
    Voice, Work,
};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{Shown, Transfer, TransferKind, TransferTo, Transferred};
use crate::words;
use crate::words::Help;

/// `transfer`.
pub(super) const VERB: Verb = Verb {
    name: "transfer",
    keys: &[
        Key::required(
            "to",
            Kind::Handover,
            "person:NAME, team:NAME, line:NAME or destination:NAME",
        )
        .fr("person:NOM, team:NOM, line:NOM ou destination:NOM"),
        Key::new(
            "kind",
            Kind::Word(&["blind", "attended", "supervised"], &[]),
            Some("blind"),
            "blind: joined at once; attended: the other side agrees first; supervised: a call cut short comes back",
        )
        .fr("blind : relié aussitôt ; attended : l'autre accepte d'abord ; supervised : un appel coupé revient"),
        Key::new("ring", Kind::Duration("15s", "2m"), Some("25s"), "how long it rings")
            .fr("combien de temps cela sonne"),
        Key::new(
            "show",
            Kind::Word(&["caller", "line"], &[]),
            Some("caller"),
            "the number the other side sees: the caller's, or the one that was called",
        )
        .fr("le numéro que l'autre voit : celui de l'appelant, ou celui qui a été appelé"),
    ],
    outcomes: &[
        Outcome::new("done", Otherwise::End, "after the conversation, or once the call has left")
            .fr("après la conversation, ou une fois l'appel parti"),
        Outcome::new("no_answer", Otherwise::As("next"), "nobody answered in time")
            .fr("personne n'a répondu à temps"),
        Outcome::new("busy", Otherwise::As("on.no_answer"), "busy, or declined")
            .fr("occupé, ou refusé"),
        Outcome::new(
            "failed",
            Otherwise::As("on.no_answer"),
            "it could not be rung: the caller is still here",
        )
        .fr("impossible de faire sonner : l'appelant est toujours là"),
    ],
    next: Presence::Optional,
    press: Presence::None,
    answers: Answers::WhenReached,
    after_hangup: false,
    waits: false,
    voice: Voice::Closes(&["on.done"]),
    internal: false,
    help: Help {
        en: "Hands the call to a person, a team, a line or a number outside; the caller is never dropped.",
        fr: "Passe l'appel à une personne, une équipe, une ligne ou un numéro extérieur ; l'appelant n'est jamais perdu.",
    },
    example: r#"do = "transfer"
to = "team:ventes"
show = "line"
on.no_answer = "message""#,
    served: true,
    read,
};

#[derive(Clone, Debug)]
struct Handing {
    to: TransferTo,
    kind: TransferKind,
    ring: Duration,
    show: Shown,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let Some(to) = keys.handover("to") else {
        let message = words!(
            "\"transfer\" needs the key \"to\"",
            "il faut « to » à « transfer »"
        );
        return Err(Fault::new("R103", None, message));
    };
    Ok(Arc::new(Handing {
        to,
        kind: match keys.word("kind") {
            "attended" => TransferKind::Attended,
            "supervised" => TransferKind::Supervised,
            _ => TransferKind::Blind,
        },
        ring: keys.duration("ring"),
        show: match keys.word("show") {
            "line" => Shown::Line,
            _ => Shown::Caller,
        },
    }))
}

impl Step for Handing {
    fn facts(&self) -> Facts<'_> {
        Facts {
            human: true,
            ..Facts::default()
        }
    }

    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new(Leaving {
            step: self,
            asked: None,
            tone: None,
        })
    }
}

#[derive(Debug)]
struct Leaving {
    step: Arc<Handing>,
    asked: Option<QuestionId>,
    tone: Option<PlayId>,
}

impl Leaving {
    /// A name that was checked and has gone since, or somebody who must not be rung now.
    fn obstacle(&self, desk: &Desk<'_>) -> Option<Turn> {
        let around = desk.around;
        let known = match &self.step.to {
            TransferTo::Person(name) => match around.people.persons.get(name) {
                Some(person) => {
                    let now = around.availability(person, desk.now.wall);
                    let away = now != Availability::Available;
                    return away.then_some(Turn::leave("on.no_answer"));
                }
                None => false,
            },
            TransferTo::Team(name) => around.people.teams.contains_key(name),
            TransferTo::Line(name) => around.lines.contains(name),
            TransferTo::Destination(name) => around.destinations.contains_key(name),
        };
        (!known).then_some(Turn::leave("on.failed"))
    }

    fn over(&mut self, desk: &mut Desk<'_>) {
        if let Some(tone) = self.tone.take() {
            desk.stop(tone);
        }
    }
}

impl Work for Leaving {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if let Some(turn) = self.obstacle(desk) {
            return turn;
        }
        if desk.state.answered {
            self.tone = desk.play(vec![Sound::Tone(Tone::Ringing)], false, true);
        }
        let question = desk.question();
        let Handing {
            to,
            kind,
            ring,
            show,
        } = (*self.step).clone();
        desk.ask(Ask::Transfer(Transfer {
            question,
            to,
            kind,
            ring,
            show,
        }));
        self.asked = Some(question);
        Turn::Stay
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        match event {
            Event::Transferred { question, outcome } if self.asked == Some(*question) => {
                self.over(desk);
                match outcome {
                    Transferred::Done => {
                        // Whoever has talked has been heard: the engine's patience starts anew.
                        desk.state.patience = 0;
                        desk.state.answered = true;
                        Turn::leave("on.done")
                    }
                    Transferred::Busy => Turn::leave("on.busy"),
                    Transferred::NoAnswer => Turn::leave("on.no_answer"),
                    Transferred::Failed => Turn::leave("on.failed"),
                }
            }
            Event::CallerGone => Turn::Abandon,
            _ => Turn::Stay,
        }
    }

    /// The caller is still here: that is what `on.failed` is for.
    fn on_refused(&mut self, desk: &mut Desk<'_>) -> Turn {
        self.over(desk);
        Turn::leave("on.failed")
    }
}

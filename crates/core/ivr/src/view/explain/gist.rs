//! Where a way leads, in a few words: what the caller, or the house, will do there.

use super::super::flow::{StepView, Target};
use super::Teller;
use crate::words;

impl Teller<'_> {
    /// Where a way leads, as an infinitive with the step's number and title.
    pub(super) fn target(&self, target: &Target) -> String {
        match target {
            Target::Step(name) => self.gist(name),
            Target::End => self.say(words!("end the call", "terminer l'appel")),
            Target::Error => match &self.flow.on_error {
                Some(step) => {
                    let gist = self.gist(step);
                    self.say(words!(
                        "as when a step fails, {gist}",
                        "comme quand une étape échoue, {gist}"
                    ))
                }
                None => self.say(words!(
                    "as when a step fails",
                    "comme quand une étape échoue"
                )),
            },
        }
    }

    /// What happens at a step, as an infinitive, with its number and title.
    pub(super) fn gist(&self, name: &str) -> String {
        let Some((step, place)) = self.place(name) else {
            return self.quoted(name);
        };
        match self.deed(step) {
            Some(deed) => format!("{deed} ({place})"),
            None => self.say(words!("go to step {place}", "passer à l'étape {place}")),
        }
    }

    fn place(&self, name: &str) -> Option<(&StepView, String)> {
        let step = self.flow.step(name)?;
        let node = self.chart.nodes.iter().find(|node| node.name == name)?;
        Some((step, format!("{} {}", node.number, node.title)))
    }

    /// The deed of a step; `None` for one that only decides.
    fn deed(&self, step: &StepView) -> Option<String> {
        Some(self.say(match step.verb.as_str() {
            "hangup" => words!("end the call", "terminer l'appel"),
            "reject" => words!("refuse the call", "refuser l'appel"),
            "answer" => words!("answer", "décrocher"),
            "ring" => words!("let it ring", "laisser sonner"),
            "play" => words!("hear an announcement", "entendre une annonce"),
            "menu" => words!("make a choice", "faire un choix"),
            "collect" => words!("type something", "taper une réponse"),
            "language" => match step.text("to") {
                Some(to) => {
                    let language = self.language(to);
                    words!("go on in {language}", "continuer en {language}")
                }
                None => words!("choose a language", "choisir sa langue"),
            },
            "voicemail" => words!("leave a message", "laisser un message"),
            "to_text" => words!("go on in writing", "continuer par écrit"),
            "text" => words!("receive a text", "recevoir un texto"),
            "queue" => words!("wait for somebody", "attendre quelqu'un"),
            "estimate" => words!("know the wait", "connaître l'attente"),
            "reach" => {
                let whom = self.whom(step);
                words!("speak to {whom}", "parler à {whom}")
            }
            "transfer" => {
                let to = self.quoted(step.text("to").unwrap_or_default());
                words!("be transferred to {to}", "être transféré vers {to}")
            }
            "callback" => return Some(self.call_back(step)),
            "survey" => words!("give an opinion", "donner son avis"),
            "follow" => words!("join or leave a list", "suivre une liste ou la quitter"),
            "consent" if step.text("mode") == Some("ask") => words!("be asked", "être consulté"),
            "consent" => words!("be told", "être prévenu"),
            "task" => words!("open a task", "créer une tâche"),
            "hours" => words!("look at the opening hours", "regarder les horaires"),
            "pending" => words!("look at what is open", "regarder ce qui est en cours"),
            "lookup" => words!("look them up", "chercher sa fiche"),
            "http" => words!("ask another system", "interroger un autre système"),
            "return" => words!("go back to the flow before", "revenir au flux d'avant"),
            "flow" | "goto" => {
                let flow = self.quoted(step.text("flow").unwrap_or_default());
                words!("pass on to the flow {flow}", "passer au flux {flow}")
            }
            _ => return None,
        }))
    }

    fn call_back(&self, step: &StepView) -> String {
        self.say(match (step.text("action"), step.text("when")) {
            (Some("keep"), _) => words!("keep the callback", "garder le rappel prévu"),
            (Some("move"), _) => words!("move the callback", "déplacer le rappel prévu"),
            (Some("cancel"), _) => words!("cancel the callback", "annuler le rappel prévu"),
            (Some("now"), _) => words!("be called back now", "être rappelé tout de suite"),
            (_, Some("next_open")) if step.text("person").is_some() => {
                words!("be called back on return", "être rappelé au retour")
            }
            (_, Some("next_open")) => {
                words!(
                    "be called back on reopening",
                    "être rappelé à la réouverture"
                )
            }
            (_, Some("choose" | "at")) => words!(
                "be called back at an agreed time",
                "être rappelé à une heure convenue"
            ),
            _ => words!(
                "be called back without losing the place",
                "être rappelé sans perdre sa place"
            ),
        })
    }

    /// The person or the team of a step.
    pub(super) fn whom(&self, step: &StepView) -> String {
        match (step.text("person"), step.text("team")) {
            (Some(person), _) => self.tables.person(person).to_owned(),
            (None, Some(team)) => {
                let team = self.quoted(team);
                self.say(words!("the team {team}", "l'équipe {team}"))
            }
            (None, None) => self.say(words!("somebody", "quelqu'un")),
        }
    }
}

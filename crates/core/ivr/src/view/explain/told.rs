//! What happens at a step: a sentence or two per verb, made from its settings.

use super::super::flow::StepView;
use super::Teller;
use crate::words;
use crate::words::{Lang, Words};

impl Teller<'_> {
    /// What happens at a step, ways out aside.
    pub(super) fn told(&self, step: &StepView) -> String {
        let words = match step.verb.as_str() {
            "answer" => words!("The call is answered.", "On décroche."),
            "ring" => {
                let length = self.time(step, "for");
                words!(
                    "The phone rings for {length}.",
                    "Cela sonne pendant {length}."
                )
            }
            "reject" => words!(
                "The call is refused without being answered: it costs the caller nothing.",
                "L'appel est refusé sans décrocher : il ne coûte rien à l'appelant."
            ),
            "hangup" => self.hangup(step),
            "pause" => {
                let length = self.time(step, "for");
                words!("A silence of {length}.", "Un silence de {length}.")
            }
            "play" => self.play(step),
            "menu" => self.menu(step),
            "collect" => self.collect(step),
            "language" => self.languages(step),
            "hours" => self.hours(step),
            "switch" => words!(
                "The first true condition decides.",
                "La première condition vraie décide."
            ),
            "set" => self.set(step),
            "lookup" => self.lookup(step),
            "http" => self.http(step),
            "split" => self.split(step),
            "pending" => words!(
                "Is the caller waiting for something from us already?",
                "L'appelant attend-il déjà quelque chose de nous ?"
            ),
            "flow" | "goto" => self.flow(step),
            "return" => words!(
                "The flow that ran this one goes on.",
                "Le flux qui a fait appel à celui-ci continue."
            ),
            "reach" => self.reach(step),
            "estimate" | "queue" => self.queue(step),
            "callback" => self.callback(step),
            "transfer" => {
                let to = self.quoted(step.text("to").unwrap_or_default());
                words!(
                    "The call is transferred to {to}.",
                    "L'appel est transféré vers {to}."
                )
            }
            "voicemail" => self.voicemail(step),
            "text" | "to_text" => self.text(step),
            "survey" => {
                let asked = self.sentences(&step.list("questions"));
                words!(
                    "The caller's opinion is asked: {asked}.",
                    "On demande son avis à l'appelant : {asked}."
                )
            }
            "follow" => self.follow(step),
            "task" => self.task(step),
            "consent" => self.consent(step),
            "record" => self.record(step),
            "tag" | "count" => self.mark(step),
            _ => self.by_table(step),
        };
        self.say(words)
    }

    /// A verb without words of its own: what the table says of it.
    fn by_table(&self, step: &StepView) -> Words {
        match step.known() {
            Some(verb) => Words::from(verb.help),
            None => {
                let verb = self.quoted(&step.verb);
                words!("Does {verb}.", "Fait {verb}.")
            }
        }
    }

    fn hangup(&self, step: &StepView) -> Words {
        if step.list("prompt").is_empty() {
            return words!("The call ends.", "L'appel se termine.");
        }
        let said = self.sentences(&step.list("prompt"));
        words!(
            "The caller hears {said}, and the call ends.",
            "L'appelant entend {said}, et l'appel se termine."
        )
    }

    fn play(&self, step: &StepView) -> Words {
        let said = self.sentences(&step.list("prompt"));
        match step.number("repeat") {
            Some(times @ 2..) => words!(
                "The caller hears {said}, {times} times.",
                "L'appelant entend {said}, {times} fois."
            ),
            _ => words!("The caller hears {said}.", "L'appelant entend {said}."),
        }
    }

    fn menu(&self, step: &StepView) -> Words {
        let said = self.sentences(&step.list("prompt"));
        match step.number("tries") {
            Some(tries @ 2..) => words!(
                "The caller hears {said} (at most {tries} times).",
                "L'appelant entend {said} ({tries} fois au plus)."
            ),
            _ => words!(
                "The caller hears {said} once.",
                "L'appelant entend {said} une seule fois."
            ),
        }
    }

    fn collect(&self, step: &StepView) -> Words {
        let said = self.sentences(&step.list("prompt"));
        let into = self.quoted(step.text("into").unwrap_or_default());
        let what = self.say(match step.text("ask") {
            Some("number") => words!("a number", "un nombre"),
            Some("phone") => words!("a telephone number", "un numéro de téléphone"),
            Some("pin") => words!("a secret code", "un code secret"),
            Some("date") => words!("a date", "une date"),
            Some("time") => words!("a time", "une heure"),
            Some("money") => words!("an amount", "un montant"),
            Some("yesno") => words!("1 for yes or 2 for no", "1 pour oui ou 2 pour non"),
            _ => match (step.number("min"), step.number("max")) {
                (Some(least), Some(most)) if least == most => {
                    words!("{least} digits", "{least} chiffres")
                }
                (Some(least), Some(most)) => {
                    words!("{least} to {most} digits", "{least} à {most} chiffres")
                }
                _ => words!("digits", "des chiffres"),
            },
        });
        let mut words = words!(
            "The caller hears {said} and types {what}; this is kept as {into}.",
            "L'appelant entend {said} et tape {what} ; c'est retenu sous le nom {into}."
        );
        if step.settings.contains_key("confirm") {
            let again = self.sentences(&step.list("confirm"));
            let (en, fr) = (words.en, words.fr);
            words = words!(
                "{en} It is read back: {again}; 1 says yes, 2 begins again.",
                "{fr} C'est relu : {again} ; 1 pour oui, 2 pour recommencer."
            );
        }
        if step.yes("secret") || step.text("ask") == Some("pin") {
            let (en, fr) = (words.en, words.fr);
            words = words!(
                "{en} What is typed is never shown anywhere.",
                "{fr} Ce qui est tapé n'est jamais montré."
            );
        }
        words
    }

    fn languages(&self, step: &StepView) -> Words {
        if let Some(to) = step.text("to") {
            let language = self.language(to);
            return words!(
                "The call goes on in {language}.",
                "L'appel continue en {language}."
            );
        }
        let said = self.sentences(&step.list("prompt"));
        let keys = step.table("set").iter();
        let keys = keys.map(|(key, to)| format!("{key}, {}", self.language(to)));
        let keys = keys.collect::<Vec<_>>().join(" ; ");
        let mut words = words!(
            "The caller hears {said} and chooses a language: {keys}.",
            "L'appelant entend {said} et choisit sa langue : {keys}."
        );
        if step.yes("remember") {
            let (en, fr) = (words.en, words.fr);
            words = words!(
                "{en} The choice holds for later calls, too.",
                "{fr} Ce choix vaut aussi pour ses prochains appels."
            );
        }
        words
    }

    fn hours(&self, step: &StepView) -> Words {
        match (step.text("calendar"), step.text("person")) {
            (Some(calendar), _) => {
                let calendar = self.quoted(calendar);
                words!(
                    "The opening hours {calendar} decide.",
                    "Les horaires {calendar} décident."
                )
            }
            (None, person) => {
                let person = self.tables.person(person.unwrap_or_default());
                words!(
                    "The hours of {person} decide.",
                    "Les horaires de {person} décident."
                )
            }
        }
    }

    fn set(&self, step: &StepView) -> Words {
        let set = step.table("set").iter();
        let set = set.map(|(name, value)| format!("{name} = {value}"));
        let set = set.collect::<Vec<_>>().join(", ");
        words!("This is kept in mind: {set}.", "On retient : {set}.")
    }

    fn lookup(&self, step: &StepView) -> Words {
        let directory = self.quoted(step.text("directory").unwrap_or_default());
        let value = self.with_words(step.text("value").unwrap_or("{caller.number}"));
        words!(
            "We look for {value} in the directory {directory}.",
            "On cherche {value} dans l'annuaire {directory}."
        )
    }

    fn http(&self, step: &StepView) -> Words {
        let url = step.text("url").unwrap_or_default();
        let host = url.split('/').nth(2).unwrap_or(url);
        let limit = self.duration(step.text("timeout").unwrap_or("2s"));
        let reads = step.table("read").iter().map(|(name, _)| name.as_str());
        let reads = reads.collect::<Vec<_>>().join(", ");
        let mut words = words!(
            "Another system is asked ({host}), for at most {limit}.",
            "On interroge un autre système ({host}), pendant {limit} au plus."
        );
        if !reads.is_empty() {
            let (en, fr) = (words.en, words.fr);
            words = words!("{en} It tells: {reads}.", "{fr} Il nous dit : {reads}.");
        }
        words
    }

    fn split(&self, step: &StepView) -> Words {
        let shares = step.table("share").iter();
        let shares = shares.map(|(name, share)| format!("{share} % {name}"));
        let shares = shares.collect::<Vec<_>>().join(", ");
        match step.text("sticky") {
            Some("caller") => words!(
                "Callers are divided ({shares}); the same caller always meets the same side.",
                "Les appelants sont répartis ({shares}) ; le même appelant retrouve toujours le même côté."
            ),
            _ => words!(
                "Calls are divided ({shares}).",
                "Les appels sont répartis ({shares})."
            ),
        }
    }

    fn flow(&self, step: &StepView) -> Words {
        let flow = self.quoted(step.text("flow").unwrap_or_default());
        if step.verb == "goto" {
            return words!(
                "The call goes on in the flow {flow} and does not come back.",
                "L'appel continue dans le flux {flow} et n'en revient pas."
            );
        }
        words!(
            "The call passes through the flow {flow} and comes back.",
            "L'appel passe par le flux {flow}, puis revient."
        )
    }

    fn reach(&self, step: &StepView) -> Words {
        let (whom, length) = (self.whom(step), self.time(step, "ring"));
        let order = match (step.text("team"), step.text("order")) {
            (None, _) => words!("", ""),
            (_, Some("in_turn")) => words!(", one after the other", ", l'un après l'autre"),
            (_, Some("longest_idle")) => words!(
                ", whoever has been free longest first",
                ", d'abord le plus longtemps libre"
            ),
            _ => words!(", all together", ", tous ensemble"),
        };
        let order = self.say(order);
        words!(
            "We ring {whom}{order}, for {length}.",
            "On fait sonner {whom}{order}, pendant {length}."
        )
    }

    fn queue(&self, step: &StepView) -> Words {
        let queue = self.quoted(step.text("queue").unwrap_or_default());
        if step.verb == "estimate" {
            return words!(
                "We look how long the wait in the queue {queue} would be, without entering it.",
                "On regarde combien durerait l'attente dans la file {queue}, sans y entrer."
            );
        }
        let priority = match step.number("priority") {
            Some(6..) => words!(", before most others", ", avant la plupart des autres"),
            Some(..=4) => words!(", after most others", ", après la plupart des autres"),
            _ => words!("", ""),
        };
        let priority = self.say(priority);
        words!(
            "The caller waits in the queue {queue}{priority}, until somebody is free.",
            "L'appelant attend dans la file {queue}{priority}, jusqu'à ce que quelqu'un soit libre."
        )
    }

    fn callback(&self, step: &StepView) -> Words {
        let action = match step.text("action") {
            Some("keep") => words!(
                "The callback that is planned stays.",
                "Le rappel prévu est maintenu."
            ),
            Some("cancel") => words!(
                "The callback that is planned is cancelled.",
                "Le rappel prévu est annulé."
            ),
            Some("now") => words!(
                "The caller is called back now.",
                "On rappelle l'appelant tout de suite."
            ),
            Some("move") => words!(
                "The callback that is planned is moved to another time.",
                "Le rappel prévu est déplacé à une autre heure."
            ),
            _ => self.promise(step),
        };
        let asks = matches!(step.text("action"), None | Some("request"));
        let confirms = !matches!(
            step.settings.get("confirm"),
            Some(super::super::flow::Shown::YesNo(false))
        );
        if asks && confirms {
            let (en, fr) = (action.en, action.fr);
            return words!(
                "{en} The number is read back and may be changed.",
                "{fr} Son numéro lui est relu et il peut le changer."
            );
        }
        action
    }

    /// Who will call back, and when.
    fn promise(&self, step: &StepView) -> Words {
        if let Some(person) = step.text("person") {
            let person = self.tables.person(person);
            return match step.text("when") {
                Some("next_open") => words!(
                    "We promise that {person} will call back on return.",
                    "On promet que {person} rappellera l'appelant à son retour."
                ),
                _ => words!(
                    "We promise that {person} will call back.",
                    "On promet que {person} rappellera l'appelant."
                ),
            };
        }
        let queue = self.quoted(step.text("queue").unwrap_or_default());
        match step.text("when") {
            Some("next_open") => words!(
                "We promise to call back as soon as it is open again (queue {queue}).",
                "On promet de rappeler l'appelant dès la réouverture (file {queue})."
            ),
            Some("choose") => {
                let slot = self.duration(step.text("slot").unwrap_or("1h"));
                words!(
                    "The caller chooses when to be called back, among times of {slot} (queue {queue}).",
                    "L'appelant choisit quand être rappelé, parmi des créneaux de {slot} (file {queue})."
                )
            }
            Some("at") => {
                let at = step.text("at").unwrap_or_default();
                words!(
                    "We promise to call back at {at} (queue {queue}).",
                    "On promet de rappeler l'appelant à {at} (file {queue})."
                )
            }
            _ => words!(
                "We promise to call back when it is the caller's turn in the queue {queue}: the place is kept.",
                "On promet de rappeler l'appelant quand ce sera son tour dans la file {queue} : sa place est gardée."
            ),
        }
    }

    fn voicemail(&self, step: &StepView) -> Words {
        let mailbox = self.quoted(step.text("mailbox").unwrap_or_default());
        let length = self.duration(step.text("max").unwrap_or("3m"));
        let greeting = step.list("greeting");
        let mut words = if greeting.is_empty() {
            words!(
                "The caller leaves a message in the mailbox {mailbox} ({length} at most).",
                "L'appelant laisse un message dans la messagerie {mailbox} ({length} au plus)."
            )
        } else {
            let said = self.sentences(&greeting);
            words!(
                "The caller hears {said} and leaves a message in the mailbox {mailbox} ({length} at most).",
                "L'appelant entend {said} et laisse un message dans la messagerie {mailbox} ({length} au plus)."
            )
        };
        if step.yes("review") {
            let (en, fr) = (words.en, words.fr);
            words = words!(
                "{en} They may listen to it, record it again or mark it as urgent.",
                "{fr} Il peut le réécouter, le refaire ou le marquer urgent."
            );
        }
        words
    }

    fn text(&self, step: &StepView) -> Words {
        let tag = match self.lang {
            Lang::En => "en",
            Lang::Fr => "fr",
        };
        let bodies = step.table("body");
        let body = bodies
            .iter()
            .find(|(language, _)| language == tag)
            .or_else(|| bodies.first());
        let body = self.quoted(&self.with_words(body.map_or("", |(_, text)| text)));
        match (step.verb.as_str(), step.text("by")) {
            ("to_text", _) => words!(
                "A text opens a conversation in writing: {body}",
                "Un texto ouvre une conversation écrite : {body}"
            ),
            (_, Some("email")) => words!(
                "We send an e-mail: {body}",
                "On envoie un courriel : {body}"
            ),
            _ => words!("We send a text: {body}", "On envoie un texto : {body}"),
        }
    }

    fn follow(&self, step: &StepView) -> Words {
        let list = self.quoted(step.text("list").unwrap_or_default());
        match step.text("action") {
            Some("leave") => words!(
                "The caller leaves the list {list}.",
                "L'appelant quitte la liste {list}."
            ),
            _ => words!(
                "The caller joins the list {list}.",
                "L'appelant s'inscrit à la liste {list}."
            ),
        }
    }

    fn task(&self, step: &StepView) -> Words {
        let title = match (step.text("title"), step.title.as_deref()) {
            (Some(title), _) | (None, Some(title)) => title,
            (None, None) => "",
        };
        let title = self.quoted(&self.with_words(title));
        let due = step.text("due").map(|due| self.duration(due));
        let due = due.map_or_else(Words::default, |due| {
            words!(", within {due}", ", sous {due}")
        });
        let due = self.say(due);
        match (step.text("team"), step.text("queue")) {
            (Some(team), _) => {
                let team = self.quoted(team);
                words!(
                    "The team {team} is given something to do: {title}{due}.",
                    "L'équipe {team} reçoit une tâche : {title}{due}."
                )
            }
            (None, queue) => {
                let queue = self.quoted(queue.unwrap_or_default());
                words!(
                    "The queue {queue} is given something to do: {title}{due}.",
                    "La file {queue} reçoit une tâche : {title}{due}."
                )
            }
        }
    }

    fn consent(&self, step: &StepView) -> Words {
        let said = self.sentences(&step.list("prompt"));
        if step.text("mode") == Some("ask") {
            return words!(
                "The caller is asked: {said} (1 yes, 2 no; silence is no).",
                "On demande à l'appelant : {said} (1 oui, 2 non ; un silence vaut non)."
            );
        }
        words!(
            "The caller is told: {said}.",
            "L'appelant est prévenu : {said}."
        )
    }

    fn record(&self, step: &StepView) -> Words {
        match step.text("action") {
            Some("stop") => words!("Recording ends.", "L'enregistrement s'arrête."),
            Some("pause") => words!("Recording pauses.", "L'enregistrement est suspendu."),
            Some("resume") => words!("Recording goes on.", "L'enregistrement reprend."),
            _ => words!(
                "The call is recorded from here on.",
                "L'appel est enregistré à partir d'ici."
            ),
        }
    }

    fn mark(&self, step: &StepView) -> Words {
        let tags = step
            .tags
            .iter()
            .map(|(name, text)| format!("{name} = {text}"));
        let all: Vec<String> = tags.chain(step.count.clone()).collect();
        let all = all.join(", ");
        words!(
            "This is noted for reports: {all}.",
            "On note pour les rapports : {all}."
        )
    }

    /// A duration that a step sets or has by default.
    fn time(&self, step: &StepView, key: &str) -> String {
        self.duration(step.text(key).unwrap_or_default())
    }
}

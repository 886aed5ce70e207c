//! A flow as plain sentences, for whoever runs the shop: what callers hear, what they can do, and
//! where it leads. `rappel explain`.

mod clause;
mod gist;
mod quote;
mod told;

use super::chart::{Chart, Why};
use super::flow::{FlowView, StepView, Target};
use super::page::folded;
use super::tables::Tables;
use crate::expression::Expression;
use crate::words;
use crate::words::{Lang, Words};

/// Explains a flow in `lang`: step after step in the order a caller meets them, with the numbers of
/// the drawing. Values that are not written are told as they apply.
pub fn explain(flow: &FlowView, tables: &Tables, lang: Lang) -> String {
    let chart = Chart::new(flow, lang);
    let teller = Teller {
        flow,
        tables,
        chart: &chart,
        lang,
    };
    teller.page()
}

/// Whoever tells: the flow and what is known around it.
struct Teller<'f> {
    flow: &'f FlowView,
    tables: &'f Tables,
    chart: &'f Chart,
    lang: Lang,
}

/// A way out that is listed: when it is taken, and where it leads.
struct Listed {
    clauses: Vec<String>,
    to: Target,
}

impl Teller<'_> {
    fn page(&self) -> String {
        let title = &self.flow.title;
        let mut page = format!("{title}\n{}\n\n", "=".repeat(title.chars().count()));
        self.paragraph(&self.opening(), "", &mut page);
        for number in 0..self.chart.nodes.len() {
            let Some(step) = self.flow.step(&self.chart.nodes[number].name) else {
                continue;
            };
            page.push('\n');
            self.step(number, step, &mut page);
        }
        page
    }

    /// What holds for the whole flow.
    fn opening(&self) -> String {
        let mut parts = vec![self.say(words!(
            "The numbers are those of the drawing (rappel graph).",
            "Les numéros sont ceux du dessin (rappel graph)."
        ))];
        if let Some(step) = &self.flow.on_error {
            let gist = self.gist(step);
            parts.push(self.say(words!(
                "When a step fails and says nothing else: {gist}.",
                "Quand une étape échoue sans rien dire d'autre : {gist}."
            )));
        }
        if let Some(step) = &self.flow.on_hangup {
            let gist = self.gist(step);
            parts.push(self.say(words!(
                "After the caller has hung up: {gist}.",
                "Après le raccrochage : {gist}."
            )));
        }
        parts.join(" ")
    }

    /// One step: its heading, what happens, and a line for each way out that is no key.
    fn step(&self, number: usize, step: &StepView, page: &mut String) {
        let node = &self.chart.nodes[number];
        page.push_str(&format!(
            "{}. {}{}\n",
            node.number,
            node.title,
            self.remark(number)
        ));
        let mut text = match self.lead(number) {
            Some(lead) => format!("{}, {}", capital(&lead), small(&self.told(step))),
            None => self.told(step),
        };
        for more in [self.keys(step), self.marks(step)].into_iter().flatten() {
            text.push(' ');
            text.push_str(&more);
        }
        if let Some(condition) = &step.condition {
            let condition = self.condition(condition);
            text.push(' ');
            text.push_str(&self.say(words!(
                "All this only when {condition}; else the step is skipped.",
                "Tout cela seulement si {condition} ; sinon l'étape est sautée."
            )));
        }
        let listed = self.listed(step);
        if let [only] = &listed[..]
            && only.clauses.is_empty()
        {
            let gist = self.target(&only.to);
            text.push(' ');
            text.push_str(&self.say(words!("Then: {gist}.", "Ensuite : {gist}.")));
            self.paragraph(&text, "   ", page);
            return;
        }
        self.paragraph(&text, "   ", page);
        for way in &listed {
            let gist = self.target(&way.to);
            let clauses = if way.clauses.is_empty() {
                self.say(words!("then", "ensuite"))
            } else {
                way.clauses.join(", ")
            };
            let line = self.say(words!("{clauses}: {gist}", "{clauses} : {gist}"));
            let lines = folded(&punctuated(&line), PAGE - 5);
            for (i, line) in lines.iter().enumerate() {
                page.push_str(if i == 0 { "   – " } else { "     " });
                page.push_str(&format!("{line}\n"));
            }
        }
    }

    /// Why a step stands where it does, when that is not what comes before it.
    fn remark(&self, number: usize) -> String {
        let root = self.chart.roots.iter().find(|root| root.node == number);
        match root.map(|root| root.why) {
            Some(why @ (Why::Start | Why::Hangup | Why::Unreached)) => {
                why.title().map_or_else(String::new, |title| {
                    format!(" ({})", title.in_lang(self.lang))
                })
            }
            _ => String::new(),
        }
    }

    /// How a caller comes here, when there is one way only and it says something.
    fn lead(&self, number: usize) -> Option<String> {
        let name = &self.chart.nodes[number].name;
        let leads = |step: &&StepView| step.ways.iter().any(|way| self.is_to(&way.to, name));
        let mut sources = self.flow.steps.iter().filter(leads);
        let (source, None) = (sources.next()?, sources.next()) else {
            return None;
        };
        let can_lead = ["hours", "pending", "reach", "estimate"].contains(&source.verb.as_str());
        let listed = self.listed(source);
        let way = listed.into_iter().find(|way| self.is_to(&way.to, name))?;
        let fits = can_lead && (1..=2).contains(&way.clauses.len());
        let or = self.say(words!(" or ", " ou "));
        fits.then(|| way.clauses.join(&or))
    }

    fn is_to(&self, target: &Target, name: &str) -> bool {
        matches!(target, Target::Step(step) if step == name)
    }

    /// The ways out that are no keys, those to the same place together.
    fn listed(&self, step: &StepView) -> Vec<Listed> {
        let mut listed: Vec<Listed> = Vec::new();
        let mut add = |to: Target, clause: Option<String>| {
            let found = listed.iter_mut().find(|way| way.to == to);
            match (found, clause) {
                (Some(way), Some(clause)) => way.clauses.push(clause),
                (Some(_), None) => {}
                (None, clause) => listed.push(Listed {
                    clauses: clause.into_iter().collect(),
                    to,
                }),
            }
        };
        for way in &step.ways {
            match (way.name.as_str(), &way.condition) {
                (name, Some(condition)) if name.starts_with("case.") => {
                    let condition = self.condition(condition);
                    let clause = self.say(words!("if {condition}", "si {condition}"));
                    add(way.to.clone(), Some(clause));
                }
                ("else", _) => {
                    let clause = self.say(words!("otherwise", "sinon"));
                    add(way.to.clone(), Some(clause));
                }
                ("next", _) if !self.is_told_by_outcome(step, "next") => {
                    add(way.to.clone(), None);
                }
                _ => {}
            }
        }
        for (outcome, to) in self.outcomes(step) {
            add(to, Some(self.clause(step, &outcome)));
        }
        listed
    }

    /// Whether some outcome leads where `way` does because the table says so.
    fn is_told_by_outcome(&self, step: &StepView, way: &str) -> bool {
        let outcomes = step.known().map_or(&[][..], |verb| verb.outcomes);
        let asked = |outcome: &str| step.ways.iter().any(|w| w.name == format!("on.{outcome}"));
        outcomes.iter().any(|outcome| {
            outcome.otherwise
                == crate::step::Otherwise::As(match way {
                    "next" => "next",
                    _ => return false,
                })
                && !asked(outcome.name)
        })
    }

    /// The outcomes of a step with where they lead, defaults applied: those of its verb, then those
    /// that are written and not in the table.
    fn outcomes(&self, step: &StepView) -> Vec<(String, Target)> {
        let known = step.known().map_or(&[][..], |verb| verb.outcomes);
        let give_up = step.leads("on.give_up");
        let mut outcomes: Vec<(String, Target)> = known
            .iter()
            .filter_map(|outcome| {
                let to = step.leads(&format!("on.{}", outcome.name))?;
                Some((outcome.name.to_owned(), to))
            })
            .filter(|(name, to)| {
                // Giving up says it for all.
                let asks_again = name == "no_input" || name == "no_match";
                let refers = name == "not_served";
                !(refers || asks_again && Some(to) == give_up.as_ref())
            })
            .collect();
        for way in &step.ways {
            if let Some(name) = way.name.strip_prefix("on.")
                && known.iter().all(|outcome| outcome.name != name)
            {
                outcomes.push((name.to_owned(), way.to.clone()));
            }
        }
        outcomes
    }

    /// What the keys do, those of one place together.
    fn keys(&self, step: &StepView) -> Option<String> {
        let mut keys: Vec<(Vec<&str>, &Target)> = Vec::new();
        for way in &step.ways {
            if let Some(key) = way.name.strip_prefix("press.") {
                match keys.iter_mut().find(|(_, to)| **to == way.to) {
                    Some((keys, _)) => keys.push(key),
                    None => keys.push((vec![key], &way.to)),
                }
            }
        }
        if keys.is_empty() {
            return None;
        }
        let or = self.say(words!(" or ", " ou "));
        let listed = keys.iter().map(|(keys, to)| {
            let gist = self.target(to);
            format!("{}, {gist}", keys.join(&or))
        });
        let semicolon = self.say(words!("; ", " ; "));
        let listed = listed.collect::<Vec<_>>().join(&semicolon);
        Some(self.say(match step.verb.as_str() {
            "queue" => words!(
                "Meanwhile a key lets them leave, their place being kept: {listed}.",
                "Pendant l'attente, une touche permet de partir en gardant sa place : {listed}."
            ),
            "voicemail" => words!(
                "During the greeting a key leads elsewhere: {listed}.",
                "Pendant l'accueil, une touche mène ailleurs : {listed}."
            ),
            _ => words!(
                "They can then press: {listed}.",
                "Il peut alors taper : {listed}."
            ),
        }))
    }

    /// A condition as a clause; as it is written when it cannot be read.
    fn condition(&self, text: &str) -> String {
        match Expression::parse(text) {
            Ok(expression) => expression.in_words(self.lang),
            Err(_) => self.quoted(text),
        }
    }

    /// What is written on the call.
    fn marks(&self, step: &StepView) -> Option<String> {
        if step.verb == "tag" || step.verb == "count" {
            return None;
        }
        let tags = step
            .tags
            .iter()
            .map(|(name, text)| format!("{name} = {text}"));
        let tags = tags.collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        if !tags.is_empty() {
            parts.push(self.say(words!(
                "The call is tagged {tags}.",
                "L'appel porte l'étiquette {tags}."
            )));
        }
        if let Some(counter) = &step.count {
            let counter = self.quoted(counter);
            parts.push(self.say(words!(
                "The counter {counter} goes up by one.",
                "Le compteur {counter} augmente de un."
            )));
        }
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    fn paragraph(&self, text: &str, indent: &str, page: &mut String) {
        for line in folded(&punctuated(text), PAGE - indent.len()) {
            page.push_str(&format!("{indent}{line}\n"));
        }
    }

    fn say(&self, words: Words) -> String {
        match self.lang {
            Lang::En => words.en,
            Lang::Fr => words.fr,
        }
    }
}

/// The text with its signs as they are printed: a quoted sentence brings its own full stop, and in
/// French some signs stay with the word before them.
fn punctuated(text: &str) -> String {
    let mut text = text.to_owned();
    for end in ['.', '?', '!', '…'] {
        text = text.replace(&format!("{end}\u{a0}»."), &format!("{end}\u{a0}»"));
        text = text.replace(&format!("{end}”."), &format!("{end}”"));
    }
    for sign in [':', ';', '?', '!', '%'] {
        text = text.replace(&format!(" {sign}"), &format!("\u{a0}{sign}"));
    }
    text
}

/// The text with a capital letter first.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

/// The text with a small letter first.
fn small(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_lowercase);
    first.chain(chars).collect()
}

/// Width of a page, in characters.
const PAGE: usize = 100;

#[cfg(test)]
mod tests;

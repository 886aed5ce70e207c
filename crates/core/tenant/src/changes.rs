//! What a reload changes for callers: two versions of a company laid beside each other, told in both
//! languages (FLOWS §11).

mod company;
mod flows;
mod outline;
mod waiting;

use std::collections::BTreeMap;

use rappel_ivr::{Words, words};

use crate::version::Version;

/// One thing that callers, or those who serve them, may notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is about: changes come grouped by it, in this order.
    pub subject: Subject,
    /// The whole change in one sentence.
    pub words: Words,
}

/// What a change is about, in the order they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Numbers and what answers them.
    Lines,
    /// Opening hours and days off.
    Hours,
    /// Flows and their steps.
    Flows,
    /// What callers hear.
    Sentences,
    /// Who is rung.
    People,
    /// Who waits for whom.
    Queues,
    /// Where messages go.
    Mailboxes,
    /// Missed-call campaigns, lists and surveys.
    Campaigns,
    /// The company itself: languages, limits, what is looked up.
    Company,
}

impl Subject {
    /// What it is called above its changes.
    pub fn words(self) -> Words {
        match self {
            Self::Lines => words!("Lines", "Lignes"),
            Self::Hours => words!("Opening hours", "Horaires"),
            Self::Flows => words!("Flows", "Flux"),
            Self::Sentences => words!("Sentences", "Phrases"),
            Self::People => words!("People and teams", "Personnes et équipes"),
            Self::Queues => words!("Queues", "Files d'attente"),
            Self::Mailboxes => words!("Mailboxes", "Messageries"),
            Self::Campaigns => words!(
                "Campaigns, lists and surveys",
                "Campagnes, listes et sondages"
            ),
            Self::Company => words!("The company", "L'entreprise"),
        }
    }
}

/// What callers will notice when `new` takes the place of `old`: grouped by subject, in the order of
/// the names, at most `MAX_CHANGES`; beyond that the last one says how many more there are. Nothing
/// when only comments, layout or the order of tables differ.
pub fn changes(old: &Version, new: &Version) -> Vec<Change> {
    let mut told = Told::default();
    company::lines(old, new, &mut told);
    company::hours(old, new, &mut told);
    flows::flows(old, new, &mut told);
    company::sentences(old, new, &mut told);
    company::people(old, new, &mut told);
    waiting::queues(old, new, &mut told);
    waiting::mailboxes(old, new, &mut told);
    waiting::campaigns(old, new, &mut told);
    company::settings(old, new, &mut told);
    told.finish()
}

/// What was found, bounded.
#[derive(Default)]
struct Told {
    list: Vec<Change>,
    more: usize,
}

impl Told {
    fn push(&mut self, subject: Subject, words: Words) {
        if self.list.len() < MAX_CHANGES - 1 {
            self.list.push(Change { subject, words });
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self) -> Vec<Change> {
        let more = self.more;
        if let Some(last) = self.list.last().filter(|_| more > 0) {
            let subject = last.subject;
            let words = words!("and {more} more changes", "et {more} autres changements");
            self.list.push(Change { subject, words });
        }
        self.list
    }
}

/// How two things of one name differ.
enum Difference<'a, T> {
    Added(&'a T),
    Removed(&'a T),
    Changed(&'a T, &'a T),
}

/// What differs between two tables, by name.
fn differences<'a, K: Ord, T: PartialEq>(
    old: &'a BTreeMap<K, T>,
    new: &'a BTreeMap<K, T>,
) -> impl Iterator<Item = (&'a K, Difference<'a, T>)> {
    let mut names: Vec<&K> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter_map(|name| match (old.get(name), new.get(name)) {
            (None, Some(new)) => Some((name, Difference::Added(new))),
            (Some(old), None) => Some((name, Difference::Removed(old))),
            (Some(old), Some(new)) if old != new => Some((name, Difference::Changed(old, new))),
            _ => None,
        })
}

/// Tells what was added to a table, removed from it or changed in it, where no more is said of it.
fn tell<K: Ord + std::fmt::Display, T: PartialEq>(
    subject: Subject,
    what: &Words,
    (old, new): (&BTreeMap<K, T>, &BTreeMap<K, T>),
    told: &mut Told,
) {
    for (name, difference) in differences(old, new) {
        told.push(subject, in_short(what, &name.to_string(), &difference));
    }
}

/// `the queue "ventes" is new`, `… is gone`, `… changes`.
fn in_short<T>(what: &Words, name: &str, difference: &Difference<'_, T>) -> Words {
    match difference {
        Difference::Added(_) => {
            words!([what] "{what} \"{name}\": new", "{what} « {name} » : nouveau")
        }
        Difference::Removed(_) => {
            words!([what] "{what} \"{name}\": gone", "{what} « {name} » : retiré")
        }
        Difference::Changed(..) => {
            words!([what] "{what} \"{name}\": changed", "{what} « {name} » : modifié")
        }
    }
}

/// `was → is` of a value, `–` where there is none.
fn arrow(old: Option<&str>, new: Option<&str>) -> String {
    format!("{} → {}", cut(old.unwrap_or("–")), cut(new.unwrap_or("–")))
}

/// A text short enough to be told.
fn cut(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(MAX_SHOWN).collect();
    if chars.next().is_some() {
        start + "…"
    } else {
        start
    }
}

/// Most changes told at once.
pub(crate) const MAX_CHANGES: usize = 400;

/// Most letters shown of a value.
const MAX_SHOWN: usize = 160;

#[cfg(test)]
mod tests;

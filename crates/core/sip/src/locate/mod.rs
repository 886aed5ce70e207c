//! Which addresses a name stands for, in the order they are to be tried (RFC 3263).
//!
//! The machine asks the domain name system by [`LocatorOutput::Lookup`], one question at a time and
//! none twice, keeps what it hears as long as it may ([`cache`]) and decides by [`resolve`], which is
//! a function of what is known: from the port or NAPTR over SRV ([`weigh`]) to addresses.

mod cache;
mod resolve;
mod weigh;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rappel_model::{Deadline, Instant, Now, Random};

use self::cache::Cache;
use self::resolve::{Question, Step, resolve};
use crate::input::Transport;
use crate::records::{Answer, LookupId, RecordKind, Records};
use crate::way::Host;

/// One address to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// How it is spoken to.
    pub(crate) transport: Transport,
    /// Where it is.
    pub(crate) address: SocketAddr,
    /// The name it was found by, which its certificate must carry (RFC 5922 §4); `None` for a host
    /// that was an address.
    pub(crate) name: Option<Arc<str>>,
}

/// Finds addresses for whoever asks under a key.
#[derive(Debug)]
pub(crate) struct Locator<K> {
    random: Random,
    cache: Cache,
    next: u64,
    asked: BTreeMap<LookupId, Asked<K>>,
    by_question: BTreeMap<Question, LookupId>,
    seeking: BTreeMap<K, Seeking>,
    outputs: VecDeque<LocatorOutput<K>>,
}

/// What the locator wants done or known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LocatorOutput<K> {
    /// Ask this.
    Lookup {
        lookup: LookupId,
        name: String,
        kind: RecordKind,
    },
    /// The addresses somebody waited for; none when nothing was found.
    Located { key: K, targets: Vec<Target> },
}

/// A question that waits for its answer.
#[derive(Debug)]
struct Asked<K> {
    question: Question,
    until: Instant,
    seekers: Vec<K>,
}

/// Somebody who waits.
#[derive(Debug)]
struct Seeking {
    host: Host,
    /// What was heard since, so that an answer which may not be kept counts once.
    heard: BTreeMap<Question, Answer>,
    /// Questions still open.
    open: usize,
    rounds: u8,
}

impl<K: Ord + Clone> Locator<K> {
    /// A locator that knows nothing.
    pub(crate) fn new(random: Random) -> Self {
        Self {
            random,
            cache: Cache::default(),
            next: 0,
            asked: BTreeMap::new(),
            by_question: BTreeMap::new(),
            seeking: BTreeMap::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Looks for the addresses of a host. They are given at once when all is known; else `Located`
    /// follows under the key.
    pub(crate) fn seek(&mut self, now: Now, key: K, host: &Host) -> Option<Vec<Target>> {
        let seeking = Seeking {
            host: host.clone(),
            heard: BTreeMap::new(),
            open: 0,
            rounds: 0,
        };
        self.advance(now, key, seeking)
    }

    /// Nobody waits under this key any more; questions on their way stay, for the cache.
    pub(crate) fn forget(&mut self, key: &K) {
        self.seeking.remove(key);
    }

    /// A look-up was answered. One that was not asked, or is answered again, is ignored.
    pub(crate) fn found(&mut self, now: Now, lookup: LookupId, records: Records) {
        let Some(asked) = self.asked.remove(&lookup) else {
            return;
        };
        self.by_question.remove(&asked.question);
        let answer = bounded(records.answer);
        self.cache
            .put(now, asked.question.clone(), answer.clone(), records.ttl);
        for key in asked.seekers {
            let Some(mut seeking) = self.seeking.remove(&key) else {
                continue;
            };
            seeking.heard.insert(asked.question.clone(), answer.clone());
            seeking.open -= 1;
            if seeking.open > 0 {
                self.seeking.insert(key, seeking);
            } else if let Some(targets) = self.advance(now, key.clone(), seeking) {
                self.outputs
                    .push_back(LocatorOutput::Located { key, targets });
            }
        }
    }

    /// A deadline passed: what was not answered counts as failed.
    pub(crate) fn handle_timeout(&mut self, now: Now) {
        while let Some((lookup, asked)) = self.asked.first_key_value()
            && asked.until <= now.instant
        {
            let lookup = *lookup;
            let records = Records {
                answer: Answer::Failed,
                ttl: Duration::ZERO,
            };
            self.found(now, lookup, records);
        }
    }

    /// When to wake it: look-ups have one patience, so the first asked is the first due.
    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let (_, asked) = self.asked.first_key_value()?;
        Some(Deadline::new(asked.until, "look-up unanswered"))
    }

    /// The next thing to do or to know.
    pub(crate) fn poll_output(&mut self) -> Option<LocatorOutput<K>> {
        self.outputs.pop_front()
    }

    /// How many look-ups and seekers wait.
    pub(crate) fn len(&self) -> usize {
        self.asked.len() + self.seeking.len()
    }

    fn advance(&mut self, now: Now, key: K, mut seeking: Seeking) -> Option<Vec<Target>> {
        let cache = &self.cache;
        let known = |question: &Question| {
            seeking
                .heard
                .get(question)
                .or_else(|| cache.find(now, question))
        };
        let questions = match resolve(&seeking.host, &known, &mut self.random) {
            Step::Found(targets) => return Some(targets),
            Step::Ask(questions) => questions,
        };
        let fits = self.seeking.len() < MAX_SEEKING
            && self.asked.len() + questions.len() <= MAX_ASKED
            && seeking.rounds < MAX_ROUNDS;
        if !fits {
            return Some(Vec::new());
        }
        seeking.rounds += 1;
        seeking.open = questions.len();
        for question in questions {
            self.ask(now, question, key.clone());
        }
        self.seeking.insert(key, seeking);
        None
    }

    fn ask(&mut self, now: Now, question: Question, key: K) {
        let asked = self.by_question.get(&question);
        if let Some(asked) = asked.and_then(|lookup| self.asked.get_mut(lookup)) {
            asked.seekers.push(key);
            return;
        }
        self.next += 1;
        let lookup = LookupId(self.next);
        self.outputs.push_back(LocatorOutput::Lookup {
            lookup,
            name: question.name.clone(),
            kind: question.kind,
        });
        self.by_question.insert(question.clone(), lookup);
        let asked = Asked {
            question,
            until: now.instant + PATIENCE,
            seekers: vec![key],
        };
        self.asked.insert(lookup, asked);
    }
}

/// An answer cut to what is looked at.
fn bounded(mut answer: Answer) -> Answer {
    match &mut answer {
        Answer::Naptr(records) => {
            records.sort_by_key(|record| (record.order, record.preference));
            records.truncate(MAX_RECORDS);
        }
        Answer::Srv(records) => {
            records.sort_by_key(|record| record.priority);
            records.truncate(MAX_RECORDS);
        }
        Answer::Addresses(addresses) => addresses.truncate(MAX_RECORDS),
        Answer::Nothing | Answer::Failed => {}
    }
    answer
}

/// How long one look-up may take; whoever asks has less patience than the 32 s of a transaction.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most records of one answer that are looked at.
const MAX_RECORDS: usize = 16;
/// Most look-ups on their way.
const MAX_ASKED: usize = 500;
/// Most seekers that wait.
const MAX_SEEKING: usize = 2000;
/// Most rounds of look-ups for one seeker: NAPTR, SRV, addresses, and one for what ran out of the
/// cache meanwhile.
const MAX_ROUNDS: u8 = 4;

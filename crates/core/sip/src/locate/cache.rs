//! What the domain name system said, kept as long as it may be.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rappel_model::{Instant, Now};

use super::resolve::Question;
use crate::records::Answer;

/// Answers by question, each until its end.
#[derive(Debug, Default)]
pub(super) struct Cache {
    answers: BTreeMap<Question, (Answer, Instant)>,
    by_end: BTreeSet<(Instant, Question)>,
}

impl Cache {
    /// Keeps an answer for its time to live, within bounds: a second at least, since a call asks
    /// several times; an hour at most, and less when it says that there is nothing (RFC 2308 §5) or
    /// that nobody knows. When full, what ends first makes room.
    pub(super) fn put(&mut self, now: Now, question: Question, answer: Answer, ttl: Duration) {
        let (least, most) = match answer {
            Answer::Failed => (FAILED, FAILED),
            Answer::Nothing => (SHORTEST, NOTHING),
            Answer::Naptr(_) | Answer::Srv(_) | Answer::Addresses(_) => (SHORTEST, LONGEST),
        };
        let end = now.instant + ttl.clamp(least, most);
        self.remove(&question);
        while self.answers.len() >= MAX_ANSWERS
            && let Some((_, first)) = self.by_end.first().cloned()
        {
            self.remove(&first);
        }
        self.by_end.insert((end, question.clone()));
        self.answers.insert(question, (answer, end));
    }

    /// What is known, while it may be believed.
    pub(super) fn find(&self, now: Now, question: &Question) -> Option<&Answer> {
        let (answer, end) = self.answers.get(question)?;
        (*end > now.instant).then_some(answer)
    }

    fn remove(&mut self, question: &Question) {
        if let Some((_, end)) = self.answers.remove(question) {
            self.by_end.remove(&(end, question.clone()));
        }
    }
}

/// Shortest time an answer is kept.
const SHORTEST: Duration = Duration::from_secs(1);
/// Longest time an answer is kept.
const LONGEST: Duration = Duration::from_secs(3600);
/// Longest time it is believed that there is nothing.
const NOTHING: Duration = Duration::from_secs(300);
/// How long after a failure nobody is asked again.
const FAILED: Duration = Duration::from_secs(5);
/// Most answers that are kept.
const MAX_ANSWERS: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::RecordKind;

    fn question(number: usize) -> Question {
        Question {
            name: format!("host{number}.example"),
            kind: RecordKind::Address,
        }
    }

    fn address() -> Answer {
        Answer::Addresses(vec!["192.0.2.1".parse().unwrap()])
    }

    #[test]
    fn answers_live_as_long_as_they_say_within_bounds() {
        for (answer, ttl, kept) in [
            (address(), 30, 30),
            (address(), 0, 1),
            (address(), 1_000_000, 3600),
            (Answer::Nothing, 3600, 300),
            (Answer::Failed, 3600, 5),
            (Answer::Failed, 0, 5),
        ] {
            let mut cache = Cache::default();
            let now = Now::default();
            cache.put(now, question(1), answer.clone(), Duration::from_secs(ttl));
            let just_before = now.after(Duration::from_secs(kept) - Duration::from_millis(1));
            assert_eq!(cache.find(just_before, &question(1)), Some(&answer));
            let at = now.after(Duration::from_secs(kept));
            assert_eq!(cache.find(at, &question(1)), None);
        }
    }

    #[test]
    fn a_full_cache_lets_go_of_what_ends_first() {
        let mut cache = Cache::default();
        let now = Now::default();
        let ttl = |number: usize| Duration::from_secs(10 + number as u64 % 1000);
        for number in 0..MAX_ANSWERS {
            cache.put(now, question(number), address(), ttl(number));
        }
        cache.put(
            now,
            question(MAX_ANSWERS),
            address(),
            Duration::from_secs(9),
        );
        assert_eq!(cache.answers.len(), MAX_ANSWERS);
        assert_eq!(cache.by_end.len(), MAX_ANSWERS);
        assert_eq!(cache.find(now, &question(0)), None);
        assert!(cache.find(now, &question(MAX_ANSWERS)).is_some());
        // The same question again takes no other's place.
        cache.put(now, question(1), address(), ttl(1));
        assert_eq!(cache.answers.len(), MAX_ANSWERS);
    }
}

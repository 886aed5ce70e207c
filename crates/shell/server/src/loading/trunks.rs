//! How the trunks stand, asked of the control thread by a command and told in words; and which of them
//! are to take no new call.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rappel_ivr::words::Words;
use rappel_ivr::{Lang, words};
use rappel_model::{TenantId, TrunkName};
use rappel_switchboard::{Input, TrunkReport};
use rappel_trunk::{DrainedBy, Probe, Reach, Registration, Standing, TrunkState, Used};

use super::Told;

/// Where commands leave their questions and the control thread its answers. Nobody holds the control
/// thread up: an answer that nobody waits for any more is dropped.
#[derive(Debug)]
pub(crate) struct Desk {
    inbox: SyncSender<Input>,
    last: AtomicU64,
    waiting: Mutex<BTreeMap<u64, SyncSender<TrunkReport>>>,
}

impl Desk {
    /// A desk whose questions go into the control thread's inbox.
    pub(crate) fn new(inbox: SyncSender<Input>) -> Arc<Self> {
        Arc::new(Self {
            inbox,
            last: AtomicU64::new(0),
            waiting: Mutex::default(),
        })
    }

    /// How the trunks stand, in words; not good when the engine is too busy to say.
    pub(crate) fn trunks(&self, lang: Lang) -> Told {
        match self.ask() {
            Some(report) => Told {
                text: told(&report, lang),
                good: true,
            },
            None => said(&busy(), false, lang),
        }
    }

    /// Has a trunk take no new call, or take them again, and tells how it stands then. Not good when
    /// there is none of that name, or when it is not as it was wanted.
    pub(crate) fn drain(&self, name: &TrunkName, drained: bool, lang: Lang) -> Told {
        let wanted = |number| Input::DrainTrunk(number, name.clone(), drained);
        match self.ask_by(wanted) {
            Some(report) => {
                let (words, good) = outcome(&report, name, drained);
                said(&words, good, lang)
            }
            None => said(&busy(), false, lang),
        }
    }

    /// The control thread's answer to a question.
    pub(crate) fn answer(&self, number: u64, report: TrunkReport) {
        if let Some(asker) = self.waiting().remove(&number) {
            // Whoever gave up waiting is gone.
            let _gone = asker.try_send(report);
        }
    }

    /// How the trunks stand; `None` when the engine is too busy to say. Waits for two seconds at most.
    pub(crate) fn ask(&self) -> Option<TrunkReport> {
        self.ask_by(Input::Trunks)
    }

    /// The same, with another input that is answered by such a report.
    fn ask_by(&self, input: impl FnOnce(u64) -> Input) -> Option<TrunkReport> {
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        let (asker, answer): (_, Receiver<TrunkReport>) = sync_channel(1);
        self.waiting().insert(number, asker);
        let asked = self.inbox.try_send(input(number)).is_ok();
        let report = asked.then(|| answer.recv_timeout(PATIENCE).ok()).flatten();
        self.waiting().remove(&number);
        report
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, SyncSender<TrunkReport>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn busy() -> Words {
    words!(
        "the engine is too busy to answer",
        "le moteur est trop occupé pour répondre"
    )
}

fn said(words: &Words, good: bool, lang: Lang) -> Told {
    let text = format!("{}\n", words.in_lang(lang));
    Told { text, good }
}

/// What came of draining a trunk, or of putting it back, and whether that is what was wanted.
fn outcome(report: &TrunkReport, name: &TrunkName, drained: bool) -> (Words, bool) {
    let Some(state) = report.trunks.iter().find(|state| state.name == *name) else {
        return (unknown(report, name), false);
    };
    let stands = trunk(state);
    if !drained && state.drained.is_some() {
        let Words { en, fr } = stands;
        let told = words!(
            "{en}\nrappel.toml itself drains it: take `drained = true` out of [trunk.{name}], then run \
             `rappel reload`",
            "{fr}\nc'est rappel.toml qui le vide : retirez `drained = true` de [trunk.{name}], puis lancez \
             `rappel reload`"
        );
        return (told, false);
    }
    (stands, true)
}

fn unknown(report: &TrunkReport, name: &TrunkName) -> Words {
    let names: Vec<&str> = report.trunks.iter().map(|t| t.name.as_str()).collect();
    let (name, names) = (crate::cli::plain(name.as_str()), names.join(", "));
    if names.is_empty() {
        return none();
    }
    words!(
        "there is no trunk `{name}`; there is: {names}",
        "il n'y a pas d'opérateur « {name} » ; il y a : {names}"
    )
}

fn none() -> Words {
    words!(
        "there is no trunk: rappel.toml has no [trunk.NAME]",
        "il n'y a pas d'opérateur : rappel.toml n'a pas de [trunk.NOM]"
    )
}

/// A report as operators read it: a line per trunk, a line per company.
fn told(report: &TrunkReport, lang: Lang) -> String {
    let mut lines: Vec<Words> = report.trunks.iter().map(trunk).collect();
    if lines.is_empty() {
        lines.push(none());
    }
    lines.extend(
        report
            .companies
            .iter()
            .map(|(name, used)| company(name, *used)),
    );
    lines.iter().fold(String::new(), |mut text, line| {
        text.push_str(line.in_lang(lang));
        text.push('\n');
        text
    })
}

fn trunk(state: &TrunkState) -> Words {
    let mut parts = vec![health(state)];
    parts.extend(registration(state.registration));
    parts.extend(state.drained.map(drained));
    let (out, inward) = (state.out, state.inward);
    parts.push(words!(
        "calls now: {out} out, {inward} in",
        "appels en cours : {out} sortants, {inward} entrants"
    ));
    let joined =
        |of: &dyn Fn(&Words) -> String| parts.iter().map(of).collect::<Vec<_>>().join(", ");
    let name = &state.name;
    Words {
        en: format!("{name}: {}", joined(&|part| part.en.clone())),
        fr: format!("{name} : {}", joined(&|part| part.fr.clone())),
    }
}

fn drained(by: DrainedBy) -> Words {
    match by {
        DrainedBy::Settings => words!("drained: takes no new call", "vidé : ne prend plus d'appel"),
        DrainedBy::Operator => words!(
            "drained by command until `rappel trunks undrain` or the next start: takes no new call",
            "vidé par commande jusqu'à `rappel trunks undrain` ou au prochain démarrage : ne prend plus \
             d'appel"
        ),
    }
}

fn health(state: &TrunkState) -> Words {
    let asked = |probe: Option<Probe>| match probe {
        Some(Probe { at, status }) => {
            let at = crate::cli::seconds_of(at);
            match status {
                Some(status) => words!(" (asked {at}: {status})", " (interrogé {at} : {status})"),
                None => words!(" (asked {at}: silence)", " (interrogé {at} : silence)"),
            }
        }
        None => Words::same(""),
    };
    let Words { en, fr } = asked(state.probe);
    match (state.reach, state.standing) {
        (Reach::Down(since), _) => {
            let since = crate::cli::seconds_of(since);
            words!(
                "does not answer since {since}{en}",
                "ne répond plus depuis {since}{fr}"
            )
        }
        // Down only after several in a row; until then neither word would be true alone.
        (Reach::Up, standing) if missed(state.probe) => match standing {
            Standing::Strained => words!(
                "did not answer the last question, others are tried first{en}",
                "n'a pas répondu à la dernière question, d'autres passent avant{fr}"
            ),
            _ => words!(
                "did not answer the last question{en}",
                "n'a pas répondu à la dernière question{fr}"
            ),
        },
        (Reach::Up, Standing::Strained) => words!(
            "answers, but others are tried first{en}",
            "répond, mais d'autres passent avant{fr}"
        ),
        (Reach::Up, _) => words!("answers{en}", "répond{fr}"),
        (Reach::Unknown, Standing::Strained) => {
            words!("others are tried first{en}", "d'autres passent avant{fr}")
        }
        (Reach::Unknown, _) => words!("not known to answer{en}", "on ne sait pas s'il répond{fr}"),
    }
}

/// Whether the last question met silence.
fn missed(last: Option<Probe>) -> bool {
    last.is_some_and(|probe| probe.status.is_none())
}

fn registration(state: Registration) -> Option<Words> {
    Some(match state {
        Registration::None => return None,
        Registration::Trying => words!("registering", "inscription en cours"),
        Registration::Registered { until } => {
            let until = crate::cli::seconds_of(until);
            words!("registered until {until}", "inscrit jusqu'à {until}")
        }
        Registration::Failed { status, since } => {
            let since = crate::cli::seconds_of(since);
            match status {
                Some(status) => words!(
                    "not registered since {since}: refused with {status}",
                    "pas inscrit depuis {since} : refusé par {status}"
                ),
                None => words!(
                    "not registered since {since}: no answer",
                    "pas inscrit depuis {since} : pas de réponse"
                ),
            }
        }
    })
}

fn company(name: &TenantId, used: Used) -> Words {
    let Used { now, calls, spent } = used;
    words!(
        "company {name}: calls outside now: {now}, answered today: {calls}, spent today: {spent}",
        "entreprise {name} : appels vers l'extérieur en cours : {now}, répondus aujourd'hui : \
         {calls}, dépensé aujourd'hui : {spent}"
    )
}

/// How long a command waits for the control thread, which answers within a millisecond.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use rappel_model::Timestamp;
    use rappel_trunk::Cost;

    use super::*;

    fn state() -> TrunkState {
        TrunkState {
            name: "carrier".into(),
            drained: Some(DrainedBy::Settings),
            standing: Standing::Well,
            reach: Reach::Up,
            probe: Some(Probe {
                at: Timestamp::from_micros(0),
                status: Some(200),
            }),
            registration: Registration::Failed {
                status: Some(403),
                since: Timestamp::from_micros(60_000_000),
            },
            out: 2,
            inward: 1,
            caps: rappel_trunk::Caps::default(),
        }
    }

    #[test]
    fn a_report_is_told_in_both_languages() {
        let report = TrunkReport {
            trunks: vec![state()],
            companies: vec![(
                "acme".into(),
                Used {
                    now: 1,
                    calls: 12,
                    spent: Cost(3_400_000),
                },
            )],
        };
        let english = told(&report, Lang::En);
        for part in [
            "carrier: answers (asked 1970-01-01",
            ": 200), not registered since",
            "refused with 403, drained: takes no new call, calls now: 2 out, 1 in\n",
            "company acme: calls outside now: 1, answered today: 12, spent today: 3.40\n",
        ] {
            assert!(english.contains(part), "{english}");
        }
        let french = told(&report, Lang::Fr);
        assert!(french.contains("carrier : répond (interrogé"), "{french}");
        assert!(french.contains("dépensé aujourd'hui : 3.40"), "{french}");
        let none = told(&TrunkReport::default(), Lang::En);
        assert!(none.contains("there is no trunk"), "{none}");
    }

    #[test]
    fn a_trunk_that_missed_one_question_is_not_said_to_answer() {
        let told = |reach, standing, status| {
            let at = Timestamp::from_micros(0);
            health(&TrunkState {
                reach,
                standing,
                probe: Some(Probe { at, status }),
                ..state()
            })
        };
        let missed = told(Reach::Up, Standing::Well, None);
        assert!(
            missed
                .en
                .starts_with("did not answer the last question (asked")
        );
        assert!(
            missed
                .fr
                .starts_with("n'a pas répondu à la dernière question (")
        );
        let strained = told(Reach::Up, Standing::Strained, None);
        assert!(strained.en.contains("question, others are tried first ("));
        assert!(strained.fr.contains("question, d'autres passent avant ("));
        let busy = told(Reach::Up, Standing::Well, Some(503));
        assert!(busy.en.starts_with("answers (asked"));
        let down = told(Reach::Down(Timestamp::from_micros(0)), Standing::Down, None);
        assert!(down.en.starts_with("does not answer since"));
    }

    #[test]
    fn a_trunk_is_drained_and_put_back_unless_the_file_says_otherwise() {
        let report = |by| TrunkReport {
            trunks: vec![TrunkState {
                drained: by,
                ..state()
            }],
            companies: Vec::new(),
        };
        let of = |by, drained| {
            let (words, good) = outcome(&report(by), &"carrier".into(), drained);
            (words.en, good)
        };
        let (told, good) = of(Some(DrainedBy::Operator), true);
        assert!(good && told.contains("drained by command"), "{told}");
        assert!(told.ends_with("calls now: 2 out, 1 in"), "{told}");
        let (told, good) = of(None, false);
        assert!(good && !told.contains("drained"), "{told}");
        let (told, good) = of(Some(DrainedBy::Settings), false);
        assert!(!good && told.contains("rappel reload"), "{told}");
        let (told, good) = outcome(&report(None), &"autre\u{1b}".into(), true);
        assert!(!good);
        assert_eq!(
            told.en,
            "there is no trunk `autre\u{fffd}`; there is: carrier"
        );
        let (told, good) = outcome(&TrunkReport::default(), &"x".into(), true);
        assert!(!good && told.fr.contains("pas d'opérateur"), "{}", told.fr);
    }

    #[test]
    fn a_question_is_answered_once_and_nobody_waits_for_a_busy_engine() {
        let (inbox, inputs) = sync_channel(1);
        let desk = Desk::new(inbox);
        let board = Arc::clone(&desk);
        let engine = std::thread::spawn(move || {
            let Ok(Input::Trunks(number)) = inputs.recv() else {
                panic!("a question was asked");
            };
            board.answer(number, TrunkReport::default());
            board.answer(number, TrunkReport::default());
            inputs
        });
        assert!(desk.trunks(Lang::En).good);
        let inputs = engine.join().expect("it ends");
        drop(inputs);
        assert!(!desk.trunks(Lang::Fr).good);
        assert!(desk.waiting().is_empty());
    }
}

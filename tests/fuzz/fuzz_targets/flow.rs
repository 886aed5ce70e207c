//! A flow as an operator may write it, or as anything may be written, in the demo company. Refused,
//! every problem stands in the file; accepted, a call through it always ends. Behind a NUL the
//! input says what happens in that call.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rappel_fuzz::{TABLES, folder, place_holds, tenant};
use rappel_ivr::need::{Place, QueueNews};
use rappel_ivr::surroundings::{Caller, Known, Surroundings};
use rappel_ivr::{Ask, Event, FlowFile, FlowRun, FlowSet, PinVerdict, PromptTexts, Reached, Use};
use rappel_model::{
    CallUid, FlowName, Instant, KeyWay, Language, LineName, MessageId, Now, Random, Timestamp,
};

struct Company {
    around: Arc<Surroundings>,
    prompts: Arc<PromptTexts>,
}

static COMPANY: LazyLock<Company> = LazyLock::new(|| {
    // Without its lines and flows the company owns no number to show.
    let tables = TABLES.iter().map(|(path, text)| {
        let kept = text.lines().filter(|line| !line.starts_with("number "));
        (*path, kept.collect::<Vec<_>>().join("\n"))
    });
    let tables: Vec<(&str, String)> = tables.collect();
    let files = folder(tables.iter().map(|(path, text)| (*path, text.as_str())));
    let version = rappel_tenant::load(&tenant(), &files, &folder([]))
        .unwrap_or_else(|problems| panic!("the demo company is wrong: {problems:#?}"));
    Company {
        // Verbs that are not served yet are tried, too.
        around: Arc::new(Surroundings {
            on_paper: true,
            ..Surroundings::clone(&version.surroundings)
        }),
        prompts: version.prompts,
    }
});

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|b| *b == 0).unwrap_or(data.len());
    let (text, news) = data.split_at(end);
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let never_answered = news.last().is_some_and(|b| b % 2 == 1);
    match load(text, never_answered) {
        Ok(set) => call(Arc::new(set), news),
        Err(problems) => {
            assert!(problems.iter().any(rappel_ivr::Diagnostic::is_error));
            for problem in &problems {
                assert_eq!(problem.place.file, PATH, "the engine's own flows are right");
                place_holds(problem, text);
            }
        }
    }
});

fn load(text: &str, never_answered: bool) -> Result<FlowSet, Vec<rappel_ivr::Diagnostic>> {
    let flow = FlowName::from("fuzz");
    let file = FlowFile {
        name: flow.clone(),
        path: PATH.to_owned(),
        text: text.to_owned(),
    };
    let used = Use {
        line: LineName::from("line"),
        flow: flow.clone(),
        never_answered,
        language: None,
        language_at: None,
    };
    let prompts = Arc::clone(&COMPANY.prompts);
    let (set, warnings) = FlowSet::load(&[file], prompts, &COMPANY.around, &[used])?;
    assert!(set.contains(&flow));
    for warning in &warnings {
        assert!(!warning.is_error());
        place_holds(warning, text);
    }
    Ok(set)
}

/// One call: what the input says happens, then the caller hangs up, then time passes.
fn call(set: Arc<FlowSet>, news: &[u8]) {
    let caller = Caller {
        tenant: tenant(),
        number: None,
        name: None,
        user: None,
        called: "100".to_owned(),
        line: Some(LineName::from("line")),
        language: Language::from("fr"),
        call: CallUid(1),
        answered: false,
        known: Known::default(),
    };
    let now = Now {
        instant: Instant::from_micros(1),
        wall: Timestamp::from_micros(1_793_000_000_000_000),
    };
    let flow = FlowName::from("fuzz");
    let random = Random::from_seed(7);
    let run = FlowRun::start(now, &COMPANY.around, set, &flow, caller, random);
    let mut call = Call {
        run,
        now,
        last: None,
    };
    call.drain();
    for byte in news.iter().take(MAX_NEWS) {
        if call.run.is_over() {
            return;
        }
        call.happens(*byte);
    }
    call.tell(Event::CallerGone);
    for _ in 0..MAX_ROUNDS {
        if call.run.is_over() {
            return;
        }
        call.happens(0);
        call.happens(1);
    }
    panic!("a call goes on without its caller: {:?}", call.run.place());
}

struct Call {
    run: FlowRun,
    now: Now,
    /// The last ask that waits for news.
    last: Option<Ask>,
}

impl Call {
    fn happens(&mut self, byte: u8) {
        match byte % 8 {
            0 => self.time_passes(),
            1 | 2 => {
                if let Some(event) = self.last.take().and_then(|ask| answer(&ask, byte / 8)) {
                    self.tell(event);
                }
            }
            3..=5 => {
                let key = char::from(KEYS[usize::from(byte / 8) % KEYS.len()]);
                self.tell(Event::Key(key, KeyWay::Event));
            }
            6 => self.now = self.now.after(Duration::from_millis(u64::from(byte) * 20)),
            _ => self.run.handle_timeout(self.now, &COMPANY.around),
        }
        self.drain();
    }

    fn time_passes(&mut self) {
        let Some(deadline) = self.run.poll_timeout() else {
            assert!(self.run.is_over(), "a call has always an end in sight");
            return;
        };
        let length = deadline.at.since(self.now.instant);
        self.now = self.now.after(length);
        self.run.handle_timeout(self.now, &COMPANY.around);
        let next = self.run.poll_timeout();
        assert!(
            next.is_none_or(|next| next != deadline),
            "{deadline:?} again"
        );
    }

    fn tell(&mut self, event: Event) {
        self.run.handle_event(self.now, &COMPANY.around, event);
        self.drain();
    }

    fn drain(&mut self) {
        let mut asks = 0;
        while let Some(ask) = self.run.poll_output() {
            asks += 1;
            assert!(asks < MAX_ASKS, "one piece of news, endless wishes");
            if matches!(ask, Ask::Hangup { .. } | Ask::Reject(_)) {
                assert!(self.run.is_over(), "nothing follows the end");
            }
            if answer(&ask, 0).is_some() {
                self.last = Some(ask);
            }
        }
    }
}

/// News that answers an ask, as `choice` wants it.
fn answer(ask: &Ask, choice: u8) -> Option<Event> {
    Some(match ask {
        Ask::Play { play, .. } => Event::PlayEnded(*play),
        Ask::Reach(_) => Event::Reached(match choice % 5 {
            0 => Reached::NoAnswer,
            1 => Reached::Busy,
            2 => Reached::Declined,
            3 => Reached::Unreachable,
            _ => Reached::Answered,
        }),
        Ask::Record { recording, .. } => Event::RecordingEnded {
            recording: *recording,
            length: Duration::from_secs(choice.into()),
            speech: Duration::from_secs((choice / 2).into()),
            complete: choice % 3 != 0,
        },
        Ask::Keep { question, .. } => Event::Kept {
            question: *question,
            result: match choice % 3 {
                0 => Err(rappel_ivr::Refused::MailboxFull),
                1 => Err(rappel_ivr::Refused::NotStored),
                _ => Ok(MessageId(1)),
            },
        },
        Ask::CheckPin { question, .. } => Event::PinChecked {
            question: *question,
            verdict: match choice % 4 {
                0 => PinVerdict::Wrong,
                1 => PinVerdict::Right,
                2 => PinVerdict::NotSet,
                _ => PinVerdict::Locked,
            },
        },
        Ask::ListMessages { question, .. } => Event::Messages {
            question: *question,
            messages: Vec::new(),
        },
        Ask::Delete { question, .. } => Event::Done {
            question: *question,
            stored: choice % 2 == 0,
        },
        Ask::Queue(wish) => Event::Queued {
            question: wish.question,
            news: match choice % 6 {
                0 => QueueNews::Place(Place::default()),
                1 => QueueNews::Joined,
                2 => QueueNews::Answered,
                3 => QueueNews::Timeout,
                4 => QueueNews::NoAgents,
                _ => QueueNews::Closed,
            },
        },
        other => Event::NotAvailable {
            question: other.question()?,
        },
    })
}

const PATH: &str = "flows/fuzz.toml";
const KEYS: &[u8; 16] = b"0123456789*#ABCD";
/// How much happens in one call at most.
const MAX_NEWS: usize = 64;
/// A caller who is gone leaves at most a step that records and a way for hang-ups.
const MAX_ROUNDS: usize = 64;
/// More wishes from one piece of news are an endless loop: the checker and the limits of visits
/// keep it far below.
const MAX_ASKS: usize = 20_000;

//! A house made of paper: it plays sounds in virtual time, records, rings and stores.

use std::sync::Arc;
use std::time::Duration;

use rappel_model::record::{MessageRecord, MessageState};
use rappel_model::{
    CallUid, FlowName, Instant, KeyWay, MessageId, Now, PlayId, QuestionId, Random, RecordingId,
    Sound, TenantId, Timestamp,
};

use super::rooms;
use crate::ask::{Ask, Scalar, Whom};
use crate::engine::FlowRun;
use crate::event::{Event, HttpFailure, HttpResult, PinVerdict, Reached, Refused, Unavailable};
use crate::flow::FlowSet;
use crate::surroundings::{Caller, Surroundings};
use crate::testing::{SENTENCE, at, caller, company, flows};
use crate::variables::parse_duration;

/// A day of each kind.
pub(super) const WEEK: [&str; 7] = [
    "2026-11-24 10:00",
    "2026-11-24 12:15",
    "2026-11-24 20:00",
    "2026-11-28 11:00",
    "2026-12-23 10:00",
    "2026-11-05 10:00",
    "2026-11-24 15:30",
];

/// The world around one run.
pub(super) struct House {
    pub(super) around: Surroundings,
    pub(super) disk_full: bool,
    pub(super) mailbox_full: bool,
    pub(super) store_silent: bool,
    pub(super) messages: Vec<MessageRecord>,
    pub(super) longest_silence: Duration,
    flows: Arc<FlowSet>,
    begin: Now,
    now: Now,
    run: Option<FlowRun>,
    log: Vec<String>,
    playing: Vec<(PlayId, Option<Instant>)>,
    /// Plays that no key stops.
    firm: Vec<PlayId>,
    recording: Option<RecordingId>,
    ringing: bool,
    /// The last question to a directory or another system.
    asked_outside: Option<QuestionId>,
    /// The last question to a queue, a callback, a text … .
    asked_room: Option<QuestionId>,
    answered: bool,
    gone: bool,
    quiet: Duration,
}

/// A message in somebody's mailbox.
pub(super) fn message(id: u128, new: bool, urgent: bool) -> MessageRecord {
    MessageRecord {
        id: MessageId(id),
        tenant: TenantId::from("garage"),
        mailbox: "durand".into(),
        call: CallUid(id),
        recording: RecordingId(id),
        caller: None,
        left: Timestamp::from_micros(0),
        length: SENTENCE,
        urgent,
        state: if new {
            MessageState::New
        } else {
            MessageState::Heard(Timestamp::from_micros(1))
        },
    }
}

impl House {
    pub(super) fn new(files: &[(&str, &str)], when: &str) -> Self {
        Self::with(flows(files), company(), when)
    }

    pub(super) fn with(flows: Arc<FlowSet>, around: Surroundings, when: &str) -> Self {
        Self {
            around,
            disk_full: false,
            mailbox_full: false,
            store_silent: false,
            messages: Vec::new(),
            longest_silence: Duration::ZERO,
            flows,
            begin: at(when),
            now: at(when),
            run: None,
            log: Vec::new(),
            playing: Vec::new(),
            firm: Vec::new(),
            recording: None,
            ringing: false,
            asked_outside: None,
            asked_room: None,
            answered: false,
            gone: false,
            quiet: Duration::ZERO,
        }
    }

    pub(super) fn start(&mut self, flow: &str, caller: Caller) {
        self.now = self.begin;
        self.log.clear();
        self.playing.clear();
        self.firm.clear();
        (self.recording, self.ringing, self.answered, self.gone) =
            (None, false, caller.answered, false);
        let flows = Arc::clone(&self.flows);
        let random = Random::from_seed(7);
        self.run = Some(FlowRun::start(
            self.now,
            &self.around,
            flows,
            &FlowName::from(flow),
            caller,
            random,
        ));
        self.drain();
    }

    /// What was asked, without the diary.
    pub(super) fn asked(&self) -> Vec<String> {
        let diary = |line: &&String| {
            !line.starts_with("in ") && !line.starts_with("left ") && !line.starts_with("trouble ")
        };
        self.log.iter().filter(diary).cloned().collect()
    }

    pub(super) fn everything(&self) -> Vec<String> {
        self.log.clone()
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now.instant.since(self.begin.instant)
    }

    pub(super) fn debug(&self) -> String {
        format!("{:?}", self.run)
    }

    pub(super) fn is_over(&self) -> bool {
        self.run.as_ref().is_none_or(FlowRun::is_over)
    }

    pub(super) fn caller_left(&self) -> bool {
        self.gone
    }

    /// Plays a script, then lets time pass until the call waits for something that never comes.
    pub(super) fn play(&mut self, script: &[&str]) {
        for word in script {
            let (what, how) = word.split_once(':').unwrap_or((word, ""));
            match what {
                "press" => how
                    .chars()
                    .for_each(|key| self.tell(Event::Key(key, KeyWay::Event))),
                "wait" | "silence" => self.pass(parse_duration(how).unwrap()),
                "hangup" => self.leave(),
                "reached" => self.reached(match how {
                    "answered" => Reached::Answered,
                    "busy" => Reached::Busy,
                    "declined" => Reached::Declined,
                    "unreachable" => Reached::Unreachable,
                    _ => Reached::NoAnswer,
                }),
                "until" => self.pass_until_recording(),
                "room" => {
                    let question = self.asked_room.expect("a room was asked");
                    self.tell(rooms::news(how, question));
                }
                "http" | "row" | "refuse" => self.answer_outside(what, how),
                "speak" => self.recorded(parse_duration(how).unwrap(), true),
                "broken" => self.recorded(parse_duration(how).unwrap(), false),
                _ => panic!("{word}"),
            }
        }
        if self.recording.is_none()
            && !self.ringing
            && !script.iter().any(|w| w.starts_with("press:7391"))
        {
            for _ in 0..200 {
                let waits = self.playing.iter().any(|(_, end)| end.is_some());
                let next = self.run.as_ref().and_then(FlowRun::poll_timeout);
                let waiting = next.is_some_and(|d| {
                    d.why != "key" && d.why != "next key" && d.why != "longest call"
                });
                if self.is_over() || !(waits || waiting) {
                    break;
                }
                self.step(Instant::from_micros(u64::MAX));
            }
        }
    }

    /// `http:ok a=1;b="x";c=true`, `http:missing`, `http:failed`; `row:x|y|`, `row:none`,
    /// `row:broken`; `refuse`.
    fn answer_outside(&mut self, what: &str, how: &str) {
        let Some(question) = self.asked_outside.take() else {
            return;
        };
        let event = match (what, how) {
            ("refuse", _) => Event::NotAvailable { question },
            ("row", "broken") => Event::LookedUp {
                question,
                result: Err(Unavailable),
            },
            ("row", "none") => Event::LookedUp {
                question,
                result: Ok(None),
            },
            ("row", cells) => {
                let cell = |text: &str| (!text.is_empty()).then(|| text.to_owned());
                Event::LookedUp {
                    question,
                    result: Ok(Some(cells.split('|').map(cell).collect())),
                }
            }
            (_, how) => Event::HttpAnswered {
                question,
                result: http(how),
            },
        };
        self.tell(event);
    }

    fn leave(&mut self) {
        self.gone = true;
        self.tell(Event::CallerGone);
    }

    fn reached(&mut self, how: Reached) {
        self.ringing = false;
        if how == Reached::Answered {
            self.answered = true;
        }
        self.tell(Event::Reached(how));
    }

    fn recorded(&mut self, length: Duration, complete: bool) {
        if let Some(recording) = self.recording.take() {
            self.tell(Event::RecordingEnded {
                recording,
                length,
                speech: length,
                complete,
            });
        }
    }

    fn pass_until_recording(&mut self) {
        for _ in 0..50 {
            if self.recording.is_some() || self.is_over() {
                return;
            }
            self.step(Instant::from_micros(u64::MAX));
        }
    }

    fn pass(&mut self, length: Duration) {
        let until = self.now.instant + length;
        for _ in 0..100_000 {
            if self.now.instant >= until || !self.step(until) {
                break;
            }
        }
        self.advance(until);
    }

    /// Goes to the next thing that happens by itself, `until` at the latest; false when nothing is.
    fn step(&mut self, until: Instant) -> bool {
        let ending = self
            .playing
            .iter()
            .filter_map(|(id, end)| Some((end.as_ref().copied()?, *id)))
            .min();
        let deadline = self
            .run
            .as_ref()
            .and_then(FlowRun::poll_timeout)
            .map(|d| d.at);
        match (ending, deadline) {
            (Some((end, play)), other) if other.is_none_or(|at| end <= at) && end <= until => {
                self.advance(end);
                self.playing.retain(|(id, _)| *id != play);
                self.tell(Event::PlayEnded(play));
                true
            }
            (_, Some(at)) if at <= until => {
                self.advance(at);
                if let Some(run) = &mut self.run {
                    run.handle_timeout(self.now, &self.around);
                }
                self.drain();
                true
            }
            _ => false,
        }
    }

    fn advance(&mut self, to: Instant) {
        let length = to.since(self.now.instant);
        let why = self
            .run
            .as_ref()
            .and_then(FlowRun::poll_timeout)
            .map_or("", |d| d.why);
        let listening = why == "key" || why == "next key";
        let heard = !self.playing.is_empty() || self.recording.is_some() || self.ringing;
        if heard || listening || self.gone || !self.answered || self.is_over() {
            self.quiet = Duration::ZERO;
        } else {
            self.quiet += length;
            self.longest_silence = self.longest_silence.max(self.quiet);
        }
        self.now = self.now.after(length);
    }

    fn tell(&mut self, event: Event) {
        if let Event::Key(..) = event {
            // A key stops what may be stopped; its end is told like any other.
            let soft = |(id, _): &&(PlayId, Option<Instant>)| !self.firm.contains(id);
            let ended: Vec<PlayId> = self
                .playing
                .iter()
                .filter(soft)
                .map(|(id, _)| *id)
                .collect();
            self.playing.retain(|(id, _)| !ended.contains(id));
            self.event(event);
            for play in ended {
                self.event(Event::PlayEnded(play));
            }
            return;
        }
        self.event(event);
    }

    fn event(&mut self, event: Event) {
        if let Some(run) = &mut self.run {
            run.handle_event(self.now, &self.around, event);
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(ask) = self.run.as_mut().and_then(FlowRun::poll_output) {
            let reply = self.take(&ask);
            if let Some(line) = line(&ask) {
                self.log.push(line);
            }
            if let Some(event) = reply {
                self.event(event);
            }
        }
    }

    fn take(&mut self, ask: &Ask) -> Option<Event> {
        if rooms::line(ask).is_some() {
            self.asked_room = ask.question().or(self.asked_room);
        }
        match ask {
            Ask::Answer => self.answered = true,
            Ask::Play {
                play,
                sounds,
                forever,
                stop_on_key,
            } => {
                if !stop_on_key {
                    self.firm.push(*play);
                }
                let length = sounds.iter().map(|sound| match sound {
                    Sound::Tone(_) => Duration::from_millis(200),
                    Sound::Pause(length) => *length,
                    _ => SENTENCE,
                });
                let end = self.now.instant + length.sum();
                self.playing.push((*play, (!forever).then_some(end)));
            }
            Ask::Stop(play) => self.playing.retain(|(id, _)| id != play),
            Ask::Reach(_) => self.ringing = true,
            Ask::Lookup { question, .. } => self.asked_outside = Some(*question),
            Ask::Http(request) => self.asked_outside = Some(request.question),
            Ask::Record { recording, .. } => self.recording = Some(*recording),
            Ask::Keep { question, .. } => return self.keep(*question),
            Ask::CheckPin { question, pin, .. } => {
                let right = pin.reveal() == "1234";
                return Some(Event::PinChecked {
                    question: *question,
                    verdict: if right {
                        PinVerdict::Right
                    } else {
                        PinVerdict::Wrong
                    },
                });
            }
            Ask::ListMessages { question, .. } => {
                return Some(Event::Messages {
                    question: *question,
                    messages: self.messages.clone(),
                });
            }
            Ask::Delete { question, .. } => {
                return Some(Event::Done {
                    question: *question,
                    stored: true,
                });
            }
            _ => {}
        }
        None
    }

    fn keep(&mut self, question: QuestionId) -> Option<Event> {
        let result = match (self.disk_full, self.mailbox_full) {
            (true, _) => Err(Refused::NotStored),
            (_, true) => Err(Refused::MailboxFull),
            _ => Ok(MessageId(9)),
        };
        (!self.store_silent).then_some(Event::Kept { question, result })
    }

    /// A call by somebody who does anything at all.
    pub(super) fn random(&mut self, seed: u64) {
        let mut random = Random::from_seed(seed).fork("caller");
        self.disk_full = random.chance(5);
        self.store_silent = random.chance(5);
        self.mailbox_full = random.chance(5);
        self.start("accueil", caller());
        for _ in 0..400 {
            if self.is_over() {
                return;
            }
            let length = Duration::from_millis(random.below(9000));
            match random.below(12) {
                0..=3 => {
                    let keys = b"0123456789*#";
                    let key = keys[random.below(12) as usize];
                    self.tell(Event::Key(char::from(key), KeyWay::Event));
                }
                4 if random.chance(10) => self.leave(),
                5..=6 if self.ringing => {
                    let all = [
                        Reached::Answered,
                        Reached::NoAnswer,
                        Reached::Busy,
                        Reached::Declined,
                        Reached::Unreachable,
                    ];
                    self.reached(all[random.below(5) as usize]);
                }
                5..=7 if self.recording.is_some() => self.recorded(length, random.chance(95)),
                _ => self.pass(length),
            }
        }
        // Whoever is still there does nothing more.
        for _ in 0..100 {
            if self.ringing {
                self.reached(Reached::NoAnswer);
            }
            self.recorded(SENTENCE, true);
            self.pass(Duration::from_secs(60));
        }
    }

    /// Events without rhyme or reason.
    pub(super) fn nonsense(&mut self, seed: u64) {
        let mut random = Random::from_seed(seed);
        self.start("accueil", caller());
        for _ in 0..200 {
            let question = QuestionId(random.below(4));
            let event = match random.below(9) {
                0 => Event::PlayEnded(PlayId(random.below(9))),
                1 => Event::Key('5', KeyWay::Tone),
                2 => Event::Key('A', KeyWay::Info),
                3 => Event::Reached(Reached::Busy),
                4 => Event::RecordingEnded {
                    recording: RecordingId(u128::from(random.below(3))),
                    length: SENTENCE,
                    speech: SENTENCE,
                    complete: true,
                },
                5 => Event::Kept {
                    question,
                    result: Err(Refused::NotStored),
                },
                6 => Event::Done {
                    question,
                    stored: false,
                },
                7 => Event::Messages {
                    question,
                    messages: Vec::new(),
                },
                _ if random.chance(5) => Event::CallerGone,
                _ => Event::PinChecked {
                    question,
                    verdict: PinVerdict::Right,
                },
            };
            self.event(event);
        }
    }
}

/// What another system answers, in a few words.
fn http(how: &str) -> HttpResult {
    let Some(values) = how.strip_prefix("ok") else {
        return match how {
            "missing" => HttpResult::Missing,
            _ => HttpResult::Failed(HttpFailure::Status(500)),
        };
    };
    let values = values.trim().split(';').filter_map(|pair| {
        let (path, value) = pair.split_once('=')?;
        let scalar = match value {
            "{}" => Scalar::Nested,
            "true" | "false" => Scalar::YesNo(value == "true"),
            _ => match value.strip_prefix('"') {
                Some(text) => Scalar::Text(text.trim_end_matches('"').to_owned()),
                None => Scalar::Number(value.to_owned()),
            },
        };
        Some((path.to_owned(), scalar))
    });
    HttpResult::Ok(values.collect())
}

/// One ask, in a few words.
fn line(ask: &Ask) -> Option<String> {
    Some(match ask {
        Ask::Answer => "answer".to_owned(),
        Ask::Ring => "ring".to_owned(),
        Ask::Reject(refusal) => format!("reject {refusal:?}"),
        Ask::Hangup { reason: None } => "hangup".to_owned(),
        Ask::Hangup {
            reason: Some(reason),
        } => format!("hangup {reason}"),
        Ask::Play { sounds, .. } => {
            let names: Vec<String> = sounds.iter().map(name).collect();
            format!("play {}", names.join(","))
        }
        Ask::Stop(_) => "stop".to_owned(),
        Ask::Reach(reach) => match &reach.who {
            Whom::Person(name) => format!("reach {name}"),
            Whom::Team(name) => format!("reach {name}"),
            Whom::User(name) => format!("reach @{name}"),
            Whom::Outside(number) => format!("reach {number}"),
        },
        Ask::Record { .. } => "record".to_owned(),
        Ask::StopRecording(_) => "stop-recording".to_owned(),
        Ask::Keep {
            mailbox,
            urgent,
            length,
            ..
        } => format!(
            "keep {mailbox}{} {}s",
            if *urgent { " urgent" } else { "" },
            length.as_secs()
        ),
        Ask::Discard(_) => "discard".to_owned(),
        Ask::CheckPin { .. } => "check".to_owned(),
        Ask::ListMessages { .. } => "list".to_owned(),
        Ask::MarkHeard(id) => format!("mark {id}"),
        Ask::Delete { message, .. } => format!("delete {message}"),
        Ask::Lookup {
            directory,
            by,
            value,
            columns,
            ..
        } => format!(
            "lookup {directory} {by}={} {}",
            value.reveal(),
            columns.join(",")
        ),
        Ask::Http(request) => {
            let fields: Vec<_> = request
                .fields
                .iter()
                .map(|(name, value)| format!(" {name}={value:?}"))
                .collect();
            format!(
                "http {:?} {}{}",
                request.method,
                request.url,
                fields.concat()
            )
        }
        Ask::Remember(language) => format!("remember {language}"),
        Ask::Tag { name, value } => format!("tag {name}={value}"),
        Ask::Count(name) => format!("count {name}"),
        Ask::Speak(language) => format!("speak {language}"),
        Ask::Entered { step, .. } => format!("in {step}"),
        Ask::Left { step, way, .. } => format!("left {step} {way}"),
        Ask::Heard(key) => format!("heard {}", key.unwrap_or('?')),
        Ask::Trouble(what) => format!("trouble {what}"),
        other => return rooms::line(other),
    })
}

fn name(sound: &Sound) -> String {
    match sound {
        Sound::Clip { key, .. } => key.clone(),
        Sound::Recording(_) => "@".to_owned(),
        Sound::Tone(tone) => format!("~{tone:?}"),
        Sound::Pause(_) => "-".to_owned(),
        Sound::Speech { text, .. } => format!("\"{text}\""),
    }
}

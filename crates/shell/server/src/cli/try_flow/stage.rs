//! The world around a flow that is tried: it hears every wish, plays it in virtual time, and asks
//! the terminal only for what people do.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use rappel_ivr::{Ask, Caller, Event, FlowRun, PinVerdict, Reach, Reached, Refusal, Whom};
use rappel_model::record::{MessageRecord, MessageState};
use rappel_model::{
    FlowName, Instant, Language, MessageId, Now, PlayId, Random, RecordingId, Redacted, Sound,
    StepName, Tone,
};
use rappel_tenant::Version;

use super::line::{Line, SPEAK_SECONDS};

/// A call in progress on the terminal.
pub(super) struct Stage<'o, W> {
    out: &'o mut W,
    version: Version,
    random: Random,
    now: Now,
    run: Option<FlowRun>,
    call: Option<Caller>,
    language: Language,
    step: Option<(StepName, &'static str)>,
    /// What is going to happen, in the order of time, then of making.
    coming: BTreeMap<(Instant, u64), Event>,
    made: u64,
    /// The order being heard, and the key of what is to come of it.
    playing: BTreeMap<PlayId, Option<(Instant, u64)>>,
    ringing: Option<Reach>,
    recording: Option<Recording>,
    answered: Option<Instant>,
    over: bool,
    gone: bool,
    messages: Vec<MessageRecord>,
    marks: Vec<String>,
}

/// A recording being made.
struct Recording {
    id: RecordingId,
    since: Instant,
    spoken: Duration,
    silence: Duration,
    max: Duration,
}

/// What the terminal is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// What does the caller press?
    Keys,
    /// Who answers?
    Ringing,
    /// How long does the caller speak?
    Recording,
}

impl<'o, W: Write> Stage<'o, W> {
    /// An empty stage at `now`.
    pub(super) fn new(version: Version, now: Now, random: Random, out: &'o mut W) -> Self {
        Self {
            out,
            language: version.surroundings.languages[0].clone(),
            version,
            random,
            now,
            run: None,
            call: None,
            step: None,
            coming: BTreeMap::new(),
            made: 0,
            playing: BTreeMap::new(),
            ringing: None,
            recording: None,
            answered: None,
            over: false,
            gone: false,
            messages: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// The call arrives.
    pub(super) fn begin(&mut self, flow: &FlowName, caller: Caller) -> io::Result<()> {
        let shown = caller
            .number
            .as_ref()
            .map_or("a hidden number", |n| n.as_str());
        let zone = &self.version.surroundings.timezone;
        let local = zone.to_datetime(self.now.wall.to_jiff());
        let day = local.strftime("%A %-d %B %Y, %H:%M");
        writeln!(self.out, "{day}: {shown} calls the flow \"{flow}\"")?;
        self.language = caller.language.clone();
        self.call = Some(caller.clone());
        let flows = std::sync::Arc::clone(&self.version.flows);
        let random = self.random.fork("flow");
        let around = &self.version.surroundings;
        self.run = Some(FlowRun::start(
            self.now, around, flows, flow, caller, random,
        ));
        self.settle()
    }

    /// Lets everything happen that needs nobody's decision; then what must be decided, or `None`
    /// when the call is over.
    pub(super) fn run_on(&mut self) -> io::Result<Option<Question>> {
        for _ in 0..MAX_ROUNDS {
            if self.over {
                return Ok(None);
            }
            if let Some(question) = self.question() {
                return Ok(Some(question));
            }
            match self.next_moment() {
                Some(moment) => self.advance_to(moment)?,
                None if self.gone => return Ok(None),
                None => {
                    self.say("(the flow waits for nothing: the call is over)")?;
                    return Ok(None);
                }
            }
        }
        self.say("(the flow goes on without end: stopped)")?;
        Ok(None)
    }

    /// Shows what is asked.
    pub(super) fn ask(&mut self, question: Question, echo: bool) -> io::Result<()> {
        let text = match question {
            Question::Keys => "keys, silence, +TIME or hang",
            Question::Ringing => "answer, none, busy, declined, off or hang",
            Question::Recording => "say TIME, #, silence or hang",
        };
        if echo {
            return Ok(());
        }
        write!(self.out, "{}  [{text}] > ", self.clock())?;
        self.out.flush()
    }

    /// Shows a line that did not come from a terminal.
    pub(super) fn echo(&mut self, text: &str) -> io::Result<()> {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
        writeln!(self.out, "{}  > {shown}", self.clock())
    }

    /// Does what a line says.
    pub(super) fn take(&mut self, text: &str) -> io::Result<()> {
        match Line::parse(text) {
            None => {
                self.say("(not understood: keys, nothing, +5m, hang, answer, none, busy, say 8s)")
            }
            Some(Line::Keys(keys)) => self.press(&keys),
            Some(Line::Silence) => self.be_silent(),
            Some(Line::Pass(length)) => self.advance_to(self.now.instant + length),
            Some(Line::Hang) => self.hang(),
            Some(Line::Say(length)) => self.speak(length),
            Some(Line::Answer(talk)) => self.answer(talk),
            Some(Line::Fail(reached)) => self.fail(reached),
        }
    }

    /// Says what came of the call.
    pub(super) fn sum_up(&mut self) -> io::Result<()> {
        let length = self.now.instant.since(Instant::ZERO);
        let answered = match self.answered {
            Some(at) => format!("answered after {}", seconds(at.since(Instant::ZERO))),
            None => "never answered".to_owned(),
        };
        writeln!(self.out, "The call lasted {}, {answered}.", seconds(length))?;
        for mark in &self.marks {
            writeln!(self.out, "  {mark}")?;
        }
        for message in &self.messages {
            let length = seconds(message.length);
            writeln!(
                self.out,
                "  a message of {length} in the mailbox \"{}\"",
                message.mailbox
            )?;
        }
        self.out.flush()
    }

    /// What nobody but a person can decide now.
    fn question(&self) -> Option<Question> {
        if self.gone {
            return None;
        }
        if self.ringing.is_some() {
            return Some(Question::Ringing);
        }
        // What is being said or done comes to its end first: keys are asked for when it listens.
        if !self.coming.is_empty() {
            return None;
        }
        if self.recording.is_some() {
            return Some(Question::Recording);
        }
        let verb = self.step.as_ref().map_or("", |(_, verb)| verb);
        (!DEAF.contains(&verb)).then_some(Question::Keys)
    }

    fn press(&mut self, keys: &[char]) -> io::Result<()> {
        if let Some(recording) = &self.recording
            && recording.spoken.is_zero()
        {
            self.speak_for(Duration::from_secs(SPEAK_SECONDS))?;
        }
        for key in keys {
            if self.over {
                break;
            }
            self.advance_to(self.now.instant + KEY_LENGTH)?;
            self.news(Event::Key(*key))?;
        }
        Ok(())
    }

    fn be_silent(&mut self) -> io::Result<()> {
        if self.ringing.is_some() {
            return self.fail(Reached::NoAnswer);
        }
        if self.recording.is_some() {
            return self.speak(Duration::from_secs(SPEAK_SECONDS));
        }
        match self.next_moment() {
            Some(moment) => self.advance_to(moment),
            None => self.say("(the flow waits without end: press a key or hang up)"),
        }
    }

    /// The caller speaks, then is silent until the recording ends.
    fn speak(&mut self, length: Duration) -> io::Result<()> {
        if self.recording.is_none() {
            return self.say("(nobody records)");
        }
        self.speak_for(length)?;
        let Some(recording) = &self.recording else {
            return Ok(());
        };
        self.advance_to(self.now.instant + recording.silence)?;
        self.end_recording()
    }

    /// The caller speaks; a recording that is long enough ends by itself.
    fn speak_for(&mut self, length: Duration) -> io::Result<()> {
        let Some(recording) = &self.recording else {
            return Ok(());
        };
        let room = recording
            .max
            .saturating_sub(self.now.instant.since(recording.since));
        let length = length.min(room);
        self.say(&format!("(the caller speaks for {})", seconds(length)))?;
        self.advance_to(self.now.instant + length)?;
        if let Some(recording) = &mut self.recording {
            recording.spoken += length;
        }
        if length == room {
            self.end_recording()
        } else {
            Ok(())
        }
    }

    fn end_recording(&mut self) -> io::Result<()> {
        let Some(recording) = self.recording.take() else {
            return Ok(());
        };
        self.news(Event::RecordingEnded {
            recording: recording.id,
            length: recording.spoken,
            speech: recording.spoken,
            complete: true,
        })
    }

    fn hang(&mut self) -> io::Result<()> {
        self.say("(the caller hangs up)")?;
        self.gone = true;
        self.ringing = None;
        self.coming.clear();
        self.playing.clear();
        self.news(Event::CallerGone)?;
        self.end_recording()
    }

    fn answer(&mut self, talk: Duration) -> io::Result<()> {
        let Some(reach) = self.ringing.take() else {
            return self.say("(nobody is being rung)");
        };
        self.advance_to(self.now.instant + ANSWER_AFTER.min(reach.ring))?;
        self.answered.get_or_insert(self.now.instant);
        self.say(&format!(
            "(they talk for {}, then the other side hangs up)",
            seconds(talk)
        ))?;
        self.now = self.now.after(talk);
        self.news(Event::Reached(Reached::Answered))
    }

    fn fail(&mut self, reached: Reached) -> io::Result<()> {
        let Some(reach) = self.ringing.take() else {
            return self.say("(nobody is being rung)");
        };
        let after = match reached {
            Reached::NoAnswer => reach.ring,
            _ => BUSY_AFTER.min(reach.ring),
        };
        self.advance_to(self.now.instant + after)?;
        self.news(Event::Reached(reached))
    }

    /// The earliest moment at which something happens by itself.
    fn next_moment(&self) -> Option<Instant> {
        let event = self.coming.keys().next().map(|(at, _)| *at);
        let deadline = self
            .run
            .as_ref()
            .and_then(FlowRun::poll_timeout)
            .map(|d| d.at);
        match (event, deadline) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Lets everything happen that is due until `moment`, and leaves the clock there.
    fn advance_to(&mut self, moment: Instant) -> io::Result<()> {
        for _ in 0..MAX_ROUNDS {
            let Some(next) = self
                .next_moment()
                .filter(|next| *next <= moment && !self.over)
            else {
                break;
            };
            self.set_clock(next);
            match self.coming.first_key_value() {
                Some(((at, _), _)) if *at <= next => {
                    let Some((_, event)) = self.coming.pop_first() else {
                        break;
                    };
                    self.news(event)?;
                }
                _ => {
                    if let Some(run) = &mut self.run {
                        run.handle_timeout(self.now, &self.version.surroundings);
                    }
                    self.settle()?;
                }
            }
        }
        if !self.over {
            self.set_clock(moment);
        }
        Ok(())
    }

    fn set_clock(&mut self, moment: Instant) {
        self.now = self.now.after(moment.since(self.now.instant));
    }

    /// Tells the flow, then does all it wishes.
    fn news(&mut self, event: Event) -> io::Result<()> {
        if let Event::PlayEnded(play) = &event {
            self.playing.remove(play);
        }
        if let Some(run) = &mut self.run {
            run.handle_event(self.now, &self.version.surroundings, event);
        }
        self.settle()
    }

    /// Does everything the flow wishes now.
    fn settle(&mut self) -> io::Result<()> {
        while let Some(ask) = self.run.as_mut().and_then(FlowRun::poll_output) {
            self.perform(ask)?;
        }
        Ok(())
    }

    fn perform(&mut self, ask: Ask) -> io::Result<()> {
        match ask {
            Ask::Answer => {
                if self.answered.is_none() && !self.gone {
                    self.answered = Some(self.now.instant);
                    self.say("(answered)")?;
                }
            }
            Ask::Ring => self.say("(the caller hears ringing)")?,
            Ask::Reject(refusal) => {
                self.over = true;
                self.say(&format!("(refused: {})", refusal_word(refusal)))?;
            }
            Ask::Hangup { reason } => {
                self.over = true;
                if !self.gone {
                    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
                    self.say(&format!("(the engine hangs up{reason})"))?;
                }
            }
            Ask::Play {
                play,
                sounds,
                forever,
                ..
            } => self.play(play, &sounds, forever)?,
            Ask::Stop(play) => {
                if let Some(key) = self.playing.remove(&play) {
                    if let Some(key) = key {
                        self.coming.remove(&key);
                    }
                    self.later(Duration::ZERO, Event::PlayEnded(play));
                }
            }
            Ask::Reach(reach) => {
                let whom = self.whom(&reach.who);
                self.say(&format!(
                    "(rings {whom}, for {} at most)",
                    seconds(reach.ring)
                ))?;
                self.ringing = Some(reach);
            }
            Ask::Speak(language) => {
                self.say(&format!("(speaks {language} from now on)"))?;
                self.language = language;
            }
            Ask::Tag { name, value } => self.mark(format!("tag {name} = {value}"))?,
            Ask::Count(name) => self.mark(format!("count {name} + 1"))?,
            Ask::Trouble(cause) => self.mark(format!("trouble {cause}"))?,
            Ask::Entered { step, verb, .. } => {
                self.say(&format!("· {step} ({verb})"))?;
                self.step = Some((step, verb));
            }
            Ask::Left { step, way, .. } => self.say(&format!("· {step} -> {way}"))?,
            Ask::Heard(_) => {}
            ask => self.keep(ask)?,
        }
        Ok(())
    }

    /// Wishes about recordings, messages and codes.
    fn keep(&mut self, ask: Ask) -> io::Result<()> {
        match ask {
            Ask::Record {
                recording,
                max,
                silence,
                ..
            } => {
                self.say("(records)")?;
                self.recording = Some(Recording {
                    id: recording,
                    since: self.now.instant,
                    spoken: Duration::ZERO,
                    silence,
                    max,
                });
            }
            Ask::StopRecording(id) => {
                if let Some(recording) = self.recording.take_if(|recording| recording.id == id) {
                    let ended = Event::RecordingEnded {
                        recording: id,
                        length: recording.spoken,
                        speech: recording.spoken,
                        complete: true,
                    };
                    self.later(Duration::ZERO, ended);
                }
            }
            Ask::Keep {
                question,
                recording,
                mailbox,
                length,
                urgent,
            } => {
                let id = MessageId::draw(self.now.wall, &mut self.random);
                self.say(&format!(
                    "(kept in the mailbox \"{mailbox}\": {})",
                    seconds(length)
                ))?;
                if let Some(call) = &self.call {
                    let caller = call.number.as_ref();
                    self.messages.push(MessageRecord {
                        id,
                        tenant: call.tenant.clone(),
                        mailbox,
                        call: call.call,
                        recording,
                        caller: caller.map(|number| Redacted::new(number.to_string())),
                        left: self.now.wall,
                        length,
                        urgent,
                        state: MessageState::New,
                    });
                }
                self.later(
                    Duration::ZERO,
                    Event::Kept {
                        question,
                        result: Ok(id),
                    },
                );
            }
            Ask::Discard(_) => self.say("(the recording is thrown away)")?,
            Ask::CheckPin { question, pin, .. } => {
                let right = pin.reveal() == TRIED_PIN;
                let verdict = if right {
                    PinVerdict::Right
                } else {
                    PinVerdict::Wrong
                };
                self.say(&format!(
                    "(the code of this trial is {TRIED_PIN}: {verdict:?})"
                ))?;
                self.later(Duration::ZERO, Event::PinChecked { question, verdict });
            }
            Ask::ListMessages { question, .. } => {
                let messages = self.messages.clone();
                self.later(Duration::ZERO, Event::Messages { question, messages });
            }
            Ask::MarkHeard(_) => self.say("(the message was heard)")?,
            Ask::Delete { question, message } => {
                self.messages.retain(|kept| kept.id != message);
                self.say("(the message is deleted)")?;
                self.later(
                    Duration::ZERO,
                    Event::Done {
                        question,
                        stored: true,
                    },
                );
            }
            other => {
                if let Some(question) = other.question() {
                    self.later(Duration::ZERO, Event::NotAvailable { question });
                }
                self.say(&format!("({other:?})"))?;
            }
        }
        Ok(())
    }

    /// Says the words, and makes their end come after about as long as they take.
    fn play(&mut self, play: PlayId, sounds: &[Sound], forever: bool) -> io::Result<()> {
        let mut words = Vec::new();
        let mut length = Duration::ZERO;
        for sound in sounds {
            let (text, lasts) = self.sound(sound);
            length += lasts;
            if !text.is_empty() {
                words.push(text);
            }
        }
        self.say(&words.join(" "))?;
        let key = (!forever).then(|| self.later(length.max(SHORTEST), Event::PlayEnded(play)));
        self.playing.insert(play, key);
        Ok(())
    }

    /// What is heard, in words, and how long it takes.
    fn sound(&self, sound: &Sound) -> (String, Duration) {
        match sound {
            Sound::Clip { language, key, .. } => {
                let words = self.version.prompts.words(language, key);
                let words = words.unwrap_or_else(|| format!("[{key}]"));
                let length = PER_CHARACTER * u32::try_from(words.chars().count()).unwrap_or(0);
                (words, length)
            }
            Sound::Speech { text, .. } => {
                let length = PER_CHARACTER * u32::try_from(text.chars().count()).unwrap_or(0);
                (text.clone(), length)
            }
            Sound::Recording(id) => {
                let message = self
                    .messages
                    .iter()
                    .find(|message| message.recording == *id);
                let length = message.map_or(Duration::from_secs(SPEAK_SECONDS), |m| m.length);
                ("(the recording)".to_owned(), length)
            }
            Sound::Tone(Tone::Beep) => ("(beep)".to_owned(), Duration::from_millis(200)),
            Sound::Tone(Tone::Ringing) => ("(ringing tone)".to_owned(), Duration::from_secs(5)),
            Sound::Pause(length) => (String::new(), *length),
        }
    }

    fn whom(&self, whom: &Whom) -> String {
        let people = &self.version.surroundings.people;
        let name = |person| match people.persons.get(person) {
            Some(person) => person.name.clone(),
            None => format!("{person}"),
        };
        match whom {
            Whom::Person(person) => name(person),
            Whom::Team(team) => {
                let members = people.teams.get(team).map(|team| team.members.as_slice());
                let members: Vec<_> = members.unwrap_or_default().iter().map(name).collect();
                format!("the team {team}: {}", members.join(", "))
            }
            Whom::User(user) => format!("the phone {user}"),
        }
    }

    /// Something will happen after `length`.
    fn later(&mut self, length: Duration, event: Event) -> (Instant, u64) {
        self.made += 1;
        let key = (self.now.instant + length, self.made);
        self.coming.insert(key, event);
        key
    }

    fn mark(&mut self, text: String) -> io::Result<()> {
        self.say(&format!("· {text}"))?;
        self.marks.push(text);
        Ok(())
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}  {text}", self.clock())
    }

    /// The time on the tenant's clock.
    fn clock(&self) -> String {
        let zone = &self.version.surroundings.timezone;
        let local = zone.to_datetime(self.now.wall.to_jiff());
        local.strftime("%H:%M:%S").to_string()
    }
}

/// `8 s`, `1 min 5 s`.
fn seconds(length: Duration) -> String {
    let whole = length.as_secs() + u64::from(length.subsec_millis() >= 500);
    match (whole / 60, whole % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn refusal_word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Busy => "busy",
        Refusal::Declined => "declined",
        Refusal::Unavailable => "unavailable",
        Refusal::NotInService => "not in service",
    }
}

/// Verbs that do not listen: time passes by itself in them.
const DEAF: [&str; 14] = [
    "answer", "ring", "reject", "hangup", "pause", "play", "hours", "switch", "set", "goto",
    "reach", "tag", "count", "",
];
/// How fast words are spoken: about fifteen characters a second.
const PER_CHARACTER: Duration = Duration::from_millis(65);
/// The shortest sentence.
const SHORTEST: Duration = Duration::from_millis(100);
/// From one key to the next.
const KEY_LENGTH: Duration = Duration::from_millis(300);
/// How long a phone rings before it is answered.
const ANSWER_AFTER: Duration = Duration::from_secs(6);
/// How long a phone rings before it says busy or is declined.
const BUSY_AFTER: Duration = Duration::from_secs(1);
/// The code that is right while a flow is tried.
const TRIED_PIN: &str = "1234";
/// Most things that may happen between two decisions of a person: far more than a flow may do.
const MAX_ROUNDS: usize = 10_000;

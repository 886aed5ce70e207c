//! A call on paper shown on the terminal: what happens is printed, what people do is asked.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use rappel_ivr::words::Lang;
use rappel_ivr::{Caller, Reached, Words, words};
use rappel_model::{FlowName, Instant};
use rappel_rehearsal::world::SPOKEN;
use rappel_rehearsal::{Scene, Wait, World, seconds};

use super::line::Line;

/// A call in progress on the terminal.
pub(super) struct Stage<'w, W> {
    world: &'w mut World,
    out: &'w mut W,
    zone: TimeZone,
    lang: Lang,
    /// Scenes that are printed already.
    printed: usize,
    began: rappel_model::Timestamp,
}

impl<'w, W: Write> Stage<'w, W> {
    /// A stage on which nothing has happened.
    pub(super) fn new(world: &'w mut World, zone: TimeZone, lang: Lang, out: &'w mut W) -> Self {
        Self {
            began: world.now().wall,
            world,
            out,
            zone,
            lang,
            printed: 0,
        }
    }

    /// The call arrives.
    pub(super) fn begin(&mut self, flow: &FlowName, caller: Caller) -> io::Result<()> {
        let local = self.zone.to_datetime(self.began.to_jiff());
        let number = caller.number.as_ref().map(|number| number.as_str());
        let hidden = words!("a hidden number", "un numéro masqué");
        let shown = number.unwrap_or_else(|| hidden.in_lang(self.lang));
        let day = match self.lang {
            Lang::En => local.strftime("%A %-d %B %Y, %H:%M").to_string(),
            Lang::Fr => local.strftime("%Y-%m-%d %H:%M").to_string(),
        };
        let words = words!(
            "{day}: {shown} calls the flow \"{flow}\"",
            "{day} : {shown} appelle le flux « {flow} »"
        );
        writeln!(self.out, "{}", words.in_lang(self.lang))?;
        self.world.begin(flow, caller);
        self.print()
    }

    /// Lets everything happen that needs nobody's decision; then what must be decided, or `None`
    /// when the call is over.
    pub(super) fn run_on(&mut self) -> io::Result<Option<Wait>> {
        for _ in 0..MAX_ROUNDS {
            self.print()?;
            if self.world.is_over() {
                return Ok(None);
            }
            if let Some(wait) = self.world.wait() {
                return Ok(Some(wait));
            }
            if !self.world.step_on() {
                self.say(&words!(
                    "(the flow waits for nothing: the call is over)",
                    "(le flux n'attend plus rien : l'appel est fini)"
                ))?;
                return Ok(None);
            }
        }
        self.say(&words!(
            "(the flow goes on without end: stopped)",
            "(le flux ne finit pas : arrêté)"
        ))?;
        Ok(None)
    }

    /// Shows what is asked.
    pub(super) fn ask(&mut self, wait: Wait, echo: bool) -> io::Result<()> {
        if echo {
            return Ok(());
        }
        let text = match wait {
            Wait::Keys => words!(
                "keys, silence, +TIME or hang",
                "touches, silence, +DURÉE ou hang"
            ),
            Wait::Ringing => words!(
                "answer, none, busy, declined, off or hang",
                "answer (répond), none (personne), busy, declined, off ou hang"
            ),
            Wait::Recording => words!(
                "say TIME, #, silence or hang",
                "say DURÉE, #, silence ou hang"
            ),
            Wait::Queue => words!(
                "answer, keys, silence, +TIME or hang",
                "answer (un agent répond), touches, silence, +DURÉE ou hang"
            ),
        };
        let text = text.in_lang(self.lang);
        write!(
            self.out,
            "{}  [{text}] > ",
            self.clock(self.world.now().instant)
        )?;
        self.out.flush()
    }

    /// Shows a line that did not come from a terminal.
    pub(super) fn echo(&mut self, text: &str) -> io::Result<()> {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
        writeln!(
            self.out,
            "{}  > {shown}",
            self.clock(self.world.now().instant)
        )
    }

    /// Nobody will type anything any more.
    pub(super) fn no_more_input(&mut self) -> io::Result<()> {
        self.say(&words!(
            "(no more input: hangs up)",
            "(plus rien n'est tapé : raccroche)"
        ))
    }

    /// Does what a line says.
    pub(super) fn take(&mut self, text: &str) -> io::Result<()> {
        let done = match Line::parse(text) {
            None => {
                let words = words!(
                    "(not understood: keys, nothing, +5m, hang, answer, none, busy, say 8s)",
                    "(pas compris : touches, rien, +5m, hang, answer, none, busy, say 8s)"
                );
                return self.say(&words);
            }
            Some(Line::Keys(keys)) => {
                keys.iter().for_each(|key| self.world.press(*key));
                true
            }
            Some(Line::Silence) => {
                self.be_silent();
                true
            }
            Some(Line::Pass(length)) => {
                self.world.pass(length);
                true
            }
            Some(Line::Hang) => {
                self.world.hang_up();
                true
            }
            Some(Line::Say(length)) => self.world.speak(length),
            Some(Line::Answer(talk)) => self.world.answer(talk),
            Some(Line::Fail(reached)) => self.world.fail(reached),
        };
        self.print()?;
        if done {
            return Ok(());
        }
        self.say(&words!(
            "(nobody records or is being rung now)",
            "(personne n'enregistre ni ne sonne en ce moment)"
        ))
    }

    fn be_silent(&mut self) {
        match self.world.wait() {
            Some(Wait::Ringing) => {
                self.world.fail(Reached::NoAnswer);
            }
            Some(Wait::Recording) => self.world.stay_silent(),
            _ => {
                self.world.step_on();
            }
        }
    }

    /// Says what came of the call.
    pub(super) fn sum_up(&mut self) -> io::Result<()> {
        let length = seconds(self.world.length());
        let answered = match self.world.answered() {
            Some(after) => {
                let after = seconds(after);
                words!("answered after {after}", "décroché après {after}")
            }
            None => words!("never answered", "jamais décroché"),
        };
        let Words { en, fr } = answered;
        let words = words!(
            "The call lasted {length}, {en}.",
            "L'appel a duré {length}, {fr}."
        );
        writeln!(self.out, "{}", words.in_lang(self.lang))?;
        let books = self.world.books().clone();
        for (name, value) in books.tags() {
            self.sum(&words!(
                "tag {name} = {value}",
                "étiquette {name} = {value}"
            ))?;
        }
        for (name, times) in books.counts() {
            self.sum(&words!(
                "count {name} = {times}",
                "compteur {name} = {times}"
            ))?;
        }
        for cause in books.troubles() {
            self.sum(&words!("trouble {cause}", "incident {cause}"))?;
        }
        for message in books.messages() {
            let (length, mailbox) = (seconds(message.length), &message.mailbox);
            let words = words!(
                "a message of {length} in the mailbox \"{mailbox}\"",
                "un message de {length} dans la messagerie « {mailbox} »"
            );
            self.sum(&words)?;
        }
        let promises = books.promises().iter().filter(|owed| owed.closed.is_none());
        for owed in promises {
            let by = &owed.by;
            let at = self.zone.to_datetime(owed.promise.from.to_jiff());
            let at = at.strftime("%Y-%m-%d %H:%M");
            let words = words!(
                "a call owed by \"{by}\", from {at}",
                "un rappel dû par « {by} », dès {at}"
            );
            self.sum(&words)?;
        }
        self.out.flush()
    }

    fn sum(&mut self, words: &Words) -> io::Result<()> {
        writeln!(self.out, "  {}", words.in_lang(self.lang))
    }

    /// Prints what has happened since.
    fn print(&mut self) -> io::Result<()> {
        while let Some((at, scene)) = self.world.scenes().get(self.printed) {
            self.printed += 1;
            // Keys were echoed as they were typed.
            if matches!(scene, Scene::Key(_)) {
                continue;
            }
            let (at, words) = (*at, scene.words());
            writeln!(self.out, "{}  {}", self.clock(at), words.in_lang(self.lang))?;
        }
        Ok(())
    }

    fn say(&mut self, words: &Words) -> io::Result<()> {
        let clock = self.clock(self.world.now().instant);
        writeln!(self.out, "{clock}  {}", words.in_lang(self.lang))
    }

    /// The time on the tenant's clock.
    fn clock(&self, at: Instant) -> String {
        let wall = self.began + at.since(Instant::ZERO);
        let local = self.zone.to_datetime(wall.to_jiff());
        local.strftime("%H:%M:%S").to_string()
    }
}

/// How long a caller speaks when nobody says, in seconds.
pub(super) const SPEAK_SECONDS: u64 = SPOKEN.as_secs();
/// Most things that may happen between two decisions of a person: far more than a flow may do.
const MAX_ROUNDS: usize = 100_000;

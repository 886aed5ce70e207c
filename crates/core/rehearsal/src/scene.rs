//! What happened in a call on paper, one scene after the other, and how it is told to people.

use std::time::Duration;

use rappel_ivr::{Reached, Refusal, Words, words};
use rappel_model::{FlowName, Instant, Language, MailboxName, Sound, StepName};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Scene {
    /// The call is answered.
    Answered,
    /// The network lets the caller hear ringing.
    Ringing,
    /// The call is refused without being answered.
    Refused(Refusal),
    /// The engine hangs up, for a reason that reports show.
    HungUp(Option<String>),
    /// The caller hangs up.
    CallerHungUp,
    /// Something is said.
    Said {
        /// Its words, for a reader.
        words: Words,
        /// The keys of the recordings, in order.
        clips: Vec<String>,
    },
    /// The caller pressed a key; `None` where the step keeps it secret.
    Key(Option<char>),
    /// A step was entered.
    Entered {
        /// The flow it belongs to.
        flow: FlowName,
        /// Its name.
        step: StepName,
        /// Its verb.
        verb: &'static str,
    },
    /// A step was left.
    Left {
        /// The flow it belongs to.
        flow: FlowName,
        /// Its name.
        step: StepName,
        /// `next`, `press.2`, `on.closed`.
        way: String,
    },
    /// Somebody's phones ring.
    Rings {
        /// Who, for people.
        whom: String,
        /// For how long at most.
        ring: Duration,
    },
    /// They talk.
    Talk(Duration),
    /// Nobody talked to the caller.
    NotReached(Reached),
    /// The caller is being recorded.
    Recording,
    /// The caller spoke.
    Spoke(Duration),
    /// A message is kept.
    Kept {
        /// Where.
        mailbox: MailboxName,
        /// How long it is.
        length: Duration,
    },
    /// A recording is thrown away.
    Discarded,
    /// The caller is spoken to in this language from now on.
    Speaks(Language),
    /// A tag was written.
    Tag {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A counter rose.
    Count(String),
    /// A step failed and its rescue begins: `STEP:CAUSE`.
    Trouble(String),
    /// Something else that was asked of the world, and what came of it.
    World(Words),
}

impl Scene {
    /// The scene in words, for a terminal.
    pub fn words(&self) -> Words {
        match self {
            Self::Answered => words!("(answered)", "(décroché)"),
            Self::Ringing => words!("(the caller hears ringing)", "(l'appelant entend sonner)"),
            Self::Refused(refusal) => refused(*refusal),
            Self::HungUp(None) => words!("(the engine hangs up)", "(le serveur raccroche)"),
            Self::HungUp(Some(why)) => {
                words!(
                    "(the engine hangs up: {why})",
                    "(le serveur raccroche : {why})"
                )
            }
            Self::CallerHungUp => words!("(the caller hangs up)", "(l'appelant raccroche)"),
            Self::Said { words, .. } => words.clone(),
            Self::Key(Some(key)) => words!("(presses {key})", "(tape {key})"),
            Self::Key(None) => words!("(presses a secret key)", "(tape une touche secrète)"),
            Self::Entered { step, verb, .. } => words!("· {step} ({verb})", "· {step} ({verb})"),
            Self::Left { step, way, .. } => words!("· {step} -> {way}", "· {step} -> {way}"),
            Self::Rings { whom, ring } => {
                let ring = seconds(*ring);
                words!(
                    "(rings {whom}, for {ring} at most)",
                    "(sonne chez {whom}, {ring} au plus)"
                )
            }
            Self::Talk(length) => {
                let length = seconds(*length);
                words!(
                    "(they talk for {length}, then the other side hangs up)",
                    "(ils se parlent {length}, puis l'autre raccroche)"
                )
            }
            Self::NotReached(why) => not_reached(*why),
            Self::Recording => words!("(records)", "(enregistre)"),
            Self::Spoke(length) => {
                let length = seconds(*length);
                words!(
                    "(the caller speaks for {length})",
                    "(l'appelant parle {length})"
                )
            }
            Self::Kept { mailbox, length } => {
                let length = seconds(*length);
                words!(
                    "(kept in the mailbox \"{mailbox}\": {length})",
                    "(gardé dans la messagerie « {mailbox} » : {length})"
                )
            }
            Self::Discarded => {
                words!(
                    "(the recording is thrown away)",
                    "(l'enregistrement est jeté)"
                )
            }
            Self::Speaks(language) => {
                words!(
                    "(speaks \"{language}\" from now on)",
                    "(parle « {language} » désormais)"
                )
            }
            Self::Tag { name, value } => {
                words!("· tag {name} = {value}", "· étiquette {name} = {value}")
            }
            Self::Count(name) => words!("· count {name} + 1", "· compteur {name} + 1"),
            Self::Trouble(cause) => words!("· trouble {cause}", "· incident {cause}"),
            Self::World(words) => words.clone(),
        }
    }
}

/// Something the caller heard, for whoever wants to make it audible.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// When it began.
    pub from: Instant,
    /// When it ended: played out or cut off.
    pub to: Instant,
    /// What was played.
    pub sounds: Vec<Sound>,
}

/// A length of time for people, to the second: `8 s`, `1 min 5 s`.
pub fn seconds(length: Duration) -> String {
    let whole = length.as_secs() + u64::from(length.subsec_millis() >= 500);
    match (whole / 60, whole % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn refused(refusal: Refusal) -> Words {
    match refusal {
        Refusal::Busy => words!("(refused: busy)", "(refusé : occupé)"),
        Refusal::Declined => words!("(refused: declined)", "(refusé : décliné)"),
        Refusal::Unavailable => words!("(refused: unavailable)", "(refusé : indisponible)"),
        Refusal::NotInService => words!("(refused: not in service)", "(refusé : non attribué)"),
    }
}

fn not_reached(why: Reached) -> Words {
    match why {
        Reached::NoAnswer => words!("(nobody answers)", "(personne ne répond)"),
        Reached::Busy => words!("(busy)", "(occupé)"),
        Reached::Declined => words!("(declined)", "(refusé)"),
        Reached::Unreachable => words!("(no phone is registered)", "(aucun poste branché)"),
        Reached::Answered => words!("(they talked)", "(ils se sont parlé)"),
    }
}

//! How promises to call back are kept, and the button on a web page that asks for one (FLOWS §7.3,
//! §7.6).

use std::time::Duration;

use crate::country::Country;
use crate::ids::{CalendarName, CallMeName, Language, QueueName};
use crate::rate::Rate;

/// How promises made on a queue are kept. Not configurable, by design: an agent is on the line before
/// the customer's phone rings, and there is one open promise per number and queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackRules {
    /// A callback is offered when the low end of the wait exceeds this; `None` offers at any wait.
    pub offer_over: Option<Duration>,
    /// How often the customer is called before somebody decides; 1 to 10.
    pub tries: u32,
    /// The time between two tries.
    pub between: Duration,
    /// When customers may be called; `None` for the hours of the queue.
    pub hours: Option<CalendarName>,
    /// How long the customer's phone rings; 15 s to 60 s.
    pub ring: Duration,
    /// What happens when a machine answers.
    pub on_voicemail: OnVoicemail,
    /// The countries that may be called; never empty in a checked file.
    pub destinations: Vec<Country>,
}

/// What happens when a callback reaches a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnVoicemail {
    /// The customer gets a text.
    #[default]
    Text,
    /// The agent speaks a message; a machine never does.
    Message,
    /// The next try is made.
    TryAgain,
}

impl OnVoicemail {
    /// All of them with their words, the default first.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("text", Self::Text),
        ("message", Self::Message),
        ("try_again", Self::TryAgain),
    ];
}

impl Default for CallbackRules {
    fn default() -> Self {
        Self {
            offer_over: None,
            tries: 3,
            between: Duration::from_secs(20 * 60),
            hours: None,
            ring: Duration::from_secs(25),
            on_voicemail: OnVoicemail::default(),
            destinations: Vec::new(),
        }
    }
}

/// A button on a web page by which somebody asks to be called (`[call_me.NAME]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallMe {
    /// Its name.
    pub name: CallMeName,
    /// Who calls.
    pub queue: QueueName,
    /// The web sites it may stand on: scheme and host, `https://www.exemple.fr`.
    pub origins: Vec<String>,
    /// With somebody free, the customer's phone rings within this.
    pub ring_within: Duration,
    /// How often one number may be asked for.
    pub per_number: Rate,
    /// How often one address of the internet may ask.
    pub per_address: Rate,
    /// The languages a customer may choose, the first by default.
    pub languages: Vec<Language>,
}

//! One word of `say`: something that is heard, done or happens (FLOWS §10).

use std::fmt;
use std::time::Duration;

use rappel_ivr::diagnostic::{Suggestion, nearest};
use rappel_model::time::parse_duration;

use crate::scene::seconds;

/// What a test says next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The call goes on until this sentence is heard.
    Hears(String),
    /// The caller presses these keys once the flow takes keys.
    Press(Vec<char>),
    /// The caller does nothing for so long.
    Silence(Duration),
    /// So much time passes.
    After(Duration),
    /// The caller speaks so long into the recording.
    Speaks(Duration),
    /// The caller hangs up.
    HangUp,
    /// The call goes on until this step is entered.
    At(String),
    /// Whoever is rung, or the agent of the queue, answers.
    AgentAnswers,
    /// Nobody answers: the phones ring in vain, the queue has no agent.
    AgentNone,
    /// What the next visit of an `http` step is answered.
    Http(String, HttpWord),
    /// The call goes on until this person's phone rings.
    Rings(String),
    /// The call goes on to its end.
    Ends,
}

/// How another system answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpWord {
    /// As `given` says.
    Ok,
    /// 404.
    Missing,
    /// Not at all.
    Failed,
}

impl Act {
    /// Reads a word; an error says whether a known word was probably meant.
    pub fn parse(text: &str) -> Result<Self, Option<Suggestion>> {
        let (word, rest) = match text.split_once(':') {
            Some((word, rest)) => (word.trim(), rest.trim()),
            None => (text.trim(), ""),
        };
        let length = || {
            parse_duration(rest)
                .filter(|length| *length <= LONGEST)
                .ok_or(None)
        };
        let name = || match rest {
            "" => Err(None),
            name => Ok(name.to_owned()),
        };
        Ok(match word {
            "hears" => Self::Hears(name()?),
            "press" => Self::Press(keys(rest).ok_or(None)?),
            "silence" => Self::Silence(length()?),
            "after" => Self::After(length()?),
            "speaks" => Self::Speaks(length()?),
            "hangup" if rest.is_empty() => Self::HangUp,
            "at" => Self::At(name()?),
            "agent" if rest == "answers" => Self::AgentAnswers,
            "agent" if rest == "none" => Self::AgentNone,
            "http" => {
                let (name, answer) = rest.split_once('=').ok_or(None)?;
                let answer = match answer.trim() {
                    "ok" => HttpWord::Ok,
                    "missing" => HttpWord::Missing,
                    "failed" => HttpWord::Failed,
                    other => return Err(nearest(other, ["ok", "missing", "failed"])),
                };
                Self::Http(name.trim().to_owned(), answer)
            }
            "rings" => Self::Rings(name()?),
            "ends" if rest.is_empty() => Self::Ends,
            _ => return Err(nearest(word, WORDS)),
        })
    }
}

/// As it is written.
impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hears(prompt) => write!(f, "hears:{prompt}"),
            Self::Press(keys) => write!(f, "press:{}", keys.iter().collect::<String>()),
            Self::Silence(length) => write!(f, "silence:{}", seconds(*length)),
            Self::After(length) => write!(f, "after:{}", seconds(*length)),
            Self::Speaks(length) => write!(f, "speaks:{}", seconds(*length)),
            Self::HangUp => f.write_str("hangup"),
            Self::At(step) => write!(f, "at:{step}"),
            Self::AgentAnswers => f.write_str("agent:answers"),
            Self::AgentNone => f.write_str("agent:none"),
            Self::Http(name, HttpWord::Ok) => write!(f, "http:{name}=ok"),
            Self::Http(name, HttpWord::Missing) => write!(f, "http:{name}=missing"),
            Self::Http(name, HttpWord::Failed) => write!(f, "http:{name}=failed"),
            Self::Rings(person) => write!(f, "rings:{person}"),
            Self::Ends => f.write_str("ends"),
        }
    }
}

fn keys(text: &str) -> Option<Vec<char>> {
    let is_key = |c: char| c.is_ascii_digit() || c == '*' || c == '#';
    let keys: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let fits = (1..=MAX_KEYS).contains(&keys.len());
    (fits && keys.iter().all(|key| is_key(*key))).then_some(keys)
}

/// The words, as the manual lists them.
pub(super) const WORDS: [&str; 12] = [
    "hears",
    "press",
    "silence",
    "after",
    "speaks",
    "hangup",
    "at",
    "agent:answers",
    "agent:none",
    "http",
    "rings",
    "ends",
];
/// Longest time that may pass at once.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);
/// Most keys in one word.
const MAX_KEYS: usize = 64;

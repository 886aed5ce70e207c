//! What may be typed while a call is tried.

use std::time::Duration;

use rappel_ivr::Reached;
use rappel_model::time::parse_duration;

/// One line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The caller presses these keys, one after the other.
    Keys(Vec<char>),
    /// The caller does nothing until something happens.
    Silence,
    /// This much time passes.
    Pass(Duration),
    /// The caller hangs up.
    Hang,
    /// Somebody who is being rung answers and talks this long.
    Answer(Duration),
    /// Nobody answers, for this reason.
    Fail(Reached),
    /// The caller speaks this long.
    Say(Duration),
}

impl Line {
    /// Reads a line; `None` when it means nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let length = |default: u64| match rest.trim() {
            "" => Some(Duration::from_secs(default)),
            rest => parse_duration(rest).filter(|length| *length <= LONGEST),
        };
        match word {
            "" => Some(Self::Silence),
            "hang" => Some(Self::Hang),
            "answer" => length(TALK_SECONDS).map(Self::Answer),
            "none" => Some(Self::Fail(Reached::NoAnswer)),
            "busy" => Some(Self::Fail(Reached::Busy)),
            "declined" => Some(Self::Fail(Reached::Declined)),
            "off" => Some(Self::Fail(Reached::Unreachable)),
            "say" => length(SPEAK_SECONDS).map(Self::Say),
            _ => match text.strip_prefix('+') {
                Some(length) => parse_duration(length)
                    .filter(|length| *length <= LONGEST)
                    .map(Self::Pass),
                None => keys(text).map(Self::Keys),
            },
        }
    }
}

fn keys(text: &str) -> Option<Vec<char>> {
    let is_key = |c: char| c.is_ascii_digit() || c == '*' || c == '#';
    let keys: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    (keys.len() <= MAX_KEYS && keys.iter().all(|key| is_key(*key))).then_some(keys)
}

/// How long a conversation lasts when nobody says, in seconds.
const TALK_SECONDS: u64 = 60;
/// How long the caller speaks when nobody says, in seconds.
const SPEAK_SECONDS: u64 = super::stage::SPEAK_SECONDS;
/// Longest time that may pass at once: a week.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);
/// Most keys in one line.
const MAX_KEYS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_mean_what_the_help_says() {
        let seconds = Duration::from_secs;
        assert_eq!(Line::parse(" 12# "), Some(Line::Keys(vec!['1', '2', '#'])));
        assert_eq!(Line::parse("1 2 *"), Some(Line::Keys(vec!['1', '2', '*'])));
        assert_eq!(Line::parse(""), Some(Line::Silence));
        assert_eq!(Line::parse("+5m"), Some(Line::Pass(seconds(300))));
        assert_eq!(Line::parse("hang"), Some(Line::Hang));
        assert_eq!(Line::parse("answer"), Some(Line::Answer(seconds(60))));
        assert_eq!(Line::parse("answer 2m"), Some(Line::Answer(seconds(120))));
        assert_eq!(Line::parse("busy"), Some(Line::Fail(Reached::Busy)));
        assert_eq!(Line::parse("say 8s"), Some(Line::Say(seconds(8))));
        for text in [
            "+",
            "+5",
            "+9999d",
            "say soon",
            "hello",
            "1a",
            &"1".repeat(65),
        ] {
            assert_eq!(Line::parse(text), None, "{text}");
        }
    }
}

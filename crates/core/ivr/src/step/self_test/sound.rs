//! What the caller's sound is like, in words: codec and encryption, loss both ways, jitter, delay.

use std::time::Duration;

use rappel_model::record::{StreamReport, VoiceCodec};
use rappel_model::{QuestionId, Sound};

use super::{Saying, Turn, Work};
use crate::ask::Ask;
use crate::engine::Desk;
use crate::event::Event;
use crate::need::{Measured, SelfTest};
use crate::say::{Format, Gender};
use crate::variables::Value;

/// An announcement as long as it takes to measure, then the figures.
#[derive(Debug, Default)]
pub(super) struct Sounding {
    saying: Saying,
    phase: Phase,
}

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Measuring,
    Asked(QuestionId),
    Telling,
}

impl Sounding {
    fn ask(&mut self, desk: &mut Desk<'_>) -> Turn {
        let question = desk.question();
        desk.ask(Ask::SelfTest(SelfTest::Measure(question)));
        desk.wake_in(LONGEST_ANSWER, "figures");
        self.phase = Phase::Asked(question);
        Turn::Stay
    }

    fn tell(&mut self, desk: &mut Desk<'_>, sounds: Vec<Sound>) -> Turn {
        self.phase = Phase::Telling;
        match self.saying.start(desk, sounds) {
            true => Turn::Stay,
            false => Turn::NEXT,
        }
    }

    fn nothing(&mut self, desk: &mut Desk<'_>) -> Turn {
        let sounds = desk.say_shared("test-nothing");
        self.tell(desk, sounds)
    }
}

impl Work for Sounding {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        if let Err(turn) = desk.answer() {
            return turn;
        }
        let sounds = desk.say_shared("test-measuring");
        match self.saying.start(desk, sounds) {
            true => Turn::Stay,
            false => self.ask(desk),
        }
    }

    fn on_event(&mut self, desk: &mut Desk<'_>, event: &Event) -> Turn {
        if self.saying.ends_with(event) {
            return match self.phase {
                Phase::Measuring => self.ask(desk),
                Phase::Asked(_) | Phase::Telling => Turn::NEXT,
            };
        }
        match (&self.phase, event) {
            (_, Event::CallerGone) => Turn::Abandon,
            (Phase::Asked(asked), Event::Measured(Measured { question, report }))
                if asked == question =>
            {
                let sounds = said(desk, report);
                self.tell(desk, sounds)
            }
            (Phase::Asked(asked), Event::NotAvailable { question }) if asked == question => {
                self.nothing(desk)
            }
            _ => Turn::Stay,
        }
    }

    fn on_timeout(&mut self, desk: &mut Desk<'_>) -> Turn {
        match self.phase {
            Phase::Measuring => self.ask(desk),
            Phase::Asked(_) => self.nothing(desk),
            Phase::Telling => Turn::NEXT,
        }
    }
}

/// The sentences, in the order people ask.
fn said(desk: &mut Desk<'_>, report: &StreamReport) -> Vec<Sound> {
    if report.received == 0 {
        return desk.say_shared("test-nothing");
    }
    let mut sounds = Vec::new();
    if let Some(codec) = report.codec {
        sounds.extend(desk.say_shared(match codec {
            VoiceCodec::Pcmu => "test-codec-pcmu",
            VoiceCodec::Pcma => "test-codec-pcma",
            VoiceCodec::G722 => "test-codec-g722",
            VoiceCodec::Opus => "test-codec-opus",
        }));
        sounds.extend(desk.say_shared(match report.encrypted {
            true => "test-encrypted",
            false => "test-plain",
        }));
    }
    sounds.extend(lost(
        desk,
        report.loss(),
        "test-heard-all",
        "test-heard-loss",
    ));
    match report.loss_told() {
        Some(share) => sounds.extend(lost(desk, share, "test-told-all", "test-told-loss")),
        None => sounds.extend(desk.say_shared("test-told-nothing")),
    }
    sounds.extend(millis(
        desk,
        report.jitter_us,
        "test-jitter-low",
        "test-jitter",
    ));
    if let Some(trip) = report.round_trip_us {
        sounds.extend(millis(desk, trip, "test-delay-low", "test-delay"));
    }
    sounds
}

/// A share of hundredths of a percent: nothing, or whole percents, begun ones counted.
fn lost(
    desk: &mut Desk<'_>,
    hundredths: u32,
    none: &'static str,
    some: &'static str,
) -> Vec<Sound> {
    if hundredths == 0 {
        return desk.say_shared(none);
    }
    let mut sounds = desk.say_shared(some);
    sounds.extend(number(desk, hundredths.div_ceil(100)));
    sounds.extend(desk.say_shared("test-percent"));
    sounds
}

/// A length in whole milliseconds; below two it is only said to be low.
fn millis(desk: &mut Desk<'_>, micros: u32, low: &'static str, length: &'static str) -> Vec<Sound> {
    let millis = (micros + 500) / 1_000;
    if millis < 2 {
        return desk.say_shared(low);
    }
    let mut sounds = desk.say_shared(length);
    sounds.extend(number(desk, millis));
    sounds.extend(desk.say_shared("test-milliseconds"));
    sounds
}

fn number(desk: &Desk<'_>, number: u32) -> Vec<Sound> {
    let value = Value::Number(number.into());
    desk.say_value(Format::Number(Gender::Masculine), &value)
}

/// The pacing thread answers within a tick.
const LONGEST_ANSWER: Duration = Duration::from_secs(1);

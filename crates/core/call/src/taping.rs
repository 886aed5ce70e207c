//! The recording of the call itself: begun, ended and interrupted by the flow, silent while secrets are
//! typed, kept when the caller's leg ends.

use std::time::Duration;

use rappel_ivr::Event;
use rappel_ivr::need::{CallRecording as Wanted, RecordAction, Sides};
use rappel_media::{Command, RecordEnd, RecordLimits, Subject, Tracks};
use rappel_model::record::{CallRecording, RecordedSides};
use rappel_model::{Fact, Now, RecordingId, Redacted, Timestamp};

use crate::call::Call;
use crate::output::{Output, Wish};
use crate::rules::House;

/// The recording of a call, as far as its flow has one.
#[derive(Debug, Default)]
pub(crate) struct Taping {
    running: Option<RecordingId>,
    paused: bool,
    /// A secret is being typed.
    discreet: bool,
}

impl Call {
    /// Carries out what the flow wants of the recording, and answers it.
    pub(crate) fn record_call(&mut self, now: Now, house: &House<'_>, wanted: Wanted) {
        let question = wanted.question;
        let stored = match wanted.action {
            RecordAction::Start => self.start_taping(now, house, wanted),
            RecordAction::Stop => {
                if let Some(recording) = self.taping.running {
                    let leg = self.caller;
                    self.order(leg, Command::StopRecording { leg, recording });
                }
                true
            }
            RecordAction::Pause => {
                self.pause_taping(now, true);
                true
            }
            RecordAction::Resume => self.pause_taping(now, false),
        };
        self.news.push_back(Event::Done { question, stored });
    }

    /// A secret is typed from now on, or no longer: no recording of the call holds it.
    pub(crate) fn be_discreet(&mut self, discreet: bool) {
        self.taping.discreet = discreet;
        self.hush();
    }

    /// A recording of the call is over: what there is of it is kept.
    pub(crate) fn taping_ended(
        &mut self,
        now: Now,
        recording: RecordingId,
        why: RecordEnd,
        length: Duration,
    ) {
        if self.taping.running == Some(recording) {
            self.taping.running = None;
            self.taping.paused = false;
        }
        let cut = why == RecordEnd::WriterFailed;
        if cut {
            // The call goes on; whoever answers for the disk reads of it in log and record.
            self.draft.stage(now, "call recording failed: disk");
            self.fact(Fact::Trouble("call recording failed: disk".to_owned()));
        } else {
            let seconds = length.as_secs_f64();
            self.draft
                .stage(now, format!("call recorded {seconds:.1} s"));
        }
        self.put(Output::Wish(Wish::Taped {
            recording,
            length,
            cut,
        }));
    }

    /// The caller's media session is gone: media tells the end of a recording before that, unless it
    /// never began.
    pub(crate) fn end_taping(&mut self, now: Now) {
        if let Some(recording) = self.taping.running {
            self.taping_ended(now, recording, RecordEnd::Stopped, Duration::ZERO);
        }
    }

    fn start_taping(&mut self, now: Now, house: &House<'_>, wanted: Wanted) -> bool {
        if self.taping.running.is_some() {
            return true;
        }
        let Some(tenant) = self.about.tenant.clone() else {
            return false;
        };
        let caller = self.caller;
        let heard = self.session(caller).is_none_or(|s| s.is_understood());
        if !self.caller_is_up() || !heard {
            return false;
        }
        let recording = RecordingId::draw(now.wall, &mut self.random);
        let (sides, tracks) = match wanted.sides {
            Sides::Both => (RecordedSides::Both, Tracks::Both),
            Sides::Agent => (RecordedSides::Agent, Tracks::Sent),
            Sides::Caller => (RecordedSides::Caller, Tracks::Peer),
        };
        // What the step says, else the company's rule.
        let keep = wanted.keep.or(house.around.keep_recordings);
        self.put(Output::Wish(Wish::Taping(Box::new(CallRecording {
            recording,
            tenant,
            call: self.about.uid,
            caller: self.about.caller.shown(),
            sides,
            why: wanted.why.map(Redacted::new),
            began: now.wall,
            keep_until: keep.map(|keep| until(now.wall, keep)),
            length: None,
            cut: false,
            removed: None,
        }))));
        self.draft
            .stage(now, format!("call recording began: {}", sides.word()));
        self.fact(Fact::Recording(recording));
        self.taping.running = Some(recording);
        let leg = self.caller;
        self.order(
            leg,
            Command::Record {
                leg,
                recording,
                subject: Subject::Call(tracks, wanted.rate),
                limits: LIMITS,
            },
        );
        true
    }

    /// Interrupts the recording or goes on with it; false when there is none.
    fn pause_taping(&mut self, now: Now, paused: bool) -> bool {
        if self.taping.running.is_none() {
            return false;
        }
        if self.taping.paused != paused {
            let what = if paused { "paused" } else { "goes on" };
            self.draft.stage(now, format!("call recording {what}"));
            self.taping.paused = paused;
            self.hush();
        }
        true
    }

    fn hush(&mut self) {
        let Some(recording) = self.taping.running else {
            return;
        };
        let (leg, hushed) = (self.caller, self.taping.paused || self.taping.discreet);
        self.order(
            leg,
            Command::HushRecording {
                leg,
                recording,
                hushed,
            },
        );
    }
}

fn until(now: Timestamp, keep: Duration) -> Timestamp {
    let micros = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_add(micros))
}

/// A call is recorded as long as it lasts, up to what a file can hold.
const LIMITS: RecordLimits = RecordLimits {
    max: RecordLimits::LONGEST,
    silence: Duration::ZERO,
    stop_on_key: false,
};

//! Why a leg or a call ended: one table between our words, SIP statuses and Q.850 cause numbers
//! (RFC 3398 §7.2.4.1 and §8.2.6.1, RFC 3326, ITU-T Q.850 table 1).

use rappel_ivr::{Reached, Refusal};

/// Why a leg or a call ended, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Somebody hung up after an answer; nothing is wrong.
    Normal,
    /// The caller gave up before an answer.
    Cancelled,
    /// It rang elsewhere too, and was answered there.
    AnsweredElsewhere,
    /// The device said busy.
    Busy,
    /// The device said no.
    Declined,
    /// It rang, nobody answered.
    NoAnswer,
    /// Nothing is registered there, or nothing there answers.
    Unreachable,
    /// The number belongs to nobody.
    NotFound,
    /// A bound of ours was reached: calls, legs, ports.
    Congestion,
    /// Offer and answer had nothing in common.
    MediaRefused,
    /// The peer's sound stopped coming.
    MediaLost,
    /// The peer's signalling stopped coming.
    SignallingLost,
    /// The engine is stopping.
    Draining,
    /// A fault of ours.
    Failure,
}

impl Cause {
    /// The final status an unanswered INVITE is refused with.
    pub const fn status(self) -> u16 {
        self.row().status
    }

    /// The cause number of ITU-T Q.850 table 1, for the Reason header and records.
    pub const fn q850(self) -> u8 {
        self.row().q850
    }

    /// The word used in traces.
    pub const fn word(self) -> &'static str {
        self.row().word
    }

    /// What a final `status` of an INVITE of ours means. `rang` tells a phone that was ringing from
    /// one that never said a word; `q850` is the Reason header's cause, which decides where the
    /// status alone is vague (RFC 6432 §3).
    pub fn of_refusal(status: u16, q850: Option<u8>, rang: bool) -> Self {
        match (status, q850) {
            (480 | 500 | 503, Some(17)) => Self::Busy,
            (480 | 500 | 503, Some(21)) => Self::Declined,
            (480 | 500 | 503, Some(18 | 19)) => Self::NoAnswer,
            (486 | 600, _) => Self::Busy,
            (603 | 403 | 607 | 608, _) => Self::Declined,
            (408, _) if !rang => Self::Unreachable,
            (408 | 480, _) => Self::NoAnswer,
            (487, _) => Self::Cancelled,
            (488 | 606 | 415, _) => Self::MediaRefused,
            _ => Self::Unreachable,
        }
    }

    /// How a flow asks for a refusal.
    pub const fn of_wish(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Busy => Self::Busy,
            Refusal::Declined => Self::Declined,
            Refusal::Unavailable => Self::Unreachable,
            Refusal::NotInService => Self::NotFound,
        }
    }

    /// What a flow is told of one device that ended unanswered for this cause.
    pub const fn reached(self) -> Reached {
        match self {
            Self::Busy => Reached::Busy,
            Self::Declined => Reached::Declined,
            Self::NoAnswer | Self::Cancelled | Self::AnsweredElsewhere => Reached::NoAnswer,
            _ => Reached::Unreachable,
        }
    }

    const fn row(self) -> Row {
        match self {
            Self::Normal => Row::new(480, 16, "normal"),
            Self::Cancelled => Row::new(487, 16, "cancelled"),
            Self::AnsweredElsewhere => Row::new(487, 26, "answered elsewhere"),
            Self::Busy => Row::new(486, 17, "busy"),
            Self::Declined => Row::new(603, 21, "declined"),
            Self::NoAnswer => Row::new(480, 19, "no answer"),
            Self::Unreachable => Row::new(480, 20, "unreachable"),
            Self::NotFound => Row::new(404, 1, "not found"),
            Self::Congestion => Row::new(503, 42, "congestion"),
            Self::MediaRefused => Row::new(488, 88, "media refused"),
            Self::MediaLost => Row::new(500, 31, "media lost"),
            Self::SignallingLost => Row::new(500, 102, "signalling lost"),
            Self::Draining => Row::new(503, 41, "stopping"),
            Self::Failure => Row::new(500, 127, "failure"),
        }
    }
}

/// One line of the table.
struct Row {
    status: u16,
    q850: u8,
    word: &'static str,
}

impl Row {
    const fn new(status: u16, q850: u8, word: &'static str) -> Self {
        Self { status, q850, word }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_read_as_rfc_3398_says() {
        for (status, q850, rang, cause) in [
            (486, None, true, Cause::Busy),
            (600, None, false, Cause::Busy),
            (603, None, true, Cause::Declined),
            (480, Some(17), true, Cause::Busy),
            (480, None, true, Cause::NoAnswer),
            (408, None, true, Cause::NoAnswer),
            (408, None, false, Cause::Unreachable),
            (503, None, false, Cause::Unreachable),
            (404, None, false, Cause::Unreachable),
            (488, None, false, Cause::MediaRefused),
            (487, None, true, Cause::Cancelled),
        ] {
            assert_eq!(Cause::of_refusal(status, q850, rang), cause, "{status}");
        }
    }

    #[test]
    fn what_we_refuse_with_reads_back_as_the_same_cause() {
        for cause in [Cause::Busy, Cause::Declined, Cause::MediaRefused] {
            assert_eq!(
                Cause::of_refusal(cause.status(), Some(cause.q850()), true),
                cause
            );
        }
    }
}

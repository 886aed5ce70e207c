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
    /// Whoever calls may not call this number: we say so, or the carrier.
    NotAllowed,
    /// What the company may call in a day is used up.
    AllowanceSpent,
    /// No trunk leads to this number.
    NoTrunk,
    /// The trunks that lead to this number do not answer.
    TrunksDown,
    /// The trunks that lead to this number were taken out of use.
    TrunksDrained,
    /// The trunks that lead to this number carry as many calls as they may.
    TrunksFull,
    /// The company has as many calls outside as it may have.
    CompanyFull,
    /// The trunk that a call came by carries as many as it may.
    ChannelsTaken,
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
    /// status alone is vague (RFC 6432 §3). Every status of RFC 3261 §21 has its row in the tests;
    /// one without a meaning of its own counts as the x00 of its class (§8.1.3.2).
    pub const fn of_refusal(status: u16, q850: Option<u8>, rang: bool) -> Self {
        if let (400 | 403 | 404 | 480 | 500 | 503, Some(q850)) = (status, q850)
            && let Some(cause) = Self::of_q850(q850)
        {
            return cause;
        }
        match status {
            486 | 600 => Self::Busy,
            403 => Self::NotAllowed,
            603 | 607 | 608 => Self::Declined,
            408 if !rang => Self::Unreachable,
            408 | 480 => Self::NoAnswer,
            487 => Self::Cancelled,
            404 | 410 | 416 | 484 | 604 => Self::NotFound,
            406 | 415 | 488 | 606 => Self::MediaRefused,
            503 => Self::Congestion,
            // Where else to try (3xx) was looked at before; a loop, a challenge nobody can answer, a
            // wrong request, a server in trouble: nobody was reached.
            _ => Self::Unreachable,
        }
    }

    /// What a Q.850 cause says about whoever was called (RFC 3398 §7.2.4.1, RFC 4497 §8.4.1, read
    /// from the other side); `None` for one that says nothing about them.
    const fn of_q850(q850: u8) -> Option<Self> {
        match q850 {
            1 | 2 | 3 | 22 | 28 => Some(Self::NotFound),
            17 => Some(Self::Busy),
            18 | 19 => Some(Self::NoAnswer),
            21 => Some(Self::Declined),
            55 | 57 | 87 => Some(Self::NotAllowed),
            20 | 27 => Some(Self::Unreachable),
            34 | 38 | 41 | 42 | 43 | 44 | 46 | 47 | 58 => Some(Self::Congestion),
            65 | 70 | 79 | 88 => Some(Self::MediaRefused),
            _ => None,
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
            Self::NotAllowed => Row::new(403, 57, "not allowed"),
            // Forbidden as well, but only until the day is over: "not presently available" beside
            // "not authorized".
            Self::AllowanceSpent => Row::new(403, 58, "allowance of the day used up"),
            // RFC 3398 §7.2.4.1: no route is no trouble that passes, so nobody is asked to wait for it.
            Self::NoTrunk => Row::new(404, 3, "no trunk"),
            Self::TrunksDown => Row::new(503, 38, "trunks down"),
            Self::TrunksDrained => Row::new(503, 63, "trunks drained"),
            Self::TrunksFull => Row::new(503, 34, "trunks full"),
            Self::CompanyFull => Row::new(503, 47, "company full"),
            Self::ChannelsTaken => Row::new(503, 44, "channels taken"),
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
    use Cause::{
        Busy, Cancelled, Congestion, Declined, MediaRefused, NoAnswer, NotAllowed, NotFound,
        Unreachable,
    };

    /// Every status of RFC 3261 §21 and of the RFCs since: what it means of a phone that never said a
    /// word, and of one that was ringing.
    const STATUSES: &[(u16, Cause, Cause)] = &[
        (300, Unreachable, Unreachable),
        (301, Unreachable, Unreachable),
        (302, Unreachable, Unreachable),
        (305, Unreachable, Unreachable),
        (380, Unreachable, Unreachable),
        (400, Unreachable, Unreachable),
        (401, Unreachable, Unreachable),
        (402, Unreachable, Unreachable),
        (403, NotAllowed, NotAllowed),
        (404, NotFound, NotFound),
        (405, Unreachable, Unreachable),
        (406, MediaRefused, MediaRefused),
        (407, Unreachable, Unreachable),
        (408, Unreachable, NoAnswer),
        (410, NotFound, NotFound),
        (413, Unreachable, Unreachable),
        (414, Unreachable, Unreachable),
        (415, MediaRefused, MediaRefused),
        (416, NotFound, NotFound),
        (420, Unreachable, Unreachable),
        (421, Unreachable, Unreachable),
        (422, Unreachable, Unreachable),
        (423, Unreachable, Unreachable),
        (433, Unreachable, Unreachable),
        (480, NoAnswer, NoAnswer),
        (481, Unreachable, Unreachable),
        (482, Unreachable, Unreachable),
        (483, Unreachable, Unreachable),
        (484, NotFound, NotFound),
        (485, Unreachable, Unreachable),
        (486, Busy, Busy),
        (487, Cancelled, Cancelled),
        (488, MediaRefused, MediaRefused),
        (491, Unreachable, Unreachable),
        (493, Unreachable, Unreachable),
        (500, Unreachable, Unreachable),
        (501, Unreachable, Unreachable),
        (502, Unreachable, Unreachable),
        (503, Congestion, Congestion),
        (504, Unreachable, Unreachable),
        (505, Unreachable, Unreachable),
        (513, Unreachable, Unreachable),
        (580, Unreachable, Unreachable),
        (600, Busy, Busy),
        (603, Declined, Declined),
        (604, NotFound, NotFound),
        (606, MediaRefused, MediaRefused),
        (607, Declined, Declined),
        (608, Declined, Declined),
        (699, Unreachable, Unreachable),
    ];

    /// What a vague status means with a Reason beside it: the causes of Q.850 that RFC 4497 names.
    const REASONS: &[(u8, Cause)] = &[
        (1, NotFound),
        (2, NotFound),
        (3, NotFound),
        (16, NoAnswer),
        (17, Busy),
        (18, NoAnswer),
        (19, NoAnswer),
        (20, Unreachable),
        (21, Declined),
        (22, NotFound),
        (27, Unreachable),
        (28, NotFound),
        (31, NoAnswer),
        (34, Congestion),
        (38, Congestion),
        (41, Congestion),
        (42, Congestion),
        (47, Congestion),
        (55, NotAllowed),
        (57, NotAllowed),
        (58, Congestion),
        (65, MediaRefused),
        (79, MediaRefused),
        (87, NotAllowed),
        (88, MediaRefused),
        (102, NoAnswer),
        (127, NoAnswer),
    ];

    /// What we say: the status, the cause number and the word of each.
    const SAID: &[(Cause, u16, u8)] = &[
        (Cause::Normal, 480, 16),
        (Cancelled, 487, 16),
        (Cause::AnsweredElsewhere, 487, 26),
        (Busy, 486, 17),
        (Declined, 603, 21),
        (NoAnswer, 480, 19),
        (Unreachable, 480, 20),
        (NotFound, 404, 1),
        (NotAllowed, 403, 57),
        (Cause::AllowanceSpent, 403, 58),
        (Cause::NoTrunk, 404, 3),
        (Cause::TrunksDown, 503, 38),
        (Cause::TrunksDrained, 503, 63),
        (Cause::TrunksFull, 503, 34),
        (Cause::CompanyFull, 503, 47),
        (Cause::ChannelsTaken, 503, 44),
        (Congestion, 503, 42),
        (MediaRefused, 488, 88),
        (Cause::MediaLost, 500, 31),
        (Cause::SignallingLost, 500, 102),
        (Cause::Draining, 503, 41),
        (Cause::Failure, 500, 127),
    ];

    #[test]
    fn every_refusal_has_its_row() {
        for &(status, silent, rang) in STATUSES {
            assert_eq!(Cause::of_refusal(status, None, false), silent, "{status}");
            assert_eq!(
                Cause::of_refusal(status, None, true),
                rang,
                "{status} after 180"
            );
        }
    }

    #[test]
    fn a_reason_decides_where_the_status_is_vague_and_nowhere_else() {
        for &(q850, cause) in REASONS {
            assert_eq!(
                Cause::of_refusal(480, Some(q850), true),
                cause,
                "480 with {q850}"
            );
            assert_eq!(
                Cause::of_refusal(486, Some(q850), true),
                Busy,
                "486 is clear"
            );
        }
    }

    #[test]
    fn every_cause_is_said_as_its_row_and_what_says_something_of_a_person_reads_back() {
        for &(cause, status, q850) in SAID {
            assert_eq!(
                (cause.status(), cause.q850()),
                (status, q850),
                "{}",
                cause.word()
            );
            if matches!(
                cause,
                Busy | Declined | NoAnswer | NotFound | NotAllowed | Congestion | MediaRefused
            ) {
                assert_eq!(Cause::of_refusal(status, Some(q850), true), cause);
            }
        }
    }

    #[test]
    fn any_status_and_any_cause_number_has_a_meaning() {
        for status in 0..=1_000 {
            for q850 in 0..=u8::MAX {
                let cause = Cause::of_refusal(status, Some(q850), status % 2 == 0);
                assert!(cause.status() >= 400);
            }
        }
    }
}

//! Every bound of the switchboard in one place.

/// Most of everything at once. A call beyond a bound is refused with 503 and leaves a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls in progress, those that are being refused included.
    pub calls: usize,
    /// Calls for help in progress that are served when no other call would be: beyond `calls`, and
    /// while the engine waits for its last calls.
    pub help: usize,
    /// Legs of one call in its whole life: the caller's, and every device that was rung for it.
    pub legs_per_call: usize,
    /// Questions to the world that wait for an answer; beyond, the flow is told at once that
    /// nothing was stored.
    pub questions: usize,
    /// Rounds of one settling: more means that two rooms answer each other for ever.
    pub rounds: usize,
}

impl Default for Limits {
    /// 2,000 calls of 64 legs, 32 for help beside them, 10,000 questions, 100 rounds.
    fn default() -> Self {
        Self {
            calls: 2_000,
            help: 32,
            legs_per_call: 64,
            questions: 10_000,
            rounds: 100,
        }
    }
}

//! Transactions: one request and its responses (RFC 3261 §17, RFC 6026). The four machines know
//! neither messages nor flows; [`table`] keeps them with the bytes they repeat.

mod client_invite;
mod client_other;
pub(crate) mod key;
mod server_invite;
mod server_other;
pub(crate) mod table;
pub(crate) mod timer;

#[cfg(test)]
mod tests;

/// What a response means to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// 1xx.
    Provisional,
    /// 2xx.
    Success,
    /// 300–699.
    Failure,
}

impl Heard {
    /// The class of a status code.
    pub(crate) fn of(status: u16) -> Self {
        match status {
            ..200 => Self::Provisional,
            200..300 => Self::Success,
            _ => Self::Failure,
        }
    }
}

/// What a client transaction wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAct {
    /// Nothing.
    Nothing,
    /// Send the request again.
    Repeat,
    /// Pass the response to the user.
    Tell,
    /// Send the ACK of this refusal (RFC 3261 §17.1.1.3), then pass the response to the user.
    AckAndTell,
    /// Send the ACK again.
    Ack,
    /// Tell the user that nobody answered: 408 (RFC 3261 §8.1.3.1).
    TimedOut,
    /// Tell the user that sending failed: 503 (RFC 3261 §8.1.3.1).
    Unreachable,
}

/// What a server transaction wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerAct {
    /// Nothing.
    Nothing,
    /// Send the last response (again).
    SendLast,
    /// Pass this ACK to the user: it is for the 2xx (RFC 6026 §7.1).
    TellAck,
}

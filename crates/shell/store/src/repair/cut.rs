//! Records of the calls a crash cut short. A call is recorded when it is over, so one that was
//! under way has left a row only where something was recorded in it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use rappel_model::record::{
    CallDirection, CallRecord, CallRecording, EndedBy, MessageRecord, Origin, Outcome,
    RecordingBegan, Stage,
};
use rappel_model::{CallUid, MessageId, Redacted, TenantId, Timestamp};

use crate::table::micros;

/// What is known of a call that was cut.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    call: CallUid,
    tenant: TenantId,
    caller: Option<Redacted<String>>,
    /// The first moment it was certainly answered.
    spoke: Timestamp,
    /// The last moment it was certainly up.
    last: Timestamp,
    outcome: Outcome,
    message: Option<MessageId>,
}

impl Cut {
    /// The call of a recording that was under way, `length` of which reached the disk, and the
    /// message it became.
    pub(super) fn recording(
        began: &RecordingBegan,
        length: Duration,
        message: Option<MessageId>,
    ) -> Self {
        Self {
            call: began.call,
            tenant: began.tenant.clone(),
            caller: began.caller.clone(),
            spoke: began.began,
            last: Timestamp::from_micros(began.began.as_micros() + micros(length)),
            outcome: match message {
                Some(_) => Outcome::MessageLeft,
                None => Outcome::Missed,
            },
            message,
        }
    }

    /// The call of a message that was kept before the crash.
    pub(super) fn message(message: &MessageRecord) -> Self {
        Self {
            call: message.call,
            tenant: message.tenant.clone(),
            caller: message.caller.clone(),
            spoke: message.left,
            last: message.left,
            outcome: Outcome::MessageLeft,
            message: Some(message.id),
        }
    }

    /// The call that a recording was made of, `length` of which reached the disk.
    pub(super) fn call(recording: &CallRecording, length: Duration) -> Self {
        Self {
            call: recording.call,
            tenant: recording.tenant.clone(),
            caller: recording.caller.clone(),
            spoke: recording.began,
            last: Timestamp::from_micros(recording.began.as_micros() + micros(length)),
            outcome: Outcome::Failed,
            message: None,
        }
    }

    /// Its record. What no row tells stays empty: line, flow, what was dialled, where it came from
    /// (an unspecified address), legs.
    pub(super) fn record(self) -> CallRecord {
        CallRecord {
            uid: self.call,
            tenant: Some(self.tenant),
            line: None,
            flow: None,
            version: None,
            origin: Origin::Unknown(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))),
            direction: CallDirection::Inbound,
            caller: self.caller,
            called: String::new(),
            started: arrival(self.call).min(self.spoke),
            ringing: None,
            answered: Some(self.spoke),
            first_sound: None,
            connected: None,
            ended: self.last,
            outcome: self.outcome,
            cause: TEMPORARY_FAILURE,
            // Callers are recorded only once they were answered.
            status: Some(200),
            ended_by: EndedBy::Network,
            message: self.message,
            tags: BTreeMap::new(),
            legs: Vec::new(),
            stages: vec![Stage {
                at: self.last,
                what: "the engine stopped here".to_owned(),
            }],
        }
    }
}

/// When a call arrived: its identity was drawn then, and begins with 48 bits of milliseconds.
fn arrival(call: CallUid) -> Timestamp {
    let millis = (call.0 >> 80) as i64;
    Timestamp::from_micros(millis * 1000)
}

/// Q.850 table 1.
const TEMPORARY_FAILURE: u8 = 41;

#[cfg(test)]
mod tests {
    use rappel_model::Random;

    use super::*;

    #[test]
    fn a_call_arrived_when_its_identity_was_drawn() {
        let wall = Timestamp::from_micros(1_795_000_000_123_000);
        let call = CallUid::draw(wall, &mut Random::from_seed(1));
        assert_eq!(arrival(call), wall);
        // 48 bits of milliseconds are in microseconds far below what 64 bits hold.
        assert!(arrival(CallUid(u128::MAX)) > wall);
    }
}

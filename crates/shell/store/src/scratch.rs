//! For tests: a data folder that is gone afterwards, and things to put into it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rappel_model::record::{
    CallDirection, CallRecord, CallRecording, DeviceRecord, EndedBy, LegRecord, MessageRecord,
    MessageState, Origin, Outcome, PeerReport, RecordedSides, RegistrationRecord, Stage,
    StreamReport, TurnedAway, VoiceCodec,
};
use rappel_model::{CallUid, LegId, MessageId, RecordingId, Redacted, Timestamp};

use crate::folder::Folder;

/// A folder of its own for one test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("rappel-store-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn folder(&self) -> Folder {
        Folder::new(&self.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// A recording of a call that is under way.
pub(crate) fn call_recording(number: u128) -> CallRecording {
    CallRecording {
        recording: RecordingId(number),
        tenant: "garage".into(),
        call: CallUid(number + 100),
        caller: Some(Redacted::new("+33472001122".to_owned())),
        sides: RecordedSides::Both,
        why: Some(Redacted::new("qualité".to_owned())),
        began: Timestamp::from_micros(50 + number as i64),
        keep_until: None,
        length: None,
        cut: false,
        removed: None,
    }
}

/// A call with something in every column.
pub(crate) fn call(number: u128) -> CallRecord {
    let at = |seconds: i64| Timestamp::from_micros(1_795_000_000_000_000 + seconds * 1_000_000);
    CallRecord {
        uid: CallUid(number),
        tenant: Some("garage".into()),
        line: Some("principale".into()),
        flow: Some("accueil".into()),
        version: rappel_model::VersionId::parse("3-4f1c"),
        origin: Origin::Trunk("operateur".into()),
        direction: CallDirection::Inbound,
        caller: Some(Redacted::new("+33472001122".to_owned())),
        called: "0472009988".to_owned(),
        started: at(number as i64),
        ringing: Some(at(number as i64 + 1)),
        answered: Some(at(number as i64 + 2)),
        first_sound: Some(at(number as i64 + 2)),
        connected: None,
        ended: at(number as i64 + 30),
        outcome: Outcome::MessageLeft,
        cause: 16,
        status: Some(200),
        ended_by: EndedBy::Caller,
        message: Some(MessageId(number)),
        tags: [("motif".to_owned(), "l'été".to_owned())].into(),
        legs: vec![LegRecord {
            leg: LegId(1),
            peer: Redacted::new("+33472001122".to_owned()),
            started: at(0),
            ringing: None,
            answered: Some(at(2)),
            ended: Some(at(30)),
            status: None,
            trunk: None,
            media: Some(StreamReport {
                received: 1_400,
                sent: 1_399,
                lost: 1,
                jitter_us: 812,
                unread: 3,
                turned_away: TurnedAway {
                    strangers: 4,
                    forged: 5,
                    malformed: 6,
                },
                codec: Some(VoiceCodec::Opus),
                encrypted: true,
                round_trip_us: Some(48_200),
                mos: Some(418),
                told: Some(PeerReport {
                    lost: 3,
                    jitter_us: 2_125,
                    mos: Some(402),
                }),
            }),
        }],
        stages: vec![Stage {
            at: at(3),
            what: "step menu".to_owned(),
        }],
    }
}

/// A new message of three seconds.
pub(crate) fn message(number: u128) -> MessageRecord {
    MessageRecord {
        id: MessageId(number),
        tenant: "garage".into(),
        mailbox: "accueil".into(),
        call: CallUid(number),
        recording: RecordingId(number),
        caller: None,
        left: Timestamp::from_micros(1_795_000_000_000_000 + number as i64),
        length: Duration::from_secs(3),
        urgent: false,
        state: MessageState::New,
    }
}

/// One phone of a user of the garage, reached at a port.
pub(crate) fn reached(user: &str, port: u16) -> RegistrationRecord {
    RegistrationRecord {
        tenant: "garage".into(),
        user: user.into(),
        devices: vec![DeviceRecord {
            contact: format!("sip:{user}@192.0.2.7:{port}"),
            q: 1000,
            until: Timestamp::from_micros(1_796_000_000_000_000),
            transport: "UDP".to_owned(),
            local: ([192, 0, 2, 1], 5060).into(),
            remote: ([192, 0, 2, 7], port).into(),
            instance: None,
            reg_id: None,
            path: Vec::new(),
            features: String::new(),
            call_id: "a".to_owned(),
            cseq: 1,
        }],
    }
}

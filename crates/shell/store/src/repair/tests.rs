//! What a crash leaves behind, and what the next start makes of it.

use rappel_audio::{FRAME_SAMPLES, Frame, Rate};
use rappel_model::record::{CallRecord, EndedBy, Outcome};
use rappel_model::{CallUid, Redacted, Timestamp};
use sqlx::sqlite::SqliteConnection;

use super::*;
use crate::scratch::{Scratch, call_recording, message};

struct Ruin {
    scratch: Scratch,
    database: Database,
    connection: SqliteConnection,
}

impl Ruin {
    async fn new() -> Self {
        let scratch = Scratch::new();
        let database = Database::open(&scratch.folder()).await.unwrap();
        let connection = database.connect().await.unwrap();
        Self {
            scratch,
            database,
            connection,
        }
    }

    /// A file as a crash leaves it: `frames` written, the header stating `stated` of them.
    fn file(&self, id: u128, frames: usize, stated: usize) {
        let path = self.scratch.folder().recording(RecordingId(id));
        let file = fs::File::create_new(&path).unwrap();
        let mut recorder = wav::Recorder::create(file, wav::Channels::One, Rate::Narrow).unwrap();
        for _ in 0..frames {
            recorder.frame(&Frame([7; FRAME_SAMPLES])).unwrap();
        }
        recorder.close().unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let length = (stated * FRAME_SAMPLES * 2) as u32;
        bytes[4..8].copy_from_slice(&(length + 36).to_le_bytes());
        bytes[40..44].copy_from_slice(&length.to_le_bytes());
        fs::write(&path, bytes).unwrap();
    }

    async fn under_way(&mut self, id: u128) {
        let began = RecordingBegan {
            recording: RecordingId(id),
            tenant: "garage".into(),
            mailbox: "accueil".into(),
            call: CallUid(id + 100),
            caller: Some(Redacted::new("+33472001122".to_owned())),
            began: Timestamp::from_micros(50),
        };
        recordings::begin(&mut self.connection, &began)
            .await
            .unwrap();
    }

    /// `frames` of 20 ms in two channels as a crash leaves them, half a pair of samples at their end.
    fn stereo(&self, id: u128, frames: usize, rate: Rate) {
        let path = self.scratch.folder().recording(RecordingId(id));
        let file = fs::File::create_new(&path).unwrap();
        let mut recorder = wav::Recorder::create(file, wav::Channels::Two, rate).unwrap();
        for _ in 0..frames * rate.frame_samples() / FRAME_SAMPLES {
            let (left, right) = (Frame([7; FRAME_SAMPLES]), Frame([-7; FRAME_SAMPLES]));
            recorder.pair(&left, &right).unwrap();
        }
        std::mem::forget(recorder);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend([7, 0]);
        fs::write(&path, bytes).unwrap();
    }

    async fn taping(&mut self, id: u128) {
        call_recordings::begin(&mut self.connection, &call_recording(id))
            .await
            .unwrap();
    }

    async fn kept(&mut self, id: u128) {
        messages::keep(&mut self.connection, &message(id))
            .await
            .unwrap();
    }

    async fn repair(&self) -> Repaired {
        repair(&self.database).await.unwrap()
    }

    async fn call(&self, uid: u128) -> CallRecord {
        let call = self.database.call(CallUid(uid)).await.unwrap();
        call.expect("the call has a record")
    }

    fn samples(&self, id: u128) -> Option<usize> {
        let path = self.scratch.folder().recording(RecordingId(id));
        let file = fs::File::open(path).ok()?;
        Some(wav::read(file).unwrap().len())
    }
}

#[tokio::test]
async fn a_recording_that_was_under_way_becomes_a_message() {
    let mut ruin = Ruin::new().await;
    ruin.file(1, 120, 100);
    ruin.under_way(1).await;
    let repaired = ruin.repair().await;
    assert_eq!(repaired.kept, [MessageId(1)]);
    assert_eq!(
        ruin.samples(1),
        Some(120 * FRAME_SAMPLES),
        "what was written after the header"
    );
    let messages = ruin
        .database
        .messages(&MessageFilter::default())
        .await
        .unwrap();
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(message.length, Duration::from_millis(2_400));
    assert_eq!(
        (message.mailbox.as_str(), message.call),
        ("accueil", CallUid(101))
    );
    assert_eq!(message.caller.as_ref().unwrap().reveal(), "+33472001122");
    assert_eq!(message.state, MessageState::New);
    assert_eq!(ruin.repair().await, Repaired::default(), "once is enough");
}

#[tokio::test]
async fn two_seconds_are_a_message_and_a_frame_less_is_none() {
    let mut ruin = Ruin::new().await;
    for (id, frames) in [(1, 100), (2, 99), (3, 0)] {
        ruin.file(id, frames, 0);
        ruin.under_way(id).await;
    }
    let repaired = ruin.repair().await;
    assert_eq!((repaired.kept, repaired.too_short), (vec![MessageId(1)], 2));
    assert_eq!((ruin.samples(2), ruin.samples(3)), (None, None));
    assert!(ruin.database.recordings().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_cut_within_its_header_is_removed() {
    let mut ruin = Ruin::new().await;
    for id in [1, 2] {
        fs::write(ruin.scratch.folder().recording(RecordingId(id)), b"RIFF").unwrap();
    }
    ruin.under_way(1).await;
    assert_eq!(ruin.repair().await.too_short, 2);
}

#[tokio::test]
async fn messages_are_left_alone_and_those_without_sound_are_told() {
    let mut ruin = Ruin::new().await;
    ruin.file(1, 150, 150);
    ruin.kept(1).await;
    // The row of a recording may arrive after its message, when the disk refused for a while.
    ruin.under_way(1).await;
    ruin.kept(2).await;
    let repaired = ruin.repair().await;
    assert_eq!(repaired.silent, [MessageId(2)]);
    assert_eq!(repaired.kept, []);
    assert_eq!(ruin.samples(1), Some(150 * FRAME_SAMPLES));
    assert!(ruin.database.recordings().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_sound_of_a_deleted_message_goes_and_its_row_stays() {
    let mut ruin = Ruin::new().await;
    ruin.file(1, 150, 150);
    ruin.kept(1).await;
    let at = Timestamp::from_micros(9);
    messages::delete(&mut ruin.connection, MessageId(1), at)
        .await
        .unwrap();
    let repaired = ruin.repair().await;
    assert_eq!((repaired.removed, repaired.silent), (1, vec![]));
    assert_eq!(ruin.samples(1), None);
}

#[tokio::test]
async fn what_belongs_to_nobody_is_made_valid_and_left() {
    let ruin = Ruin::new().await;
    ruin.file(1, 150, 3);
    let other = ruin.scratch.folder().recordings().join("notes.txt");
    fs::write(&other, b"not ours").unwrap();
    assert_eq!(ruin.repair().await.strays, 1);
    assert_eq!(ruin.samples(1), Some(150 * FRAME_SAMPLES));
    assert!(other.exists());
}

#[tokio::test]
async fn a_row_whose_file_never_came_is_forgotten() {
    let mut ruin = Ruin::new().await;
    ruin.under_way(1).await;
    let repaired = Repaired {
        cut: 1,
        ..Repaired::default()
    };
    assert_eq!(ruin.repair().await, repaired);
    assert!(ruin.database.recordings().await.unwrap().is_empty());
    assert_eq!(ruin.call(101).await.outcome, Outcome::Missed);
}

#[tokio::test]
async fn a_call_that_was_cut_has_a_record() {
    let mut ruin = Ruin::new().await;
    ruin.file(1, 150, 3);
    ruin.file(2, 50, 3);
    for id in [1, 2] {
        ruin.under_way(id).await;
    }
    assert_eq!(ruin.repair().await.cut, 2);
    let left = ruin.call(101).await;
    assert_eq!(
        (left.outcome, left.message, left.cause, left.ended_by),
        (
            Outcome::MessageLeft,
            Some(MessageId(1)),
            41,
            EndedBy::Network
        )
    );
    assert_eq!(left.tenant.as_ref().unwrap().as_str(), "garage");
    assert_eq!(left.caller.as_ref().unwrap().reveal(), "+33472001122");
    assert_eq!(left.answered, Some(Timestamp::from_micros(50)));
    assert_eq!(left.ended, Timestamp::from_micros(3_000_050));
    let missed = ruin.call(102).await;
    assert_eq!(
        (missed.outcome, missed.message, missed.ended),
        (Outcome::Missed, None, Timestamp::from_micros(1_000_050))
    );
    assert_eq!(ruin.repair().await, Repaired::default(), "once is enough");
}

#[tokio::test]
async fn a_message_whose_call_was_cut_after_it_was_kept_gives_the_call_a_record() {
    let mut ruin = Ruin::new().await;
    ruin.file(1, 150, 150);
    ruin.kept(1).await;
    // The caller had another message under way, too short to be one.
    ruin.file(2, 9, 0);
    ruin.under_way(2).await;
    sqlx::query("UPDATE recordings SET call = (SELECT call FROM messages)")
        .execute(&mut ruin.connection)
        .await
        .unwrap();
    assert_eq!(ruin.repair().await.cut, 1);
    let call = ruin.call(1).await;
    assert_eq!(
        (call.outcome, call.message),
        (Outcome::MessageLeft, Some(MessageId(1)))
    );
    assert_eq!(call.ended, message(1).left);
}

#[tokio::test]
async fn a_call_that_has_a_record_keeps_it() {
    let mut ruin = Ruin::new().await;
    let mut whole = crate::scratch::call(101);
    whole.message = Some(MessageId(77));
    calls::insert(&mut ruin.connection, &whole).await.unwrap();
    ruin.file(1, 150, 150);
    ruin.under_way(1).await;
    let repaired = ruin.repair().await;
    assert_eq!((repaired.kept, repaired.cut), (vec![MessageId(1)], 0));
    assert_eq!(ruin.call(101).await, whole);
}

#[tokio::test]
async fn the_recording_of_a_call_that_was_cut_is_kept_as_far_as_it_goes() {
    let mut ruin = Ruin::new().await;
    // Shorter than any message: a recording of a call is kept whatever its length.
    ruin.stereo(1, 77, Rate::Narrow);
    ruin.stereo(3, 77, Rate::Wide);
    for id in [1, 2, 3] {
        ruin.taping(id).await;
    }
    let repaired = ruin.repair().await;
    assert_eq!((repaired.recorded, repaired.cut), (3, 3));
    assert_eq!((repaired.strays, repaired.too_short), (0, 0));
    assert_eq!(ruin.samples(1), Some(77 * FRAME_SAMPLES));
    assert_eq!(
        ruin.samples(3),
        Some(77 * FRAME_SAMPLES),
        "as long, at 16 kHz"
    );
    let all = RecordingFilter::default();
    let recordings = ruin.database.call_recordings(&all).await.unwrap();
    let mut lengths: Vec<_> = recordings.iter().map(|r| (r.length, r.cut)).collect();
    lengths.sort();
    let length = Some(Duration::from_millis(1_540));
    let nothing = Some(Duration::ZERO);
    assert_eq!(lengths, [(nothing, true), (length, true), (length, true)]);
    let call = ruin.call(101).await;
    assert_eq!((call.outcome, call.message), (Outcome::Failed, None));
    assert_eq!(call.ended, Timestamp::from_micros(51 + 1_540_000));
    assert_eq!(ruin.repair().await, Repaired::default(), "once is enough");
    assert_eq!(ruin.samples(1), Some(77 * FRAME_SAMPLES));
}

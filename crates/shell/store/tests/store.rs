//! The engine's door from outside: what is kept, deleted, discarded and found again.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

use std::path::PathBuf;
use std::time::Duration;

use rappel_audio::{FRAME_SAMPLES, Frame, Rate};
use rappel_model::record::RecordingBegan;
use rappel_model::record::{MessageRecord, MessageState};
use rappel_model::{CallUid, MessageId, RecordingId, Timestamp};
use rappel_store::{Error, Folder, MessageFilter, Settings, Store, Write};
use tokio::sync::oneshot;

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rappel-{name}-{}", std::process::id()));
        Self(path)
    }

    async fn open(&self) -> Result<Store, Error> {
        let settings = Settings {
            folder: Folder::new(&self.0),
            max_pages: None,
        };
        Store::open(settings).await
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

fn message(id: u128) -> MessageRecord {
    MessageRecord {
        id: MessageId(id),
        tenant: "garage".into(),
        mailbox: "accueil".into(),
        call: CallUid(id),
        recording: RecordingId(id),
        caller: None,
        left: Timestamp::from_micros(1),
        length: Duration::from_secs(3),
        urgent: true,
        state: MessageState::New,
    }
}

fn record(store: &Store, id: u128, frames: usize) {
    let began = RecordingBegan {
        recording: RecordingId(id),
        tenant: "garage".into(),
        mailbox: "accueil".into(),
        call: CallUid(id),
        caller: None,
        began: Timestamp::from_micros(1),
    };
    store.write(Write::RecordingBegan(Box::new(began))).unwrap();
    let mut sink = store.frame_sink();
    for _ in 0..frames {
        sink.frame(
            RecordingId(id),
            Rate::Narrow,
            &Frame([3; FRAME_SAMPLES]),
            None,
        )
        .unwrap();
    }
    sink.end(RecordingId(id), (frames * FRAME_SAMPLES) as u64);
}

async fn keep(store: &Store, id: u128) -> Result<(), Error> {
    let (done, answer) = oneshot::channel();
    store.keep_message(message(id), move |result| done.send(result).unwrap());
    answer.await.unwrap()
}

async fn delete(store: &Store, id: u128) -> Result<(), Error> {
    let (done, answer) = oneshot::channel();
    let at = Timestamp::from_micros(9);
    store.delete_message(MessageId(id), RecordingId(id), at, move |r| {
        done.send(r).unwrap()
    });
    answer.await.unwrap()
}

#[tokio::test]
async fn a_message_is_kept_heard_deleted_and_each_survives_a_restart() {
    let scratch = Scratch::new("life");
    let store = scratch.open().await.unwrap();
    record(&store, 1, 150);
    assert_eq!(keep(&store, 1).await, Ok(()));
    assert!(store.recording(RecordingId(1)).exists());
    let (message_id, at) = (MessageId(1), Timestamp::from_micros(5));
    store
        .write(Write::Heard {
            message: message_id,
            at,
        })
        .unwrap();
    store.close().await.unwrap();
    drop(store);

    let store = scratch.open().await.unwrap();
    let mut expected = message(1);
    expected.state = MessageState::Heard(at);
    assert_eq!(store.waiting_messages().await.unwrap(), [expected]);
    assert_eq!(delete(&store, 1).await, Ok(()));
    assert!(!store.recording(RecordingId(1)).exists());
    assert!(store.waiting_messages().await.unwrap().is_empty());
    assert_eq!(delete(&store, 1).await, Ok(()), "once more is no error");
    assert!(delete(&store, 404).await.is_err());
    store.close().await.unwrap();
    drop(store);

    let store = scratch.open().await.unwrap();
    assert!(store.waiting_messages().await.unwrap().is_empty());
    let deleted = MessageFilter {
        deleted: true,
        ..MessageFilter::default()
    };
    let rows = store.database().messages(&deleted).await.unwrap();
    assert_eq!(
        rows[0].state,
        MessageState::Deleted(Timestamp::from_micros(9))
    );
}

#[tokio::test]
async fn what_was_never_recorded_is_not_kept() {
    let scratch = Scratch::new("nothing");
    let store = scratch.open().await.unwrap();
    assert!(keep(&store, 1).await.is_err());
    record(&store, 2, 100);
    assert!(matches!(
        keep(&store, 2).await,
        Err(Error::Incomplete { .. })
    ));
    assert!(store.waiting_messages().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_stop_without_a_word_keeps_what_was_under_way_but_not_what_was_discarded() {
    let scratch = Scratch::new("stop");
    let store = scratch.open().await.unwrap();
    record(&store, 1, 150);
    record(&store, 2, 150);
    store.write(Write::Discard(RecordingId(2))).unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = scratch.open().await.unwrap();
    assert_eq!(store.repaired().kept, [MessageId(1)]);
    assert!(!store.recording(RecordingId(2)).exists());
}

#[tokio::test]
async fn one_engine_at_a_time() {
    let scratch = Scratch::new("lock");
    let store = scratch.open().await.unwrap();
    assert!(matches!(scratch.open().await, Err(Error::Taken(_))));
    store.close().await.unwrap();
    drop(store);
    scratch.open().await.unwrap();
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let scratch = Scratch::new("damaged");
    std::fs::create_dir_all(&scratch.0).unwrap();
    std::fs::write(scratch.0.join("rappel.db"), vec![b'x'; 8_192]).unwrap();
    assert!(matches!(scratch.open().await, Err(Error::Damaged(_))));
}

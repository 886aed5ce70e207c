//! A disk that is really full: a small file system of its own. Needs the right to mount one; where
//! that is missing the test says so and passes, and the tests of the writers stand in for it.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rappel_audio::{FRAME_SAMPLES, Frame, Rate, wav};
use rappel_model::record::{MessageRecord, MessageState};
use rappel_model::{CallUid, MessageId, RecordingId, Timestamp};
use rappel_store::{Error, Folder, FrameSink, Full, MessageFilter, Settings, Store, Write};
use tokio::sync::oneshot;

/// A file system of two megabytes, unmounted at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let path = std::env::temp_dir().join(format!("rappel-small-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "rappel"])
            .arg(&path)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(path)),
            _ => None,
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
        let _gone = std::fs::remove_dir(&self.0);
    }
}

async fn open(disk: &Path) -> Store {
    let settings = Settings {
        folder: Folder::new(disk.join("data")),
        max_pages: None,
    };
    Store::open(settings).await.unwrap()
}

/// Records three seconds; tells when the writer gave up.
async fn record(sink: &mut FrameSink, id: u128) -> Result<(), Full> {
    for _ in 0..150 {
        sink.frame(
            RecordingId(id),
            Rate::Narrow,
            &Frame([7; FRAME_SAMPLES]),
            None,
        )?;
    }
    sink.end(RecordingId(id), 150 * FRAME_SAMPLES as u64);
    Ok(())
}

async fn keep(store: &Store, id: u128) -> Result<(), Error> {
    let message = MessageRecord {
        id: MessageId(id),
        tenant: "garage".into(),
        mailbox: "accueil".into(),
        call: CallUid(id),
        recording: RecordingId(id),
        caller: None,
        left: Timestamp::from_micros(1),
        length: Duration::from_secs(3),
        urgent: false,
        state: MessageState::New,
    };
    let (done, answer) = oneshot::channel();
    store.keep_message(message, move |result| done.send(result).unwrap());
    answer.await.unwrap()
}

#[tokio::test]
async fn a_full_disk_is_told_loses_nothing_promised_and_passes() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: no right to mount a small disk");
        return;
    };
    let store = open(&disk.0).await;
    let mut sink = store.frame_sink();
    let mut promised = Vec::new();
    let mut refused = 0;
    for id in 0..80 {
        let spoken = record(&mut sink, id).await;
        let kept = keep(&store, id).await;
        match (spoken, kept) {
            (Ok(()), Ok(())) => promised.push(MessageId(id)),
            (_, Err(_)) => refused += 1,
            (Err(Full), Ok(())) => panic!("kept what the writer had given up"),
        }
        store
            .write(Write::Discard(RecordingId(1_000 + id)))
            .unwrap();
        let (tenant, name) = ("garage".into(), format!("counter {id}"));
        let at = Timestamp::default();
        store.write(Write::Count { tenant, name, at }).unwrap();
    }
    assert!(
        promised.len() > 10,
        "{} before the disk was full",
        promised.len()
    );
    assert!(refused > 10, "the disk did fill up");
    assert!(
        sink.frame(RecordingId(5_000), Rate::Narrow, &Frame::SILENCE, None)
            .is_err(),
        "told at once"
    );

    // A person deletes messages: their sound makes room, and the engine never went away.
    for id in promised.drain(..8) {
        let (done, answer) = oneshot::channel();
        let at = Timestamp::from_micros(2);
        store.delete_message(id, RecordingId(id.0), at, move |r| done.send(r).unwrap());
        let deleted = answer.await.unwrap();
        if deleted.is_err() {
            // The mark itself found no room; then the administrator has to make some.
            std::fs::remove_file(store.recording(RecordingId(id.0))).unwrap();
        }
    }
    let mut id = 9_000;
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        id += 1;
        assert!(id < 9_050, "it did not recover within ten seconds");
        if record(&mut sink, id).await.is_ok() && keep(&store, id).await.is_ok() {
            promised.push(MessageId(id));
            break;
        }
    }
    let there = store
        .database()
        .messages(&MessageFilter::default())
        .await
        .unwrap();
    for id in &promised {
        assert!(there.iter().any(|m| m.id == *id), "{id} was promised");
        let path = store.recording(RecordingId(id.0));
        let samples = wav::read(std::fs::File::open(path).unwrap()).unwrap();
        assert_eq!(samples, vec![7; 150 * FRAME_SAMPLES]);
    }
    store.close().await.unwrap();
    drop(store);
    let counts = open(&disk.0).await;
    let counts = counts
        .database()
        .counts(&"garage".into(), Timestamp::default())
        .await
        .unwrap();
    assert_eq!(counts.len(), 80, "records waited for room");
}

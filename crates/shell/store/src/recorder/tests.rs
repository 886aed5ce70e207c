//! Recordings on a real disk: sealed, cut short, discarded, refused at the bounds.

use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rappel_audio::{FRAME_SAMPLES, wav};

use super::thread::Writing;
use super::*;
use crate::scratch::Scratch;

fn frame(value: i16) -> Frame {
    Frame([value; FRAME_SAMPLES])
}

fn started(scratch: &Scratch) -> (Folder, Recorder) {
    let folder = scratch.folder();
    folder.create().unwrap();
    (folder.clone(), Recorder::start(folder).unwrap())
}

type Answer = Receiver<Result<(), Error>>;

fn answer() -> (impl FnOnce(Result<(), Error>) + Send, Answer) {
    let (sender, receiver) = channel();
    (move |result| sender.send(result).unwrap(), receiver)
}

fn sealed(recorder: &Recorder, id: u128, samples: u64) -> Result<(), Error> {
    let (then, done) = answer();
    recorder.seal(RecordingId(id), samples, then);
    done.recv().unwrap()
}

fn closed(recorder: &Recorder) -> Result<(), Error> {
    let (then, done) = answer();
    recorder.close(then);
    done.recv().unwrap()
}

fn sound(folder: &Folder, id: u128) -> Vec<i16> {
    wav::read(std::fs::File::open(folder.recording(RecordingId(id))).unwrap()).unwrap()
}

#[test]
fn what_was_recorded_is_what_the_file_holds_when_it_is_sealed() {
    let scratch = Scratch::new();
    let (folder, recorder) = started(&scratch);
    let mut sink = recorder.sink();
    for n in 0..200 {
        sink.frame(RecordingId(1), Rate::Narrow, &frame(n), None)
            .unwrap();
        sink.frame(RecordingId(2), Rate::Narrow, &frame(-n), None)
            .unwrap();
    }
    sink.end(RecordingId(1), 200 * 160);
    sink.end(RecordingId(2), 150 * 160);
    assert_eq!(sealed(&recorder, 1, 200 * 160), Ok(()));
    assert_eq!(sealed(&recorder, 2, 150 * 160), Ok(()));
    let whole: Vec<i16> = (0..200).flat_map(|n| [n; FRAME_SAMPLES]).collect();
    assert_eq!(sound(&folder, 1), whole);
    let cut: Vec<i16> = (0..150).flat_map(|n: i16| [-n; FRAME_SAMPLES]).collect();
    assert_eq!(sound(&folder, 2), cut, "trailing silence is gone");
    let size = folder.recording(RecordingId(2)).metadata().unwrap();
    assert_eq!(size.len(), 44 + 150 * 160 * 2);
    assert_eq!(size.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_seal_needs_no_end_and_cuts_by_itself() {
    let scratch = Scratch::new();
    let (folder, recorder) = started(&scratch);
    let mut sink = recorder.sink();
    for _ in 0..100 {
        sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None)
            .unwrap();
    }
    assert_eq!(sealed(&recorder, 1, 50 * 160), Ok(()));
    assert_eq!(sound(&folder, 1).len(), 50 * 160);
    assert_eq!(
        sealed(&recorder, 1, 40 * 160),
        Ok(()),
        "sealed again, shorter"
    );
    assert_eq!(sound(&folder, 1).len(), 40 * 160);
}

#[test]
fn less_than_was_promised_is_not_promised() {
    let scratch = Scratch::new();
    let (_folder, recorder) = started(&scratch);
    let mut sink = recorder.sink();
    for _ in 0..100 {
        sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None)
            .unwrap();
    }
    sink.end(RecordingId(1), 100 * 160);
    let (have, want) = (100 * 160, 102 * 160);
    assert_eq!(
        sealed(&recorder, 1, want),
        Err(Error::Incomplete { have, want })
    );
    assert_eq!(
        sealed(&recorder, 1, 101 * 160),
        Ok(()),
        "one frame is a matter of rounding"
    );
    assert!(
        matches!(sealed(&recorder, 9, 160), Err(Error::Unknown(_))),
        "never recorded"
    );
}

#[test]
fn a_discarded_recording_does_not_come_back() {
    let scratch = Scratch::new();
    let (folder, recorder) = started(&scratch);
    let mut sink = recorder.sink();
    for round in 0..20 {
        // The order must not overtake the frames that were sent before it.
        sink.frame(RecordingId(round), Rate::Narrow, &frame(5), None)
            .unwrap();
        sink.end(RecordingId(round), 160);
        let (then, done) = answer();
        recorder.discard(RecordingId(round), then);
        assert_eq!(done.recv().unwrap(), Ok(()));
        assert!(!folder.recording(RecordingId(round)).exists());
    }
    let (then, done) = answer();
    recorder.discard(RecordingId(99), then);
    assert_eq!(
        done.recv().unwrap(),
        Ok(()),
        "one that never was is no error"
    );
    closed(&recorder).unwrap();
    assert_eq!(std::fs::read_dir(folder.recordings()).unwrap().count(), 0);
}

#[test]
fn no_recording_is_written_over() {
    let scratch = Scratch::new();
    let (folder, recorder) = started(&scratch);
    std::fs::write(folder.recording(RecordingId(1)), b"precious").unwrap();
    let mut sink = recorder.sink();
    for _ in 0..3 {
        sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None)
            .unwrap();
    }
    assert!(matches!(sealed(&recorder, 1, 3 * 160), Err(Error::Io(_))));
    assert_eq!(
        std::fs::read(folder.recording(RecordingId(1))).unwrap(),
        b"precious"
    );
}

#[test]
fn closing_leaves_whole_files_and_refuses_what_comes_later() {
    let scratch = Scratch::new();
    let (folder, recorder) = started(&scratch);
    let mut sink = recorder.sink();
    for _ in 0..30 {
        sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None)
            .unwrap();
    }
    assert_eq!(closed(&recorder), Ok(()));
    assert_eq!(
        sound(&folder, 1).len(),
        30 * 160,
        "not a whole second, and all there"
    );
    assert_eq!(sealed(&recorder, 1, 30 * 160), Err(Error::Closed));
    assert_eq!(
        sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None),
        Err(Full)
    );
    sink.end(RecordingId(1), 1);
}

/// A writer that is not running, so that its queues and its clock can be looked at.
fn stopped(folder: &Folder) -> (FrameSink, Writing, Recorder) {
    folder.create().unwrap();
    let (orders, order_queue) = mpsc::sync_channel(MAX_QUEUED_ORDERS);
    let (frames, frame_queue) = mpsc::sync_channel(MAX_QUEUED_FRAMES);
    let failing = Arc::new(AtomicBool::new(false));
    let sealer = sealer::start(folder.clone()).unwrap();
    let writing = Writing::new(
        folder.clone(),
        order_queue,
        frame_queue,
        failing.clone(),
        sealer,
    );
    let recorder = Recorder {
        orders,
        frames,
        failing,
        thread: std::thread::current(),
    };
    (recorder.sink(), writing, recorder)
}

#[test]
fn the_queue_of_frames_has_a_bound_and_ends_are_held_back() {
    let scratch = Scratch::new();
    let (mut sink, mut writing, _recorder) = stopped(&scratch.folder());
    for _ in 0..MAX_QUEUED_FRAMES {
        sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None)
            .unwrap();
    }
    assert_eq!(
        sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None),
        Err(Full)
    );
    let room = sink.ends.capacity();
    for id in 0..2 * MAX_HELD_ENDS as u128 {
        sink.end(RecordingId(id), 160);
    }
    assert_eq!(
        (sink.ends.len(), sink.ends.capacity()),
        (MAX_HELD_ENDS, room)
    );
    writing.round(Instant::now());
    sink.frame(RecordingId(1_000), Rate::Narrow, &frame(5), None)
        .unwrap();
    assert!(sink.ends.is_empty(), "handed over as soon as there is room");
}

#[test]
fn the_queue_of_orders_has_a_bound_and_a_refusal_is_answered() {
    let scratch = Scratch::new();
    let (_sink, _writing, recorder) = stopped(&scratch.folder());
    for _ in 0..MAX_QUEUED_ORDERS {
        recorder.discard(RecordingId(1), drop);
    }
    assert_eq!(sealed(&recorder, 1, 160), Err(Error::Overloaded));
}

#[test]
fn the_header_is_current_after_every_second_of_sound() {
    let scratch = Scratch::new();
    let folder = scratch.folder();
    let (mut sink, mut writing, _recorder) = stopped(&folder);
    for n in 1..=175 {
        sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None)
            .unwrap();
        writing.round(Instant::now());
        // Opened at this instant by anybody: whole seconds are there, and it is a valid file.
        assert_eq!(sound(&folder, 1).len(), n / 50 * 8_000);
    }
}

#[test]
fn a_recording_without_frames_is_closed_after_a_while() {
    let scratch = Scratch::new();
    let folder = scratch.folder();
    let (mut sink, mut writing, _recorder) = stopped(&folder);
    let start = Instant::now();
    for _ in 0..10 {
        sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None)
            .unwrap();
    }
    writing.round(start);
    writing.round(start + Duration::from_secs(10));
    assert_eq!(writing.open_files(), 1);
    writing.round(start + Duration::from_secs(11));
    assert_eq!(writing.open_files(), 0);
    assert_eq!(sound(&folder, 1).len(), 10 * 160);
}

#[test]
fn a_disk_that_refuses_is_told_to_callers_and_tried_again() {
    let scratch = Scratch::new();
    let folder = scratch.folder();
    let (mut sink, mut writing, recorder) = stopped(&folder);
    let away = scratch.folder().path().join("away");
    std::fs::rename(folder.recordings(), &away).unwrap();
    std::fs::write(folder.recordings(), b"no folder").unwrap();
    let start = Instant::now();
    sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None)
        .unwrap();
    writing.round(start);
    assert_eq!(
        sink.frame(RecordingId(1), Rate::Narrow, &frame(5), None),
        Err(Full)
    );
    assert_eq!(
        sink.frame(RecordingId(2), Rate::Narrow, &frame(5), None),
        Err(Full)
    );
    writing.round(start + Duration::from_secs(5));
    assert_eq!(
        sink.frame(RecordingId(2), Rate::Narrow, &frame(5), None),
        Err(Full),
        "it still refuses"
    );

    std::fs::remove_file(folder.recordings()).unwrap();
    std::fs::rename(&away, folder.recordings()).unwrap();
    writing.round(start + Duration::from_secs(10));
    sink.frame(RecordingId(2), Rate::Narrow, &frame(5), None)
        .unwrap();
    let (then, first) = answer();
    recorder.seal(RecordingId(1), 160, then);
    let (then, second) = answer();
    recorder.seal(RecordingId(2), 160, then);
    writing.round(start + Duration::from_secs(10));
    assert!(first.recv().unwrap().is_err(), "it lost a frame");
    assert_eq!(second.recv().unwrap(), Ok(()));
}

#[test]
fn two_channels_keep_each_voice_and_are_cut_alike() {
    let scratch = Scratch::new();
    let (folder, recorder) = started(&scratch);
    let mut sink = recorder.sink();
    for n in 0..175 {
        sink.frame(RecordingId(1), Rate::Narrow, &frame(n), Some(&frame(-n)))
            .unwrap();
    }
    sink.end(RecordingId(1), 175 * 160);
    assert_eq!(sealed(&recorder, 1, 160 * 160), Ok(()));
    let bytes = std::fs::read(folder.recording(RecordingId(1))).unwrap();
    assert_eq!(bytes.len(), 44 + 160 * 640);
    for (at, pair) in bytes[44..].chunks(4).enumerate() {
        let n = (at / 160) as i16;
        assert_eq!(pair, [n.to_le_bytes(), (-n).to_le_bytes()].concat());
    }
    let whole = sealed(&recorder, 1, 175 * 160);
    assert!(matches!(whole, Err(Error::Incomplete { .. })), "{whole:?}");
}

#[test]
fn a_recording_at_16_khz_is_ended_and_sealed_by_time() {
    let scratch = Scratch::new();
    let (folder, recorder) = started(&scratch);
    let mut sink = recorder.sink();
    // A second of frames of 10 ms.
    for n in 0..100 {
        sink.frame(RecordingId(1), Rate::Wide, &frame(n), Some(&frame(-n)))
            .unwrap();
    }
    sink.end(RecordingId(1), 45 * 160);
    assert_eq!(sealed(&recorder, 1, 40 * 160), Ok(()));
    let bytes = std::fs::read(folder.recording(RecordingId(1))).unwrap();
    assert_eq!(bytes[24..28], 16_000u32.to_le_bytes());
    assert_eq!(bytes.len(), 44 + 80 * 640, "0.8 s");
    assert_eq!(
        bytes[bytes.len() - 4..],
        [79i16.to_le_bytes(), (-79i16).to_le_bytes()].concat()
    );
    let longer = sealed(&recorder, 1, 45 * 160);
    assert!(
        matches!(longer, Err(Error::Incomplete { .. })),
        "{longer:?}"
    );
}

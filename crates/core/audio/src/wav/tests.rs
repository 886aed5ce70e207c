//! Every usual file is read, and a recording is valid at every instant.

use std::cell::RefCell;
use std::io::Cursor;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::frame::FRAME_SAMPLES;

fn wav(spec: WavSpec, frames: usize) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    for i in 0..frames * usize::from(spec.channels) {
        let wave = (i as f64 / f64::from(spec.channels) * 0.1).sin();
        match spec.sample_format {
            SampleFormat::Float => writer.write_sample(wave as f32 * 0.5).unwrap(),
            SampleFormat::Int => {
                let full = (1i64 << (spec.bits_per_sample - 1)) as f64;
                writer.write_sample((wave * 0.5 * full) as i32).unwrap();
            }
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn every_usual_format_reads_as_mono_at_8_khz() {
    for rate in [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000] {
        for bits in [8, 16, 24, 32] {
            for channels in [1, 2] {
                let spec = WavSpec {
                    channels,
                    sample_rate: rate,
                    bits_per_sample: bits,
                    sample_format: SampleFormat::Int,
                };
                let samples = read(&wav(spec, rate as usize / 4)[..]).unwrap();
                assert!((1_999..=2_000).contains(&samples.len()), "{spec:?}");
                let peak = samples[100..1_900].iter().max().unwrap();
                assert!((16_000..16_700).contains(peak), "{spec:?}: {peak}");
            }
        }
    }
    let float = WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    };
    let peak = *read(&wav(float, 8_000)[..]).unwrap().iter().max().unwrap();
    assert!((16_000..16_500).contains(&peak), "{peak}");
}

#[test]
fn what_cannot_be_read_says_why() {
    let spec = |channels, sample_rate| WavSpec {
        channels,
        sample_rate,
        ..RECORDING
    };
    let error = |spec| read(&wav(spec, 10)[..]).unwrap_err();
    assert!(matches!(error(spec(9, 8_000)), Error::Channels(9)));
    assert!(matches!(error(spec(1, 4_000)), Error::Rate(_)));
    assert!(matches!(read(&b"MZ not a wav"[..]), Err(Error::Format(_))));
    assert!(matches!(read(&[][..]), Err(Error::Io(_))));
}

#[test]
fn a_header_that_claims_hours_is_refused_before_reading() {
    let mut bytes = wav(RECORDING, 10);
    bytes[40..44].copy_from_slice(&(1_801u32 * 16_000).to_le_bytes());
    assert!(matches!(read(&bytes[..]), Err(Error::TooLong)));
    bytes[40..44].copy_from_slice(&(1_800u32 * 16_000).to_le_bytes());
    assert!(matches!(
        read(&bytes[..]),
        Err(Error::Format(_) | Error::Io(_))
    ));
}

/// A file that others can look at while it is written.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Cursor<Vec<u8>>>>);

impl Shared {
    fn contents(&self) -> Vec<u8> {
        self.0.borrow().get_ref().clone()
    }
}

impl Read for Shared {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(out)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}

fn frame(n: i16) -> Frame {
    Frame([n; FRAME_SAMPLES])
}

#[test]
fn a_recording_can_be_opened_at_every_instant_and_lags_at_most_a_second() {
    let file = Shared::default();
    let mut recorder = Recorder::create(file.clone(), Channels::One, Rate::Narrow).unwrap();
    for n in 0..175 {
        let readable = read(&file.contents()[..]).unwrap().len();
        assert!(readable <= n * FRAME_SAMPLES);
        assert!(
            n * FRAME_SAMPLES - readable < RATE as usize,
            "after {n} frames"
        );
        recorder.frame(&frame(n as i16)).unwrap();
    }
    assert_eq!(recorder.close().unwrap(), 175 * 160);
    let samples = read(&file.contents()[..]).unwrap();
    assert_eq!(samples.len(), 175 * 160);
    assert!(
        samples
            .chunks(160)
            .enumerate()
            .all(|(n, c)| c.iter().all(|&s| s == n as i16))
    );
}

#[test]
fn a_file_left_open_is_repaired_from_its_size() {
    let file = Shared::default();
    let mut recorder = Recorder::create(file.clone(), Channels::One, Rate::Narrow).unwrap();
    for n in 0..75 {
        recorder.frame(&frame(n)).unwrap();
    }
    std::mem::forget(recorder);
    let mut bytes = file.contents();
    bytes.push(7);
    let mut left = Cursor::new(bytes);
    assert_eq!(read(&left.get_ref()[..]).unwrap().len(), 50 * 160);
    assert_eq!(repair(&mut left).unwrap(), 75 * 160);
    assert_eq!(read(&left.get_ref()[..]).unwrap().len(), 75 * 160);
    let once = left.clone();
    assert_eq!(repair(&mut left).unwrap(), 75 * 160);
    assert_eq!(left.get_ref(), once.get_ref());
}

#[test]
fn two_channels_are_whole_at_every_instant_and_after_a_cut_in_the_middle_of_a_sample() {
    let file = Shared::default();
    let mut recorder = Recorder::create(file.clone(), Channels::Two, Rate::Narrow).unwrap();
    for n in 0..75 {
        let bytes = file.contents();
        let stated = little_endian(&bytes[40..44]) as usize;
        assert!(stated.is_multiple_of(4) && bytes.len() >= 44 + stated);
        assert!(n * 640 - stated < 4 * RATE as usize, "after {n} frames");
        recorder.pair(&frame(n as i16), &frame(-1)).unwrap();
    }
    std::mem::forget(recorder);
    let mut bytes = file.contents();
    // Only the left one of the last pair of samples arrived.
    bytes.extend([7, 7]);
    let mut left = Cursor::new(bytes);
    assert_eq!(repair(&mut left).unwrap(), 75 * 160);
    let sound = &left.get_ref()[44..44 + 75 * 640];
    for (n, pair) in sound.chunks(4).enumerate() {
        let left = (n / 160) as i16;
        assert_eq!(pair, [left.to_le_bytes(), [0xff, 0xff]].concat());
    }
    assert_eq!(read(&left.get_ref()[..]).unwrap().len(), 75 * 160);
    assert_eq!(cut(&mut left, 50 * 160).unwrap(), 44 + 50 * 640);
}

/// A file that counts what reaches it.
#[derive(Default)]
struct Counting {
    file: Cursor<Vec<u8>>,
    writes: usize,
}

impl Write for &mut Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        self.file.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for &mut Counting {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn a_second_of_two_channels_costs_a_few_writes() {
    let mut counting = Counting::default();
    let buffered = io::BufWriter::with_capacity(32 * 1_024, &mut counting);
    let mut recorder = Recorder::create(buffered, Channels::Two, Rate::Narrow).unwrap();
    for n in 0..500 {
        recorder.pair(&frame(n), &frame(-n)).unwrap();
    }
    recorder.close().unwrap();
    let per_second = counting.writes as f64 / 10.0;
    println!("{per_second} writes for a second of sound");
    assert!(per_second <= 4.0, "{per_second}");
}

#[test]
fn repair_leaves_a_file_with_chunks_after_its_sound_alone() {
    let mut bytes = wav(RECORDING, 100);
    bytes.extend(b"LIST\x04\0\0\0INFO");
    let riff = (bytes.len() - 8) as u32;
    bytes[4..8].copy_from_slice(&riff.to_le_bytes());
    let mut stream = Cursor::new(bytes.clone());
    assert_eq!(repair(&mut stream).unwrap(), 100);
    assert_eq!(stream.into_inner(), bytes);
}

#[test]
fn trailing_silence_is_cut_and_the_rest_reads_back() {
    let file = Shared::default();
    let mut recorder = Recorder::create(file.clone(), Channels::One, Rate::Narrow).unwrap();
    for n in 0..30 {
        recorder.frame(&frame(n)).unwrap();
    }
    recorder.close().unwrap();
    let mut file = file;
    let size = cut(&mut file, 20 * 160).unwrap();
    assert_eq!(size, 44 + 20 * 320);
    let mut bytes = file.contents();
    assert_eq!(read(&bytes[..]).unwrap().len(), 20 * 160);
    bytes.truncate(size as usize);
    assert_eq!(read(&bytes[..]).unwrap().len(), 20 * 160);
    assert_eq!(cut(&mut Cursor::new(bytes), u64::MAX).unwrap(), size);
}

/// A disk with room for so many bytes.
struct SmallDisk(Cursor<Vec<u8>>, usize);

impl Write for SmallDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.position() as usize + bytes.len() > self.1 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for SmallDisk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_full_disk_is_told_and_what_was_flushed_stays() {
    let mut disk = SmallDisk(Cursor::new(Vec::new()), 44 + 60 * 320);
    let mut recorder = Recorder::create(&mut disk, Channels::One, Rate::Narrow).unwrap();
    let failed = (0..100).find(|&n| recorder.frame(&frame(n)).is_err());
    assert_eq!(failed, Some(60));
    drop(recorder);
    assert!(read(&disk.0.get_ref()[..]).unwrap().len() >= 50 * 160);
}

#[test]
fn the_longest_recording_ends() {
    let mut recorder =
        Recorder::create(Cursor::new(Vec::new()), Channels::One, Rate::Narrow).unwrap();
    recorder.samples = MAX_RECORDED_SAMPLES - 160;
    recorder.frame(&frame(1)).unwrap();
    assert!(matches!(recorder.frame(&frame(1)), Err(Error::TooLong)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_files_are_refused_or_read_but_never_panic(
        at in 0usize..60, value in any::<u8>(), at2 in 0usize..60, value2 in any::<u8>(), cut_at in 0usize..300
    ) {
        let mut bytes = wav(RECORDING, 100);
        bytes[at] = value;
        bytes[at2] = value2;
        bytes.truncate(cut_at.max(8));
        let _ = read(&bytes[..]);
        let _ = cut(&mut Cursor::new(bytes.clone()), 5);
        let _ = repair(&mut Cursor::new(bytes));
    }
}

#[test]
fn a_header_caught_between_its_two_lengths_is_repaired_from_the_size() {
    // Killed after the length of the file was written and before that of the sound.
    let mut bytes = Vec::new();
    write(Cursor::new(&mut bytes), &[1234; 4_000]).unwrap();
    let whole = bytes.len();
    bytes[40..44].copy_from_slice(&1_600u32.to_le_bytes());
    assert_eq!(repair(&mut Cursor::new(&mut bytes)).unwrap(), 4_000);
    assert_eq!(bytes.len(), whole);
    assert_eq!(read(&bytes[..]).unwrap().len(), 4_000);
}

#[test]
fn a_file_of_16_khz_is_repaired_and_cut_by_time_as_one_of_8_khz_is() {
    for (rate, bytes_a_frame) in [(Rate::Narrow, 320), (Rate::Wide, 640)] {
        let file = Shared::default();
        let mut recorder = Recorder::create(file.clone(), Channels::One, rate).unwrap();
        let pieces = 75 * rate.frame_samples() / FRAME_SAMPLES;
        for n in 0..pieces {
            recorder.frame(&frame(n as i16)).unwrap();
        }
        assert_eq!(recorder.samples(), 75 * 160, "{rate:?}");
        // Killed now: the header is half a second behind.
        std::mem::forget(recorder);
        let mut left = Cursor::new(file.contents());
        assert_eq!(repair(&mut left).unwrap(), 75 * 160, "{rate:?}");
        assert_eq!(cut(&mut left, 50 * 160).unwrap(), 44 + 50 * bytes_a_frame);
        let mut bytes = left.into_inner();
        bytes.truncate(44 + 50 * bytes_a_frame as usize);
        assert_eq!(repair(&mut Cursor::new(&mut bytes)).unwrap(), 50 * 160);
        let (samples, hertz) = read_at_own_rate(&bytes[..]).unwrap();
        assert_eq!(
            (samples.len(), hertz),
            (50 * rate.frame_samples(), rate.hertz())
        );
    }
}

#[test]
fn the_longest_recording_of_two_channels_at_16_khz_fits_a_wav() {
    let bytes = MAX_RECORDED_SAMPLES * 2 * 2 * 2 + 44;
    assert!(bytes < u64::from(u32::MAX), "{bytes}");
}

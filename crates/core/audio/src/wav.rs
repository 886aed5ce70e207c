//! WAV files, on any reader or writer: hound does the format, this file says what we accept and
//! keeps a recording valid while it grows.

use std::io::{self, Read, Seek, SeekFrom, Write};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::frame::{FRAME_SAMPLES, Frame, RATE, Rate};
use crate::resample::{RATES, RateUnsupported, resample};

/// Reads a WAV of any usual rate (8 to 96 kHz), width (8 to 32 bits, or 32-bit float) and number of
/// channels (up to [`MAX_CHANNELS`], mixed to one) as samples at 8 kHz.
///
/// # Errors
/// [`Error`] says what is wrong with the file; nothing is guessed.
pub fn read(reader: impl Read) -> Result<Vec<i16>, Error> {
    let (samples, rate) = read_at_own_rate(reader)?;
    Ok(resample(&samples, rate, RATE)?)
}

/// Reads like [`read`], but at 16 kHz; `None` when the file has nothing that 8 kHz would lose.
///
/// # Errors
/// As [`read`].
pub fn read_wide(reader: impl Read) -> Result<Option<Vec<i16>>, Error> {
    let (samples, rate) = read_at_own_rate(reader)?;
    let wide = Rate::Wide.hertz();
    if rate < wide {
        return Ok(None);
    }
    Ok(Some(resample(&samples, rate, wide)?))
}

/// Reads like [`read`], but leaves the sampling rate as it is: the samples and their rate.
///
/// # Errors
/// As [`read`].
pub fn read_at_own_rate(reader: impl Read) -> Result<(Vec<i16>, u32), Error> {
    let reader = WavReader::new(reader)?;
    let spec = reader.spec();
    if spec.channels == 0 || spec.channels > MAX_CHANNELS {
        return Err(Error::Channels(spec.channels));
    }
    if !RATES.contains(&spec.sample_rate) {
        return Err(Error::Rate(RateUnsupported {
            from: spec.sample_rate,
            to: RATE,
        }));
    }
    if u64::from(reader.duration()) > LONGEST_SECONDS * u64::from(spec.sample_rate) {
        return Err(Error::TooLong);
    }
    let samples = match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Int, bits @ 1..=32) => {
            let samples = reader.into_samples::<i32>();
            mixed(samples.map(|s| Ok(to_16_bits(s?, bits))), spec.channels)
        }
        (SampleFormat::Float, 32) => {
            let samples = reader.into_samples::<f32>();
            let samples = samples.map(|s| Ok((s?.clamp(-1.0, 1.0) * 32_767.0) as i16));
            mixed(samples, spec.channels)
        }
        _ => Err(Error::Format("this width of samples is not supported")),
    }?;
    Ok((samples, spec.sample_rate))
}

/// The mean of the channels. Memory grows with what is really read, not with what a header claims.
fn mixed(
    mut samples: impl Iterator<Item = Result<i16, Error>>,
    channels: u16,
) -> Result<Vec<i16>, Error> {
    let mut mono = Vec::new();
    'frames: loop {
        let mut sum = 0i32;
        for _ in 0..channels {
            match samples.next() {
                Some(sample) => sum += i32::from(sample?),
                None => break 'frames,
            }
        }
        mono.push((sum / i32::from(channels)) as i16);
    }
    Ok(mono)
}

fn to_16_bits(sample: i32, bits: u16) -> i16 {
    match bits {
        16 => sample as i16,
        17.. => (sample >> (bits - 16)) as i16,
        _ => (sample << (16 - bits)) as i16,
    }
}

/// Writes one recording: 8 or 16 kHz, 16 bits, one channel or two. The header is made current when the
/// file is created, after every second and on [`close`](Recorder::close), so that the file can be opened
/// at any instant; give it a buffered writer.
///
/// The length of a recording is counted in samples of 8 kHz ([`RATE`]), 125 µs each, whatever the rate
/// of its file: who keeps it, cuts it or tells of it need not know which it is. So do [`repair`] and
/// [`cut`].
pub struct Recorder<W: Write + Seek> {
    writer: WavWriter<W>,
    channels: Channels,
    rate: Rate,
    /// Of each channel, at the rate of the file.
    samples: u64,
    /// Samples written since the header was made current.
    unflushed: usize,
}

/// How many voices a recording keeps apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// One.
    One,
    /// Two, the left one first.
    Two,
}

impl<W: Write + Seek> Recorder<W> {
    /// Begins a recording at the start of an empty file.
    ///
    /// # Errors
    /// [`Error::Io`] when the writer fails.
    pub fn create(writer: W, channels: Channels, rate: Rate) -> Result<Self, Error> {
        let spec = WavSpec {
            channels: channels as u16 + 1,
            sample_rate: rate.hertz(),
            ..RECORDING
        };
        let mut writer = WavWriter::new(writer, spec)?;
        writer.flush()?;
        Ok(Self {
            writer,
            channels,
            rate,
            samples: 0,
            unflushed: 0,
        })
    }

    /// Appends the samples of a frame (20 ms, or 10 ms of a file of 16 kHz), the same on every channel;
    /// once a second the header follows.
    ///
    /// # Errors
    /// [`Error::TooLong`] at [`MAX_RECORDED_SAMPLES`]; [`Error::Io`] when the writer fails, for
    /// example because the disk is full. What was flushed before stays readable.
    pub fn frame(&mut self, frame: &Frame) -> Result<(), Error> {
        self.pair(frame, frame)
    }

    /// Appends a frame of two voices; a file of one channel holds their mean.
    ///
    /// # Errors
    /// As [`frame`](Recorder::frame).
    pub fn pair(&mut self, left: &Frame, right: &Frame) -> Result<(), Error> {
        if self.samples() + FRAME_SAMPLES as u64 > MAX_RECORDED_SAMPLES {
            return Err(Error::TooLong);
        }
        let voices = left.samples().iter().zip(right.samples());
        let count = FRAME_SAMPLES * (self.channels as usize + 1);
        let mut block = self.writer.get_i16_writer(count as u32);
        match self.channels {
            Channels::One => {
                voices.for_each(|(left, right)| block.write_sample(left.midpoint(*right)));
            }
            Channels::Two => voices.for_each(|(&left, &right)| {
                block.write_sample(left);
                block.write_sample(right);
            }),
        }
        block.flush()?;
        self.samples += FRAME_SAMPLES as u64;
        self.unflushed += FRAME_SAMPLES;
        if self.unflushed >= self.rate.hertz() as usize {
            self.flush()?;
        }
        Ok(())
    }

    /// Makes the header current and hands everything to the writer.
    ///
    /// # Errors
    /// [`Error::Io`] when the writer fails.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush()?;
        self.unflushed = 0;
        Ok(())
    }

    /// How long each channel is, in samples of 8 kHz.
    pub fn samples(&self) -> u64 {
        self.samples * u64::from(RATE) / u64::from(self.rate.hertz())
    }

    /// Ends the recording; tells how long each channel is, in samples of 8 kHz. Use [`cut`] afterwards to
    /// drop trailing silence.
    ///
    /// # Errors
    /// [`Error::Io`] when the writer fails.
    pub fn close(self) -> Result<u64, Error> {
        let samples = self.samples();
        self.writer.finalize()?;
        Ok(samples)
    }
}

/// Writes a whole sound at [`RATE`], 16 bits, one channel.
///
/// # Errors
/// [`Error::Io`] when the writer fails or the sound is longer than a WAV can say (some 74 hours).
pub fn write(writer: impl Write + Seek, samples: &[i16]) -> Result<(), Error> {
    let mut writer = WavWriter::new(writer, RECORDING)?;
    for &sample in samples {
        writer.write_sample(sample)?;
    }
    writer.finalize()?;
    Ok(())
}

/// Makes the lengths in the header of a file that was left open agree with its size; leaves a file
/// alone whose header is right. Returns how long each channel is by what the header now states, in samples of
/// 8 kHz.
///
/// # Errors
/// [`Error::Format`] when the stream does not begin as a WAV, [`Error::Io`] when it fails.
pub fn repair<S: Read + Write + Seek>(stream: &mut S) -> Result<u64, Error> {
    let data = find_data(stream)?;
    let size = stream.seek(SeekFrom::End(0))?;
    // Half a sample at the end was being written when everything stopped.
    let present = (size - data.start).min(u64::from(u32::MAX) - data.start);
    let present = present - present % u64::from(data.block);
    let whole = data.riff.saturating_add(8) <= size && data.length != 0;
    let whole = whole && data.has_successor(stream, size)?;
    if whole || data.length == present {
        return Ok(data.samples_in(data.length));
    }
    data.state_length(stream, present)?;
    Ok(data.samples_in(present))
}

/// Shortens a closed recording to its first `samples` samples of 8 kHz: the header says so, and the size in
/// bytes that is returned is where the owner of the file should cut it.
///
/// # Errors
/// As [`repair`].
pub fn cut<S: Read + Write + Seek>(stream: &mut S, samples: u64) -> Result<u64, Error> {
    let data = find_data(stream)?;
    let length = data.bytes_of(samples).min(data.length);
    data.state_length(stream, length)?;
    Ok(data.start + length)
}

/// Where the sound of a file lies.
struct DataChunk {
    /// The length in the RIFF header.
    riff: u64,
    /// Offset of the first byte of sound.
    start: u64,
    /// The length its header states.
    length: u64,
    /// Bytes of one sample of all channels; not zero.
    block: u16,
    /// Samples of each channel per second; not zero.
    rate: u32,
}

impl DataChunk {
    /// How long so many bytes of sound are, in samples of 8 kHz.
    fn samples_in(&self, bytes: u64) -> u64 {
        bytes / u64::from(self.block) * u64::from(RATE) / u64::from(self.rate)
    }

    /// The bytes of so many samples of 8 kHz.
    fn bytes_of(&self, samples: u64) -> u64 {
        let own = samples.saturating_mul(u64::from(self.rate)) / u64::from(RATE);
        own.saturating_mul(u64::from(self.block))
    }

    /// Whether the stated length is followed by further chunks up to where the RIFF header ends, and
    /// so must be right. A header may also be caught between its two lengths, when what follows is
    /// sound: no chain of chunks ends exactly there.
    fn has_successor<S: Read + Seek>(&self, stream: &mut S, size: u64) -> Result<bool, Error> {
        let last = self.riff.saturating_add(8);
        let mut at = self.start + self.length + self.length % 2;
        for _ in 0..MAX_CHUNKS {
            if at + 8 > last.min(size) {
                return Ok(false);
            }
            stream.seek(SeekFrom::Start(at))?;
            let mut chunk = [0; 8];
            read_header(stream, &mut chunk)?;
            if !chunk[..4]
                .iter()
                .all(|b| b.is_ascii_graphic() || *b == b' ')
            {
                return Ok(false);
            }
            let length = u64::from(little_endian(&chunk[4..]));
            at += 8 + length;
            if at == last || at + length % 2 == last {
                return Ok(true);
            }
            at += length % 2;
        }
        Ok(false)
    }

    fn state_length<S: Write + Seek>(&self, stream: &mut S, length: u64) -> Result<(), Error> {
        let end = (self.start + length - 8) as u32;
        stream.seek(SeekFrom::Start(4))?;
        stream.write_all(&end.to_le_bytes())?;
        stream.seek(SeekFrom::Start(self.start - 4))?;
        stream.write_all(&(length as u32).to_le_bytes())?;
        stream.flush()?;
        Ok(())
    }
}

fn find_data<S: Read + Seek>(stream: &mut S) -> Result<DataChunk, Error> {
    stream.seek(SeekFrom::Start(0))?;
    let mut riff = [0; 12];
    read_header(stream, &mut riff)?;
    if riff[..4] != *b"RIFF" || riff[8..] != *b"WAVE" {
        return Err(Error::Format("not a WAV file"));
    }
    let mut start = 12u64;
    let (mut block, mut rate) = (0, 0);
    for _ in 0..MAX_CHUNKS {
        let mut chunk = [0; 8];
        read_header(stream, &mut chunk)?;
        start += 8;
        let length = u64::from(little_endian(&chunk[4..]));
        if chunk[..4] == *b"data" {
            if block == 0 || rate == 0 {
                return Err(Error::Format("no format before the sound"));
            }
            let riff = u64::from(little_endian(&riff[4..8]));
            return Ok(DataChunk {
                riff,
                start,
                length,
                block,
                rate,
            });
        }
        if chunk[..4] == *b"fmt " && length >= 16 {
            let mut format = [0; 16];
            read_header(stream, &mut format)?;
            block = u16::from_le_bytes([format[12], format[13]]);
            rate = little_endian(&format[4..8]);
        }
        start += length + length % 2;
        stream.seek(SeekFrom::Start(start))?;
    }
    Err(Error::Format("no sound within the first chunks"))
}

fn read_header<S: Read>(stream: &mut S, header: &mut [u8]) -> Result<(), Error> {
    stream
        .read_exact(header)
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::Format("the header is cut short"),
            _ => Error::Io(error),
        })
}

fn little_endian(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// What is wrong with a WAV, or with the stream it lies on.
#[derive(Debug)]
pub enum Error {
    /// The reader or writer failed.
    Io(io::Error),
    /// It is not a WAV that can be read: the reason in a few words.
    Format(&'static str),
    /// It holds no channel, or more than [`MAX_CHANNELS`].
    Channels(u16),
    /// Its sampling rate is unusual.
    Rate(RateUnsupported),
    /// It is longer than [`LONGEST_SECONDS`] (reading) or [`MAX_RECORDED_SAMPLES`] (writing).
    TooLong,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Format(reason) => f.write_str(reason),
            Self::Channels(count) => write!(f, "{count} channels; 1 to {MAX_CHANNELS} can be read"),
            Self::Rate(rate) => write!(f, "{rate}"),
            Self::TooLong => f.write_str("too long"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Rate(rate) => Some(rate),
            Self::Format(_) | Self::Channels(_) | Self::TooLong => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<RateUnsupported> for Error {
    fn from(rate: RateUnsupported) -> Self {
        Self::Rate(rate)
    }
}

impl From<hound::Error> for Error {
    fn from(error: hound::Error) -> Self {
        match error {
            hound::Error::IoError(error) => Self::Io(error),
            hound::Error::FormatError(reason) => Self::Format(reason),
            hound::Error::TooWide => Self::Format("samples wider than 32 bits"),
            hound::Error::UnfinishedSample => Self::Format("the last sample is cut short"),
            hound::Error::Unsupported => Self::Format("only PCM and 32-bit float can be read"),
            hound::Error::InvalidSampleFormat => Self::Format("integers and floats are mixed up"),
        }
    }
}

/// The longest WAV that is read, in seconds: half an hour of music on hold.
pub const LONGEST_SECONDS: u64 = 1_800;

/// The most channels that are mixed to one.
pub const MAX_CHANNELS: u16 = 8;

/// The longest recording, in samples of 8 kHz: 18 hours, which are below the 4 GiB a WAV can state also
/// where two channels are of 16 kHz.
pub const MAX_RECORDED_SAMPLES: u64 = 18 * 3_600 * RATE as u64;

/// Chunks looked at before the sound must have come.
const MAX_CHUNKS: usize = 64;

/// What recordings look like.
const RECORDING: WavSpec = WavSpec {
    channels: 1,
    sample_rate: RATE,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

#[cfg(test)]
mod tests;

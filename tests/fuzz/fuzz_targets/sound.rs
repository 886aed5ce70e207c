//! Payloads of every codec: decoded, concealed, recovered, listened to, mixed and coded again. The first
//! byte chooses codec and rate; then come payloads, each behind a byte that says what is done with it and
//! one with its length in units of four bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rappel_audio::codec::{
    ComfortNoise, Decoder, Encoder, MAX_ENCODED, MAX_PACKET_SAMPLES, Noise,
};
use rappel_audio::dtmf::Detector;
use rappel_audio::{Codec, Gain, Mix, Rate};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, payloads)) = data.split_first() else {
        return;
    };
    let codec = CODECS[usize::from(choice & 3)];
    let rate = if choice & 4 == 0 { Rate::Narrow } else { Rate::Wide };
    let mut leg = Leg {
        rate,
        decoder: Decoder::new(codec, rate).expect("it is built"),
        encoder: Encoder::new(codec, rate).expect("it is built"),
        detector: Detector::at(rate),
        noise: ComfortNoise::new(Noise::white(60), 1),
        mix: Mix::new(rate),
    };
    let mut rest = payloads;
    // Coding is slow under the fuzzer: so many packets show what a call would.
    for _ in 0..24 {
        let [what, length, after @ ..] = rest else {
            return;
        };
        let (payload, after) = after.split_at((usize::from(*length) * 4).min(after.len()));
        leg.receive(*what, payload);
        rest = after;
    }
});

struct Leg {
    rate: Rate,
    decoder: Decoder,
    encoder: Encoder,
    detector: Detector,
    noise: ComfortNoise,
    mix: Mix,
}

impl Leg {
    fn receive(&mut self, what: u8, payload: &[u8]) {
        let frame = self.rate.frame_samples();
        let mut sound = [0; MAX_PACKET_SAMPLES];
        let count = match what & 3 {
            0 => self.decoder.conceal(&mut sound),
            1 => self.decoder.recover(payload, &mut sound),
            2 => {
                if let Some(noise) = Noise::parse(payload) {
                    self.noise.change(noise);
                }
                self.noise.fill(&mut sound[..frame]);
                frame
            }
            _ => self.decoder.decode(payload, &mut sound),
        };
        assert!(count <= 120 * self.rate.samples_per_millisecond());
        assert!(what & 3 == 3 || count == frame, "a loss lasts 20 ms");
        self.detector.listen(&sound[..count]);
        if count < frame {
            return;
        }
        let gain = Gain::from_decibels(f64::from(what >> 2) - 32.0);
        self.mix.clear();
        self.mix.add(&sound[..frame], gain);
        let mut others = [1; MAX_PACKET_SAMPLES];
        assert_eq!(self.mix.without(&sound[..frame], gain, &mut others), frame);
        assert!(others[..frame].iter().all(|&s| s == 0), "nobody else spoke");
        let mut packet = [0; MAX_ENCODED];
        self.encoder.expect_loss(what);
        assert!(self.encoder.encode(&sound[..frame], &mut packet) > 0);
    }
}

const CODECS: [Codec; 4] = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];

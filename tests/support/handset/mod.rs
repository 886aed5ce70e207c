//! An office phone of our own: registered, several calls at once, with hold, REFER, Replaces and early
//! media. Its signalling is text made from the RFCs alone (`text.rs`), its voice too (`voice.rs`), so that
//! no fault of our own rooms can hide itself. It also plays a carrier, unregistered.

mod call;
mod text;
mod voice;
mod wire;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use call::Seen;
pub use voice::Came;
use wire::Wire;

use crate::listen::Sound;
use crate::wait::until;

/// What it does with calls that come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manners {
    /// Rings and answers at once.
    Answers,
    /// Rings until told otherwise.
    Rings,
    /// Refuses with a status.
    Refuses(u16),
    /// Says a tone of so many Hz before it answers (183 with SDP), until told to answer.
    SpeaksEarly(f32),
}

/// A phone that is switched on. Dropped, it ends its calls and is off.
#[derive(Debug)]
pub struct Handset {
    wire: Arc<Mutex<Wire>>,
    off: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Handset {
    /// A phone of a user, registered at the engine.
    pub fn of(engine: SocketAddr, user: &str, password: &str, manners: Manners) -> Self {
        let at = SocketAddr::from(([127, 0, 0, 1], 0));
        let handset = Self::on(Wire::open(engine, at, Some((user, password)), manners));
        // A user who was just made is known within moments.
        let mut turns = 0;
        until("the phone to be registered", LONG, || {
            let mut wire = handset.lock();
            if turns % 20 == 0 && !wire.is_registered {
                wire.register();
            }
            turns += 1;
            wire.is_registered.then_some(())
        });
        handset
    }

    /// A carrier's side, which registers nowhere; port 0 is any.
    pub fn carrier(engine: SocketAddr, at: (impl Into<IpAddr>, u16), manners: Manners) -> Self {
        let at = SocketAddr::new(at.0.into(), at.1);
        Self::on(Wire::open(engine, at, None, manners))
    }

    fn on(wire: Wire) -> Self {
        let wire = Arc::new(Mutex::new(wire));
        let off = Arc::new(AtomicBool::new(false));
        let (shared, stop) = (Arc::clone(&wire), Arc::clone(&off));
        let turns = move || {
            while !stop.load(Ordering::Relaxed) {
                shared.lock().expect("no turn fails").turn();
                thread::sleep(Duration::from_millis(2));
            }
        };
        let thread = Some(thread::spawn(turns));
        Self { wire, off, thread }
    }

    fn lock(&self) -> MutexGuard<'_, Wire> {
        self.wire.lock().expect("no turn fails")
    }

    /// Calls a number; the number of the call.
    pub fn call(&self, number: &str) -> usize {
        self.lock().call(number)
    }

    /// Calls a number and waits until it is answered.
    pub fn talk_to(&self, number: &str) -> usize {
        let call = self.call(number);
        self.await_seen(call, "the answer", |seen| seen.answered);
        call
    }

    /// Waits for the call with this number to come in.
    pub fn await_call(&self, call: usize) {
        until("a call to come in", LONG, || {
            (self.lock().calls.len() > call).then_some(())
        });
    }

    /// How many calls there were, in both directions.
    pub fn calls(&self) -> usize {
        self.lock().calls.len()
    }

    /// Answers a call that rings.
    pub fn answer(&self, call: usize) {
        self.lock().answer(call);
    }

    /// Refuses a call that rings.
    pub fn refuse(&self, call: usize, status: u16) {
        self.lock().refuse(call, status);
    }

    /// Ends a call: BYE.
    pub fn hang_up(&self, call: usize) {
        self.lock().hang_up(call);
    }

    /// Puts the other party on hold (re-INVITE, `sendonly`) and falls silent.
    pub fn hold(&self, call: usize) {
        self.lock().offer(call, "sendonly");
    }

    /// Says what it says while it holds, too: music of its own.
    pub fn play(&self, call: usize, hertz: f32) {
        let voice = &mut self.lock().calls[call].voice;
        (voice.tone, voice.muted) = (Some(hertz), false);
    }

    /// Sends nothing, or speaks again.
    pub fn mute(&self, call: usize, muted: bool) {
        self.lock().calls[call].voice.muted = muted;
    }

    /// Its voice goes on from another port of its host, and nobody is told: an address translator has
    /// forgotten the one before.
    pub fn rebind(&self, call: usize) {
        self.lock().calls[call].voice.rebind();
    }

    /// Takes it back.
    pub fn resume(&self, call: usize) {
        self.lock().offer(call, "sendrecv");
    }

    /// Hands the other party to a number (REFER, RFC 3515).
    pub fn refer(&self, call: usize, number: &str) {
        self.lock().refer(call, number, None);
    }

    /// Joins the other parties of two calls: REFER with Replaces (RFC 3891) of `other`, which may only ring
    /// yet.
    pub fn join(&self, call: usize, other: usize) {
        self.lock().refer(call, "whoever", Some(other));
    }

    /// Sends a key as INFO (`application/dtmf-relay`).
    pub fn inform(&self, call: usize, key: char) {
        self.lock().inform(call, key);
    }

    /// Says a tone from now on; `None` is silence.
    pub fn say(&self, call: usize, hertz: Option<f32>) {
        self.lock().calls[call].voice.tone = hertz;
    }

    /// Presses a key of 1 to 9 for 120 ms, as the two tones of ITU-T Q.23.
    pub fn press(&self, call: usize, digit: u8) {
        let place = usize::from(digit - 1);
        let (low, high) = (
            [697.0, 770.0, 852.0][place / 3],
            [1_209.0, 1_336.0, 1_477.0][place % 3],
        );
        let sounds = |low, high| {
            let voice = &mut self.lock().calls[call].voice;
            (voice.tone, voice.beside) = (low, high);
        };
        sounds(Some(low), Some(high));
        thread::sleep(Duration::from_millis(120));
        sounds(None, None);
    }

    /// Asks whether the engine is there (OPTIONS); the answer's status and Retry-After.
    pub fn ask(&self) -> (u16, String) {
        self.lock().options();
        until("an answer to OPTIONS", LONG, || self.lock().asked.take())
    }

    /// What is known of a call.
    pub fn seen(&self, call: usize) -> Seen {
        self.lock().calls[call].seen.clone()
    }

    /// Waits for something to be seen in a call, for ten seconds.
    pub fn await_seen(&self, call: usize, what: &str, is: impl Fn(&Seen) -> bool) {
        let begun = Instant::now();
        while !is(&self.seen(call)) {
            assert!(
                begun.elapsed() < LONG,
                "waited in vain for {what}: {:?}",
                self.seen(call)
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Forgets what was heard so far.
    pub fn forget(&self, call: usize) {
        let voice = &mut self.lock().calls[call].voice;
        voice.heard.clear();
        voice.came = Came::default();
    }

    /// Which packets came since it was forgotten.
    pub fn came(&self, call: usize) -> Came {
        self.lock().calls[call].voice.came.clone()
    }

    /// Where the engine wants the voice of a call.
    pub fn voice_at(&self, call: usize) -> Option<SocketAddr> {
        self.lock().calls[call].voice.remote
    }

    /// What was heard since it was forgotten.
    pub fn heard(&self, call: usize) -> Sound {
        let samples = self.lock().calls[call].voice.heard.clone();
        Sound::from_samples(&samples)
    }
}

impl Drop for Handset {
    fn drop(&mut self) {
        if let Ok(mut wire) = self.wire.lock() {
            (0..wire.calls.len()).for_each(|call| wire.hang_up(call));
        }
        // A BYE that is on its way to us is answered still.
        thread::sleep(Duration::from_millis(150));
        self.off.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A turn that failed has said so already.
            let _failed = thread.join().is_err();
        }
    }
}

/// Two parties hear each other within `limit`: each says a tone of its own, which arrives at the other
/// as loud as it was said (−13 dB of a sine at −10 dB peak), and nothing else does.
pub fn assert_talk(one: (&Handset, usize), other: (&Handset, usize), limit: Duration) {
    let tones = [(one, other, 700.0), (other, one, 1_100.0)];
    for ((from, call), _, hertz) in tones {
        from.say(call, Some(hertz));
    }
    for (_, (to, call), hertz) in tones {
        until(&format!("{hertz} Hz to be heard"), limit, || {
            to.forget(call);
            thread::sleep(Duration::from_millis(120));
            (to.heard(call).tone_millis(hertz) >= 80).then_some(())
        });
    }
    for ((from, said), (to, call), hertz) in tones {
        to.forget(call);
        until("half a second of sound", LONG, || {
            (to.heard(call).millis() >= 500).then_some(())
        });
        let heard = to.heard(call);
        let share = heard.tone_millis(hertz) * 100 / heard.millis();
        assert!(share >= 90, "{hertz} Hz are heard {share} % of the time");
        let level = heard.tone_level(hertz).expect("it is heard");
        assert!((level + 13.0).abs() < 1.0, "{hertz} Hz at {level} dB");
        from.say(said, None);
    }
}

/// Ten seconds: nothing on loopback takes longer.
const LONG: Duration = Duration::from_secs(10);

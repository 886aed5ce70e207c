//! The second phone of a bridge: registers, answers every call at once, and talks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rappel_model::{Random, Secret};
use rappel_rtp::sdp::Negotiation;
use rappel_rtp::{Direction, Encoding};
use rappel_sip::auth::Account;
use rappel_sip::header::NameAddr;
use rappel_sip::uri::{SipUri, Uri};
use rappel_sip::{Incoming, Output, Registration, RegistrationState};

use super::floor;
use super::link::{Link, TURN};
use super::pump::Line;
use super::voice::{Sound, Voice};

/// A user of the server, as which the second phone registers.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) password: Secret,
}

/// A second phone at work.
#[derive(Debug)]
pub(crate) struct Callee {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), String>>,
}

impl Callee {
    /// Registers as `user` and answers from then on; the media of each call goes to `lines`.
    ///
    /// # Errors
    /// The server refuses, or does not answer within [`PATIENCE`].
    pub(crate) fn start(
        server: SocketAddr,
        user: User,
        lines: Sender<Line>,
        random: Random,
    ) -> Result<Self, String> {
        let mut phone = Phone {
            link: Link::open(server, random)?,
            sound: Sound::of(Encoding::Pcma)?,
            lines,
            answered: 0,
        };
        phone.register(user)?;
        let (told, state) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let thread = thread::spawn(move || phone.run(&asked, &told));
        await_registration(&state)?;
        Ok(Self { stop, thread })
    }

    /// Stops answering and leaves the registrar. Calls still up are the server's to end.
    pub(crate) fn finish(self) -> Result<(), String> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.join();
        ended.map_err(|_| "the second phone failed".to_owned())?
    }
}

fn await_registration(state: &Receiver<RegistrationState>) -> Result<(), String> {
    let since = Instant::now();
    while let Some(left) = PATIENCE.checked_sub(since.elapsed()) {
        match state.recv_timeout(left) {
            Ok(RegistrationState::Registered { .. }) => return Ok(()),
            Ok(RegistrationState::Refused { status, reason, .. }) => {
                return Err(format!(
                    "the second phone may not register: {status} {reason} (--user, --password)"
                ));
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    Err("the server does not answer the second phone".into())
}

/// What lives on its thread.
struct Phone {
    link: Link,
    sound: Arc<Sound>,
    lines: Sender<Line>,
    answered: u32,
}

impl Phone {
    fn register(&mut self, user: User) -> Result<(), String> {
        let flow = self.link.flow;
        let registrar = format!("sip:{}", flow.remote);
        let registration = Registration {
            registrar: registrar.parse().map_err(|_| registrar)?,
            way: flow.into(),
            aor: NameAddr::new(Uri::Sip(SipUri::at(&user.name, flow.remote))),
            contact_user: user.name.clone(),
            account: Some(Account {
                username: user.name,
                password: user.password,
            }),
            expires: 3_600,
            patience: None,
        };
        let now = self.link.now();
        self.link.endpoint.register_at(now, registration);
        Ok(())
    }

    fn run(mut self, stop: &AtomicBool, told: &Sender<RegistrationState>) -> Result<(), String> {
        self.carry(told)?;
        while !stop.load(Ordering::Relaxed) {
            self.link.turn(TURN)?;
            self.carry(told)?;
        }
        let now = self.link.now();
        self.link.endpoint.unregister_all(now);
        let since = Instant::now();
        while self.link.endpoint.live().registrations > 0 && since.elapsed() < PARTING {
            self.carry(told)?;
            self.link.turn(TURN)?;
        }
        Ok(())
    }

    fn carry(&mut self, told: &Sender<RegistrationState>) -> Result<(), String> {
        while let Some(output) = self.link.next()? {
            match output {
                Output::Incoming(incoming) => self.answer(&incoming)?,
                // Nobody listens any more once the first one holds.
                Output::Registration { state, .. } => drop(told.send(state)),
                _ => {}
            }
        }
        Ok(())
    }

    fn answer(&mut self, incoming: &Incoming) -> Result<(), String> {
        let now = self.link.now();
        let socket = floor::socket(self.link.flow.local.ip())?;
        let local = socket.local_addr().map_err(|e| e.to_string())?;
        self.answered += 1;
        let id = u64::from(self.answered);
        let mut negotiation = Negotiation::new(local, id, vec![Encoding::Pcma]);
        negotiation.hear_from(incoming.flow.remote.ip());
        let offered = negotiation.receive_offer(&incoming.body, Direction::SendRecv);
        match offered {
            Ok((body, stream)) => {
                self.link.endpoint.accept(now, incoming.dialog, body);
                let voice = Voice::new(&self.sound, &stream, SSRC | self.answered, false);
                // The pump ends before us only when all is over.
                let _over = self.lines.send(Line {
                    socket,
                    remote: stream.remote,
                    voice,
                    is_judged: true,
                });
            }
            Err(refused) => {
                let (dialog, status) = (incoming.dialog, refused.status());
                self.link.endpoint.reject(now, dialog, status, None);
            }
        }
        Ok(())
    }
}

/// How long the registrar may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long leaving it may take.
const PARTING: Duration = Duration::from_secs(1);
/// Sources of the second phone's streams; the number of the call is added.
const SSRC: u32 = 0x4341_0000;

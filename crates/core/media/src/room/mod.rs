//! Rooms: three and more sessions that hear each other mixed, on our clock.
//!
//! Packets of a member wait in its ear until the tick wants them (`ear.rs`). A tick adds up all
//! voices once per rate somebody listens at, takes each listener's own voice out of the sum and adds
//! what is whispered to it; `part.rs` says who hears whom. What listeners hear alike is coded once
//! (`mouth.rs`) and left at their sessions, which send it under the numbers of their streams unless
//! they have something of their own to say.

mod ear;
mod mouth;
mod part;
mod rooms;

use rappel_audio::mix::Mix;
use rappel_audio::{Gain, MAX_FRAME_SAMPLES, Rate};
use rappel_model::{Instant, LegId, RoomId};

use ear::{Ear, Rates};
use mouth::Mouth;
use part::{Place, hears};

pub use part::Part;
pub(crate) use rooms::Rooms;
pub use rooms::{MAX_MEMBERS, MAX_ROOMS};

use crate::session::{Received, Session};

/// One room.
#[derive(Debug)]
struct Room {
    id: RoomId,
    /// In the order they came; at most [`MAX_MEMBERS`].
    members: Vec<Member>,
    /// Somebody came, went or changed: who hears whom must be looked up again.
    changed: bool,
    /// Those whom everybody hears.
    full: Members,
}

#[derive(Debug)]
struct Member {
    /// Of its session.
    slot: usize,
    place: Place,
    ear: Box<Ear>,
    /// Whom it hears.
    hears: Members,
    voice: Outlet,
}

/// Where what a member hears is coded.
#[derive(Debug)]
enum Outlet {
    /// It has not been heard of yet what it wants.
    None,
    /// Here.
    Own(Box<Mouth>),
    /// An earlier member hears the same in the same encoding.
    As(usize),
}

/// A set of members: bit `n` is the `n`-th.
type Members = u32;

impl Room {
    fn new(id: RoomId) -> Self {
        Self {
            id,
            members: Vec::new(),
            changed: true,
            full: 0,
        }
    }

    fn position(&self, slot: usize) -> Option<usize> {
        self.members.iter().position(|member| member.slot == slot)
    }

    /// Brings somebody in, whose sound `goes_on` from a bridge or not, or gives a member another part.
    fn seat(&mut self, slot: usize, (leg, part): (LegId, Part), goes_on: bool) {
        let place = Place { leg, part };
        self.changed = true;
        if let Some(n) = self.position(slot) {
            self.members[n].place = place;
            return;
        }
        self.members.push(Member {
            slot,
            place,
            // The low bits tell the legs of a room apart.
            ear: Box::new(Ear::new(leg.0 as u32, goes_on)),
            hears: 0,
            voice: Outlet::None,
        });
    }

    fn leave(&mut self, slot: usize) {
        if let Some(n) = self.position(slot) {
            self.hand_over(n);
            self.members.remove(n);
            self.changed = true;
        }
    }

    /// The stream that others hear with this member goes on with the first of them.
    fn hand_over(&mut self, n: usize) {
        let heir = self
            .members
            .iter()
            .position(|member| matches!(member.voice, Outlet::As(lead) if lead == n));
        if let Some(heir) = heir {
            self.members[heir].voice = std::mem::replace(&mut self.members[n].voice, Outlet::None);
        }
    }

    fn put(&mut self, now: Instant, slot: usize, received: &Received, datagram: &[u8]) {
        if let Some(n) = self.position(slot) {
            self.members[n].ear.put(now, received, datagram);
        }
    }

    /// One tick: what every member will hear lies at its session afterwards.
    fn tick(&mut self, now: Instant, slots: &mut [Option<Box<Session>>]) {
        self.arrange(slots);
        let rates = self.rates();
        let sounding = self.listen(now, rates, slots);
        self.end_waits(slots);
        let totals = self.totals(sounding, rates);
        for n in 0..self.members.len() {
            let lead = match self.members[n].voice {
                Outlet::None => continue,
                Outlet::As(lead) => lead,
                Outlet::Own(_) => {
                    if self.is_heard(n, sounding, slots) {
                        self.speak(n, sounding, &totals);
                    }
                    n
                }
            };
            let member = &self.members[n];
            if !self.is_told(n, sounding, slots) {
                continue;
            }
            if let (Outlet::Own(mouth), Some(session)) =
                (&self.members[lead].voice, slots[member.slot].as_mut())
            {
                session.hear_room(mouth.said());
            }
        }
    }

    /// Looks up who hears whom, and which of them hear alike, when anything changed.
    fn arrange(&mut self, slots: &[Option<Box<Session>>]) {
        let encoding = |member: &Member| slots[member.slot].as_deref().and_then(Session::encoding);
        let moved = |member: &Member| match &member.voice {
            Outlet::None => encoding(member).is_some(),
            Outlet::Own(mouth) => encoding(member) != Some(mouth.encoding()),
            Outlet::As(lead) => encoding(member) != encoding(&self.members[*lead]),
        };
        if !self.changed && !self.members.iter().any(moved) {
            return;
        }
        self.changed = false;
        self.full = self.set(|speaker| speaker.part == Part::Full);
        for n in 0..self.members.len() {
            let listener = self.members[n].place;
            self.members[n].hears = self.set(|speaker| hears(listener, speaker));
            let wanted = encoding(&self.members[n]);
            let hears = self.members[n].hears;
            let lead = self.members[..n].iter().position(|earlier| {
                matches!(&earlier.voice, Outlet::Own(mouth)
                    if earlier.hears == hears && wanted == Some(mouth.encoding()))
            });
            let member = &mut self.members[n];
            member.voice = match (lead, std::mem::replace(&mut member.voice, Outlet::None)) {
                (Some(lead), _) => Outlet::As(lead),
                (None, Outlet::Own(mouth)) if Some(mouth.encoding()) == wanted => {
                    Outlet::Own(mouth)
                }
                (None, _) => wanted
                    .and_then(Mouth::new)
                    .map_or(Outlet::None, Outlet::Own),
            };
        }
    }

    fn set(&self, is_in: impl Fn(Place) -> bool) -> Members {
        let bits = self.members.iter().enumerate();
        bits.fold(0, |set, (n, member)| {
            set | Members::from(is_in(member.place)) << n
        })
    }

    /// The rates at which anything is coded.
    fn rates(&self) -> Rates {
        let mut rates = Rates::default();
        for member in &self.members {
            if let Outlet::Own(mouth) = &member.voice {
                match mouth.rate() {
                    Rate::Narrow => rates.narrow = true,
                    Rate::Wide => rates.wide = true,
                }
            }
        }
        rates
    }

    /// Takes 20 ms of every member; those of whom there is something to hear. Who holds the room is
    /// not heard: its music would drown the others.
    fn listen(&mut self, now: Instant, rates: Rates, slots: &[Option<Box<Session>>]) -> Members {
        let mut sounding = 0;
        for (n, member) in self.members.iter_mut().enumerate() {
            let talks = slots[member.slot].as_deref().is_some_and(Session::is_talk);
            sounding |= Members::from(member.ear.tick(now, talks, rates)) << n;
        }
        sounding
    }

    /// Who comes from a bridge waits for the sound of the other side to go on; here it does.
    fn end_waits(&self, slots: &mut [Option<Box<Session>>]) {
        for member in &self.members {
            if let Some(session) = slots[member.slot].as_deref_mut()
                && session.waits()
                && each(member.hears).any(|n| self.members[n].ear.has_begun())
            {
                session.end_wait();
            }
        }
    }

    fn totals(&self, sounding: Members, rates: Rates) -> [Mix; 2] {
        let mut totals = RATES.map(Mix::new);
        let listened = [rates.narrow, rates.wide];
        for ((total, rate), listened) in totals.iter_mut().zip(RATES).zip(listened) {
            if listened {
                for n in each(self.full & sounding) {
                    total.add(self.members[n].ear.voice(rate), Gain::UNITY);
                }
            }
        }
        totals
    }

    /// Whether any session can send what this member's stream says.
    fn is_heard(&self, n: usize, sounding: Members, slots: &[Option<Box<Session>>]) -> bool {
        self.members.iter().enumerate().any(|(m, member)| {
            let listens = m == n || matches!(member.voice, Outlet::As(lead) if lead == n);
            listens
                && self.is_told(m, sounding, slots)
                && slots[member.slot].as_deref().is_some_and(Session::can_send)
        })
    }

    /// Whether a member is sent what is heard in this tick: somebody whom it hears sounds, or it wants
    /// silence as sound.
    fn is_told(&self, n: usize, sounding: Members, slots: &[Option<Box<Session>>]) -> bool {
        let member = &self.members[n];
        let session = slots[member.slot].as_ref();
        let takes_silence = |session: &Session| !session.saves_silence() && !session.waits();
        member.hears & sounding != 0 || session.is_none_or(|session| takes_silence(session))
    }

    /// Codes what the `n`-th member hears.
    fn speak(&mut self, n: usize, sounding: Members, totals: &[Mix; 2]) {
        let member = &self.members[n];
        let Outlet::Own(mouth) = &member.voice else {
            return;
        };
        let rate = mouth.rate();
        let mut mix = totals[usize::from(rate == Rate::Wide)].clone();
        for whisper in each(member.hears & !self.full & sounding) {
            mix.add(self.members[whisper].ear.voice(rate), Gain::UNITY);
        }
        // Of those whom everybody hears, one does not hear itself.
        let own = each(self.full & !member.hears & sounding).next();
        let own = own.map_or(&[][..], |own| self.members[own].ear.voice(rate));
        let mut heard = [0; MAX_FRAME_SAMPLES];
        let count = mix.without(own, Gain::UNITY, &mut heard);
        if let Outlet::Own(mouth) = &mut self.members[n].voice {
            mouth.say(&heard[..count]);
        }
    }
}

/// The members of a set.
fn each(set: Members) -> impl Iterator<Item = usize> {
    (0..MAX_MEMBERS).filter(move |n| set >> n & 1 == 1)
}

/// In the order of their totals.
const RATES: [Rate; 2] = [Rate::Narrow, Rate::Wide];

const _: () = assert!(MAX_MEMBERS <= Members::BITS as usize);

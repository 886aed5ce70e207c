//! Sessions that go from one pacing thread to another in the middle of a call, on real sockets: nothing is
//! lost, and their peers notice nothing.
#![allow(missing_docs, clippy::unwrap_used)]

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rappel_audio::{Frame, Rate};
use rappel_media::{Command, Event, Open, RecordSink};
use rappel_model::{LegId, RecordingId};
use rappel_net::Clock;
use rappel_net::media::{News, PortRange, Settings, Thread};
use rappel_rtp::srtp::{Keys, MasterKey, Suite};
use rappel_rtp::{Encoding, Header, Packet, Secured, Security, Stream};

struct NoRecordings;

impl RecordSink for NoRecordings {
    fn frame(
        &mut self,
        _: RecordingId,
        _: Rate,
        _: &Frame,
        _: Option<&Frame>,
    ) -> Result<(), rappel_media::Full> {
        Ok(())
    }
    fn end(&mut self, _: RecordingId, _: u64) {}
}

struct Channel(SyncSender<Event>);

impl News for Channel {
    fn tell(&mut self, news: Event) -> Result<(), Box<Event>> {
        self.0.try_send(news).map_err(|error| match error {
            TrySendError::Full(news) | TrySendError::Disconnected(news) => Box::new(news),
        })
    }
}

fn thread(number: usize, first: u16) -> (Thread, Receiver<Event>) {
    let (tell, news) = sync_channel(64);
    let mut ports = PortRange::new([127, 0, 0, 1].into(), None, first, first + 400);
    let settings = Settings {
        number,
        max_orders: 64,
        blocked: Arc::default(),
    };
    let clock = Clock::since(Instant::now());
    let ports = ports.bind(4).unwrap();
    let thread = Thread::start(settings, ports, NoRecordings, Channel(tell), clock).unwrap();
    (thread, news)
}

/// A phone that counts what comes to it, under keys where it has some.
struct Phone {
    socket: UdpSocket,
    engine: SocketAddr,
    leg: LegId,
    sequence: u16,
    keys: Option<Secured>,
}

impl Phone {
    fn new(leg: LegId, engine: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PAUSE)).unwrap();
        Self {
            socket,
            engine,
            leg,
            sequence: 1,
            keys: None,
        }
    }

    fn stream(&self, security: Security) -> Stream {
        Stream {
            security,
            ..Stream::plain(self.socket.local_addr().unwrap(), Encoding::Pcmu)
        }
    }

    /// Says 20 ms that are told apart by their first byte.
    fn say(&mut self, what: u8) {
        let mut payload = [0xff; 160];
        payload[0] = what;
        let header = Header {
            marker: false,
            payload_type: 0,
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * 160,
            ssrc: 0x7000 + self.leg.0 as u32,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let mut packet = [0; 400];
        let length = header.write_packet(&payload, &mut packet).unwrap();
        let mut sealed = [0; 500];
        let packet = match &mut self.keys {
            None => &packet[..length],
            Some(keys) => {
                let length = keys.protect(&packet[..length], &mut sealed).unwrap();
                &sealed[..length]
            }
        };
        self.socket.send_to(packet, self.engine).unwrap();
    }

    /// Everything that was said, as (sequence number, first byte), until nothing is for a while; the
    /// engine's own silence and noise are left out.
    fn heard(&mut self) -> Vec<(u16, u8)> {
        let mut heard = Vec::new();
        let mut buffer = [0; 2_000];
        let mut last = Instant::now();
        while last.elapsed() < PAUSE
            && let Ok(length) = self.socket.recv(&mut buffer)
        {
            let length = match &mut self.keys {
                None => length,
                Some(keys) => keys.unprotect(&mut buffer[..length]).expect("our key"),
            };
            let packet = Packet::parse(&buffer[..length]).unwrap();
            let (what, rest) = packet.payload().split_first().expect("20 ms");
            if *what != 0xff && rest.iter().all(|rest| *rest == 0xff) {
                last = Instant::now();
                heard.push((packet.header().sequence, packet.payload()[0]));
            }
        }
        heard
    }
}

/// Nobody says anything for so long within a test.
const PAUSE: Duration = Duration::from_millis(300);

fn open(leg: LegId, local: SocketAddr) -> Command<Arc<rappel_media::Clip>> {
    Command::Open(Open {
        leg,
        local,
        ssrc: 100 + leg.0 as u32,
        sequence: 7,
        timestamp: 1_000,
        dead_after: Duration::from_secs(30),
        quiet_after: Duration::from_secs(2),
    })
}

fn until(news: &Receiver<Event>, wanted: impl Fn(&Event) -> bool) {
    while !wanted(&news.recv_timeout(Duration::from_secs(5)).unwrap()) {}
}

const A: LegId = LegId(1);
const B: LegId = LegId(2);

/// A hears its own voice on one thread and comes to B on the other while it speaks.
#[test]
fn wire_a_leg_that_moves_in_the_middle_of_a_word_loses_no_packet() {
    let (one, _one_news) = thread(0, 23_000);
    let (two, news) = thread(1, 23_500);
    let mut a = Phone::new(A, one.ports()[0]);
    let mut b = Phone::new(B, two.ports()[0]);
    for (thread, phone) in [(&one, &a), (&two, &b)] {
        let leg = phone.leg;
        thread.orders().try_send(open(leg, phone.engine)).unwrap();
        let stream = phone.stream(Security::Plain);
        let connect = Command::Connect { leg, stream };
        thread.orders().try_send(connect).unwrap();
    }
    one.orders()
        .try_send(Command::Bridge { a: A, b: A })
        .unwrap();
    sleep(Duration::from_millis(50));
    for n in 0..150u8 {
        a.say(n);
        if n == 75 {
            two.orders().try_send(Command::Arrive { leg: A }).unwrap();
            two.orders()
                .try_send(Command::Bridge { a: A, b: B })
                .unwrap();
            one.orders().try_move(A, &two.orders()).unwrap();
            one.orders().wake();
        }
        sleep(Duration::from_millis(5));
    }
    let (itself, other) = (a.heard(), b.heard());
    let all: Vec<u8> = itself.iter().chain(&other).map(|(_, byte)| *byte).collect();
    assert_eq!(
        all,
        (0..150).collect::<Vec<u8>>(),
        "first by itself, then by B"
    );
    assert!(itself.len() >= 70 && other.len() >= 50, "{}", itself.len());
    let numbers = other.windows(2).map(|w| w[1].0.wrapping_sub(w[0].0));
    assert!(
        numbers.into_iter().all(|step| step == 1),
        "one stream: {other:?}"
    );

    // B speaks, and A hears it from where it always has, in the stream it has always heard.
    b.say(1);
    sleep(Duration::from_millis(50));
    assert_eq!(a.heard().len(), 1);
    // The second thread has its port, and lends it to the next.
    two.orders().try_send(Command::Close { leg: A }).unwrap();
    until(&news, |event| matches!(event, Event::Closed { leg: A, .. }));
    let again = LegId(3);
    two.orders().try_send(open(again, a.engine)).unwrap();
    let stream = a.stream(Security::Plain);
    two.orders()
        .try_send(Command::Connect { leg: again, stream })
        .unwrap();
    sleep(Duration::from_millis(100));
    a.say(1);
    until(
        &news,
        |event| matches!(event, Event::Started { leg } if *leg == again),
    );
}

/// A peer whose packets have been counted over once is still read after the move.
#[test]
fn wire_keys_go_on_counting_where_they_were() {
    let (one, _news) = thread(0, 24_000);
    let (two, _two_news) = thread(1, 24_500);
    let mut a = Phone::new(A, one.ports()[0]);
    let ours = [0x11; 30];
    let theirs = [0x22; 30];
    let suite = Suite::AesCm128HmacSha1_80;
    let keys = |ours: [u8; 30], theirs: [u8; 30]| Keys {
        suite,
        ours: MasterKey::new(suite, &ours),
        theirs: MasterKey::new(suite, &theirs),
    };
    a.keys = Some(Secured::new(keys(theirs, ours)));
    a.sequence = 65_500;
    one.orders().try_send(open(A, a.engine)).unwrap();
    let stream = a.stream(Security::Srtp(Box::new(keys(ours, theirs))));
    let connect = Command::Connect { leg: A, stream };
    one.orders().try_send(connect).unwrap();
    // It hears its own voice.
    one.orders()
        .try_send(Command::Bridge { a: A, b: A })
        .unwrap();
    sleep(Duration::from_millis(50));
    for n in 0..120u8 {
        a.say(n);
        if n == 60 {
            two.orders().try_send(Command::Arrive { leg: A }).unwrap();
            one.orders().try_move(A, &two.orders()).unwrap();
            one.orders().wake();
            two.orders()
                .try_send(Command::Bridge { a: A, b: A })
                .unwrap();
        }
        sleep(Duration::from_millis(5));
    }
    let heard: Vec<u8> = a.heard().into_iter().map(|(_, byte)| byte).collect();
    assert_eq!(heard, (0..120).collect::<Vec<u8>>());
}

/// What is ordered for a session that is over when it should go does not wait for ever.
#[test]
fn wire_a_session_that_is_over_holds_nobody_up() {
    let (one, _news) = thread(0, 25_000);
    let (two, two_news) = thread(1, 25_500);
    two.orders().try_send(Command::Arrive { leg: A }).unwrap();
    one.orders().try_move(A, &two.orders()).unwrap();
    one.orders().wake();
    two.orders().try_send(open(A, two.ports()[0])).unwrap();
    two.orders().try_send(Command::Close { leg: A }).unwrap();
    until(&two_news, |event| {
        matches!(event, Event::Closed { leg: A, .. })
    });
}

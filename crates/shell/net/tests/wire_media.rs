//! A pacing thread on real sockets of the loopback, in real time: few and short.
#![allow(missing_docs, clippy::unwrap_used)]

use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use rappel_audio::{Frame, Rate};
use rappel_media::{Clip, Command, Event, Open, RecordSink};
use rappel_model::{LegId, PlayId, RecordingId};
use rappel_net::Clock;
use rappel_net::media::{News, PortRange, Settings, Thread};
use rappel_rtp::{Encoding, Header, Packet, Stream};

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

fn thread(room: usize, first: u16) -> (Thread, Receiver<Event>) {
    thread_at([127, 0, 0, 1].into(), room, first)
}

fn thread_at(bind: IpAddr, room: usize, first: u16) -> (Thread, Receiver<Event>) {
    let (tell, news) = sync_channel(room);
    (thread_that_tells(Channel(tell), bind, first), news)
}

fn thread_that_tells(tell: impl News, bind: IpAddr, first: u16) -> Thread {
    let ports = PortRange::new(bind, None, first, first + 400)
        .bind(4)
        .unwrap();
    let settings = Settings {
        number: 0,
        max_orders: 64,
        blocked: Arc::default(),
    };
    let clock = Clock::since(Instant::now());
    Thread::start(settings, ports, NoRecordings, tell, clock).unwrap()
}

fn phone() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn begin(thread: &Thread, leg: LegId, local: SocketAddr, phone: &UdpSocket) {
    begin_with(thread, leg, local, phone, Duration::from_secs(30));
}

fn begin_with(
    thread: &Thread,
    leg: LegId,
    local: SocketAddr,
    phone: &UdpSocket,
    dead_after: Duration,
) {
    let open = Open {
        leg,
        local,
        ssrc: 100 + leg.0 as u32,
        sequence: 7,
        timestamp: 1000,
        dead_after,
        quiet_after: Duration::from_secs(2),
    };
    let stream = Stream {
        telephone_event: Some(101.into()),
        ..Stream::plain(phone.local_addr().unwrap(), Encoding::Pcmu)
    };
    order(thread, Command::Open(open));
    order(thread, Command::Connect { leg, stream });
}

fn order(thread: &Thread, command: Command<Arc<Clip>>) {
    thread.orders().try_send(command).unwrap();
}

/// The next packet of our own making that satisfies `wanted`.
fn next(phone: &UdpSocket, wanted: impl Fn(&Packet<'_>) -> bool) -> Vec<u8> {
    let start = Instant::now();
    let mut buffer = [0; 2000];
    while start.elapsed() < PATIENCE {
        let length = phone.recv(&mut buffer).unwrap();
        if wanted(&Packet::parse(&buffer[..length]).unwrap()) {
            return buffer[..length].to_vec();
        }
    }
    panic!("no such packet came");
}

fn until(news: &Receiver<Event>, mut wanted: impl FnMut(&Event) -> bool) -> Event {
    loop {
        let event = news.recv_timeout(PATIENCE).unwrap();
        if wanted(&event) {
            return event;
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(5);
const A: LegId = LegId(1);
const B: LegId = LegId(2);

#[test]
fn wire_a_clip_leaves_at_the_pace_of_speech() {
    let (thread, news) = thread(64, 21_000);
    let phone = phone();
    let local = thread.ports()[0];
    // What strangers sent before the session began is not part of it.
    phone.send_to(b"stray", local).unwrap();
    begin(&thread, A, local, &phone);
    let second: Vec<i16> = (0..8000)
        .map(|n| if n % 8 < 4 { 8000 } else { -8000 })
        .collect();
    let play = Command::Play {
        leg: A,
        play: PlayId(1),
        sounds: vec![Arc::new(Clip::from_samples(&second))],
        stop_on_key: true,
        forever: false,
    };
    order(&thread, play);
    until(&news, |e| {
        matches!(
            e,
            Event::PlayStarted {
                play: PlayId(1),
                ..
            }
        )
    });
    let start = Instant::now();
    until(&news, |e| {
        matches!(
            e,
            Event::PlayEnded {
                play: PlayId(1),
                ..
            }
        )
    });
    let took = start.elapsed();
    assert!(
        took > Duration::from_millis(940) && took < Duration::from_millis(1500),
        "{took:?}"
    );

    let mut buffer = [0; 2000];
    let mut last: Option<Header> = None;
    phone.set_nonblocking(true).unwrap();
    let mut count = 0;
    while let Ok((length, from)) = phone.recv_from(&mut buffer) {
        assert_eq!(from, local);
        let header = Packet::parse(&buffer[..length]).unwrap().header();
        assert_eq!(header.ssrc, 101);
        if let Some(last) = last.replace(header) {
            assert_eq!(header.sequence, last.sequence + 1);
            assert_eq!(header.timestamp, last.timestamp + 160);
        }
        count += 1;
    }
    assert!(count >= 50, "{count} packets");

    order(&thread, Command::Close { leg: A });
    let closed = until(&news, |e| matches!(e, Event::Closed { .. }));
    let Event::Closed {
        local: free,
        report,
        ..
    } = closed
    else {
        unreachable!("it was asked for")
    };
    assert_eq!((free, report.received), (local, 0));
    thread.stop().unwrap();
}

#[test]
fn wire_a_bridge_relays_on_arrival_and_shows_nothing_of_the_other_leg() {
    let (thread, news) = thread(64, 21_500);
    let (alice, bob) = (phone(), phone());
    begin(&thread, A, thread.ports()[0], &alice);
    begin(&thread, B, thread.ports()[1], &bob);
    order(&thread, Command::Bridge { a: A, b: B });
    // Both sides are heard once, so that both streams run.
    next(&alice, |_| true);
    let mut delays = Vec::new();
    for n in 0..40u16 {
        let header = Header {
            marker: n == 0,
            payload_type: 0,
            sequence: 500 + n,
            timestamp: 9000 + 160 * u32::from(n),
            ssrc: 0xdead,
        };
        let mut packet = [0; 200];
        let payload = [n as u8 + 1; 160];
        let length = header.write_packet(&payload, &mut packet).unwrap();
        let sent = Instant::now();
        alice.send_to(&packet[..length], thread.ports()[0]).unwrap();
        let relayed = next(&bob, |p| p.payload() == payload);
        delays.push(sent.elapsed());
        assert_eq!(Packet::parse(&relayed).unwrap().header().ssrc, 102);
        // Not the period of the thread, so that every phase of its tick is met.
        std::thread::sleep(Duration::from_millis(23));
    }
    delays.sort();
    // Read once per tick, a quarter of them would take longer than 15 ms.
    let most = delays[30];
    assert!(
        most < Duration::from_millis(10),
        "a quarter takes longer than {most:?}"
    );
    until(&news, |e| matches!(e, Event::Started { leg: A }));

    order(&thread, Command::Part { a: A, b: B });
    order(&thread, Command::Close { leg: A });
    let closed = until(&news, |e| matches!(e, Event::Closed { leg: A, .. }));
    assert!(
        matches!(closed, Event::Closed { report, .. } if report.received == 40 && report.lost == 0)
    );
    let counters = thread.counters();
    thread.stop().unwrap();
    assert_eq!(counters.sessions(), 1);
}

#[test]
fn wire_one_port_range_joins_a_phone_of_ipv4_and_one_of_ipv6() {
    let (thread, news) = thread_at(Ipv6Addr::UNSPECIFIED.into(), 64, 22_500);
    let (four, six) = (phone(), UdpSocket::bind("[::1]:0").unwrap());
    six.set_read_timeout(Some(PATIENCE)).unwrap();
    begin(&thread, A, thread.ports()[0], &four);
    begin(&thread, B, thread.ports()[1], &six);
    order(&thread, Command::Bridge { a: A, b: B });
    next(&four, |_| true);
    next(&six, |_| true);
    let to_four: SocketAddr = ([127, 0, 0, 1], thread.ports()[0].port()).into();
    let to_six: SocketAddr = (Ipv6Addr::LOCALHOST, thread.ports()[1].port()).into();
    for (from, at, to, level) in [(&four, to_four, &six, 0x11), (&six, to_six, &four, 0x22)] {
        let header = Header {
            marker: true,
            payload_type: 0,
            sequence: 500,
            timestamp: 9000,
            ssrc: 0xdead,
        };
        let mut packet = [0; 200];
        let length = header.write_packet(&[level; 160], &mut packet).unwrap();
        from.send_to(&packet[..length], at).unwrap();
        next(to, |p| p.payload() == [level; 160]);
    }
    // Whoever came over IPv4 was known by the address in its SDP: nobody was taken for a stranger.
    for leg in [A, B] {
        order(&thread, Command::Close { leg });
        let closed = until(&news, |e| matches!(e, Event::Closed { .. }));
        assert!(matches!(closed, Event::Closed { report, .. } if report.received == 1));
    }
    thread.stop().unwrap();
}

#[test]
fn wire_news_waits_for_room_and_none_is_lost() {
    let (thread, news) = thread(1, 22_000);
    let ports = thread.ports().to_vec();
    let phone = phone();
    for (n, port) in ports.iter().enumerate() {
        begin(&thread, LegId(n as u64), *port, &phone);
        order(
            &thread,
            Command::Close {
                leg: LegId(n as u64),
            },
        );
    }
    let start = Instant::now();
    while thread.counters().stalls() == 0 {
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    for n in 0..ports.len() {
        until(
            &news,
            |e| matches!(e, Event::Closed { leg, .. } if leg.0 == n as u64),
        );
    }
    begin(&thread, LegId(99), "127.0.0.1:9".parse().unwrap(), &phone);
    order(&thread, Command::Close { leg: LegId(99) });
    until(&news, |e| matches!(e, Event::Closed { leg: LegId(99), .. }));
    let counters = thread.counters();
    thread.stop().unwrap();
    assert_eq!(counters.strangers(), 1);
}

/// News whose end of a leg holds the thread up, as a machine does that stands still.
struct Stopping(SyncSender<Event>);

impl News for Stopping {
    fn tell(&mut self, news: Event) -> Result<(), Box<Event>> {
        if matches!(news, Event::Closed { leg: C, .. }) {
            std::thread::sleep(STOP);
        }
        Channel(self.0.clone()).tell(news)
    }
}

const C: LegId = LegId(3);
const STOP: Duration = Duration::from_millis(600);
const DEAD_AFTER: Duration = Duration::from_millis(400);

#[test]
fn wire_who_speaks_while_the_machine_stands_still_is_not_thought_silent() {
    let (tell, news) = sync_channel(64);
    let thread = thread_that_tells(Stopping(tell), [127, 0, 0, 1].into(), 23_500);
    let ports = thread.ports().to_vec();
    let phones = [phone(), phone()];
    for (leg, (port, phone)) in [A, B].into_iter().zip(ports.iter().zip(&phones)) {
        begin_with(&thread, leg, *port, phone, DEAD_AFTER);
    }
    order(&thread, Command::Bridge { a: A, b: B });
    let is_over = Arc::new(AtomicBool::new(false));
    let speaking = {
        let (is_over, ports) = (Arc::clone(&is_over), ports.clone());
        std::thread::spawn(move || {
            let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
            for n in 0u16.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                longest = longest.max(last.elapsed());
                last = Instant::now();
                for (source, (phone, port)) in phones.iter().zip(&ports).enumerate() {
                    let header = Header {
                        marker: n == 0,
                        payload_type: 0,
                        sequence: n,
                        timestamp: u32::from(n) * 160,
                        ssrc: 500 + source as u32,
                    };
                    let mut packet = [0; 172];
                    let length = header.write_packet(&[0x55; 160], &mut packet).unwrap();
                    phone.send_to(&packet[..length], port).unwrap();
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            longest
        })
    };
    let silent = phone();
    let mut lost = false;
    for stop in 0..8 {
        // A session at rest is looked at when something is due: not at the same moment of each stop.
        std::thread::sleep(Duration::from_millis(150 + 30 * stop));
        begin(&thread, C, ports[2], &silent);
        order(&thread, Command::Close { leg: C });
        until(&news, |e| {
            lost |= matches!(e, Event::Lost { .. });
            matches!(e, Event::Closed { leg: C, .. })
        });
    }
    std::thread::sleep(Duration::from_millis(300));
    lost |= news.try_iter().any(|e| matches!(e, Event::Lost { .. }));
    is_over.store(true, Ordering::Relaxed);
    let longest = speaking.join().unwrap();
    // Where the machine itself held the speakers up, they were silent.
    assert!(
        !lost || longest >= DEAD_AFTER / 2,
        "spoke every {longest:?}"
    );
    thread.stop().unwrap();
}

#[test]
fn wire_a_thread_without_sessions_stands_still() {
    let (thread, news) = thread(64, 23_000);
    let counters = thread.counters();
    for leg in [LegId(1), LegId(2)] {
        let phone = phone();
        let before = counters.ticks();
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(counters.ticks(), before);
        begin(&thread, leg, thread.ports()[0], &phone);
        next(&phone, |_| true);
        order(&thread, Command::Close { leg });
        until(
            &news,
            |e| matches!(e, Event::Closed { leg: closed, .. } if *closed == leg),
        );
        assert!(counters.ticks() > before);
        // What it counted last is published after the news.
        std::thread::sleep(Duration::from_millis(50));
    }
    thread.stop().unwrap();
}

#[test]
fn wire_reports_leave_and_arrive_by_the_port_above() {
    let (thread, news) = thread(64, 21_600);
    let (phone, above) = neighbours();
    let local = thread.ports()[0];
    begin(&thread, A, local, &phone);
    let mut report = [0; 200];
    let (length, from) = above.recv_from(&mut report).expect("the first report");
    assert_eq!(from, SocketAddr::new(local.ip(), local.port() + 1));
    let heard = rappel_rtp::rtcp::read(&report[..length], 0).expect("a compound packet");
    assert_eq!(heard.ssrc, 101);
    above.send_to(&report[..length], from).unwrap();
    let start = Instant::now();
    while thread.counters().received() == 0 && start.elapsed() < PATIENCE {
        std::thread::yield_now();
    }
    assert_eq!(thread.counters().received(), 1, "the report was read");
    order(&thread, Command::Close { leg: A });
    until(&news, |e| matches!(e, Event::Closed { .. }));
    thread.stop().unwrap();
}

/// Two sockets whose ports follow each other.
fn neighbours() -> (UdpSocket, UdpSocket) {
    loop {
        let phone = phone();
        let next = phone.local_addr().unwrap().port().saturating_add(1);
        if let Ok(above) = UdpSocket::bind(("127.0.0.1", next)) {
            above.set_read_timeout(Some(PATIENCE)).unwrap();
            return (phone, above);
        }
    }
}

/// Whoever sends a packet every 20 ms, each by so much off its time, and what it knows of it itself.
struct Sender {
    leg: LegId,
    phone: UdpSocket,
    to: SocketAddr,
    phase: Duration,
    uneven: bool,
    last: Option<(Instant, Duration)>,
    /// RFC 3550 §6.4.1, in seconds, of when packets were really sent.
    jitter: f64,
    /// How far that may be wrong, since a send takes its time.
    doubt: f64,
}

impl Sender {
    fn due(&self, n: u16) -> Duration {
        let shaken = Duration::from_micros(u64::from(n) * 3_761 % 8_000);
        let shaken = if self.uneven { shaken } else { FOUR };
        PERIOD * u32::from(n) + self.phase + shaken
    }

    fn send(&mut self, n: u16) {
        let header = Header {
            marker: n == 0,
            payload_type: 0,
            sequence: n,
            timestamp: 160 * u32::from(n),
            ssrc: 0xdead,
        };
        let mut packet = [0; 200];
        let length = header.write_packet(&[0x55; 160], &mut packet).unwrap();
        let before = Instant::now();
        self.phone.send_to(&packet[..length], self.to).unwrap();
        let took = before.elapsed();
        if let Some((last, took_before)) = self.last.replace((before, took)) {
            let off = (before - last).as_secs_f64() - PERIOD.as_secs_f64();
            self.jitter += (off.abs() - self.jitter) / 16.0;
            self.doubt += ((took + took_before).as_secs_f64() - self.doubt) / 16.0;
        }
    }
}

const PERIOD: Duration = Duration::from_millis(20);
const FOUR: Duration = Duration::from_millis(4);

#[test]
fn wire_jitter_is_of_the_arrivals_and_not_of_our_tick() {
    let (thread, news) = thread(64, 23_500);
    // Wherever the tick falls, most of them have all their packets between two ticks.
    let mut senders: Vec<_> = [(0, true), (7, true), (14, true), (3, false)]
        .into_iter()
        .zip(thread.ports())
        .enumerate()
        .map(|(n, ((phase, uneven), to))| Sender {
            leg: LegId(n as u64),
            phone: phone(),
            to: *to,
            phase: Duration::from_millis(phase),
            uneven,
            last: None,
            jitter: 0.0,
            doubt: 0.0,
        })
        .collect();
    for sender in &senders {
        begin(&thread, sender.leg, sender.to, &sender.phone);
        next(&sender.phone, |_| true);
    }
    let all = 0..senders.len();
    let mut turns: Vec<_> = (0..150)
        .flat_map(|n| all.clone().map(move |sender| (sender, n)))
        .collect();
    turns.sort_by_key(|(sender, n)| senders[*sender].due(*n));
    let start = Instant::now();
    for (sender, n) in turns {
        let due = start + senders[sender].due(n);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        senders[sender].send(n);
    }
    // The last ones are read at the next tick.
    std::thread::sleep(PERIOD * 10);
    for sender in &senders {
        let leg = sender.leg;
        order(&thread, Command::Close { leg });
        let closed = until(&news, |e| matches!(e, Event::Closed { .. }));
        let Event::Closed { report, .. } = closed else {
            unreachable!("it was asked for")
        };
        let (told, known) = (f64::from(report.jitter_us) / 1000.0, sender.jitter * 1000.0);
        let doubt = sender.doubt * 1000.0;
        println!("{leg:?}: {told:.2} ms told, {known:.2} ± {doubt:.2} ms sent");
        assert_eq!(report.received, 150);
        // The RTP clock's unit is an eighth of a millisecond; the rest is for a machine that stalls.
        let most = known * 0.4 + doubt + 0.5;
        assert!(
            (told - known).abs() <= most,
            "{told} ms told, {known} ms sent"
        );
    }
    thread.stop().unwrap();
}

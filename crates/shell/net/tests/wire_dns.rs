//! Names looked up at a name server of our own, on the loopback.
#![allow(missing_docs, clippy::unwrap_used)]

use std::net::UdpSocket;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rappel_net::dns::{Resolver, Settings, TTL_OF_FAILURE};
use rappel_net::sip::Inbox;
use rappel_sip::{Answer, Input, LookupId, RecordKind, Records};
use tokio::runtime::Runtime;

#[derive(Clone)]
struct Channel(SyncSender<Input>);

impl Inbox for Channel {
    fn try_put(&self, input: Input) -> Result<(), Box<Input>> {
        self.0.try_send(input).expect("there is room");
        Ok(())
    }
}

const NAPTR: u16 = 35;
const SRV: u16 = 33;
const A: u16 = 1;

/// Answers what it knows of `carrier.example`, that there is nothing of `nothing.example`, and says
/// nothing to anything else.
fn serve(socket: &UdpSocket) {
    let mut question = [0; 512];
    while let Ok((length, from)) = socket.recv_from(&mut question) {
        let question = &question[..length];
        let end = 12 + question[12..].iter().position(|b| *b == 0).unwrap() + 1;
        let name = String::from_utf8_lossy(&question[13..end - 1]).to_lowercase();
        let kind = u16::from_be_bytes([question[end], question[end + 1]]);
        let is_known = name.contains("carrier");
        let data = match kind {
            NAPTR if is_known => [
                &[0, 10, 0, 50, 1][..],
                b"s\x07SIP+D2U\x00\x04_sip\x04_udp\x07carrier\x07example\x00",
            ]
            .concat(),
            SRV if is_known => [
                &[0, 1, 0, 5, 0x13, 0xc4][..],
                b"\x03sbc\x07carrier\x07example\x00",
            ]
            .concat(),
            A if is_known => vec![203, 0, 113, 7],
            _ if is_known || name.contains("nothing") => Vec::new(),
            _ => continue,
        };
        let answers = u8::from(!data.is_empty());
        let mut reply = question[..2].to_vec();
        reply.extend([0x85, 0x80, 0, 1, 0, answers, 0, 0, 0, 0]);
        reply.extend(&question[12..end + 4]);
        if answers == 1 {
            reply.extend([0xc0, 12]);
            reply.extend(kind.to_be_bytes());
            reply.extend([0, 1, 0, 0, 1, 44]);
            reply.extend((data.len() as u16).to_be_bytes());
            reply.extend(data);
        }
        socket.send_to(&reply, from).unwrap();
    }
}

struct World {
    resolver: Resolver<Channel>,
    inbox: Receiver<Input>,
    _runtime: Runtime,
}

fn world(timeout: Duration) -> World {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let settings = Settings {
        servers: vec![socket.local_addr().unwrap()],
        timeout,
    };
    std::thread::spawn(move || serve(&socket));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (put, inbox) = sync_channel(100);
    World {
        resolver: Resolver::new(&settings, Channel(put), runtime.handle()),
        inbox,
        _runtime: runtime,
    }
}

impl World {
    fn ask(&self, name: &str, kind: RecordKind) -> Records {
        let asked = LookupId(7);
        self.resolver.look_up(asked, name.to_owned(), kind);
        match self.inbox.recv_timeout(Duration::from_secs(10)).unwrap() {
            Input::Found { lookup, records } if lookup == asked => records,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn wire_records_of_all_kinds_are_found_with_their_time() {
    let world = world(Duration::from_secs(4));
    let naptr = world.ask("carrier.example", RecordKind::Naptr);
    let Answer::Naptr(services) = &naptr.answer else {
        panic!("{naptr:?}");
    };
    assert_eq!((services[0].order, services[0].preference), (10, 50));
    assert_eq!(
        (services[0].flags.as_str(), services[0].service.as_str()),
        ("s", "SIP+D2U")
    );
    assert_eq!(services[0].replacement, "_sip._udp.carrier.example");
    assert!(naptr.ttl > Duration::from_secs(290) && naptr.ttl <= Duration::from_secs(300));

    let srv = world.ask(&services[0].replacement, RecordKind::Srv);
    let Answer::Srv(servers) = &srv.answer else {
        panic!("{srv:?}");
    };
    let server = &servers[0];
    assert_eq!((server.priority, server.weight, server.port), (1, 5, 5060));
    let addresses = world.ask(&server.target, RecordKind::Address).answer;
    assert_eq!(addresses, Answer::Addresses(vec![[203, 0, 113, 7].into()]));
}

#[test]
fn wire_nothing_and_nobody_are_told_apart_in_time() {
    let world = world(Duration::from_millis(400));
    for kind in [RecordKind::Naptr, RecordKind::Srv, RecordKind::Address] {
        assert_eq!(world.ask("nothing.example", kind).answer, Answer::Nothing);
    }
    assert_eq!(
        world.ask("no name..", RecordKind::Address).answer,
        Answer::Nothing
    );
    let start = Instant::now();
    let silent = world.ask("silent.example", RecordKind::Address);
    assert_eq!(
        (silent.answer, silent.ttl),
        (Answer::Failed, TTL_OF_FAILURE)
    );
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}

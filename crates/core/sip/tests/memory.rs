//! What idle things cost, by counting every byte: a registered phone less than 2 KiB, a dialog that is
//! up less than 8 KiB.

use std::net::SocketAddr;
use std::time::Duration;

use allocation_counter::measure;
use bytes::Bytes;
use rappel_model::{Instant, Now, Random, Secret, TenantId, UserName};
use rappel_sip::auth::{Account, Algorithm, answer, ha1};
use rappel_sip::message::{Message, Request, Response};
use rappel_sip::{
    ConnectionId, Credentials, DialogId, Endpoint, Flow, Input, Output, Settings, Transport,
    UserId, wire,
};

/// Things of each kind.
const MANY: usize = 500;

/// Bytes a registered phone may cost.
const PHONE: usize = 2 * 1024;

/// Bytes a dialog that is up may cost.
const DIALOG: usize = 8 * 1024;

struct Bench {
    endpoint: Endpoint,
    now: Now,
    random: Random,
}

impl Bench {
    fn new() -> Self {
        let mut endpoint = Endpoint::new(Settings::default(), Random::from_seed(1));
        let users = (0..MANY).map(|n| {
            let (name, realm) = (format!("user-{n}"), "rappel".to_owned());
            Credentials {
                id: UserId {
                    tenant: TenantId::from("shop"),
                    user: UserName::from(name.as_str()),
                },
                ha1: vec![(
                    Algorithm::Md5,
                    ha1(Algorithm::Md5, &name, &realm, &Secret::new(PASSWORD)),
                )],
                username: name,
                realm,
            }
        });
        endpoint.set_users(users.collect());
        Self {
            endpoint,
            now: Now::default(),
            random: Random::from_seed(2),
        }
    }

    /// Gives one request: the responses it gets, and the INVITE that was told.
    fn give(&mut self, request: Request, flow: Flow) -> (Vec<Response>, Option<DialogId>) {
        let message = Message::Request(request);
        let input = Input::Received { message, flow };
        self.endpoint.handle_input(self.now, input);
        let mut dialog = None;
        let mut responses = Vec::new();
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Send { bytes, .. } => {
                    if let Ok(Message::Response(response)) = wire::parse(&bytes) {
                        responses.push(response);
                    }
                }
                Output::Incoming(incoming) => dialog = Some(incoming.dialog),
                _ => {}
            }
        }
        (responses, dialog)
    }

    /// Lets all timers of transactions end.
    fn rest(&mut self) {
        let end = self.now.instant + Duration::from_secs(40);
        while let Some(deadline) = self.endpoint.poll_timeout().filter(|d| d.at <= end) {
            self.now.instant = deadline.at.max(self.now.instant);
            self.endpoint.handle_timeout(self.now);
            while self.endpoint.poll_output().is_some() {}
        }
        self.now.instant = end;
    }

    fn register(&mut self, n: usize) {
        let flow = flow(n);
        let request = |cseq: u32| {
            let remote = flow.remote;
            parse(&format!(
                "REGISTER sip:192.0.2.1 SIP/2.0\r\n\
                 Via: SIP/2.0/TCP {remote};rport;branch=z9hG4bK-{n}-{cseq}\r\nMax-Forwards: 70\r\n\
                 From: <sip:user-{n}@192.0.2.1>;tag=t{n}\r\nTo: <sip:user-{n}@192.0.2.1>\r\n\
                 Call-ID: reg-{n}-0123456789abcdef@192.0.2.9\r\nCSeq: {cseq} REGISTER\r\n\
                 Contact: <sip:user-{n}@{remote};transport=tcp>;\
                 +sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\"\r\n\
                 User-Agent: A softphone as long as they come/5.2.1 (Debian GNU/Linux 12)\r\n\
                 Expires: 3600\r\nContent-Length: 0\r\n\r\n"
            ))
        };
        let (refused, _) = self.give(request(1), flow);
        let challenge = refused.last().expect("an answer");
        let account = Account {
            username: format!("user-{n}"),
            password: Secret::new(PASSWORD),
        };
        let mut again = request(2);
        assert!(answer(&mut again, challenge, &account, 1, &mut self.random));
        let (taken, _) = self.give(again, flow);
        assert_eq!(taken.last().map(|r| r.status().code()), Some(200));
    }

    fn call(&mut self, n: usize) {
        let flow = flow(n);
        let request = |method: &str, to_tag: &str| {
            let remote = flow.remote;
            parse(&format!(
                "{method} sip:+33199000100@192.0.2.1 SIP/2.0\r\n\
                 Via: SIP/2.0/TCP {remote};rport;branch=z9hG4bK-c{n}-{method}\r\nMax-Forwards: 70\r\n\
                 Record-Route: <sip:198.51.100.1;lr>\r\n\
                 From: \"A caller\" <sip:+33612345678@carrier.example>;tag=c{n}\r\n\
                 To: <sip:+33199000100@192.0.2.1>{to_tag}\r\n\
                 Call-ID: call-{n}-0123456789abcdef@198.51.100.1\r\nCSeq: 1 {method}\r\n\
                 Contact: <sip:gateway@{remote};transport=tcp>\r\nContent-Length: 0\r\n\r\n"
            ))
        };
        let (_, dialog) = self.give(request("INVITE", ""), flow);
        let dialog = dialog.expect("the INVITE is told");
        let answer = Bytes::from_static(SDP);
        self.endpoint.accept(self.now, dialog, answer);
        let mut tag = String::new();
        while let Some(output) = self.endpoint.poll_output() {
            if let Output::Send { bytes, .. } = output
                && let Ok(Message::Response(response)) = wire::parse(&bytes)
            {
                response.to().tag().unwrap_or_default().clone_into(&mut tag);
            }
        }
        self.give(request("ACK", &format!(";tag={tag}")), flow);
    }
}

fn flow(n: usize) -> Flow {
    let port = 10_000 + u16::try_from(n).expect("a few");
    Flow {
        transport: Transport::Tcp,
        local: SocketAddr::from(([192, 0, 2, 1], 5060)),
        remote: SocketAddr::from(([192, 0, 2, 9], port)),
        connection: Some(ConnectionId(n as u64 + 1)),
    }
}

fn parse(text: &str) -> Request {
    match wire::parse(&Bytes::from(text.to_owned())) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

/// Bytes that `work` leaves behind, per thing.
fn cost(bench: &mut Bench, work: impl Fn(&mut Bench, usize)) -> usize {
    let all = measure(|| {
        for n in 0..MANY {
            work(bench, n);
        }
        bench.rest();
    });
    usize::try_from(all.bytes_current).expect("things cost memory") / MANY
}

#[test]
fn a_phone_costs_less_than_2_kib_and_a_dialog_less_than_8() {
    let mut bench = Bench::new();
    bench.now.instant = Instant::from_micros(1_000_000);
    let phone = cost(&mut bench, Bench::register);
    assert_eq!(bench.endpoint.live().bindings, MANY);
    let dialog = cost(&mut bench, Bench::call);
    let live = bench.endpoint.live();
    assert_eq!((live.dialogs, live.transactions), (MANY, 0));
    println!("a registered phone: {phone} bytes; a dialog: {dialog} bytes");
    assert!(phone < PHONE, "a registered phone costs {phone} bytes");
    assert!(dialog < DIALOG, "a dialog costs {dialog} bytes");
}

const PASSWORD: &str = "a password";

const SDP: &[u8] = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
m=audio 20000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

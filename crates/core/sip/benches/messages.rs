//! What reading and writing a message costs, beside the floor: `httparse` finding the header lines of
//! the same bytes. `cargo xtask bench` runs it; both are measured in turns, and the best counts.

use std::hint::black_box;
// A bench has no other way to measure.
use std::time::Duration;
#[expect(clippy::disallowed_types)]
use std::time::Instant;

use bytes::Bytes;
use rappel_sip::header::{
    Allow, Authorization, Contact, ContentType, Diversion, HistoryInfo, MaxForwards, MinSe,
    PAssertedIdentity, PPreferredIdentity, ProxyRequire, RecordRoute, Require, SessionExpires,
    Supported, TypedHeader,
};
use rappel_sip::message::Message;
use rappel_sip::wire::{parse, print};

/// Messages in one round.
const ROUND: u32 = 200;
/// Rounds of each, in turns.
const ROUNDS: usize = 600;

fn main() {
    let invite = invite();
    let message = parse(&invite).expect("a good INVITE");
    let [mut read, mut values, mut call, mut write, mut floor] = [Duration::MAX; 5];
    for _ in 0..ROUNDS {
        floor = floor.min(round(|| scan(&invite)));
        read = read.min(round(|| drop(black_box(parse(black_box(&invite))))));
        values = values.min(round(|| read_values(&invite)));
        call = call.min(round(|| pass_through(&invite)));
        write = write.min(round(|| drop(black_box(print(black_box(&message))))));
    }
    let ratio = (read + write).as_secs_f64() / floor.as_secs_f64();
    println!(
        "an INVITE of {} bytes, {} header lines\n\
         read                        {:6.0} ns\n\
         values made                 {:6.0} ns more   (top Via, From, To, CSeq, Contact)\n\
         written                     {:6.0} ns\n\
         read, every value a call asks for made, written   {:6.0} ns\n\
         httparse, the same lines    {:6.0} ns   (read + written: {ratio:.1} times that)",
        invite.len(),
        head_lines(&invite),
        nanos(read),
        nanos(values.saturating_sub(read)),
        nanos(write),
        nanos(call),
        nanos(floor),
    );
}

/// Header lines, without the start line.
fn head_lines(invite: &[u8]) -> usize {
    let lines = invite.split(|b| *b == b'\n');
    lines.skip(1).take_while(|line| *line != b"\r").count()
}

fn nanos(length: Duration) -> f64 {
    length.as_secs_f64() * 1e9 / f64::from(ROUND)
}

#[expect(clippy::disallowed_types)]
fn round(work: impl Fn()) -> Duration {
    let start = Instant::now();
    for _ in 0..ROUND {
        work();
    }
    start.elapsed()
}

/// Reads the INVITE and asks for what a call asks for.
fn read_values(invite: &Bytes) {
    let message = parse(black_box(invite)).expect("a good INVITE");
    black_box((message.via(), message.from(), message.to(), message.cseq()));
    drop(black_box(message.typed::<Contact>()));
}

/// What one call makes of its INVITE: whatever the endpoint, the registrar's users, trunks and flows
/// ask for, and the message written.
fn pass_through(invite: &Bytes) {
    let message = parse(black_box(invite)).expect("a good INVITE");
    black_box((message.via(), message.from(), message.to(), message.cseq()));
    black_box(message.call_id());
    let Message::Request(request) = &message else {
        unreachable!("an INVITE is a request");
    };
    black_box(request.uri());
    one::<MaxForwards>(&message);
    one::<ContentType>(&message);
    one::<SessionExpires>(&message);
    one::<MinSe>(&message);
    all::<Require>(&message);
    all::<ProxyRequire>(&message);
    all::<Supported>(&message);
    all::<Allow>(&message);
    all::<Contact>(&message);
    all::<RecordRoute>(&message);
    all::<Authorization>(&message);
    all::<PAssertedIdentity>(&message);
    all::<PPreferredIdentity>(&message);
    all::<Diversion>(&message);
    all::<HistoryInfo>(&message);
    drop(black_box(print(&message)));
}

fn one<T: TypedHeader>(message: &Message) {
    drop(black_box(message.typed::<T>()));
}

fn all<T: TypedHeader>(message: &Message) {
    drop(black_box(message.headers().all::<T>()));
}

/// The same header lines as `httparse` reads them, behind a request line of its own language.
fn scan(invite: &[u8]) {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let start = invite
        .iter()
        .position(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    let parsed = httparse::parse_headers(black_box(&invite[start..]), &mut headers);
    let _lines = black_box(parsed).expect("the header lines are plain");
}

/// What a softphone sends: twenty header lines, two of them long, and SDP.
fn invite() -> Bytes {
    let sdp = "v=0\r\no=alice 3724394400 3724394405 IN IP4 192.168.1.34\r\ns=Talk\r\n\
               c=IN IP4 192.168.1.34\r\nt=0 0\r\na=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics\r\n\
               a=record:off\r\nm=audio 7078 RTP/AVP 96 97 98 0 8 18 101 99 100\r\n\
               a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=rtpmap:97 speex/16000\r\n\
               a=fmtp:97 vbr=on\r\na=rtpmap:98 speex/8000\r\na=fmtp:98 vbr=on\r\na=fmtp:18 annexb=yes\r\n\
               a=rtpmap:101 telephone-event/48000\r\na=rtpmap:99 telephone-event/16000\r\n\
               a=rtpmap:100 telephone-event/8000\r\na=rtcp-fb:* trr-int 5000\r\na=rtcp-fb:* ccm tmmbr\r\n";
    let text = format!(
        "INVITE sip:104@sip.example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.168.1.34:5060;branch=z9hG4bK.Q9Fy0oEvI;rport\r\n\
         Via: SIP/2.0/TCP 198.51.100.7:5060;branch=z9hG4bK.7a6e5d4c3b2a;received=198.51.100.7\r\n\
         From: \"Alice Martin\" <sip:alice@sip.example.com>;tag=HTZwkmJgY\r\n\
         To: sip:104@sip.example.com\r\nCSeq: 21 INVITE\r\nCall-ID: 3Kk1lbSnqE\r\nMax-Forwards: 70\r\n\
         Supported: replaces, outbound, gruu, path\r\n\
         Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, PRACK, UPDATE\r\n\
         Content-Type: application/sdp\r\n\
         Contact: <sip:alice@192.168.1.34;transport=udp>;expires=3600;+sip.instance=\"<urn:uuid:4a6b1b1c-0b1d-4c39-9b0e-0d0f5a3d6e77>\"\r\n\
         User-Agent: LinphoneDesktop/4.4.10 (alice) Debian GNU/Linux 12, Qt 5.15.8 LinphoneCore/5.1.65\r\n\
         Authorization: Digest realm=\"rappel\", nonce=\"d9b1c3e07a6f4e7fb4d6c2a1908f7e6d5c4b3a29181706f5\", \
         algorithm=SHA-256, opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", username=\"alice\", \
         uri=\"sip:104@sip.example.com\", response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\", \
         cnonce=\"Y1k9ZgAnpP0SDwoL\", nc=00000001, qop=auth\r\n\
         Accept: application/sdp, text/plain, application/vnd.gsma.rcs-ft-http+xml\r\n\
         P-Preferred-Identity: \"Alice Martin\" <sip:+33472001122@sip.example.com>\r\n\
         Session-Expires: 1800;refresher=uac\r\nMin-SE: 90\r\nPriority: normal\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    Bytes::from(text)
}

//! Bodies of SDP, as an offer, as the same offer again, as an answer.

use std::net::SocketAddr;

use rappel_rtp::sdp::{MAX_BODY, Negotiation};
use rappel_rtp::{Direction, Encoding};

use crate::cost::{Shape, in_proportion};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n";
const AUDIO: &str = "m=audio 30000 RTP/AVP 8 0 101\r\n";
const REST: &str = "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

fn read(body: &str) {
    let encodings = || vec![Encoding::Pcma, Encoding::Pcmu];
    let local = SocketAddr::from(([127, 0, 0, 1], 20_000));
    let mut us = Negotiation::new(local, 1, encodings());
    if us
        .receive_offer(body.as_bytes(), Direction::SendRecv)
        .is_ok()
    {
        let again = us.receive_offer(body.as_bytes(), Direction::SendRecv);
        assert!(again.is_ok(), "{again:?}");
        us.offer(Direction::SendOnly);
        let _ = us.receive_answer(body.as_bytes());
    }
    let mut us = Negotiation::new(local, 1, encodings());
    us.offer(Direction::SendRecv);
    let _ = us.receive_answer(body.as_bytes());
}

#[test]
fn lines_upon_lines() {
    let units = [
        "a=rtpmap:96 x/8000\r\n",
        "a=rtpmap:101 telephone-event/8000\r\n",
        "a=rtpmap:8 PCMA/8000\r\n",
        "a=fmtp:101 0-16\r\n",
        "a=x\r\n",
        "a=\r\n",
        "a=sendrecv\r\n",
        "a=inactive\r\n",
        "a=rtcp:30001\r\n",
        "a=candidate:1 1 UDP 1 127.0.0.2 30000 typ host\r\n",
        "a=ptime:20\r\n",
        "b=AS:64\r\n",
        "i=x\r\n",
        "c=IN IP4 127.0.0.2\r\n",
        "m=audio 30000 RTP/AVP 8\r\n",
        "m=video 0 RTP/AVP 96\r\n",
        "t=0 0\r\n",
        "m=x 1 y z\r\n",
        "v=0\r\n",
        "k=clear:x\r\n",
        "\r\n",
        "\n",
        "\r",
        " ",
        "x",
        "é",
        "=",
        "a=\n",
        "\0",
    ];
    for unit in units {
        for (start, end) in [
            (HEAD, [AUDIO, REST].concat()),
            ([HEAD, AUDIO].concat().as_str(), REST.to_owned()),
            ("", String::new()),
        ] {
            let end = end.as_str();
            in_proportion("SDP", &Shape { start, unit, end }, MAX_BODY, read);
        }
    }
}

#[test]
fn what_is_repeated_in_a_line() {
    let places = [
        "m=audio 30000 RTP/AVP 8",
        "m=audio 30000 ",
        "m=",
        "a=rtpmap:101 ",
        "a=rtpmap:",
        "a=fmtp:101 ",
        "a=rtcp:30001",
        "a=x",
        "a=",
        "c=IN IP4 127.0.0.2",
        "c=",
        "o=",
        "s=",
        "a=sendrecv",
    ];
    let units = [
        " 0", " 96", " 101", " 200", " x", "0", "1", "a", " ", "\t", "/", "/8000", ":", ";", ",",
        "-", ".", "=", "\r", "é", "\"",
    ];
    for place in places {
        let start = [HEAD, AUDIO, place].concat();
        let end = ["\r\n", REST].concat();
        for unit in units {
            let (start, end) = (start.as_str(), end.as_str());
            in_proportion(place, &Shape { start, unit, end }, MAX_BODY, read);
        }
    }
}

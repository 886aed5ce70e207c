//! What one peer offers another over our head.

use super::*;
use crate::format::{Foreign, Format};
use crate::sdp::Carried;

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n\
    m=audio 50000 RTP/AVP 18 97 3 96 101\r\na=fmtp:18 annexb=no\r\na=rtpmap:97 iLBC/8000\r\n\
    a=fmtp:97 mode=30\r\na=rtpmap:96 red/8000\r\na=rtpmap:101 telephone-event/8000\r\n";

fn foreign(name: &str) -> Foreign {
    Foreign::new(name, 8_000, 1).unwrap()
}

#[test]
fn an_offer_goes_on_with_its_numbers_and_parameters_and_the_answer_comes_back() {
    let carried = Carried::of(OFFER.as_bytes()).unwrap();
    let names: Vec<&str> = carried.iter().map(|c| c.format.name()).collect();
    assert_eq!(names, ["G729", "ILBC", "GSM"], "no redundancy, no keys");
    let mut callee = ours();
    callee.carry(carried);
    let offer = callee.offer(Direction::SendRecv);
    assert_eq!(lines(&offer, "m="), ["m=audio 40000 RTP/AVP 18 97 3 101"]);
    assert!(lines(&offer, "a=fmtp:18").contains(&"a=fmtp:18 annexb=no"));
    assert!(lines(&offer, "a=fmtp:97").contains(&"a=fmtp:97 mode=30"));
    assert!(
        lines(&offer, "a=ptime").is_empty(),
        "that is theirs to settle"
    );

    // The phone answers with iLBC under another number, and another mode.
    let answer = OFFER
        .replace("18 97 3 96 101", "110 101")
        .replace("97 iLBC", "110 iLBC")
        .replace("97 mode=30", "110 mode=20");
    let stream = callee.receive_answer(answer.as_bytes()).unwrap();
    assert_eq!(stream.format, Format::Foreign(foreign("iLBC")));
    assert_eq!(
        (stream.payload_type.sent, stream.payload_type.heard),
        (110, 97)
    );
    assert_eq!(callee.carried()[0].parameters.as_deref(), Some("mode=20"));

    let mut caller = ours();
    assert_eq!(
        caller.receive_offer(OFFER.as_bytes(), Direction::SendRecv),
        Err(Refused::NoCommonEncoding)
    );
    caller.carry(callee.carried().to_vec());
    let (answer, stream) = caller
        .receive_offer(OFFER.as_bytes(), Direction::SendRecv)
        .unwrap();
    assert_eq!(lines(&answer, "m="), ["m=audio 40000 RTP/AVP 97 101"]);
    assert!(lines(&answer, "a=fmtp:97").contains(&"a=fmtp:97 mode=20"));
    assert_eq!(stream.payload_type, PayloadType::from(97));
}

#[test]
fn dynamic_numbers_are_kept_apart() {
    let carried = |name, payload_type| Carried {
        format: foreign(name),
        payload_type,
        parameters: None,
    };
    let mut side = ours();
    side.carry(vec![
        carried("AMR", 101),
        carried("speex", 101),
        carried("GSM", 100),
    ]);
    let offer = side.offer(Direction::SendRecv);
    assert_eq!(lines(&offer, "m="), ["m=audio 40000 RTP/AVP 101 97 3 96"]);
    assert!(lines(&offer, "a=rtpmap:96").contains(&"a=rtpmap:96 telephone-event/8000"));
}

#[test]
fn ours_again_is_offered_ours_again() {
    let mut side = ours();
    side.carry(vec![Carried::of(OFFER.as_bytes()).unwrap().remove(0)]);
    side.receive_offer(OFFER.as_bytes(), Direction::SendRecv)
        .unwrap();
    side.carry(Vec::new());
    let offer = side.offer(Direction::SendRecv);
    assert_eq!(lines(&offer, "m="), ["m=audio 40000 RTP/AVP 8 0 101"]);
}

#[test]
fn parameters_too_long_to_be_passed_on_whole_leave_their_format_out() {
    let long = OFFER.replace("mode=30", &"m".repeat(600));
    let carried = Carried::of(long.as_bytes()).unwrap();
    assert!(carried.iter().all(|c| c.format != foreign("iLBC")));
    let many: String = (0..40)
        .map(|n| format!("a=rtpmap:{} C{n}/8000\r\n", 80 + n))
        .collect();
    let numbers: Vec<String> = (80..120).map(|n| n.to_string()).collect();
    let many = OFFER.replace("18 97 3 96 101", &numbers.join(" ")) + &many;
    assert_eq!(Carried::of(many.as_bytes()).unwrap().len(), 16);
}

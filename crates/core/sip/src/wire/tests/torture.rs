//! The published torture messages (RFC 4475, RFC 5118) and what the parser makes of each. What an
//! element above must do with those that parse (416, 420, 415, 483 …) is not decided here.

use bytes::Bytes;

use crate::message::Message;
use crate::wire::{parse, print};

/// What must become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is read, and reads the same after a round trip.
    Read,
    /// A request that is refused with this status; whether an answer can be built.
    Refused(u16, bool),
    /// A response that is dropped without a word.
    Dropped,
}

use Fate::{Dropped, Read, Refused};

macro_rules! message {
    ($folder:literal, $name:literal, $fate:expr) => {
        (
            $name,
            include_bytes!(concat!(
                "../../../../../../tests/torture/",
                $folder,
                "/",
                $name,
                ".dat"
            ))
            .as_slice(),
            $fate,
        )
    };
}

const RFC4475: &[(&str, &[u8], Fate)] = &[
    // §3.1.1 valid
    message!("rfc4475", "wsinv", Read),
    message!("rfc4475", "intmeth", Read),
    message!("rfc4475", "esc01", Read),
    message!("rfc4475", "escnull", Read),
    message!("rfc4475", "esc02", Read),
    message!("rfc4475", "lwsdisp", Read),
    message!("rfc4475", "longreq", Read),
    message!("rfc4475", "dblreq", Read),
    message!("rfc4475", "semiuri", Read),
    message!("rfc4475", "transports", Read),
    message!("rfc4475", "mpart01", Read),
    message!("rfc4475", "unreason", Read),
    message!("rfc4475", "noreason", Read),
    // §3.1.2 invalid
    message!("rfc4475", "badinv01", Refused(400, true)),
    message!("rfc4475", "clerr", Refused(400, true)),
    message!("rfc4475", "ncl", Refused(400, true)),
    message!("rfc4475", "scalar02", Refused(400, true)),
    message!("rfc4475", "scalarlg", Dropped),
    message!("rfc4475", "quotbal", Refused(400, true)),
    message!("rfc4475", "ltgtruri", Refused(400, true)),
    message!("rfc4475", "lwsruri", Refused(400, true)),
    message!("rfc4475", "lwsstart", Refused(400, true)),
    message!("rfc4475", "trws", Refused(400, true)),
    message!("rfc4475", "escruri", Refused(400, true)),
    message!("rfc4475", "baddate", Read), // Date is not read; §3.1.2.12 allows it
    message!("rfc4475", "regbadct", Refused(400, true)),
    message!("rfc4475", "badaspec", Refused(400, true)),
    message!("rfc4475", "baddn", Refused(400, true)),
    message!("rfc4475", "badvers", Refused(505, true)),
    message!("rfc4475", "mismatch01", Refused(400, true)),
    message!("rfc4475", "mismatch02", Refused(400, true)),
    message!("rfc4475", "bigcode", Dropped),
    // §3.2 transaction layer
    message!("rfc4475", "badbranch", Refused(400, true)),
    // §3.3 application layer
    message!("rfc4475", "insuf", Refused(400, true)),
    message!("rfc4475", "unkscm", Read),
    message!("rfc4475", "novelsc", Read),
    message!("rfc4475", "unksm2", Read),
    message!("rfc4475", "bext01", Read),
    message!("rfc4475", "invut", Read),
    message!("rfc4475", "regaut01", Read),
    message!("rfc4475", "multi01", Refused(400, true)),
    message!("rfc4475", "mcl01", Refused(400, true)),
    message!("rfc4475", "bcast", Read),
    message!("rfc4475", "zeromf", Read),
    message!("rfc4475", "cparam01", Read),
    message!("rfc4475", "cparam02", Read),
    message!("rfc4475", "regescrt", Read),
    message!("rfc4475", "sdp01", Read),
    // §3.4 backward compatibility
    message!("rfc4475", "inv2543", Read),
];

const RFC5118: &[(&str, &[u8], Fate)] = &[
    message!("rfc5118", "ipv6-good", Read),
    message!("rfc5118", "ipv6-bad", Refused(400, true)),
    message!("rfc5118", "port-ambiguous", Read),
    message!("rfc5118", "port-unambiguous", Read),
    message!("rfc5118", "via-received-param-with-delim", Read),
    message!("rfc5118", "via-received-param-no-delim", Read),
    message!("rfc5118", "ipv6-in-sdp", Read),
    message!("rfc5118", "mult-ip-in-header", Read),
    message!("rfc5118", "mult-ip-in-sdp", Read),
    message!("rfc5118", "ipv4-mapped-ipv6", Read),
    message!("rfc5118", "ipv6-bug-abnf-3-colons", Read),
    message!("rfc5118", "ipv6-correct-abnf-2-colons", Read),
];

/// Every message and its name.
pub(super) fn messages() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    RFC4475
        .iter()
        .chain(RFC5118)
        .map(|(name, bytes, _)| (*name, *bytes))
}

fn fate(name: &str, bytes: &[u8]) -> (Fate, &'static str) {
    match parse(&Bytes::copy_from_slice(bytes)) {
        Ok(message) => {
            let printed = print(&message);
            let again = parse(&printed).unwrap_or_else(|m| panic!("{name} round trip: {m}"));
            assert_eq!(again, message, "{name}");
            (Read, "")
        }
        Err(malformed) if bytes.starts_with(b"SIP/") => {
            assert!(malformed.reply().is_none(), "{name}");
            (Dropped, malformed.why())
        }
        Err(malformed) => {
            let answered = malformed.reply().is_some();
            (
                Refused(malformed.status().code(), answered),
                malformed.why(),
            )
        }
    }
}

#[test]
fn every_torture_message_meets_its_fate() {
    assert_eq!((RFC4475.len(), RFC5118.len()), (49, 12));
    let mut wrong = Vec::new();
    for (name, bytes, expected) in RFC4475.iter().chain(RFC5118) {
        let (found, why) = fate(name, bytes);
        println!("{name:32} {found:?} {why}");
        if found != *expected {
            wrong.push(format!("{name}: {found:?} ({why}), not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn torture(name: &str) -> Message {
    let (_, bytes, _) = RFC4475
        .iter()
        .find(|(found, ..)| *found == name)
        .expect("a message of the table");
    parse(&Bytes::from_static(bytes)).unwrap()
}

#[test]
fn what_the_hard_ones_say_is_understood() {
    let wsinv = torture("wsinv");
    assert_eq!(wsinv.headers().all::<crate::header::Via>().len(), 3);
    assert_eq!(wsinv.to().tag(), Some("1918181833n"));
    assert_eq!(wsinv.cseq().number, 9);

    let longreq = torture("longreq");
    assert_eq!(longreq.headers().all::<crate::header::Via>().len(), 34);

    let dblreq = torture("dblreq");
    assert!(dblreq.body().is_empty(), "the second request is no body");

    let mpart = torture("mpart01");
    let (_, bytes, _) = RFC4475.iter().find(|(n, ..)| *n == "mpart01").unwrap();
    assert!(bytes.ends_with(mpart.body()) && mpart.body().len() > 500);

    let Message::Request(semiuri) = torture("semiuri") else {
        panic!("a request")
    };
    assert_eq!(
        semiuri.uri().user().as_deref(),
        Some("user;par=u@example.net")
    );

    let Message::Request(esc02) = torture("esc02") else {
        panic!("a request")
    };
    assert_eq!(esc02.method().as_str(), "RE%47IST%45R");

    let Message::Response(unreason) = torture("unreason") else {
        panic!("a response")
    };
    assert!(unreason.reason().starts_with("= 2**3"));
}

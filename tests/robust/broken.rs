//! The list of broken INVITEs: every element of a valid one, each spoilt in every way. The list is
//! the same in every run.

use std::net::SocketAddr;

/// One message, and what is wrong with it.
pub(crate) struct Broken {
    /// The element, and how it was spoilt.
    pub(crate) what: String,
    /// What is sent.
    pub(crate) bytes: Vec<u8>,
}

/// All of them.
pub(crate) fn all(transport: &str, engine: SocketAddr) -> Vec<Broken> {
    let mut list = Vec::new();
    let spoilt = spoils();
    for (element, name) in ELEMENTS.iter().enumerate() {
        for (number, (how, spoil)) in spoilt.iter().enumerate() {
            for (place, put) in PLACES.iter().enumerate() {
                let serial = list.len();
                let (before, value, after) = around(element, transport, engine, serial);
                let value = put.apply(&value, spoil);
                let mut bytes = before.into_bytes();
                bytes.extend(value);
                bytes.extend(after.into_bytes());
                list.push(Broken {
                    what: format!("{name}, {how} ({number}), {}", PLACE_NAMES[place]),
                    bytes,
                });
            }
        }
    }
    list.extend(whole(transport, engine, list.len()));
    list
}

/// Where in an element the spoil goes.
#[derive(Clone, Copy)]
enum Place {
    Instead,
    Before,
    Behind,
}

const PLACES: [Place; 3] = [Place::Instead, Place::Before, Place::Behind];
const PLACE_NAMES: [&str; 3] = ["instead", "before", "behind"];

impl Place {
    fn apply(self, value: &str, spoil: &[u8]) -> Vec<u8> {
        match self {
            Self::Instead => spoil.to_vec(),
            Self::Before => [spoil, value.as_bytes()].concat(),
            Self::Behind => [value.as_bytes(), spoil].concat(),
        }
    }
}

/// The message with element number `at` cut out: what stands before it, itself, what follows.
fn around(
    at: usize,
    transport: &str,
    engine: SocketAddr,
    serial: usize,
) -> (String, String, String) {
    let marked = template(transport, engine, serial);
    let pieces: Vec<&str> = marked.split('¦').collect();
    // Every odd piece is an element.
    let cut = 2 * at + 1;
    (
        pieces[..cut].concat(),
        pieces[cut].to_owned(),
        pieces[cut + 1..].concat(),
    )
}

/// A valid INVITE to a line that refuses, each element between two bars.
fn template(transport: &str, engine: SocketAddr, serial: usize) -> String {
    let sdp = sdp();
    let length = sdp.replace('¦', "").len();
    format!(
        "¦INVITE¦ ¦sip:+33199000018@{engine}¦ ¦SIP/2.0¦\r\n\
         ¦Via¦: ¦SIP/2.0/{transport} 127.0.0.2:5060¦;¦branch=z9hG4bKr{transport}{serial}¦;rport\r\n\
         Max-Forwards: ¦70¦\r\n\
         From: ¦\"Caller\" ¦<¦sip:+33639981234@127.0.0.2¦>;¦tag=f{transport}{serial}¦\r\n\
         To: <¦sip:+33199000018@{engine}¦>\r\n\
         Call-ID: ¦robust{transport}{serial}@127.0.0.2¦\r\n\
         CSeq: ¦1¦ ¦INVITE¦\r\n\
         Contact: ¦<sip:+33639981234@127.0.0.2:5060>¦\r\n\
         User-Agent: ¦a phone/1.0¦\r\n\
         Allow: ¦INVITE, ACK, BYE, CANCEL¦\r\n\
         Supported: ¦timer, 100rel¦\r\n\
         Session-Expires: ¦1800;refresher=uac¦\r\n\
         P-Asserted-Identity: ¦<sip:+33639981234@127.0.0.2>¦\r\n\
         ¦X-Any¦: ¦thing¦\r\n\
         Content-Type: ¦application/sdp¦\r\n\
         Content-Length: ¦{length}¦\r\n\
         \r\n{sdp}"
    )
}

fn sdp() -> String {
    "¦v=0¦\r\no=¦- 1 1 IN IP4 127.0.0.2¦\r\ns=¦-¦\r\nc=¦IN IP4 127.0.0.2¦\r\nt=¦0 0¦\r\n\
     m=¦audio 40000 RTP/AVP 8 101¦\r\na=¦rtpmap:8 PCMA/8000¦\r\na=¦fmtp:101 0-16¦\r\n"
        .to_owned()
}

/// The elements in their order.
const ELEMENTS: &[&str] = &[
    "method",
    "Request-URI",
    "version",
    "name of Via",
    "Via",
    "branch",
    "Max-Forwards",
    "display name",
    "URI of From",
    "tag",
    "URI of To",
    "Call-ID",
    "CSeq number",
    "CSeq method",
    "Contact",
    "User-Agent",
    "Allow",
    "Supported",
    "Session-Expires",
    "P-Asserted-Identity",
    "name of a header",
    "value of a header",
    "Content-Type",
    "Content-Length",
    "SDP version",
    "SDP origin",
    "SDP session",
    "SDP connection",
    "SDP time",
    "SDP media",
    "SDP rtpmap",
    "SDP fmtp",
];

/// Everything an element is spoilt with.
fn spoils() -> Vec<(&'static str, Vec<u8>)> {
    let text = |how: &'static str, text: &str| (how, text.as_bytes().to_vec());
    let mut all = vec![
        text("nothing", ""),
        text("a blank", " "),
        text("a tab", "\t"),
        text("a line end", "\r\n"),
        text("two line ends", "\r\n\r\n"),
        text("a bare LF", "\n"),
        text("a bare CR", "\r"),
        text("a folded line", "\r\n x"),
        text("a header of its own", "\r\nX-Evil: 1"),
        text("a second Via", "\r\nVia: SIP/2.0/UDP 127.0.0.9:5060"),
        text("a second Content-Length", "\r\nContent-Length: 1"),
        text("a quote", "\""),
        text("a backslash", "\\"),
        text("an angle", "<"),
        text("an angle that closes", ">"),
        text("a bracket", "["),
        text("a semicolon", ";"),
        text("an equals sign", "="),
        text("a comma", ","),
        text("a colon", ":"),
        text("an at sign", "@"),
        text("a percent sign", "%"),
        text("half an escape", "%4"),
        text("an escaped NUL", "%00"),
        text("formats", "%s%s%s%n%x"),
        text("wide formats", "%99999999d"),
        text("braces", "{}{0}${x}"),
        text("SQL", "'; DROP TABLE users; --"),
        text("a path", "../../../etc/passwd"),
        text("a shell", "$(id)`id`|id"),
        text("minus one", "-1"),
        text("zero", "0"),
        text("32 bits", "4294967296"),
        text("64 bits", "18446744073709551616"),
        text("many digits", "99999999999999999999999999999999999999"),
        text("not a number", "NaN"),
        text("hexadecimal", "0x10"),
        text("a comment", "(((("),
        text("Unicode", "é中\u{1f600}"),
        text("right to left", "\u{202e}abc"),
        text("a BOM", "\u{feff}"),
    ];
    let bytes = |how: &'static str, bytes: &[u8]| (how, bytes.to_vec());
    all.push(bytes("NUL", b"\0"));
    all.push(bytes("a bell", b"\x07"));
    all.push(bytes("DEL", b"\x7f"));
    all.push(bytes("half of UTF-8", b"\xc3"));
    all.push(bytes("overlong UTF-8", b"\xc0\xaf"));
    all.push(bytes("a surrogate", b"\xed\xa0\x80"));
    all.push(bytes("Latin-1", b"caf\xe9"));
    all.push(bytes("all ones", b"\xff\xff\xff\xff"));
    for (how, length) in [
        ("100 letters", 100),
        ("1,000 letters", 1_000),
        ("9,000 letters", 9_000),
    ] {
        all.push((how, vec![b'a'; length]));
    }
    all.push(("100 semicolons", vec![b';'; 100]));
    all.push(("1,000 commas", vec![b','; 1_000]));
    all
}

/// What is wrong with a message as a whole: cut at every length, said twice, lines left out.
fn whole(transport: &str, engine: SocketAddr, first: usize) -> Vec<Broken> {
    let mut list = Vec::new();
    let good = |serial: usize| template(transport, engine, first + serial).replace('¦', "");
    let length = good(0).len();
    for cut in (1..length).step_by(16) {
        let text = good(list.len());
        list.push(Broken {
            what: format!("cut after {cut} bytes"),
            bytes: text.as_bytes()[..cut.min(text.len())].to_vec(),
        });
    }
    for left_out in 0..good(0).lines().count() {
        let text = good(list.len());
        let lines = text.split_inclusive("\r\n").enumerate();
        let kept = lines
            .filter(|(at, _)| *at != left_out)
            .map(|(_, line)| line);
        list.push(Broken {
            what: format!("without line {left_out}"),
            bytes: kept.collect::<String>().into_bytes(),
        });
        let lines = text.split_inclusive("\r\n").enumerate();
        let twice = lines.map(|(at, line)| match at == left_out {
            true => format!("{line}{line}"),
            false => line.to_owned(),
        });
        list.push(Broken {
            what: format!("line {left_out} twice"),
            bytes: twice.collect::<String>().into_bytes(),
        });
    }
    list
}

//! The little that must be known of every message that passes: what it is and whose. It is read
//! without parsing the message, in time linear in its header, because every message pays for it.

/// What a message is, at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance<'a> {
    /// Request or response.
    pub what: What<'a>,
    /// The Call-ID; empty when none was found.
    pub call_id: &'a str,
    /// The number of CSeq; 0 when none was found.
    pub number: u32,
    /// The method of CSeq, or of the request; empty when neither was found.
    pub method: &'a str,
}

/// The start line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// A request, by its method.
    Request(&'a str),
    /// A response, by its status.
    Response(u16),
    /// Neither.
    Garbage,
}

/// Looks at a message.
pub fn glance(bytes: &[u8]) -> Glance<'_> {
    let mut lines = bytes.split(|byte| *byte == b'\n').take(MAX_LINES);
    let what = start(text(lines.next().unwrap_or_default()));
    let mut seen = Glance {
        what,
        call_id: "",
        number: 0,
        method: match what {
            What::Request(method) => method,
            _ => "",
        },
    };
    for line in lines {
        let line = text(line);
        if line.is_empty() || (!seen.call_id.is_empty() && seen.number != 0) {
            break;
        }
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let (name, value) = (name.trim_end(), value.trim());
        if name.eq_ignore_ascii_case("call-id") || name.eq_ignore_ascii_case("i") {
            seen.call_id = value;
        } else if name.eq_ignore_ascii_case("cseq")
            && let Some((number, method)) = value.split_once([' ', '\t'])
        {
            seen.number = number.parse().unwrap_or_default();
            seen.method = method.trim();
        }
    }
    seen
}

fn start(line: &str) -> What<'_> {
    let mut words = line.split(' ');
    match (words.next(), words.next(), words.next_back()) {
        (Some("SIP/2.0"), Some(status), _) => status.parse().map_or(What::Garbage, What::Response),
        (Some(method), Some(_), Some("SIP/2.0")) if !method.is_empty() => What::Request(method),
        _ => What::Garbage,
    }
}

fn text(line: &[u8]) -> &str {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    std::str::from_utf8(line).unwrap_or_default()
}

/// Most lines that are looked at.
const MAX_LINES: usize = 257;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_responses_and_garbage_are_told_apart() {
        let seen = glance(b"INVITE sip:a@b SIP/2.0\r\ni: x@y\r\nCSeq: 7 INVITE\r\n\r\nCall-ID: no");
        assert_eq!(seen.what, What::Request("INVITE"));
        assert_eq!(
            (seen.call_id, seen.number, seen.method),
            ("x@y", 7, "INVITE")
        );
        let seen = glance(b"SIP/2.0 180 Ringing\r\nCSeq: 1\tINVITE\r\nCALL-ID : z\r\n\r\n");
        assert_eq!(seen.what, What::Response(180));
        assert_eq!((seen.call_id, seen.method), ("z", "INVITE"));
        for garbage in [&b""[..], b"\r\n\r\n", b"GET / HTTP/1.1\r\n", b"\xff\xfe"] {
            assert_eq!(glance(garbage).what, What::Garbage);
            assert_eq!(glance(garbage).call_id, "");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
        #[test]
        fn no_bytes_are_too_odd_to_look_at(bytes: Vec<u8>) {
            let _seen = glance(&bytes);
        }
    }
}

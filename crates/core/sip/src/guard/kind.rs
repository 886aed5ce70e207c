//! What a message claims to be, told from its first bytes alone: nothing is parsed yet.

/// The kinds that a source's messages are counted in. Each has a bucket of its own, so that garbage,
/// or somebody's guesses at passwords, take nothing from the calls of the same address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// INVITE.
    Invite,
    /// REGISTER.
    Register,
    /// What belongs to something that is under way: ACK, BYE, CANCEL, PRACK, UPDATE, INFO, NOTIFY,
    /// REFER, and answers.
    UnderWay,
    /// Any other request.
    Other,
    /// Nothing that begins like SIP.
    Garbage,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Invite,
        Self::Register,
        Self::UnderWay,
        Self::Other,
        Self::Garbage,
    ];

    /// The kind of a message.
    pub fn of(message: &[u8]) -> Self {
        let start = message.trim_ascii_start();
        let end = start.iter().take(MAX_METHOD).position(|b| *b == b' ');
        let Some(word) = end.map(|end| &start[..end]) else {
            return Self::Garbage;
        };
        match word {
            b"INVITE" => Self::Invite,
            b"REGISTER" => Self::Register,
            b"SIP/2.0" | b"ACK" | b"BYE" | b"CANCEL" | b"PRACK" | b"UPDATE" | b"INFO"
            | b"NOTIFY" | b"REFER" => Self::UnderWay,
            _ if is_request(start) => Self::Other,
            _ => Self::Garbage,
        }
    }
}

/// Whether the first line ends as that of a request does.
fn is_request(start: &[u8]) -> bool {
    let line = start.split(|b| *b == b'\n').next().unwrap_or_default();
    line.trim_ascii_end().ends_with(b" SIP/2.0")
}

/// Whether the User-Agent header names a tool that only attacks. One pass, no parsing: a name
/// elsewhere in the message does not count.
pub fn is_scanner(message: &[u8]) -> bool {
    message
        .split(|b| *b == b'\n')
        .take_while(|line| !line.trim_ascii_end().is_empty())
        .filter_map(user_agent)
        .any(|value| SCANNERS.iter().any(|name| contains(value, name)))
}

fn user_agent(line: &[u8]) -> Option<&[u8]> {
    let name = b"user-agent";
    let start = line.get(..name.len())?;
    start
        .eq_ignore_ascii_case(name)
        .then(|| &line[name.len()..line.len().min(MAX_USER_AGENT)])
}

fn contains(text: &[u8], name: &str) -> bool {
    text.windows(name.len())
        .any(|window| window.eq_ignore_ascii_case(name.as_bytes()))
}

/// Tools whose only use is to look for open servers. `sipsak` and `sipp` are not here: operators
/// use them.
const SCANNERS: &[&str] = &[
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sundayddr",
    "sipscan",
    "sip-scan",
    "pplsip",
    "sipcli",
    "smap ",
    "iwar",
    "vaxsipuseragent",
    "eyebeam_scan",
    "pbxhunter",
];

/// How much of a User-Agent line is looked at.
const MAX_USER_AGENT: usize = 256;

/// Longest method that is looked for, in bytes.
const MAX_METHOD: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_counted_by_its_first_word() {
        for (text, kind) in [
            ("INVITE sip:a SIP/2.0\r\n", Kind::Invite),
            ("\r\n\r\nREGISTER sip:a SIP/2.0\r\n", Kind::Register),
            ("SIP/2.0 200 OK\r\n", Kind::UnderWay),
            ("BYE sip:a SIP/2.0\r\n", Kind::UnderWay),
            ("OPTIONS sip:a SIP/2.0\r\n", Kind::Other),
            ("GET / HTTP/1.1\r\n", Kind::Garbage),
            ("INVITE", Kind::Garbage),
            ("\0\0\0", Kind::Garbage),
            ("", Kind::Garbage),
        ] {
            assert_eq!(Kind::of(text.as_bytes()), kind, "{text:?}");
        }
    }

    #[test]
    fn scanners_are_known_by_their_user_agent_alone() {
        assert!(is_scanner(
            b"OPTIONS sip:a SIP/2.0\r\nuser-agent: Friendly-Scanner\r\n\r\n"
        ));
        assert!(!is_scanner(
            b"OPTIONS sip:a SIP/2.0\r\nSubject: sipvicious\r\n\r\n"
        ));
        assert!(!is_scanner(
            b"OPTIONS sip:a SIP/2.0\r\n\r\nUser-Agent: sipvicious\r\n"
        ));
        assert!(!is_scanner(
            b"REGISTER sip:a SIP/2.0\r\nUser-Agent: Linphone/5.0\r\n\r\n"
        ));
    }
}

//! Hides what must not be shown: secrets, and people's numbers. What is hidden is replaced by as many
//! `x`, so that lengths stay true and a masked message is still a message.

use bytes::Bytes;

/// What to hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Digest responses, passwords in URIs, keys of encrypted media, keys pressed in INFO.
    pub secrets: bool,
    /// Telephone numbers in URIs and names, but for their last two digits.
    pub numbers: bool,
}

impl Mask {
    /// Hides nothing.
    pub const NOTHING: Self = Self {
        secrets: false,
        numbers: false,
    };

    /// The message with everything hidden that shall be.
    pub fn apply(self, message: &Bytes) -> Bytes {
        if self == Self::NOTHING {
            return message.clone();
        }
        let mut out = message.to_vec();
        let mut in_body = false;
        let mut start = 0;
        while start < out.len() {
            let end = out[start..]
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(out.len(), |length| start + length + 1);
            let line = &mut out[start..end];
            if !in_body && matches!(&*line, b"\r\n" | b"\n") {
                in_body = true;
            } else {
                self.hide_in(line, in_body);
            }
            start = end;
        }
        out.into()
    }

    /// A text of one line, such as a URI.
    pub fn text(self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.hide_in(&mut bytes, false);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn hide_in(self, line: &mut [u8], in_body: bool) {
        match (in_body, self.secrets) {
            (true, true) => hide_in_body(line),
            (false, true) => hide_in_header(line),
            (_, false) => {}
        }
        if self.numbers && !in_body {
            hide_numbers(line);
        }
    }
}

fn hide_in_header(line: &mut [u8]) {
    for name in [
        "authorization:",
        "proxy-authorization:",
        "authentication-info:",
    ] {
        if begins(line, name) {
            for key in ["response=", "rspauth=", "cnonce="] {
                hide_value(line, key);
            }
        }
    }
    hide_passwords(line);
}

/// The value behind `key`, with or without quotes.
fn hide_value(line: &mut [u8], key: &str) {
    let mut from = 0;
    while let Some(at) = find(&line[from..], key) {
        let mut at = from + at + key.len();
        let quoted = line.get(at) == Some(&b'"');
        at += usize::from(quoted);
        let ends = |byte: u8| {
            if quoted {
                byte == b'"'
            } else {
                byte == b',' || byte.is_ascii_whitespace()
            }
        };
        while at < line.len() && !ends(line[at]) && !is_line_end(line[at]) {
            line[at] = b'x';
            at += 1;
        }
        from = at;
    }
}

/// `sip:user:password@host`: what stands between the colon and the at sign.
fn hide_passwords(line: &mut [u8]) {
    for scheme in ["sip:", "sips:"] {
        let mut from = 0;
        while let Some(at) = find(&line[from..], scheme) {
            let user = from + at + scheme.len();
            from = user;
            let rest = &line[user..];
            let Some(end) = rest
                .iter()
                .position(|b| matches!(b, b'@' | b'>' | b' ' | b'"' | b'\r' | b'\n'))
                .filter(|end| rest[*end] == b'@')
            else {
                continue;
            };
            if let Some(colon) = rest[..end].iter().position(|b| *b == b':') {
                line[user + colon + 1..user + end].fill(b'x');
            }
        }
    }
}

fn hide_in_body(line: &mut [u8]) {
    for begin in ["a=ice-pwd:", "k="] {
        if begins(line, begin) {
            hide_rest(&mut line[begin.len()..]);
        }
    }
    if begins(line, "a=crypto:")
        && let Some(at) = find(line, "inline:")
    {
        hide_rest(&mut line[at + "inline:".len()..]);
    }
    // RFC 6086 knows no package for keys; this is what phones send.
    if begins(line, "signal") {
        let rest = &mut line["signal".len()..];
        if rest.first().is_some_and(|b| matches!(b, b'=' | b' ')) {
            let keys = rest.iter_mut();
            keys.filter(|b| is_key(**b)).for_each(|b| *b = b'x');
        }
    }
    let text = line.trim_ascii();
    if text.len() == 1 && is_key(text[0]) {
        line.iter_mut()
            .filter(|b| is_key(**b))
            .for_each(|b| *b = b'x');
    }
}

fn is_key(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D')
}

fn hide_rest(rest: &mut [u8]) {
    rest.iter_mut()
        .filter(|byte| !is_line_end(**byte))
        .for_each(|byte| *byte = b'x');
}

/// Digits in a row behind the scheme of a URI or the quote of a name are a number. Addresses have
/// dots, ports follow a host, tags follow a parameter: they stay.
fn hide_numbers(line: &mut [u8]) {
    let mut at = 0;
    while at < line.len() {
        let begins = at;
        while at < line.len() && line[at].is_ascii_digit() {
            at += 1;
        }
        if at - begins >= LEAST_DIGITS && stands_for_a_number(&line[..begins], &line[at..]) {
            line[begins..at - SHOWN_DIGITS].fill(b'x');
        }
        at = at.max(begins + 1);
    }
}

fn stands_for_a_number(before: &[u8], after: &[u8]) -> bool {
    let before = before.strip_suffix(b"+").unwrap_or(before);
    let before = before.strip_suffix(b"%2B").unwrap_or(before);
    let behind = |text: &str| {
        before.len() >= text.len()
            && before[before.len() - text.len()..].eq_ignore_ascii_case(text.as_bytes())
    };
    let is_host = after.first() == Some(&b'.');
    !is_host
        && (["sip:", "sips:", "tel:"]
            .iter()
            .any(|scheme| behind(scheme))
            || behind("\""))
}

fn begins(line: &[u8], with: &str) -> bool {
    line.len() >= with.len() && line[..with.len()].eq_ignore_ascii_case(with.as_bytes())
}

fn find(line: &[u8], what: &str) -> Option<usize> {
    line.windows(what.len())
        .position(|window| window.eq_ignore_ascii_case(what.as_bytes()))
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Fewer digits in a row are an extension or a service, not a person's number.
const LEAST_DIGITS: usize = 6;
/// How many digits of a number are shown.
const SHOWN_DIGITS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Mask = Mask {
        secrets: true,
        numbers: true,
    };

    fn masked(mask: Mask, text: &str) -> String {
        let out = mask.apply(&Bytes::copy_from_slice(text.as_bytes()));
        assert_eq!(out.len(), text.len());
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn secrets_are_hidden_and_lengths_stay() {
        let text = "REGISTER sip:h SIP/2.0\r\nAuthorization: Digest username=\"a\", \
                    response=\"0123abcd\", cnonce=77, uri=\"sip:h\"\r\nTo: <sip:a:pass@h:5060>\r\n\r\n";
        let out = masked(ALL, text);
        assert!(
            out.contains("response=\"xxxxxxxx\", cnonce=xx, uri=\"sip:h\""),
            "{out}"
        );
        assert!(out.contains("sip:a:xxxx@h:5060"), "{out}");
        assert_eq!(masked(Mask::NOTHING, text), text);
    }

    #[test]
    fn keys_of_media_and_keys_pressed_are_hidden() {
        let body = "INFO sip:h SIP/2.0\r\n\r\na=crypto:1 AES inline:abcd|2\r\na=ice-pwd:zz\r\n\
                    Signal=5\r\nDuration=160\r\n7\r\n";
        let out = masked(ALL, body);
        for told in [
            "inline:xxxxxx\r\n",
            "a=ice-pwd:xx\r\n",
            "Signal=x\r\n",
            "Duration=160\r\nx\r\n",
        ] {
            assert!(out.contains(told), "{out}");
        }
    }

    #[test]
    fn numbers_keep_two_digits_and_addresses_stay() {
        let text = "INVITE sip:+33472001122@192.0.2.10:50600 SIP/2.0\r\n\
                    From: \"0639981234\" <sip:+33639981234@h>;tag=123456789\r\nTo: <tel:+33472001122>\r\n\
                    Contact: <sip:104@h>\r\n\r\n33639981234";
        let out = masked(ALL, text);
        for told in [
            "sip:+xxxxxxxxx22@192.0.2.10:50600 SIP",
            "\"xxxxxxxx34\" <sip:+xxxxxxxxx34@h>;tag=123456789",
            "<tel:+xxxxxxxxx22>",
            "sip:104@h",
            "\r\n\r\n33639981234",
        ] {
            assert!(out.contains(told), "{told}: {out}");
        }
        let secrets_only = Mask {
            numbers: false,
            ..ALL
        };
        assert_eq!(masked(secrets_only, text), text);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
        #[test]
        fn no_bytes_are_too_odd_to_hide(bytes: Vec<u8>) {
            let bytes = Bytes::from(bytes);
            proptest::prop_assert_eq!(ALL.apply(&bytes).len(), bytes.len());
        }
    }
}

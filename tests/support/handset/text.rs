//! SIP messages as text, read and written from RFC 3261 alone: nothing of ours may hide its own fault.

/// A message that came, as its lines say it.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    /// The first line.
    pub(super) first: String,
    headers: Vec<(String, String)>,
    /// What follows the empty line.
    pub(super) body: String,
}

impl Message {
    /// Reads a datagram; `None` when it is no SIP (a keep-alive).
    pub(super) fn read(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let first = lines.next()?.to_owned();
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self {
            first,
            headers,
            body: body.to_owned(),
        })
    }

    /// The status of a response.
    pub(super) fn status(&self) -> Option<u16> {
        self.first
            .strip_prefix("SIP/2.0 ")?
            .split(' ')
            .next()?
            .parse()
            .ok()
    }

    /// The method of a request, or of what a response answers.
    pub(super) fn method(&self) -> &str {
        self.header("CSeq").split(' ').nth(1).unwrap_or_default()
    }

    /// The number in CSeq.
    pub(super) fn number(&self) -> u32 {
        let number = self.header("CSeq").split(' ').next().unwrap_or_default();
        number.parse().unwrap_or_default()
    }

    /// The first header of a name, or nothing.
    pub(super) fn header(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_default()
    }

    /// Every header of a name.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let name = name.to_ascii_lowercase();
        let named = self.headers.iter().filter(|(known, _)| *known == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The branch of the topmost Via.
    pub(super) fn branch(&self) -> &str {
        parameter(self.header("Via"), "branch")
    }

    /// A response to this request: what RFC 3261 §8.2.6.2 copies, `tag` in To, and `more`.
    pub(super) fn respond(&self, status: &str, tag: &str, more: &str, body: &str) -> String {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for name in ["Via", "Record-Route"] {
            for value in self.all(name) {
                text += &format!("{name}: {value}\r\n");
            }
        }
        for name in ["From", "Call-ID", "CSeq"] {
            text += &format!("{name}: {}\r\n", self.header(name));
        }
        let to = self.header("To");
        let tag = match parameter(to, "tag") {
            "" if !tag.is_empty() => format!(";tag={tag}"),
            _ => String::new(),
        };
        text + &format!("To: {to}{tag}\r\n{more}{}", with_body(body))
    }
}

/// The value of a parameter behind the `>` of an address, or of a Via.
pub(super) fn parameter<'a>(value: &'a str, name: &str) -> &'a str {
    let behind = value.rsplit('>').next().unwrap_or(value);
    let mut parameters = behind.split(';').skip(1);
    let found = parameters.find_map(|p| p.trim().strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_default()
}

/// The address between `<` and `>`.
pub(super) fn bare(value: &str) -> &str {
    let inside = value.split_once('<').map_or(value, |(_, rest)| rest);
    inside.split('>').next().unwrap_or(inside)
}

/// The end of a message: the length of the body and the body, SDP if there is one.
pub(super) fn with_body(body: &str) -> String {
    match body {
        "" => "Content-Length: 0\r\n\r\n".to_owned(),
        sdp => format!(
            "Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        ),
    }
}

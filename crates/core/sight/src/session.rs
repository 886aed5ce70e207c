//! What an SDP body says about sound, read line by line and leniently: a ladder shows it in a few
//! words, and a diagnosis compares it with what really came.

use std::net::{IpAddr, SocketAddr};

/// The sound an SDP body describes (RFC 8866).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// The address in `o=`, when it is one.
    pub origin: Option<IpAddr>,
    /// Where sound is wanted: `c=` of the first audio line, else of the session.
    pub address: Option<IpAddr>,
    /// The port of the first audio line; 0 refuses it.
    pub port: Option<u16>,
    /// Names of the codecs of the first audio line, `telephone-event` included, in their order.
    pub codecs: Vec<String>,
    /// Which way sound may go.
    pub direction: Direction,
    /// The profile of the first audio line: `RTP/AVP`, `RTP/SAVP` …
    pub profile: String,
    /// How many `m=` lines are not audio.
    pub others: usize,
}

/// Which way sound may go, as the sender of the body sees it (RFC 8866 §6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// It only sends: the other side is on hold.
    SendOnly,
    /// It only listens.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Session {
    /// Whether this is a browser's voice, or one for a browser: keys by DTLS, and an address that is proved
    /// by checks, whatever it names (RFC 5763, RFC 8839).
    pub fn is_of_browser(&self) -> bool {
        self.profile.contains("/TLS/")
    }

    /// Reads a body; `None` when it is no SDP.
    pub fn read(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        if !text.trim_start().starts_with("v=") {
            return None;
        }
        let mut session = Self::default();
        let mut named: Vec<(String, String)> = Vec::new();
        let mut formats: Vec<String> = Vec::new();
        // Before the first m-line, within the audio line, or within another.
        let (mut in_audio, mut before) = (false, true);
        for line in text.lines().take(MAX_LINES) {
            let Some((kind, value)) = line.trim_end().split_once('=') else {
                continue;
            };
            match kind {
                "o" => session.origin = value.rsplit(' ').next().and_then(|a| a.parse().ok()),
                "c" if before || in_audio => {
                    let address = value.split_whitespace().nth(2);
                    // A host name is none, and takes the place of the session's all the same.
                    session.address = address.and_then(|a| a.split('/').next()?.parse().ok());
                }
                "m" => {
                    before = false;
                    in_audio = value.starts_with("audio ") && session.port.is_none();
                    if in_audio {
                        let mut words = value.split_whitespace().skip(1);
                        let port = words.next().and_then(|p| p.split('/').next()?.parse().ok());
                        session.port = Some(port.unwrap_or(0));
                        session.profile = words.next().unwrap_or_default().to_owned();
                        formats = words.take(MAX_FORMATS).map(str::to_owned).collect();
                    } else {
                        session.others += 1;
                    }
                }
                "a" if before || in_audio => match value {
                    "sendrecv" => session.direction = Direction::SendRecv,
                    "sendonly" => session.direction = Direction::SendOnly,
                    "recvonly" => session.direction = Direction::RecvOnly,
                    "inactive" => session.direction = Direction::Inactive,
                    _ => {
                        if let Some(map) = value.strip_prefix("rtpmap:")
                            && let Some((format, name)) = map.split_once(' ')
                            && named.len() < MAX_FORMATS
                        {
                            let name = name.split('/').next().unwrap_or_default();
                            named.push((format.to_owned(), name.to_owned()));
                        }
                    }
                },
                _ => {}
            }
        }
        let name_of = |format: &String| {
            let known = named.iter().find(|(number, _)| number == format);
            known.map_or_else(|| usual_name(format), |(_, name)| name.clone())
        };
        session.codecs = formats.iter().map(name_of).collect();
        Some(session)
    }

    /// Where sound is wanted, when the body says so.
    pub fn target(&self) -> Option<SocketAddr> {
        Some(SocketAddr::new(self.address?, self.port?))
    }

    /// The codecs that carry voice.
    pub fn voice(&self) -> impl Iterator<Item = &str> {
        let codecs = self.codecs.iter().map(String::as_str);
        codecs.filter(|name| {
            !["telephone-event", "CN"]
                .iter()
                .any(|n| name.eq_ignore_ascii_case(n))
        })
    }

    /// In a few words: `192.0.2.1:16384 PCMA PCMU`, with the direction when it is not both ways.
    pub fn summary(&self) -> String {
        let mut words = Vec::new();
        match (self.address, self.port) {
            (_, Some(0)) => words.push("refused".to_owned()),
            (Some(address), Some(port)) => words.push(SocketAddr::new(address, port).to_string()),
            (None, Some(port)) => words.push(format!("?:{port}")),
            (_, None) => words.push("no audio".to_owned()),
        }
        words.extend(self.voice().take(SHOWN_CODECS).map(str::to_owned));
        match self.direction {
            Direction::SendRecv => {}
            Direction::SendOnly => words.push("sendonly".into()),
            Direction::RecvOnly => words.push("recvonly".into()),
            Direction::Inactive => words.push("inactive".into()),
        }
        words.join(" ")
    }
}

/// The names of RFC 3551 §6 that need no rtpmap.
fn usual_name(format: &str) -> String {
    match format {
        "0" => "PCMU",
        "3" => "GSM",
        "4" => "G723",
        "8" => "PCMA",
        "9" => "G722",
        "13" => "CN",
        "18" => "G729",
        other => other,
    }
    .to_owned()
}

/// Most lines of a body that are read.
const MAX_LINES: usize = 500;
/// Most formats of a line that are read.
const MAX_FORMATS: usize = 32;
/// Codecs a summary names.
const SHOWN_CODECS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_told_in_a_few_words() {
        let body = b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
            m=video 9 RTP/AVP 96\r\na=inactive\r\nm=audio 4000 RTP/AVP 8 0 96 101\r\n\
            a=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n";
        let session = Session::read(body).unwrap();
        assert_eq!(session.summary(), "192.0.2.1:4000 PCMA PCMU opus sendonly");
        assert_eq!(session.origin, "10.0.0.1".parse().ok());
        assert_eq!((session.others, session.profile.as_str()), (1, "RTP/AVP"));
    }

    #[test]
    fn the_address_of_the_audio_line_wins_and_port_zero_refuses() {
        let body = b"v=0\nc=IN IP4 10.0.0.1\nm=audio 0 RTP/AVP 8\nc=IN IP6 2001:db8::1\n\
            m=audio 5 RTP/AVP 0\nc=IN IP4 192.0.2.9\n";
        let session = Session::read(body).unwrap();
        assert_eq!(session.address, "2001:db8::1".parse().ok());
        assert_eq!(session.summary(), "refused PCMA");
    }

    #[test]
    fn what_is_no_sdp_is_none_and_an_odd_one_is_read_as_far_as_it_goes() {
        assert_eq!(Session::read(b""), None);
        assert_eq!(Session::read(b"Signal=5"), None);
        assert_eq!(Session::read(b"v=0").unwrap().summary(), "no audio");
        let odd = Session::read(b"v=0\nm=audio x\nc=IN IP4\na=rtpmap:1\n").unwrap();
        assert_eq!(odd.summary(), "refused");
    }
}

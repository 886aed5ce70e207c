//! What the engine and a command tell each other about what passed: one JSON line each.

use std::net::SocketAddr;

use bytes::Bytes;
use rappel_model::trouble::{NameFault, SecureFault};
use rappel_model::{CallUid, LegId, Timestamp, Trouble};
use rappel_net::sip::Banned;
use rappel_sight::known::KnownBan;
use rappel_sight::{Captured, Found, Passage, Trace};
use rappel_sip::Transport;
use rappel_sip::guard::Offence;
use serde::{Deserialize, Serialize};

/// What a command wants to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Ask {
    /// One call.
    Call {
        /// Its name or Call-ID, or the beginning of one.
        id: String,
    },
    /// Everything that is remembered.
    Recent {
        /// Since then, in microseconds since 1970; all without.
        since: Option<i64>,
    },
    /// Every message from now on, until the command goes away.
    Live,
}

/// One line of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// A message.
    Message(Message),
    /// A leg of a call, and its Call-ID.
    Leg(String, u64, String),
    /// The call that was asked for.
    Call(String),
    /// Several calls begin so.
    Several(Vec<String>),
    /// Nothing is remembered of it.
    Unknown,
    /// Something went wrong below the messages.
    Trouble(Below),
    /// An address is banned: whose, until when (microseconds since 1970), and why.
    Ban(String, i64, String),
    /// So many messages made room for others.
    Omitted(u64),
    /// Nothing passed for a while; the engine looks whether the command is still there.
    Quiet,
    /// All is said.
    End,
}

/// What went wrong below the messages, as JSON holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Below {
    at: i64,
    peer: Option<SocketAddr>,
    name: Option<String>,
    fault: String,
    millis: u64,
}

impl Below {
    fn of(at: Timestamp, trouble: &Trouble) -> Self {
        let (peer, name, fault, millis) = match trouble {
            Trouble::Secure { peer, name, fault } => (Some(*peer), name.clone(), fault.as_str(), 0),
            Trouble::Name { name, fault } => {
                let millis = match fault {
                    NameFault::Slow(took) => u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                    _ => 0,
                };
                (None, Some(name.clone()), fault.as_str(), millis)
            }
            Trouble::Flood { source } => (Some(SocketAddr::new(*source, 0)), None, FLOOD, 0),
        };
        Self {
            at: at.as_micros(),
            peer,
            name,
            fault: fault.to_owned(),
            millis,
        }
    }

    /// The fault itself; `None` when it cannot be one.
    fn trouble(self) -> Option<(Timestamp, Trouble)> {
        let trouble = match self.peer {
            Some(peer) if self.fault == FLOOD => Trouble::Flood { source: peer.ip() },
            Some(peer) => Trouble::Secure {
                peer,
                name: self.name,
                fault: SecureFault::read(&self.fault)?,
            },
            None => Trouble::Name {
                name: self.name?,
                fault: NameFault::read(&self.fault, self.millis)?,
            },
        };
        Some((Timestamp::from_micros(self.at), trouble))
    }
}

/// The word for a source that sends too fast.
const FLOOD: &str = "flood";

/// A ban as a line.
pub(crate) fn ban(ban: &Banned) -> Line {
    let why = ban.why.as_str().to_owned();
    Line::Ban(ban.source.to_string(), ban.until.as_micros(), why)
}

/// A message as JSON holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    at: i64,
    way: char,
    transport: String,
    source: SocketAddr,
    destination: SocketAddr,
    /// The message, when it is text.
    text: Option<String>,
    /// The message in hexadecimal digits, when it is not.
    hex: Option<String>,
}

impl From<&Captured> for Message {
    fn from(message: &Captured) -> Self {
        let text = std::str::from_utf8(&message.bytes).ok().map(str::to_owned);
        let hex = match &text {
            Some(_) => None,
            None => Some(
                message
                    .bytes
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect(),
            ),
        };
        Self {
            at: message.at.as_micros(),
            way: match message.passage {
                Passage::In => 'i',
                Passage::Out => 'o',
                Passage::Across => 'a',
            },
            transport: message.transport.via_name().to_owned(),
            source: message.source,
            destination: message.destination,
            text,
            hex,
        }
    }
}

impl Message {
    /// The message itself; `None` when it cannot be one.
    pub(crate) fn captured(self) -> Option<Captured> {
        let bytes = match (self.text, self.hex) {
            (Some(text), _) => Bytes::from(text),
            (None, Some(hex)) => {
                let pairs = hex.as_bytes().chunks(2);
                let byte =
                    |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                pairs.map(byte).collect::<Option<Vec<u8>>>()?.into()
            }
            (None, None) => return None,
        };
        let transport = self.transport;
        Some(Captured {
            at: Timestamp::from_micros(self.at),
            passage: match self.way {
                'i' => Passage::In,
                'o' => Passage::Out,
                _ => Passage::Across,
            },
            transport: Transport::ALL
                .into_iter()
                .find(|t| t.via_name() == transport)?,
            source: self.source,
            destination: self.destination,
            bytes,
        })
    }
}

/// A trace, line by line.
pub(crate) fn lines(trace: &Trace) -> impl Iterator<Item = Line> {
    let call = trace.call.iter().map(|call| Line::Call(call.to_string()));
    let legs = trace.legs.iter();
    let legs = legs.map(|(call, leg, id)| Line::Leg(call.to_string(), leg.0, id.clone()));
    let messages = trace.messages.iter().map(|m| Line::Message(m.into()));
    let troubles = trace.troubles.iter();
    let troubles = troubles.map(|(at, trouble)| Line::Trouble(Below::of(*at, trouble)));
    call.chain(legs)
        .chain(messages)
        .chain(troubles)
        .chain([Line::Omitted(trace.omitted)])
}

/// Puts one line into what is found.
pub(crate) fn gather(found: &mut Found, line: Line) {
    if let Line::Several(names) = line {
        *found = Found::Several(names);
        return;
    }
    if matches!(line, Line::Unknown | Line::Quiet | Line::End) {
        return;
    }
    if *found == Found::None {
        *found = Found::One(Box::default());
    }
    let Found::One(trace) = found else {
        return;
    };
    match line {
        Line::Call(call) => trace.call = CallUid::parse(&call),
        Line::Leg(call, leg, id) => {
            let call = CallUid::parse(&call);
            trace.legs.extend(call.map(|call| (call, LegId(leg), id)));
        }
        Line::Message(message) => trace.messages.extend(message.captured()),
        Line::Trouble(below) => trace.troubles.extend(below.trouble()),
        Line::Ban(source, until, why) => {
            let until = Timestamp::from_micros(until);
            let known = Offence::read(&why).zip(source.parse().ok());
            let known = known.map(|(why, source)| KnownBan { source, until, why });
            trace.bans.extend(known);
        }
        Line::Omitted(count) => trace.omitted = count,
        Line::Several(_) | Line::Unknown | Line::Quiet | Line::End => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_survives_its_lines() {
        let message = |bytes: &'static [u8], passage| Captured {
            at: Timestamp::from_micros(7),
            passage,
            transport: Transport::Wss,
            source: "[2001:db8::1]:5060".parse().expect("an address"),
            destination: "192.0.2.1:5060".parse().expect("an address"),
            bytes: Bytes::from_static(bytes),
        };
        let trace = Trace {
            call: Some(CallUid(7)),
            legs: vec![(CallUid(7), LegId(2), "x@y".to_owned())],
            messages: vec![
                message(b"text\r\n", Passage::In),
                message(b"\xff\x00", Passage::Out),
            ],
            facts: Vec::new(),
            troubles: vec![
                (
                    Timestamp::from_micros(8),
                    Trouble::Secure {
                        peer: "192.0.2.9:5061".parse().expect("an address"),
                        name: None,
                        fault: SecureFault::Plain,
                    },
                ),
                (
                    Timestamp::from_micros(9),
                    Trouble::Name {
                        name: "carrier.example".to_owned(),
                        fault: NameFault::Slow(std::time::Duration::from_millis(1_200)),
                    },
                ),
                (
                    Timestamp::from_micros(10),
                    Trouble::Flood {
                        source: [192, 0, 2, 9].into(),
                    },
                ),
            ],
            bans: Vec::new(),
            omitted: 3,
        };
        let mut found = Found::None;
        for line in lines(&trace) {
            let json = serde_json::to_string(&line).expect("it can be written");
            gather(
                &mut found,
                serde_json::from_str(&json).expect("it can be read"),
            );
        }
        assert_eq!(found, Found::One(Box::new(trace)));
    }
}

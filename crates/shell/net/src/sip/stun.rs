//! STUN binding requests on the SIP port: how phones behind a NAT keep their flow over UDP open and
//! learn where they are seen (RFC 5626 §3.5.2, §8; RFC 5389). Nothing else of STUN is served.

use std::net::{IpAddr, SocketAddr};

/// What a datagram is to STUN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stun {
    /// Not STUN: SIP begins with a letter, STUN with two zero bits (RFC 5389 §6).
    Other,
    /// STUN that wants no answer, or deserves none.
    Silent,
    /// A binding request; these bytes go back.
    Answer(Vec<u8>),
}

/// Looks at a datagram that came from `from`.
pub(super) fn look(datagram: &[u8], from: SocketAddr) -> Stun {
    let Some((header, attributes)) = datagram.split_at_checked(HEADER) else {
        return Stun::Other;
    };
    if header[0] & 0b1100_0000 != 0 || header[4..8] != COOKIE {
        return Stun::Other;
    }
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let kind = u16::from_be_bytes([header[0], header[1]]);
    if kind != BINDING_REQUEST || length != attributes.len() || !length.is_multiple_of(4) {
        return Stun::Silent;
    }
    let transaction = &header[8..HEADER];
    match unknown(attributes) {
        Err(Cut) => Stun::Silent,
        Ok(unknown) if unknown.is_empty() => Stun::Answer(success(transaction, from)),
        Ok(unknown) => Stun::Answer(refusal(transaction, &unknown)),
    }
}

/// An attribute reaches behind the end of its message.
struct Cut;

/// The attributes that we would have to understand, of which we know none (RFC 5389 §15).
fn unknown(mut attributes: &[u8]) -> Result<Vec<u16>, Cut> {
    let mut unknown = Vec::new();
    while let Some((head, rest)) = attributes.split_at_checked(4) {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        attributes = rest.get(length.next_multiple_of(4)..).ok_or(Cut)?;
        if kind < OPTIONAL && unknown.len() < MAX_UNKNOWN {
            unknown.push(kind);
        }
    }
    Ok(unknown)
}

/// Where the request came from, as XOR-MAPPED-ADDRESS (RFC 5389 §15.2).
fn success(transaction: &[u8], from: SocketAddr) -> Vec<u8> {
    let ip = from.ip().to_canonical();
    let mut value = vec![0, if ip.is_ipv4() { 1 } else { 2 }];
    let port = from.port() ^ u16::from_be_bytes([COOKIE[0], COOKIE[1]]);
    value.extend(port.to_be_bytes());
    let mask = COOKIE.iter().chain(transaction);
    let octets = match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    value.extend(octets.iter().zip(mask).map(|(octet, mask)| octet ^ mask));
    message(BINDING_SUCCESS, transaction, &[(XOR_MAPPED_ADDRESS, value)])
}

/// 420 with the attributes it is about (RFC 5389 §7.3.1).
fn refusal(transaction: &[u8], unknown: &[u16]) -> Vec<u8> {
    let mut error = vec![0, 0, 4, 20];
    error.extend(b"Unknown Attribute");
    let unknown = unknown.iter().flat_map(|kind| kind.to_be_bytes()).collect();
    message(
        BINDING_ERROR,
        transaction,
        &[(ERROR_CODE, error), (UNKNOWN_ATTRIBUTES, unknown)],
    )
}

fn message(kind: u16, transaction: &[u8], attributes: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, value) in attributes {
        body.extend(kind.to_be_bytes());
        body.extend((value.len() as u16).to_be_bytes());
        body.extend(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut message = Vec::with_capacity(HEADER + body.len());
    message.extend(kind.to_be_bytes());
    message.extend((body.len() as u16).to_be_bytes());
    message.extend(COOKIE);
    message.extend(transaction);
    message.extend(body);
    message
}

/// Type, length, cookie, and twelve bytes of transaction (RFC 5389 §6).
const HEADER: usize = 20;
const COOKIE: [u8; 4] = 0x2112_A442_u32.to_be_bytes();
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
/// Attributes from here on may be ignored (RFC 5389 §15).
const OPTIONAL: u16 = 0x8000;
/// Most unknown attributes that a refusal names: it must not be larger than what it answers.
const MAX_UNKNOWN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn request(attributes: &[(u16, Vec<u8>)]) -> Vec<u8> {
        message(BINDING_REQUEST, b"transaction!", attributes)
    }

    /// RFC 5769 §2.2 and §2.3 hold these addresses and their mapped forms.
    #[test]
    fn published_addresses_are_mapped_as_published() {
        let transaction = [
            0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
        ];
        let v4 = success(&transaction, "192.0.2.1:32853".parse().unwrap());
        assert_eq!(
            &v4[HEADER..],
            [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]
        );
        let v6 = "[2001:db8:1234:5678:11:2233:4455:6677]:32853";
        let v6 = success(&transaction, v6.parse().unwrap());
        let mapped = [
            0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25,
            0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
        ];
        assert_eq!(&v6[HEADER + 4..], mapped);
    }

    #[test]
    fn a_request_is_answered_and_what_it_must_not_ask_is_refused() {
        let from = "192.0.2.1:32853".parse().unwrap();
        let software = (0x8022, b"a phone".to_vec());
        let Stun::Answer(answer) = look(&request(&[software]), from) else {
            panic!("it is a binding request");
        };
        assert_eq!(answer[..2], BINDING_SUCCESS.to_be_bytes());
        assert_eq!(&answer[8..HEADER], b"transaction!");

        let change = (0x0003, vec![0, 0, 0, 6]);
        let Stun::Answer(answer) = look(&request(&[change]), from) else {
            panic!("it is a binding request");
        };
        assert_eq!(answer[..2], BINDING_ERROR.to_be_bytes());
        assert_eq!(answer[HEADER + 6..HEADER + 8], [4, 20]);
        assert_eq!(answer[answer.len() - 4..], [0, 3, 0, 0]);
    }

    #[test]
    fn what_is_no_request_gets_no_answer() {
        let from = "192.0.2.1:5060".parse().unwrap();
        let good = request(&[]);
        let mut indication = good.clone();
        indication[1] = 0x11;
        let mut short = good.clone();
        short[3] = 4;
        let overlong = request(&[(0x8022, vec![0; 4])]);
        let mut reaching = overlong.clone();
        reaching[23] = 200;
        for silent in [indication, short, reaching] {
            assert_eq!(look(&silent, from), Stun::Silent);
        }
        let mut old = good.clone();
        old[4] = 0;
        for other in [&old[..], &good[..19], b"OPTIONS sip:a SIP/2.0\r\n\r\n", b""] {
            assert_eq!(look(other, from), Stun::Other);
        }
    }

    #[test]
    fn a_refusal_is_bounded() {
        let from = "192.0.2.1:5060".parse().unwrap();
        let many: Vec<_> = (0..200).map(|kind| (kind, Vec::new())).collect();
        let Stun::Answer(answer) = look(&request(&many), from) else {
            panic!("it is a binding request");
        };
        assert!(answer.len() < 80);
    }
}

//! Values in their commonest forms, told in one pass over their bytes.
//!
//! What is plain can be read: whoever only has to know that much need not ask the reader, which
//! knows every form and takes longer. What is not plain is not refused; it is the reader's to judge.

use super::scan::bytes_of;
use super::{CSeq, Via};
use crate::message::Method;
use crate::uri::Host;

/// Whether it is one address as From, Contact and Route hold it: a SIP URI in brackets, a name before
/// them and parameters behind them, or a bare one.
pub(crate) fn is_address(value: &[u8]) -> bool {
    let mut rest = Rest(value);
    let address = if value.starts_with(b"sip") {
        rest.address()
    } else {
        if rest.take(b'"') {
            if !rest.quoted() {
                return false;
            }
            rest.take(b' ');
        } else {
            rest.run(NAME);
        }
        rest.take(b'<') && rest.address() && rest.uri_params() && rest.take(b'>')
    };
    address && rest.params(|_| true) && rest.is_over()
}

/// Whether it is one Via of SIP/2.0, of which no parameter is the bare cookie of branches.
pub(crate) fn is_via(value: &[u8]) -> bool {
    let Some(behind) = value.strip_prefix(b"SIP/2.0/") else {
        return false;
    };
    let mut rest = Rest(behind);
    let sent_by = !rest.run(HOST).is_empty() && rest.take(b' ') && rest.host_and_port();
    let more = |value: &[u8]| {
        value.first() != Some(&b'"') && !value.eq_ignore_ascii_case(Via::COOKIE.as_bytes())
    };
    sent_by && rest.params(more) && rest.is_over()
}

/// The length of a SIP URI without headers before the first blank.
pub(crate) fn uri_before_blank(text: &[u8]) -> Option<usize> {
    let mut rest = Rest(text);
    let plain = rest.address() && rest.uri_params();
    let len = text.len() - rest.0.len();
    (plain && rest.take(b' ')).then_some(len)
}

/// A CSeq of a method we know.
pub(crate) fn cseq(value: &[u8]) -> Option<CSeq> {
    let mut rest = Rest(value);
    let number = rest.number(CSeq::MAX)?;
    let method = rest.take(b' ').then(|| Method::known(rest.0))??;
    Some(CSeq::new(number, method))
}

/// A number up to `most`, below 10⁹, and nothing else.
pub(crate) fn number(value: &[u8], most: u32) -> Option<u32> {
    let mut rest = Rest(value);
    let number = rest.number(most)?;
    rest.is_over().then_some(number)
}

/// What is not read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes that byte, if it comes next.
    fn take(&mut self, wanted: u8) -> bool {
        match self.0 {
            [first, behind @ ..] if *first == wanted => {
                self.0 = behind;
                true
            }
            _ => false,
        }
    }

    /// Takes all bytes of a kind, up to the first that is not.
    fn run(&mut self, kind: u8) -> &'a [u8] {
        let is_other = |b: &u8| KINDS[usize::from(*b)] & kind == 0;
        let len = self.0.iter().position(is_other).unwrap_or(self.0.len());
        let (run, behind) = self.0.split_at(len);
        self.0 = behind;
        run
    }

    /// `sip:user@host:port`.
    fn address(&mut self) -> bool {
        let scheme = self.0.strip_prefix(b"sip:");
        let Some(behind) = scheme.or_else(|| self.0.strip_prefix(b"sips:")) else {
            return false;
        };
        self.0 = behind;
        let user = self.run(USER);
        if !self.take(b'@') {
            self.0 = behind;
        } else if user.is_empty() {
            return false;
        }
        self.host_and_port()
    }

    /// A name or an IPv4 address, and a port. What merely looks like an address is a name.
    fn host_and_port(&mut self) -> bool {
        let host = self.run(HOST).len();
        let port = !self.take(b':') || self.number(u32::from(u16::MAX)).is_some();
        host > 0 && host <= Host::LONGEST && port
    }

    /// Parameters of a URI.
    fn uri_params(&mut self) -> bool {
        while self.take(b';') {
            if self.0.first() == Some(&b'=') || self.run(URI_PARAM).is_empty() {
                return false;
            }
        }
        true
    }

    /// Parameters of a header, whose values are `good`; quotes are still round them.
    fn params(&mut self, good: impl Fn(&[u8]) -> bool) -> bool {
        while self.take(b';') {
            if self.run(PARAM).is_empty() {
                return false;
            }
            if !self.take(b'=') {
                continue;
            }
            let value = self.0;
            if self.take(b'"') {
                if !self.quoted() {
                    return false;
                }
            } else {
                self.run(PARAM_VALUE);
            }
            if !good(&value[..value.len() - self.0.len()]) {
                return false;
            }
        }
        true
    }

    /// What follows a quote, up to the one that ends it; without escapes.
    fn quoted(&mut self) -> bool {
        self.run(QUOTED);
        self.take(b'"')
    }

    /// Nine digits at most.
    fn number(&mut self, most: u32) -> Option<u32> {
        let digits = self.run(DIGIT);
        if digits.is_empty() || digits.len() > 9 {
            return None;
        }
        let number = digits
            .iter()
            .fold(0, |number, b| number * 10 + u32::from(b - b'0'));
        (number <= most).then_some(number)
    }
}

/// What bytes may be part of. All of them are printable ASCII.
const KINDS: [u8; 256] = {
    let kinds = [0; 256];
    let kinds = also(kinds, HOST, b"-._");
    let kinds = also(kinds, USER, b"!#$&'()*+-./=_~");
    let kinds = also(kinds, URI_PARAM, b"!#$&'()*+-./:=_~");
    let kinds = also(kinds, NAME, b" !%'*+-._`~");
    let kinds = also(kinds, PARAM, b"!#$%&'()*+-./:>?@[]^_`{|}~");
    let kinds = also(kinds, PARAM_VALUE, b"!#$%&'()*+-./:=>?@[]^_`{|}~");
    let mut kinds = also(kinds, QUOTED, b" !#$%&'()*+,-./:;<=>?@[]^_`{|}~");
    let mut digit = b'0';
    while digit <= b'9' {
        kinds[digit as usize] |= DIGIT;
        digit += 1;
    }
    kinds
};

/// The same, where letters, digits and `marks` are of that kind, too.
const fn also(mut kinds: [u8; 256], kind: u8, marks: &[u8]) -> [u8; 256] {
    let (members, mut b) = (bytes_of(marks), 0);
    while b < kinds.len() {
        if members[b] {
            kinds[b] |= kind;
        }
        b += 1;
    }
    kinds
}

/// A host name, and the name of a transport.
const HOST: u8 = 1;
/// A user without escapes.
const USER: u8 = 1 << 1;
/// A parameter of a URI without escapes.
const URI_PARAM: u8 = 1 << 2;
/// A name without quotes.
const NAME: u8 = 1 << 3;
/// The name of a header's parameter.
const PARAM: u8 = 1 << 4;
/// The value of a header's parameter.
const PARAM_VALUE: u8 = 1 << 5;
/// A quoted string.
const QUOTED: u8 = 1 << 6;
/// A number.
const DIGIT: u8 = 1 << 7;

#[cfg(test)]
mod tests;

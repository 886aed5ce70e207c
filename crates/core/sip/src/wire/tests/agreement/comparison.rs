//! What `rsip` 0.4 made of a message against what we made of it, its known faults left out:
//!
//! 1. It never checks CSeq against the request's method, nor quote balance, branches, repeated
//!    single headers, Max-Forwards and Content-Length: [`STRICTER`] names each message.
//! 2. It takes a bare CR or LF as part of a header value.
//! 3. It keeps a comma list as one value and reads only its first element.
//! 4. It knows no compact names: they stay `Other`, so a message that uses them lacks headers.
//! 5. It writes IPv6 addresses without brackets and refuses them when read.
//! 6. It refuses quoted parameter values, unknown transports, methods and schemes, and `tel:`.
//! 7. It replaces known reason phrases by its own.
//! 8. It unescapes nothing in display names.
//! 9. A user part with a dot, or anything else beyond its own token set, becomes part of the host.
//! 10. A display name with an escaped quote or backslash is read as the address, without a scheme.
//! 11. What stands before the first `:` of an address is its scheme, whatever it is: a display name, a
//!     user.
//! 12. It reads numbers with a sign, and ports and versions that are none.
//! 13. Branches, tags and parameters with anything but token characters are cut or refused at random.
//! 14. What it cannot read as a header field begins the body, blank line or not.
//! 15. Its start line goes on to `SIP/2.0`, over any number of lines.

use rsip::message::HeadersExt;
use rsip::prelude::*;

use super::rappel::{Message, Method, Uri};

/// Reasons for which we refuse what `rsip` takes: it looks into no header when it reads a message, and
/// bounds nothing (fault 1). A reason that stands here
/// by mistake would hide a fault of ours: each was seen, or belongs to a header.
const REFUSALS: &[&str] = &[
    // Fault 15.
    "not a request line",
    "not a status line",
    "the start line is not UTF-8",
    // Fault 14.
    "the header fields have no end",
    "a header field has no colon",
    "a header name is not a token",
    // Fault 1.
    "Via is missing",
    "Via is empty",
    "From is missing",
    "To is missing",
    "CSeq is missing",
    "Call-ID is missing",
    "Call-ID is not one word",
    "the branch of Via identifies nothing",
    "CSeq names another method",
    "a header that may come once came twice",
    "too many header fields",
    "too many header fields or list values",
    "several Content-Length disagree",
    "the body is shorter than Content-Length",
    "a control character in a header field",
    "a control character in the start line",
    "a header field is too long",
    "the start line is too long",
    "the message is larger than 64 KiB",
    "another SIP version",
    "a Request-URI holds headers",
    // What typed headers and addresses hold.
    "Allow holds no method",
    "CSeq has no method",
    "CSeq method is not a token",
    "CSeq number is not below 2^31",
    "Content-Length is not a number",
    "Expires is not a number",
    "Max-Forwards is not within 0 to 255",
    "Min-Expires is not a number",
    "Min-SE is no number",
    "Privacy holds something other than tokens",
    "RAck has no CSeq",
    "RAck has no number",
    "RSeq is not within 1 to 2^32-1",
    "Reason names no protocol",
    "Refer-Sub is neither true nor false",
    "Replaces lacks a tag",
    "Replaces names no Call-ID",
    "Retry-After is not a number",
    "Session-Expires is no number",
    "Via is not SIP/2.0/transport sent-by",
    "a SIP URI has an empty user part",
    "a URI has no scheme or nothing after it",
    "a URI has no scheme",
    "a URI header has no name or no value",
    "a URI holds blanks, quotes or brackets",
    "a URI parameter has no name",
    "a bracket round an IPv6 address is never closed",
    "a digest parameter has no value",
    "a parameter has no name",
    "a percent sign without two hexadecimal digits",
    "a quote is never closed",
    "a quote or bracket in a parameter never ends",
    "a quoted string begins with a quote",
    "a tel URI holds no number",
    "an address with a name, comma or ? needs brackets",
    "an angle bracket is never closed",
    "an option or event is not a token",
    "credentials name no scheme",
    "digest credentials lack a parameter",
    "nc is not eight hexadecimal digits",
    "not a host name",
    "not a port number",
    "not an IPv6 address",
    "text between the name and the address",
    "text follows a quoted parameter value",
    "text follows an address",
    "the display name must be quoted",
];

/// Whether we may refuse for this reason what `rsip` takes.
pub(super) fn may_refuse(why: &str) -> bool {
    REFUSALS.contains(&why)
}

/// What both made of a message is the same, as far as `rsip` can say.
pub(super) fn agree(name: &str, theirs: &rsip::SipMessage, ours: &Message) {
    match (theirs, ours) {
        (rsip::SipMessage::Request(a), Message::Request(b)) => {
            same_method(name, a.method, b.method());
            same_uri(name, &a.uri, b.uri());
            assert!(a.body.starts_with(b.body()), "{name}"); // fault 1
            same_headers(name, a, ours);
        }
        (rsip::SipMessage::Response(a), Message::Response(b)) => {
            assert_eq!(a.status_code.code(), b.status().code(), "{name}");
            assert!(a.body.starts_with(b.body()), "{name}"); // fault 1
            same_headers(name, a, ours);
        }
        _ => panic!("{name}: a request here, a response there"),
    }
}

fn same_headers(name: &str, theirs: &impl HeadersExt, ours: &Message) {
    if let Ok(call_id) = theirs.call_id_header()
        && is_simple(call_id.value())
    {
        assert_eq!(call_id.value(), ours.call_id(), "{name}");
    }
    if let Ok(header) = theirs.cseq_header()
        && is_simple(header.value())
        && let Ok(cseq) = header.typed()
    {
        assert_eq!(cseq.seq, ours.cseq().number, "{name}");
        same_method(name, cseq.method, &ours.cseq().method);
    }
    if let Ok(header) = theirs.from_header()
        && is_simple(header.value())
        && let Ok(from) = header.typed()
    {
        same_uri(name, &from.uri, &ours.from().uri);
        let tag = from.tag().map(|tag| tag.value().to_owned());
        assert_eq!(tag.as_deref(), ours.from().tag(), "{name}");
    }
    if let Ok(header) = theirs.to_header()
        && is_simple(header.value())
        && let Ok(to) = header.typed()
    {
        same_uri(name, &to.uri, &ours.to().uri);
    }
    if let Ok(header) = theirs.via_header()
        && is_simple(header.value())
        && !header.value().contains(['<', '>']) // fault 13
        && let Ok(via) = header.typed()
    {
        let branch = via.branch().map(|branch| branch.value().to_owned());
        assert_eq!(branch.unwrap_or_default(), ours.via().branch(), "{name}");
        let transport = ours.via().transport.to_uppercase();
        assert_eq!(via.transport.to_string(), transport, "{name}");
    }
}

fn same_method(name: &str, theirs: rsip::Method, ours: &Method) {
    if !matches!(ours, Method::Other(_)) {
        assert_eq!(&Method::from(theirs), ours, "{name}"); // else fault 6
    }
}

/// Whether a value holds only what `rsip` reads without a fault (2, 3, 5, 6, 8, 10, 13).
fn is_simple(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b" -_.!~*:;=<>@/+".contains(&b);
    let few = |mark: char| text.matches(mark).count() <= 1;
    if !text.bytes().all(plain) || !['<', '>', '@'].into_iter().all(few) {
        return false;
    }
    let token = |b: u8| b.is_ascii_alphanumeric() || b"-_.!~*+".contains(&b);
    let mut known: Vec<String> = Vec::new();
    text.split(';').skip(1).all(|param| {
        let param = param.strip_suffix('>').unwrap_or(param);
        let (name, value) = param.split_once('=').unwrap_or((param, "none"));
        let is_new = !known.contains(&name.to_ascii_lowercase());
        known.push(name.to_ascii_lowercase());
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(token);
        is_new && is_token(name) && is_token(value)
    })
}

fn same_uri(name: &str, theirs: &rsip::Uri, ours: &Uri) {
    let Some(sip) = ours.as_sip() else {
        return; // fault 6: whatever it made of another scheme
    };
    if !matches!(theirs.scheme, Some(rsip::Scheme::Sip | rsip::Scheme::Sips))
        || !is_simple(&ours.to_string())
    {
        return; // faults 10 and 11
    }
    let plain = |user: String| user.bytes().all(|b| b.is_ascii_alphanumeric());
    if theirs.auth.is_none() && !sip.user().is_none_or(plain) {
        return; // fault 9
    }
    let user = theirs.auth.as_ref().map(|auth| auth.user.clone());
    let user = user.and_then(|user| Uri::read(&format!("sip:{user}@h")).ok()?.user());
    assert_eq!(user, sip.user(), "{name}: {theirs:?}");
    let port = theirs
        .host_with_port
        .port
        .as_ref()
        .map(|port| *port.value());
    assert_eq!(port, sip.port, "{name}");
}

//! Values of headers, and URIs: whatever is repeated in them.

use rappel_sip::header::{self, TypedHeader};
use rappel_sip::uri::Uri;
use rappel_sip::wire::MAX_LINE;

use crate::cost::{Shape, in_proportion};

/// Bytes of a value: twice what a line of a message may hold.
const SIZE: usize = 2 * MAX_LINE;

/// What is repeated, in values and in the header fields of messages.
pub(crate) const UNITS: &[&str] = &[
    "a",
    "1",
    "é",
    " ",
    "\t",
    ",",
    ",a",
    ", a=b",
    ", a=\"b\"",
    ", <sip:a@b>",
    ", SIP/2.0/UDP h",
    ";",
    ";a",
    ";a=b",
    ";a=\"b\"",
    ";tag=a",
    ";branch=a",
    "<",
    ">",
    "<>",
    "\"",
    "\"\"",
    "\\",
    "\\\"",
    "(",
    "()",
    "%",
    "%41",
    "@",
    "a@",
    ":",
    "a:",
    "[",
    "?",
    "?a=b",
    "&a=b",
    "/",
    "=",
    ".",
    "-",
];

/// Reads and writes values of a type: as whatever is repeated alone, and behind each good start.
fn values<T: TypedHeader>(starts: &[&str]) {
    let what = std::any::type_name::<T>();
    let read = |text: &str| {
        if let Ok(value) = T::read(text) {
            assert!(value.to_string().len() <= 4 * text.len() + 256);
        }
    };
    each_shape(starts, |shape| in_proportion(what, shape, SIZE, read));
}

fn each_shape(starts: &[&str], check: impl Fn(&Shape<'_>)) {
    for start in std::iter::once(&"").chain(starts) {
        // What a start leaves open is closed behind what is repeated.
        let (bracket, quotes) = (start.rfind('<'), start.matches('"').count());
        let end = match bracket {
            _ if quotes % 2 == 1 => "\"",
            Some(open) if !start[open..].contains('>') => ">",
            _ => "",
        };
        for unit in UNITS {
            check(&Shape { start, unit, end });
        }
    }
}

#[test]
fn uris() {
    let read = |text: &str| {
        if let Ok(uri) = Uri::read(text) {
            assert!(uri.equivalent(&uri) || text.contains('%'));
            assert!(uri.user().is_none_or(|user| user.len() <= text.len()));
            assert!(uri.to_string().len() <= 4 * text.len());
        }
    };
    let starts = [
        "sip:",
        "sip:a@",
        "sip:a@b",
        "sips:[",
        "sip:b;a=b",
        "sip:b?a=b",
        "tel:+1",
        "tel:1;a",
        "urn:a",
    ];
    each_shape(&starts, |shape| in_proportion("URI", shape, SIZE, read));
}

#[test]
fn addresses() {
    let starts = [
        "<sip:a@b>",
        "sip:a@b",
        "<sip:a@b",
        "\"a",
        "a <sip:a@b>;tag=a",
    ];
    values::<header::Contact>(&starts);
    values::<header::From>(&starts);
    values::<header::To>(&starts);
    values::<header::Route>(&starts);
    values::<header::RecordRoute>(&starts);
    values::<header::ReferTo>(&starts);
    values::<header::ReferredBy>(&starts);
    values::<header::Diversion>(&starts);
    values::<header::HistoryInfo>(&starts);
    values::<header::PAssertedIdentity>(&starts);
    values::<header::PPreferredIdentity>(&starts);
    values::<header::AlertInfo>(&starts);
    values::<header::CallInfo>(&starts);
}

#[test]
fn vias() {
    values::<header::Via>(&[
        "SIP/2.0/UDP ",
        "SIP/2.0/UDP h:1",
        "SIP/2.0/UDP [",
        "SIP/2.0/UDP h;branch=z9hG4bK1",
        "SIP / 2.0 / UDP h;received=",
    ]);
}

#[test]
fn credentials() {
    let starts = [
        "Digest ",
        "Digest realm=\"r\", nonce=\"n",
        "Basic a",
        DIGEST,
    ];
    values::<header::Authorization>(&starts);
    values::<header::ProxyAuthorization>(&starts);
    values::<header::WwwAuthenticate>(&starts);
    values::<header::ProxyAuthenticate>(&starts);
    values::<header::AuthenticationInfo>(&["nextnonce=\"a\"", "qop=auth"]);
}

/// Credentials to which anything may be added.
const DIGEST: &str =
    "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:a\", response=\"0\"";

#[test]
fn words_and_numbers() {
    values::<header::Accept>(&["a/b", "a/b;c=d"]);
    values::<header::ContentType>(&["a/b", "a/b;c=d"]);
    values::<header::Allow>(&["INVITE"]);
    values::<header::AllowEvents>(&["a"]);
    values::<header::Supported>(&["a"]);
    values::<header::Require>(&["a"]);
    values::<header::ProxyRequire>(&["a"]);
    values::<header::Unsupported>(&["a"]);
    values::<header::InfoPackage>(&["a"]);
    values::<header::RecvInfo>(&["a"]);
    values::<header::Privacy>(&["id"]);
    values::<header::UserAgent>(&["a/1 "]);
    values::<header::Event>(&["a", "a;id=1"]);
    values::<header::SubscriptionState>(&["active", "active;expires=1"]);
    values::<header::Reason>(&["Q.850", "Q.850;cause=1;text=\"a\""]);
    values::<header::Replaces>(&["a;to-tag=b;from-tag=c"]);
    values::<header::CSeq>(&["1 ", "1 INVITE"]);
    values::<header::RAck>(&["1 1 ", "1 1 INVITE"]);
    values::<header::RSeq>(&["1"]);
    values::<header::MaxForwards>(&["1"]);
    values::<header::Expires>(&["1"]);
    values::<header::MinExpires>(&["1"]);
    values::<header::RetryAfter>(&["1", "1 ("]);
    values::<header::SessionExpires>(&["90", "90;refresher=uac"]);
    values::<header::MinSe>(&["90"]);
    values::<header::ReferSub>(&["false"]);
    values::<header::ContentLength>(&["1"]);
}

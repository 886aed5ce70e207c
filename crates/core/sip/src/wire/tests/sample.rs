//! Well-formed messages for property tests.

use bytes::Bytes;
use proptest::prelude::*;

use crate::header::{CSeq, Contact, Expires, Field, Name, NameAddr, Params, Route, Via};
use crate::message::{Essentials, Message, Method, Request, StatusCode};
use crate::uri::{Host, HostPort, SipUri, Uri};

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z][a-zA-Z0-9]{0,8}"
}

fn host() -> impl Strategy<Value = Host> {
    prop_oneof![
        "[a-z]{1,8}(\\.[a-z]{2,5}){0,2}".prop_map(|name| Host::Name(name.into())),
        any::<[u8; 4]>().prop_map(|ip| Host::V4(ip.into())),
        any::<[u16; 8]>().prop_map(|ip| Host::V6(ip.into())),
    ]
}

pub(super) fn address() -> impl Strategy<Value = HostPort> {
    let port = prop::option::of(any::<u16>());
    (host(), port).prop_map(|(host, port)| HostPort { host, port })
}

fn params() -> impl Strategy<Value = Params> {
    let value = prop::option::of("[ -~é]{0,10}");
    let list = prop::collection::btree_map("[b-m]{1,6}", value, 0..4);
    list.prop_map(|list| {
        let mut params = Params::new();
        for (name, value) in list {
            match value {
                Some(value) => params.set(&name, value.trim()),
                None => params.set_flag(&name),
            }
        }
        params
    })
}

fn uri() -> impl Strategy<Value = Uri> {
    let sip = ("[ -~é]{0,10}", address(), any::<bool>(), any::<bool>());
    prop_oneof![
        4 => sip.prop_map(|(user, address, secure, loose)| {
            let mut uri = SipUri::new(&user, address);
            uri.secure = secure;
            if loose {
                uri.params.set_flag("lr");
            }
            uri.into()
        }),
        1 => "tel:\\+[0-9-]{0,9}[0-9];ext=[0-9]{1,4}".prop_map(|text| Uri::read(&text).unwrap()),
        1 => "urn:[a-z]{1,5}:[a-z:]{1,9}".prop_map(|text| Uri::read(&text).unwrap()),
    ]
}

pub(super) fn name_addr() -> impl Strategy<Value = NameAddr> {
    (prop::option::of("[ -~é]{1,12}"), uri(), params()).prop_map(|(display, uri, params)| {
        NameAddr {
            display: display.map(Into::into),
            uri,
            params,
        }
    })
}

fn essentials() -> impl Strategy<Value = Essentials> {
    let method = prop_oneof![
        4 => prop::sample::select(Method::KNOWN),
        1 => "[A-Z]{3,9}X".prop_map(Method::Other),
    ];
    let via = (
        prop::sample::select(vec!["UDP", "TCP", "TLS", "FOO"]),
        address(),
        word(),
    );
    let cseq = (0..=CSeq::MAX, method);
    let addresses = (name_addr(), word(), name_addr());
    (via, addresses, "[!-~]{1,20}", cseq).prop_map(|(via, (from, tag, to), call_id, cseq)| {
        Essentials {
            via: Via::new(via.0, via.1, &format!("z9hG4bK{}", via.2)),
            from: from.with_tag(&tag),
            to,
            call_id,
            cseq: CSeq::new(cseq.0, cseq.1),
        }
    })
}

fn other_field() -> impl Strategy<Value = Field> {
    ("X-[A-Za-z]{1,6}", "[ -~é\t]{0,20}")
        .prop_map(|(name, value)| Field::new(Name::read(&name).unwrap(), &value))
}

/// A well-formed request or response, as [`crate::wire::parse`] would give it.
pub(super) fn message() -> impl Strategy<Value = Message> {
    let headers = (
        prop::collection::vec(name_addr(), 0..3),
        prop::collection::vec(uri(), 0..3),
        prop::collection::vec(other_field(), 0..4),
        prop::option::of(any::<u32>()),
    );
    let body = prop::collection::vec(any::<u8>(), 0..60);
    let status = prop::option::of(100u16..700);
    (essentials(), uri(), headers, body, status).prop_map(
        |(essentials, uri, (contacts, routes, others, expires), body, status)| {
            let mut request = Request::new(uri, essentials);
            for field in others {
                request.push_field(field);
            }
            for contact in contacts {
                request.push(&Contact::At(contact));
            }
            for route in routes {
                request.push(&Route(NameAddr::new(route)));
            }
            if let Some(seconds) = expires {
                request.push(&Expires(seconds));
            }
            let body = Bytes::from(body);
            match status.and_then(StatusCode::new) {
                None => request.with_body("application/octet-stream", body).into(),
                Some(status) => request
                    .respond(status)
                    .with_body("application/octet-stream", body)
                    .into(),
            }
        },
    )
}

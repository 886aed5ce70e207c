//! URIs: read, written, compared (RFC 3261 §19.1.4), refused.

use super::*;

fn uri(text: &str) -> Uri {
    Uri::read(text).unwrap_or_else(|bad| panic!("{text}: {bad}"))
}

/// RFC 3261 §19.1.4, its own examples.
#[test]
fn comparison_follows_the_rfc() {
    let same = [
        (
            "sip:%61lice@atlanta.com;transport=TCP",
            "sip:alice@AtLanTa.CoM;Transport=tcp",
        ),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0::1]"),
        (
            "tel:+358-555-1234567;postd=pp22",
            "tel:+3585551234567;POSTD=PP22",
        ),
    ];
    let different = [
        (
            "SIP:ALICE@AtLanTa.CoM;Transport=udp",
            "sip:alice@AtLanTa.CoM;Transport=UDP",
        ),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        (
            "sip:bob@biloxi.com",
            "sip:bob@biloxi.com:6000;transport=tcp",
        ),
        (
            "sip:carol@chicago.com",
            "sip:carol@chicago.com?Subject=next%20meeting",
        ),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        (
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;security=off",
        ),
        ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ("tel:+123", "tel:123"),
    ];
    for (a, b) in same {
        assert!(
            uri(a).equivalent(&uri(b)) && uri(b).equivalent(&uri(a)),
            "{a} {b}"
        );
    }
    for (a, b) in different {
        assert!(
            !uri(a).equivalent(&uri(b)) && !uri(b).equivalent(&uri(a)),
            "{a} {b}"
        );
    }
}

#[test]
fn what_is_read_is_written() {
    for text in [
        "sip:alice@atlanta.com",
        "sips:1212@gateway.com:5061;user=phone",
        "sip:alice:secretword@atlanta.com;transport=tcp",
        "sip:+1-212-555-1212:1234@gateway.com;user=phone",
        "sip:user;par=u%40example.net@example.com",
        "sip:sips%3Auser%40example.com@example.net",
        "sip:null-%00-null@example.com",
        "sip:[2001:db8::10]:5070;lr",
        "sip:biloxi.com;lr?Route=%3Csip:x%3E&b=",
        "tel:+33-1-23;phone-context=example.com",
        "urn:service:sos",
        "nobodyKnowsThisScheme:totallyopaquecontent",
        "soap.beep://192.0.2.103:3002",
    ] {
        assert_eq!(uri(text).to_string(), text);
    }
}

#[test]
fn users_are_read_without_escapes_and_written_with_them() {
    assert_eq!(uri("sip:%61%3Ab@h").user().as_deref(), Some("a:b"));
    assert_eq!(uri("sip:a:pw@h").user().as_deref(), Some("a"));
    assert_eq!(uri("sip:%FF@h").user().as_deref(), Some("%FF"));
    assert_eq!(uri("sip:h").user(), None);
    assert_eq!(
        uri("tel:+33 1".trim_end_matches(" 1")).user().as_deref(),
        Some("+33")
    );
    let made = SipUri::at("a@b c\r\n%é", "[2001:db8::1]:5060".parse().unwrap());
    assert_eq!(
        made.to_string(),
        "sip:a%40b%20c%0D%0A%25%C3%A9@[2001:db8::1]:5060"
    );
    assert_eq!(uri(&made.to_string()).user(), made.user());
}

#[test]
fn parameters_set_by_us_cannot_break_out() {
    let mut made = SipUri::at("a", "192.0.2.1:5060".parse().unwrap());
    made.params.set("x", "1>;\r\n y");
    made.params.set("y", "100%");
    assert_eq!(
        made.to_string(),
        "sip:a@192.0.2.1:5060;x=1%3E%3B%0D%0A%20y;y=100%25"
    );
}

#[test]
fn what_is_no_uri_is_refused() {
    for text in [
        "",
        "sip:",
        "sip",
        ":a",
        "1sip:a",
        "sip:@h",
        "sip:a@",
        "sip:a@h:",
        "sip:a@h:65536",
        "sip:a@h:-1",
        "sip:a b@h",
        "sip:<a@h>",
        "sip:a%4@h",
        "sip:a@2001:db8::10",
        "sip:a@[2001:db8::10",
        "sip:a@[::g]",
        "sip:a@h;=1",
        "sip:a@h?",
        "sip:a@h?x",
        "sip:a@h\0",
        "tel:",
        "tel:+",
        "tel:abcxyz",
    ] {
        assert!(Uri::read(text).is_err(), "{text:?}");
    }
}

#[test]
fn many_parameters_compare_letter_by_letter_and_cheaply() {
    let long = format!("sip:a@h{}", ";p".repeat(20_000));
    let other = format!("{long};q");
    assert!(uri(&long).equivalent(&uri(&long)));
    assert!(!uri(&long).equivalent(&uri(&other)));
}
